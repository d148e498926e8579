//! What is needed to show a code, in one sealed file.
//!
//! The database holds the truth. This file is made from it after every change and can be made again at any
//! time; it is there because a database in WAL mode cannot be opened without opening its journal for
//! writing, and showing a code must write nothing, not even on a full or failing phone.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
};

use jiff::Timestamp;
use liangma_credential::{Hour, StripChain, StripSecret};
use liangma_crypto::{Randomness, SealError, SealSuite, SealingKey, Secret32};
use liangma_wire::bytes::{Bytes, FixedBytes};
use serde::{Deserialize, Serialize};

use crate::{
    clock::ClockMemory,
    envelope::{InstallId, Keyring},
    folder::Folder,
    records::{HealthRecord, StripRecord},
};

/// The name of the file.
pub(crate) const LIT: &str = "lit";
const FORMAT: u16 = 1;
/// Two days of credentials of eight people, an explanation, and room.
const SIZE_MAX: u64 = 256 * 1024;

/// Everything that showing needs. Without a code it is still there, and says so.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Lit {
    /// The strip, where there is one.
    pub(crate) strip: Option<StripRecord>,
    /// The signed hours.
    pub(crate) credentials: BTreeMap<u32, Bytes>,
    /// The reasons.
    pub(crate) explanation: Option<HealthRecord>,
    /// The hours whose signed colour is the one that the reasons explain. Worked out when the file is
    /// made, as reading every credential at every showing takes longer than everything else.
    pub(crate) explained: BTreeSet<u32>,
    /// What the clock authority remembers.
    pub(crate) clock: ClockMemory,
    /// The last refresh that went through.
    pub(crate) updated_at: Option<Timestamp>,
    /// The IANA name of the region's zone.
    pub(crate) zone: String,
    /// Nothing of it counts outside a demonstration.
    pub(crate) sandbox: bool,
    /// Whose installation it is, so that a database which has to be made anew gives nobody's acts to
    /// somebody else. As the database has it: a hash, of use here alone.
    #[serde(default)]
    pub(crate) person: Option<FixedBytes<32>>,
}

impl Lit {
    /// The time covered by credentials, from its first to its last moment.
    pub(crate) fn span(&self) -> Option<(Timestamp, Timestamp)> {
        let (first, _) = self.credentials.first_key_value()?;
        let (last, _) = self.credentials.last_key_value()?;
        Some((Hour(*first).start(), Hour(*last).end()))
    }

    /// Seals and replaces the file.
    pub(crate) fn write(
        &self,
        folder: &Folder,
        keyring: &Keyring,
        randomness: &dyn Randomness,
    ) -> io::Result<()> {
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(self).map_err(io::Error::other)?);
        let sealed = keyring
            .files()
            .seal(&place(keyring.install, LIT), &plain, randomness)
            .map_err(io::Error::other)?;
        folder.replace(LIT, &sealed)
    }

    /// Reads the file; `Ok(None)` when there is none yet, an error when it is damaged.
    pub(crate) fn read(folder: &Folder, keyring: &Keyring) -> io::Result<Option<Self>> {
        let Some(sealed) = folder.read(LIT, SIZE_MAX)? else {
            return Ok(None);
        };
        let damaged =
            || io::Error::new(io::ErrorKind::InvalidData, "the sealed file does not open");
        let plain = keyring
            .files()
            .open(&place(keyring.install, LIT), &sealed)
            .map_err(|_| damaged())?;
        serde_json::from_slice(&plain)
            .map(Some)
            .map_err(|_| damaged())
    }
}

/// Suite, installation, file and format: a sealed file opens in its own place only.
fn place(install: InstallId, file: &str) -> Vec<u8> {
    let mut place = b"liangma/file-at-rest/1".to_vec();
    place.push(SealSuite::Aes256Gcm as u8);
    place.extend_from_slice(&install.0);
    place.extend_from_slice(&FORMAT.to_be_bytes());
    place.extend_from_slice(file.as_bytes());
    place
}

/// Seals a strip's secret under the key for chains.
pub(crate) fn seal_secret(
    chain_key: &SealingKey,
    install: InstallId,
    secret: &StripSecret,
    randomness: &dyn Randomness,
) -> Result<Bytes, SealError> {
    chain_key
        .seal(&place(install, "strip-secret"), secret.expose(), randomness)
        .map(Bytes)
}

/// Opens a strip's secret.
pub(crate) fn open_strip(
    chain_key: &SealingKey,
    install: InstallId,
    strip: &StripRecord,
) -> Result<StripChain, SealError> {
    let plain = chain_key.open(&place(install, "strip-secret"), &strip.secret.0)?;
    let bytes = plain
        .as_slice()
        .try_into()
        .map_err(|_| SealError::NotAuthentic)?;
    let secret = StripSecret::new(Secret32::new(bytes));
    Ok(StripChain::new(secret, Hour(strip.first_hour)))
}

impl std::fmt::Debug for Lit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lit")
            .field("hours", &self.credentials.len())
            .field("updated_at", &self.updated_at)
            .finish_non_exhaustive()
    }
}
