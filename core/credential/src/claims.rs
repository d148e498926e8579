use liangma_domain::{
    colour::Colour,
    identity::DocumentType,
    mask::{MASKED_NAME_BYTES, MaskedDocument, MaskedName},
    tiles::{TestAge, Tiles, VaccinationStatus},
};

use crate::{
    CodeId, DecodeError, Hour, SignError,
    cbor::{Fields, Reader, Writer},
    sign1::Sign1,
};

/// The most people in a group credential.
pub const GROUP_LIMIT: usize = 8;
const WHAT: &str = "a credential";

/// Whom a credential speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// The holder of the phone.
    SelfCode = 1,
    /// Somebody whose code the holder shows.
    Ward = 2,
    /// The holder together with others, shown at once.
    Group = 3,
}

impl Kind {
    /// A stable name: `self`, `ward`, `group`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::SelfCode => "self",
            Self::Ward => "ward",
            Self::Group => "group",
        }
    }

    const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::SelfCode),
            2 => Some(Self::Ward),
            3 => Some(Self::Group),
            _ => None,
        }
    }
}

/// One person of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The person's own colour.
    pub colour: Colour,
    /// The masked name.
    pub name: MaskedName,
    /// The masked document.
    pub document: MaskedDocument,
}

/// What a credential says: one person, or a group, in one hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The hour it is good for.
    pub hour: Hour,
    /// Its id in this hour.
    pub cid: CodeId,
    /// c_0 of the chain whose values prove that it is shown live.
    pub anchor: [u8; 16],
    /// Whom it speaks of.
    pub kind: Kind,
    /// The colour; of a group the worst among its members.
    pub colour: Colour,
    /// The masked name; of a group that of the person who shows it.
    pub name: MaskedName,
    /// The masked document; of a group that of the person who shows it.
    pub document: MaskedDocument,
    /// The version of the rule pack that gave the colour.
    pub rule_version: u32,
    /// The tiles, where the region allows them.
    pub tiles: Option<Tiles>,
    /// The people of a group, the one who shows it among them: 1 to 8. Empty for other kinds.
    pub members: Vec<Member>,
}

impl Claims {
    /// The payload to be signed.
    ///
    /// # Errors
    /// When a group has no members or more than eight, when its colour is not that of a member, or
    /// when another kind has members.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, SignError> {
        let out_of_bounds = |field| SignError::OutOfBounds {
            structure: WHAT,
            field,
        };
        if !self.members_fit() {
            return Err(out_of_bounds("the members of the group"));
        }
        let fields = 8 + usize::from(self.tiles.is_some()) + usize::from(!self.members.is_empty());
        let mut writer = Writer::default()
            .map(fields)
            .unsigned(1u8)
            .unsigned(self.hour.0)
            .unsigned(2u8)
            .bytes(&self.cid.0)
            .unsigned(3u8)
            .bytes(&self.anchor)
            .unsigned(4u8)
            .unsigned(self.kind as u8)
            .unsigned(5u8)
            .unsigned(self.colour.registry_number())
            .unsigned(6u8)
            .text(self.name.as_str())
            .unsigned(7u8);
        writer = write_document(writer, &self.document)
            .unsigned(8u8)
            .unsigned(self.rule_version);
        if let Some(tiles) = self.tiles {
            writer = writer
                .unsigned(9u8)
                .array(2)
                .unsigned(tiles.test_age.registry_number())
                .unsigned(tiles.vaccination.registry_number());
        }
        if !self.members.is_empty() {
            writer = writer.unsigned(10u8).array(self.members.len());
            for member in &self.members {
                writer = writer
                    .array(3)
                    .unsigned(member.colour.registry_number())
                    .text(member.name.as_str());
                writer = write_document(writer, &member.document);
            }
        }
        Ok(writer.finish())
    }

    /// Reads the payload in three steps, the first that fails speaks: the form and bounds of everything;
    /// numbers of closed lists, the algorithm among them, and unknown keys; what depends on those numbers.
    pub(crate) fn decode(signed: &Sign1<'_>) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(signed.payload, WHAT);
        let mut fields = reader.fields()?;
        fields.required(&mut reader, 1)?;
        let hour = Hour(reader.small()?);
        fields.required(&mut reader, 2)?;
        let cid = CodeId(reader.byte_array()?);
        fields.required(&mut reader, 3)?;
        let anchor = reader.byte_array()?;
        fields.required(&mut reader, 4)?;
        let kind = reader.small()?;
        fields.required(&mut reader, 5)?;
        let colour = reader.small()?;
        fields.required(&mut reader, 6)?;
        let name = read_name(&mut reader)?;
        fields.required(&mut reader, 7)?;
        let document = RawDocument::read(&mut reader)?;
        fields.required(&mut reader, 8)?;
        let rule_version = reader.small()?;
        let tiles = read_tiles(&mut reader, &mut fields)?;
        let members = read_members(&mut reader, &mut fields)?;
        fields.end(reader)?;

        let kind = Kind::from_number(kind).ok_or(DecodeError::unsupported("the kind"))?;
        let colour = read_colour(colour)?;
        let tiles = tiles.map(understand_tiles).transpose()?;
        let document = document.understand()?;
        let members: Vec<_> = members
            .into_iter()
            .map(RawMember::understand)
            .collect::<Result<_, _>>()?;
        signed.understood()?;

        let claims = Self {
            hour,
            cid,
            anchor,
            kind,
            colour,
            name,
            document: document.fit()?,
            rule_version,
            tiles,
            members: members
                .into_iter()
                .map(UnderstoodMember::fit)
                .collect::<Result<_, _>>()?,
        };
        if !claims.members_fit() {
            return Err(DecodeError::malformed(WHAT));
        }
        Ok(claims)
    }

    fn members_fit(&self) -> bool {
        match self.kind {
            Kind::Group => {
                (1..=GROUP_LIMIT).contains(&self.members.len())
                    && self
                        .members
                        .iter()
                        .any(|member| member.colour == self.colour)
            }
            Kind::SelfCode | Kind::Ward => self.members.is_empty(),
        }
    }
}

