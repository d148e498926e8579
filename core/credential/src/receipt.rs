//! The signed answer of a face provider. No picture of a face enters here; only what was asked and how it ended.

use jiff::Timestamp;
use liangma_crypto::{PublicKey, SigningKey, sha256};
use liangma_domain::person::PersonId;

use crate::{
    DecodeError, SignError,
    cbor::{Reader, Writer},
    sign1::{self, Sign1},
};

const CONTEXT: &str = "liangma/receipt/1";
const WHAT: &str = "a receipt";
const LIMIT: usize = 1024;
/// The most bytes of a text in a receipt.
const TEXT_LIMIT: usize = 64;
/// How far the provider's clock may be ahead.
const CLOCK_SKEW_SECONDS: i64 = 60;

/// How a face check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum FaceOutcome {
    /// The person before the phone is the one on record.
    Passed = 1,
    /// They are not, or it could not be told.
    Failed = 2,
    /// The person broke it off.
    Cancelled = 3,
    /// Time ran out.
    TimedOut = 4,
}

impl FaceOutcome {
    /// A stable name: `passed`, `failed`, `cancelled`, `timed_out`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed_out",
        }
    }

    const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Passed),
            2 => Some(Self::Failed),
            3 => Some(Self::Cancelled),
            4 => Some(Self::TimedOut),
            _ => None,
        }
    }
}

/// A person as one provider knows them: nothing that another provider could match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pseudonym(pub [u8; 32]);

impl Pseudonym {
    /// SHA-256(`"liangma/pseudonym/1\0"` | provider | `\0` | person id). The id is random, so that it cannot be guessed.
    #[must_use]
    pub fn of(person: PersonId, provider: &str) -> Self {
        Self(sha256(&[
            b"liangma/pseudonym/1\0",
            provider.as_bytes(),
            b"\0",
            person.as_bytes(),
        ]))
    }
}

/// Everything a receipt is bound to. What was asked and what was answered have to be the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptBinding {
    /// The provider's id.
    pub provider: String,
    /// The platform the receipt is for.
    pub audience: String,
    /// The ticket the platform issued.
    pub ticket: String,
    /// The ticket's nonce.
    pub nonce: [u8; 32],
    /// Whose face is checked.
    pub subject: Pseudonym,
    /// Who asks; the subject, or a relative.
    pub requester: Pseudonym,
    /// What it is for, such as `enrol_device`.
    pub purpose: String,
    /// SHA-256 of the request that waits for it.
    pub request_hash: [u8; 32],
    /// The thumbprint of the device key.
    pub device_key: [u8; 32],
    /// SHA-256 of the verifier that redeems the handle (PKCE, RFC 7636).
    pub challenge: [u8; 32],
}

/// What a provider says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// What it was asked.
    pub binding: ReceiptBinding,
    /// How it ended.
    pub outcome: FaceOutcome,
    /// When the provider said so; whole seconds on the wire.
    pub issued: Timestamp,
    /// From when on it is no longer good.
    pub expires: Timestamp,
}

/// Why a receipt is not believed. Each cause is its own, so that it can be told and counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// It is not a receipt.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The provider's key did not sign it.
    #[error("believe the receipt: the provider did not sign it")]
    Forged,
    /// It is for another provider, platform or purpose.
    #[error("believe the receipt: it is for something else")]
    OtherPurpose,
    /// It answers another ticket or nonce.
    #[error("believe the receipt: it answers another ticket")]
    OtherTicket,
    /// It is about somebody else, or was asked for by somebody else.
    #[error("believe the receipt: it is about somebody else")]
    SomebodyElse,
    /// It belongs to another request, device or verifier.
    #[error("believe the receipt: it belongs to another request or device")]
    OtherRequest,
    /// It was issued in the future.
    #[error("believe the receipt: it was issued in the future")]
    NotYetValid,
    /// It came too late.
    #[error("believe the receipt: it has expired")]
    Expired,
}

impl ReceiptError {
    /// A stable name.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Decode(_) => "damaged",
            Self::Forged => "forged",
            Self::OtherPurpose => "other_purpose",
            Self::OtherTicket => "other_ticket",
            Self::SomebodyElse => "somebody_else",
            Self::OtherRequest => "other_request",
            Self::NotYetValid => "not_yet_valid",
            Self::Expired => "expired",
        }
    }
}

