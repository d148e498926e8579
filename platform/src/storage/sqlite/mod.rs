//! The SQLite engine: one database file in WAL mode.

mod audit;
mod copy;
mod engine;
mod evidence;
mod health;
mod keys;
mod numbers;
mod people;
mod published;
mod restored;
mod retention;
mod rule_changes;
mod schema;
mod strips;
mod verification;

use async_trait::async_trait;
use liangma_domain::person::PersonId;

pub(crate) use self::{
    audit::at_rest,
    copy::{check_copy, copy_database, mark_restored, seal_copy},
    engine::Sqlite,
    keys::{read_key_work, read_ring_keys, read_trust_file},
};
use super::{
    Advance, ApplicationRow, ApplyingRow, AttemptRow, BatchOutcome, BatchRow, Bucket, ConsentRow,
    CounterHandleRow, DeviceOutcome, DeviceRow, EndDevice, EvidenceClass, EvidenceRow,
    ForgetEvidence, Found, KeepPerson, KeepSince, Known, LeafRow, LoginRow, Lookup, NonceRow,
    NoticeRow, Piece, PutEvaluation, PutStrip, RecallRow, Refreshable, RegisteredRow, RestoreRow,
    RuleChangeOutcome, RuleChangeRow, Seat, SettleRestore, SettleRuleChange, SettleTicket, Settled,
    Storage, StorageError, StripOutcome, StripRow, Tally, TicketRow, TrustFileRow, VerifyDevice,
    WriteQueue,
};

use engine::snapshot;

impl From<rusqlite::Error> for StorageError {
    fn from(error: rusqlite::Error) -> Self {
        // SQLite's own text can quote values, so only its class goes on.
        match error {
            rusqlite::Error::SqliteFailure(failure, _) => Self::Engine(match failure.code {
                rusqlite::ErrorCode::DiskFull => "the disk is full",
                rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked => {
                    "another process holds the database"
                }
                rusqlite::ErrorCode::ReadOnly => "the database is read-only",
                rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase => {
                    "the database file is damaged"
                }
                rusqlite::ErrorCode::ConstraintViolation => "a constraint was violated",
                _ => "SQLite failed",
            }),
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..) => {
                Self::Damaged("a column has another type than expected")
            }
            _ => Self::Engine("a statement failed"),
        }
    }
}

