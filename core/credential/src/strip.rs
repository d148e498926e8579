//! The secrets of a strip: recall keys that walk forward hour by hour, and in each hour a hash chain
//! that is revealed backwards, one value every 15 seconds.

use std::fmt;

use liangma_crypto::{Randomness, RandomnessError, Secret32, hkdf_sha256, sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{Hour, Slot};

/// What identifies the credential of one strip in one hour; unlinkable between hours without the recall key.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CodeId(pub [u8; 8]);

impl fmt::Display for CodeId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for CodeId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CodeId({self})")
    }
}

/// The key of a strip in one hour (R): from it follow the code ids of this hour and all later ones.
///
/// Secret until it is published to recall the strip.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Zeroize, ZeroizeOnDrop)]
pub struct RecallKey([u8; 16]);

impl RecallKey {
    /// Takes the 16 bytes as they were sent, stored or published.
    #[must_use]
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes themselves, to be sent once, sealed, or published.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 16] {
        &self.0
    }

    /// The key of the next hour. There is no way back.
    #[must_use]
    pub fn next(&self) -> Self {
        Self(first_16(sha256(&[b"LM1-next", &self.0])))
    }

    /// The key a number of hours later.
    #[must_use]
    pub fn after(&self, hours: u32) -> Self {
        let mut key = self.clone();
        for _ in 0..hours {
            key = key.next();
        }
        key
    }

    /// The code id that belongs to this key, which must be the key of `hour`.
    #[must_use]
    pub fn cid(&self, hour: Hour) -> CodeId {
        let [a, b, c, d, e, f, g, h, ..] = sha256(&[b"LM1-cid\0", &hour.to_be_bytes(), &self.0]);
        CodeId([a, b, c, d, e, f, g, h])
    }
}

impl fmt::Debug for RecallKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RecallKey([hidden])")
    }
}

/// The one secret of a strip (M): 32 random bytes that never leave the phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StripSecret(Secret32);

impl StripSecret {
    /// Draws a new secret.
    ///
    /// # Errors
    /// When the source of randomness does not deliver.
    pub fn generate(randomness: &dyn Randomness) -> Result<Self, RandomnessError> {
        Secret32::generate(randomness).map(Self)
    }

    /// Takes a secret back from the sealed store.
    #[must_use]
    pub const fn new(secret: Secret32) -> Self {
        Self(secret)
    }

    /// The bytes, for the sealed store alone.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }

    /// R_0, the recall key of the strip's first hour, sent to the platform once.
    #[must_use]
    pub fn first_recall_key(&self) -> RecallKey {
        let mut key = [0; 16];
        hkdf_sha256(self.0.expose(), &[b"LM1-rcl"], &mut key);
        RecallKey(key)
    }

    /// c_240 of an hour, from which the whole chain of the hour follows.
    fn chain_seed(&self, hour: Hour) -> [u8; 16] {
        let mut seed = [0; 16];
        hkdf_sha256(
            self.0.expose(),
            &[b"LM1-seed", &hour.to_be_bytes()],
            &mut seed,
        );
        seed
    }
}

/// A strip: its secret, and the hour from which its recall keys count. One secret serves many refreshes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StripChain {
    secret: StripSecret,
    first_hour: Hour,
}

impl StripChain {
    /// A strip that starts in `first_hour`.
    #[must_use]
    pub const fn new(secret: StripSecret, first_hour: Hour) -> Self {
        Self { secret, first_hour }
    }

    /// The hour whose recall key is R_0.
    #[must_use]
    pub const fn first_hour(&self) -> Hour {
        self.first_hour
    }

    /// The secret, for the sealed store alone.
    #[must_use]
    pub const fn secret(&self) -> &StripSecret {
        &self.secret
    }

    /// The recall key of an hour, or `None` before the strip's first hour.
    ///
    /// Costs one hash for each hour since the first.
    #[must_use]
    pub fn recall_key(&self, hour: Hour) -> Option<RecallKey> {
        let hours = hour.0.checked_sub(self.first_hour.0)?;
        Some(self.secret.first_recall_key().after(hours))
    }

    /// The code id of an hour, or `None` before the strip's first hour.
    #[must_use]
    pub fn cid(&self, hour: Hour) -> Option<CodeId> {
        Some(self.recall_key(hour)?.cid(hour))
    }

    /// c_0, which the credential of the hour carries.
    #[must_use]
    pub fn anchor(&self, hour: Hour, cid: CodeId) -> [u8; 16] {
        chain_anchor_of(&self.secret, hour, cid.0)
    }

