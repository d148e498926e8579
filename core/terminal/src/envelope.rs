//! The envelope: the one permanent data key of an installation, wrapped by a hardware key.
//!
//! Every wrapping makes a new generation with a wrapping key of its own; the data key and everything sealed
//! under it stay as they are. The file of the last generation stays beside the newest, so that a kill at
//! any instant leaves one that opens. Each file has a copy, as one flipped bit in it would cost everything
//! that is sealed.

use std::io;

use liangma_crypto::{Randomness, RandomnessError, SealingKey, Secret32};
use liangma_wire::bytes::{Bytes, FixedBytes};
use serde::{Deserialize, Serialize};

use crate::{
    folder::{Folder, UNFINISHED},
    key_state::{self, Findings, KeyState, StoreFinding, Trouble, TroubleNote},
    ports::{BootId, KeyStore, KeyStoreError, PhoneMark},
};

const NAME: &str = "envelope-";
const COPY: &str = "copy-of-envelope-";
const TROUBLE: &str = "trouble";
const DEVICE_TROUBLE: &str = "device-trouble";
const FORMAT: u32 = 1;
/// An envelope holds one wrapped key: hardware answers with a few hundred bytes.
const SIZE_MAX: u64 = 16 * 1024;

/// Names one installation; part of everything that is sealed.
pub(crate) type InstallId = FixedBytes<16>;

/// An envelope as it lies on disk. Not sealed; holds nothing personal and no key in the open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Envelope {
    format: u32,
    install: InstallId,
    generation: u32,
    phone: FixedBytes<16>,
    wrapped: Bytes,
    /// What only the data key can say of the other fields; envelopes of the first version have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    check: Option<FixedBytes<16>>,
}

/// What is read of an envelope of any version.
#[derive(Deserialize)]
struct AnyFormat {
    format: u32,
}

/// What a file of an envelope is.
enum Reading {
    /// One that can be read.
    Envelope(Envelope),
    /// One that a newer version of this program wrote.
    Newer,
    /// None, or one that cannot be read.
    Nothing,
}

impl Envelope {
    fn checked(mut self, data_key: &SealingKey) -> Self {
        self.check = Some(self.check_value(data_key));
        self
    }

    fn check_value(&self, data_key: &SealingKey) -> FixedBytes<16> {
        let said = data_key.derive(&format!(
            "envelope/{}/{}/{}/{}",
            self.format,
            self.install.to_text(),
            self.generation,
            self.phone.to_text()
        ));
        let mut check = FixedBytes([0; 16]);
        check.0.copy_from_slice(&said.expose()[..16]);
        check
    }
}

/// An opened installation: who it is, and the keys for everything in it.
#[derive(Clone)]
pub(crate) struct Keyring {
    pub(crate) install: InstallId,
    pub(crate) generation: u32,
    data_key: SealingKey,
}

