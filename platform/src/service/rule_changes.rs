//! The rules in force, and their change while the platform runs: a file that somebody submits and a second
//! person of another unit approves, in force from its own time on.

use std::sync::{Arc, atomic::Ordering};

use jiff::Timestamp;
use liangma_crypto::sha256;
use liangma_domain::{
    areas::RiskAreas,
    evidence::{Evidence, EvidenceKind},
    policy::PolicyError,
    profile::RegionProfile,
    rules::RulePack,
};
use liangma_wire::{
    bytes::FixedBytes,
    problem::{Problem, ProblemCode},
    rule_change::{
        RULE_CHANGE_WAITS_SECONDS, RuleApprovalRequest, RuleChangeReport, RuleChangeRequest,
        RuleChangeState as WireState, RuleSubject,
    },
};

use crate::{
    config::Principal,
    error::Failure,
    leaf::LeafEntry,
    platform::{OpenError, Platform, time},
    storage::{
        LeafRow, RuleChangeOutcome, RuleChangeRow, RuleChangeState, SettleRuleChange, Storage,
    },
};

/// What decides colours at one time.
pub(crate) struct Rules {
    pub(crate) pack: RulePack,
    /// The file of the pack, as it is published.
    pub(crate) file: Arc<[u8]>,
    /// The risk areas, once a list was put into force.
    pub(crate) areas: Option<RiskAreas>,
}

fn name(subject: RuleSubject) -> &'static str {
    match subject {
        RuleSubject::RulePack => "rule_pack",
        RuleSubject::RiskAreas => "risk_areas",
    }
}

fn subject_of(row: &RuleChangeRow) -> Result<RuleSubject, Failure> {
    [RuleSubject::RulePack, RuleSubject::RiskAreas]
        .into_iter()
        .find(|subject| name(*subject) == row.subject)
        .ok_or_else(|| Failure::internal("read a stored change of the rules"))
}

fn report_of(row: &RuleChangeRow) -> Result<RuleChangeReport, Failure> {
    Ok(RuleChangeReport {
        subject: subject_of(row)?,
        digest: FixedBytes(row.digest),
        version: row.version,
        effective_from: time(row.effective_from),
        state: match row.state {
            RuleChangeState::Waiting => WireState::WaitingForApproval,
            RuleChangeState::Approved => WireState::Approved,
            RuleChangeState::InForce => WireState::InForce,
            RuleChangeState::Refused => WireState::Refused,
        },
    })
}

/// A pack that fits the profile of this platform.
fn read_pack(profile: &RegionProfile, file: &[u8]) -> Result<RulePack, PolicyError> {
    let pack = RulePack::parse(file)?;
    profile.check_pack(&pack)?;
    Ok(pack)
}

fn read_areas(profile: &RegionProfile, file: &[u8]) -> Result<Option<RiskAreas>, PolicyError> {
    let areas = RiskAreas::parse(file)?;
    Ok((areas.region() == profile.region()).then_some(areas))
}

/// The rules in force at a time: those that were approved and whose time has come, and where there are none of
/// a higher version those of this program.
pub(crate) async fn rules_in_force(
    storage: &dyn Storage,
    profile: &RegionProfile,
    built_in: &'static [u8],
    now: Timestamp,
) -> Result<Rules, OpenError> {
    let mut rules = Rules {
        pack: read_pack(profile, built_in)?,
        file: built_in.into(),
        areas: None,
    };
    for row in storage.rules_due(now.as_second()).await? {
        if row.subject == name(RuleSubject::RiskAreas) {
            rules.areas = read_areas(profile, &row.body)?;
        } else if row.version > rules.pack.version() {
            rules.pack = read_pack(profile, &row.body)?;
            rules.file = row.body.into();
        }
    }
    if now < rules.pack.effective_from() {
        return Err(OpenError::RulesNotYet(rules.pack.effective_from()));
    }
    Ok(rules)
}

fn not_accepted(error: &PolicyError) -> Failure {
    // A policy is public: its places and what to do there may be told.
    Problem::new(ProblemCode::InvalidField)
        .with_field("file", error.code())
        .with_detail(format!("correct the file: {error}"))
        .into()
}

