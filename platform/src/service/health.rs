//! Evaluation: whatever is recorded about somebody is evaluated by the rules in force, and only a
//! worsening recalls what was signed before.

use jiff::{SignedDuration, Timestamp};
use liangma_credential::{EXPIRED_AFTER_SECONDS, Hour, RecallKey};
use liangma_domain::{
    authority::AuthorityKind,
    colour::Colour,
    evidence::{AuthorityId, Evidence},
    person::PersonId,
    rules::{Evaluation, evaluate},
    tiles::Tiles,
};
use liangma_wire::{
    declaration::{EvidenceSource, HealthResponse, RuleBook},
    login::ReadToken,
    problem::{Problem, ProblemCode},
};

use super::retention::{self, rests_on};
use crate::{
    error::Failure,
    leaf::LeafEntry,
    platform::{Platform, token_hash},
    storage::{
        Advance, EvaluationRow, EvidenceRow, Known, LeafRow, NewRecall, PutEvaluation, SeenHours,
        StripRow,
    },
    vault::Place,
};

/// A credential is taken for this long after its hour, so its recall key is kept that long.
const AFTER_THE_HOUR: SignedDuration = SignedDuration::from_secs(EXPIRED_AFTER_SECONDS);
/// How often an evaluation is made anew when something changes meanwhile.
const ROUNDS: usize = 6;
const AT_ONCE: u32 = 500;

/// What is known of somebody's health, and what follows.
pub(crate) struct Health {
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) evaluation: Evaluation,
    pub(crate) version: u64,
}

/// The hour whose credentials may still be taken.
pub(crate) fn oldest_hour(now: Timestamp) -> Hour {
    Hour::of(now.saturating_sub(AFTER_THE_HOUR).unwrap_or(now))
}

fn key_place(strip: &[u8; 16], hour: u32) -> Vec<u8> {
    [&strip[..], &hour.to_be_bytes()].concat()
}

impl Platform {
    /// Reasons and colour for the bearer of a read token: one look finds the device and what is known.
    pub(crate) async fn query_health(&self, token: &ReadToken) -> Result<HealthResponse, Failure> {
        let hash = token_hash(token);
        let mut found = self.storage.seat_and_known(hash).await?;
        if found.is_none() && self.rename_old_token(token).await? {
            found = self.storage.seat_and_known(hash).await?;
        }
        let (seat, known) = found.ok_or(Failure::from(ProblemCode::SessionEnded))?;
        self.require_verified(&seat)?;
        let now = self.now();
        let health = self.health_of(seat.device.person, known, now).await?;
        let rested_on = |evidence: &&Evidence| {
            let mut reasons = health.evaluation.reasons().iter();
            reasons.any(|reason| reason.evidence.contains(&evidence.id))
        };
        Ok(HealthResponse {
            sources: health
                .evidence
                .iter()
                .filter(rested_on)
                .map(|evidence| EvidenceSource {
                    evidence: evidence.id,
                    authority: evidence.authority.clone(),
                    kind: self.kind_of(&evidence.authority),
                    origin: evidence.origin,
                })
                .collect(),
            rule_book: Some(self.rule_book()),
            tiles: self
                .profile
                .tiles(&health.evidence, now)
                .unwrap_or(Tiles::NOTHING),
            evaluation: health.evaluation,
            profile: self.profile_name().to_owned(),
            version: health.version,
        })
    }

    /// What kind of office an authority is, while one of its people is on the list.
    fn kind_of(&self, authority: &AuthorityId) -> Option<AuthorityKind> {
        self.principals()
            .find(|principal| principal.authority == authority.as_str())
            .map(|principal| principal.kind)
    }

    /// The rule book behind the rules in force.
    fn rule_book(&self) -> RuleBook {
        let rules = self.rules();
        let source = rules.pack.source();
        RuleBook {
            title: source.title.clone(),
            issuer: source.issuer.clone(),
        }
    }

    pub(crate) fn seal_evidence(&self, evidence: &Evidence) -> Result<Vec<u8>, Failure> {
        let plain = zeroize::Zeroizing::new(
            serde_json::to_vec(evidence).map_err(|_| Failure::internal("write evidence"))?,
        );
        let row = evidence.id.as_bytes();
        Ok(self
            .vault
            .seal(Place::Evidence, row, &plain, &*self.ports.randomness)?)
    }

    pub(crate) fn open_evidence(&self, rows: &[EvidenceRow]) -> Result<Vec<Evidence>, Failure> {
        rows.iter()
            .map(|row| {
                let plain = self.vault.open(Place::Evidence, &row.id, &row.sealed)?;
                serde_json::from_slice(&plain)
                    .map_err(|_| Failure::internal("read stored evidence"))
            })
            .collect()
    }

    /// The evaluation as of now: the kept one while it holds, otherwise a new one, which is kept, leaves
    /// its trace, and recalls the strips whose signed hours it makes too mild.
    pub(crate) async fn health(&self, person: PersonId, now: Timestamp) -> Result<Health, Failure> {
        let known = self.storage.known(person).await?;
        self.health_of(person, known, now).await
    }

