//! The one envelope of all signed files: who may sign what is said by the root, not by the file.

use std::fmt;

use liangma_crypto::{KeyId, PublicKey, SIGNATURE_LENGTH, SigningKey, Suite, sha256};

use super::TrustError;
use crate::{
    DecodeError, SignError,
    cbor::{Reader, Writer},
};

/// The most bytes of a signed file. A recall list of 200,000 strips has 3.3 MB.
pub const FILE_LIMIT: usize = 4 * 1024 * 1024;
/// The most signatures of one file.
const SIGNATURES_LIMIT: usize = 16;
const MAGIC: &str = "LMF1";
const CONTEXT: &str = "liangma/file/1";

/// What a file says, and so which keys may sign it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Which keys serve which role. Signed offline.
    Root,
    /// Which keys sign credentials, paper codes and venue codes.
    Issuers,
    /// The recall keys of recalled strips.
    Recall,
    /// A rule pack of a region.
    Rules,
    /// The UI standard.
    Standard,
    /// A region profile.
    Profile,
    /// The paper codes that are void.
    Voids,
    /// The newest version of every other file, signed often.
    Timestamp,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 8] = [
        Self::Root,
        Self::Issuers,
        Self::Recall,
        Self::Rules,
        Self::Standard,
        Self::Profile,
        Self::Voids,
        Self::Timestamp,
    ];

    /// The name in the envelope.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Issuers => "issuers",
            Self::Recall => "recall",
            Self::Rules => "rules",
            Self::Standard => "standard",
            Self::Profile => "profile",
            Self::Voids => "voids",
            Self::Timestamp => "timestamp",
        }
    }

    /// The role with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A signature of a file, with the key it claims to come from.
#[derive(Debug, Clone, PartialEq, Eq)]
struct FileSignature {
    suite: Suite,
    key_id: KeyId,
    signature: [u8; SIGNATURE_LENGTH],
}

/// A file whose form is checked and whose signatures are not.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedFile {
    role: Role,
    payload: Vec<u8>,
    signatures: Vec<FileSignature>,
}

impl SignedFile {
    /// Signs a payload with every key given.
    ///
    /// # Errors
    /// When a key cannot sign.
    pub fn sign(role: Role, payload: Vec<u8>, keys: &[&SigningKey]) -> Result<Self, SignError> {
        let mut file = Self {
            role,
            payload,
            signatures: Vec::with_capacity(keys.len()),
        };
        for key in keys {
            file.add_signature(key)?;
        }
        Ok(file)
    }

    /// Adds one more signature, as when keys are held by several people.
    ///
    /// # Errors
    /// When the key cannot sign, or the file has all the signatures it can carry.
    pub fn add_signature(&mut self, key: &SigningKey) -> Result<(), SignError> {
        if self.signatures.len() == SIGNATURES_LIMIT {
            return Err(SignError::OutOfBounds {
                structure: "a signed file",
                field: "the number of signatures",
            });
        }
        let suite = key.suite();
        let signature = key
            .sign(&to_be_signed(self.role, suite, &self.payload))
            .map_err(|_| SignError::Signature("a file"))?;
        self.signatures.push(FileSignature {
            suite,
            key_id: key.public_key().key_id(),
            signature,
        });
        Ok(())
    }

    /// The role the file claims.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// What was signed.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// SHA-256 of the payload, as time stamps name it. Signatures are left out, so that adding one changes nothing.
    #[must_use]
    pub fn payload_hash(&self) -> [u8; 32] {
        sha256(&[&self.payload])
    }

