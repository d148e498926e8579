//! What an evaluation answers.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::bounded::{bounded_text, is_name_byte};
use crate::colour::Colour;
use crate::evidence::EvidenceId;
use crate::reason::Reason;

bounded_text! {
    /// The id of a rule in its pack, such as `zj-red-close-contact`.
    RuleId, what "a rule id", longest 64, allowed "a-z, 0-9, '-', '_' and '.'", is_name_byte
}

/// From when days are counted. The day itself is not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CountedFrom {
    /// The civil day of the evidence.
    Evidence,
    /// The civil day of leaving the last foreign place.
    LeavingAbroad,
    /// The last civil day of isolation.
    EndOfIsolation,
}

/// What takes a reason away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub enum Clearing {
    /// The required isolation is complete: its last day passes, or the authority says so.
    IsolationCompleted,
    /// The required medical observation is complete: its last day passes, or the authority says so.
    ObservationCompleted,
    /// A negative nucleic acid test.
    NegativeTest,
    /// The fever ends.
    FeverEnded,
    /// A number of whole civil days pass.
    DaysElapsed {
        /// How many.
        days: u16,
        /// From when.
        from: CountedFrom,
    },
    /// Doctors rule an infection out.
    InfectionRuledOut,
    /// Cure and discharge.
    Discharged,
    /// Release from observation in hospital.
    ReleasedFromObservation,
    /// Hours pass in which no laboratory or disease-control evidence supports the decision.
    HoursWithoutFinding {
        /// How many.
        hours: u16,
    },
    /// The decision reaches the end that it names.
    DecisionEnds,
    /// Whoever decided takes the decision back.
    DecisionWithdrawn,
    /// A new assessment takes the place of this one.
    Reassessed,
}

/// One reason that holds, by one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReasonStatement {
    /// The reason.
    pub reason: Reason,
    /// The colour that it gives.
    pub colour: Colour,
    /// The rule.
    pub rule: RuleId,
    /// Since when it has held without a break; `None` for a reason that rests on nothing, such as no risk found.
    pub since: Option<Timestamp>,
    /// The evidence that it rests on now, in the order of ids.
    pub evidence: Vec<EvidenceId>,
    /// What can take it away.
    pub cleared_by: Vec<Clearing>,
    /// When it ends with no new evidence; `None` when it needs some.
    pub clears_at: Option<Timestamp>,
}

/// The colour of a person as of a time, with every reason that holds.
///
/// It cannot be built without a reason, here or when read back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(try_from = "UncheckedEvaluation")]
pub struct Evaluation {
    colour: Colour,
    #[cfg_attr(feature = "openapi", schemars(length(min = 1)))]
    reasons: Vec<ReasonStatement>,
    rule_version: u32,
    evaluated_at: Timestamp,
    next_change_at: Option<Timestamp>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct UncheckedEvaluation {
    colour: Colour,
    #[cfg_attr(feature = "openapi", schemars(length(min = 1)))]
    reasons: Vec<ReasonStatement>,
    rule_version: u32,
    evaluated_at: Timestamp,
    next_change_at: Option<Timestamp>,
}

/// Why something is no evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EvaluationError {
    /// No reason.
    #[error("give at least one reason; a colour without a reason cannot be built")]
    NoReason,
    /// The first reason, which is the worst, gives another colour.
    #[error("let the first reason be the one that gives the colour")]
    AnotherColour,
    /// A change in the past.
    #[error("let the next change lie after the evaluation")]
    ChangeInThePast,
}

impl Evaluation {
    /// Builds an evaluation from its reasons, worst first; the first one gives the colour.
    ///
    /// # Errors
    /// [`EvaluationError`] without a reason, or with a next change that is not later.
    pub fn new(
        reasons: Vec<ReasonStatement>,
        rule_version: u32,
        evaluated_at: Timestamp,
        next_change_at: Option<Timestamp>,
    ) -> Result<Self, EvaluationError> {
        let colour = reasons.first().ok_or(EvaluationError::NoReason)?.colour;
        if next_change_at.is_some_and(|change| change <= evaluated_at) {
            return Err(EvaluationError::ChangeInThePast);
        }
        Ok(Self {
            colour,
            reasons,
            rule_version,
            evaluated_at,
            next_change_at,
        })
    }

    /// Builds an evaluation from statements that are known to hold one at least.
    pub(super) fn of_statements(
        (worst, others): (ReasonStatement, Vec<ReasonStatement>),
        rule_version: u32,
        evaluated_at: Timestamp,
        next_change_at: Option<Timestamp>,
    ) -> Self {
        let colour = worst.colour;
        let reasons = std::iter::once(worst).chain(others).collect();
        Self {
            colour,
            reasons,
            rule_version,
            evaluated_at,
            next_change_at,
        }
    }

    /// The colour: that of the worst reason.
    #[must_use]
    pub fn colour(&self) -> Colour {
        self.colour
    }

    /// Every reason that holds, worst first; never empty.
    #[must_use]
    pub fn reasons(&self) -> &[ReasonStatement] {
        &self.reasons
    }

    /// The version of the pack.
    #[must_use]
    pub fn rule_version(&self) -> u32 {
        self.rule_version
    }

    /// The time that it is about.
    #[must_use]
    pub fn evaluated_at(&self) -> Timestamp {
        self.evaluated_at
    }

    /// The first instant at which an evaluation would differ with no new evidence.
    #[must_use]
    pub fn next_change_at(&self) -> Option<Timestamp> {
        self.next_change_at
    }

    /// Whether it says the same as another, whenever the two were made.
    #[must_use]
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        self.colour == other.colour
            && self.reasons == other.reasons
            && self.rule_version == other.rule_version
    }
}

impl TryFrom<UncheckedEvaluation> for Evaluation {
    type Error = EvaluationError;
    fn try_from(unchecked: UncheckedEvaluation) -> Result<Self, EvaluationError> {
        let UncheckedEvaluation {
            colour,
            reasons,
            rule_version,
            evaluated_at,
            next_change_at,
        } = unchecked;
        let evaluation = Self::new(reasons, rule_version, evaluated_at, next_change_at)?;
        if evaluation.colour == colour {
            Ok(evaluation)
        } else {
            Err(EvaluationError::AnotherColour)
        }
    }
}
