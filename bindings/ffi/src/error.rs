//! The one small error that a shell or an app sees, and the one table that leads to it.

use std::time::Duration;

use liangma_card::CardError;
use liangma_terminal::{ShowError, StoreError, TerminalError};

/// Whether doing the same again may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Retry {
    /// No.
    Never,
    /// Not until the person or the program has changed something: a field, the order of calls, a lock.
    AfterChange,
    /// Yes, in a while: nothing has to be changed.
    Later,
    /// Yes, but not before these seconds are over: the platform asked for that.
    After {
        /// Seconds to wait.
        seconds: u64,
    },
}

/// Why a call did not do what was asked. Holds nothing personal and may be logged.
///
/// `code` is stable: `group.code`, as in the table of states, so that `words_of_state` has the words for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum LiangmaError {
    /// Something that was handed in is not valid; nothing typed is lost. For a field of a form the code is
    /// `field.<name>.<what is wrong>`.
    #[error("{code}")]
    Input {
        /// What is wrong.
        code: String,
        /// Whether the same may help later.
        retry: Retry,
    },
    /// A step that has to come before this one is missing: nobody is logged in, no code was fetched.
    #[error("{code}")]
    NotYet {
        /// Which step.
        code: String,
        /// Whether the same may help later.
        retry: Retry,
    },
    /// The platform said no.
    #[error("{code}")]
    Refused {
        /// Its reason.
        code: String,
        /// Whether the same may help later.
        retry: Retry,
    },
    /// The platform was not reached, or what answered is not it. What was asked may have been done.
    #[error("{code}")]
    Network {
        /// What happened.
        code: String,
        /// Whether the same may help later.
        retry: Retry,
    },
    /// The phone's keys or its key store. Nothing was wiped.
    #[error("{code}")]
    Keys {
        /// The state of the keys.
        code: String,
        /// Whether the same may help later.
        retry: Retry,
    },
    /// The folder or the store in it.
    #[error("{code}")]
    Store {
        /// The state of the store.
        code: String,
        /// Whether the same may help later.
        retry: Retry,
    },
    /// What came is signed, or should be, and is not believed. What was there before stays.
    #[error("{code}")]
    NotBelieved {
        /// What is not believed.
        code: String,
        /// Whether the same may help later.
        retry: Retry,
    },
    /// It was cancelled by `cancel`, or by the caller.
    #[error("{code}")]
    Cancelled {
        /// Always `call.cancelled`.
        code: String,
        /// Whether the same may help later.
        retry: Retry,
    },
    /// This was stopped or erased before: make a new one.
    #[error("{code}")]
    Stopped {
        /// `call.stopped` or `terminal.erased`.
        code: String,
        /// Whether the same may help later.
        retry: Retry,
    },
    /// A defect of this library. Nothing that was acknowledged is lost.
    #[error("{code}")]
    Defect {
        /// Where.
        code: String,
        /// Whether the same may help later.
        retry: Retry,
    },
}

impl LiangmaError {
    pub(crate) fn input(code: &str) -> Self {
        Self::Input {
            code: code.to_owned(),
            retry: Retry::AfterChange,
        }
    }

    pub(crate) fn stopped() -> Self {
        Self::Stopped {
            code: "call.stopped".to_owned(),
            retry: Retry::Never,
        }
    }

    pub(crate) fn cancelled() -> Self {
        Self::Cancelled {
            code: "call.cancelled".to_owned(),
            retry: Retry::Later,
        }
    }

    pub(crate) fn defect(code: &str) -> Self {
        Self::Defect {
            code: code.to_owned(),
            retry: Retry::Never,
        }
    }
}

