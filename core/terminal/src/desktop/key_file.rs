use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::Mutex,
};

use liangma_crypto::{
    PublicKey, Randomness as _, SIGNATURE_LENGTH, SealingKey, Secret32, SigningKey, Suite,
    SystemRandomness, sha256,
};
use liangma_wire::bytes::{Bytes, FixedBytes};
use serde::{Deserialize, Serialize};
use zeroize::Zeroize as _;

use crate::{
    folder::Folder,
    ports::{KeyStore, KeyStoreError, PhoneMark, SecurityLevel},
};

/// Keys in a file of mode 0600. **Insecure**: whoever reads the disk has every key.
///
/// For desktops, demonstrations and tests, which is what [`KeyStore::security_level`] answers too. Keep
/// the file outside the store's folder, as a phone's keys are outside its files: then losing one of the two
/// looks as it does on a phone.
#[derive(Debug)]
pub struct KeyFile {
    folder: Folder,
    name: String,
    /// One change at a time within this process.
    changing: Mutex<()>,
}

/// The file's content.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    device: Option<Bytes>,
    wrapping: BTreeMap<u32, FixedBytes<32>>,
    epoch: u64,
}

impl Drop for Keys {
    fn drop(&mut self) {
        if let Some(device) = &mut self.device {
            device.0.zeroize();
        }
        self.wrapping.values_mut().for_each(|key| key.0.zeroize());
    }
}

const SIZE_MAX: u64 = 64 * 1024;

impl KeyFile {
    /// Names a key file; it is made when the first key is.
    ///
    /// # Errors
    /// When the path names no file.
    pub fn new(path: &Path) -> io::Result<Self> {
        let invalid = || io::Error::new(io::ErrorKind::InvalidInput, "the path names no file");
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .ok_or_else(invalid)?;
        let parent = match path.parent() {
            Some(parent) if parent != Path::new("") => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        Ok(Self {
            folder: Folder::at(&parent),
            name: name.to_owned(),
            changing: Mutex::new(()),
        })
    }

    fn read(&self) -> Result<Keys, KeyStoreError> {
        match self.folder.read(&self.name, SIZE_MAX).map_err(failed)? {
            // A damaged file is no missing key: nobody's data is given up for it.
            Some(bytes) => serde_json::from_slice(&bytes)
                .map_err(|_| failed(io::Error::from(io::ErrorKind::InvalidData))),
            None => Ok(Keys::default()),
        }
    }

    fn change<T>(
        &self,
        change: impl FnOnce(&mut Keys) -> Result<T, KeyStoreError>,
    ) -> Result<T, KeyStoreError> {
        let _changing = self.changing.lock().map_err(|_| KeyStoreError::Busy)?;
        let mut keys = self.read()?;
        let outcome = change(&mut keys)?;
        let bytes = zeroize::Zeroizing::new(
            serde_json::to_vec(&keys).map_err(|error| failed(io::Error::other(error)))?,
        );
        self.folder.create().map_err(failed)?;
        self.folder.replace(&self.name, &bytes).map_err(failed)?;
        Ok(outcome)
    }

    fn device(&self) -> Result<SigningKey, KeyStoreError> {
        let keys = self.read()?;
        let pkcs8 = keys.device.as_ref().ok_or(KeyStoreError::Missing)?;
        SigningKey::from_pkcs8(Suite::P256, &pkcs8.0)
            .map_err(|_| failed(io::Error::from(io::ErrorKind::InvalidData)))
    }

    fn wrapping(&self, generation: u32) -> Result<SealingKey, KeyStoreError> {
        let keys = self.read()?;
        let key = keys
            .wrapping
            .get(&generation)
            .ok_or(KeyStoreError::Missing)?;
        Ok(SealingKey::new(Secret32::new(key.0)))
    }
}

fn failed(error: io::Error) -> KeyStoreError {
    KeyStoreError::Failed {
        code: error.raw_os_error().unwrap_or(-1),
    }
}

fn no_randomness<E>(_: E) -> KeyStoreError {
    KeyStoreError::Failed { code: -2 }
}

impl KeyStore for KeyFile {
    fn security_level(&self) -> Result<SecurityLevel, KeyStoreError> {
        Ok(SecurityLevel::Insecure)
    }

    fn phone_mark(&self) -> Result<PhoneMark, KeyStoreError> {
        // The machine's own mark, where it has one, so that copied files are known as copied.
        let machine = Folder::at(Path::new("/etc"))
            .read("machine-id", 1024)
            .ok()
            .flatten();
        let hash = sha256(&[b"liangma/phone-mark/1", &machine.unwrap_or_default()]);
        let mut mark = [0; 16];
        mark.copy_from_slice(&hash[..16]);
        Ok(PhoneMark(mark))
    }

