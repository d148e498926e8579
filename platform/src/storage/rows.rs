//! The rows of the store. Times are whole seconds since 1970, hours are whole hours since 1970.

use liangma_domain::person::PersonId;

use super::{Lookup, SealedPerson};

/// A counter with a limit over a window of time; the key is a hash of what is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bucket {
    pub(crate) key: [u8; 32],
    pub(crate) limit: u32,
    pub(crate) window_seconds: i64,
}

/// So many more in a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) bucket: Bucket,
    pub(crate) amount: u32,
}

/// A registered person as they are kept: known under this id, or new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RegisteredRow {
    pub(crate) lookup: Lookup,
    pub(crate) person: PersonId,
    /// Sealed to the id.
    pub(crate) sealed_identity: Vec<u8>,
    pub(crate) at: i64,
}

/// A single-use number, and when it may be forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NonceRow {
    pub(crate) value: [u8; 16],
    pub(crate) expires_at: i64,
}

/// A login attempt. Without a person the three things did not agree; the row is kept all the same,
/// so that the work is the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AttemptRow {
    pub(crate) id: [u8; 16],
    pub(crate) person: Option<PersonId>,
    pub(crate) device_key: [u8; 65],
    pub(crate) code_hash: [u8; 32],
    pub(crate) counter: bool,
    pub(crate) expires_at: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Unverified = 0,
    Verified = 1,
    Ended = 2,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeviceRow {
    pub(crate) id: [u8; 8],
    pub(crate) person: PersonId,
    pub(crate) public_key: [u8; 65],
    pub(crate) standing: Standing,
    pub(crate) enrolled_at: i64,
}

/// What completes a login. The device's id and standing count only when the key is new.
#[derive(Clone, Debug)]
pub(crate) struct LoginRow {
    pub(crate) attempt: [u8; 16],
    pub(crate) device: DeviceRow,
    pub(crate) session: [u8; 16],
    pub(crate) token_hash: [u8; 32],
    pub(crate) at: i64,
}

/// Where a request sits: a session on a device of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seat {
    pub(crate) session: [u8; 16],
    pub(crate) device: DeviceRow,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoticeKind {
    DeviceEnrolled = 0,
    StripRecalled = 1,
    DeviceEnded = 2,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoticeRow {
    pub(crate) kind: NoticeKind,
    pub(crate) at: i64,
}

/// The signed hours of a person's strips that were looked at before a write, from an hour on. When
/// others are there by the time of the write, the write is stale: a strip that was signed meanwhile
/// would escape its recall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SeenHours {
    pub(crate) from_hour: u32,
    /// Strip and hour, sorted.
    pub(crate) hours: Vec<([u8; 16], u32)>,
}

/// Ends one device: by its owner, or because another took its place.
#[derive(Clone, Debug)]
pub(crate) struct EndDevice {
    pub(crate) person: PersonId,
    pub(crate) device: [u8; 8],
    /// Of the whole person.
    pub(crate) seen: SeenHours,
    pub(crate) recalls: Vec<NewRecall>,
    pub(crate) leaves: Vec<LeafRow>,
    pub(crate) at: i64,
}

