//! Texts that a library carries packed: words and tables, small on their way to a phone.
//!
//! A build script packs files with `pack_into` (the feature `pack`); the crate holds what came of it as a [`Packed`],
//! which unpacks it when it is read for the first time.

#[cfg(feature = "pack")]
mod pack;

use std::sync::OnceLock;

use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

#[cfg(feature = "pack")]
pub use self::pack::pack_into;

/// No text that is built in is larger, in bytes.
const LARGEST: usize = 4 * 1024 * 1024;

/// A text that was packed while the crate was built.
pub struct Packed {
    bytes: &'static [u8],
    text: OnceLock<String>,
}

impl Packed {
    /// What a build script wrote with `pack_into`.
    #[must_use]
    pub const fn new(bytes: &'static [u8]) -> Self {
        Self {
            bytes,
            text: OnceLock::new(),
        }
    }

    /// The text, unpacked when it is asked for the first time. Empty when the bytes are no packed text, which a test
    /// of each text rules out.
    pub fn text(&self) -> &str {
        self.text.get_or_init(|| {
            decompress_to_vec_zlib_with_limit(self.bytes, LARGEST)
                .ok()
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .unwrap_or_default()
        })
    }
}
