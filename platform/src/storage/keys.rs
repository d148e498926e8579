//! What the store knows of keys: which of them are needed, and what has to go over to another one.

use async_trait::async_trait;
use liangma_domain::person::PersonId;

use super::{StorageError, TrustFileRow};
use crate::vault::Place;

/// What a numbered key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyKind {
    /// Seals what is stored, and marks what is short-lived.
    Master,
    /// Makes the marks by which people are found.
    Lookup,
}

impl KeyKind {
    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Master => "master",
            Self::Lookup => "lookup",
        }
    }
}

impl std::fmt::Display for KeyKind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A key that was in use on this store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RingKeyRow {
    pub(crate) kind: KeyKind,
    /// 0 stands for what was made before keys had numbers.
    pub(crate) number: u16,
    /// Tells whether another key goes by the same number; empty for number 0.
    pub(crate) fingerprint: Vec<u8>,
    pub(crate) since: i64,
    /// From when on nothing here needs it.
    pub(crate) retired_at: Option<i64>,
}

/// By what a person is looked up: the mark of the key in use, and those of earlier keys that still count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lookup {
    pub(crate) key: u16,
    pub(crate) mark: [u8; 32],
    pub(crate) earlier: Vec<[u8; 32]>,
}

/// Somebody who was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) person: PersonId,
    /// Whether by the mark of the key in use.
    pub(crate) by_key_in_use: bool,
}

/// What is kept of a person, sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SealedPerson {
    /// Of somebody who logged in.
    pub(crate) identity: Option<Vec<u8>>,
    /// Of somebody who is known by evidence alone; not kept beside an identity.
    pub(crate) document: Option<Vec<u8>>,
}

/// Some rows of one place, in the order of their keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SealedPage {
    /// Those that another key sealed.
    pub(crate) rows: Vec<SealedRow>,
    /// Where to go on; `None` at the end.
    pub(crate) next: Option<Vec<u8>>,
}

/// One sealed value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SealedRow {
    /// Names the row to the engine.
    pub(crate) cursor: Vec<u8>,
    /// The row that it is sealed to.
    pub(crate) row: Vec<u8>,
    pub(crate) sealed: Vec<u8>,
}

/// One value, sealed anew. Nothing is written where the former one has changed meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resealed {
    pub(crate) cursor: Vec<u8>,
    pub(crate) before: Vec<u8>,
    pub(crate) after: Vec<u8>,
}

/// Some people, in the order of their ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PeoplePage {
    /// Those whose mark another key made.
    pub(crate) people: Vec<MarkedPerson>,
    /// Where to go on; `None` at the end.
    pub(crate) next: Option<PersonId>,
}

/// Somebody whose mark another key made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MarkedPerson {
    pub(crate) person: PersonId,
    pub(crate) sealed: SealedPerson,
}

/// What is left to go over to the keys in use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeyWork {
    /// Sealed values, by place.
    pub(crate) sealed: Vec<(Place, u64)>,
    /// People who are found by an earlier key.
    pub(crate) people: u64,
    /// Of these, people of whom nothing but the mark is known.
    pub(crate) people_by_mark_alone: u64,
    /// Open sessions whose read token was hashed with the first master key.
    pub(crate) keyed_sessions: u64,
}

/// What the change of keys asks of an engine.
#[async_trait]
pub(crate) trait KeyStorage: Send + Sync + 'static {
    /// Every key that was in use here.
    async fn ring_keys(&self) -> Result<Vec<RingKeyRow>, StorageError>;
    /// Notes that a key is in use, unless its number is noted already.
    async fn note_ring_key(&self, key: RingKeyRow) -> Result<(), StorageError>;
    /// Notes that nothing needs these keys of a kind any more.
    async fn retire_ring_keys(
        &self,
        kind: KeyKind,
        numbers: Vec<u16>,
        at: i64,
    ) -> Result<(), StorageError>;
    /// The next rows of a place after a cursor, at most `limit` of them looked at.
    async fn sealed_page(
        &self,
        place: Place,
        after: Vec<u8>,
        prefix: Vec<u8>,
        limit: u32,
    ) -> Result<SealedPage, StorageError>;
    /// Replaces sealed values; gives how many were still as they had been read.
    async fn reseal(&self, place: Place, rows: Vec<Resealed>) -> Result<usize, StorageError>;
    /// The next people after one, at most `limit` of them looked at.
    async fn people_page(
        &self,
        after: Option<PersonId>,
        key: u16,
        limit: u32,
    ) -> Result<PeoplePage, StorageError>;
    /// Gives people the marks of another key.
    async fn remark_people(
        &self,
        key: u16,
        marks: Vec<(PersonId, [u8; 32])>,
    ) -> Result<(), StorageError>;
    /// Puts a hash that needs no key in the place of one that did.
    async fn rename_token(&self, before: [u8; 32], after: [u8; 32]) -> Result<(), StorageError>;
    /// Whether a strip began with a first recall key of this hash.
    async fn knows_first_key(&self, hash: [u8; 32]) -> Result<bool, StorageError>;
    /// Keeps files if each has a higher version than the kept one, or is that very one: all of them, or
    /// `false` and none.
    async fn put_trust_files(&self, files: Vec<TrustFileRow>) -> Result<bool, StorageError>;
}
