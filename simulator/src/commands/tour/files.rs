//! The folder that a tour leaves behind.

use std::path::{Path, PathBuf};

use crate::failure::{Failure, OrFail as _};

/// A folder for what the tour leaves.
#[derive(Debug)]
pub(crate) struct OutFolder(PathBuf);

impl OutFolder {
    /// Makes the folder where there is none.
    pub(crate) fn create(path: &Path) -> Result<Self, Failure> {
        std::fs::create_dir_all(path).or_fail(
            format_args!("the folder {} could not be made", path.display()),
            "name a folder that you may write to with --out",
        )?;
        Ok(Self(path.to_owned()))
    }

    /// Writes one file, replacing that of an earlier tour.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> Result<(), Failure> {
        let path = self.path(name);
        std::fs::write(&path, bytes).or_fail(
            format_args!("{} could not be written", path.display()),
            "make room, or name a folder that you may write to with --out",
        )
    }

    /// Reads one file back.
    pub(crate) fn read(&self, name: &str) -> Result<Vec<u8>, Failure> {
        let path = self.path(name);
        std::fs::read(&path).or_fail(
            format_args!("{} could not be read back", path.display()),
            "let the folder alone while the tour runs",
        )
    }

    /// Where a file of this name is.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}
