//! The paper code: long-lived, without a colour and without a chain. Nothing stops copying paper; the
//! identity card beside it does.

use std::fmt;

use jiff::Timestamp;
use liangma_crypto::{PublicKey, Randomness, RandomnessError, SignatureError, SigningKey};
use liangma_domain::{
    mask::{MaskedDocument, MaskedName},
    region::{ProfileName, RegionCode},
};

use crate::{
    CheckerClock, DecodeError, Flags, Hour, IssuerUse, SignError, TrustStore, Verdict, base45,
    cbor::{Reader, Writer},
    claims::{RawDocument, read_name, write_document},
    live::{self, Scanned, TEXT_LIMIT},
    sign1::{self, Sign1},
};

/// What the text of a paper code begins with.
pub const PAPER_PREFIX: &str = "LMP1:";
const CONTEXT: &str = "liangma/paper/1";
const WHAT: &str = "a paper code";
const LIMIT: usize = 256;
const DAY_SECONDS: i64 = 86_400;

/// The serial of a paper code, drawn at random. It leads to no person without the platform.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PaperSerial(pub [u8; 8]);

impl PaperSerial {
    /// Draws a new serial.
    ///
    /// # Errors
    /// When the source of randomness does not deliver.
    pub fn generate(randomness: &dyn Randomness) -> Result<Self, RandomnessError> {
        let mut serial = [0; 8];
        randomness.fill(&mut serial)?;
        Ok(Self(serial))
    }
}

impl fmt::Debug for PaperSerial {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

/// What a paper code says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperClaims {
    /// Its serial.
    pub serial: PaperSerial,
    /// The first day it is good for: whole UTC days since 1970.
    pub first_day: u32,
    /// For how many days, from 1.
    pub days: u16,
    /// The masked name.
    pub name: MaskedName,
    /// The masked document.
    pub document: MaskedDocument,
}

impl PaperClaims {
    /// The first second it is good for, since 1970.
    #[must_use]
    pub fn valid_from_second(&self) -> i64 {
        i64::from(self.first_day) * DAY_SECONDS
    }

    /// The first second it is no longer good for, since 1970.
    #[must_use]
    pub fn valid_until_second(&self) -> i64 {
        (i64::from(self.first_day) + i64::from(self.days)) * DAY_SECONDS
    }

    fn encode(&self) -> Result<Vec<u8>, SignError> {
        if self.days == 0 {
            return Err(SignError::OutOfBounds {
                structure: WHAT,
                field: "the number of days",
            });
        }
        let writer = Writer::default()
            .map(5)
            .unsigned(1u8)
            .bytes(&self.serial.0)
            .unsigned(2u8)
            .unsigned(self.first_day)
            .unsigned(3u8)
            .unsigned(self.days)
            .unsigned(4u8)
            .text(self.name.as_str())
            .unsigned(5u8);
        Ok(write_document(writer, &self.document).finish())
    }

    fn decode(signed: &Sign1<'_>) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(signed.payload, WHAT);
        let mut fields = reader.fields()?;
        fields.required(&mut reader, 1)?;
        let serial = PaperSerial(reader.byte_array()?);
        fields.required(&mut reader, 2)?;
        let first_day = reader.small()?;
        fields.required(&mut reader, 3)?;
        let days = reader.small()?;
        if days == 0 {
            return Err(reader.malformed());
        }
        fields.required(&mut reader, 4)?;
        let name = read_name(&mut reader)?;
        fields.required(&mut reader, 5)?;
        let document = RawDocument::read(&mut reader)?;
        fields.end(reader)?;
        let document = document.understand()?;
        signed.understood()?;
        Ok(Self {
            serial,
            first_day,
            days,
            name,
            document: document.fit()?,
        })
    }
}

/// A signed paper code whose form has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperCode {
    bytes: Vec<u8>,
    claims: PaperClaims,
}

impl PaperCode {
    /// Signs claims with an issuer's paper key.
    ///
    /// # Errors
    /// When the claims cannot be carried, or the key cannot sign.
    pub fn sign(claims: PaperClaims, key: &SigningKey) -> Result<Self, SignError> {
        let bytes = sign1::sign(&claims.encode()?, key, CONTEXT, WHAT)?;
        Ok(Self { bytes, claims })
    }

