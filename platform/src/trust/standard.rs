//! The UI standard that the deployment put into the data folder, signed elsewhere.
//!
//! The platform holds no key for it: who runs a platform does not change what screens say. The file is
//! looked at again when it changes; one that is refused changes nothing.

use std::{
    fs,
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use jiff::Timestamp;
use liangma_credential::{
    FILE_LIMIT, FileName, NamedFile, Role, SignedFile, TrustError, TrustStore,
};
use liangma_wire::trust::STANDARD_NAME;

use super::{TrustPublisher, row};
use crate::error::Failure;

/// The signed file, inside the data folder.
pub(crate) const STANDARD: &str = "standard.cbor";

/// When the file was changed that was looked at last, and how long it was.
pub(super) type LookedAt = Mutex<Option<(SystemTime, u64)>>;

/// Why the file in the data folder is not published.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("it is not a file, or has more than {FILE_LIMIT} bytes")]
    NotAFile,
    #[error("it could not be read")]
    Unreadable,
    #[error(transparent)]
    Trust(#[from] TrustError),
    #[error(
        "it is not the UI standard: a file of the role standard with the name {STANDARD_NAME} is wanted"
    )]
    NotThis,
    #[error("version {found} is not newer than version {held}, which is published")]
    NotNewer { held: u64, found: u64 },
}

/// The name under which the standard is kept and stamped.
pub(super) fn name() -> FileName {
    FileName::named(Role::Standard, STANDARD_NAME)
}

impl TrustPublisher {
    /// The standard to be named by the time stamp: that of the data folder when it is newer, else the one
    /// that was published. `None` when there never was one.
    pub(super) async fn standard_file(
        &self,
        now: Timestamp,
    ) -> Result<Option<(u64, SignedFile)>, Failure> {
        let kept = self.kept(&name()).await?;
        let held = kept.as_ref().map_or(0, |(row, _)| row.version);
        let root = self.root().await?;
        match self.put_there(&root, held, now) {
            None => {}
            Some(Ok((version, file))) => {
                self.storage
                    .put_trust_files(vec![row(&name(), version, &file)])
                    .await?;
                tracing::info!(version, "a newer UI standard is published");
                let kept = self.kept(&name()).await?;
                return Ok(kept.map(|(row, file)| (row.version, file)));
            }
            Some(Err(refused)) => {
                tracing::error!(%refused, "the UI standard in the data folder is not published");
            }
        }
        Ok(kept.map(|(row, file)| (row.version, file)))
    }

    /// The signed standard for phones; `None` when the one they were built with is in force.
    pub(crate) async fn standard(&self) -> Result<Option<Vec<u8>>, Failure> {
        let row = self.storage.trust_file(name().text()).await?;
        Ok(row.map(|row| row.bytes))
    }

    /// The file in the data folder; `None` when there is none, or none that was not looked at before.
    fn put_there(
        &self,
        root: &[u8],
        held: u64,
        now: Timestamp,
    ) -> Option<Result<(u64, SignedFile), Refused>> {
        let path = self.data_dir.join(STANDARD);
        let found = fs::metadata(&path).ok()?;
        let looked_at = (found.modified().ok()?, found.len());
        let mut last = self
            .standard_looked_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if last.replace(looked_at) == Some(looked_at) {
            return None;
        }
        if !found.is_file() || found.len() > FILE_LIMIT as u64 {
            return Some(Err(Refused::NotAFile));
        }
        let read = fs::read(&path).map_err(|_| Refused::Unreadable);
        match read.and_then(|bytes| verified(root, &bytes, held, now)) {
            // As after every start.
            Err(Refused::NotNewer { held, found }) if held == found => None,
            done => Some(done),
        }
    }
}

fn verified(
    root: &[u8],
    bytes: &[u8],
    held: u64,
    now: Timestamp,
) -> Result<(u64, SignedFile), Refused> {
    let file = SignedFile::decode(bytes).map_err(TrustError::from)?;
    if file.role() != Role::Standard {
        return Err(Refused::NotThis);
    }
    TrustStore::from_root(root)?.update(bytes, now)?;
    let named = NamedFile::decode(file.payload()).map_err(TrustError::from)?;
    if named.name != STANDARD_NAME {
        return Err(Refused::NotThis);
    }
    let found = u64::from(named.header.version);
    if found <= held {
        return Err(Refused::NotNewer { held, found });
    }
    Ok((found, file))
}
