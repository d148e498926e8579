//! Evidence from departments: signed batches, checked row by row, in force at once or after a second
//! person of another unit has approved them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use liangma_credential::SignedBatch;
use liangma_crypto::sha256;
use liangma_domain::{
    authority::{AuthorityKind, may_withdraw},
    colour::Colour,
    evidence::{AuthorityId, Evidence, EvidenceError, EvidenceId, EvidenceKind, Origin},
    person::PersonId,
    rules::evaluate,
};
use liangma_wire::{
    bytes::FixedBytes,
    evidence::{
        BATCH_ENTRIES_MAX, BadRows, BatchApprovalRequest, BatchId, BatchReport,
        BatchState as WireState, EvidenceEntry, RowReport,
    },
    problem::{Problem, ProblemCode},
};
use serde::Deserialize;

use super::{
    declarations::{first, kind_name},
    retention::class_of,
};
use crate::{
    config::{Duty, Principal},
    error::Failure,
    leaf::LeafEntry,
    platform::{Platform, whole_second},
    storage::{BatchOutcome, BatchRow, BatchState, Bucket, EvidenceRow, LeafRow, Tally},
    vault::{Place, name},
};

/// A batch body whose rows have not been read yet: one bad row must not spoil the others.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OpenBody {
    when_rows_are_bad: BadRows,
    entries: Vec<serde_json::Value>,
}

/// How long a batch may have lain signed before it came.
const SIGNED_BEFORE: i64 = 86_400;
/// How far the clock of an authority may be ahead.
const SIGNED_AHEAD: i64 = 120;
/// Reds are counted by the hour.
const HOUR: i64 = 3_600;

/// A good row.
struct Row {
    position: u32,
    person: PersonId,
    /// The county of the document, where it tells one; the submitting unit otherwise.
    county: String,
    evidence: Evidence,
    digest: [u8; 32],
}

/// A batch with each row judged.
struct Judged {
    rows: Vec<Row>,
    reports: Vec<RowReport>,
    /// More than one person has to answer for it.
    needs_second: bool,
    any_bad: bool,
}

impl Judged {
    /// The same rows judged again after waiting. A row that was reported bad does not come into force by
    /// waiting, as nobody approved it; one that was good may have become bad.
    fn after_waiting(mut self, earlier: Vec<RowReport>) -> Self {
        let was_good = |position: u32| {
            usize::try_from(position)
                .ok()
                .and_then(|position| earlier.get(position))
                .is_some_and(|report| report.reason.is_none())
        };
        self.rows.retain(|row| was_good(row.position));
        self.any_bad = self
            .reports
            .iter()
            .any(|report| report.reason.is_some() && was_good(report.row));
        for (report, earlier) in self.reports.iter_mut().zip(earlier) {
            if earlier.reason.is_some() {
                *report = earlier;
            }
        }
        self
    }
}

/// Why a row is bad: the field, and a stable reason.
type BadRow = (&'static str, &'static str);

fn reason_of(error: &EvidenceError) -> BadRow {
    match error {
        EvidenceError::TooLong => ("entry", "too_long"),
        EvidenceError::NotEvidence { .. } => ("entry", "malformed"),
        EvidenceError::ImpossibleTime { field } => (field, "impossible_time"),
        EvidenceError::RecordedBeforeItOccurred => ("occurred_at", "in_the_future"),
        EvidenceError::IsolationLength => ("until", "isolation_length"),
        EvidenceError::DecisionLength => ("until", "decision_length"),
        EvidenceError::DecisionForGreen => ("colour", "decision_for_green"),
        EvidenceError::AreaOfLowRisk => ("level", "low_risk"),
        EvidenceError::Doses => ("doses", "out_of_range"),
        EvidenceError::NotDeclarable => ("kind", "not_declarable"),
        EvidenceError::WithdrawsItself => ("of", "withdraws_itself"),
    }
}