    /// The same, from what was looked up before.
    pub(crate) async fn health_of(
        &self,
        person: PersonId,
        mut looked_up: Known,
        now: Timestamp,
    ) -> Result<Health, Failure> {
        for _ in 0..ROUNDS {
            let Known {
                evidence_version,
                evidence: rows,
                evaluation: kept,
            } = looked_up;
            let evidence = self.open_evidence(&rows)?;
            let kept = match kept {
                None => None,
                Some(row) => {
                    let evaluation = self.open_evaluation(&row)?;
                    let holds = row.evidence_version == evidence_version
                        && row
                            .next_change_at
                            .is_none_or(|change| change > now.as_second())
                        && evaluation.rule_version() == self.rules().pack.version();
                    if holds {
                        return Ok(Health {
                            evidence,
                            evaluation,
                            version: row.version,
                        });
                    }
                    Some((row, evaluation))
                }
            };
            let evaluation = evaluate(&self.rules().pack, &evidence, now);
            let before = kept.as_ref().map_or(0, |(row, _)| row.version);
            let same = kept.as_ref().is_some_and(|(row, earlier)| {
                row.evidence_version == evidence_version && earlier.says_the_same_as(&evaluation)
            });
            let version = if same { before } else { before + 1 };
            let mut rests_on: Vec<_> = rests_on(&evaluation)
                .chain(
                    kept.iter()
                        .flat_map(|(_, earlier)| retention::rests_on(earlier)),
                )
                .collect();
            rests_on.sort_unstable();
            rests_on.dedup();
            let mut put = self
                .new_evaluation(
                    person,
                    &evidence,
                    &evaluation,
                    now,
                    version,
                    before,
                    evidence_version,
                )
                .await?;
            put.rests_on = rests_on;
            let recalled = !put.recalls.is_empty();
            if self.storage.put_evaluation(put).await? {
                if recalled {
                    self.publish_recalls(now).await;
                }
                return Ok(Health {
                    evidence,
                    evaluation,
                    version,
                });
            }
            looked_up = self.storage.known(person).await?;
        }
        Err(Problem::new(ProblemCode::Busy).with_retry_after(2).into())
    }