    fn create_device_key(&self) -> Result<PublicKey, KeyStoreError> {
        let key = SigningKey::generate(Suite::P256, &SystemRandomness).map_err(no_randomness)?;
        self.change(|keys| {
            keys.device = Some(Bytes(key.to_pkcs8().to_vec()));
            Ok(*key.public_key())
        })
    }

    fn device_key(&self) -> Result<PublicKey, KeyStoreError> {
        Ok(*self.device()?.public_key())
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; SIGNATURE_LENGTH], KeyStoreError> {
        self.device()?.sign(message).map_err(no_randomness)
    }

    fn create_wrapping_key(&self, generation: u32) -> Result<(), KeyStoreError> {
        let mut key = FixedBytes([0; 32]);
        SystemRandomness.fill(&mut key.0).map_err(no_randomness)?;
        self.change(|keys| {
            keys.wrapping.entry(generation).or_insert(key);
            Ok(())
        })
    }

    fn wrap_data_key(
        &self,
        generation: u32,
        data_key: &Secret32,
    ) -> Result<Vec<u8>, KeyStoreError> {
        self.wrapping(generation)?
            .seal(
                &generation.to_be_bytes(),
                data_key.expose(),
                &SystemRandomness,
            )
            .map_err(no_randomness)
    }

    fn unwrap_data_key(&self, generation: u32, wrapped: &[u8]) -> Result<Secret32, KeyStoreError> {
        let plain = self
            .wrapping(generation)?
            .open(&generation.to_be_bytes(), wrapped)
            .map_err(|_| KeyStoreError::NotUnwrapped)?;
        let bytes = plain
            .as_slice()
            .try_into()
            .map_err(|_| KeyStoreError::NotUnwrapped)?;
        Ok(Secret32::new(bytes))
    }

    fn delete_wrapping_key(&self, generation: u32) -> Result<(), KeyStoreError> {
        if self.read()?.wrapping.contains_key(&generation) {
            self.change(|keys| {
                keys.wrapping.remove(&generation);
                Ok(())
            })?;
        }
        Ok(())
    }

    fn delete_device_key(&self) -> Result<(), KeyStoreError> {
        if self.read()?.device.is_some() {
            self.change(|keys| {
                keys.device = None;
                Ok(())
            })?;
        }
        Ok(())
    }

    fn epoch(&self) -> Result<u64, KeyStoreError> {
        Ok(self.read()?.epoch)
    }

    fn keep_epoch(&self, epoch: u64) -> Result<(), KeyStoreError> {
        self.change(|keys| {
            keys.epoch = epoch;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> (tempfile::TempDir, KeyFile) {
        let at = tempfile::tempdir().unwrap();
        let file = KeyFile::new(&at.path().join("phone.key")).unwrap();
        (at, file)
    }

    #[test]
    fn keys_survive_and_say_that_they_are_insecure() {
        let (at, file) = file();
        assert_eq!(file.device_key(), Err(KeyStoreError::Missing));
        let public = file.create_device_key().unwrap();
        file.create_wrapping_key(1).unwrap();
        let data_key = Secret32::new([7; 32]);
        let wrapped = file.wrap_data_key(1, &data_key).unwrap();
        file.keep_epoch(3).unwrap();

        let again = KeyFile::new(&at.path().join("phone.key")).unwrap();
        assert_eq!(again.device_key().unwrap(), public);
        public
            .verify(b"message", &again.sign(b"message").unwrap())
            .unwrap();
        again.create_wrapping_key(1).unwrap();
        assert_eq!(again.unwrap_data_key(1, &wrapped).unwrap(), data_key);
        assert_eq!(
            again.unwrap_data_key(2, &wrapped),
            Err(KeyStoreError::Missing)
        );
        assert_eq!(
            again.unwrap_data_key(1, &[1; 60]),
            Err(KeyStoreError::NotUnwrapped)
        );
        assert_eq!(again.epoch(), Ok(3));
        assert_eq!(again.security_level(), Ok(SecurityLevel::Insecure));
        again.delete_wrapping_key(1).unwrap();
        again.delete_device_key().unwrap();
        assert_eq!(file.device_key(), Err(KeyStoreError::Missing));
    }

    #[test]
    fn a_damaged_file_is_not_taken_for_a_missing_key() {
        let (at, file) = file();
        file.create_device_key().unwrap();
        std::fs::write(at.path().join("phone.key"), b"{\"epoch\":").unwrap();
        assert!(matches!(
            file.device_key(),
            Err(KeyStoreError::Failed { .. })
        ));
        assert!(matches!(
            file.create_wrapping_key(1),
            Err(KeyStoreError::Failed { .. })
        ));
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_reads_the_file() {
        use std::os::unix::fs::PermissionsExt as _;
        let (at, file) = file();
        file.create_device_key().unwrap();
        let mode = std::fs::metadata(at.path().join("phone.key"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
