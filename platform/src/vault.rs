//! What stands between the platform and its store: sealing, look-up hashes and marks, all from keys that
//! are never in the database, and that can be replaced while it runs.
//!
//! What a stored value is made with decides how it goes over to another key:
//!
//! | made by | of what | when keys change |
//! |---|---|---|
//! | [`Vault::seal`] | contents | names its key; is sealed anew, row by row |
//! | [`Vault::lookup`] | documents | has a key of its own; is made anew from the sealed document |
//! | [`Vault::mark`] | what could be guessed and lives for a day at most: codes, counters, nonces | marks of every key in the ring count until they have run out |
//! | [`name`] | what nobody can guess, as it holds 16 random bytes or more: tokens, handles, first recall keys | needs no key, so that it never changes |

use std::sync::{Arc, PoisonError, RwLock};

use liangma_crypto::{
    HkdfSecret, Randomness, RandomnessError, SealError, SealingKey, SealingRing, Suite,
    constant_time_equal, sha256,
};
use liangma_domain::identity::IdentityDocument;
use zeroize::Zeroizing;

use crate::storage::Lookup;

/// Names the look-up hash HKDF-SHA-256; room for one with SM3.
const LOOKUP_SUITE: u8 = 1;
/// The purpose of the marks by which people are found.
const LOOKUP: &str = "lookup";

/// A place in the store, to which what is sealed there is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Identity,
    Document,
    Evidence,
    Evaluation,
    RecallKey,
    Batch,
    Leaf,
}

impl Place {
    /// Every place.
    pub(crate) const ALL: [Self; 7] = [
        Self::Identity,
        Self::Document,
        Self::Evidence,
        Self::Evaluation,
        Self::RecallKey,
        Self::Batch,
        Self::Leaf,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Identity => "person.sealed_identity",
            Self::Document => "person.sealed_document",
            Self::Evidence => "evidence.sealed",
            Self::Evaluation => "evaluation.sealed",
            Self::RecallKey => "strip.sealed_key",
            Self::Batch => "batch.sealed_body",
            Self::Leaf => "leaf.sealed",
        }
    }
}

/// The keys of a vault, as they are at one time.
pub(crate) struct VaultKeys {
    fields: SealingRing,
    /// The one in use first; never empty.
    master: Vec<HkdfSecret>,
    /// The one in use first; never empty. Number 0 is the first master key itself.
    lookup: Vec<(u16, HkdfSecret)>,
    /// The first master key, where the store is older than the numbers of keys.
    before_numbers: Option<HkdfSecret>,
}

impl VaultKeys {
    /// `None` when a key in use is not among those given, or one is given twice.
    pub(crate) fn new(
        mut master: Vec<(u16, SealingKey)>,
        master_in_use: u16,
        mut lookup: Vec<(u16, SealingKey)>,
        lookup_in_use: u16,
        before_numbers: Option<SealingKey>,
    ) -> Option<Self> {
        let fields = master
            .iter()
            .map(|(number, key)| (*number, key.derive("platform/fields")))
            .collect();
        master.sort_by_key(|(number, _)| *number != master_in_use);
        lookup.sort_by_key(|(number, _)| *number != lookup_in_use);
        (lookup.first()?.0 == lookup_in_use).then_some(())?;
        Some(Self {
            fields: SealingRing::new(fields, master_in_use)?,
            master: master.iter().map(|(_, key)| for_marks(key)).collect(),
            lookup: lookup
                .iter()
                .map(|(number, key)| (*number, for_marks(key)))
                .collect(),
            before_numbers: before_numbers.as_ref().map(for_marks),
        })
    }
}

pub(crate) struct Vault(RwLock<Arc<VaultKeys>>);

#[cfg(test)]
impl VaultKeys {
    /// One key of each kind.
    pub(crate) fn one(master: SealingKey) -> Self {
        Self {
            fields: SealingRing::new(vec![(1, master.derive("platform/fields"))], 1).unwrap(),
            lookup: vec![(1, for_marks(&master.derive("lookup")))],
            master: vec![for_marks(&master)],
            before_numbers: None,
        }
    }
}

