use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use liangma_crypto::{
    PublicKey, SIGNATURE_LENGTH, SealingKey, Secret32, SigningKey, Suite, SystemRandomness,
};

use crate::ports::{KeyStore, KeyStoreError, PhoneMark, SecurityLevel};

/// A key store in memory that can be told to fail like a phone's.
pub struct MemoryKeyStore(Mutex<State>);

struct State {
    mark: PhoneMark,
    device: Option<SigningKey>,
    wrapping: BTreeMap<u32, SealingKey>,
    epoch: u64,
    failure: Option<KeyStoreError>,
}

impl MemoryKeyStore {
    /// An empty key store of the phone with this mark.
    #[must_use]
    pub fn new(mark: u8) -> Self {
        Self(Mutex::new(State {
            mark: PhoneMark([mark; 16]),
            device: None,
            wrapping: BTreeMap::new(),
            epoch: 0,
            failure: None,
        }))
    }

    /// From now on every use of a key fails so; `None` ends it.
    pub fn fail(&self, failure: Option<KeyStoreError>) {
        self.state().failure = failure;
    }

    /// Loses every key, as a defective update of the phone does.
    pub fn lose_keys(&self) {
        let mut state = self.state();
        state.device = None;
        state.wrapping.clear();
        state.epoch = 0;
    }

    /// Loses the device key alone.
    pub fn lose_device_key(&self) {
        self.state().device = None;
    }

    /// The generations that have a wrapping key.
    #[must_use]
    pub fn generations(&self) -> Vec<u32> {
        self.state().wrapping.keys().copied().collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn usable(&self) -> Result<MutexGuard<'_, State>, KeyStoreError> {
        let state = self.state();
        state.failure.map_or(Ok(state), Err)
    }
}

const FAILED: KeyStoreError = KeyStoreError::Failed { code: -1 };

impl KeyStore for MemoryKeyStore {
    fn security_level(&self) -> Result<SecurityLevel, KeyStoreError> {
        Ok(SecurityLevel::Insecure)
    }

    fn phone_mark(&self) -> Result<PhoneMark, KeyStoreError> {
        Ok(self.state().mark)
    }

    fn create_device_key(&self) -> Result<PublicKey, KeyStoreError> {
        let mut state = self.usable()?;
        let key = SigningKey::generate(Suite::P256, &SystemRandomness).map_err(|_| FAILED)?;
        let public = *key.public_key();
        state.device = Some(key);
        Ok(public)
    }

    fn device_key(&self) -> Result<PublicKey, KeyStoreError> {
        let state = self.usable()?;
        let key = state.device.as_ref().ok_or(KeyStoreError::Missing)?;
        Ok(*key.public_key())
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; SIGNATURE_LENGTH], KeyStoreError> {
        let state = self.usable()?;
        let key = state.device.as_ref().ok_or(KeyStoreError::Missing)?;
        key.sign(message).map_err(|_| FAILED)
    }

    fn create_wrapping_key(&self, generation: u32) -> Result<(), KeyStoreError> {
        let mut state = self.usable()?;
        let key = SealingKey::generate(&SystemRandomness).map_err(|_| FAILED)?;
        state.wrapping.entry(generation).or_insert(key);
        Ok(())
    }

    fn wrap_data_key(
        &self,
        generation: u32,
        data_key: &Secret32,
    ) -> Result<Vec<u8>, KeyStoreError> {
        let state = self.usable()?;
        let key = state
            .wrapping
            .get(&generation)
            .ok_or(KeyStoreError::Missing)?;
        key.seal(b"", data_key.expose(), &SystemRandomness)
            .map_err(|_| FAILED)
    }

    fn unwrap_data_key(&self, generation: u32, wrapped: &[u8]) -> Result<Secret32, KeyStoreError> {
        let state = self.usable()?;
        let key = state
            .wrapping
            .get(&generation)
            .ok_or(KeyStoreError::Missing)?;
        let plain = key
            .open(b"", wrapped)
            .map_err(|_| KeyStoreError::NotUnwrapped)?;
        let bytes = plain
            .as_slice()
            .try_into()
            .map_err(|_| KeyStoreError::NotUnwrapped)?;
        Ok(Secret32::new(bytes))
    }

    fn delete_wrapping_key(&self, generation: u32) -> Result<(), KeyStoreError> {
        self.usable()?.wrapping.remove(&generation);
        Ok(())
    }

    fn delete_device_key(&self) -> Result<(), KeyStoreError> {
        self.usable()?.device = None;
        Ok(())
    }

    fn epoch(&self) -> Result<u64, KeyStoreError> {
        Ok(self.usable()?.epoch)
    }

    fn keep_epoch(&self, epoch: u64) -> Result<(), KeyStoreError> {
        self.usable()?.epoch = epoch;
        Ok(())
    }
}
