//! Rule packs and the engine that evaluates them over dated evidence.
//!
//! A pack is data: each rule quotes the sentence that it comes from. Evaluation is pure. It never looks at a
//! clock, at the order of the evidence, or at anything recorded after the time it is asked about.

mod evaluation;

pub use evaluation::{Clearing, CountedFrom, Evaluation, EvaluationError, ReasonStatement, RuleId};
