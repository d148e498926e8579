use std::fmt;

use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _},
};
use zeroize::Zeroizing;

use crate::{KeyError, PublicKey, Randomness, SIGNATURE_LENGTH, Secret32, SignatureError, Suite};

/// A private key in software. Keys in a phone's hardware never take this form.
pub struct SigningKey {
    pair: Pair,
    public_key: PublicKey,
    pkcs8: Zeroizing<Vec<u8>>,
}

enum Pair {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
}

/// RFC 8410 with the public key (version 2), around the seed and the public key.
const ED25519_PKCS8_PREFIX: [u8; 16] = [
    0x30, 0x51, 0x02, 0x01, 0x01, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];
const ED25519_PKCS8_MIDDLE: [u8; 3] = [0x81, 0x21, 0x00];

impl SigningKey {
    /// Draws a new key.
    ///
    /// P-256 keys come from the system's randomness whatever is passed in, as the library below takes
    /// no other source for them; Ed25519 keys come from `randomness` alone and repeat under a seed.
    ///
    /// # Errors
    /// [`KeyError::Randomness`] when the source does not deliver.
    pub fn generate(suite: Suite, randomness: &dyn Randomness) -> Result<Self, KeyError> {
        match suite {
            Suite::Ed25519 => {
                let seed = Secret32::generate(randomness).map_err(|_| KeyError::Randomness)?;
                Self::from_ed25519_seed(&seed)
            }
            Suite::P256 => {
                let document = EcdsaKeyPair::generate_pkcs8(
                    &ECDSA_P256_SHA256_FIXED_SIGNING,
                    &SystemRandom::new(),
                )
                .map_err(|_| KeyError::Randomness)?;
                Self::from_pkcs8(suite, document.as_ref())
            }
        }
    }

    /// The Ed25519 key of a 32-byte seed (RFC 8032, section 5.1.5).
    ///
    /// # Errors
    /// [`KeyError::NotAPrivateKey`]; not met in practice, as every seed is a key.
    pub fn from_ed25519_seed(seed: &Secret32) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.expose())
            .map_err(|_| KeyError::NotAPrivateKey)?;
        let public_key = PublicKey::new(Suite::Ed25519, pair.public_key().as_ref())?;
        let mut pkcs8 = Zeroizing::new(Vec::with_capacity(83));
        pkcs8.extend_from_slice(&ED25519_PKCS8_PREFIX);
        pkcs8.extend_from_slice(seed.expose());
        pkcs8.extend_from_slice(&ED25519_PKCS8_MIDDLE);
        pkcs8.extend_from_slice(public_key.bytes());
        Ok(Self {
            pair: Pair::Ed25519(pair),
            public_key,
            pkcs8,
        })
    }

    /// Reads a PKCS#8 document (DER) of the stated suite, whose two halves must fit.
    ///
    /// # Errors
    /// [`KeyError::NotAPrivateKey`].
    pub fn from_pkcs8(suite: Suite, pkcs8: &[u8]) -> Result<Self, KeyError> {
        let (pair, public) = match suite {
            Suite::Ed25519 => {
                let pair =
                    Ed25519KeyPair::from_pkcs8(pkcs8).map_err(|_| KeyError::NotAPrivateKey)?;
                let public = pair.public_key().as_ref().to_vec();
                (Pair::Ed25519(pair), public)
            }
            Suite::P256 => {
                let pair = EcdsaKeyPair::from_pkcs8(
                    &ECDSA_P256_SHA256_FIXED_SIGNING,
                    pkcs8,
                    &SystemRandom::new(),
                )
                .map_err(|_| KeyError::NotAPrivateKey)?;
                let public = pair.public_key().as_ref().to_vec();
                (Pair::P256(pair), public)
            }
        };
        Ok(Self {
            pair,
            public_key: PublicKey::new(suite, &public)?,
            pkcs8: Zeroizing::new(pkcs8.to_vec()),
        })
    }

    /// The PKCS#8 document, for sealing at rest. Wiped when dropped.
    #[must_use]
    pub fn to_pkcs8(&self) -> Zeroizing<Vec<u8>> {
        self.pkcs8.clone()
    }

    /// Signs a message. Ed25519 is deterministic; P-256 draws from the system for each signature.
    ///
    /// # Errors
    /// [`SignatureError`] when the system's randomness does not deliver (P-256 only).
    pub fn sign(&self, message: &[u8]) -> Result<[u8; SIGNATURE_LENGTH], SignatureError> {
        let signature = match &self.pair {
            Pair::Ed25519(pair) => pair.sign(message),
            Pair::P256(pair) => pair
                .sign(&SystemRandom::new(), message)
                .map_err(|ring::error::Unspecified| SignatureError)?,
        };
        signature.as_ref().try_into().map_err(|_| SignatureError)
    }

    /// The public half.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The suite of the key.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        self.public_key.suite()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "SigningKey({:?}, {}, [hidden])",
            self.suite(),
            self.public_key.key_id()
        )
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;
    use crate::{SystemRandomness, testing::SeededRandomness};

    #[test]
    fn both_suites_sign_and_verify_through_pkcs8() {
        for suite in [Suite::Ed25519, Suite::P256] {
            let key = SigningKey::generate(suite, &SystemRandomness).unwrap();
            let again = SigningKey::from_pkcs8(suite, &key.to_pkcs8()).unwrap();
            assert_eq!(key.public_key(), again.public_key());
            let signature = again.sign(b"message").unwrap();
            assert!(key.public_key().verify(b"message", &signature).is_ok());
            assert!(key.public_key().verify(b"messagf", &signature).is_err());
            for bit in 0..SIGNATURE_LENGTH * 8 {
                let mut damaged = signature;
                damaged[bit / 8] ^= 1 << (bit % 8);
                assert!(
                    key.public_key().verify(b"message", &damaged).is_err(),
                    "bit {bit}"
                );
            }
            assert!(
                key.public_key()
                    .verify(b"message", &signature[..63])
                    .is_err()
            );
        }
    }

    #[test]
    fn a_seed_gives_the_key_and_signature_of_rfc_8032() {
        let seed = HEXLOWER
            .decode(b"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
            .unwrap();
        let key = SigningKey::from_ed25519_seed(&Secret32::new(seed.try_into().unwrap())).unwrap();
        assert_eq!(
            HEXLOWER.encode(key.public_key().bytes()),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
        );
        assert!(
            HEXLOWER
                .encode(&key.sign(b"").unwrap())
                .starts_with("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155")
        );
    }

    #[test]
    fn a_key_of_one_suite_is_not_read_as_the_other() {
        let ed25519 = SigningKey::generate(Suite::Ed25519, &SystemRandomness).unwrap();
        let p256 = SigningKey::generate(Suite::P256, &SystemRandomness).unwrap();
        assert!(SigningKey::from_pkcs8(Suite::P256, &ed25519.to_pkcs8()).is_err());
        assert!(SigningKey::from_pkcs8(Suite::Ed25519, &p256.to_pkcs8()).is_err());
        assert!(SigningKey::from_pkcs8(Suite::Ed25519, b"").is_err());
    }

    #[test]
    fn a_private_key_is_not_printed() {
        let key = SigningKey::generate(Suite::Ed25519, &SeededRandomness::new(1)).unwrap();
        let printed = format!("{key:?}");
        assert!(printed.contains("[hidden]"));
        assert!(printed.len() < 60);
    }
}