impl Receipt {
    /// Signs the receipt with the provider's key.
    ///
    /// # Errors
    /// When a text is empty or longer than 64 bytes, a time lies before 1970 or out of order, or the key cannot sign.
    pub fn sign(&self, key: &SigningKey) -> Result<Vec<u8>, SignError> {
        let out_of_bounds = |field| SignError::OutOfBounds {
            structure: WHAT,
            field,
        };
        let binding = &self.binding;
        let texts = [
            &binding.provider,
            &binding.audience,
            &binding.ticket,
            &binding.purpose,
        ];
        if texts
            .iter()
            .any(|text| !(1..=TEXT_LIMIT).contains(&text.len()))
        {
            return Err(out_of_bounds("a text"));
        }
        let second =
            |time: Timestamp| u64::try_from(time.as_second()).map_err(|_| out_of_bounds("a time"));
        let (issued, expires) = (second(self.issued)?, second(self.expires)?);
        if expires <= issued {
            return Err(out_of_bounds("a time"));
        }
        let payload = Writer::default()
            .map(13)
            .unsigned(1u8)
            .text(&binding.provider)
            .unsigned(2u8)
            .text(&binding.audience)
            .unsigned(3u8)
            .text(&binding.ticket)
            .unsigned(4u8)
            .bytes(&binding.nonce)
            .unsigned(5u8)
            .bytes(&binding.subject.0)
            .unsigned(6u8)
            .bytes(&binding.requester.0)
            .unsigned(7u8)
            .text(&binding.purpose)
            .unsigned(8u8)
            .bytes(&binding.request_hash)
            .unsigned(9u8)
            .bytes(&binding.device_key)
            .unsigned(10u8)
            .bytes(&binding.challenge)
            .unsigned(11u8)
            .unsigned(self.outcome as u8)
            .unsigned(12u8)
            .unsigned(issued)
            .unsigned(13u8)
            .unsigned(expires)
            .finish();
        sign1::sign(&payload, key, CONTEXT, WHAT)
    }

    /// Reads a receipt strictly, without believing it.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::parse(bytes).map(|(_, receipt)| receipt)
    }

    /// Reads a receipt, and believes it when `key` signed it, it answers `expected`, and it is in time.
    ///
    /// That it is used once is for the caller to see to.
    ///
    /// # Errors
    /// [`ReceiptError`].
    pub fn verify(
        bytes: &[u8],
        key: &PublicKey,
        expected: &ReceiptBinding,
        now: Timestamp,
    ) -> Result<Self, ReceiptError> {
        let (signed, receipt) = Self::parse(bytes)?;
        signed
            .verify(key, CONTEXT)
            .map_err(|_| ReceiptError::Forged)?;
        let binding = &receipt.binding;
        if (&binding.provider, &binding.audience, &binding.purpose)
            != (&expected.provider, &expected.audience, &expected.purpose)
        {
            return Err(ReceiptError::OtherPurpose);
        }
        if (&binding.ticket, binding.nonce) != (&expected.ticket, expected.nonce) {
            return Err(ReceiptError::OtherTicket);
        }
        if (binding.subject, binding.requester) != (expected.subject, expected.requester) {
            return Err(ReceiptError::SomebodyElse);
        }
        if (binding.request_hash, binding.device_key, binding.challenge)
            != (
                expected.request_hash,
                expected.device_key,
                expected.challenge,
            )
        {
            return Err(ReceiptError::OtherRequest);
        }
        let now_second = now.as_second();
        if receipt.issued.as_second() > now_second + CLOCK_SKEW_SECONDS {
            return Err(ReceiptError::NotYetValid);
        }
        if now_second >= receipt.expires.as_second() {
            return Err(ReceiptError::Expired);
        }
        Ok(receipt)
    }

    fn parse(bytes: &[u8]) -> Result<(Sign1<'_>, Self), DecodeError> {
        let signed = Sign1::decode(bytes, WHAT, LIMIT)?;
        let mut reader = Reader::new(signed.payload, WHAT);
        let mut fields = reader.fields()?;
        fields.required(&mut reader, 1)?;
        let provider = read_text(&mut reader)?;
        fields.required(&mut reader, 2)?;
        let audience = read_text(&mut reader)?;
        fields.required(&mut reader, 3)?;
        let ticket = read_text(&mut reader)?;
        fields.required(&mut reader, 4)?;
        let nonce = reader.byte_array()?;
        fields.required(&mut reader, 5)?;
        let subject = Pseudonym(reader.byte_array()?);
        fields.required(&mut reader, 6)?;
        let requester = Pseudonym(reader.byte_array()?);
        fields.required(&mut reader, 7)?;
        let purpose = read_text(&mut reader)?;
        fields.required(&mut reader, 8)?;
        let request_hash = reader.byte_array()?;
        fields.required(&mut reader, 9)?;
        let device_key = reader.byte_array()?;
        fields.required(&mut reader, 10)?;
        let challenge = reader.byte_array()?;
        fields.required(&mut reader, 11)?;
        let outcome = reader.small()?;
        fields.required(&mut reader, 12)?;
        let issued = read_second(&mut reader)?;
        fields.required(&mut reader, 13)?;
        let expires = read_second(&mut reader)?;
        if expires <= issued {
            return Err(reader.malformed());
        }
        fields.end(reader)?;
        let receipt = Self {
            binding: ReceiptBinding {
                provider,
                audience,
                ticket,
                nonce,
                subject,
                requester,
                purpose,
                request_hash,
                device_key,
                challenge,
            },
            outcome: FaceOutcome::from_number(outcome)
                .ok_or(DecodeError::unsupported("the outcome"))?,
            issued,
            expires,
        };
        signed.understood()?;
        Ok((signed, receipt))
    }
}

fn read_text(reader: &mut Reader<'_>) -> Result<String, DecodeError> {
    match reader.text(TEXT_LIMIT)? {
        "" => Err(reader.malformed()),
        text => Ok(text.to_owned()),
    }
}

pub(crate) fn read_second(reader: &mut Reader<'_>) -> Result<Timestamp, DecodeError> {
    Timestamp::from_second(reader.small()?).map_err(|_| reader.malformed())
}