    /// c_{k+1}, which slot `k` reveals. Numbers above 239 count as 239.
    #[must_use]
    pub fn slot_value(&self, hour: Hour, cid: CodeId, k: u8) -> [u8; 16] {
        chain_value_of(&self.secret, hour, cid.0, k)
    }
}

/// c_0 of the chain that a secret gives for an hour and an id.
pub(crate) fn chain_anchor_of(secret: &StripSecret, hour: Hour, id: [u8; 8]) -> [u8; 16] {
    let last = chain_value_of(secret, hour, id, Slot::LAST);
    chain_anchor(hour, id, Slot::LAST, &last)
}

/// c_{k+1} of the chain that a secret gives for an hour and an id.
pub(crate) fn chain_value_of(secret: &StripSecret, hour: Hour, id: [u8; 8], k: u8) -> [u8; 16] {
    let k = u16::from(k.min(Slot::LAST));
    let last = u16::from(Slot::LAST);
    (k + 1..=last)
        .rev()
        .fold(secret.chain_seed(hour), |value, index| {
            chain_step(hour, id, index, &value)
        })
}

/// c_i from c_{i+1}.
pub(crate) fn chain_step(hour: Hour, id: [u8; 8], index: u16, next: &[u8; 16]) -> [u8; 16] {
    // One buffer, one block of SHA-256: 8 + 4 + 8 + 2 + 16 bytes.
    let mut input = [0; 38];
    input[..8].copy_from_slice(b"LM1-slot");
    input[8..12].copy_from_slice(&hour.to_be_bytes());
    input[12..20].copy_from_slice(&id);
    input[20..22].copy_from_slice(&index.to_be_bytes());
    input[22..].copy_from_slice(next);
    first_16(sha256(&[&input]))
}

/// c_0 from the value that slot `k` revealed: k + 1 hashes, so never zero.
pub(crate) fn chain_anchor(hour: Hour, id: [u8; 8], k: u8, value: &[u8; 16]) -> [u8; 16] {
    (0..=u16::from(k))
        .rev()
        .fold(*value, |value, index| chain_step(hour, id, index, &value))
}

fn first_16(hash: [u8; 32]) -> [u8; 16] {
    let mut first = [0; 16];
    first.copy_from_slice(&hash[..16]);
    first
}

#[cfg(test)]
mod tests {
    use liangma_crypto::testing::SeededRandomness;

    use super::*;

    const HOUR: Hour = Hour(455_912);

    fn strip() -> StripChain {
        let secret = StripSecret::generate(&SeededRandomness::new(1)).unwrap();
        StripChain::new(secret, HOUR)
    }

    #[test]
    fn every_slot_leads_to_the_anchor_and_to_no_other() {
        let strip = strip();
        let cid = strip.cid(HOUR).unwrap();
        let anchor = strip.anchor(HOUR, cid);
        for k in 0..=Slot::LAST {
            let value = strip.slot_value(HOUR, cid, k);
            assert_eq!(chain_anchor(HOUR, cid.0, k, &value), anchor, "slot {k}");
            let wrong = if k == 0 { 1 } else { k - 1 };
            assert_ne!(chain_anchor(HOUR, cid.0, wrong, &value), anchor, "slot {k}");
        }
    }

    #[test]
    fn the_anchor_itself_is_not_accepted_by_any_slot() {
        let strip = strip();
        let cid = strip.cid(HOUR).unwrap();
        let anchor = strip.anchor(HOUR, cid);
        for k in 0..=Slot::LAST {
            assert_ne!(chain_anchor(HOUR, cid.0, k, &anchor), anchor, "slot {k}");
        }
    }

    #[test]
    fn a_chain_belongs_to_one_hour_and_one_code() {
        let strip = strip();
        let cid = strip.cid(HOUR).unwrap();
        let value = strip.slot_value(HOUR, cid, 7);
        let anchor = strip.anchor(HOUR, cid);
        assert_ne!(chain_anchor(HOUR.next(), cid.0, 7, &value), anchor);
        assert_ne!(chain_anchor(HOUR, [0; 8], 7, &value), anchor);
    }

    #[test]
    fn recall_keys_walk_forward_from_the_first_hour() {
        let strip = strip();
        let first = strip.secret().first_recall_key();
        assert_eq!(strip.recall_key(HOUR), Some(first.clone()));
        assert_eq!(strip.recall_key(HOUR.plus(2)), Some(first.next().next()));
        assert_eq!(strip.recall_key(Hour(HOUR.0 - 1)), None);
        assert_ne!(strip.cid(HOUR), strip.cid(HOUR.next()));
    }

    #[test]
    fn secrets_are_not_printed() {
        let printed = format!("{:?} {:?}", strip(), strip().secret().first_recall_key());
        assert_eq!(printed.matches("[hidden]").count(), 2);
    }
}