fn on_wire(state: BatchState) -> WireState {
    match state {
        BatchState::Waiting => WireState::WaitingForApproval,
        BatchState::Applied => WireState::Applied,
        BatchState::Refused => WireState::Refused,
    }
}

fn report_of(row: &BatchRow) -> Result<BatchReport, Failure> {
    Ok(BatchReport {
        batch: BatchId(FixedBytes(row.id)),
        state: on_wire(row.state),
        digest: FixedBytes(row.digest),
        rows: serde_json::from_str(&row.report)
            .map_err(|_| Failure::internal("read a stored report"))?,
    })
}

impl Platform {
    pub(crate) async fn submit_evidence(&self, bytes: &[u8]) -> Result<BatchReport, Failure> {
        let signed = SignedBatch::decode(bytes).map_err(|_| {
            Problem::new(ProblemCode::MalformedRequest)
                .with_detail("send a signed batch in the encoding of the protocol document")
        })?;
        let claimed = signed.unverified();
        let principal = self
            .principal(&claimed.principal)
            .ok_or(Failure::from(ProblemCode::PrincipalUnknown))?;
        let batch = signed
            .verify(&principal.public_key)
            .map_err(|_| Failure::from(ProblemCode::EvidenceSignatureInvalid))?;
        if batch.authority != principal.authority {
            return Err(ProblemCode::EvidenceSignatureInvalid.into());
        }
        if !principal.duties.contains(&Duty::SubmitEvidence) {
            return Err(ProblemCode::PrincipalNotAllowed.into());
        }
        let digest = sha256(&[&batch.body]);
        if let Some(earlier) = self
            .storage
            .batch(batch.authority.clone(), batch.id.0)
            .await?
        {
            return same_batch(&earlier, digest);
        }
        self.check_issued(batch.issued)?;
        let judged = self.judge(principal, &batch.id.0, &batch.body).await?;
        let keep_none =
            judged.any_bad && open_body(&batch.body)?.when_rows_are_bad == BadRows::KeepNone;
        let state = if judged.rows.is_empty() || keep_none {
            BatchState::Refused
        } else if judged.needs_second {
            BatchState::Waiting
        } else {
            BatchState::Applied
        };
        let place = [batch.authority.as_bytes(), b"|", &batch.id.0].concat();
        let waiting = BatchRow {
            authority: batch.authority.clone(),
            id: batch.id.0,
            digest,
            state: BatchState::Waiting,
            principal: principal.id.clone(),
            approved_by: None,
            sealed_body: self.vault.seal(
                Place::Batch,
                &place,
                &batch.body,
                &*self.ports.randomness,
            )?,
            report: write_reports(judged.reports.clone(), state)?,
            received_at: self.now().as_second(),
        };
        let mut row = waiting.clone();
        if state != BatchState::Waiting {
            row.state = state;
            // Whatever is not waiting is never opened again.
            row.sealed_body = Vec::new();
        }
        let (mut rows, mut leaves, mut people, mut tallies) = Default::default();
        if state == BatchState::Applied {
            tallies = self.new_reds(&judged.rows).await?;
            (rows, leaves, people) = self.rows_of(principal, judged.rows)?;
        }
        let put = self.storage.put_batch(row.clone(), rows, leaves, tallies);
        let outcome = match put.await? {
            BatchOutcome::Unusual => {
                self.running.metrics.unusual_reds_stopped();
                people = BTreeSet::new();
                row = waiting;
                let put = self
                    .storage
                    .put_batch(row.clone(), Vec::new(), Vec::new(), Vec::new());
                put.await?
            }
            outcome => outcome,
        };
        if let BatchOutcome::Earlier(earlier) = outcome {
            return same_batch(&earlier, digest);
        }
        self.reevaluate(people).await?;
        report_of(&row)
    }

