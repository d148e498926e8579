//! Putting what was decided into force.
//!
//! A small batch is one transaction. A large one is decided in one transaction, which keeps its body and
//! says *applying*, and is then put into force piece by piece: the writer is never held for longer than a
//! piece, so that codes go on being made. All or none holds all the same: what is decided is finished, by
//! this process or by the next tick of any other, each piece exactly once.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use liangma_domain::{identity::IdentityDocument, person::PersonId};
use liangma_wire::evidence::RowReport;

use super::judge::{Row, open_body};
use crate::{
    error::Failure,
    leaf::LeafEntry,
    platform::{Platform, time},
    service::{declarations::kind_name, retention::class_of},
    storage::{ApplyingRow, BatchRow, BatchState, EvidenceRow, KeepPerson, LeafRow, Piece},
    vault::Place,
};

/// The most rows that one transaction puts into force.
pub(super) const PIECE: usize = 500;

/// What rows become: evidence, a trace of each, and the people they are about.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) rows: Vec<EvidenceRow>,
    pub(super) leaves: Vec<LeafRow>,
    pub(super) people: BTreeSet<PersonId>,
}

impl Platform {
    /// Keeps the people of these rows, and makes of the rows what is to be stored.
    pub(super) async fn rows_of(
        &self,
        authority: &str,
        principal: &str,
        rows: Vec<Row>,
    ) -> Result<Kept, Failure> {
        let at = self.now().as_second();
        let documents: BTreeMap<[u8; 32], &IdentityDocument> =
            rows.iter().map(|row| (row.whose, &row.document)).collect();
        let mut candidates = Vec::with_capacity(documents.len());
        for document in documents.values() {
            let candidate = PersonId::from_bytes(self.random()?);
            candidates.push(KeepPerson {
                lookup: self.vault.lookup(document),
                candidate,
                sealed: self.seal_document(candidate, document)?,
            });
        }
        let ids = self.storage.keep_people(candidates, at).await?;
        let people: BTreeMap<[u8; 32], PersonId> = documents.into_keys().zip(ids).collect();
        let mut kept = Kept::default();
        for row in rows {
            let person = *people
                .get(&row.whose)
                .ok_or(Failure::internal("find a person who was kept"))?;
            let id = *row.evidence.id.as_bytes();
            let entry = LeafEntry::Evidence {
                person: *person.as_bytes(),
                evidence: id,
                kind: kind_name(&row.evidence.kind)?,
                authority: authority.to_owned(),
                principal: principal.to_owned(),
                case_id: row.evidence.case_id.to_string(),
                digest: row.digest,
                at,
            };
            kept.leaves.push(self.leaf(&entry, Some(person))?.1);
            kept.rows.push(EvidenceRow {
                id,
                person,
                sealed: self.seal_evidence(&row.evidence)?,
                digest: row.digest,
                recorded_at: at,
                class: class_of(&row.evidence),
                held_at: at,
            });
            kept.people.insert(person);
        }
        Ok(kept)
    }

    /// The body of a batch that waits or is being applied.
    pub(super) fn body_of(&self, batch: &BatchRow) -> Result<zeroize::Zeroizing<Vec<u8>>, Failure> {
        let place = [batch.authority.as_bytes(), b"|", &batch.id].concat();
        Ok(self.vault.open(Place::Batch, &place, &batch.sealed_body)?)
    }

    /// Puts a large batch into force in a task of its own: who asked for it may hang up.
    pub(super) async fn apply_in_pieces(self: &Arc<Self>, batch: &BatchRow) {
        let platform = self.clone();
        let of = ApplyingRow {
            authority: batch.authority.clone(),
            id: batch.id,
            from: 0,
        };
        let applying = tokio::spawn(async move {
            match platform.apply_rest(of).await {
                // Evidence counts as soon as somebody asks; this brings forward what nobody asks about.
                Ok(people) => drop(tokio::spawn(async move {
                    if let Err(failure) = platform.reevaluate(people).await {
                        failure.into_problem();
                    }
                })),
                // Logged by its class; the next tick goes on where this ended.
                Err(failure) => drop(failure.into_problem()),
            }
        });
        if applying.await.is_err() {
            tracing::error!("a batch was left half applied; the next tick goes on with it");
        }
    }

    /// Goes on with every batch that was decided and is not all in force.
    pub(crate) async fn apply_what_is_left(&self) -> Result<(), Failure> {
        let mut failed = Ok(());
        for of in self.storage.batches_applying().await? {
            failed = failed.and(self.apply_rest(of).await.map(|_| ()));
        }
        failed
    }

    /// Puts the rest of a batch into force; gives the people that it is about.
    async fn apply_rest(&self, mut of: ApplyingRow) -> Result<BTreeSet<PersonId>, Failure> {
        let mut people = BTreeSet::new();
        let batch = self.storage.batch(of.authority.clone(), of.id).await?;
        let Some(batch) = batch.filter(|batch| batch.state == BatchState::Applying) else {
            return Ok(people);
        };
        let body = self.body_of(&batch)?;
        let entries = open_body(&body)?.entries;
        let reports: Vec<RowReport> = serde_json::from_str(&batch.report)
            .map_err(|_| Failure::internal("read a stored report"))?;
        let good = |position: u32| {
            usize::try_from(position)
                .ok()
                .and_then(|position| reports.get(position))
                .is_some_and(|report| report.reason.is_none())
        };
        // Set back meanwhile, the clock must not make of a good row one of the future.
        let recorded_at = self.now().max(time(batch.received_at));
        let mut pieces = (0u32..).zip(entries).collect::<Vec<_>>();
        let count = u32::try_from(pieces.len()).unwrap_or(u32::MAX);
        pieces.retain(|(position, _)| *position >= of.from && good(*position));
        let size = u32::try_from(PIECE).unwrap_or(u32::MAX);
        let mut rest = pieces.as_slice();
        loop {
            let to = of.from.saturating_add(size).min(count);
            let (piece, later) = rest.split_at(rest.partition_point(|(at, _)| *at < to));
            let mut rows = Vec::with_capacity(piece.len());
            for (position, entry) in piece {
                let row = self.read_row(&of.authority, &of.id, *position, entry, recorded_at)?;
                rows.push(row.map_err(|_| Failure::internal("read a row that was good"))?);
            }
            let kept = self
                .rows_of(&batch.authority, &batch.principal, rows)
                .await?;
            let last = to == count;
            let piece = Piece {
                of: of.clone(),
                to,
                last,
                rows: kept.rows,
                leaves: kept.leaves,
            };
            people.extend(kept.people);
            if !self.storage.apply_piece(piece).await? || last {
                return Ok(people);
            }
            of.from = to;
            rest = later;
        }
    }

    pub(super) async fn reevaluate(&self, people: BTreeSet<PersonId>) -> Result<(), Failure> {
        let now = self.now();
        for person in people {
            self.health(person, now).await?;
        }
        Ok(())
    }
}
