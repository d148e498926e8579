//! Texts that a library carries packed: words and tables, small on their way to a phone.
//!
//! A build script packs files with [`pack_into`]; the crate holds what came of it as a [`Packed`], which unpacks it when
//! it is read for the first time.

use std::{
    fs,
    io::{self, Write as _},
    path::Path,
    sync::OnceLock,
};

use miniz_oxide::{deflate::compress_to_vec_zlib, inflate::decompress_to_vec_zlib_with_limit};

/// The hardest that the packer tries; it is done once, while building.
const HARDEST: u8 = 10;
/// No text that is built in is larger, in bytes.
const LARGEST: usize = 4 * 1024 * 1024;

/// A text that was packed while the crate was built.
pub struct Packed {
    bytes: &'static [u8],
    text: OnceLock<String>,
}

impl Packed {
    /// What a build script wrote with [`pack_into`].
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

/// For build scripts: packs files, one behind the other, into one, and has Cargo build again when one of them changes.
///
/// # Errors
/// When a file cannot be read or written, is not text, or all are larger than four megabytes.
pub fn pack_into(packed: &Path, files: &[impl AsRef<Path>]) -> io::Result<()> {
    let mut text = String::new();
    for file in files {
        let file = file.as_ref();
        writeln!(io::stdout(), "cargo::rerun-if-changed={}", file.display())?;
        text.push_str(&fs::read_to_string(file)?);
    }
    if text.len() > LARGEST {
        return Err(io::Error::other(
            "pack a text: it has more than four megabytes",
        ));
    }
    fs::write(packed, compress_to_vec_zlib(text.as_bytes(), HARDEST))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn unpacked(bytes: Vec<u8>) -> String {
        Packed::new(bytes.leak()).text().to_owned()
    }

    #[test]
    fn files_come_back_one_behind_the_other() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str| folder.path().join(name);
        fs::write(file("one"), "亮码\n").expect("a file");
        fs::write(file("two"), "𠮷 ends without a line").expect("a file");
        pack_into(&file("packed"), &[file("one"), file("two")]).expect("packed");
        let packed = fs::read(file("packed")).expect("the packed file");
        assert_eq!(unpacked(packed), "亮码\n𠮷 ends without a line");
    }

    #[test]
    fn what_is_not_text_or_not_there_is_not_packed() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("bytes");
        fs::write(&file, [0xff, 0xfe]).expect("a file");
        let packed = folder.path().join("packed");
        assert!(pack_into(&packed, &[&file]).is_err());
        assert!(pack_into(&packed, &[folder.path().join("absent")]).is_err());
        assert!(!packed.exists());
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in ".*") {
            prop_assert_eq!(unpacked(compress_to_vec_zlib(text.as_bytes(), HARDEST)), text);
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            unpacked(bytes);
        }
    }
}
