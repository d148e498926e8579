use liangma_crypto::{PublicKey, SIGNATURE_LENGTH, Secret32};
use serde::{Deserialize, Serialize};

/// The phone's hardware keys: one ES256 device key that signs, and numbered wrapping keys that wrap the
/// store's data key. Private keys never cross this trait.
///
/// Called on a blocking thread, save for [`KeyStore::unwrap_data_key`], which is also called on the thread
/// that shows the code, once for each process. `sign` is called once for each write or refresh;
/// everything else a few times in the life of an installation.
///
/// An error says exactly what the hardware said. [`KeyStoreError::Missing`] is for a key that is *known* to
/// be absent; a store that merely does not answer is [`KeyStoreError::Busy`], and answering `Missing` in its
/// place costs people their data.
pub trait KeyStore: Send + Sync {
    /// How well keys are kept, for the person to know.
    ///
    /// # Errors
    /// As for every method.
    fn security_level(&self) -> Result<SecurityLevel, KeyStoreError>;

    /// A mark of this phone that a restored backup does not carry along, such as a hash over `ANDROID_ID`.
    ///
    /// # Errors
    /// As for every method.
    fn phone_mark(&self) -> Result<PhoneMark, KeyStoreError>;

    /// Creates the ES256 device key, replacing an earlier one.
    ///
    /// # Errors
    /// As for every method.
    fn create_device_key(&self) -> Result<PublicKey, KeyStoreError>;

    /// The public half of the device key.
    ///
    /// # Errors
    /// [`KeyStoreError::Missing`] when there is none.
    fn device_key(&self) -> Result<PublicKey, KeyStoreError>;

    /// Signs with the device key: ES256, `r | s`, over SHA-256 of the message.
    ///
    /// # Errors
    /// As for every method; [`KeyStoreError::UserCancelled`] where the hardware asks the person.
    fn sign(&self, message: &[u8]) -> Result<[u8; SIGNATURE_LENGTH], KeyStoreError>;

    /// Creates the wrapping key of a generation. Creating one that is there changes nothing.
    ///
    /// # Errors
    /// As for every method.
    fn create_wrapping_key(&self, generation: u32) -> Result<(), KeyStoreError>;

    /// Wraps the store's data key under the wrapping key of a generation.
    ///
    /// # Errors
    /// As for every method.
    fn wrap_data_key(&self, generation: u32, data_key: &Secret32)
    -> Result<Vec<u8>, KeyStoreError>;

    /// Unwraps the store's data key.
    ///
    /// # Errors
    /// As for every method; [`KeyStoreError::NotUnwrapped`] when the key is there and the bytes do not fit.
    fn unwrap_data_key(&self, generation: u32, wrapped: &[u8]) -> Result<Secret32, KeyStoreError>;

    /// Deletes the wrapping key of a generation. Deleting an absent one changes nothing.
    ///
    /// # Errors
    /// As for every method.
    fn delete_wrapping_key(&self, generation: u32) -> Result<(), KeyStoreError>;

    /// Deletes the device key. Deleting an absent one changes nothing.
    ///
    /// # Errors
    /// As for every method.
    fn delete_device_key(&self) -> Result<(), KeyStoreError>;

    /// The epoch that was last kept beside the keys; 0 when none was. It shows a store file that was put
    /// back to an older state.
    ///
    /// # Errors
    /// As for every method.
    fn epoch(&self) -> Result<u64, KeyStoreError>;

    /// Keeps an epoch beside the keys. Called when a login or a strip begins.
    ///
    /// # Errors
    /// As for every method.
    fn keep_epoch(&self, epoch: u64) -> Result<(), KeyStoreError>;
}

/// Tells one phone from another, so that a restored store is told from a lost key. Not an identity: it
/// never leaves the phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneMark(pub [u8; 16]);

/// How well the key store keeps keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecurityLevel {
    /// A secure element of its own (StrongBox, Secure Enclave).
    SecureElement,
    /// The processor's trusted environment.
    TrustedEnvironment,
    /// Software, kept apart by the operating system.
    Software,
    /// A file that whoever reads the disk can read. For desktops, demonstrations and tests.
    Insecure,
}

/// What the key store answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum KeyStoreError {
    /// It does not answer now. Try again; never make new keys.
    #[error("use the phone's key store: it is busy")]
    Busy,
    /// The phone has not been unlocked since it was started.
    #[error("use the phone's key store: the phone is locked")]
    Locked,
    /// The key is known to be absent.
    #[error("use the phone's key store: the key is not there")]
    Missing,
    /// The person removed the screen lock that the key depended on; the key is gone with it.
    #[error("use the phone's key store: the screen lock that guarded the key was removed")]
    LockRemoved,
    /// The person was asked and said no.
    #[error("use the phone's key store: the person cancelled")]
    UserCancelled,
    /// The key is there, and the wrapped bytes are not what it wrapped.
    #[error("use the phone's key store: the wrapped key does not fit")]
    NotUnwrapped,
    /// The phone cannot do this.
    #[error("use the phone's key store: this phone does not support it")]
    Unsupported,
    /// Anything else, with the platform's own number for it.
    #[error("use the phone's key store: it failed with {code}")]
    Failed {
        /// The platform's number for the failure.
        code: i32,
    },
}