/// Why the envelope could not be opened or made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EnvelopeError {
    /// Keys and store are in a state that the person must be told.
    #[error("open the envelope of the store: the keys are {0:?}")]
    Keys(KeyState),
    /// The key store failed while an envelope was made.
    #[error(transparent)]
    KeyStore(#[from] KeyStoreError),
    /// The envelope was written by a newer version of this program.
    #[error("open the envelope of the store: a newer version of this program wrote it")]
    FromNewerVersion,
    /// The folder could not be read or written.
    #[error("read or write the envelope of the store")]
    Folder(#[from] io::Error),
    /// No key could be drawn.
    #[error(transparent)]
    Randomness(#[from] RandomnessError),
}

impl Keyring {
    /// A keyring that a test knows in full.
    #[cfg(test)]
    pub(crate) fn of_fixture(install: [u8; 16], data_key: [u8; 32]) -> Self {
        Self {
            install: FixedBytes(install),
            generation: 1,
            data_key: SealingKey::new(Secret32::new(data_key)),
        }
    }

    /// The key for fields of the database.
    pub(crate) fn fields(&self) -> SealingKey {
        self.data_key.derive("fields")
    }

    /// The key for whole files.
    pub(crate) fn files(&self) -> SealingKey {
        self.data_key.derive("files")
    }

    /// The key for the secrets from which live codes are made.
    pub(crate) fn chain(&self) -> SealingKey {
        self.data_key.derive("chain")
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyring([hidden])")
    }
}

fn name(generation: u32) -> String {
    format!("{NAME}{generation:08}")
}

fn copy_name(generation: u32) -> String {
    format!("{COPY}{generation:08}")
}

/// The generations that lie in the folder, newest first.
fn generations(folder: &Folder) -> io::Result<Vec<u32>> {
    let mut found: Vec<u32> = folder
        .names()?
        .iter()
        .filter_map(|file| {
            let number = file.strip_prefix(NAME).or_else(|| file.strip_prefix(COPY));
            number?.parse().ok()
        })
        .collect();
    found.sort_unstable_by(|a, b| b.cmp(a));
    found.dedup();
    Ok(found)
}

/// The file of a generation or its copy; what is damaged is as good as absent.
fn read(folder: &Folder, file: &str, generation: u32) -> io::Result<Reading> {
    let bytes = match folder.read(file, SIZE_MAX) {
        Ok(bytes) => bytes.unwrap_or_default(),
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => return Ok(Reading::Nothing),
        Err(error) => return Err(error),
    };
    if let Ok(envelope) = serde_json::from_slice::<Envelope>(&bytes)
        && envelope.format == FORMAT
        && envelope.generation == generation
    {
        return Ok(Reading::Envelope(envelope));
    }
    let newer = serde_json::from_slice::<AnyFormat>(&bytes).is_ok_and(|any| any.format > FORMAT);
    Ok(if newer {
        Reading::Newer
    } else {
        Reading::Nothing
    })
}

/// Opens an envelope. One that the data key does not know has been changed.
fn unwrap(envelope: &Envelope, keys: &dyn KeyStore) -> Result<Keyring, KeyStoreError> {
    let secret = keys.unwrap_data_key(envelope.generation, &envelope.wrapped.0)?;
    let data_key = SealingKey::new(secret);
    let fits = |check: &FixedBytes<16>| *check == envelope.check_value(&data_key);
    if !envelope.check.as_ref().is_none_or(fits) {
        return Err(KeyStoreError::NotUnwrapped);
    }
    Ok(Keyring {
        install: envelope.install,
        generation: envelope.generation,
        data_key,
    })
}

/// Writes an envelope and its copy. The copy is worth having and not worth failing for.
fn write(folder: &Folder, envelope: &Envelope) -> io::Result<()> {
    let bytes = serde_json::to_vec(envelope).map_err(io::Error::other)?;
    folder.replace(&name(envelope.generation), &bytes)?;
    keep_copy(folder, envelope.generation, &bytes);
    Ok(())
}

fn keep_copy(folder: &Folder, generation: u32, bytes: &[u8]) {
    let copy = copy_name(generation);
    if folder.replace(&copy, bytes).is_err() {
        tracing::debug!("no room for a copy of the envelope");
        let _ = folder.remove(&format!("{copy}{UNFINISHED}"));
    }
}

/// Makes file and copy of an envelope that opened good, where one of them is not.
fn mend(folder: &Folder, envelope: &Envelope) -> io::Result<()> {
    let bytes = serde_json::to_vec(envelope).map_err(io::Error::other)?;
    let name = name(envelope.generation);
    let is_good = |name: &str| {
        let found = folder.read(name, SIZE_MAX).ok().flatten();
        found.is_some_and(|found| found == bytes)
    };
    if !is_good(&name) {
        folder.replace(&name, &bytes)?;
    }
    if !is_good(&copy_name(envelope.generation)) {
        keep_copy(folder, envelope.generation, &bytes);
    }
    Ok(())
}

fn remove(folder: &Folder, generation: u32) -> io::Result<()> {
    folder.remove(&name(generation))?;
    folder.remove(&copy_name(generation))
}

/// What lies in the folder, and how using the key went.
type Found = (StoreFinding, Result<(), KeyStoreError>);

/// Whether trying again changes nothing.
fn is_final(key: Result<(), KeyStoreError>) -> bool {
    matches!(
        key,
        Err(KeyStoreError::Missing | KeyStoreError::NotUnwrapped)
    )
}

/// Opens the newest envelope that opens. Only reads.
///
/// The error is what the *newest* readable envelope met, so that a damaged old one hides nothing; but while
/// any key of them is busy or locked, that is the state, and nothing is given up.
fn open_newest(
    folder: &Folder,
    keys: &dyn KeyStore,
) -> Result<Result<(Keyring, Envelope), Found>, EnvelopeError> {
    let mut search = Search::default();
    for generation in generations(folder)? {
        let file = search.read(folder, &name(generation), generation);
        let proves_itself = |envelope: &Envelope| envelope.check.is_some();
        // A file that can prove itself needs no copy; one that cannot comes after a copy that can.
        let first = file.clone().filter(proves_itself);
        if let Some(opened) = first.clone().and_then(|first| search.open(first, keys)) {
            return Ok(Ok(opened));
        }
        let copy = search
            .read(folder, &copy_name(generation), generation)
            .filter(|copy| file.as_ref() != Some(copy));
        let last = file.filter(|_| first.is_none());
        for envelope in copy.into_iter().chain(last) {
            if let Some(opened) = search.open(envelope, keys) {
                return Ok(Ok(opened));
            }
        }
    }
    if search.newer {
        return Err(EnvelopeError::FromNewerVersion);
    }
    if let Some(found) = search.found {
        return Ok(Err(found));
    }
    if let Some(failed) = search.failed {
        return Err(failed.into());
    }
    let store = if folder.exists(crate::store::DATABASE)? || folder.exists(crate::lit::LIT)? {
        StoreFinding::WithoutEnvelope
    } else {
        StoreFinding::Absent
    };
    Ok(Err((store, keys.device_key().map(|_| ()))))
}

/// A search for an envelope that opens.
#[derive(Default)]
struct Search {
    /// What is to be said when none opens.
    found: Option<Found>,
    /// A newer version of this program wrote one.
    newer: bool,
    /// A file could not be read.
    failed: Option<io::Error>,
}

impl Search {
    fn read(&mut self, folder: &Folder, file: &str, generation: u32) -> Option<Envelope> {
        match read(folder, file, generation) {
            Ok(Reading::Envelope(envelope)) => return Some(envelope),
            Ok(Reading::Newer) => self.newer = true,
            Ok(Reading::Nothing) => {}
            Err(error) => {
                self.failed.get_or_insert(error);
            }
        }
        None
    }

    fn open(&mut self, envelope: Envelope, keys: &dyn KeyStore) -> Option<(Keyring, Envelope)> {
        match unwrap(&envelope, keys) {
            Ok(keyring) => Some((keyring, envelope)),
            Err(error) => {
                let phone = PhoneMark(envelope.phone.0);
                let found = (StoreFinding::Present(phone), Err(error));
                let tells_more = |first: Found| is_final(first.1) && !is_final(found.1);
                if self.found.is_none_or(tells_more) {
                    self.found = Some(found);
                }
                None
            }
        }
    }
}

fn judge(
    folder: &Folder,
    keys: &dyn KeyStore,
    boot: Option<BootId>,
    note: &str,
    (store, key): Found,
) -> (KeyState, TroubleNote) {
    let trouble = folder
        .read(note, 1024)
        .ok()
        .flatten()
        .and_then(|bytes| serde_json::from_slice::<Trouble>(&bytes).ok());
    key_state::judge(&Findings {
        store,
        key,
        phone: keys.phone_mark().ok(),
        boot,
        trouble,
    })
}

/// Opens the envelope to show a code: reads, and leaves everything as it is.
pub(crate) fn open_to_read(
    folder: &Folder,
    keys: &dyn KeyStore,
    boot: Option<BootId>,
) -> Result<Keyring, EnvelopeError> {
    match open_newest(folder, keys)? {
        Ok((keyring, _)) => Ok(keyring),
        Err(found) => Err(EnvelopeError::Keys(
            judge(folder, keys, boot, TROUBLE, found).0,
        )),
    }
}

/// Opens the envelope to work with the store; remembers a key that was missing for the first time.
pub(crate) fn open(
    folder: &Folder,
    keys: &dyn KeyStore,
    boot: Option<BootId>,
) -> Result<Keyring, EnvelopeError> {
    match open_newest(folder, keys)? {
        Ok((keyring, envelope)) => {
            if folder.exists(TROUBLE)? {
                folder.remove(TROUBLE)?;
            }
            if let Err(error) = mend(folder, &envelope) {
                tracing::warn!(kind = %error.kind(), "the envelope was not made good");
            }
            Ok(keyring)
        }
        Err(found) => {
            let (state, note) = judge(folder, keys, boot, TROUBLE, found);
            keep(folder, TROUBLE, note);
            Err(EnvelopeError::Keys(state))
        }
    }
}

/// Keeps the note of trouble. Where the phone has no room for it, the state is told all the same, and the
/// key counts as missing for the first time once more.
fn keep(folder: &Folder, name: &str, note: TroubleNote) {
    if let TroubleNote::Keep(trouble) = note {
        let kept = serde_json::to_vec(&trouble)
            .map_err(io::Error::other)
            .and_then(|bytes| folder.replace(name, &bytes));
        if let Err(error) = kept {
            tracing::warn!(kind = %error.kind(), "that the key is missing was not noted");
        }
    }
}

/// Judges a device key that is missing although the person is logged in, by the same rule: lost only
/// when it was missing before a restart as well.
pub(crate) fn judge_device_key(
    folder: &Folder,
    keys: &dyn KeyStore,
    boot: Option<BootId>,
) -> Result<KeyState, EnvelopeError> {
    let here = StoreFinding::Present(keys.phone_mark()?);
    let found = (here, Err(KeyStoreError::Missing));
    let (state, note) = judge(folder, keys, boot, DEVICE_TROUBLE, found);
    keep(folder, DEVICE_TROUBLE, note);
    Ok(state)
}

/// Forgets that the device key was missing.
pub(crate) fn device_key_is_back(folder: &Folder) -> io::Result<()> {
    folder.remove(DEVICE_TROUBLE)
}

/// Makes a new installation with a new data key, as generation 1.
pub(crate) fn create(
    folder: &Folder,
    keys: &dyn KeyStore,
    randomness: &dyn Randomness,
) -> Result<Keyring, EnvelopeError> {
    let mut install = FixedBytes([0; 16]);
    randomness.fill(&mut install.0)?;
    let data_key = Secret32::generate(randomness)?;
    // An earlier installation may have left a wrapping key of this number: start with a new one.
    keys.delete_wrapping_key(1)?;
    wrap(folder, keys, install, 1, &data_key)
}

/// Wraps the data key anew under a new wrapping key; what is sealed stays as it is.
///
/// Write, fsync, rename, fsync the folder, unseal to verify, then drop the generation before last. A kill
/// in between leaves an envelope that opens.
pub(crate) fn rewrap(
    folder: &Folder,
    keys: &dyn KeyStore,
    keyring: &Keyring,
) -> Result<Keyring, EnvelopeError> {
    let newest = generations(folder)?.first().copied().unwrap_or_default();
    let generation = newest.max(keyring.generation).saturating_add(1);
    let secret = Secret32::new(*keyring.data_key.expose());
    let renewed = wrap(folder, keys, keyring.install, generation, &secret)?;
    for old in generations(folder)? {
        if old != generation && old != keyring.generation {
            remove(folder, old)?;
            keys.delete_wrapping_key(old)?;
        }
    }
    folder.sync()?;
    Ok(renewed)
}

fn wrap(
    folder: &Folder,
    keys: &dyn KeyStore,
    install: InstallId,
    generation: u32,
    data_key: &Secret32,
) -> Result<Keyring, EnvelopeError> {
    keys.create_wrapping_key(generation)?;
    let sealing = SealingKey::new(Secret32::new(*data_key.expose()));
    let envelope = Envelope {
        format: FORMAT,
        install,
        generation,
        phone: FixedBytes(keys.phone_mark()?.0),
        wrapped: Bytes(keys.wrap_data_key(generation, data_key)?),
        check: None,
    }
    .checked(&sealing);
    write(folder, &envelope)?;
    let keyring = match read(folder, &name(generation), generation)? {
        Reading::Envelope(written) => unwrap(&written, keys),
        Reading::Newer | Reading::Nothing => Err(KeyStoreError::NotUnwrapped),
    };
    match keyring {
        Ok(keyring) if keyring.data_key.expose() == data_key.expose() => Ok(keyring),
        outcome => {
            remove(folder, generation)?;
            Err(outcome.err().unwrap_or(KeyStoreError::NotUnwrapped).into())
        }
    }
}

/// Destroys the data key: every wrapping key first, then every envelope. What is sealed is gone with it.
pub(crate) fn destroy(folder: &Folder, keys: &dyn KeyStore) -> Result<(), EnvelopeError> {
    let generations = generations(folder)?;
    for &generation in &generations {
        gone(keys.delete_wrapping_key(generation))?;
    }
    gone(keys.delete_device_key())?;
    for generation in generations {
        remove(folder, generation)?;
    }
    folder.remove(TROUBLE)?;
    folder.remove(DEVICE_TROUBLE)?;
    folder.sync()?;
    Ok(())
}

/// A key that is gone in whatever way is gone.
fn gone(deleted: Result<(), KeyStoreError>) -> Result<(), KeyStoreError> {
    match deleted {
        Err(KeyStoreError::Missing | KeyStoreError::LockRemoved) => Ok(()),
        deleted => deleted,
    }
}

#[cfg(test)]
mod tests {
    use liangma_crypto::SystemRandomness;

    use super::*;
    use crate::testing::MemoryKeyStore;

    const BOOT: Option<BootId> = Some(BootId([1; 16]));
    const NEXT_BOOT: Option<BootId> = Some(BootId([2; 16]));

    fn made() -> (tempfile::TempDir, Folder, MemoryKeyStore, Keyring) {
        let at = tempfile::tempdir().unwrap();
        let folder = Folder::at(at.path());
        let keys = MemoryKeyStore::new(1);
        let keyring = create(&folder, &keys, &SystemRandomness).unwrap();
        (at, folder, keys, keyring)
    }

    fn state(result: Result<Keyring, EnvelopeError>) -> KeyState {
        match result {
            Ok(_) => KeyState::Ok,
            Err(EnvelopeError::Keys(state)) => state,
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_data_key_survives_every_rewrapping() {
        let (_at, folder, keys, made) = made();
        let mut keyring = made.clone();
        for generation in 2..6 {
            keyring = rewrap(&folder, &keys, &keyring).unwrap();
            assert_eq!(keyring.generation, generation);
            let opened = open(&folder, &keys, BOOT).unwrap();
            assert_eq!(opened.fields().expose(), made.fields().expose());
            assert_eq!(opened.install, made.install);
            assert_eq!(generations(&folder).unwrap(), [generation, generation - 1]);
            assert_eq!(keys.generations(), [generation - 1, generation]);
        }
    }

    #[test]
    fn a_kill_while_rewrapping_leaves_an_envelope_that_opens() {
        let (_at, folder, keys, made) = made();
        // Killed after the new wrapping key, then after half of the file, then with a torn new file.
        keys.create_wrapping_key(2).unwrap();
        assert_eq!(open(&folder, &keys, BOOT).unwrap().generation, 1);
        std::fs::write(folder.path("envelope-00000002.new"), b"{\"for").unwrap();
        assert_eq!(open(&folder, &keys, BOOT).unwrap().generation, 1);
        std::fs::write(folder.path("envelope-00000002"), b"{\"for").unwrap();
        assert_eq!(open(&folder, &keys, BOOT).unwrap().generation, 1);
        let renewed = rewrap(&folder, &keys, &made).unwrap();
        assert_eq!(renewed.generation, 3);
        assert_eq!(generations(&folder).unwrap(), [3, 1]);
    }

    #[test]
    fn a_key_that_is_missing_is_told_and_nothing_is_removed() {
        let (_at, folder, keys, _) = made();
        keys.fail(Some(KeyStoreError::Busy));
        assert_eq!(state(open(&folder, &keys, BOOT)), KeyState::Busy);
        keys.fail(None);
        keys.lose_keys();
        assert_eq!(state(open_to_read(&folder, &keys, BOOT)), KeyState::Unsure);
        assert!(!folder.exists(TROUBLE).unwrap(), "reading leaves no note");
        assert_eq!(state(open(&folder, &keys, BOOT)), KeyState::Unsure);
        assert_eq!(state(open(&folder, &keys, BOOT)), KeyState::Unsure);
        assert_eq!(state(open(&folder, &keys, NEXT_BOOT)), KeyState::Lost);
        assert_eq!(generations(&folder).unwrap(), [1]);
    }

    #[test]
    fn a_key_that_comes_back_clears_the_note() {
        let (_at, folder, keys, _) = made();
        keys.fail(Some(KeyStoreError::Missing));
        assert_eq!(state(open(&folder, &keys, BOOT)), KeyState::Unsure);
        keys.fail(None);
        assert_eq!(state(open(&folder, &keys, NEXT_BOOT)), KeyState::Ok);
        keys.fail(Some(KeyStoreError::Missing));
        assert_eq!(state(open(&folder, &keys, NEXT_BOOT)), KeyState::Unsure);
    }

    #[test]
    fn a_store_restored_on_another_phone_is_known_as_such() {
        let (_at, folder, _, _) = made();
        let other = MemoryKeyStore::new(2);
        assert_eq!(
            state(open(&folder, &other, BOOT)),
            KeyState::RestoredWithoutKey
        );
    }

    #[test]
    fn a_flipped_bit_of_the_envelope_is_made_good_by_its_copy() {
        let (_at, folder, keys, made) = made();
        let path = folder.path(&name(1));
        let whole = std::fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x04;
            std::fs::write(&path, &damaged).unwrap();
            let keyring = open(&folder, &keys, BOOT).unwrap();
            assert_eq!(keyring.install, made.install, "byte {at}");
            assert_eq!(keyring.fields().expose(), made.fields().expose());
            assert_eq!(std::fs::read(&path).unwrap(), whole, "made good");
        }
        std::fs::remove_file(&path).unwrap();
        open(&folder, &keys, BOOT).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), whole);
    }

    #[test]
    fn every_flipped_bit_of_envelope_and_copy_gives_a_state_and_never_another_installation() {
        let (_at, folder, keys, made) = made();
        let whole = std::fs::read(folder.path(&name(1))).unwrap();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x04;
            for name in [name(1), copy_name(1)] {
                std::fs::write(folder.path(&name), &damaged).unwrap();
            }
            match open_to_read(&folder, &keys, BOOT) {
                Ok(keyring) => assert_eq!(keyring.install, made.install, "byte {at}"),
                Err(EnvelopeError::Keys(_) | EnvelopeError::FromNewerVersion) => {}
                Err(other) => panic!("{other}"),
            }
        }
    }

    #[test]
    fn an_envelope_of_the_first_version_opens_and_gets_its_copy() {
        let (_at, folder, keys, made) = made();
        let Ok(Reading::Envelope(mut envelope)) = read(&folder, &name(1), 1) else {
            panic!("an envelope");
        };
        envelope.check = None;
        let bytes = serde_json::to_vec(&envelope).unwrap();
        std::fs::write(folder.path(&name(1)), &bytes).unwrap();
        std::fs::remove_file(folder.path(&copy_name(1))).unwrap();
        assert_eq!(open(&folder, &keys, BOOT).unwrap().install, made.install);
        assert_eq!(std::fs::read(folder.path(&copy_name(1))).unwrap(), bytes);
    }

    #[test]
    fn an_envelope_of_a_newer_program_is_left_alone() {
        let (_at, folder, keys, _) = made();
        for name in [name(1), copy_name(1)] {
            std::fs::write(folder.path(&name), br#"{"format":2,"other":[1]}"#).unwrap();
        }
        let refused = open(&folder, &keys, BOOT);
        assert!(matches!(refused, Err(EnvelopeError::FromNewerVersion)));
        assert_eq!(keys.generations(), [1]);
    }

    #[test]
    fn destroying_leaves_no_key_and_no_envelope() {
        let (_at, folder, keys, made) = made();
        rewrap(&folder, &keys, &made).unwrap();
        destroy(&folder, &keys).unwrap();
        assert!(keys.generations().is_empty());
        assert_eq!(state(open(&folder, &keys, BOOT)), KeyState::Fresh);
    }

    #[test]
    fn an_envelope_lies_on_disk_as_published() {
        let envelope = Envelope {
            format: FORMAT,
            install: FixedBytes([1; 16]),
            generation: 3,
            phone: FixedBytes([2; 16]),
            wrapped: Bytes(vec![3; 5]),
            check: None,
        };
        insta::assert_snapshot!(serde_json::to_string(&envelope).unwrap(), @r#"{"format":1,"install":"AQEBAQEBAQEBAQEBAQEBAQ","generation":3,"phone":"AgICAgICAgICAgICAgICAg","wrapped":"AwMDAwM"}"#);
        let data_key = SealingKey::new(Secret32::new([9; 32]));
        let checked = serde_json::to_string(&envelope.checked(&data_key)).unwrap();
        insta::assert_snapshot!(checked, @r#"{"format":1,"install":"AQEBAQEBAQEBAQEBAQEBAQ","generation":3,"phone":"AgICAgICAgICAgICAgICAg","wrapped":"AwMDAwM","check":"ybiTixKPeWxB95ukIIBsXA"}"#);
    }
}