/// A document as read, before its kind is known to be one of ours.
pub(crate) struct RawDocument<'a> {
    document_type: u8,
    visible: &'a str,
}

impl<'a> RawDocument<'a> {
    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        reader.array_of(2)?;
        let document_type = reader.small()?;
        let visible = reader.text(8)?;
        if !visible
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
        {
            return Err(DecodeError::malformed("the masked document"));
        }
        Ok(Self {
            document_type,
            visible,
        })
    }

    pub(crate) fn understand(self) -> Result<UnderstoodDocument<'a>, DecodeError> {
        let document_type = DocumentType::from_number(self.document_type)
            .ok_or(DecodeError::unsupported("the kind of document"))?;
        Ok(UnderstoodDocument {
            document_type,
            visible: self.visible,
        })
    }
}

/// A document of a known kind, of which it is not known yet whether its characters fit the kind.
pub(crate) struct UnderstoodDocument<'a> {
    document_type: DocumentType,
    visible: &'a str,
}

impl UnderstoodDocument<'_> {
    pub(crate) fn fit(self) -> Result<MaskedDocument, DecodeError> {
        MaskedDocument::from_visible(self.document_type, self.visible)
            .map_err(|_| DecodeError::malformed("the masked document"))
    }
}

struct RawMember<'a> {
    colour: u8,
    name: MaskedName,
    document: RawDocument<'a>,
}

impl<'a> RawMember<'a> {
    fn understand(self) -> Result<UnderstoodMember<'a>, DecodeError> {
        Ok(UnderstoodMember {
            colour: read_colour(self.colour)?,
            name: self.name,
            document: self.document.understand()?,
        })
    }
}

struct UnderstoodMember<'a> {
    colour: Colour,
    name: MaskedName,
    document: UnderstoodDocument<'a>,
}

impl UnderstoodMember<'_> {
    fn fit(self) -> Result<Member, DecodeError> {
        Ok(Member {
            colour: self.colour,
            name: self.name,
            document: self.document.fit()?,
        })
    }
}

pub(crate) fn write_document(writer: Writer, document: &MaskedDocument) -> Writer {
    writer
        .array(2)
        .unsigned(document.document_type().as_number())
        .text(document.visible())
}

pub(crate) fn read_name(reader: &mut Reader<'_>) -> Result<MaskedName, DecodeError> {
    MaskedName::from_text(reader.text(MASKED_NAME_BYTES)?)
        .map_err(|_| DecodeError::malformed("the masked name"))
}

fn read_colour(number: u8) -> Result<Colour, DecodeError> {
    Colour::from_registry_number(number).ok_or(DecodeError::unsupported("the colour"))
}

fn read_tiles(
    reader: &mut Reader<'_>,
    fields: &mut Fields,
) -> Result<Option<(u8, u8)>, DecodeError> {
    if !fields.optional(reader, 9)? {
        return Ok(None);
    }
    reader.array_of(2)?;
    Ok(Some((reader.small()?, reader.small()?)))
}

fn understand_tiles((test_age, vaccination): (u8, u8)) -> Result<Tiles, DecodeError> {
    Ok(Tiles {
        test_age: TestAge::from_registry_number(test_age)
            .ok_or(DecodeError::unsupported("the age of the test"))?,
        vaccination: VaccinationStatus::from_registry_number(vaccination)
            .ok_or(DecodeError::unsupported("the vaccination"))?,
    })
}

fn read_members<'a>(
    reader: &mut Reader<'a>,
    fields: &mut Fields,
) -> Result<Vec<RawMember<'a>>, DecodeError> {
    if !fields.optional(reader, 10)? {
        return Ok(Vec::new());
    }
    let count = reader.array()?;
    if !(1..=GROUP_LIMIT).contains(&count) {
        return Err(reader.malformed());
    }
    (0..count)
        .map(|_| {
            reader.array_of(3)?;
            Ok(RawMember {
                colour: reader.small()?,
                name: read_name(reader)?,
                document: RawDocument::read(reader)?,
            })
        })
        .collect()
}
