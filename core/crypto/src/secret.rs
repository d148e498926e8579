use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{Randomness, RandomnessError, constant_time_equal};

/// 32 secret bytes: wiped when dropped, never printed, compared in constant time.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Secret32([u8; 32]);

impl Secret32 {
    /// Takes bytes that are already secret; the caller wipes its own copy.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Draws a new secret.
    ///
    /// # Errors
    /// When the source of randomness does not deliver.
    pub fn generate(randomness: &dyn Randomness) -> Result<Self, RandomnessError> {
        let mut secret = Self([0; 32]);
        randomness.fill(&mut secret.0)?;
        Ok(secret)
    }

    /// The bytes themselves. Name the reason where this is called.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for Secret32 {
    fn eq(&self, other: &Self) -> bool {
        constant_time_equal(&self.0, &other.0)
    }
}

impl Eq for Secret32 {}

impl fmt::Debug for Secret32 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret32([hidden])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SeededRandomness;

    #[test]
    fn a_secret_is_not_printed() {
        let secret = Secret32::new([0xab; 32]);
        assert_eq!(format!("{secret:?}"), "Secret32([hidden])");
    }

    #[test]
    fn secrets_are_equal_by_their_bytes() {
        let first = Secret32::generate(&SeededRandomness::new(1)).unwrap();
        let again = Secret32::generate(&SeededRandomness::new(1)).unwrap();
        let other = Secret32::generate(&SeededRandomness::new(2)).unwrap();
        assert_eq!(first, again);
        assert_ne!(first, other);
    }
}
