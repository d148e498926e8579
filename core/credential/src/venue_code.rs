//! The venue code: signed, and never opened as a web address. A printed one can be photographed and
//! scanned from afar, so a visit by it is unproven; one that rotates on a screen proves the visit.

use std::fmt;

use liangma_crypto::{PublicKey, SignatureError, SigningKey};
use liangma_domain::{
    region::{ProfileName, RegionCode},
    venue::VenueClass,
};

use crate::{
    CheckerClock, DecodeError, Flags, Freshness, Hour, IssuerUse, Revealed, SignError, Slot,
    StripSecret, TrustStore, Verdict, base45,
    cbor::{Reader, Writer},
    check::{check_chain, check_time},
    live::{self, Scanned, TEXT_LIMIT},
    sign1::{self, Sign1},
    strip::{chain_anchor_of, chain_value_of},
};

/// What the text of a venue code begins with.
pub const VENUE_PREFIX: &str = "LMV1:";
/// The most bytes of a venue's name.
pub const VENUE_NAME_LIMIT: usize = 60;
const CONTEXT: &str = "liangma/venue/1";
const WHAT: &str = "a venue code";
const LIMIT: usize = 320;
const DAY_SECONDS: i64 = 86_400;

/// The id of a venue.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VenueId(pub [u8; 8]);

impl fmt::Debug for VenueId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

/// The secret of a rotating venue code; the chain of a strip with the venue's id in place of a code id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VenueChain {
    secret: StripSecret,
    venue: VenueId,
}

impl VenueChain {
    /// The chain of one venue's screen.
    #[must_use]
    pub const fn new(secret: StripSecret, venue: VenueId) -> Self {
        Self { secret, venue }
    }

    /// c_0 of an hour.
    #[must_use]
    pub fn anchor(&self, hour: Hour) -> [u8; 16] {
        chain_anchor_of(&self.secret, hour, self.venue.0)
    }

    /// The value that a slot reveals.
    #[must_use]
    pub fn revealed(&self, slot: Slot) -> Revealed {
        Revealed {
            k: slot.number(),
            value: chain_value_of(&self.secret, slot.hour(), self.venue.0, slot.number()),
        }
    }
}

/// How a venue code is put up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VenueForm {
    /// On paper, for some days.
    Printed {
        /// The first day: whole UTC days since 1970.
        first_day: u32,
        /// For how many days, from 1.
        days: u16,
    },
    /// On a screen that changes every 15 seconds, signed for each hour.
    Rotating {
        /// The hour.
        hour: Hour,
        /// c_0 of the hour.
        anchor: [u8; 16],
    },
}

/// What a venue code says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VenueClaims {
    /// Which venue.
    pub venue: VenueId,
    /// What kind of place it is.
    pub class: VenueClass,
    /// Its name, 1 to 60 bytes of UTF-8 without control characters.
    pub name: String,
    /// The six digits of its division.
    pub division: String,
    /// Printed or rotating.
    pub form: VenueForm,
}

/// The numbers of the classes on the wire. A number is never used twice.
pub const VENUE_CLASS_NUMBERS: &[(u8, VenueClass)] = &[
    (1, VenueClass::School),
    (2, VenueClass::NursingHome),
    (3, VenueClass::WelfareHome),
    (4, VenueClass::PsychiatricHospital),
    (5, VenueClass::Prison),
    (6, VenueClass::OtherSpecialPlace),
    (7, VenueClass::WholesaleMarket),
    (8, VenueClass::FarmersMarket),
    (9, VenueClass::Supermarket),
    (10, VenueClass::Library),
    (11, VenueClass::Museum),
    (12, VenueClass::Gallery),
    (13, VenueClass::ExhibitionHall),
    (14, VenueClass::Cinema),
    (15, VenueClass::Arcade),
    (16, VenueClass::OtherEntertainment),
    (17, VenueClass::Taxi),
    (18, VenueClass::Bus),
    (19, VenueClass::OtherTransport),
    (20, VenueClass::Station),
    (21, VenueClass::Airport),
    (22, VenueClass::PassengerPort),
    (23, VenueClass::TrafficCheckpoint),
    (24, VenueClass::Community),
    (25, VenueClass::Park),
    (26, VenueClass::ShoppingMall),
    (27, VenueClass::Pharmacy),
    (28, VenueClass::Hospital),
    (29, VenueClass::OtherPublic),
];

fn class_number(class: VenueClass) -> Option<u8> {
    VENUE_CLASS_NUMBERS
        .iter()
        .find(|(_, known)| *known == class)
        .map(|(number, _)| *number)
}

