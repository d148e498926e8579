//! What the platform keeps, as one trait of whole operations.
//!
//! Each method is one transaction: an engine does all of it or nothing, so that the caller never
//! holds a transaction open and another engine (PostgreSQL) can take the place of SQLite.
//! Everything of a person is keyed by [`PersonId`]. What identifies somebody, and what is known of
//! their health, arrives here sealed: an engine sees identifiers, times and states.

mod keys;
mod rows;
mod sqlite;
#[cfg(test)]
mod suite;
#[cfg(test)]
pub(crate) mod watched;

use async_trait::async_trait;
use liangma_domain::person::PersonId;

pub use keys::KeyKind;
pub(crate) use keys::{
    Found, KeyStorage, KeyWork, Lookup, MarkedPerson, PeoplePage, Resealed, RingKeyRow, SealedPage,
    SealedPerson, SealedRow,
};
pub(crate) use rows::*;
pub(crate) use sqlite::{
    Sqlite, at_rest, check_copy, copy_database, mark_restored, read_key_work, read_ring_keys,
    read_trust_file, seal_copy,
};

/// Why the store did not do what was asked. Holds no contents of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// More work waits than the store takes.
    #[error("queue work for the store: too much waits already")]
    Busy,
    /// The store was closed.
    #[error("reach the store: it was closed")]
    Closed,
    /// The engine failed.
    #[error("use the store: {0}")]
    Engine(&'static str),
    /// A row does not have the form this version writes.
    #[error("read a row of the store: {0}")]
    Damaged(&'static str),
}

/// What waits to be written at one moment: what load is measured by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct WriteQueue {
    /// Writes that wait or are under way.
    pub(crate) waiting: usize,
    /// How long the write that began last had waited; nothing when none waits.
    pub(crate) waited: std::time::Duration,
}

/// One storage engine.
#[async_trait]
pub(crate) trait Storage: KeyStorage {
    /// What waits to be written now. Costs next to nothing.
    fn write_queue(&self) -> WriteQueue;

    /// Finds each person by any of their marks, or keeps the candidate as a new one; then the mark is that of
    /// the key in use. What is sealed replaces what was there, if the person is the candidate for whom it
    /// was sealed. Gives the people in order.
    async fn keep_people(
        &self,
        people: Vec<KeepPerson>,
        at: i64,
    ) -> Result<Vec<PersonId>, StorageError>;
    /// The person with one of these marks.
    async fn find_person(&self, lookup: Lookup) -> Result<Option<Found>, StorageError>;
    /// The sealed identity of a person.
    async fn identity(&self, person: PersonId) -> Result<Option<Vec<u8>>, StorageError>;

    /// Counts once in every bucket, unless one of them is full: then nothing is counted, and the
    /// seconds to wait come back.
    async fn count_in_buckets(
        &self,
        buckets: Vec<Bucket>,
        at: i64,
    ) -> Result<Option<u32>, StorageError>;
    /// Takes a single-use number and appends the traces of what it is taken for; `false` when it was
    /// taken before, and nothing is appended.
    async fn spend_nonce(
        &self,
        nonce: NonceRow,
        leaves: Vec<LeafRow>,
    ) -> Result<bool, StorageError>;

    /// Keeps a login attempt.
    async fn put_attempt(&self, attempt: AttemptRow) -> Result<(), StorageError>;
    /// Writes down what comparing the three things gave: keeps the person and says whose the attempt is,
    /// or that it is nobody's. One write either way. `false` when the person is known under another id
    /// by now, to which the identity has to be sealed.
    async fn conclude_attempt(
        &self,
        id: [u8; 16],
        registered: Option<RegisteredRow>,
    ) -> Result<bool, StorageError>;
    /// The attempt as it is, without counting.
    async fn attempt(&self, id: [u8; 16]) -> Result<Option<AttemptRow>, StorageError>;
    /// Counts one try at an attempt that is open, and gives the attempt.
    async fn try_attempt(
        &self,
        id: [u8; 16],
        tries: u8,
        at: i64,
    ) -> Result<Option<AttemptRow>, StorageError>;
    /// Replaces the code of an open attempt; `false` when it is not open.
    async fn replace_attempt_code(
        &self,
        id: [u8; 16],
        code_hash: [u8; 32],
        expires_at: i64,
    ) -> Result<bool, StorageError>;
    /// Consumes the attempt, enrols the device (or finds it, by key), ends its earlier sessions,
    /// begins a session and tells the person's other devices. `None` when the attempt was consumed.
    async fn complete_login(&self, login: LoginRow) -> Result<Option<DeviceRow>, StorageError>;

