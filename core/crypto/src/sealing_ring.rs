use std::fmt;

use zeroize::Zeroizing;

use crate::{Randomness, ReadyKey, SealError, SealingKey};

/// The first byte of what a ring sealed. Numbers of [`crate::SealSuite`] stay below 128.
const NUMBERED: u8 = 0x80;
/// The first byte and the number of the key.
const PREFIX_LENGTH: usize = 3;

/// Sealing keys with numbers, of which one seals and all open: `0x80 | number 2 | suite 1 | nonce 12 |
/// ciphertext | tag 16`.
///
/// The number is bound to the content, as the associated data are. What was sealed by a key alone, before
/// it had a number, is opened too, by whichever key of the ring fits.
#[derive(Clone)]
pub struct SealingRing {
    /// Never empty; the first one seals.
    keys: Vec<(u16, ReadyKey)>,
}

impl SealingRing {
    /// A ring whose `in_use` key seals; `None` when it is not among the keys, or a number is given twice.
    #[must_use]
    pub fn new(keys: Vec<(u16, SealingKey)>, in_use: u16) -> Option<Self> {
        let mut keys: Vec<(u16, ReadyKey)> = keys
            .iter()
            .map(|(number, key)| (*number, key.ready()))
            .collect();
        keys.sort_by_key(|(number, _)| (*number != in_use, *number));
        let each_once = keys.windows(2).all(|pair| pair[0].0 != pair[1].0);
        let first = keys.first().map(|(number, _)| *number);
        (each_once && first == Some(in_use)).then_some(Self { keys })
    }

    /// The beginning of everything that the key with this number sealed in a ring.
    #[must_use]
    pub const fn prefix(number: u16) -> [u8; PREFIX_LENGTH] {
        let [high, low] = number.to_be_bytes();
        [NUMBERED, high, low]
    }

    /// The number of the key that seals.
    #[must_use]
    pub fn in_use(&self) -> u16 {
        self.keys.first().map_or(0, |(number, _)| *number)
    }

    /// Seals with the key in use; see [`SealingKey::seal`].
    ///
    /// # Errors
    /// Those of [`SealingKey::seal`].
    pub fn seal(
        &self,
        associated: &[u8],
        plain: &[u8],
        randomness: &dyn Randomness,
    ) -> Result<Vec<u8>, SealError> {
        let (number, key) = self.keys.first().ok_or(SealError::UnknownKey(0))?;
        let prefix = Self::prefix(*number);
        let mut sealed = prefix.to_vec();
        sealed.extend(key.seal(&numbered(&prefix, associated), plain, randomness)?);
        Ok(sealed)
    }

    /// Opens what a key of the ring sealed, here or before keys had numbers.
    ///
    /// # Errors
    /// [`SealError::UnknownKey`] when the key it names is not in the ring; those of [`SealingKey::open`].
    pub fn open(&self, associated: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        if sealed.first() == Some(&NUMBERED) {
            let (prefix, sealed) = sealed
                .split_first_chunk::<PREFIX_LENGTH>()
                .ok_or(SealError::TooShort)?;
            let number = u16::from_be_bytes([prefix[1], prefix[2]]);
            let (_, key) = self
                .keys
                .iter()
                .find(|(known, _)| *known == number)
                .ok_or(SealError::UnknownKey(number))?;
            return key.open(&numbered(prefix, associated), sealed);
        }
        let mut refused = SealError::NotAuthentic;
        for (_, key) in &self.keys {
            match key.open(associated, sealed) {
                Ok(plain) => return Ok(plain),
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }
}

fn numbered(prefix: &[u8; PREFIX_LENGTH], associated: &[u8]) -> Vec<u8> {
    [b"liangma/numbered/1|", &prefix[..], associated].concat()
}

impl fmt::Debug for SealingRing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SealingRing([hidden])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SeededRandomness;

    fn key(seed: u64) -> SealingKey {
        SealingKey::generate(&SeededRandomness::new(seed)).unwrap()
    }

    fn ring(numbers: &[u16], in_use: u16) -> SealingRing {
        let keys = numbers
            .iter()
            .map(|number| (*number, key(u64::from(*number))))
            .collect();
        SealingRing::new(keys, in_use).unwrap()
    }

    #[test]
    fn an_earlier_key_opens_what_it_sealed_and_the_one_in_use_seals() {
        let randomness = SeededRandomness::new(9);
        let before = ring(&[1], 1).seal(b"place", b"plain", &randomness).unwrap();
        let both = ring(&[1, 2], 2);
        assert_eq!(*both.open(b"place", &before).unwrap(), b"plain");
        let after = both.seal(b"place", b"plain", &randomness).unwrap();
        assert!(before.starts_with(&SealingRing::prefix(1)));
        assert!(after.starts_with(&SealingRing::prefix(2)));
        let alone = ring(&[2], 2);
        assert_eq!(*alone.open(b"place", &after).unwrap(), b"plain");
        assert_eq!(
            alone.open(b"place", &before).unwrap_err(),
            SealError::UnknownKey(1)
        );
    }

    #[test]
    fn what_was_sealed_before_keys_had_numbers_is_opened() {
        let sealed = key(1)
            .seal(b"place", b"plain", &SeededRandomness::new(9))
            .unwrap();
        assert_eq!(*ring(&[1, 2], 2).open(b"place", &sealed).unwrap(), b"plain");
        assert_eq!(
            ring(&[2], 2).open(b"place", &sealed).unwrap_err(),
            SealError::NotAuthentic
        );
    }

    #[test]
    fn a_changed_number_or_byte_opens_nothing() {
        let ring = ring(&[1, 2], 2);
        let sealed = ring
            .seal(b"place", b"plain", &SeededRandomness::new(9))
            .unwrap();
        for position in 0..sealed.len() {
            for bit in 0..8 {
                let mut touched = sealed.clone();
                touched[position] ^= 1 << bit;
                assert!(ring.open(b"place", &touched).is_err());
            }
        }
        for length in 0..sealed.len() {
            assert!(ring.open(b"place", &sealed[..length]).is_err());
        }
        assert!(ring.open(b"other", &sealed).is_err());
    }

    #[test]
    fn a_ring_holds_the_key_in_use_and_each_number_once() {
        assert!(SealingRing::new(vec![(1, key(1))], 2).is_none());
        assert!(SealingRing::new(vec![(1, key(1)), (1, key(2))], 1).is_none());
        assert!(SealingRing::new(Vec::new(), 0).is_none());
    }

    #[test]
    fn a_numbered_message_has_the_form_of_version_1() {
        let sealed = ring(&[0x0102], 0x0102)
            .seal(b"place", b"plain", &SeededRandomness::new(9))
            .unwrap();
        assert_eq!(
            &sealed[..4],
            [0x80, 1, 2, crate::SealSuite::Aes256Gcm as u8]
        );
        assert_eq!(sealed.len(), 3 + 1 + 12 + b"plain".len() + 16);
    }
}
