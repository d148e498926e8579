use std::sync::Arc;

use liangma_crypto::{PublicKey, SIGNATURE_LENGTH, Secret32, Suite};
use liangma_terminal::ports::{self, PhoneMark};
use uniffi::UnexpectedUniFFICallbackError;
use zeroize::Zeroizing;

/// What a port returned does not have the agreed length.
const WRONG_LENGTH: i32 = -2;
/// A port threw something that is not its error.
const THREW: i32 = -1;

/// The phone's hardware keys: one ES256 device key that signs, and numbered wrapping keys that wrap the
/// store's data key. Private keys never cross this.
///
/// Called on threads that may block; `sign` once for each write or refresh, everything else a few times in the
/// life of an installation. An error says exactly what the hardware said: `Missing` is for a key that is known
/// to be absent. Answering `Missing` for a key store that merely does not answer costs people their data;
/// that is `Busy`.
#[uniffi::export(foreign)]
pub trait KeyStore: Send + Sync {
    /// How well keys are kept, for the person to know.
    fn security_level(&self) -> Result<SecurityLevel, KeyStoreError>;

    /// A mark of this phone that a restored backup does not carry along, such as the first 16 bytes of SHA-256
    /// over `ANDROID_ID`: 16 bytes. It never leaves the phone.
    fn phone_mark(&self) -> Result<Vec<u8>, KeyStoreError>;

    /// Creates the ES256 device key, replacing an earlier one. Returns its public half: 65 bytes, `04 | x | y`.
    fn create_device_key(&self) -> Result<Vec<u8>, KeyStoreError>;

    /// The public half of the device key: 65 bytes, `04 | x | y`. `Missing` when there is none.
    fn device_key(&self) -> Result<Vec<u8>, KeyStoreError>;

    /// Signs with the device key: ES256 over SHA-256 of the message. Returns 64 bytes, `r | s`; not DER.
    fn sign(&self, message: Vec<u8>) -> Result<Vec<u8>, KeyStoreError>;

    /// Creates the wrapping key of a generation. Creating one that is there changes nothing.
    fn create_wrapping_key(&self, generation: u32) -> Result<(), KeyStoreError>;

    /// Wraps 32 secret bytes under the wrapping key of a generation, so that they cannot be read or changed
    /// without it. Returns what `unwrap_data_key` takes. Wipe your own copy.
    fn wrap_data_key(&self, generation: u32, data_key: Vec<u8>) -> Result<Vec<u8>, KeyStoreError>;

    /// Unwraps: 32 bytes. `Missing` when the wrapping key is known to be absent, `NotUnwrapped` when it is
    /// there and the bytes do not fit.
    fn unwrap_data_key(&self, generation: u32, wrapped: Vec<u8>) -> Result<Vec<u8>, KeyStoreError>;

    /// Deletes the wrapping key of a generation. Deleting an absent one changes nothing.
    fn delete_wrapping_key(&self, generation: u32) -> Result<(), KeyStoreError>;

    /// Deletes the device key. Deleting an absent one changes nothing.
    fn delete_device_key(&self) -> Result<(), KeyStoreError>;

    /// The number that was last kept by `keep_epoch`; 0 when none was. Keep it beside the keys, not in the
    /// store's folder: it shows a folder that was put back to an older state.
    fn epoch(&self) -> Result<u64, KeyStoreError>;

    /// Keeps a number beside the keys.
    fn keep_epoch(&self, epoch: u64) -> Result<(), KeyStoreError>;
}

/// How well a key store keeps keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum SecurityLevel {
    /// A secure element of its own: StrongBox, Secure Enclave.
    SecureElement,
    /// The processor's trusted environment.
    TrustedEnvironment,
    /// Software, kept apart by the operating system.
    Software,
    /// A file that whoever reads the disk can read. For desktops, demonstrations and tests.
    Insecure,
}

/// What the key store answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum KeyStoreError {
    /// It does not answer now. It is tried again; no new keys are made.
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

impl From<UnexpectedUniFFICallbackError> for KeyStoreError {
    fn from(_: UnexpectedUniFFICallbackError) -> Self {
        Self::Failed { code: THREW }
    }
}