    /// The device behind a session that has not ended.
    async fn seat_of_session(&self, session: [u8; 16]) -> Result<Option<Seat>, StorageError>;
    /// The device behind a read token, by the token's hash.
    async fn seat_of_token(&self, token_hash: [u8; 32]) -> Result<Option<Seat>, StorageError>;
    /// The device behind a read token and what is known of its person's health, as of one moment.
    async fn seat_and_known(
        &self,
        token_hash: [u8; 32],
    ) -> Result<Option<(Seat, Known)>, StorageError>;
    /// What a refresh of a device begins with, as of one moment.
    async fn refreshable(
        &self,
        device: [u8; 8],
        person: PersonId,
    ) -> Result<Refreshable, StorageError>;
    /// Every device of a person, newest first.
    async fn devices(&self, person: PersonId) -> Result<Vec<DeviceRow>, StorageError>;
    /// What a device has been told, oldest first.
    async fn notices(&self, device: [u8; 8]) -> Result<Vec<NoticeRow>, StorageError>;
    /// Ends a device, its sessions and its strips; publishes the recalls and leaves the trace.
    async fn end_device(&self, end: EndDevice) -> Result<DeviceOutcome, StorageError>;

    /// Records an answer about a purpose.
    async fn put_consent(&self, person: PersonId, consent: ConsentRow) -> Result<(), StorageError>;
    /// Every recorded answer, oldest first.
    async fn consents(&self, person: PersonId) -> Result<Vec<ConsentRow>, StorageError>;

    /// The application of a device, opened now if there was none.
    async fn open_application(
        &self,
        candidate: ApplicationRow,
    ) -> Result<ApplicationRow, StorageError>;
    /// One application.
    async fn application(&self, id: [u8; 16]) -> Result<Option<ApplicationRow>, StorageError>;
    /// Every application of a person.
    async fn applications(&self, person: PersonId) -> Result<Vec<ApplicationRow>, StorageError>;
    /// Keeps a face ticket.
    async fn put_ticket(&self, ticket: TicketRow) -> Result<(), StorageError>;
    /// One face ticket.
    async fn ticket(&self, id: [u8; 16]) -> Result<Option<TicketRow>, StorageError>;
    /// Settles an open ticket with one receipt, and verifies the device when it passed. Nothing is kept
    /// when the device cannot be verified.
    async fn settle_ticket(&self, settle: SettleTicket) -> Result<Settled, StorageError>;
    /// Keeps a counter handle in place of an earlier one of the same application.
    async fn put_counter_handle(&self, handle: CounterHandleRow) -> Result<(), StorageError>;
    /// The open handle with this hash.
    async fn counter_handle(
        &self,
        handle_hash: [u8; 32],
        at: i64,
    ) -> Result<Option<CounterHandleRow>, StorageError>;
    /// Counts one try at the person's open handles, and gives those that still have tries.
    async fn try_spoken_codes(
        &self,
        person: PersonId,
        tries: u8,
        at: i64,
    ) -> Result<Vec<CounterHandleRow>, StorageError>;
    /// Uses a handle up and verifies its device: both, or neither.
    async fn settle_counter(
        &self,
        handle_hash: [u8; 32],
        verify: VerifyDevice,
    ) -> Result<DeviceOutcome, StorageError>;

    /// Everything known of a person's health, and the version of it.
    async fn evidence(&self, person: PersonId) -> Result<(u64, Vec<EvidenceRow>), StorageError>;
    /// Keeps evidence, each row once by its id, with the traces; gives how many were new.
    async fn put_evidence(
        &self,
        rows: Vec<EvidenceRow>,
        leaves: Vec<LeafRow>,
    ) -> Result<usize, StorageError>;
    /// One batch of one authority.
    async fn batch(
        &self,
        authority: String,
        id: [u8; 16],
    ) -> Result<Option<BatchRow>, StorageError>;
    /// Keeps a batch with its evidence, traces and tallies, unless one of these would pass its limit.
    async fn put_batch(
        &self,
        batch: BatchRow,
        rows: Vec<EvidenceRow>,
        leaves: Vec<LeafRow>,
        tallies: Vec<Tally>,
    ) -> Result<BatchOutcome, StorageError>;
    /// Ends the waiting of a batch and forgets its body, unless it is to be applied in pieces; `false` when
    /// it was not waiting.
    async fn approve_batch(
        &self,
        batch: BatchRow,
        rows: Vec<EvidenceRow>,
        leaves: Vec<LeafRow>,
    ) -> Result<bool, StorageError>;
    /// Batches whose rows are being put into force.
    async fn batches_applying(&self) -> Result<Vec<ApplyingRow>, StorageError>;
    /// Puts a piece of a batch into force, the last one with the end of the batch; `false` when somebody
    /// else did so meanwhile.
    async fn apply_piece(&self, piece: Piece) -> Result<bool, StorageError>;