/// What became of a write about a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeviceOutcome {
    Done,
    /// There is no such device, or it has ended; or no such handle, or it was used.
    Gone,
    /// The person's devices or strips changed meanwhile: do it again.
    Stale,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConsentRow {
    /// What makes a repeated answer the same answer, where the asker gave something.
    pub(crate) key: Option<[u8; 16]>,
    pub(crate) purpose: String,
    pub(crate) text_version: u32,
    pub(crate) language: String,
    pub(crate) given: bool,
    pub(crate) at: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApplicationRow {
    pub(crate) id: [u8; 16],
    pub(crate) person: PersonId,
    pub(crate) device: [u8; 8],
    pub(crate) opened_at: i64,
    pub(crate) completed_at: Option<i64>,
    /// `face` or `counter:<principal>`.
    pub(crate) way: Option<String>,
}

/// Completes an application and lets its device obtain codes; ends the devices named, which have
/// to make room, with what recalls their strips.
#[derive(Clone, Debug)]
pub(crate) struct VerifyDevice {
    pub(crate) application: [u8; 16],
    pub(crate) person: PersonId,
    pub(crate) device: [u8; 8],
    pub(crate) way: String,
    /// How many verified devices there may be afterwards.
    pub(crate) limit: u32,
    pub(crate) make_room: Vec<EndDevice>,
    pub(crate) leaves: Vec<LeafRow>,
    pub(crate) at: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TicketRow {
    pub(crate) id: [u8; 16],
    pub(crate) application: [u8; 16],
    pub(crate) person: PersonId,
    pub(crate) device: [u8; 8],
    pub(crate) nonce: [u8; 32],
    pub(crate) request_hash: [u8; 32],
    pub(crate) challenge: [u8; 32],
    pub(crate) expires_at: i64,
    pub(crate) settled: Option<(HandleHash, u8)>,
}

/// The hash of a one-time handle.
pub(crate) type HandleHash = [u8; 32];

#[derive(Clone, Debug)]
pub(crate) struct SettleTicket {
    pub(crate) ticket: [u8; 16],
    pub(crate) handle_hash: HandleHash,
    pub(crate) receipt_digest: [u8; 32],
    pub(crate) outcome: u8,
    pub(crate) verify: Option<VerifyDevice>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settled {
    /// Settled now.
    Now,
    /// Settled earlier, by this handle, with this outcome.
    Before(HandleHash, u8),
    /// The receipt settled another ticket.
    ReceiptUsed,
    /// There is no such ticket.
    Unknown,
    /// The device has ended.
    DeviceGone,
    /// The person's devices or strips changed meanwhile: do it again.
    Stale,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CounterHandleRow {
    pub(crate) handle_hash: HandleHash,
    pub(crate) code_hash: [u8; 32],
    pub(crate) application: [u8; 16],
    pub(crate) person: PersonId,
    pub(crate) device: [u8; 8],
    pub(crate) expires_at: i64,
}

/// The line of the retention table that a piece of evidence is kept by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EvidenceClass {
    /// Found by an authority.
    Finding = 0,
    HealthDeclaration = 1,
    TripDeclaration = 2,
}

impl EvidenceClass {
    pub(crate) const ALL: [Self; 3] = [
        Self::Finding,
        Self::HealthDeclaration,
        Self::TripDeclaration,
    ];
}

/// Removes evidence of a person, unless other evidence came since it was looked at.
#[derive(Clone, Debug)]
pub(crate) struct ForgetEvidence {
    pub(crate) person: PersonId,
    /// Of the evidence that was looked at.
    pub(crate) evidence_version: u64,
    pub(crate) ids: Vec<[u8; 16]>,
    /// What stays, and the time from which its days are counted now.
    pub(crate) held: Vec<([u8; 16], i64)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EvidenceRow {
    pub(crate) id: [u8; 16],
    pub(crate) person: PersonId,
    pub(crate) sealed: Vec<u8>,
    pub(crate) digest: [u8; 32],
    pub(crate) recorded_at: i64,
    pub(crate) class: EvidenceClass,
    /// When it last set a colour, or when it was recorded: its days are counted from here.
    pub(crate) held_at: i64,
}

/// Authority and number of a batch.
pub(crate) type BatchKey = (String, [u8; 16]);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BatchState {
    Waiting = 0,
    Applied = 1,
    Refused = 2,
    /// Decided; its rows are put into force piece by piece, and its body is kept until all are.
    Applying = 3,
}

/// A batch whose rows are being put into force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApplyingRow {
    pub(crate) authority: String,
    pub(crate) id: [u8; 16],
    /// The first row that is not in force yet.
    pub(crate) from: u32,
}

/// Somebody who is to be found or kept.
#[derive(Clone, Debug)]
pub(crate) struct KeepPerson {
    pub(crate) lookup: Lookup,
    pub(crate) candidate: PersonId,
    /// Sealed to the candidate.
    pub(crate) sealed: SealedPerson,
}

/// Some rows of a batch that is being applied, put into force in one transaction.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub(crate) of: ApplyingRow,
    /// The first row of the next piece.
    pub(crate) to: u32,
    /// No rows are left after it.
    pub(crate) last: bool,
    pub(crate) rows: Vec<EvidenceRow>,
    pub(crate) leaves: Vec<LeafRow>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BatchRow {
    pub(crate) authority: String,
    pub(crate) id: [u8; 16],
    pub(crate) digest: [u8; 32],
    pub(crate) state: BatchState,
    pub(crate) principal: String,
    pub(crate) approved_by: Option<String>,
    pub(crate) sealed_body: Vec<u8>,
    pub(crate) report: String,
    pub(crate) received_at: i64,
}

/// What became of a batch that was to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BatchOutcome {
    Stored,
    /// There is one under this number already.
    Earlier(Box<BatchRow>),
    /// A tally would pass its limit: nothing was kept.
    Unusual,
}

/// What became of a change of the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RuleChangeState {
    Waiting = 0,
    Approved = 1,
    InForce = 2,
    Refused = 3,
}

/// A change of the rules or of the risk areas, as somebody submitted it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RuleChangeRow {
    pub(crate) digest: [u8; 32],
    pub(crate) subject: String,
    pub(crate) version: u32,
    pub(crate) effective_from: i64,
    /// The file; empty once it was refused.
    pub(crate) body: Vec<u8>,
    pub(crate) state: RuleChangeState,
    pub(crate) submitted_by: String,
    pub(crate) received_at: i64,
    pub(crate) decided_by: Option<String>,
}