    /// Refuses a batch that has lain signed for long: a forgotten one must not surprise anybody.
    fn check_issued(&self, issued: Timestamp) -> Result<(), Failure> {
        let age = self.now().as_second() - issued.as_second();
        if (-SIGNED_AHEAD..SIGNED_BEFORE).contains(&age) {
            return Ok(());
        }
        Err(Problem::new(ProblemCode::InvalidField)
            .with_field("issued", "outside_24_hours")
            .with_detail("sign the batch anew, and check the clock of the system that signs")
            .into())
    }

    /// How many people these rows would make red, by county: from the profile's limit on, coding stops
    /// and asks a second person.
    async fn new_reds(&self, rows: &[Row]) -> Result<Vec<Tally>, Failure> {
        let now = self.now();
        let mut by_person: BTreeMap<PersonId, (&str, Vec<Evidence>)> = BTreeMap::new();
        for row in rows {
            let (_, evidence) = by_person
                .entry(row.person)
                .or_insert((&row.county, Vec::new()));
            evidence.push(row.evidence.clone());
        }
        let mut counties: BTreeMap<&str, u32> = BTreeMap::new();
        for (person, (county, new)) in by_person {
            let (_, known) = self.storage.evidence(person).await?;
            let mut evidence = self.open_evidence(&known)?;
            // An order may begin later; it counts when it is given.
            let begins = new.iter().map(|item| item.occurred_at).max();
            let at = begins.unwrap_or(now).max(now);
            let is_red = |evidence: &[Evidence], at| {
                self.is_red(evaluate(&self.pack, evidence, at).colour())
            };
            let before = is_red(&evidence, now);
            evidence.extend(new);
            if !before && (is_red(&evidence, now) || is_red(&evidence, at)) {
                *counties.entry(county).or_default() += 1;
            }
        }
        let limit = self.profile.limits().reds_per_county_and_hour;
        let mut tallies = Vec::with_capacity(counties.len());
        for (county, amount) in counties {
            // Counted under every key that is kept, so that a change of keys hides no unusual number.
            for key in self.vault.marks("reds of a county", &[county.as_bytes()]) {
                tallies.push(Tally {
                    bucket: Bucket {
                        key,
                        limit,
                        window_seconds: HOUR,
                    },
                    amount,
                });
            }
        }
        Ok(tallies)
    }

    /// Red, or what a profile ranks still worse.
    fn is_red(&self, colour: Colour) -> bool {
        let colours = self.profile.colours();
        colours.rank(colour) >= colours.rank(Colour::RED)
    }

    pub(crate) async fn approve_evidence(
        &self,
        principal: &Principal,
        request: BatchApprovalRequest,
    ) -> Result<BatchReport, Failure> {
        let unknown = || Failure::from(ProblemCode::EvidenceBatchUnknown);
        let mut batch = self
            .storage
            .batch(request.authority.clone(), request.batch.0.0)
            .await?
            .filter(|batch| batch.digest == request.digest.0)
            .ok_or_else(unknown)?;
        let submitter = self.principal(&batch.principal).ok_or_else(unknown)?;
        let same_unit =
            (&submitter.authority, &submitter.unit) == (&principal.authority, &principal.unit);
        let health = [submitter.kind, principal.kind].contains(&AuthorityKind::Health);
        if same_unit || !health || submitter.id == principal.id {
            return Err(ProblemCode::ApprovalNotIndependent.into());
        }
        if batch.state != BatchState::Waiting {
            // Asked again by whoever decided: the same answer.
            let decided_by = batch.approved_by.as_deref() == Some(&principal.id);
            let as_asked = (batch.state == BatchState::Applied) == request.approve;
            return if decided_by && as_asked {
                report_of(&batch)
            } else {
                Err(unknown())
            };
        }
        let at = self.now().as_second();
        let (mut rows, mut leaves, mut people) = Default::default();
        batch.state = BatchState::Refused;
        if request.approve {
            let place = [batch.authority.as_bytes(), b"|", &batch.id].concat();
            let body = self.vault.open(Place::Batch, &place, &batch.sealed_body)?;
            let judged = self.judge(submitter, &batch.id, &body).await?;
            let waited = judged.after_waiting(report_of(&batch)?.rows);
            let keep_none =
                waited.any_bad && open_body(&body)?.when_rows_are_bad == BadRows::KeepNone;
            if !waited.rows.is_empty() && !keep_none {
                batch.state = BatchState::Applied;
                (rows, leaves, people) = self.rows_of(submitter, waited.rows)?;
            }
            batch.report = write_reports(waited.reports, batch.state)?;
        }
        batch.approved_by = Some(principal.id.clone());
        let entry = LeafEntry::BatchApproval {
            authority: batch.authority.clone(),
            batch: batch.id,
            digest: batch.digest,
            submitted_by: batch.principal.clone(),
            approved_by: format!(
                "{}:{}",
                if request.approve {
                    "approved"
                } else {
                    "refused"
                },
                principal.id
            ),
            at,
        };
        leaves.insert(0, self.leaf(&entry, None)?.1);
        if !self
            .storage
            .approve_batch(batch.clone(), rows, leaves)
            .await?
        {
            return Err(unknown());
        }
        self.reevaluate(people).await?;
        report_of(&batch)
    }