    /// What is known of somebody's health, as of one moment.
    async fn known(&self, person: PersonId) -> Result<Known, StorageError>;
    /// Replaces the evaluation if it still has `expected_version` (0: there is none) and the
    /// evidence and the signed hours are those it was made from; publishes recalls and leaves the trace.
    async fn put_evaluation(&self, put: PutEvaluation) -> Result<bool, StorageError>;
    /// People whose evaluation is older than their evidence or due to change.
    async fn people_due(&self, at: i64, limit: u32) -> Result<Vec<PersonId>, StorageError>;

    /// Makes every evaluation due.
    async fn make_all_due(&self, at: i64) -> Result<(), StorageError>;

    /// Strips of a person that still have hours to come and were not recalled.
    async fn strips(&self, person: PersonId, from_hour: u32)
    -> Result<Vec<StripRow>, StorageError>;
    /// Keeps newly signed hours and the advanced recall key, with the trace.
    async fn put_strip(&self, put: PutStrip) -> Result<StripOutcome, StorageError>;
    /// Strips whose kept recall key belongs to an hour before this one.
    async fn strips_behind(&self, hour: u32, limit: u32) -> Result<Vec<StripRow>, StorageError>;
    /// Puts later recall keys in place of earlier ones and forgets the hours before.
    async fn advance_strips(&self, advances: Vec<Advance>) -> Result<(), StorageError>;

    /// Published recalls with a version above `after`, oldest first.
    async fn recalls(&self, after: u64) -> Result<Vec<RecallRow>, StorageError>;
    /// Raises the version of the recall list with nothing new on it.
    async fn renew_recalls(&self, at: i64) -> Result<(), StorageError>;
    /// The newest file of a role.
    async fn trust_file(&self, role: String) -> Result<Option<TrustFileRow>, StorageError>;

    /// Appends traces that belong to no other write.
    async fn put_leaves(&self, leaves: Vec<LeafRow>) -> Result<(), StorageError>;
    /// Whether a leaf was appended.
    async fn has_leaf(&self, hash: [u8; 32]) -> Result<bool, StorageError>;
    /// The sealed contents of a person's leaves, oldest first; erased ones are left out.
    async fn leaves_of(&self, person: PersonId) -> Result<Vec<LeafRow>, StorageError>;
    /// Removes what has run out, and what has been kept for as long as it may: up to `limit` rows of
    /// each kind. Gives the largest number that was removed, or looked at, of one kind.
    async fn sweep(&self, at: i64, keep: KeepSince, limit: u32) -> Result<u32, StorageError>;
    /// People of whom there is evidence of a class whose days count from before a time.
    async fn people_with_evidence(
        &self,
        class: EvidenceClass,
        held_before: i64,
        limit: u32,
    ) -> Result<Vec<PersonId>, StorageError>;
    /// Forgets evidence; `false` when other evidence came meanwhile, and nothing was forgotten.
    async fn forget_evidence(&self, forget: ForgetEvidence) -> Result<bool, StorageError>;
    /// Batches that have waited since before a time.
    async fn waiting_batches(
        &self,
        received_before: i64,
        limit: u32,
    ) -> Result<Vec<BatchRow>, StorageError>;
    /// Keeps a change of the rules that waits for a second person. One that has waited since before
    /// `waits_since` keeps no version from others.
    async fn put_rule_change(
        &self,
        change: RuleChangeRow,
        waits_since: i64,
    ) -> Result<RuleChangeOutcome, StorageError>;
    /// The change of the rules with the file of this digest.
    async fn rule_change(&self, digest: [u8; 32]) -> Result<Option<RuleChangeRow>, StorageError>;
    /// Of rules and of areas, the approved change with the highest version whose time has come.
    async fn rules_due(&self, at: i64) -> Result<Vec<RuleChangeRow>, StorageError>;
    /// Brings a change from one state to another and appends the traces; `false` when it was in another
    /// state, or is to be approved below a version that was approved meanwhile.
    async fn settle_rule_change(
        &self,
        settle: SettleRuleChange,
        leaves: Vec<LeafRow>,
    ) -> Result<bool, StorageError>;
    /// Every restore from a backup that this store has been through, oldest first.
    async fn restores(&self) -> Result<Vec<RestoreRow>, StorageError>;
    /// Does what follows from a restore, once: versions go on from a higher one, no strip is in use, no
    /// signed hour and nothing single-use is good any more, and everybody is evaluated anew.
    async fn settle_restore(&self, settle: SettleRestore) -> Result<(), StorageError>;
    /// Gives back the room of what was removed, so that the files hold no remains of it.
    async fn give_back(&self) -> Result<(), StorageError>;
}
