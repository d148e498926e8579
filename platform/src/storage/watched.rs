//! A store that is watched: which operations were asked of it, and in which order; and one that fails
//! when it is told to.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use liangma_domain::person::PersonId;

use super::*;
use crate::vault::Place;

/// Decides by the name of an operation whether it fails.
type Fails = Box<dyn FnMut(&'static str) -> bool + Send>;

/// Another store, and what was asked of it.
pub(crate) struct Watched {
    inner: Arc<dyn Storage>,
    asked: Mutex<Vec<&'static str>>,
    fails: Mutex<Fails>,
}

impl Watched {
    pub(crate) fn new(inner: Arc<dyn Storage>) -> Arc<Self> {
        Arc::new(Self {
            inner,
            asked: Mutex::new(Vec::new()),
            fails: Mutex::new(Box::new(|_| false)),
        })
    }

    /// What was asked since the last time.
    pub(crate) fn take_asked(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on, an operation fails when this says so.
    pub(crate) fn fail_when(&self, fails: impl FnMut(&'static str) -> bool + Send + 'static) {
        *self.fails.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(fails);
    }

    fn watch(&self, name: &'static str) -> Result<(), StorageError> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.push(name);
        let mut fails = self.fails.lock().unwrap_or_else(PoisonError::into_inner);
        if fails(name) {
            return Err(StorageError::Engine("told to fail"));
        }
        Ok(())
    }
}

macro_rules! watched {
    ($trait:ident: $(! $now:ident() -> $value:ty;)? $($name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        #[async_trait]
        impl $trait for Watched {
            $(fn $now(&self) -> $value {
                self.inner.$now()
            })?

            $(async fn $name(&self, $($argument: $type),*) -> Result<$answer, StorageError> {
                self.watch(stringify!($name))?;
                self.inner.$name($($argument),*).await
            })*
        }
    };
}

watched! {
    Storage:
    !write_queue() -> WriteQueue;
    keep_people(people: Vec<KeepPerson>, at: i64) -> Vec<PersonId>;
    find_person(lookup: Lookup) -> Option<Found>;
    identity(person: PersonId) -> Option<Vec<u8>>;
    count_in_buckets(buckets: Vec<Bucket>, at: i64) -> Option<u32>;
    spend_nonce(nonce: NonceRow, leaves: Vec<LeafRow>) -> bool;
    put_attempt(attempt: AttemptRow) -> ();
    conclude_attempt(id: [u8; 16], registered: Option<RegisteredRow>) -> bool;
    attempt(id: [u8; 16]) -> Option<AttemptRow>;
    try_attempt(id: [u8; 16], tries: u8, at: i64) -> Option<AttemptRow>;
    replace_attempt_code(id: [u8; 16], code_hash: [u8; 32], expires_at: i64) -> bool;
    complete_login(login: LoginRow) -> Option<DeviceRow>;
    seat_of_session(session: [u8; 16]) -> Option<Seat>;
    seat_of_token(token_hash: [u8; 32]) -> Option<Seat>;
    seat_and_known(token_hash: [u8; 32]) -> Option<(Seat, Known)>;
    refreshable(device: [u8; 8], person: PersonId) -> Refreshable;
    devices(person: PersonId) -> Vec<DeviceRow>;
    notices(device: [u8; 8]) -> Vec<NoticeRow>;
    end_device(end: EndDevice) -> DeviceOutcome;
    put_consent(person: PersonId, consent: ConsentRow) -> ();
    consents(person: PersonId) -> Vec<ConsentRow>;
    open_application(candidate: ApplicationRow) -> ApplicationRow;
    application(id: [u8; 16]) -> Option<ApplicationRow>;
    applications(person: PersonId) -> Vec<ApplicationRow>;
    put_ticket(ticket: TicketRow) -> ();
    ticket(id: [u8; 16]) -> Option<TicketRow>;
    settle_ticket(settle: SettleTicket) -> Settled;
    put_counter_handle(handle: CounterHandleRow) -> ();
    counter_handle(handle_hash: [u8; 32], at: i64) -> Option<CounterHandleRow>;
    try_spoken_codes(person: PersonId, tries: u8, at: i64) -> Vec<CounterHandleRow>;
    settle_counter(handle_hash: [u8; 32], verify: VerifyDevice) -> DeviceOutcome;
    evidence(person: PersonId) -> (u64, Vec<EvidenceRow>);
    put_evidence(rows: Vec<EvidenceRow>, leaves: Vec<LeafRow>) -> usize;
    batch(authority: String, id: [u8; 16]) -> Option<BatchRow>;
    put_batch(batch: BatchRow, rows: Vec<EvidenceRow>, leaves: Vec<LeafRow>, tallies: Vec<Tally>) -> BatchOutcome;
    approve_batch(batch: BatchRow, rows: Vec<EvidenceRow>, leaves: Vec<LeafRow>) -> bool;
    batches_applying() -> Vec<ApplyingRow>;
    apply_piece(piece: Piece) -> bool;
    known(person: PersonId) -> Known;
    put_evaluation(put: PutEvaluation) -> bool;
    people_due(at: i64, limit: u32) -> Vec<PersonId>;
    make_all_due(at: i64) -> ();
    strips(person: PersonId, from_hour: u32) -> Vec<StripRow>;
    put_strip(put: PutStrip) -> StripOutcome;
    strips_behind(hour: u32, limit: u32) -> Vec<StripRow>;
    advance_strips(advances: Vec<Advance>) -> ();
    recalls(after: u64) -> Vec<RecallRow>;
    renew_recalls(at: i64) -> ();
    trust_file(role: String) -> Option<TrustFileRow>;
    put_leaves(leaves: Vec<LeafRow>) -> ();
    has_leaf(hash: [u8; 32]) -> bool;
    leaves_of(person: PersonId) -> Vec<LeafRow>;
    sweep(at: i64, keep: KeepSince, limit: u32) -> u32;
    people_with_evidence(class: EvidenceClass, held_before: i64, limit: u32) -> Vec<PersonId>;
    forget_evidence(forget: ForgetEvidence) -> bool;
    waiting_batches(received_before: i64, limit: u32) -> Vec<BatchRow>;
    put_rule_change(change: RuleChangeRow, waits_since: i64) -> RuleChangeOutcome;
    rule_change(digest: [u8; 32]) -> Option<RuleChangeRow>;
    rules_due(at: i64) -> Vec<RuleChangeRow>;
    settle_rule_change(settle: SettleRuleChange, leaves: Vec<LeafRow>) -> bool;
    restores() -> Vec<RestoreRow>;
    settle_restore(settle: SettleRestore) -> ();
    give_back() -> ();
}

watched! {
    KeyStorage:
    ring_keys() -> Vec<RingKeyRow>;
    note_ring_key(key: RingKeyRow) -> ();
    retire_ring_keys(kind: KeyKind, numbers: Vec<u16>, at: i64) -> ();
    sealed_page(place: Place, after: Vec<u8>, prefix: Vec<u8>, limit: u32) -> SealedPage;
    reseal(place: Place, rows: Vec<Resealed>) -> usize;
    people_page(after: Option<PersonId>, key: u16, limit: u32) -> PeoplePage;
    remark_people(key: u16, marks: Vec<(PersonId, [u8; 32])>) -> ();
    rename_token(before: [u8; 32], after: [u8; 32]) -> ();
    knows_first_key(hash: [u8; 32]) -> bool;
    put_trust_files(files: Vec<TrustFileRow>) -> bool;
}