#[async_trait]
impl Storage for Sqlite {
    fn write_queue(&self) -> WriteQueue {
        self.queued()
    }
    async fn keep_people(
        &self,
        people: Vec<KeepPerson>,
        at: i64,
    ) -> Result<Vec<PersonId>, StorageError> {
        self.write(move |t| keys::keep_people(t, &people, at)).await
    }
    async fn find_person(&self, lookup: Lookup) -> Result<Option<Found>, StorageError> {
        // One view of all marks: whose mark goes over to another key meanwhile has either.
        self.look(move |c| snapshot(c, |c| keys::find_person(c, &lookup)))
            .await
    }
    async fn identity(&self, person: PersonId) -> Result<Option<Vec<u8>>, StorageError> {
        self.look(move |c| people::identity(c, person)).await
    }
    async fn count_in_buckets(
        &self,
        buckets: Vec<Bucket>,
        at: i64,
    ) -> Result<Option<u32>, StorageError> {
        // Whoever is refused does not stand in the one queue of those who are not.
        let asked = buckets.clone();
        let full = self.look(move |c| snapshot(c, |c| people::full_for(c, &asked, at)));
        match full.await? {
            None => {
                self.write(move |t| people::count_in_buckets(t, &buckets, at))
                    .await
            }
            full => Ok(full),
        }
    }
    async fn spend_nonce(
        &self,
        nonce: NonceRow,
        leaves: Vec<LeafRow>,
    ) -> Result<bool, StorageError> {
        self.write(move |t| people::spend_nonce(t, nonce, &leaves))
            .await
    }
    async fn put_attempt(&self, attempt: AttemptRow) -> Result<(), StorageError> {
        self.write(move |t| people::put_attempt(t, &attempt)).await
    }
    async fn conclude_attempt(
        &self,
        id: [u8; 16],
        registered: Option<RegisteredRow>,
    ) -> Result<bool, StorageError> {
        self.write(move |t| people::conclude_attempt(t, id, registered.as_ref()))
            .await
    }
    async fn attempt(&self, id: [u8; 16]) -> Result<Option<AttemptRow>, StorageError> {
        self.look(move |c| people::attempt(c, id)).await
    }
    async fn try_attempt(
        &self,
        id: [u8; 16],
        tries: u8,
        at: i64,
    ) -> Result<Option<AttemptRow>, StorageError> {
        // Nor does whoever guesses the names of attempts. There is one for everybody who asks to log in.
        if !self
            .look(move |c| people::may_try(c, id, tries, at))
            .await?
        {
            return Ok(None);
        }
        self.write(move |t| people::try_attempt(t, id, tries, at))
            .await
    }
    async fn replace_attempt_code(
        &self,
        id: [u8; 16],
        code_hash: [u8; 32],
        expires_at: i64,
    ) -> Result<bool, StorageError> {
        self.write(move |t| people::replace_attempt_code(t, id, code_hash, expires_at))
            .await
    }
    async fn complete_login(&self, login: LoginRow) -> Result<Option<DeviceRow>, StorageError> {
        self.write(move |t| people::complete_login(t, &login)).await
    }
    async fn seat_of_session(&self, session: [u8; 16]) -> Result<Option<Seat>, StorageError> {
        self.look(move |c| people::seat_of_session(c, session))
            .await
    }
    async fn seat_of_token(&self, token_hash: [u8; 32]) -> Result<Option<Seat>, StorageError> {
        self.look(move |c| people::seat_of_token(c, token_hash))
            .await
    }
    async fn seat_and_known(
        &self,
        token_hash: [u8; 32],
    ) -> Result<Option<(Seat, Known)>, StorageError> {
        self.look(move |c| health::seat_and_known(c, token_hash))
            .await
    }
    async fn refreshable(
        &self,
        device: [u8; 8],
        person: PersonId,
    ) -> Result<Refreshable, StorageError> {
        self.look(move |c| {
            snapshot(c, |c| {
                Ok(Refreshable {
                    known: health::known(c, person)?,
                    consents: people::consents(c, person)?,
                    sealed_identity: people::identity(c, person)?,
                    strip: strips::strip_of_device(c, device)?,
                })
            })
        })
        .await
    }
    async fn devices(&self, person: PersonId) -> Result<Vec<DeviceRow>, StorageError> {
        self.look(move |c| people::devices(c, person)).await
    }
    async fn notices(&self, device: [u8; 8]) -> Result<Vec<NoticeRow>, StorageError> {
        self.look(move |c| people::notices(c, device)).await
    }
    async fn end_device(&self, end: EndDevice) -> Result<DeviceOutcome, StorageError> {
        self.write(move |t| people::end_device(t, &end)).await
    }
    async fn put_consent(&self, person: PersonId, consent: ConsentRow) -> Result<(), StorageError> {
        self.write(move |t| people::put_consent(t, person, &consent))
            .await
    }
    async fn consents(&self, person: PersonId) -> Result<Vec<ConsentRow>, StorageError> {
        self.look(move |c| people::consents(c, person)).await
    }
    async fn open_application(
        &self,
        candidate: ApplicationRow,
    ) -> Result<ApplicationRow, StorageError> {
        self.write(move |t| verification::open_application(t, candidate))
            .await
    }
    async fn application(&self, id: [u8; 16]) -> Result<Option<ApplicationRow>, StorageError> {
        self.look(move |c| verification::application(c, id)).await
    }
    async fn applications(&self, person: PersonId) -> Result<Vec<ApplicationRow>, StorageError> {
        self.read(move |c| verification::applications(c, person))
            .await
    }
    async fn put_ticket(&self, ticket: TicketRow) -> Result<(), StorageError> {
        self.write(move |t| verification::put_ticket(t, &ticket))
            .await
    }
    async fn ticket(&self, id: [u8; 16]) -> Result<Option<TicketRow>, StorageError> {
        self.look(move |c| verification::ticket(c, id)).await
    }
    async fn settle_ticket(&self, settle: SettleTicket) -> Result<Settled, StorageError> {
        self.write(move |t| verification::settle_ticket(t, &settle))
            .await
    }
    async fn put_counter_handle(&self, handle: CounterHandleRow) -> Result<(), StorageError> {
        self.write(move |t| verification::put_counter_handle(t, &handle))
            .await
    }
    async fn counter_handle(
        &self,
        handle_hash: [u8; 32],
        at: i64,
    ) -> Result<Option<CounterHandleRow>, StorageError> {
        self.look(move |c| verification::counter_handle(c, handle_hash, at))
            .await
    }
    async fn try_spoken_codes(
        &self,
        person: PersonId,
        tries: u8,
        at: i64,
    ) -> Result<Vec<CounterHandleRow>, StorageError> {
        self.write(move |t| verification::try_spoken_codes(t, person, tries, at))
            .await
    }
    async fn settle_counter(
        &self,
        handle_hash: [u8; 32],
        verify: VerifyDevice,
    ) -> Result<DeviceOutcome, StorageError> {
        self.write(move |t| verification::settle_counter(t, handle_hash, &verify))
            .await
    }
    async fn evidence(&self, person: PersonId) -> Result<(u64, Vec<EvidenceRow>), StorageError> {
        self.look(move |c| snapshot(c, |c| evidence::evidence(c, person)))
            .await
    }
    async fn put_evidence(
        &self,
        rows: Vec<EvidenceRow>,
        leaves: Vec<LeafRow>,
    ) -> Result<usize, StorageError> {
        self.write(move |t| evidence::put_evidence(t, &rows, &leaves))
            .await
    }
    async fn batch(
        &self,
        authority: String,
        id: [u8; 16],
    ) -> Result<Option<BatchRow>, StorageError> {
        self.read(move |c| evidence::batch(c, &authority, id)).await
    }
    async fn put_batch(
        &self,
        batch: BatchRow,
        rows: Vec<EvidenceRow>,
        leaves: Vec<LeafRow>,
        tallies: Vec<Tally>,
    ) -> Result<BatchOutcome, StorageError> {
        self.write(move |t| evidence::put_batch(t, &batch, &rows, &leaves, &tallies))
            .await
    }
    async fn approve_batch(
        &self,
        batch: BatchRow,
        rows: Vec<EvidenceRow>,
        leaves: Vec<LeafRow>,
    ) -> Result<bool, StorageError> {
        self.write(move |t| evidence::approve_batch(t, &batch, &rows, &leaves))
            .await
    }
    async fn batches_applying(&self) -> Result<Vec<ApplyingRow>, StorageError> {
        self.read(evidence::batches_applying).await
    }
    async fn apply_piece(&self, piece: Piece) -> Result<bool, StorageError> {
        self.write(move |t| evidence::apply_piece(t, &piece)).await
    }
    async fn known(&self, person: PersonId) -> Result<Known, StorageError> {
        self.look(move |c| health::known(c, person)).await
    }
    async fn put_evaluation(&self, put: PutEvaluation) -> Result<bool, StorageError> {
        self.write(move |t| health::put_evaluation(t, &put)).await
    }
    async fn people_due(&self, at: i64, limit: u32) -> Result<Vec<PersonId>, StorageError> {
        self.read(move |c| health::people_due(c, at, limit)).await
    }
    async fn make_all_due(&self, at: i64) -> Result<(), StorageError> {
        self.write(move |t| health::make_all_due(t, at)).await
    }
    async fn strips(
        &self,
        person: PersonId,
        from_hour: u32,
    ) -> Result<Vec<StripRow>, StorageError> {
        self.look(move |c| snapshot(c, |c| strips::strips(c, person, from_hour)))
            .await
    }
    async fn put_strip(&self, put: PutStrip) -> Result<StripOutcome, StorageError> {
        self.write(move |t| strips::put_strip(t, &put)).await
    }
    async fn strips_behind(&self, hour: u32, limit: u32) -> Result<Vec<StripRow>, StorageError> {
        self.read(move |c| strips::strips_behind(c, hour, limit))
            .await
    }
    async fn advance_strips(&self, advances: Vec<Advance>) -> Result<(), StorageError> {
        self.write(move |t| strips::advance_strips(t, &advances))
            .await
    }
    async fn recalls(&self, after: u64) -> Result<Vec<RecallRow>, StorageError> {
        self.read(move |c| published::recalls(c, after)).await
    }
    async fn renew_recalls(&self, at: i64) -> Result<(), StorageError> {
        self.write(move |t| published::renew_recalls(t, at)).await
    }
    async fn trust_file(&self, role: String) -> Result<Option<TrustFileRow>, StorageError> {
        self.look(move |c| published::trust_file(c, &role)).await
    }
    async fn put_leaves(&self, leaves: Vec<LeafRow>) -> Result<(), StorageError> {
        self.write(move |t| published::append_leaves(t, &leaves))
            .await
    }
    async fn has_leaf(&self, hash: [u8; 32]) -> Result<bool, StorageError> {
        self.look(move |c| published::has_leaf(c, hash)).await
    }
    async fn leaves_of(&self, person: PersonId) -> Result<Vec<LeafRow>, StorageError> {
        self.read(move |c| published::leaves_of(c, person)).await
    }
    async fn sweep(&self, at: i64, keep: KeepSince, limit: u32) -> Result<u32, StorageError> {
        self.write(move |t| retention::sweep(t, at, keep, limit))
            .await
    }
    async fn people_with_evidence(
        &self,
        class: EvidenceClass,
        held_before: i64,
        limit: u32,
    ) -> Result<Vec<PersonId>, StorageError> {
        self.read(move |c| retention::people_with_evidence(c, class, held_before, limit))
            .await
    }
    async fn forget_evidence(&self, forget: ForgetEvidence) -> Result<bool, StorageError> {
        self.write(move |t| retention::forget_evidence(t, &forget))
            .await
    }
    async fn waiting_batches(
        &self,
        received_before: i64,
        limit: u32,
    ) -> Result<Vec<BatchRow>, StorageError> {
        self.read(move |c| retention::waiting_batches(c, received_before, limit))
            .await
    }
    async fn put_rule_change(
        &self,
        change: RuleChangeRow,
        waits_since: i64,
    ) -> Result<RuleChangeOutcome, StorageError> {
        self.write(move |t| rule_changes::put_rule_change(t, &change, waits_since))
            .await
    }
    async fn rule_change(&self, digest: [u8; 32]) -> Result<Option<RuleChangeRow>, StorageError> {
        self.read(move |c| rule_changes::rule_change(c, digest))
            .await
    }
    async fn rules_due(&self, at: i64) -> Result<Vec<RuleChangeRow>, StorageError> {
        self.read(move |c| rule_changes::rules_due(c, at)).await
    }
    async fn settle_rule_change(
        &self,
        settle: SettleRuleChange,
        leaves: Vec<LeafRow>,
    ) -> Result<bool, StorageError> {
        self.write(move |t| rule_changes::settle_rule_change(t, &settle, &leaves))
            .await
    }
    async fn restores(&self) -> Result<Vec<RestoreRow>, StorageError> {
        self.read(restored::restores).await
    }
    async fn settle_restore(&self, settle: SettleRestore) -> Result<(), StorageError> {
        self.write(move |t| restored::settle_restore(t, &settle))
            .await
    }
    async fn give_back(&self) -> Result<(), StorageError> {
        self.empty_log_after(retention::give_back_pages).await
    }
}

#[cfg(test)]
mod tests;
