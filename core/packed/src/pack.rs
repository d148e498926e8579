//! Packing, for build scripts alone.

use std::{
    fs,
    io::{self, Write as _},
    path::Path,
};

use miniz_oxide::deflate::compress_to_vec_zlib;

use crate::LARGEST;

/// The hardest that the packer tries; it is done once, while building.
const HARDEST: u8 = 10;

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
    use crate::Packed;

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
