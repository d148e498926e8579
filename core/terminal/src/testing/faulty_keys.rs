use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use liangma_crypto::{PublicKey, SIGNATURE_LENGTH, Secret32};

use crate::ports::{KeyStore, KeyStoreError, PhoneMark, SecurityLevel};

/// One of the operations of a key store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyOperation {
    /// [`KeyStore::security_level`].
    SecurityLevel,
    /// [`KeyStore::phone_mark`].
    PhoneMark,
    /// [`KeyStore::create_device_key`].
    CreateDeviceKey,
    /// [`KeyStore::device_key`].
    DeviceKey,
    /// [`KeyStore::sign`].
    Sign,
    /// [`KeyStore::create_wrapping_key`].
    CreateWrappingKey,
    /// [`KeyStore::wrap_data_key`].
    WrapDataKey,
    /// [`KeyStore::unwrap_data_key`].
    UnwrapDataKey,
    /// [`KeyStore::delete_wrapping_key`].
    DeleteWrappingKey,
    /// [`KeyStore::delete_device_key`].
    DeleteDeviceKey,
    /// [`KeyStore::epoch`].
    Epoch,
    /// [`KeyStore::keep_epoch`].
    KeepEpoch,
}

impl KeyOperation {
    /// Every operation.
    pub const ALL: [Self; 12] = [
        Self::SecurityLevel,
        Self::PhoneMark,
        Self::CreateDeviceKey,
        Self::DeviceKey,
        Self::Sign,
        Self::CreateWrappingKey,
        Self::WrapDataKey,
        Self::UnwrapDataKey,
        Self::DeleteWrappingKey,
        Self::DeleteDeviceKey,
        Self::Epoch,
        Self::KeepEpoch,
    ];
}

/// A key store before which single operations fail as often as they are told to, and which counts what went
/// through.
pub struct FaultyKeyStore {
    inner: Arc<dyn KeyStore>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    faults: BTreeMap<KeyOperation, (u32, KeyStoreError)>,
    refused: BTreeMap<KeyOperation, u32>,
    done: BTreeMap<KeyOperation, u32>,
}

impl FaultyKeyStore {
    /// Puts itself before a key store; nothing fails yet.
    #[must_use]
    pub fn before(inner: Arc<dyn KeyStore>) -> Self {
        Self {
            inner,
            state: Mutex::default(),
        }
    }

    /// The next `times` uses of an operation fail so.
    pub fn fail(&self, operation: KeyOperation, times: u32, error: KeyStoreError) {
        self.state().faults.insert(operation, (times, error));
    }

    /// The next `times` uses of every operation fail so.
    pub fn fail_all(&self, times: u32, error: KeyStoreError) {
        for operation in KeyOperation::ALL {
            self.fail(operation, times, error);
        }
    }

    /// Ends every fault.
    pub fn recover(&self) {
        self.state().faults.clear();
    }

    /// How often an operation was refused so far.
    #[must_use]
    pub fn refused(&self, operation: KeyOperation) -> u32 {
        self.state()
            .refused
            .get(&operation)
            .copied()
            .unwrap_or_default()
    }

    /// How often an operation reached the key store so far.
    #[must_use]
    pub fn done(&self, operation: KeyOperation) -> u32 {
        self.state()
            .done
            .get(&operation)
            .copied()
            .unwrap_or_default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pass(&self, operation: KeyOperation) -> Result<&dyn KeyStore, KeyStoreError> {
        let mut state = self.state();
        if let Some((left, error)) = state.faults.get_mut(&operation)
            && *left > 0
        {
            *left -= 1;
            let error = *error;
            *state.refused.entry(operation).or_default() += 1;
            return Err(error);
        }
        *state.done.entry(operation).or_default() += 1;
        Ok(self.inner.as_ref())
    }
}

impl KeyStore for FaultyKeyStore {
    fn security_level(&self) -> Result<SecurityLevel, KeyStoreError> {
        self.pass(KeyOperation::SecurityLevel)?.security_level()
    }

    fn phone_mark(&self) -> Result<PhoneMark, KeyStoreError> {
        self.pass(KeyOperation::PhoneMark)?.phone_mark()
    }

    fn create_device_key(&self) -> Result<PublicKey, KeyStoreError> {
        self.pass(KeyOperation::CreateDeviceKey)?
            .create_device_key()
    }

    fn device_key(&self) -> Result<PublicKey, KeyStoreError> {
        self.pass(KeyOperation::DeviceKey)?.device_key()
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; SIGNATURE_LENGTH], KeyStoreError> {
        self.pass(KeyOperation::Sign)?.sign(message)
    }

    fn create_wrapping_key(&self, generation: u32) -> Result<(), KeyStoreError> {
        self.pass(KeyOperation::CreateWrappingKey)?
            .create_wrapping_key(generation)
    }

    fn wrap_data_key(
        &self,
        generation: u32,
        data_key: &Secret32,
    ) -> Result<Vec<u8>, KeyStoreError> {
        self.pass(KeyOperation::WrapDataKey)?
            .wrap_data_key(generation, data_key)
    }

    fn unwrap_data_key(&self, generation: u32, wrapped: &[u8]) -> Result<Secret32, KeyStoreError> {
        self.pass(KeyOperation::UnwrapDataKey)?
            .unwrap_data_key(generation, wrapped)
    }

    fn delete_wrapping_key(&self, generation: u32) -> Result<(), KeyStoreError> {
        self.pass(KeyOperation::DeleteWrappingKey)?
            .delete_wrapping_key(generation)
    }

    fn delete_device_key(&self) -> Result<(), KeyStoreError> {
        self.pass(KeyOperation::DeleteDeviceKey)?
            .delete_device_key()
    }

    fn epoch(&self) -> Result<u64, KeyStoreError> {
        self.pass(KeyOperation::Epoch)?.epoch()
    }

    fn keep_epoch(&self, epoch: u64) -> Result<(), KeyStoreError> {
        self.pass(KeyOperation::KeepEpoch)?.keep_epoch(epoch)
    }
}
