//! Codes that were in front of the camera a moment ago, so that one person is answered once.

use std::collections::VecDeque;

use jiff::Timestamp;

use super::{
    Finding, SAME_CODE,
    finding::{Answer, Mark},
    within,
};

/// More than anybody holds before a camera within five seconds.
const REMEMBERED: usize = 16;

/// Marks and findings of the last five seconds. A code that gives another answer is answered again.
#[derive(Debug, Default)]
pub(super) struct Seen(VecDeque<(Mark, Finding, Timestamp)>);

impl Seen {
    /// Whether the same code gave the same answer within five seconds; while it stays, so does that.
    pub(super) fn again(&mut self, answer: &Answer, at: Timestamp) -> bool {
        self.0.retain(|(_, _, seen)| within(*seen, at, SAME_CODE));
        let known = self
            .0
            .iter_mut()
            .find(|(mark, finding, _)| *mark == answer.mark && *finding == answer.finding);
        match known {
            Some((_, _, seen)) => {
                *seen = at;
                true
            }
            None => false,
        }
    }

    /// Notes an answer that was given.
    pub(super) fn note(&mut self, answer: &Answer, at: Timestamp) {
        if answer.mark != Mark::Nothing {
            self.0.retain(|(mark, _, _)| *mark != answer.mark);
        }
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back((answer.mark, answer.finding, at));
    }
}
