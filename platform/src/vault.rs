//! What stands between the platform and its store: sealing, look-up hashes and marks, all from the
//! master key, which is never in the database.

use liangma_crypto::{
    HkdfSecret, Randomness, RandomnessError, ReadyKey, SealError, SealingKey, Suite,
    constant_time_equal,
};
use liangma_domain::identity::IdentityDocument;
use zeroize::Zeroizing;

/// Names the look-up hash HKDF-SHA-256; room for one with SM3.
const LOOKUP_SUITE: u8 = 1;

/// A place in the store, to which what is sealed there is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Identity,
    Evidence,
    Evaluation,
    RecallKey,
    Batch,
    Leaf,
}

impl Place {
    fn name(self) -> &'static str {
        match self {
            Self::Identity => "person.sealed_identity",
            Self::Evidence => "evidence.sealed",
            Self::Evaluation => "evaluation.sealed",
            Self::RecallKey => "strip.sealed_key",
            Self::Batch => "batch.sealed_body",
            Self::Leaf => "leaf.sealed",
        }
    }
}

pub(crate) struct Vault {
    marks: HkdfSecret,
    fields: ReadyKey,
}

impl Vault {
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the vault takes the master key, and the caller keeps none"
    )]
    pub(crate) fn new(master: SealingKey) -> Self {
        Self {
            marks: HkdfSecret::new(master.expose()),
            fields: master.derive("platform/fields").ready(),
        }
    }

    fn associated(place: Place, row: &[u8]) -> Vec<u8> {
        let mut associated = Vec::with_capacity(96);
        associated.extend_from_slice(b"liangma/platform/1|");
        associated.extend_from_slice(place.name().as_bytes());
        associated.push(b'|');
        associated.extend_from_slice(row);
        associated
    }

    pub(crate) fn seal(
        &self,
        place: Place,
        row: &[u8],
        plain: &[u8],
        randomness: &dyn Randomness,
    ) -> Result<Vec<u8>, SealError> {
        #[cfg(test)]
        work::count();
        self.fields
            .seal(&Self::associated(place, row), plain, randomness)
    }

    pub(crate) fn open(
        &self,
        place: Place,
        row: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        #[cfg(test)]
        work::count();
        self.fields.open(&Self::associated(place, row), sealed)
    }

    /// A keyed hash of parts, told apart by purpose and by their lengths.
    pub(crate) fn mark(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        #[cfg(test)]
        work::count();
        let mut info: Vec<u8> = Vec::with_capacity(128);
        info.extend_from_slice(b"liangma/mark/1|");
        info.extend_from_slice(purpose.as_bytes());
        info.push(b'|');
        for part in parts {
            info.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
            info.extend_from_slice(part);
        }
        let mut out = [0; 32];
        self.marks.expand(&[&Zeroizing::new(info)], &mut out);
        out
    }

    /// By what a person is looked up: without the master key, a list of all numbers finds nobody.
    pub(crate) fn lookup(&self, document: &IdentityDocument) -> [u8; 32] {
        self.mark(
            "lookup",
            &[&[LOOKUP_SUITE], document.canonical().expose().as_bytes()],
        )
    }

    /// A new single-use number: 16 random bytes, the time, and a mark.
    pub(crate) fn new_nonce(
        &self,
        at: i64,
        randomness: &dyn Randomness,
    ) -> Result<[u8; 36], RandomnessError> {
        let mut nonce = [0; 36];
        randomness.fill(&mut nonce[..16])?;
        nonce[16..20].copy_from_slice(&u32::try_from(at).unwrap_or(0).to_be_bytes());
        let mark = self.mark("nonce", &[&nonce[..20]]);
        nonce[20..].copy_from_slice(&mark[..16]);
        Ok(nonce)
    }

    /// The random part and the time of a nonce that is ours.
    pub(crate) fn read_nonce(&self, nonce: &[u8; 36]) -> Option<([u8; 16], i64)> {
        let mark = self.mark("nonce", &[&nonce[..20]]);
        if !constant_time_equal(&mark[..16], &nonce[20..]) {
            return None;
        }
        let mut random = [0; 16];
        random.copy_from_slice(&nonce[..16]);
        let mut time = [0; 4];
        time.copy_from_slice(&nonce[16..20]);
        Some((random, i64::from(u32::from_be_bytes(time))))
    }
}

/// The suite of device keys.
pub(crate) const DEVICE_SUITE: Suite = Suite::P256;

/// How often this thread hashed, sealed or opened: that it is as often for everybody is tested.
#[cfg(test)]
pub(crate) mod work {
    std::thread_local! {
        static DONE: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
    }

    pub(super) fn count() {
        DONE.set(DONE.get() + 1);
    }

    pub(crate) fn done() -> u64 {
        DONE.get()
    }
}

#[cfg(test)]
mod tests {
    use liangma_crypto::testing::SeededRandomness;

    use super::*;

    fn vault() -> Vault {
        Vault::new(SealingKey::generate(&SeededRandomness::new(1)).unwrap())
    }

    #[test]
    fn what_is_sealed_opens_only_in_its_place() {
        let vault = vault();
        let sealed = vault
            .seal(
                Place::Evidence,
                b"row",
                b"content",
                &SeededRandomness::new(2),
            )
            .unwrap();
        assert_eq!(
            *vault.open(Place::Evidence, b"row", &sealed).unwrap(),
            b"content"
        );
        assert!(vault.open(Place::Evidence, b"other", &sealed).is_err());
        assert!(vault.open(Place::Evaluation, b"row", &sealed).is_err());
    }

    #[test]
    fn parts_of_a_mark_cannot_be_shifted() {
        let vault = vault();
        assert_ne!(
            vault.mark("m", &[b"ab", b"c"]),
            vault.mark("m", &[b"a", b"bc"])
        );
    }

    #[test]
    fn a_nonce_that_was_touched_is_not_ours() {
        let vault = vault();
        let nonce = vault
            .new_nonce(1_600_000_000, &SeededRandomness::new(3))
            .unwrap();
        assert_eq!(vault.read_nonce(&nonce).unwrap().1, 1_600_000_000);
        for position in 0..nonce.len() {
            let mut touched = nonce;
            touched[position] ^= 1;
            assert_eq!(vault.read_nonce(&touched), None);
        }
    }
}
