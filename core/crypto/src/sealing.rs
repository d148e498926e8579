use std::fmt;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use crate::{Randomness, RandomnessError, Secret32, hkdf_sha256};

/// Names how something at rest is sealed; the first byte of everything sealed. Numbers stay below 128: from
/// there on the first byte says what stands before this one (see [`crate::SealingRing`]).
#[repr(u8)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealSuite {
    /// AES-256-GCM with a random nonce of 12 bytes.
    Aes256Gcm = 1,
}

/// Suite byte and nonce before the ciphertext.
const HEADER_LENGTH: usize = 1 + NONCE_LEN;

/// A key that seals data at rest: `suite 1 | nonce 12 | ciphertext | tag 16`.
///
/// Nonces are random, so one key should seal fewer than 2^32 messages; derive a key for each purpose.
#[derive(Clone)]
pub struct SealingKey(Secret32);

/// Why something could not be sealed or opened. Says nothing about what was inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Shorter than the shortest sealed message.
    #[error("open what was sealed: it is cut short")]
    TooShort,
    /// Sealed in a way this version does not know.
    #[error("open what was sealed: suite {0} is unknown")]
    UnknownSuite(u8),
    /// Sealed by a key that is not at hand.
    #[error("open what was sealed: the key with number {0} is not in the ring")]
    UnknownKey(u16),
    /// Another key, other associated data, or damage: these cannot be told apart.
    #[error("open what was sealed: key, place or content do not fit")]
    NotAuthentic,
    /// No nonce could be drawn.
    #[error("draw a nonce")]
    Randomness,
    /// Longer than one message of the suite may be.
    #[error("seal: the message is too long")]
    TooLong,
}

impl From<RandomnessError> for SealError {
    fn from(RandomnessError: RandomnessError) -> Self {
        Self::Randomness
    }
}

impl SealingKey {
    /// A key from secret bytes.
    #[must_use]
    pub const fn new(secret: Secret32) -> Self {
        Self(secret)
    }

    /// Draws a new key.
    ///
    /// # Errors
    /// When the source of randomness does not deliver.
    pub fn generate(randomness: &dyn Randomness) -> Result<Self, RandomnessError> {
        Secret32::generate(randomness).map(Self)
    }

    /// A subkey for one purpose: HKDF(key, `"liangma/seal/1/" | purpose`).
    #[must_use]
    pub fn derive(&self, purpose: &str) -> Self {
        let mut out = Zeroizing::new([0; 32]);
        hkdf_sha256(
            self.0.expose(),
            &[b"liangma/seal/1/", purpose.as_bytes()],
            &mut out,
        );
        Self(Secret32::new(*out))
    }

    /// The secret itself, for wrapping this key under another.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }

    /// The key made ready for sealing and opening often: its schedule is computed once, and lives as long
    /// as what is returned.
    #[must_use]
    pub fn ready(&self) -> ReadyKey {
        // Fails for a key of another length alone, which the type does not let happen.
        ReadyKey(
            UnboundKey::new(&AES_256_GCM, self.0.expose())
                .map(LessSafeKey::new)
                .ok(),
        )
    }

    /// Seals `plain`, bound to `associated`, which is not stored: say there what and where this is.
    ///
    /// # Errors
    /// [`SealError::Randomness`], or [`SealError::TooLong`] beyond 64 GiB.
    pub fn seal(
        &self,
        associated: &[u8],
        plain: &[u8],
        randomness: &dyn Randomness,
    ) -> Result<Vec<u8>, SealError> {
        self.ready().seal(associated, plain, randomness)
    }

    /// Opens what [`Self::seal`] made with the same key and associated data.
    ///
    /// # Errors
    /// Each variant but [`SealError::Randomness`] and [`SealError::TooLong`].
    pub fn open(&self, associated: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        self.ready().open(associated, sealed)
    }
}

/// A [`SealingKey`] that is ready to be used often.
#[derive(Clone)]
pub struct ReadyKey(Option<LessSafeKey>);

