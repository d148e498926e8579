use jiff::Timestamp;
use liangma_crypto::{KeyId, PublicKey, SigningKey};

use super::{
    file::{FileHeader, Role},
    named::is_file_name,
};
use crate::{
    DecodeError, SignError,
    cbor::{Reader, Writer},
    sign1::{self, Sign1},
};

/// The most files that a time stamp names.
const FILES_LIMIT: usize = 256;
const TIME_CONTEXT: &str = "liangma/time/1";
const TIME_LIMIT: usize = 256;
/// The last millisecond whose second has 32 bits, as every time elsewhere.
const LAST_MILLISECOND: i64 = u32::MAX as i64 * 1000 + 999;

/// Names one file among all that a time stamp covers: its role, and its name where a role has several files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileName {
    /// The role.
    pub role: Role,
    /// The name of a rule pack, profile or standard; `None` for the other roles.
    pub name: Option<String>,
}

impl FileName {
    /// A role with one file.
    #[must_use]
    pub const fn of(role: Role) -> Self {
        Self { role, name: None }
    }

    /// One of the files of a role.
    #[must_use]
    pub fn named(role: Role, name: &str) -> Self {
        Self {
            role,
            name: Some(name.to_owned()),
        }
    }

    /// `issuers`, or `rules/zhejiang`.
    #[must_use]
    pub fn text(&self) -> String {
        match &self.name {
            Some(name) => format!("{}/{name}", self.role),
            None => self.role.name().to_owned(),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (role, name) = match text.split_once('/') {
            Some((role, name)) => (role, Some(name)),
            None => (text, None),
        };
        let role = Role::from_name(role)?;
        let takes_name = matches!(role, Role::Rules | Role::Standard | Role::Profile);
        if takes_name != name.is_some()
            || matches!(role, Role::Root | Role::Timestamp)
            || !name.is_none_or(is_file_name)
        {
            return None;
        }
        Some(Self {
            role,
            name: name.map(str::to_owned),
        })
    }
}

/// The newest version of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StampedFile {
    /// Which file.
    pub file: FileName,
    /// Its newest version.
    pub version: u32,
    /// SHA-256 of its payload; for the recall list, of the full list of that version.
    pub payload_hash: [u8; 32],
}

/// The payload of a time stamp, signed every 15 minutes: what the newest version of everything is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimestampFile {
    /// Version and times.
    pub header: FileHeader,
    /// Every file in force, sorted by its text.
    pub files: Vec<StampedFile>,
}

impl TimestampFile {
    /// The payload to be signed.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut files: Vec<_> = self
            .files
            .iter()
            .map(|stamped| (stamped.file.text(), stamped))
            .collect();
        files.sort_by(|one, other| one.0.cmp(&other.0));
        let mut writer = self
            .header
            .write(Writer::default().map(FileHeader::FIELDS + 1))
            .unsigned(4u8)
            .array(files.len());
        for (text, stamped) in files {
            writer = writer
                .array(3)
                .text(&text)
                .unsigned(stamped.version)
                .bytes(&stamped.payload_hash);
        }
        writer.finish()
    }

    /// Reads the payload of a time stamp.
    ///
    /// # Errors
    /// [`DecodeError`]; files out of order or twice are refused.
    pub fn decode(payload: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::bounded(payload, "a time stamp", 64 * 1024)?;
        let mut fields = reader.fields()?;
        let header = FileHeader::read(&mut reader, &mut fields)?;
        fields.required(&mut reader, 4)?;
        let count = reader.array()?;
        if count > FILES_LIMIT {
            return Err(reader.malformed());
        }
        let mut files = Vec::with_capacity(count);
        let mut last = "";
        for _ in 0..count {
            reader.array_of(3)?;
            let text = reader.text(80)?;
            let file = FileName::parse(text).ok_or_else(|| reader.malformed())?;
            let version = reader.small()?;
            if text <= last || version == 0 {
                return Err(reader.malformed());
            }
            last = text;
            files.push(StampedFile {
                file,
                version,
                payload_hash: reader.byte_array()?,
            });
        }
        fields.end(reader)?;
        Ok(Self { header, files })
    }

    pub(super) fn find(&self, file: &FileName) -> Option<&StampedFile> {
        self.files.iter().find(|stamped| stamped.file == *file)
    }
}

/// The server's time, bound to a nonce that the phone drew, signed by a time stamp key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeStatement {
    /// The server's time, to the millisecond.
    pub time: Timestamp,
    /// What the phone sent.
    pub nonce: [u8; 32],
    /// The server is a sandbox.
    pub sandbox: bool,
}

/// Why a statement of the server's time is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// It is not a statement of time.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// No time stamp key of the root signed it.
    #[error("believe the server's time: it is not signed by a time stamp key")]
    Forged,
    /// It answers another question.
    #[error("believe the server's time: it answers another question")]
    OtherNonce,
}

impl TimeStatement {
    /// Signs the statement with a time stamp key.
    ///
    /// # Errors
    /// When the key cannot sign, or the time lies before 1970 or beyond 32 bits of seconds.
    pub fn sign(&self, key: &SigningKey) -> Result<Vec<u8>, SignError> {
        const WHAT: &str = "a statement of time";
        let time = Some(self.time.as_millisecond())
            .filter(|time| *time <= LAST_MILLISECOND)
            .and_then(|time| u64::try_from(time).ok())
            .ok_or(SignError::OutOfBounds {
                structure: WHAT,
                field: "the time",
            })?;
        let payload = Writer::default()
            .map(3)
            .unsigned(1u8)
            .unsigned(time)
            .unsigned(2u8)
            .bytes(&self.nonce)
            .unsigned(3u8)
            .bool(self.sandbox)
            .finish();
        sign1::sign(&payload, key, TIME_CONTEXT, WHAT)
    }

    /// Reads a statement, checks its signature by one of `keys`, and that it answers `nonce`.
    ///
    /// # Errors
    /// [`TimeError`].
    pub fn verify(bytes: &[u8], keys: &[PublicKey], nonce: &[u8; 32]) -> Result<Self, TimeError> {
        let (signed, statement) = Self::parse(bytes)?;
        let key_id: KeyId = signed.key_id;
        let key = keys
            .iter()
            .find(|key| key.key_id() == key_id)
            .ok_or(TimeError::Forged)?;
        signed
            .verify(key, TIME_CONTEXT)
            .map_err(|_| TimeError::Forged)?;
        if statement.nonce != *nonce {
            return Err(TimeError::OtherNonce);
        }
        Ok(statement)
    }

    /// Reads a statement without believing it.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::parse(bytes).map(|(_, statement)| statement)
    }

    fn parse(bytes: &[u8]) -> Result<(Sign1<'_>, Self), DecodeError> {
        const WHAT: &str = "a statement of time";
        let signed = Sign1::decode(bytes, WHAT, TIME_LIMIT)?;
        let mut reader = Reader::new(signed.payload, WHAT);
        let mut fields = reader.fields()?;
        fields.required(&mut reader, 1)?;
        let milliseconds = reader.small()?;
        if milliseconds > LAST_MILLISECOND {
            return Err(reader.malformed());
        }
        let time = Timestamp::from_millisecond(milliseconds).map_err(|_| reader.malformed())?;
        fields.required(&mut reader, 2)?;
        let nonce = reader.byte_array()?;
        fields.required(&mut reader, 3)?;
        let sandbox = reader.bool()?;
        fields.end(reader)?;
        signed.understood()?;
        Ok((
            signed,
            Self {
                time,
                nonce,
                sandbox,
            },
        ))
    }
}
