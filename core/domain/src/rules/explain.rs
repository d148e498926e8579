//! An evaluation in terms that people can follow: each reason with its rule, its sentence and its way out.

use jiff::Timestamp;
use serde::Serialize;
use thiserror::Error;

use crate::colour::Colour;
use crate::evidence::EvidenceId;
use crate::policy::{Source, SourceDocument};
use crate::reason::Reason;
use crate::region::RegionCode;
use crate::rules::pack::{Management, RulePack};
use crate::rules::{Clearing, Evaluation, RuleId};

/// Why a colour is what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The region of the rules.
    pub region: RegionCode,
    /// The document that the rules put into data.
    pub document: SourceDocument,
    /// The version of the rules.
    pub rule_version: u32,
    /// The colour.
    pub colour: Colour,
    /// The time that it is about.
    pub evaluated_at: Timestamp,
    /// When it changes with no new evidence.
    pub next_change_at: Option<Timestamp>,
    /// Each reason, worst first; never empty.
    pub reasons: Vec<ExplainedReason>,
}

/// One reason, explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExplainedReason {
    /// The reason.
    pub reason: Reason,
    /// The colour that it gives.
    pub colour: Colour,
    /// The rule.
    pub rule: RuleId,
    /// The sentence behind the rule.
    pub source: Source,
    /// How people under it are managed.
    pub management: Option<Management>,
    /// Since when it has held.
    pub since: Option<Timestamp>,
    /// The evidence that it rests on.
    pub evidence: Vec<EvidenceId>,
    /// What can take it away.
    pub cleared_by: Vec<Clearing>,
    /// When it ends with no new evidence.
    pub clears_at: Option<Timestamp>,
}

/// Why an evaluation cannot be explained by a pack.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ExplainError {
    /// It was made by another version.
    #[error("explain an evaluation by the pack that made it: version {made_by}, not {given}")]
    AnotherVersion {
        /// The version that made it.
        made_by: u32,
        /// The version at hand.
        given: u32,
    },
    /// It cites a rule that the pack does not have.
    #[error("find rule {0} in the pack; take the pack that made the evaluation")]
    UnknownRule(RuleId),
}

/// Explains an evaluation by the pack that made it.
///
/// # Errors
/// [`ExplainError`] when the pack is another one.
pub fn explain(pack: &RulePack, evaluation: &Evaluation) -> Result<Explanation, ExplainError> {
    if pack.version() != evaluation.rule_version() {
        return Err(ExplainError::AnotherVersion {
            made_by: evaluation.rule_version(),
            given: pack.version(),
        });
    }
    let explained = |statement: &crate::rules::ReasonStatement| {
        let otherwise = pack.otherwise();
        let (source, management) = match pack.rule(&statement.rule) {
            Some(rule) => (&rule.source, rule.management),
            None if otherwise.id == statement.rule => (&otherwise.source, None),
            None => return Err(ExplainError::UnknownRule(statement.rule.clone())),
        };
        Ok(ExplainedReason {
            reason: statement.reason,
            colour: statement.colour,
            rule: statement.rule.clone(),
            source: source.clone(),
            management,
            since: statement.since,
            evidence: statement.evidence.clone(),
            cleared_by: statement.cleared_by.clone(),
            clears_at: statement.clears_at,
        })
    };
    Ok(Explanation {
        region: pack.region().clone(),
        document: pack.source().clone(),
        rule_version: pack.version(),
        colour: evaluation.colour(),
        evaluated_at: evaluation.evaluated_at(),
        next_change_at: evaluation.next_change_at(),
        reasons: evaluation
            .reasons()
            .iter()
            .map(explained)
            .collect::<Result<_, _>>()?,
    })
}