impl From<TerminalError> for LiangmaError {
    fn from(error: TerminalError) -> Self {
        let code = match &error {
            TerminalError::Field(field) => format!("field.{}.{}", field.field, field.reason),
            _ => error.state_id().to_string(),
        };
        let asked = error.asked_wait().map(|wait| wait.as_secs());
        let transient = if error.is_transient() {
            asked
                .filter(|seconds| *seconds > 0)
                .map_or(Retry::Later, |seconds| Retry::After { seconds })
        } else {
            Retry::Never
        };
        let changed = match transient {
            Retry::Never => Retry::AfterChange,
            transient => transient,
        };
        // Wherever it was met, the key store's own trouble is the keys'.
        if error.key_state().is_some() {
            return Self::Keys {
                code,
                retry: changed,
            };
        }
        match &error {
            // The platform answered, in the form that was agreed.
            TerminalError::Client(_) if error.problem().is_some() => Self::Refused {
                code,
                retry: changed,
            },
            TerminalError::Client(_) => Self::Network {
                code,
                retry: transient,
            },
            // Whoever calls can do something about these before calling again.
            TerminalError::Field(_) | TerminalError::OutboxFull => Self::Input {
                code,
                retry: Retry::AfterChange,
            },
            TerminalError::NoProfile
            | TerminalError::NotLoggedIn
            | TerminalError::NoLoginAttempt
            | TerminalError::NoApplication
            | TerminalError::NotVerified => Self::NotYet {
                code,
                retry: Retry::AfterChange,
            },
            TerminalError::Store(StoreError::Randomness(_)) | TerminalError::Randomness(_) => {
                Self::Defect {
                    code,
                    retry: Retry::Later,
                }
            }
            TerminalError::Store(_) | TerminalError::Folder(_) | TerminalError::OtherRoot => {
                Self::Store {
                    code,
                    retry: changed,
                }
            }
            TerminalError::Trust(_)
            | TerminalError::Time(_)
            | TerminalError::TimeDoubted
            | TerminalError::Arrival(_) => Self::NotBelieved {
                code,
                retry: Retry::Later,
            },
            TerminalError::Erased => Self::Stopped {
                code,
                retry: Retry::Never,
            },
            TerminalError::Interrupted => Self::Cancelled {
                code,
                retry: Retry::Later,
            },
            // Keys are answered above; a state of a later version of the terminal has a code all the same.
            _ => Self::Defect {
                code,
                retry: Retry::Never,
            },
        }
    }
}

impl From<ShowError> for LiangmaError {
    fn from(error: ShowError) -> Self {
        let code = error.state_id().to_string();
        match error {
            ShowError::Keys(state) => Self::Keys {
                code,
                retry: if state.may_retry() {
                    Retry::Later
                } else {
                    Retry::AfterChange
                },
            },
            // A refresh brings it.
            ShowError::NoCode | ShowError::Ended { .. } => Self::NotYet {
                code,
                retry: Retry::AfterChange,
            },
            _ => Self::Store {
                code,
                retry: Retry::AfterChange,
            },
        }
    }
}

impl From<CardError> for LiangmaError {
    fn from(_: CardError) -> Self {
        Self::defect("card.not_drawn")
    }
}

/// Seconds of a time that is waited for, at least one.
pub(crate) fn seconds(duration: Duration) -> u64 {
    duration.as_secs().max(1)
}

#[cfg(test)]
mod tests {
    use liangma_terminal::{ClientError, FieldError, KeyState, ports::KeyStoreError};

    use super::*;

    #[test]
    fn every_group_of_errors_has_its_variant() {
        let of = LiangmaError::from;
        assert!(matches!(
            of(TerminalError::NotLoggedIn),
            LiangmaError::NotYet { .. }
        ));
        assert!(matches!(
            of(TerminalError::Erased),
            LiangmaError::Stopped { .. }
        ));
        assert!(matches!(
            of(TerminalError::OutboxFull),
            LiangmaError::Input { .. }
        ));
        assert!(matches!(
            of(TerminalError::Keys(KeyState::Lost)),
            LiangmaError::Keys { .. }
        ));
        assert_eq!(
            of(TerminalError::KeyStore(KeyStoreError::Busy)),
            LiangmaError::Keys {
                code: "signing.busy".to_owned(),
                retry: Retry::Later
            }
        );
        assert_eq!(
            of(TerminalError::Client(ClientError::Unreachable)),
            LiangmaError::Network {
                code: "network.unreachable".to_owned(),
                retry: Retry::Later
            }
        );
        assert_eq!(
            of(TerminalError::Store(StoreError::InUse)),
            LiangmaError::Store {
                code: "store.in_use".to_owned(),
                retry: Retry::Later
            }
        );
    }

    #[test]
    fn a_field_is_named_and_what_was_typed_is_not() {
        let error = LiangmaError::from(TerminalError::Field(FieldError {
            field: "document_number",
            reason: "bad_check_digit",
        }));
        assert_eq!(error.to_string(), "field.document_number.bad_check_digit");
    }

    #[test]
    fn a_platform_that_asks_to_wait_is_given_its_time() {
        let error = LiangmaError::from(TerminalError::Client(ClientError::Status {
            status: 503,
            retry_after: Some(20),
        }));
        assert_eq!(
            error,
            LiangmaError::Network {
                code: "network.crowded".to_owned(),
                retry: Retry::After { seconds: 20 }
            }
        );
    }
}