    fn open_evaluation(&self, row: &EvaluationRow) -> Result<Evaluation, Failure> {
        let place = row.person.as_bytes();
        let plain = self.vault.open(Place::Evaluation, place, &row.sealed)?;
        serde_json::from_slice(&plain).map_err(|_| Failure::internal("read a stored evaluation"))
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one row's columns, put together in one place"
    )]
    async fn new_evaluation(
        &self,
        person: PersonId,
        evidence: &[Evidence],
        evaluation: &Evaluation,
        now: Timestamp,
        version: u64,
        expected_version: u64,
        evidence_version: u64,
    ) -> Result<PutEvaluation, Failure> {
        let plain = zeroize::Zeroizing::new(
            serde_json::to_vec(evaluation).map_err(|_| Failure::internal("write an evaluation"))?,
        );
        let randomness = &*self.ports.randomness;
        let sealed = self
            .vault
            .seal(Place::Evaluation, person.as_bytes(), &plain, randomness)?;
        let (strips, seen) = self.recallable_strips(person, now).await?;
        let too_mild: Vec<StripRow> = strips
            .into_iter()
            .filter(|strip| self.is_too_mild(strip, evidence, evaluation, now))
            .collect();
        let (recalls, mut leaves) = self.recalls_of(&too_mild, "worsened", now)?;
        let entry = LeafEntry::Evaluation {
            person: *person.as_bytes(),
            colour: evaluation.colour().registry_number(),
            rules: evaluation
                .reasons()
                .iter()
                .map(|reason| reason.rule.to_string())
                .collect(),
            rule_version: evaluation.rule_version(),
            evidence_version,
            at: now.as_second(),
        };
        leaves.insert(0, self.leaf(&entry, Some(person))?.1);
        Ok(PutEvaluation {
            row: EvaluationRow {
                person,
                version,
                evidence_version,
                sealed,
                next_change_at: evaluation.next_change_at().map(ceiling_second),
                evaluated_at: now.as_second(),
            },
            expected_version,
            seen,
            recalls,
            rests_on: Vec::new(),
            leaves,
        })
    }

    /// The colour that an hour may be signed with: the worse of now and as of that hour, so that an
    /// improvement is never signed ahead.
    pub(crate) fn colour_of_hour(
        &self,
        evidence: &[Evidence],
        evaluation: &Evaluation,
        now: Timestamp,
        hour: Hour,
    ) -> (Colour, Colour) {
        let at = hour.start().max(now);
        let changed = evaluation
            .next_change_at()
            .is_some_and(|change| change <= at);
        let then = if changed {
            evaluate(&self.rules().pack, evidence, at).colour()
        } else {
            // Before its next change an evaluation says the same at any time.
            evaluation.colour()
        };
        let worse = self.profile.colours().worse(evaluation.colour(), then);
        (then, worse)
    }

    fn is_too_mild(
        &self,
        strip: &StripRow,
        evidence: &[Evidence],
        evaluation: &Evaluation,
        now: Timestamp,
    ) -> bool {
        let colours = self.profile.colours();
        strip
            .hours
            .iter()
            .filter(|hour| hour.hour >= oldest_hour(now).0)
            .any(|hour| {
                let (_, should_be) =
                    self.colour_of_hour(evidence, evaluation, now, Hour(hour.hour));
                Colour::from_registry_number(hour.colour)
                    .is_none_or(|signed| colours.rank(signed) < colours.rank(should_be))
            })
    }

    /// Strips of which a copy could still be shown, and which hours of them were seen.
    pub(crate) async fn recallable_strips(
        &self,
        person: PersonId,
        now: Timestamp,
    ) -> Result<(Vec<StripRow>, SeenHours), Failure> {
        let from_hour = oldest_hour(now).0;
        let strips = self.storage.strips(person, from_hour).await?;
        let mut hours: Vec<_> = strips
            .iter()
            .flat_map(|strip| strip.hours.iter().map(|hour| (strip.id, hour.hour)))
            .filter(|(_, hour)| *hour >= from_hour)
            .collect();
        hours.sort_unstable();
        Ok((strips, SeenHours { from_hour, hours }))
    }

    /// Publishes what was recalled. What is stored stays stored: when the list cannot be made now, the
    /// next tick makes it, and whoever asked is not told that nothing was done.
    pub(crate) async fn publish_recalls(&self, now: Timestamp) {
        if let Err(failure) = self.trust().refresh(now).await {
            // Logged by its class; the tick tries again.
            failure.into_problem();
        }
    }

    /// The recall keys that recall strips from now on, with a trace of each.
    pub(crate) fn recalls_of(
        &self,
        strips: &[StripRow],
        cause: &str,
        now: Timestamp,
    ) -> Result<(Vec<NewRecall>, Vec<LeafRow>), Failure> {
        let mut recalls = Vec::with_capacity(strips.len());
        let mut leaves = Vec::with_capacity(strips.len());
        for strip in strips {
            let hour = oldest_hour(now).0.max(strip.key_hour);
            let key = self.open_recall_key(strip)?.after(hour - strip.key_hour);
            recalls.push(NewRecall {
                strip: strip.id,
                hour,
                key: *key.expose(),
                at: now.as_second(),
            });
            let entry = LeafEntry::Recall {
                device: strip.device,
                hour,
                cause: cause.to_owned(),
                at: now.as_second(),
            };
            leaves.push(self.leaf(&entry, Some(strip.person))?.1);
        }
        Ok((recalls, leaves))
    }

    pub(crate) fn open_recall_key(&self, strip: &StripRow) -> Result<RecallKey, Failure> {
        let place = key_place(&strip.id, strip.key_hour);
        let plain = self
            .vault
            .open(Place::RecallKey, &place, &strip.sealed_key)?;
        let bytes: [u8; 16] = plain
            .as_slice()
            .try_into()
            .map_err(|_| Failure::internal("read a stored recall key"))?;
        Ok(RecallKey::new(bytes))
    }

    pub(crate) fn seal_recall_key(
        &self,
        strip: &[u8; 16],
        hour: u32,
        key: &RecallKey,
    ) -> Result<Vec<u8>, Failure> {
        let place = key_place(strip, hour);
        Ok(self.vault.seal(
            Place::RecallKey,
            &place,
            key.expose(),
            &*self.ports.randomness,
        )?)
    }

    pub(crate) async fn reevaluate_due(&self, now: Timestamp) -> Result<(), Failure> {
        loop {
            let due = self.storage.people_due(now.as_second(), AT_ONCE).await?;
            let mut failed = Ok(());
            for person in &due {
                match self.health(*person, now).await {
                    Ok(_) => self.running.metrics.reevaluated(),
                    Err(failure) => failed = Err(failure),
                }
            }
            // Whoever failed is due again, and is tried at the next tick.
            if failed.is_err() || due.len() < AT_ONCE as usize {
                return failed;
            }
        }
    }

    /// Moves kept recall keys on to the present hour: what was shown before cannot be linked any more,
    /// not even by the platform.
    pub(crate) async fn advance_recall_keys(&self, now: Timestamp) -> Result<(), Failure> {
        let hour = oldest_hour(now).0;
        loop {
            let behind = self.storage.strips_behind(hour, AT_ONCE).await?;
            let mut advances = Vec::with_capacity(behind.len());
            for strip in &behind {
                // Past its last hour it has nothing left to tell.
                let to = hour.min(strip.last_hour + 1);
                let key = self.open_recall_key(strip)?.after(to - strip.key_hour);
                advances.push(Advance {
                    strip: strip.id,
                    key_hour: to,
                    sealed_key: self.seal_recall_key(&strip.id, to, &key)?,
                });
            }
            let count = behind.len();
            self.storage.advance_strips(advances).await?;
            if count < AT_ONCE as usize {
                return Ok(());
            }
        }
    }
}

/// The first whole second that is not before a time.
fn ceiling_second(time: Timestamp) -> i64 {
    time.as_second() + i64::from(time.subsec_nanosecond() > 0)
}