/// What became of a change that was to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RuleChangeOutcome {
    Stored,
    /// The very file was submitted before.
    Earlier(Box<RuleChangeRow>),
    /// Its version is that of another one that waits, or not above one that was approved.
    VersionTaken,
}

/// A change goes from one state to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SettleRuleChange {
    pub(crate) digest: [u8; 32],
    pub(crate) from: RuleChangeState,
    pub(crate) to: RuleChangeState,
    pub(crate) decided_by: Option<String>,
    pub(crate) at: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EvaluationRow {
    pub(crate) person: PersonId,
    pub(crate) version: u64,
    pub(crate) evidence_version: u64,
    pub(crate) sealed: Vec<u8>,
    pub(crate) next_change_at: Option<i64>,
    pub(crate) evaluated_at: i64,
}

/// What is known of somebody's health, as of one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) evidence_version: u64,
    /// Oldest first.
    pub(crate) evidence: Vec<EvidenceRow>,
    pub(crate) evaluation: Option<EvaluationRow>,
}

#[derive(Clone, Debug)]
pub(crate) struct PutEvaluation {
    pub(crate) row: EvaluationRow,
    pub(crate) expected_version: u64,
    /// The hours that were compared with the new evaluation.
    pub(crate) seen: SeenHours,
    pub(crate) recalls: Vec<NewRecall>,
    /// The evidence that this evaluation or the one before rests on.
    pub(crate) rests_on: Vec<[u8; 16]>,
    pub(crate) leaves: Vec<LeafRow>,
}

