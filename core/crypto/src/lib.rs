//! Suites, signatures, hashes, key derivation and sealing: the only crate that names a cryptographic library.
//!
//! Everything above works with these types, so that another suite (SM2, SM3, SM4) or another library
//! changes this crate alone. Nothing here reads a clock; randomness is passed in.

mod hash;
mod key;
mod randomness;
mod sealing;
mod sealing_ring;
mod secret;
mod signing;
mod suite;
pub mod testing;

pub use hash::{HkdfSecret, Sha256, constant_time_equal, hkdf_sha256, sha256};
pub use key::{KeyError, KeyId, PublicKey, SIGNATURE_LENGTH, SignatureError};
pub use randomness::{Randomness, RandomnessError, SystemRandomness};
pub use sealing::{ReadyKey, SealError, SealSuite, SealingKey};
pub use sealing_ring::SealingRing;
pub use secret::Secret32;
pub use signing::SigningKey;
pub use suite::{Suite, UnknownSuite};