    /// The bytes of the file.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default()
            .array(4)
            .text(MAGIC)
            .text(self.role.name())
            .bytes(&self.payload)
            .array(self.signatures.len());
        for signature in &self.signatures {
            writer = writer
                .array(3)
                .unsigned(signature.suite.number())
                .bytes(&signature.key_id.0)
                .bytes(&signature.signature);
        }
        writer.finish()
    }

    /// Reads the envelope; nothing in it is trusted by that.
    ///
    /// # Errors
    /// [`DecodeError`]; a role or suite that is not known is [`DecodeError::Unsupported`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::bounded(bytes, "a signed file", FILE_LIMIT)?;
        reader.array_of(4)?;
        if reader.text(8)? != MAGIC {
            return Err(reader.malformed());
        }
        let role = Role::from_name(reader.text(16)?);
        let payload = reader.bytes()?.to_vec();
        let count = reader.array()?;
        if count > SIGNATURES_LIMIT {
            return Err(reader.malformed());
        }
        let mut signatures = Vec::with_capacity(count);
        let mut understood = true;
        for _ in 0..count {
            reader.array_of(3)?;
            let suite = Suite::try_from(reader.small::<u8>()?);
            let key_id = KeyId(reader.byte_array()?);
            let signature = reader.byte_array()?;
            match suite {
                Ok(suite) => signatures.push(FileSignature {
                    suite,
                    key_id,
                    signature,
                }),
                Err(_) => understood = false,
            }
        }
        let unsupported = reader.unsupported();
        reader.finish()?;
        match role {
            Some(role) if understood => Ok(Self {
                role,
                payload,
                signatures,
            }),
            _ => Err(unsupported),
        }
    }

    /// Counts the role's keys that signed. Keys of other roles do not count; a key that signed twice
    /// counts once; one wrong signature by a key of the role spoils the file.
    pub(super) fn verify(&self, keys: &RoleKeys) -> Result<(), TrustError> {
        let mut signed: Vec<KeyId> = Vec::with_capacity(self.signatures.len());
        for signature in &self.signatures {
            let Some(key) = keys.find(signature.key_id) else {
                continue;
            };
            let message = to_be_signed(self.role, signature.suite, &self.payload);
            if signature.suite != key.suite() || key.verify(&message, &signature.signature).is_err()
            {
                return Err(TrustError::BadSignature);
            }
            if !signed.contains(&signature.key_id) {
                signed.push(signature.key_id);
            }
        }
        match signed.len() {
            0 => Err(TrustError::WrongRole),
            count if count < keys.threshold => Err(TrustError::BelowThreshold {
                signed: count,
                threshold: keys.threshold,
            }),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for SignedFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "SignedFile({}, {} bytes, {} signatures)",
            self.role,
            self.payload.len(),
            self.signatures.len()
        )
    }
}

/// The keys of one role, and how many of them have to sign.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct RoleKeys {
    pub(super) threshold: usize,
    pub(super) keys: Vec<PublicKey>,
}

impl RoleKeys {
    pub(super) fn find(&self, key_id: KeyId) -> Option<&PublicKey> {
        self.keys.iter().find(|key| key.key_id() == key_id)
    }
}

fn to_be_signed(role: Role, suite: Suite, payload: &[u8]) -> Vec<u8> {
    Writer::default()
        .array(4)
        .text(CONTEXT)
        .text(role.name())
        .unsigned(suite.number())
        .bytes(payload)
        .finish()
}

/// What every payload begins with: a rising version, and when it was issued and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileHeader {
    /// Rises by at least one with every new content. From 1.
    pub version: u32,
    /// Seconds since 1970 at which the file was made.
    pub issued: u32,
    /// Seconds since 1970 from which the file is no longer accepted.
    pub expires: u32,
}

impl FileHeader {
    /// Map keys 1, 2 and 3.
    pub(super) const FIELDS: usize = 3;

    pub(super) fn write(&self, writer: Writer) -> Writer {
        writer
            .unsigned(1u8)
            .unsigned(self.version)
            .unsigned(2u8)
            .unsigned(self.issued)
            .unsigned(3u8)
            .unsigned(self.expires)
    }

    pub(super) fn read(
        reader: &mut Reader<'_>,
        fields: &mut crate::cbor::Fields,
    ) -> Result<Self, DecodeError> {
        fields.required(reader, 1)?;
        let version = reader.small()?;
        fields.required(reader, 2)?;
        let issued = reader.small()?;
        fields.required(reader, 3)?;
        let expires = reader.small()?;
        if version == 0 || expires <= issued {
            return Err(reader.malformed());
        }
        Ok(Self {
            version,
            issued,
            expires,
        })
    }

    /// True from the second in which the file ends.
    pub(super) fn is_expired(&self, now_second: i64) -> bool {
        now_second >= i64::from(self.expires)
    }
}
