//! What is kept, and for how long, by the retention table of the region profile.
//!
//! Most of it goes by a time in the store. Evidence goes by what it does: it is kept for its days after
//! it last set a colour, and nothing is removed on which a colour, its next change or a tile of somebody's
//! code rests. The trace of it stays until decisions have had their days, its hash for ever.

use jiff::Timestamp;
use liangma_domain::{
    evidence::{Evidence, EvidenceKind, Origin},
    person::PersonId,
    profile::DataClass,
    rules::{Evaluation, evaluate},
    tiles::{TestAge, Tiles},
};
use liangma_wire::evidence::BATCH_WAITS_SECONDS;

use crate::{
    error::Failure,
    leaf::LeafEntry,
    platform::Platform,
    storage::{BatchState, EvidenceClass, ForgetEvidence, KeepSince, Standing},
};

const DAY: i64 = 86_400;
/// A recall reaches 48 hours; a checker that was away for longer gets the full list.
const RECALLS_KEPT: i64 = 4 * DAY;
/// Rows of each kind that one transaction removes.
pub(crate) const ROWS_AT_ONCE: u32 = 500;
/// Transactions in one tick; the next tick goes on.
const ROUNDS: usize = 20;
/// People whose evidence is looked at in one tick, for each class.
const PEOPLE_AT_ONCE: u32 = 200;

/// The line of the retention table that evidence is kept by.
pub(crate) fn class_of(evidence: &Evidence) -> EvidenceClass {
    match (evidence.origin, &evidence.kind) {
        (Origin::Declaration, EvidenceKind::Travel { .. }) => EvidenceClass::TripDeclaration,
        (Origin::Declaration, _) => EvidenceClass::HealthDeclaration,
        _ => EvidenceClass::Finding,
    }
}

/// The evidence that an evaluation rests on.
pub(super) fn rests_on(evaluation: &Evaluation) -> impl Iterator<Item = [u8; 16]> {
    evaluation
        .reasons()
        .iter()
        .flat_map(|reason| reason.evidence.iter().map(|id| *id.as_bytes()))
}

impl Platform {
    /// From when on a class of data is kept.
    fn since(&self, class: DataClass, now: Timestamp) -> i64 {
        now.as_second() - i64::from(self.profile.retention_days(class)) * DAY
    }

    fn held_since(&self, class: EvidenceClass, now: Timestamp) -> i64 {
        let class = match class {
            EvidenceClass::Finding => DataClass::Evidence,
            EvidenceClass::HealthDeclaration => DataClass::HealthDeclaration,
            EvidenceClass::TripDeclaration => DataClass::TripDeclaration,
        };
        self.since(class, now)
    }

    fn keep_since(&self, now: Timestamp) -> KeepSince {
        let since = |class| self.since(class, now);
        KeepSince {
            attempts: since(DataClass::LoginAttempt),
            sessions: since(DataClass::Session),
            tickets: since(DataClass::FaceCheck),
            strips: since(DataClass::Strip),
            decisions: since(DataClass::Decision),
            consents: since(DataClass::Consent),
            evidence: since(DataClass::Evidence),
            audit: since(DataClass::AuditLog),
            recalls: now.as_second() - RECALLS_KEPT,
        }
    }

    /// Removes what has run out and what has been kept for as long as it may, in small transactions
    /// between which others write. What is left over is left to the next tick.
    pub(crate) async fn sweep(&self, now: Timestamp) -> Result<(), Failure> {
        let keep = self.keep_since(now);
        let mut removed = false;
        for _ in 0..ROUNDS {
            let most = self
                .storage
                .sweep(now.as_second(), keep, ROWS_AT_ONCE)
                .await?;
            removed |= most > 0;
            if most < ROWS_AT_ONCE {
                break;
            }
        }
        for class in EvidenceClass::ALL {
            let before = self.held_since(class, now);
            let people = self
                .storage
                .people_with_evidence(class, before, PEOPLE_AT_ONCE)
                .await?;
            for person in people {
                removed |= self.forget_evidence_of(person, now).await?;
            }
        }
        removed |= self.let_batches_go(now).await?;
        if removed {
            self.storage.give_back().await?;
        }
        Ok(())
    }

    /// Forgets what of somebody's evidence has had its days; `true` when there was any.
    async fn forget_evidence_of(&self, person: PersonId, now: Timestamp) -> Result<bool, Failure> {
        // As of now, so that what is compared below is what the person is told.
        self.health(person, now).await?;
        let known = self.storage.known(person).await?;
        let evidence = self.open_evidence(&known.evidence)?;
        let told = evaluate(&self.rules().pack, &evidence, now);
        let carries_a_code = self
            .storage
            .devices(person)
            .await?
            .iter()
            .any(|device| device.standing == Standing::Verified);
        let tiles =
            |evidence: &[Evidence]| carries_a_code.then(|| self.lasting_tiles(evidence, now));
        let told_tiles = tiles(&evidence);
        let says_the_same = |evidence: &[Evidence]| {
            let without = evaluate(&self.rules().pack, evidence, now);
            without.says_the_same_as(&told)
                && without.next_change_at() == told.next_change_at()
                && tiles(evidence) == told_tiles
        };
        let mut forget = ForgetEvidence {
            person,
            evidence_version: known.evidence_version,
            ids: Vec::new(),
            held: Vec::new(),
        };
        let mut left = evidence;
        // Oldest first: what was withdrawn goes before what withdrew it.
        for row in &known.evidence {
            let since = self.held_since(row.class, now);
            if row.held_at >= since {
                continue;
            }
            let without: Vec<Evidence> = left
                .iter()
                .filter(|item| *item.id.as_bytes() != row.id)
                .cloned()
                .collect();
            if says_the_same(&without) {
                left = without;
                forget.ids.push(row.id);
            } else if rests_on(&told).any(|id| id == row.id) {
                forget.held.push((row.id, now.as_second()));
            } else {
                // Something else rests on it: looked at again in a day.
                forget.held.push((row.id, since + DAY));
            }
        }
        let removes = !forget.ids.is_empty();
        // Stale when evidence came meanwhile: the next tick looks again.
        Ok(self.storage.forget_evidence(forget).await? && removes)
    }

    /// The tiles of a code as of now. That a test is older than three days is worth keeping no test for.
    fn lasting_tiles(&self, evidence: &[Evidence], now: Timestamp) -> Tiles {
        let mut tiles = self.profile.tiles(evidence, now).unwrap_or(Tiles::NOTHING);
        if tiles.test_age == TestAge::Older {
            tiles.test_age = TestAge::None;
        }
        tiles
    }

    /// Refuses batches that nobody approved in time, forgets what they say, and leaves a trace of it.
    async fn let_batches_go(&self, now: Timestamp) -> Result<bool, Failure> {
        let before = now.as_second() - BATCH_WAITS_SECONDS;
        let batches = self.storage.waiting_batches(before, PEOPLE_AT_ONCE).await?;
        let any = !batches.is_empty();
        for mut batch in batches {
            batch.state = BatchState::Refused;
            let entry = LeafEntry::BatchApproval {
                authority: batch.authority.clone(),
                batch: batch.id,
                digest: batch.digest,
                submitted_by: batch.principal.clone(),
                approved_by: "expired".to_owned(),
                at: now.as_second(),
            };
            batch.report = super::evidence::without_evidence(&batch)?;
            let leaf = self.leaf(&entry, None)?.1;
            // Approved in this very moment: then it stays approved.
            self.storage
                .approve_batch(batch, Vec::new(), vec![leaf])
                .await?;
        }
        Ok(any)
    }
}
