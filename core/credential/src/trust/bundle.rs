use crate::{
    DecodeError,
    cbor::{Reader, Writer},
};

const MAGIC: &str = "LMB1";
const FILES_LIMIT: usize = 512;
const BUNDLE_LIMIT: usize = 16 * 1024 * 1024;

/// Several signed files in one, to be handed over together. It is not signed: each file speaks for itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrustBundle {
    /// The files' bytes, in the order in which they are to be taken: roots by rising version first.
    pub files: Vec<Vec<u8>>,
}

impl TrustBundle {
    /// The bytes of the bundle.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default()
            .array(2)
            .text(MAGIC)
            .array(self.files.len());
        for file in &self.files {
            writer = writer.bytes(file);
        }
        writer.finish()
    }

    /// Reads a bundle; its files are not looked into.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::bounded(bytes, "a bundle of files", BUNDLE_LIMIT)?;
        reader.array_of(2)?;
        if reader.text(8)? != MAGIC {
            return Err(reader.malformed());
        }
        let count = reader.array()?;
        if count > FILES_LIMIT {
            return Err(reader.malformed());
        }
        let files = (0..count)
            .map(|_| reader.bytes().map(<[u8]>::to_vec))
            .collect::<Result<_, _>>()?;
        reader.finish()?;
        Ok(Self { files })
    }
}
