//! Evidence from departments: signed batches, checked row by row, in force at once or after a second
//! person of another unit has approved them.

mod apply;
mod judge;
mod unusual;

use std::sync::Arc;

use jiff::Timestamp;
use liangma_credential::SignedBatch;
use liangma_crypto::sha256;
use liangma_wire::{
    bytes::FixedBytes,
    evidence::{
        BATCH_WAITS_SECONDS, BatchApprovalRequest, BatchId, BatchReport, BatchState as WireState,
        RowReport,
    },
    problem::{Problem, ProblemCode},
};
use tokio::sync::OwnedSemaphorePermit;

use self::apply::{Kept, PIECE};
use crate::{
    config::{Duty, Principal},
    error::Failure,
    leaf::LeafEntry,
    platform::Platform,
    storage::{BatchOutcome, BatchRow, BatchState},
    vault::Place,
};

/// A batch of more bytes is large.
pub(crate) const LARGE: usize = 1024 * 1024;
/// How long a batch may have lain signed before it came.
const SIGNED_BEFORE: i64 = 86_400;
/// How far the clock of an authority may be ahead.
const SIGNED_AHEAD: i64 = 120;

fn on_wire(state: BatchState) -> WireState {
    match state {
        BatchState::Waiting => WireState::WaitingForApproval,
        BatchState::Applying => WireState::Applying,
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
            return self.same_batch(&earlier, digest);
        }
        self.check_issued(batch.issued)?;
        let judged = self.judge(principal, &batch.id.0, &batch.body).await?;
        let state = if !judged.anything_to_keep() {
            BatchState::Refused
        } else if judged.needs_second {
            BatchState::Waiting
        } else {
            BatchState::Applied
        };
        let mut row = BatchRow {
            authority: batch.authority.clone(),
            id: batch.id.0,
            digest,
            state,
            principal: principal.id.clone(),
            approved_by: None,
            // Whatever is not waiting is never opened again.
            sealed_body: Vec::new(),
            report: write_reports(&judged.reports, state)?,
            received_at: self.now().as_second(),
        };
        if state == BatchState::Applied {
            let tallies = self.tallies(principal, &judged.rows).await?;
            let kept = self
                .rows_of(&principal.authority, &principal.id, judged.rows)
                .await?;
            let put = self
                .storage
                .put_batch(row.clone(), kept.rows, kept.leaves, tallies);
            match put.await? {
                BatchOutcome::Stored => {
                    self.reevaluate(kept.people).await?;
                    return report_of(&row);
                }
                BatchOutcome::Earlier(earlier) => return self.same_batch(&earlier, digest),
                BatchOutcome::Unusual => {
                    self.running.metrics.unusual_reds_stopped();
                    row.state = BatchState::Waiting;
                }
            }
        }
        if row.state == BatchState::Waiting {
            let place = [row.authority.as_bytes(), b"|", &row.id].concat();
            let randomness = &*self.ports.randomness;
            row.sealed_body = self
                .vault
                .seal(Place::Batch, &place, &batch.body, randomness)?;
        }
        let put = self
            .storage
            .put_batch(row.clone(), Vec::new(), Vec::new(), Vec::new());
        match put.await? {
            BatchOutcome::Earlier(earlier) => self.same_batch(&earlier, digest),
            BatchOutcome::Stored | BatchOutcome::Unusual => report_of(&row),
        }
    }

    /// The same batch again gets the same report; another one under its number is refused.
    fn same_batch(&self, earlier: &BatchRow, digest: [u8; 32]) -> Result<BatchReport, Failure> {
        if earlier.digest != digest {
            return Err(ProblemCode::EvidenceBatchConflict.into());
        }
        report_of(earlier)
    }

    /// A place for a large batch; there are few.
    pub(crate) fn place_for_a_large_batch(&self) -> Result<OwnedSemaphorePermit, Failure> {
        let places = self.large_batches.clone();
        let place = places.try_acquire_owned();
        place.map_err(|_| Problem::new(ProblemCode::Busy).with_retry_after(10).into())
    }

    /// Refuses what nobody answered for in time.
    fn check_still_waits(&self, batch: &BatchRow) -> Result<(), Failure> {
        let waited = self.now().as_second() - batch.received_at;
        // Refused by nobody: it waited until the sweep let it go.
        let unanswered = batch.state == BatchState::Waiting
            || (batch.state == BatchState::Refused && batch.approved_by.is_none());
        if unanswered && waited >= BATCH_WAITS_SECONDS {
            return Err(ProblemCode::EvidenceBatchExpired.into());
        }
        Ok(())
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

    pub(crate) async fn approve_evidence(
        self: &Arc<Self>,
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
        if !principal.answers_independently_of(submitter) {
            return Err(ProblemCode::ApprovalNotIndependent.into());
        }
        self.check_still_waits(&batch)?;
        if batch.state != BatchState::Waiting {
            return decided_before(&batch, principal, &request);
        }
        let _place = if batch.sealed_body.len() > LARGE {
            Some(self.place_for_a_large_batch()?)
        } else {
            None
        };
        let at = self.now().as_second();
        let mut kept = Kept::default();
        batch.state = BatchState::Refused;
        if request.approve {
            let body = self.body_of(&batch)?;
            let judged = self.judge(submitter, &batch.id, &body).await?;
            let large = judged.reports.len() > PIECE;
            let waited = judged.after_waiting(report_of(&batch)?.rows);
            if waited.anything_to_keep() {
                batch.state = if large {
                    BatchState::Applying
                } else {
                    BatchState::Applied
                };
            }
            batch.report = write_reports(&waited.reports, batch.state)?;
            if batch.state == BatchState::Applied {
                kept = self
                    .rows_of(&batch.authority, &batch.principal, waited.rows)
                    .await?;
            }
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
        kept.leaves.insert(0, self.leaf(&entry, None)?.1);
        let decided = self
            .storage
            .approve_batch(batch.clone(), kept.rows, kept.leaves);
        if !decided.await? {
            let now = self.storage.batch(batch.authority, batch.id).await?;
            return decided_before(&now.ok_or_else(unknown)?, principal, &request);
        }
        if batch.state == BatchState::Applying {
            self.apply_in_pieces(&batch).await;
            let now = self.storage.batch(batch.authority, batch.id).await?;
            return report_of(&now.ok_or_else(unknown)?);
        }
        self.reevaluate(kept.people).await?;
        report_of(&batch)
    }
}

/// Asked again by whoever decided: the same answer.
fn decided_before(
    batch: &BatchRow,
    principal: &Principal,
    request: &BatchApprovalRequest,
) -> Result<BatchReport, Failure> {
    let decided_by = batch.approved_by.as_deref() == Some(&principal.id);
    let as_asked = (batch.state != BatchState::Refused) == request.approve;
    if decided_by && as_asked {
        report_of(batch)
    } else {
        Err(ProblemCode::EvidenceBatchUnknown.into())
    }
}

/// The report of a batch of which nothing is on record.
pub(super) fn without_evidence(batch: &BatchRow) -> Result<String, Failure> {
    write_reports(&report_of(batch)?.rows, BatchState::Refused)
}

fn write_reports(reports: &[RowReport], state: BatchState) -> Result<String, Failure> {
    let written = if state == BatchState::Refused {
        // Nothing of it is on record, so nothing of it can be named.
        let unnamed = |report: &RowReport| RowReport {
            evidence: None,
            ..report.clone()
        };
        serde_json::to_string(&reports.iter().map(unnamed).collect::<Vec<_>>())
    } else {
        serde_json::to_string(reports)
    };
    written.map_err(|_| Failure::internal("write a report"))
}

#[cfg(test)]
mod tests;
