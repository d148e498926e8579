use liangma_crypto::sha256;

use super::file::FileHeader;
use crate::{
    DecodeError, PaperSerial,
    cbor::{Reader, Writer},
};

/// The short hash of a void serial in the list.
pub type VoidHash = [u8; 5];

/// The payload of the daily list of void paper codes.
///
/// Serials are held as the first five bytes of a hash, so that the list gives none away; with a
/// million voids, one valid paper code in a million is taken for void and has to be asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoidList {
    /// Version and times.
    pub header: FileHeader,
    /// Sorted, each once.
    pub hashes: Vec<VoidHash>,
}

/// SHA-256(`"LMP1-void"` | serial), first five bytes. Online status is asked by the first two of them.
#[must_use]
pub fn void_hash(serial: PaperSerial) -> VoidHash {
    let [a, b, c, d, e, ..] = sha256(&[b"LMP1-void", &serial.0]);
    [a, b, c, d, e]
}

impl VoidList {
    /// The payload to be signed: hashes laid end to end in rising order.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut hashes = self.hashes.clone();
        hashes.sort_unstable();
        hashes.dedup();
        self.header
            .write(Writer::default().map(FileHeader::FIELDS + 1))
            .unsigned(4u8)
            .bytes(hashes.as_flattened())
            .finish()
    }

    /// Reads the payload of a list of voids.
    ///
    /// # Errors
    /// [`DecodeError`]; hashes out of order or twice are refused.
    pub fn decode(payload: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::bounded(payload, "a list of voids", super::FILE_LIMIT)?;
        let mut fields = reader.fields()?;
        let header = FileHeader::read(&mut reader, &mut fields)?;
        fields.required(&mut reader, 4)?;
        let (hashes, rest) = reader.bytes()?.as_chunks::<5>();
        if !rest.is_empty() || !hashes.windows(2).all(|pair| pair[0] < pair[1]) {
            return Err(reader.malformed());
        }
        let hashes = hashes.to_vec();
        fields.end(reader)?;
        Ok(Self { header, hashes })
    }

    pub(super) fn contains(&self, serial: PaperSerial) -> bool {
        self.hashes.binary_search(&void_hash(serial)).is_ok()
    }
}