    async fn reevaluate(&self, people: BTreeSet<PersonId>) -> Result<(), Failure> {
        let now = self.now();
        for person in people {
            self.health(person, now).await?;
        }
        Ok(())
    }

    async fn judge(
        &self,
        principal: &Principal,
        batch: &[u8; 16],
        body: &[u8],
    ) -> Result<Judged, Failure> {
        let body = open_body(body)?;
        let limit = usize::try_from(self.profile.limits().batch_two_person_over).unwrap_or(0);
        let mut judged = Judged {
            rows: Vec::new(),
            reports: Vec::with_capacity(body.entries.len()),
            needs_second: body.entries.len() > limit,
            any_bad: false,
        };
        for (position, entry) in (0u32..).zip(body.entries) {
            let mut report = RowReport {
                row: position,
                evidence: None,
                field: None,
                reason: None,
            };
            match self.judge_row(principal, batch, position, entry).await? {
                Ok(row) => {
                    // Nobody sets a red by a mere decision alone, by hand or for "others".
                    judged.needs_second |= match row.evidence.kind {
                        EvidenceKind::ManualDecision { colour, .. }
                        | EvidenceKind::OtherDecision { colour, .. } => self.is_red(colour),
                        _ => false,
                    };
                    report.evidence = Some(row.evidence.id);
                    judged.rows.push(row);
                }
                Err((field, reason)) => {
                    judged.any_bad = true;
                    report.field = Some(field.to_owned());
                    report.reason = Some(reason.to_owned());
                }
            }
            judged.reports.push(report);
        }
        Ok(judged)
    }

    async fn judge_row(
        &self,
        principal: &Principal,
        batch: &[u8; 16],
        position: u32,
        entry: serde_json::Value,
    ) -> Result<Result<Row, BadRow>, Failure> {
        let digest = sha256(&[entry.to_string().as_bytes()]);
        let Ok(entry) = serde_json::from_value::<EvidenceEntry>(entry) else {
            return Ok(Err(("entry", "malformed")));
        };
        let document = match liangma_domain::identity::IdentityDocument::parse(
            entry.document_type,
            entry.document_number.expose(),
            self.today(),
        ) {
            Ok(document) => document,
            Err(error) => return Ok(Err(("document_number", error.code()))),
        };
        if !self.pack.may_submit(principal.kind, entry.kind.name()) {
            return Ok(Err(("kind", "authority_may_not_submit")));
        }
        let Ok(authority) = AuthorityId::new(principal.authority.as_str()) else {
            return Err(Failure::internal("name an authority"));
        };
        let id = name(
            "evidence",
            &[
                principal.authority.as_bytes(),
                batch,
                &position.to_be_bytes(),
            ],
        );
        let evidence = Evidence {
            id: EvidenceId::from_bytes(first(&id)),
            // The platform thinks in whole seconds: a fraction of the current one would lie in its future,
            // and the evidence would count a moment late.
            occurred_at: whole_second(entry.occurred_at),
            recorded_at: self.now(),
            case_id: entry.case_id,
            authority,
            origin: Origin::Finding,
            kind: entry.kind,
        };
        if let Err(error) = evidence.check() {
            return Ok(Err(reason_of(&error)));
        }
        let person = self.person_of(&document).await?;
        if let EvidenceKind::Withdrawal { of, .. } = &evidence.kind {
            let (_, mut known) = self.storage.evidence(person).await?;
            known.retain(|row| row.id == *of.as_bytes());
            match self.open_evidence(&known)?.first() {
                None => return Ok(Err(("of", "unknown_evidence"))),
                Some(earlier) if !may_withdraw(&evidence.authority, principal.kind, earlier) => {
                    return Ok(Err(("of", "may_not_withdraw")));
                }
                Some(_) => {}
            }
        }
        let county = document.division().map(ToString::to_string);
        Ok(Ok(Row {
            position,
            person,
            county: county.unwrap_or_else(|| principal.unit.clone()),
            evidence,
            digest,
        }))
    }

