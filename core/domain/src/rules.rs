//! Rule packs and the engine that evaluates them over dated evidence.
//!
//! A pack is data: each rule quotes the sentence that it comes from. Evaluation is pure. It never looks at a
//! clock, at the order of the evidence, or at anything recorded after the time it is asked about.

mod engine;
mod evaluation;
mod explain;
mod pack;

pub use crate::policy::PolicyError as PackError;
pub use engine::evaluate;
pub use evaluation::{Clearing, CountedFrom, Evaluation, EvaluationError, ReasonStatement, RuleId};
pub use explain::{ExplainError, ExplainedReason, Explanation, explain};
pub use pack::{End, Management, Otherwise, PackName, Rule, RulePack, Trigger, built_in_pack};

#[cfg(test)]
mod tests;