    /// Reads a paper code strictly; the signature is not checked.
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

    fn parse(bytes: &[u8]) -> Result<(Sign1<'_>, PaperClaims), DecodeError> {
        let signed = Sign1::decode(bytes, WHAT, LIMIT)?;
        let claims = PaperClaims::decode(&signed)?;
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
    pub const fn claims(&self) -> &PaperClaims {
        &self.claims
    }

    /// The bytes behind the base45.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The text for the QR symbol.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::from(PAPER_PREFIX);
        base45::encode_to(&self.bytes, &mut text);
        text
    }
}

/// The result of checking a paper code. There is no colour: look it up, or register the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedPaper {
    /// `Recalled` means void; `NotLive` does not occur.
    pub verdict: Verdict,
    /// `recall_age` is that of the list of voids.
    pub flags: Flags,
    /// What may be shown, from verdict `recalled` on.
    pub shown: Option<ShownPaper>,
}

/// What may be shown of a paper code. Compare it with the identity card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownPaper {
    /// Its serial, to ask for its status by a short prefix of [`crate::void_hash`].
    pub serial: PaperSerial,
    /// The masked name.
    pub name: MaskedName,
    /// The masked document.
    pub document: MaskedDocument,
    /// The region that issued it.
    pub region: RegionCode,
    /// The region's profile.
    pub profile: ProfileName,
    /// The first moment it is no longer good for.
    pub valid_until: Timestamp,
}

/// Checks the text of a paper code, in the same order of verdicts as a live code, without `not_live`.
#[must_use]
pub fn check_paper(text: &str, trust: &TrustStore, clock: CheckerClock) -> CheckedPaper {
    let ages = trust.ages(clock.now);
    let mut flags = Flags::new(ages.trust, ages.voids, trust, clock);
    let outcome = match live::scan(text) {
        Scanned::Paper(body) => check_body(text.len(), body, trust, clock.now, &mut flags),
        Scanned::Newer => Err(Verdict::UnsupportedVersion),
        Scanned::Live(_) | Scanned::Venue(_) | Scanned::Other => Err(Verdict::NotOurs),
    };
    let (verdict, shown) = match outcome {
        Ok((verdict, shown)) => (verdict, Some(shown)),
        Err(verdict) => (verdict, None),
    };
    CheckedPaper {
        verdict,
        flags,
        shown,
    }
}

fn check_body(
    text_length: usize,
    body: &str,
    trust: &TrustStore,
    now: Timestamp,
    flags: &mut Flags,
) -> Result<(Verdict, ShownPaper), Verdict> {
    if text_length > TEXT_LIMIT {
        return Err(Verdict::Damaged);
    }
    let bytes = base45::decode(body)?;
    let (signed, claims) = PaperCode::parse(&bytes)?;
    // A paper key has to be in force at noon of the first day.
    let hour = Hour(claims.first_day.saturating_mul(24).saturating_add(12));
    let issuer = trust
        .issuer_for(IssuerUse::Paper, signed.key_id, hour)
        .ok_or(Verdict::UnknownIssuer)?;
    flags.sandbox = issuer.sandbox;
    signed
        .verify(&issuer.key, CONTEXT)
        .map_err(|SignatureError| Verdict::Forged)?;

    let now_second = now.as_second();
    let verdict = if trust.voided(claims.serial) {
        Verdict::Recalled
    } else if now_second >= claims.valid_until_second() {
        Verdict::Expired {
            since_seconds: now_second - claims.valid_until_second(),
        }
    } else if now_second < claims.valid_from_second() {
        Verdict::NotYetValid {
            in_seconds: claims.valid_from_second() - now_second,
        }
    } else {
        Verdict::Genuine
    };
    let shown = ShownPaper {
        serial: claims.serial,
        valid_until: Timestamp::from_second(claims.valid_until_second()).unwrap_or(Timestamp::MAX),
        name: claims.name,
        document: claims.document,
        region: issuer.region.clone(),
        profile: issuer.profile.clone(),
    };
    Ok((verdict, shown))
}