/// The hash of what nobody can guess, told apart by purpose and by the lengths of the parts.
pub(crate) fn name(purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
    #[cfg(test)]
    work::count();
    sha256(&[b"liangma/name/1|", &told_apart(purpose, parts)])
}

/// A keyed hash of parts.
pub(crate) fn mark_with(key: &HkdfSecret, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
    #[cfg(test)]
    work::count();
    let info = [b"liangma/mark/1|", &told_apart(purpose, parts)[..]].concat();
    let mut out = [0; 32];
    key.expand(&[&Zeroizing::new(info)], &mut out);
    out
}

/// A key made ready for marks.
pub(crate) fn for_marks(key: &SealingKey) -> HkdfSecret {
    HkdfSecret::new(key.expose())
}

fn told_apart(purpose: &str, parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let mut info = Zeroizing::new(Vec::with_capacity(128));
    info.extend_from_slice(purpose.as_bytes());
    info.push(b'|');
    for part in parts {
        info.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        info.extend_from_slice(part);
    }
    info
}

impl Vault {
    pub(crate) fn new(keys: VaultKeys) -> Self {
        Self(RwLock::new(Arc::new(keys)))
    }

    /// Goes over to other keys. What is under way ends with those it began with.
    pub(crate) fn take(&self, keys: VaultKeys) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }

    fn keys(&self) -> Arc<VaultKeys> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The number of the master key in use.
    pub(crate) fn master_in_use(&self) -> u16 {
        self.keys().fields.in_use()
    }

    /// The number of the look-up key in use.
    pub(crate) fn lookup_in_use(&self) -> u16 {
        self.keys().lookup.first().map_or(0, |(number, _)| *number)
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
        self.keys()
            .fields
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
        self.keys()
            .fields
            .open(&Self::associated(place, row), sealed)
    }

    /// A keyed hash of parts, told apart by purpose and by their lengths; for what lives for a day at most.
    pub(crate) fn mark(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let keys = self.keys();
        // A ring has a key in use.
        keys.master
            .first()
            .map_or([0; 32], |key| mark_with(key, purpose, parts))
    }

    /// The marks of every key that is kept, the one in use first.
    pub(crate) fn marks(&self, purpose: &str, parts: &[&[u8]]) -> Vec<[u8; 32]> {
        self.keys()
            .master
            .iter()
            .map(|key| mark_with(key, purpose, parts))
            .collect()
    }

    /// Whether a mark was made from these parts, by any key that is kept.
    pub(crate) fn is_mark(&self, mark: &[u8; 32], purpose: &str, parts: &[&[u8]]) -> bool {
        self.marks(purpose, parts)
            .iter()
            .fold(false, |fits, own| fits | constant_time_equal(own, mark))
    }

    /// How a thing that has a [`name`] now was marked before keys had numbers; `None` where the store is
    /// younger.
    pub(crate) fn mark_before_numbers(&self, purpose: &str, parts: &[&[u8]]) -> Option<[u8; 32]> {
        let keys = self.keys();
        let key = keys.before_numbers.as_ref()?;
        Some(mark_with(key, purpose, parts))
    }

    /// By what a person is looked up: without the look-up key, a list of all numbers finds nobody.
    pub(crate) fn lookup(&self, document: &IdentityDocument) -> Lookup {
        let keys = self.keys();
        let canonical = document.canonical();
        let parts: [&[u8]; 2] = [&[LOOKUP_SUITE], canonical.expose().as_bytes()];
        let mut marks = keys
            .lookup
            .iter()
            .map(|(number, key)| (*number, mark_with(key, LOOKUP, &parts)));
        let (key, mark) = marks.next().unwrap_or_default();
        Lookup {
            key,
            mark,
            earlier: marks.map(|(_, mark)| mark).collect(),
        }
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
        let ours = self.keys().master.iter().any(|key| {
            constant_time_equal(
                &mark_with(key, "nonce", &[&nonce[..20]])[..16],
                &nonce[20..],
            )
        });
        if !ours {
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
    use liangma_crypto::{hkdf_sha256, testing::SeededRandomness};
    use liangma_domain::identity::DocumentType;

    use super::*;

    fn key(seed: u64) -> SealingKey {
        SealingKey::generate(&SeededRandomness::new(seed)).unwrap()
    }

    fn keys(numbers: &[u16], in_use: u16, before_numbers: bool) -> VaultKeys {
        let numbered = |offset: u64| {
            numbers
                .iter()
                .map(|number| (*number, key(u64::from(*number) + offset)))
                .collect()
        };
        let first = before_numbers.then(|| key(1));
        VaultKeys::new(numbered(0), in_use, numbered(100), in_use, first).unwrap()
    }

    fn vault() -> Vault {
        Vault::new(keys(&[1], 1, false))
    }

    fn document() -> IdentityDocument {
        let today = jiff::civil::date(2022, 3, 14);
        IdentityDocument::parse(DocumentType::ResidentIdentity, "11010519491231002X", today)
            .unwrap()
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
    fn what_the_first_version_sealed_and_marked_is_understood() {
        let master = key(1);
        let associated = b"liangma/platform/1|evidence.sealed|row";
        let sealed = master
            .derive("platform/fields")
            .seal(associated, b"content", &SeededRandomness::new(2))
            .unwrap();
        // As the first version wrote it: HKDF(master, "liangma/mark/1|" | purpose | "|" | parts).
        let mut info = b"liangma/mark/1|read token|".to_vec();
        info.extend(3u32.to_be_bytes());
        info.extend(b"abc");
        let mut marked = [0; 32];
        hkdf_sha256(master.expose(), &[&info], &mut marked);

        let vault = Vault::new(keys(&[1, 2], 2, true));
        assert_eq!(
            *vault.open(Place::Evidence, b"row", &sealed).unwrap(),
            b"content"
        );
        assert_eq!(
            vault.mark_before_numbers("read token", &[b"abc"]),
            Some(marked)
        );
    }

    #[test]
    fn marks_and_nonces_of_the_key_before_count_while_it_is_kept() {
        let vault = vault();
        let nonce = vault
            .new_nonce(1_600_000_000, &SeededRandomness::new(3))
            .unwrap();
        let code = vault.mark("login code", &[b"123456"]);
        vault.take(keys(&[1, 2], 2, false));
        assert_ne!(vault.mark("login code", &[b"123456"]), code);
        assert!(vault.is_mark(&code, "login code", &[b"123456"]));
        assert!(!vault.is_mark(&code, "login code", &[b"123457"]));
        assert!(vault.read_nonce(&nonce).is_some());
        vault.take(keys(&[2], 2, false));
        assert!(!vault.is_mark(&code, "login code", &[b"123456"]));
        assert!(vault.read_nonce(&nonce).is_none());
    }

    #[test]
    fn a_person_is_looked_up_by_the_key_in_use_and_by_those_before() {
        let vault = vault();
        let before = vault.lookup(&document());
        assert_eq!((before.key, before.earlier.len()), (1, 0));
        vault.take(keys(&[1, 2], 2, false));
        let after = vault.lookup(&document());
        assert_eq!((after.key, &after.earlier[..]), (2, &[before.mark][..]));
        assert_ne!(after.mark, before.mark);
    }

    #[test]
    fn a_name_is_no_mark_and_needs_no_key() {
        assert_eq!(name("m", &[b"ab"]), name("m", &[b"ab"]));
        assert_ne!(name("m", &[b"ab", b"c"]), name("m", &[b"a", b"bc"]));
        assert_ne!(name("m", &[b"ab"]), vault().mark("m", &[b"ab"]));
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