fn class_from_number(number: u8) -> Option<VenueClass> {
    VENUE_CLASS_NUMBERS
        .iter()
        .find(|(known, _)| *known == number)
        .map(|(_, class)| *class)
}

fn is_name(name: &str) -> bool {
    (1..=VENUE_NAME_LIMIT).contains(&name.len()) && !name.chars().any(char::is_control)
}

fn is_division(division: &str) -> bool {
    division.len() == 6 && division.bytes().all(|byte| byte.is_ascii_digit())
}

impl VenueClaims {
    fn encode(&self) -> Result<Vec<u8>, SignError> {
        let out_of_bounds = |field| SignError::OutOfBounds {
            structure: WHAT,
            field,
        };
        let class = class_number(self.class).ok_or(out_of_bounds("the class"))?;
        if !is_name(&self.name) {
            return Err(out_of_bounds("the name"));
        }
        if !is_division(&self.division) {
            return Err(out_of_bounds("the division"));
        }
        let writer = Writer::default()
            .map(6)
            .unsigned(1u8)
            .bytes(&self.venue.0)
            .unsigned(2u8)
            .unsigned(class)
            .unsigned(3u8)
            .text(&self.name)
            .unsigned(4u8)
            .text(&self.division);
        Ok(match self.form {
            VenueForm::Printed { days: 0, .. } => return Err(out_of_bounds("the number of days")),
            VenueForm::Printed { first_day, days } => writer
                .unsigned(5u8)
                .unsigned(first_day)
                .unsigned(6u8)
                .unsigned(days),
            VenueForm::Rotating { hour, anchor } => writer
                .unsigned(7u8)
                .unsigned(hour.0)
                .unsigned(8u8)
                .bytes(&anchor),
        }
        .finish())
    }

    fn decode(signed: &Sign1<'_>) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(signed.payload, WHAT);
        let mut fields = reader.fields()?;
        fields.required(&mut reader, 1)?;
        let venue = VenueId(reader.byte_array()?);
        fields.required(&mut reader, 2)?;
        let class: u8 = reader.small()?;
        fields.required(&mut reader, 3)?;
        let name = reader.text(VENUE_NAME_LIMIT)?;
        fields.required(&mut reader, 4)?;
        let division = reader.text(6)?;
        if !is_name(name) || !is_division(division) {
            return Err(reader.malformed());
        }
        let form = if fields.optional(&mut reader, 5)? {
            let first_day = reader.small()?;
            fields.required(&mut reader, 6)?;
            let days = reader.small()?;
            if days == 0 {
                return Err(reader.malformed());
            }
            VenueForm::Printed { first_day, days }
        } else {
            fields.required(&mut reader, 7)?;
            let hour = Hour(reader.small()?);
            fields.required(&mut reader, 8)?;
            let anchor = reader.byte_array()?;
            VenueForm::Rotating { hour, anchor }
        };
        fields.end(reader)?;
        let class =
            class_from_number(class).ok_or(DecodeError::unsupported("the class of the venue"))?;
        signed.understood()?;
        Ok(Self {
            venue,
            class,
            name: name.to_owned(),
            division: division.to_owned(),
            form,
        })
    }

    /// The hour in which the issuer's key has to be in force.
    fn key_hour(&self) -> Hour {
        match self.form {
            VenueForm::Printed { first_day, .. } => {
                Hour(first_day.saturating_mul(24).saturating_add(12))
            }
            VenueForm::Rotating { hour, .. } => hour,
        }
    }
}

/// A signed venue code whose form has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VenueCode {
    bytes: Vec<u8>,
    claims: VenueClaims,
}

impl VenueCode {
    /// Signs claims with an issuer's venue key.
    ///
    /// # Errors
    /// When the claims cannot be carried, or the key cannot sign.
    pub fn sign(claims: VenueClaims, key: &SigningKey) -> Result<Self, SignError> {
        let bytes = sign1::sign(&claims.encode()?, key, CONTEXT, WHAT)?;
        Ok(Self { bytes, claims })
    }

