use std::io;

use crate::folder::Folder;

/// Room kept for the day when the phone is full: enough for a refresh of two days and its journal.
const SIZE: usize = 256 * 1024;
pub(crate) const NAME: &str = "reserve";

/// A file of nothing, removed when the phone is full so that a refresh still fits.
pub(super) struct Reserve {
    folder: Folder,
}

impl Reserve {
    pub(super) fn new(folder: Folder) -> Self {
        Self { folder }
    }

    /// Makes the reserve where it is absent. A phone without room for it simply has none.
    pub(super) fn keep(&self) {
        match self.folder.size(NAME) {
            // A part of it, as a damaged file system leaves it, would free too little.
            Ok(Some(size)) if size == SIZE as u64 => return,
            Err(_) => return,
            Ok(_) => {}
        }
        // Not zeros: file systems that compress or leave holes would keep no room for those.
        let bytes: Vec<u8> = (0..SIZE as u32)
            .map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        if self.folder.replace(NAME, &bytes).is_err() {
            tracing::debug!("no room for the reserve");
            // What was written of it takes the last room; a later sweep would come too late.
            let _ = self.folder.remove(&format!("{NAME}.new"));
        }
    }

    /// Frees the room.
    pub(super) fn free(&self) -> io::Result<()> {
        self.folder.remove(NAME)
    }
}