impl From<KeyStoreError> for ports::KeyStoreError {
    fn from(error: KeyStoreError) -> Self {
        match error {
            KeyStoreError::Busy => Self::Busy,
            KeyStoreError::Locked => Self::Locked,
            KeyStoreError::Missing => Self::Missing,
            KeyStoreError::LockRemoved => Self::LockRemoved,
            KeyStoreError::UserCancelled => Self::UserCancelled,
            KeyStoreError::NotUnwrapped => Self::NotUnwrapped,
            KeyStoreError::Unsupported => Self::Unsupported,
            KeyStoreError::Failed { code } => Self::Failed { code },
        }
    }
}

impl From<liangma_terminal::ports::SecurityLevel> for SecurityLevel {
    fn from(level: ports::SecurityLevel) -> Self {
        match level {
            ports::SecurityLevel::SecureElement => Self::SecureElement,
            ports::SecurityLevel::TrustedEnvironment => Self::TrustedEnvironment,
            ports::SecurityLevel::Software => Self::Software,
            ports::SecurityLevel::Insecure => Self::Insecure,
        }
    }
}

pub(super) struct Lent(pub(super) Arc<dyn KeyStore>);

type Answer<T> = Result<T, ports::KeyStoreError>;

/// What a port returned, when it has the agreed length.
fn exactly<const N: usize>(bytes: &[u8]) -> Answer<[u8; N]> {
    bytes
        .try_into()
        .map_err(|_| ports::KeyStoreError::Failed { code: WRONG_LENGTH })
}

fn public(bytes: &[u8]) -> Answer<PublicKey> {
    PublicKey::new(Suite::P256, bytes)
        .map_err(|_| ports::KeyStoreError::Failed { code: WRONG_LENGTH })
}

impl ports::KeyStore for Lent {
    fn security_level(&self) -> Answer<ports::SecurityLevel> {
        Ok(match self.0.security_level()? {
            SecurityLevel::SecureElement => ports::SecurityLevel::SecureElement,
            SecurityLevel::TrustedEnvironment => ports::SecurityLevel::TrustedEnvironment,
            SecurityLevel::Software => ports::SecurityLevel::Software,
            SecurityLevel::Insecure => ports::SecurityLevel::Insecure,
        })
    }

    fn phone_mark(&self) -> Answer<PhoneMark> {
        exactly(&self.0.phone_mark()?).map(PhoneMark)
    }

    fn create_device_key(&self) -> Answer<PublicKey> {
        public(&self.0.create_device_key()?)
    }

    fn device_key(&self) -> Answer<PublicKey> {
        public(&self.0.device_key()?)
    }

    fn sign(&self, message: &[u8]) -> Answer<[u8; SIGNATURE_LENGTH]> {
        exactly(&self.0.sign(message.to_vec())?)
    }

    fn create_wrapping_key(&self, generation: u32) -> Answer<()> {
        Ok(self.0.create_wrapping_key(generation)?)
    }

    fn wrap_data_key(&self, generation: u32, data_key: &Secret32) -> Answer<Vec<u8>> {
        // Exposed to be wrapped; the foreign side wipes its own copy.
        Ok(self
            .0
            .wrap_data_key(generation, data_key.expose().to_vec())?)
    }

    fn unwrap_data_key(&self, generation: u32, wrapped: &[u8]) -> Answer<Secret32> {
        let bytes = Zeroizing::new(self.0.unwrap_data_key(generation, wrapped.to_vec())?);
        exactly(&bytes).map(Secret32::new)
    }

    fn delete_wrapping_key(&self, generation: u32) -> Answer<()> {
        Ok(self.0.delete_wrapping_key(generation)?)
    }

    fn delete_device_key(&self) -> Answer<()> {
        Ok(self.0.delete_device_key()?)
    }

    fn epoch(&self) -> Answer<u64> {
        Ok(self.0.epoch()?)
    }

    fn keep_epoch(&self, epoch: u64) -> Answer<()> {
        Ok(self.0.keep_epoch(epoch)?)
    }
}