impl Platform {
    /// The file of a change as what it is to become: its version and from when on it is in force.
    fn read_change(&self, subject: RuleSubject, file: &[u8]) -> Result<(u32, Timestamp), Failure> {
        let rules = self.rules();
        let (version, effective_from, before) = match subject {
            RuleSubject::RulePack => {
                let pack = read_pack(&self.profile, file).map_err(|error| not_accepted(&error))?;
                let before = rules.pack.version();
                (pack.version(), pack.effective_from(), before)
            }
            RuleSubject::RiskAreas => {
                let areas = read_areas(&self.profile, file)
                    .map_err(|error| not_accepted(&error))?
                    .ok_or_else(|| {
                        Problem::new(ProblemCode::InvalidField).with_field("file", "other_region")
                    })?;
                let before = rules.areas.as_ref().map_or(0, RiskAreas::version);
                (areas.version(), areas.effective_from(), before)
            }
        };
        if version <= before {
            return Err(Problem::new(ProblemCode::RuleVersionTaken)
                .with_detail(format!("version {before} is in force; give a higher one"))
                .into());
        }
        Ok((version, effective_from))
    }

    pub(crate) async fn change_rules(
        &self,
        principal: &Principal,
        request: RuleChangeRequest,
    ) -> Result<RuleChangeReport, Failure> {
        let body = request.file.into_bytes();
        let digest = sha256(&[&body]);
        let same = |earlier: &RuleChangeRow| {
            if earlier.subject == name(request.subject) {
                report_of(earlier)
            } else {
                Err(ProblemCode::RuleVersionTaken.into())
            }
        };
        if let Some(earlier) = self.storage.rule_change(digest).await? {
            return same(&earlier);
        }
        let (version, effective_from) = self.read_change(request.subject, &body)?;
        let at = self.now().as_second();
        let row = RuleChangeRow {
            digest,
            subject: name(request.subject).to_owned(),
            version,
            effective_from: ceiling_second(effective_from),
            body,
            state: RuleChangeState::Waiting,
            submitted_by: principal.id.clone(),
            received_at: at,
            decided_by: None,
        };
        let put = self
            .storage
            .put_rule_change(row.clone(), at - RULE_CHANGE_WAITS_SECONDS);
        match put.await? {
            RuleChangeOutcome::Stored => report_of(&row),
            RuleChangeOutcome::Earlier(earlier) => same(&earlier),
            RuleChangeOutcome::VersionTaken => Err(ProblemCode::RuleVersionTaken.into()),
        }
    }

    pub(crate) async fn approve_rules(
        &self,
        principal: &Principal,
        request: RuleApprovalRequest,
    ) -> Result<RuleChangeReport, Failure> {
        let unknown = || Failure::from(ProblemCode::RuleChangeUnknown);
        let digest = request.digest.0;
        let change = self
            .storage
            .rule_change(digest)
            .await?
            .ok_or_else(unknown)?;
        let submitter = self.principal(&change.submitted_by).ok_or_else(unknown)?;
        if !principal.answers_independently_of(submitter) {
            return Err(ProblemCode::ApprovalNotIndependent.into());
        }
        let at = self.now().as_second();
        if change.state == RuleChangeState::Waiting {
            if at - change.received_at >= RULE_CHANGE_WAITS_SECONDS {
                return Err(ProblemCode::RuleChangeExpired.into());
            }
            let to = if request.approve {
                // Judged again: other rules may have come into force while it waited.
                self.read_change(subject_of(&change)?, &change.body)?;
                RuleChangeState::Approved
            } else {
                RuleChangeState::Refused
            };
            let settled = self.settle_change(&change, to, &principal.id, at).await?;
            if settled && request.approve {
                self.take_due_rules(self.now()).await?;
            }
        }
        let now = self
            .storage
            .rule_change(digest)
            .await?
            .ok_or_else(unknown)?;
        let as_asked = match now.state {
            // Somebody approved a later version meanwhile.
            RuleChangeState::Waiting => return Err(ProblemCode::RuleVersionTaken.into()),
            RuleChangeState::Refused => !request.approve,
            RuleChangeState::Approved | RuleChangeState::InForce => request.approve,
        };
        // Asked again by whoever decided: the same answer.
        if as_asked && now.decided_by.as_deref() == Some(&principal.id) {
            report_of(&now)
        } else {
            Err(unknown())
        }
    }

