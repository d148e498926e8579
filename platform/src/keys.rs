//! Key files: PEM, readable by the owner alone, written once and never overwritten.

use std::{
    fs::OpenOptions,
    io::{ErrorKind, Read as _, Write as _},
    path::Path,
};

use data_encoding::BASE64;
use liangma_crypto::{PublicKey, Randomness, SigningKey, Suite};
use rustls_pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer, pem::PemObject as _};
use zeroize::Zeroizing;

/// Why a key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file cannot be read.
    #[error("read the key file {0}")]
    Read(String, #[source] std::io::Error),
    /// The file cannot be written.
    #[error("write the key file {0}")]
    Write(String, #[source] std::io::Error),
    /// The file does not hold such a key.
    #[error("read the key file {0}: expected {1}")]
    Form(String, &'static str),
    /// Others than the owner can read it.
    #[error("read the key file {0}: others than its owner may read it; `chmod 600` it")]
    Open(String),
    /// The text of a ring of keys is not in order.
    #[error(transparent)]
    Ring(#[from] crate::key_ring::KeyRingError),
    /// No key could be drawn.
    #[error("draw a key")]
    Randomness,
}

/// `SubjectPublicKeyInfo` around an Ed25519 key (RFC 8410).
const ED25519_INFO: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];
/// `SubjectPublicKeyInfo` around an uncompressed P-256 point (RFC 5480).
const P256_INFO: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Behind the name of a key file that is being written.
const UNFINISHED: &str = ".new";

/// Writes a file that only its owner can read; fails when there is one already.
///
/// The file appears whole or not at all: half a key would keep every later start from opening.
pub(crate) fn write_secret(path: &Path, bytes: &[u8]) -> Result<(), KeyFileError> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(UNFINISHED);
    let unfinished = Path::new(&unfinished);
    let write = || {
        // Left by a start that was cut off: nothing was ever sealed or signed with it.
        match std::fs::remove_file(unfinished) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        // A link, unlike a rename, fails when there is a key already.
        std::fs::hard_link(unfinished, path)?;
        std::fs::remove_file(unfinished)?;
        sync_folder_of(path)?;
        // Another start may have put its own file there in the same moment.
        if std::fs::read(path).map(Zeroizing::new)?.as_slice() == bytes {
            Ok(())
        } else {
            Err(ErrorKind::AlreadyExists.into())
        }
    };
    write().map_err(|error| KeyFileError::Write(shown(path), error))
}

/// Makes a new name in a folder last.
pub(crate) fn sync_folder_of(path: &Path) -> std::io::Result<()> {
    let folder = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    // Windows has no handle of a folder to sync; its file system journals names.
    if cfg!(unix) {
        std::fs::File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}

/// Puts a key file, and its public half, into the place of another one. Whoever reads meanwhile reads one or
/// the other.
pub(crate) fn move_key(from: &Path, to: &Path) -> Result<(), KeyFileError> {
    let key = read_private_key(from)?;
    std::fs::rename(from, to)
        .and_then(|()| sync_folder_of(to))
        .map_err(|error| KeyFileError::Write(shown(to), error))?;
    write_public_key(&to.with_extension("pub"), key.public_key())?;
    // It may not be there; the private key tells it in any case.
    let _absent = std::fs::remove_file(from.with_extension("pub"));
    Ok(())
}

pub(crate) fn read_secret(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let read = || {
        let mut file = std::fs::File::open(path)?;
        #[cfg(unix)]
        let open = std::os::unix::fs::MetadataExt::mode(&file.metadata()?) & 0o077 != 0;
        #[cfg(not(unix))]
        let open = false;
        let mut bytes = Zeroizing::new(Vec::new());
        std::io::Read::take(&mut file, 64 * 1024).read_to_end(&mut bytes)?;
        Ok((bytes, open))
    };
    match read() {
        Ok((_, true)) => Err(KeyFileError::Open(shown(path))),
        Ok((bytes, false)) => Ok(bytes),
        Err(error) => Err(KeyFileError::Read(shown(path), error)),
    }
}

fn pem(label: &str, der: &[u8]) -> Zeroizing<String> {
    let body = Zeroizing::new(BASE64.encode(der));
    let mut text = Zeroizing::new(format!("-----BEGIN {label}-----\n"));
    for line in body.as_bytes().chunks(64) {
        text.push_str(&String::from_utf8_lossy(line));
        text.push('\n');
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}

/// Writes a private key as PKCS#8 in PEM; fails when the file exists.
///
/// # Errors
/// [`KeyFileError::Write`].
pub fn write_private_key(path: &Path, key: &SigningKey) -> Result<(), KeyFileError> {
    write_secret(path, pem("PRIVATE KEY", &key.to_pkcs8()).as_bytes())
}

/// Reads a private key in PKCS#8 PEM of either suite.
///
/// # Errors
/// [`KeyFileError`], also when others than the owner can read the file.
pub fn read_private_key(path: &Path) -> Result<SigningKey, KeyFileError> {
    let bytes = read_secret(path)?;
    let form = || KeyFileError::Form(shown(path), "a PKCS#8 key in PEM, Ed25519 or P-256");
    let der = PrivatePkcs8KeyDer::from_pem_slice(&bytes).map_err(|_| form())?;
    [Suite::P256, Suite::Ed25519]
        .into_iter()
        .find_map(|suite| SigningKey::from_pkcs8(suite, der.secret_pkcs8_der()).ok())
        .ok_or_else(form)
}

/// Writes a public key as `SubjectPublicKeyInfo` in PEM, replacing what was there.
///
/// # Errors
/// [`KeyFileError::Write`].
pub fn write_public_key(path: &Path, key: &PublicKey) -> Result<(), KeyFileError> {
    let prefix: &[u8] = match key.suite() {
        Suite::Ed25519 => &ED25519_INFO,
        Suite::P256 => &P256_INFO,
    };
    let text = pem("PUBLIC KEY", &[prefix, key.bytes()].concat());
    // Renamed into place, so that whoever waits for the file never reads half of it.
    let part = path.with_extension("part");
    std::fs::write(&part, text.as_bytes())
        .and_then(|()| std::fs::rename(&part, path))
        .map_err(|error| KeyFileError::Write(shown(path), error))
}

/// Reads a public key in PEM of either suite.
///
/// # Errors
/// [`KeyFileError`].
pub fn read_public_key(path: &Path) -> Result<PublicKey, KeyFileError> {
    let bytes = std::fs::read(path).map_err(|error| KeyFileError::Read(shown(path), error))?;
    parse_public_key(&bytes)
        .ok_or_else(|| KeyFileError::Form(shown(path), "a public key in PEM, Ed25519 or P-256"))
}

/// Reads the PEM of a public key.
pub(crate) fn parse_public_key(pem: &[u8]) -> Option<PublicKey> {
    let der = SubjectPublicKeyInfoDer::from_pem_slice(pem).ok()?;
    [
        (Suite::P256, &P256_INFO[..]),
        (Suite::Ed25519, &ED25519_INFO[..]),
    ]
    .into_iter()
    .find_map(|(suite, prefix)| PublicKey::new(suite, der.strip_prefix(prefix)?).ok())
}

/// Reads a private key, or draws one and writes it, with its public half beside it in `.pub`.
///
/// # Errors
/// [`KeyFileError`].
pub fn private_key_or_new(
    path: &Path,
    suite: Suite,
    randomness: &dyn Randomness,
) -> Result<SigningKey, KeyFileError> {
    let key = if path.exists() {
        read_private_key(path)?
    } else {
        let key = SigningKey::generate(suite, randomness).map_err(|_| KeyFileError::Randomness)?;
        write_private_key(path, &key)?;
        key
    };
    write_public_key(&path.with_extension("pub"), key.public_key())?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use liangma_crypto::SystemRandomness;
    use rstest::rstest;

    use super::*;

    #[rstest]
    fn keys_are_read_back_as_they_were_written(
        #[values(Suite::Ed25519, Suite::P256)] suite: Suite,
    ) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("some.key");
        let written = private_key_or_new(&path, suite, &SystemRandomness).unwrap();
        let read = private_key_or_new(&path, suite, &SystemRandomness).unwrap();
        assert_eq!(read.public_key(), written.public_key());
        assert_eq!(
            read_public_key(&dir.path().join("some.pub")).unwrap(),
            *read.public_key()
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("master.key");
        let ring = crate::KeyRing::draw(&SystemRandomness).unwrap();
        ring.write_new(&path).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let refused = crate::KeyRing::read(&path);
        assert!(matches!(refused, Err(KeyFileError::Open(_))));
    }

    #[test]
    fn a_start_that_was_cut_off_while_writing_a_key_is_followed_by_one_that_opens() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("master.key");
        std::fs::write(dir.path().join("master.key.new"), b"3fa").unwrap();
        assert!(!path.exists());
        let ring = crate::KeyRing::draw(&SystemRandomness).unwrap();
        ring.write_new(&path).unwrap();
        assert_eq!(*crate::KeyRing::read(&path).unwrap().text(), *ring.text());
        assert!(!dir.path().join("master.key.new").exists());
    }
}
