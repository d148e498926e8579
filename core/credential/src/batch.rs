//! A batch of evidence, signed by a department's principal. What the entries say is read in another part.

use std::fmt;

use jiff::Timestamp;
use liangma_crypto::{KeyId, PublicKey, SignatureError, SigningKey};

use crate::{
    DecodeError, SignError,
    cbor::{Reader, Writer},
    receipt::read_second,
    sign1::{self, Sign1},
};

const CONTEXT: &str = "liangma/evidence/1";
const WHAT: &str = "a batch of evidence";
/// The most bytes of a batch's body: a hundred thousand rows.
pub const BATCH_BODY_LIMIT: usize = 32 * 1024 * 1024;
const LIMIT: usize = BATCH_BODY_LIMIT + 1024;
const ID_LIMIT: usize = 64;

/// The id of a batch; sending it again changes nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BatchId(pub [u8; 16]);

impl fmt::Debug for BatchId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

/// What a department submits.
#[derive(Clone, PartialEq, Eq)]
pub struct EvidenceBatch {
    /// Its id.
    pub id: BatchId,
    /// The authority it comes from.
    pub authority: String,
    /// Who of the authority signs it.
    pub principal: String,
    /// When it was made; whole seconds on the wire.
    pub issued: Timestamp,
    /// A JSON array of entries. Personal data.
    pub body: Vec<u8>,
}

impl fmt::Debug for EvidenceBatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "EvidenceBatch({:?}, {}, {} bytes [hidden])",
            self.id,
            self.authority,
            self.body.len()
        )
    }
}

/// A signed batch whose form is checked and whose signature is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedBatch {
    bytes: Vec<u8>,
    key_id: KeyId,
    batch: EvidenceBatch,
}

impl EvidenceBatch {
    /// Signs the batch with the principal's key.
    ///
    /// # Errors
    /// When an id is empty or longer than 64 bytes, the body longer than 32 MiB, the time before 1970,
    /// or the key cannot sign.
    pub fn sign(self, key: &SigningKey) -> Result<SignedBatch, SignError> {
        let out_of_bounds = |field| SignError::OutOfBounds {
            structure: WHAT,
            field,
        };
        let ids = [&self.authority, &self.principal];
        if ids.iter().any(|id| !(1..=ID_LIMIT).contains(&id.len())) {
            return Err(out_of_bounds("an id"));
        }
        if self.body.len() > BATCH_BODY_LIMIT {
            return Err(out_of_bounds("the body"));
        }
        let issued =
            u64::try_from(self.issued.as_second()).map_err(|_| out_of_bounds("the time"))?;
        let payload = Writer::default()
            .map(5)
            .unsigned(1u8)
            .bytes(&self.id.0)
            .unsigned(2u8)
            .text(&self.authority)
            .unsigned(3u8)
            .text(&self.principal)
            .unsigned(4u8)
            .unsigned(issued)
            .unsigned(5u8)
            .bytes(&self.body)
            .finish();
        Ok(SignedBatch {
            bytes: sign1::sign(&payload, key, CONTEXT, WHAT)?,
            key_id: key.public_key().key_id(),
            batch: Self {
                issued: Timestamp::from_second(self.issued.as_second())
                    .map_err(|_| out_of_bounds("the time"))?,
                ..self
            },
        })
    }
}

impl SignedBatch {
    /// Reads a batch strictly; the signature is not checked.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let signed = Sign1::decode(bytes, WHAT, LIMIT)?;
        let mut reader = Reader::new(signed.payload, WHAT);
        let mut fields = reader.fields()?;
        fields.required(&mut reader, 1)?;
        let id = BatchId(reader.byte_array()?);
        fields.required(&mut reader, 2)?;
        let authority = read_id(&mut reader)?;
        fields.required(&mut reader, 3)?;
        let principal = read_id(&mut reader)?;
        fields.required(&mut reader, 4)?;
        let issued = read_second(&mut reader)?;
        fields.required(&mut reader, 5)?;
        let body = reader.bytes()?;
        if body.len() > BATCH_BODY_LIMIT {
            return Err(reader.malformed());
        }
        fields.end(reader)?;
        signed.understood()?;
        Ok(Self {
            bytes: bytes.to_vec(),
            key_id: signed.key_id,
            batch: EvidenceBatch {
                id,
                authority,
                principal,
                issued,
                body: body.to_vec(),
            },
        })
    }

    /// The id of the key that is said to have signed it.
    #[must_use]
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// What is claimed: read it to find the principal's key, and nothing more, before verifying.
    #[must_use]
    pub const fn unverified(&self) -> &EvidenceBatch {
        &self.batch
    }

    /// The bytes as they were signed, for the log.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Gives the batch when `key` signed it.
    ///
    /// # Errors
    /// [`SignatureError`].
    pub fn verify(&self, key: &PublicKey) -> Result<&EvidenceBatch, SignatureError> {
        Sign1::decode(&self.bytes, WHAT, LIMIT)
            .map_err(|_| SignatureError)?
            .verify(key, CONTEXT)?;
        Ok(&self.batch)
    }
}

fn read_id(reader: &mut Reader<'_>) -> Result<String, DecodeError> {
    match reader.text(ID_LIMIT)? {
        "" => Err(reader.malformed()),
        text => Ok(text.to_owned()),
    }
}