    async fn settle_change(
        &self,
        change: &RuleChangeRow,
        to: RuleChangeState,
        by: &str,
        at: i64,
    ) -> Result<bool, Failure> {
        let settle = SettleRuleChange {
            digest: change.digest,
            from: change.state,
            to,
            decided_by: Some(by.to_owned()),
            at,
        };
        let leaf = self.leaf_of_change(change, to, by, at)?;
        Ok(self.storage.settle_rule_change(settle, vec![leaf]).await?)
    }

    fn leaf_of_change(
        &self,
        change: &RuleChangeRow,
        to: RuleChangeState,
        by: &str,
        at: i64,
    ) -> Result<LeafRow, Failure> {
        let became = match to {
            RuleChangeState::Waiting => "waiting",
            RuleChangeState::Approved => "approved",
            RuleChangeState::InForce => "in_force",
            RuleChangeState::Refused => "refused",
        };
        let entry = LeafEntry::RuleChange {
            subject: change.subject.clone(),
            version: change.version,
            digest: change.digest,
            effective_from: change.effective_from,
            submitted_by: change.submitted_by.clone(),
            decided_by: by.to_owned(),
            became: became.to_owned(),
            at,
        };
        Ok(self.leaf(&entry, None)?.1)
    }

    /// Puts approved changes into force whose time has come, has everybody evaluated by them, and leaves the
    /// trace. Called by every tick; nothing but a look where there are none.
    pub(crate) async fn take_due_rules(&self, now: Timestamp) -> Result<(), Failure> {
        let at = now.as_second();
        if self.ruled_lately.load(Ordering::Relaxed) {
            // An evaluation by the rules before may have been written after everybody was made due.
            self.storage.make_all_due(at).await?;
            self.ruled_lately.store(false, Ordering::Relaxed);
        }
        let due = self.storage.rules_due(at).await?;
        let rules = self.rules();
        let is_new = |row: &RuleChangeRow| {
            let in_force = if row.subject == name(RuleSubject::RiskAreas) {
                rules.areas.as_ref().map_or(0, RiskAreas::version)
            } else {
                rules.pack.version()
            };
            row.version > in_force
        };
        if due.iter().any(is_new) {
            let before = rules.pack.version();
            let new = self.read_rules(now).await?;
            let changed = new.pack.version() != before;
            self.trust().rules_are(new.file.clone());
            self.put_rules(new);
            if changed {
                // Before it counts as in force, so that a kill in between has everybody evaluated again.
                self.storage.make_all_due(at).await?;
                self.ruled_lately.store(true, Ordering::Relaxed);
            }
        }
        // Also those that a start has taken up: they have left no trace of it yet.
        for change in due
            .iter()
            .filter(|row| row.state == RuleChangeState::Approved)
        {
            let by = change.decided_by.clone().unwrap_or_default();
            self.settle_change(change, RuleChangeState::InForce, &by, at)
                .await?;
            tracing::warn!(
                subject = change.subject,
                version = change.version,
                "rules came into force"
            );
        }
        Ok(())
    }

    async fn read_rules(&self, now: Timestamp) -> Result<Rules, Failure> {
        let built_in = crate::platform::built_in_rules(&self.profile)
            .ok_or_else(|| Failure::internal("find the rules"))?;
        rules_in_force(&*self.storage, &self.profile, built_in, now)
            .await
            .map_err(|error| {
                tracing::error!(%error, "approved rules do not come into force");
                Failure::internal("take approved rules")
            })
    }

    /// Whether a piece of evidence names a level of an area that the list in force gives it. What happened
    /// before the list is not judged by it, and nothing is where no list was ever put into force.
    pub(crate) fn fits_the_areas(&self, evidence: &Evidence) -> bool {
        let EvidenceKind::ResidenceInRiskArea { level, area, .. } = &evidence.kind else {
            return true;
        };
        let rules = self.rules();
        rules.areas.as_ref().is_none_or(|areas| {
            evidence.occurred_at < areas.effective_from() || areas.level(area) == *level
        })
    }
}

/// Rules are never in force before their time, also not for the rest of a second.
fn ceiling_second(at: Timestamp) -> i64 {
    at.as_second() + i64::from(at.subsec_nanosecond() > 0)
}
