//! Where a phone of this program keeps what it has: its sealed store, and beside it, not in it, its keys.

use std::path::{Path, PathBuf};

use liangma_terminal::desktop::KeyFile;

use crate::failure::{Failure, OrFail as _};

/// A folder that stands for one phone.
#[derive(Clone, Debug)]
pub(crate) struct PhoneFolder(PathBuf);

impl PhoneFolder {
    /// Names a folder without touching it.
    pub(crate) fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// The sealed store.
    pub(crate) fn store(&self) -> PathBuf {
        self.0.join("store")
    }

    /// The key file, which stands for the phone's hardware keys.
    pub(crate) fn keys(&self) -> Result<KeyFile, Failure> {
        KeyFile::new(&self.0.join("keys.json")).or_fail(
            "the key file could not be named",
            "name a folder for the phone that is not the root of the disk",
        )
    }
}
