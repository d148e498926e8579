use std::fmt;

use ring::signature::{ECDSA_P256_SHA256_FIXED, ED25519, UnparsedPublicKey};

use crate::{Suite, sha256};

/// Bytes of a signature, the same in both suites.
pub const SIGNATURE_LENGTH: usize = 64;

/// The short name of a public key: the first four bytes of its thumbprint.
///
/// It only picks a key out of a list that is already trusted; it is no proof of anything.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(pub [u8; 4]);

impl fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "KeyId({self})")
    }
}

/// A public key whose form has been checked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PublicKey {
    suite: Suite,
    /// The first `suite.public_key_length()` bytes; zeros after them.
    bytes: [u8; 65],
}

/// The bytes are not a key of this suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A public key has one fixed length for each suite.
    #[error("read a public key: {expected} bytes were expected, {found} came")]
    WrongLength {
        /// The length that the suite asks for.
        expected: usize,
        /// The length that came.
        found: usize,
    },
    /// Compressed, hybrid, non-canonical or small-order points are refused.
    #[error("read a public key: the point has a form that is not accepted")]
    NotAPoint,
    /// A private key that is not PKCS#8, of another suite, or not fitting its public half.
    #[error("read a private key: it is not PKCS#8 of this suite")]
    NotAPrivateKey,
    /// No key could be drawn.
    #[error("draw a private key")]
    Randomness,
}

/// The signature does not belong to this message and key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("verify the signature")]
pub struct SignatureError;

/// 2^255 - 19, little-endian.
const ED25519_PRIME: [u8; 32] = {
    let mut prime = [0xff; 32];
    prime[0] = 0xed;
    prime[31] = 0x7f;
    prime
};

/// The y coordinates of the points of order 1, 2, 4 and 8, little-endian, the sign bit cleared.
/// Under such a key one signature would fit many messages.
const ED25519_SMALL_ORDER: [[u8; 32]; 5] = [
    [0; 32],
    {
        let mut one = [0; 32];
        one[0] = 1;
        one
    },
    {
        let mut minus_one = ED25519_PRIME;
        minus_one[0] -= 1;
        minus_one
    },
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
        0x03, 0x7a,
    ],
];

impl PublicKey {
    /// Checks length and form.
    ///
    /// Ed25519: 32 bytes, canonical (y below the prime), not of small order. P-256: 65 bytes, uncompressed.
    /// That the point lies on the curve is checked by each verification.
    ///
    /// # Errors
    /// [`KeyError::WrongLength`] or [`KeyError::NotAPoint`].
    pub fn new(suite: Suite, bytes: &[u8]) -> Result<Self, KeyError> {
        let expected = suite.public_key_length();
        if bytes.len() != expected {
            return Err(KeyError::WrongLength {
                expected,
                found: bytes.len(),
            });
        }
        let accepted = match suite {
            Suite::Ed25519 => {
                let mut y = [0; 32];
                y.copy_from_slice(bytes);
                y[31] &= 0x7f;
                y.iter().rev().lt(ED25519_PRIME.iter().rev()) && !ED25519_SMALL_ORDER.contains(&y)
            }
            Suite::P256 => bytes[0] == 0x04,
        };
        if !accepted {
            return Err(KeyError::NotAPoint);
        }
        let mut padded = [0; 65];
        padded[..expected].copy_from_slice(bytes);
        Ok(Self {
            suite,
            bytes: padded,
        })
    }

    /// The suite the key belongs to.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        self.suite
    }

    /// The key itself: 32 bytes of Ed25519, or `04 | x | y` of P-256.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.suite.public_key_length()]
    }

    /// SHA-256 over the suite number and the key.
    #[must_use]
    pub fn thumbprint(&self) -> [u8; 32] {
        sha256(&[&[self.suite.number()], self.bytes()])
    }

    /// The first four bytes of the thumbprint.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        let [a, b, c, d, ..] = self.thumbprint();
        KeyId([a, b, c, d])
    }

    /// Checks a signature of 64 bytes.
    ///
    /// Ed25519 signatures with an S of the group order or more are refused, so that no second signature
    /// can be made from a first. P-256 signatures are fixed-width `r | s`; their `s` and `n - s` are
    /// both accepted, as phones' keystores make both: never identify a message by its signature.
    ///
    /// # Errors
    /// One error for every cause: nothing more is to be learnt from a wrong signature.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        if signature.len() != SIGNATURE_LENGTH {
            return Err(SignatureError);
        }
        match self.suite {
            Suite::Ed25519 => {
                UnparsedPublicKey::new(&ED25519, self.bytes()).verify(message, signature)
            }
            Suite::P256 => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.bytes())
                .verify(message, signature),
        }
        .map_err(|ring::error::Unspecified| SignatureError)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PublicKey({:?}, {})", self.suite, self.key_id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SigningKey, testing::SeededRandomness};

    #[test]
    fn a_key_has_the_length_of_its_suite() {
        for (suite, length) in [(Suite::Ed25519, 32), (Suite::P256, 65)] {
            for found in (0..100).filter(|found| *found != length) {
                assert_eq!(
                    PublicKey::new(suite, &vec![4; found]),
                    Err(KeyError::WrongLength {
                        expected: length,
                        found
                    })
                );
            }
        }
    }

    #[test]
    fn points_of_small_order_and_non_canonical_points_are_refused() {
        let mut refused = ED25519_SMALL_ORDER.to_vec();
        // y = p and y = p + 1 are 0 and 1 in other clothes; 2^255 - 1 is the largest.
        for low in [0xed, 0xee, 0xff] {
            let mut y = ED25519_PRIME;
            y[0] = low;
            refused.push(y);
        }
        for mut y in refused {
            for sign in [0, 0x80] {
                y[31] = (y[31] & 0x7f) | sign;
                assert_eq!(PublicKey::new(Suite::Ed25519, &y), Err(KeyError::NotAPoint));
            }
        }
    }

    #[test]
    fn compressed_points_are_refused() {
        for first in [0x00, 0x02, 0x03, 0x06, 0x07] {
            let mut bytes = [1; 65];
            bytes[0] = first;
            assert_eq!(
                PublicKey::new(Suite::P256, &bytes),
                Err(KeyError::NotAPoint)
            );
        }
    }

    #[test]
    fn an_ed25519_signature_cannot_be_turned_into_a_second_one() {
        // The group order L, little-endian: S + L verifies by the bare equation and must not here.
        const ORDER: [u8; 32] = [
            0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9,
            0xde, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
        ];
        let key = SigningKey::generate(Suite::Ed25519, &SeededRandomness::new(1)).unwrap();
        let signature = key.sign(b"message").unwrap();
        let mut other = signature;
        let mut carry = 0u16;
        for (byte, order) in other[32..].iter_mut().zip(ORDER) {
            let sum = u16::from(*byte) + u16::from(order) + carry;
            *byte = sum as u8;
            carry = sum >> 8;
        }
        assert_eq!(carry, 0);
        assert!(key.public_key().verify(b"message", &signature).is_ok());
        assert_eq!(
            key.public_key().verify(b"message", &other),
            Err(SignatureError)
        );
    }
}