    /// Reads a venue code strictly; the signature is not checked.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (_, claims) = Self::parse(bytes)?;
        Ok(Self {
            bytes: bytes.to_vec(),
            claims,
        })
    }

    fn parse(bytes: &[u8]) -> Result<(Sign1<'_>, VenueClaims), DecodeError> {
        let signed = Sign1::decode(bytes, WHAT, LIMIT)?;
        let claims = VenueClaims::decode(&signed)?;
        Ok((signed, claims))
    }

    /// Checks the signature.
    ///
    /// # Errors
    /// [`SignatureError`].
    pub fn verify(&self, key: &PublicKey) -> Result<(), SignatureError> {
        Sign1::decode(&self.bytes, WHAT, LIMIT)
            .map_err(|_| SignatureError)?
            .verify(key, CONTEXT)
    }

    /// What it says.
    #[must_use]
    pub const fn claims(&self) -> &VenueClaims {
        &self.claims
    }

    /// The signed bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The text for the QR symbol: without a revealed value for print, with one on a screen.
    #[must_use]
    pub fn text(&self, revealed: Option<Revealed>) -> String {
        live::text(VENUE_PREFIX, &self.bytes, revealed)
    }
}

/// Whether a scan shows that the phone was at the venue. No visit sets a colour either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visit {
    /// A printed code: it may have been photographed.
    Unproven,
    /// A rotating code, scanned while it was shown.
    Proven,
}

/// The result of checking a venue code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedVenue {
    /// `Recalled` does not occur.
    pub verdict: Verdict,
    /// `recall_age` is always `Current`: venues are not recalled, their keys are.
    pub flags: Flags,
    /// What may be shown, from verdict `expired` on.
    pub shown: Option<ShownVenue>,
}

/// What may be shown of a venue code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownVenue {
    /// What the code says.
    pub claims: VenueClaims,
    /// Proven only when the verdict is genuine and the code rotates.
    pub visit: Visit,
    /// The region that issued it.
    pub region: RegionCode,
    /// The region's profile.
    pub profile: ProfileName,
}

/// Checks the text of a venue code.
#[must_use]
pub fn check_venue(text: &str, trust: &TrustStore, clock: CheckerClock) -> CheckedVenue {
    let mut flags = Flags::new(
        trust.ages(clock.now).trust,
        Freshness::Current,
        trust,
        clock,
    );
    let outcome = match live::scan(text) {
        Scanned::Venue(body) => {
            check_body(text.len(), body, trust, clock.now.as_second(), &mut flags)
        }
        Scanned::Newer => Err(Verdict::UnsupportedVersion),
        Scanned::Live(_) | Scanned::Paper(_) | Scanned::Other => Err(Verdict::NotOurs),
    };
    let (verdict, shown) = match outcome {
        Ok((verdict, shown)) => (verdict, Some(shown)),
        Err(verdict) => (verdict, None),
    };
    CheckedVenue {
        verdict,
        flags,
        shown,
    }
}

fn check_body(
    text_length: usize,
    body: &str,
    trust: &TrustStore,
    now_second: i64,
    flags: &mut Flags,
) -> Result<(Verdict, ShownVenue), Verdict> {
    if text_length > TEXT_LIMIT {
        return Err(Verdict::Damaged);
    }
    let bytes = base45::decode(body)?;
    let (code, revealed) = live::read_envelope(&bytes)?;
    let (signed, claims) = VenueCode::parse(code)?;
    if matches!(claims.form, VenueForm::Printed { .. }) && revealed.is_some() {
        return Err(Verdict::Damaged);
    }
    let issuer = trust
        .issuer_for(IssuerUse::Venue, signed.key_id, claims.key_hour())
        .ok_or(Verdict::UnknownIssuer)?;
    flags.sandbox = issuer.sandbox;
    signed
        .verify(&issuer.key, CONTEXT)
        .map_err(|SignatureError| Verdict::Forged)?;

    let (verdict, visit) = match claims.form {
        VenueForm::Rotating { hour, anchor } => {
            if let Some(revealed) = revealed {
                check_chain(hour, claims.venue.0, &anchor, revealed)?;
            }
            match check_time(hour, revealed, now_second) {
                Verdict::Genuine => (Verdict::Genuine, Visit::Proven),
                other => (other, Visit::Unproven),
            }
        }
        VenueForm::Printed { first_day, days } => {
            let from = i64::from(first_day) * DAY_SECONDS;
            let until = from + i64::from(days) * DAY_SECONDS;
            let verdict = if now_second >= until {
                Verdict::Expired {
                    since_seconds: now_second - until,
                }
            } else if now_second < from {
                Verdict::NotYetValid {
                    in_seconds: from - now_second,
                }
            } else {
                Verdict::Genuine
            };
            (verdict, Visit::Unproven)
        }
    };
    let shown = ShownVenue {
        claims,
        visit,
        region: issuer.region.clone(),
        profile: issuer.profile.clone(),
    };
    Ok((verdict, shown))
}
