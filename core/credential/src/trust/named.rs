use super::file::FileHeader;
use crate::{
    DecodeError,
    cbor::{Reader, Writer},
};

/// The most bytes of a body.
const BODY_LIMIT: usize = 1024 * 1024;
/// The most bytes of a name.
const NAME_LIMIT: usize = 48;

/// The payload of a rule pack, region profile or UI standard: a name, and a JSON body for another part to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedFile {
    /// Version and times.
    pub header: FileHeader,
    /// Which of its kind: a region for rules, a profile's name for profiles. Lower-case letters, digits, `-`, `_`, `.`.
    pub name: String,
    /// The content as JSON; not read here.
    pub body: Vec<u8>,
}

impl NamedFile {
    /// The payload to be signed.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        self.header
            .write(Writer::default().map(FileHeader::FIELDS + 2))
            .unsigned(4u8)
            .text(&self.name)
            .unsigned(5u8)
            .bytes(&self.body)
            .finish()
    }

    /// Reads the payload of a named file.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn decode(payload: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::bounded(payload, "a named file", BODY_LIMIT + 1024)?;
        let mut fields = reader.fields()?;
        let header = FileHeader::read(&mut reader, &mut fields)?;
        fields.required(&mut reader, 4)?;
        let name = reader.text(NAME_LIMIT)?;
        if !is_file_name(name) {
            return Err(reader.malformed());
        }
        fields.required(&mut reader, 5)?;
        let body = reader.bytes()?.to_vec();
        fields.end(reader)?;
        Ok(Self {
            header,
            name: name.to_owned(),
            body,
        })
    }
}

pub(super) fn is_file_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.'))
}
