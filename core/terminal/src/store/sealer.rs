use liangma_crypto::{Randomness, SealError, SealSuite, SealingKey};
use zeroize::Zeroizing;

use super::Table;
use crate::envelope::{InstallId, Keyring};

/// Seals values for the one place where they belong.
pub(super) struct Sealer {
    key: SealingKey,
    install: InstallId,
}

impl Sealer {
    pub(super) fn new(keyring: &Keyring) -> Self {
        Self {
            key: keyring.fields(),
            install: keyring.install,
        }
    }

    pub(super) fn seal(
        &self,
        table: Table,
        row: &str,
        plain: &[u8],
        randomness: &dyn Randomness,
    ) -> Result<Vec<u8>, SealError> {
        self.key.seal(&self.place(table, row), plain, randomness)
    }

    pub(super) fn open(
        &self,
        table: Table,
        row: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        self.key.open(&self.place(table, row), sealed)
    }

    /// Suite, installation, table, column, row and schema, the texts with their lengths before them, so
    /// that no two places read alike.
    fn place(&self, table: Table, row: &str) -> Vec<u8> {
        let mut place = b"liangma/store/1".to_vec();
        place.push(SealSuite::Aes256Gcm as u8);
        place.extend_from_slice(&self.install.0);
        for text in [table.name(), "sealed", row] {
            place.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
            place.extend_from_slice(text.as_bytes());
        }
        place.extend_from_slice(&table.schema().to_be_bytes());
        place
    }
}