/// Publishes the recall key of a strip from an hour on, and ends the strip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewRecall {
    pub(crate) strip: [u8; 16],
    pub(crate) hour: u32,
    pub(crate) key: [u8; 16],
    pub(crate) at: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecallRow {
    pub(crate) version: u64,
    pub(crate) hour: u32,
    /// `None` where only the version rose.
    pub(crate) key: Option<[u8; 16]>,
    pub(crate) at: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StripState {
    /// In use on its device.
    Current = 0,
    /// A newer strip took its place; copies of it can still be shown.
    Replaced = 1,
    /// Its recall key was published.
    Recalled = 2,
}

/// One strip. Hours that have passed are forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StripRow {
    pub(crate) id: [u8; 16],
    pub(crate) device: [u8; 8],
    pub(crate) person: PersonId,
    pub(crate) begins: u32,
    /// The keyed hash of `R_0`.
    pub(crate) first_key_hash: [u8; 32],
    pub(crate) state: StripState,
    pub(crate) key_hour: u32,
    pub(crate) sealed_key: Vec<u8>,
    /// The last hour that was signed.
    pub(crate) last_hour: u32,
    pub(crate) hours: Vec<StripHourRow>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StripHourRow {
    pub(crate) hour: u32,
    pub(crate) anchor: [u8; 16],
    pub(crate) colour: u8,
    pub(crate) credential: Vec<u8>,
}

/// What a refresh begins with, as of one moment.
#[derive(Clone, Debug)]
pub(crate) struct Refreshable {
    pub(crate) known: Known,
    /// Every recorded answer about a purpose, oldest first.
    pub(crate) consents: Vec<ConsentRow>,
    pub(crate) sealed_identity: Option<Vec<u8>>,
    /// The strip in use on the device.
    pub(crate) strip: Option<StripRow>,
}

#[derive(Clone, Debug)]
pub(crate) struct PutStrip {
    /// The strip with its advanced key and only the newly signed hours.
    pub(crate) strip: StripRow,
    /// The strip is new: its `R_0` must never have been seen.
    pub(crate) begins_now: bool,
    /// The version of the evaluation behind the signatures.
    pub(crate) expected_version: u64,
    /// How many strips of one device may be alive at one time.
    pub(crate) alive_max: Option<u32>,
    /// A strip that reaches this hour is alive.
    pub(crate) alive_from: u32,
    pub(crate) leaves: Vec<LeafRow>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StripOutcome {
    Stored,
    /// `R_0` was seen before.
    KeyReused,
    /// The strip is not in use any more.
    Gone,
    /// The evaluation, or the strip's hours, changed meanwhile: do it again.
    Stale,
    /// Too many strips of the device are alive: each of them would have to be recalled.
    TooMany,
}

#[derive(Clone, Debug)]
pub(crate) struct Advance {
    pub(crate) strip: [u8; 16],
    pub(crate) key_hour: u32,
    pub(crate) sealed_key: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TrustFileRow {
    pub(crate) role: String,
    pub(crate) version: u64,
    pub(crate) bytes: Vec<u8>,
}

/// One trace: the hash stays for ever, the sealed salt and entry can be erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LeafRow {
    pub(crate) hash: [u8; 32],
    pub(crate) person: Option<PersonId>,
    pub(crate) sealed: Vec<u8>,
    pub(crate) at: i64,
}

/// What is older than these is removed, in seconds (leaves keep their hash).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeepSince {
    pub(crate) attempts: i64,
    pub(crate) sessions: i64,
    pub(crate) tickets: i64,
    pub(crate) strips: i64,
    pub(crate) decisions: i64,
    pub(crate) consents: i64,
    pub(crate) evidence: i64,
    pub(crate) audit: i64,
    pub(crate) recalls: i64,
}

/// What an audit looks at: rows of a database that is not in use.
#[derive(Clone, Debug)]
pub(crate) struct AtRest {
    /// Leaves whose contents are not erased.
    pub(crate) leaves: Vec<LeafRow>,
    pub(crate) leaves_erased: u32,
    pub(crate) strips: Vec<StripAtRest>,
    pub(crate) hours: Vec<HourAtRest>,
    /// Ids.
    pub(crate) evidence: Vec<[u8; 16]>,
    pub(crate) recall_keys: Vec<[u8; 16]>,
    /// The signed list of issuers.
    pub(crate) issuers: Vec<u8>,
}

/// A strip of an audit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StripAtRest {
    pub(crate) id: [u8; 16],
    pub(crate) device: [u8; 8],
    pub(crate) begins: u32,
    pub(crate) first_key_hash: [u8; 32],
}

/// A signed hour of an audit.
#[derive(Clone, Debug)]
pub(crate) struct HourAtRest {
    pub(crate) strip: [u8; 16],
    pub(crate) hour: u32,
    pub(crate) anchor: [u8; 16],
    pub(crate) colour: u8,
    pub(crate) credential: Vec<u8>,
}

/// A restore from a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RestoreRow {
    pub(crate) number: i64,
    /// The newest time in the backup.
    pub(crate) taken_at: i64,
    /// When what follows from it was done.
    pub(crate) settled_at: Option<i64>,
    /// Trust files go on from this version.
    pub(crate) versions_from: u64,
}

/// Settles a restore.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SettleRestore {
    pub(crate) number: i64,
    /// Versions that are passed over, above the highest there is.
    pub(crate) gap: u64,
    pub(crate) at: i64,
}
