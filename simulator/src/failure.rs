//! What went wrong and what to do next: every way out of the program that is not an answer.

use std::error::Error;
use std::fmt::Display;
use std::process::ExitCode;

use liangma_card::{Language, StateWords};
use liangma_terminal::words::StateId;

/// Exit code of a check that refused, or of work that failed.
pub(crate) const REFUSED: u8 = 1;
/// Exit code of input that could not be read; the argument parser uses the same for a wrong command line.
pub(crate) const UNREADABLE: u8 = 2;

/// A failure as a person needs it: what happened, why, and what to do next.
///
/// Nothing in it may be personal data: it holds file names that the person gave and errors of the
/// other crates, which keep personal data out of their words.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    why: Vec<String>,
    next: String,
    code: u8,
}

impl Failure {
    /// Work that failed, without an underlying error.
    pub(crate) fn new(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            why: Vec::new(),
            next: next.into(),
            code: REFUSED,
        }
    }

    /// Input that could not be read, without an underlying error.
    pub(crate) fn unreadable(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            code: UNREADABLE,
            ..Self::new(what, next)
        }
    }

    /// A state of a phone, in the words that every phone has for it.
    pub(crate) fn of_state(state: StateId) -> Self {
        let words = StateWords::built_in().ok();
        let text = words
            .as_ref()
            .and_then(|words| words.of(state.group(), state.code()));
        match text {
            Some(text) => Self::new(text.happened.get(Language::En), text.act.get(Language::En)),
            None => Self::new(state.to_string(), "update this program"),
        }
    }

    /// Exit code 2: what was named could not be read.
    pub(crate) fn exits_unreadable(self) -> Self {
        Self {
            code: UNREADABLE,
            ..self
        }
    }

    /// What to do here, where this program knows it better.
    pub(crate) fn with_next(self, next: impl Into<String>) -> Self {
        Self {
            next: next.into(),
            ..self
        }
    }

    /// Adds the chain of an underlying error.
    pub(crate) fn because(mut self, error: &dyn Error) -> Self {
        let mut cause = Some(error);
        while let Some(error) = cause {
            let words = error.to_string();
            // Wrapping errors often repeat the words of what they wrap.
            if self.why.last().is_none_or(|last| !last.contains(&words)) {
                self.why.push(words);
            }
            cause = error.source();
        }
        self
    }

    /// What happened, as one sentence fragment.
    pub(crate) fn what(&self) -> &str {
        &self.what
    }

    /// Why, outermost first; may be empty.
    pub(crate) fn why(&self) -> &[String] {
        &self.why
    }

    /// What the person can do next.
    pub(crate) fn next(&self) -> &str {
        &self.next
    }

    /// The exit code that goes with it.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code)
    }
}

/// Turns an error into a [`Failure`] at the place that knows what was being done.
pub(crate) trait OrFail<T> {
    /// Says what was being done and what to do next; exit code 1.
    fn or_fail(self, what: impl Display, next: impl Display) -> Result<T, Failure>;

    /// The same for input that could not be read; exit code 2.
    fn or_unreadable(self, what: impl Display, next: impl Display) -> Result<T, Failure>;
}

impl<T, E: Error + 'static> OrFail<T> for Result<T, E> {
    fn or_fail(self, what: impl Display, next: impl Display) -> Result<T, Failure> {
        self.map_err(|error| Failure::new(what.to_string(), next.to_string()).because(&error))
    }

    fn or_unreadable(self, what: impl Display, next: impl Display) -> Result<T, Failure> {
        self.map_err(|error| {
            Failure::unreadable(what.to_string(), next.to_string()).because(&error)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chain_of_causes_is_kept_without_repeating_itself() {
        #[derive(Debug, thiserror::Error)]
        #[error("the disk is full")]
        struct Inner;
        #[derive(Debug, thiserror::Error)]
        #[error("the file was not written: the disk is full")]
        struct Outer(#[source] Inner);

        let failure =
            Failure::new("could not write code.png", "free some space").because(&Outer(Inner));
        assert_eq!(
            failure.why(),
            ["the file was not written: the disk is full"]
        );
    }
}