    /// The rows to keep, a trace of each, and the people they are about.
    #[expect(
        clippy::type_complexity,
        reason = "three lists that are made together and used at once"
    )]
    fn rows_of(
        &self,
        principal: &Principal,
        rows: Vec<Row>,
    ) -> Result<(Vec<EvidenceRow>, Vec<LeafRow>, BTreeSet<PersonId>), Failure> {
        let at = self.now().as_second();
        let mut kept = Vec::with_capacity(rows.len());
        let mut leaves = Vec::with_capacity(rows.len());
        let mut people = BTreeSet::new();
        for row in rows {
            let id = *row.evidence.id.as_bytes();
            let entry = LeafEntry::Evidence {
                person: *row.person.as_bytes(),
                evidence: id,
                kind: kind_name(&row.evidence.kind)?,
                authority: principal.authority.clone(),
                principal: principal.id.clone(),
                case_id: row.evidence.case_id.to_string(),
                digest: row.digest,
                at,
            };
            leaves.push(self.leaf(&entry, Some(row.person))?.1);
            kept.push(EvidenceRow {
                id,
                person: row.person,
                sealed: self.seal_evidence(&row.evidence)?,
                digest: row.digest,
                recorded_at: at,
                class: class_of(&row.evidence),
                held_at: at,
            });
            people.insert(row.person);
        }
        Ok((kept, leaves, people))
    }
}

/// The same batch again gets the same report; another one under its number is refused.
fn same_batch(earlier: &BatchRow, digest: [u8; 32]) -> Result<BatchReport, Failure> {
    if earlier.digest == digest {
        report_of(earlier)
    } else {
        Err(ProblemCode::EvidenceBatchConflict.into())
    }
}

fn open_body(body: &[u8]) -> Result<OpenBody, Failure> {
    let malformed = |detail: &str| {
        Failure::from(Problem::new(ProblemCode::MalformedRequest).with_detail(detail))
    };
    let body: OpenBody = serde_json::from_slice(body).map_err(|_| {
        malformed("let the batch hold the JSON of `when_rows_are_bad` and `entries`")
    })?;
    if !(1..=BATCH_ENTRIES_MAX).contains(&body.entries.len()) {
        return Err(malformed("send 1 to 1000 entries in a batch"));
    }
    Ok(body)
}

/// The report of a batch of which nothing is on record.
pub(super) fn without_evidence(batch: &BatchRow) -> Result<String, Failure> {
    write_reports(report_of(batch)?.rows, BatchState::Refused)
}

fn write_reports(mut reports: Vec<RowReport>, state: BatchState) -> Result<String, Failure> {
    if state == BatchState::Refused {
        // Nothing of it is on record, so nothing of it can be named.
        reports.iter_mut().for_each(|report| report.evidence = None);
    }
    serde_json::to_string(&reports).map_err(|_| Failure::internal("write a report"))
}