impl ReadyKey {
    /// Seals `plain`, bound to `associated`, which is not stored: say there what and where this is.
    ///
    /// # Errors
    /// [`SealError::Randomness`], or [`SealError::TooLong`] beyond 64 GiB.
    pub fn seal(
        &self,
        associated: &[u8],
        plain: &[u8],
        randomness: &dyn Randomness,
    ) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0; NONCE_LEN];
        randomness.fill(&mut nonce)?;
        let mut out = Vec::with_capacity(HEADER_LENGTH + plain.len() + AES_256_GCM.tag_len());
        out.push(SealSuite::Aes256Gcm as u8);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(plain);
        let tag = self
            .key()?
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(associated),
                &mut out[HEADER_LENGTH..],
            )
            .map_err(|ring::error::Unspecified| SealError::TooLong)?;
        out.extend_from_slice(tag.as_ref());
        Ok(out)
    }

    /// Opens what [`Self::seal`] made with the same key and associated data.
    ///
    /// # Errors
    /// Each variant but [`SealError::Randomness`], [`SealError::TooLong`] and [`SealError::UnknownKey`].
    pub fn open(&self, associated: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let suite = *sealed.first().ok_or(SealError::TooShort)?;
        if suite != SealSuite::Aes256Gcm as u8 {
            return Err(SealError::UnknownSuite(suite));
        }
        if sealed.len() < HEADER_LENGTH + AES_256_GCM.tag_len() {
            return Err(SealError::TooShort);
        }
        let nonce = Nonce::try_assume_unique_for_key(&sealed[1..HEADER_LENGTH])
            .map_err(|_| SealError::TooShort)?;
        let mut buffer = Zeroizing::new(sealed[HEADER_LENGTH..].to_vec());
        let length = self
            .key()?
            .open_in_place(nonce, Aad::from(associated), &mut buffer)
            .map_err(|ring::error::Unspecified| SealError::NotAuthentic)?
            .len();
        buffer.truncate(length);
        Ok(buffer)
    }

    fn key(&self) -> Result<&LessSafeKey, SealError> {
        self.0.as_ref().ok_or(SealError::NotAuthentic)
    }
}

impl fmt::Debug for ReadyKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ReadyKey([hidden])")
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SealingKey([hidden])")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::SeededRandomness;

    fn key() -> SealingKey {
        SealingKey::generate(&SeededRandomness::new(1)).unwrap()
    }

    proptest! {
        #[test]
        fn what_was_sealed_opens_and_nothing_else_does(
            plain in proptest::collection::vec(any::<u8>(), 0..200),
            associated in proptest::collection::vec(any::<u8>(), 0..50),
            at in any::<prop::sample::Index>(),
            bit in 0u8..8,
        ) {
            let sealed = key().seal(&associated, &plain, &SeededRandomness::new(2)).unwrap();
            prop_assert_eq!(sealed.len(), plain.len() + 29);
            prop_assert_eq!(&*key().open(&associated, &sealed).unwrap(), &plain);
            let mut damaged = sealed.clone();
            let at = at.index(damaged.len());
            damaged[at] ^= 1u8 << bit;
            prop_assert!(key().open(&associated, &damaged).is_err());
            let mut elsewhere = associated.clone();
            elsewhere.push(0);
            prop_assert_eq!(key().open(&elsewhere, &sealed), Err(SealError::NotAuthentic));
            prop_assert_eq!(
                key().derive("other").open(&associated, &sealed),
                Err(SealError::NotAuthentic)
            );
        }

        #[test]
        fn no_bytes_make_opening_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            prop_assert!(key().open(b"", &bytes).is_err());
        }
    }

    #[test]
    fn what_is_cut_short_is_said_to_be() {
        assert_eq!(key().open(b"", b""), Err(SealError::TooShort));
        assert_eq!(key().open(b"", &[1; 28]), Err(SealError::TooShort));
        assert_eq!(key().open(b"", &[2; 40]), Err(SealError::UnknownSuite(2)));
    }

    #[test]
    fn purposes_have_keys_of_their_own() {
        assert_ne!(
            key().derive("fields").expose(),
            key().derive("files").expose()
        );
        assert_eq!(
            key().derive("fields").expose(),
            key().derive("fields").expose()
        );
    }
}
