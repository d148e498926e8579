use std::{error::Error, time::Duration};

use liangma_wire::problem::{Problem, ProblemCode};

use super::address::AddressError;
use crate::ports::KeyStoreError;

/// Why the platform could not be asked, or what it answered. Never holds personal data.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The address is not one that this client goes to.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The platform is not the one it should be; nothing was sent to it.
    #[error("trust the platform's certificate: {0}")]
    Tls(TlsRefusal),
    /// Nobody answers there, or there is no network.
    #[error("reach the platform")]
    Unreachable,
    /// No answer came in time. What was asked may have been done.
    #[error("hear from the platform in time")]
    TimedOut,
    /// The connection ended in the middle. What was asked may have been done.
    #[error("hear the platform out: the connection ended")]
    Interrupted,
    /// Something pointed elsewhere, most often to the sign-in page of a network; this client never follows.
    #[error("ask the platform: the answer pointed to another address")]
    Redirected,
    /// Somebody answered, and not in the form that was agreed: a sign-in page, a filter, not even HTTP.
    #[error("ask the platform: the answer is not from it")]
    NotThePlatform,
    /// The answer is larger than any right answer.
    #[error("read the platform's answer: it is larger than {limit} bytes")]
    TooLarge {
        /// The largest right answer.
        limit: usize,
    },
    /// The answer is not what the operation promises.
    #[error("read the platform's answer: it is not what was agreed")]
    Unreadable,
    /// An error without a problem document: something between here and the platform.
    #[error("ask the platform: status {status}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// The seconds that the answer asks to wait, where it does.
        retry_after: Option<u32>,
    },
    /// The platform said why it did not do it.
    #[error("ask the platform: {}", .0.code.code())]
    Problem(Box<Problem>),
    /// The platform said why it did not do it, with a code that this version does not know.
    #[error("ask the platform: status {status}, with a code of a newer version")]
    UnknownProblem {
        /// The HTTP status.
        status: u16,
        /// The seconds that the answer asks to wait, where it does.
        retry_after: Option<u32>,
    },
    /// The request could not be signed.
    #[error(transparent)]
    KeyStore(#[from] KeyStoreError),
    /// The phone's randomness failed.
    #[error(transparent)]
    Randomness(#[from] liangma_crypto::RandomnessError),
    /// The request could not be put into words.
    #[error("write the request")]
    NotWritten,
    /// The client could not be made.
    #[error("make the platform's client")]
    NotBuilt,
}

/// Why a certificate is not trusted. Each has its own way on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum TlsRefusal {
    /// It leads to none of the deployment's roots.
    #[error("it leads to none of the given roots")]
    UnknownRoot,
    /// It leads to a root, and its key is none of the pinned ones.
    #[error("its key is none of the pinned keys")]
    UnpinnedKey,
    /// It has ended, or the phone's clock is ahead.
    #[error("it has expired, or this clock is ahead")]
    Expired,
    /// It has not begun, or the phone's clock is behind.
    #[error("it is not valid yet, or this clock is behind")]
    NotYetValid,
    /// It was made for another host.
    #[error("it was made for another host")]
    WrongHost,
    /// Anything else.
    #[error("it or the handshake is not acceptable")]
    Unacceptable,
}

impl ClientError {
    /// The problem's code, where the platform answered with one.
    #[must_use]
    pub fn problem(&self) -> Option<ProblemCode> {
        match self {
            Self::Problem(problem) => Some(problem.code),
            _ => None,
        }
    }

    /// Whether the same request may succeed later with nothing changed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable | Self::TimedOut | Self::Interrupted => true,
            Self::Status { status, .. } | Self::UnknownProblem { status, .. } => {
                *status >= 500 || *status == 429
            }
            Self::KeyStore(error) => {
                matches!(error, KeyStoreError::Busy | KeyStoreError::Locked)
            }
            Self::Problem(problem) => matches!(
                problem.code,
                ProblemCode::Busy
                    | ProblemCode::Overloaded
                    | ProblemCode::TooSlow
                    | ProblemCode::NotReady
                    | ProblemCode::Internal
                    | ProblemCode::TooManyAttempts
                    | ProblemCode::FaceProviderUnavailable
                    | ProblemCode::NonceNotAccepted
            ),
            _ => false,
        }
    }

    /// How long the answer asks to wait. As stated: whoever waits by it sets a bound.
    #[must_use]
    pub(crate) fn asked_wait(&self) -> Option<Duration> {
        let seconds = match self {
            Self::Problem(problem) => problem.retry_after,
            Self::Status { retry_after, .. } | Self::UnknownProblem { retry_after, .. } => {
                *retry_after
            }
            _ => None,
        };
        seconds.map(|seconds| Duration::from_secs(seconds.into()))
    }

    /// Whether somebody counts requests and has had enough of them.
    pub(super) fn is_capped(&self) -> bool {
        match self {
            Self::Problem(problem) => problem.code == ProblemCode::TooManyAttempts,
            Self::Status { status, .. } | Self::UnknownProblem { status, .. } => *status == 429,
            _ => false,
        }
    }

    /// Whether nothing but the network is in the way.
    #[must_use]
    pub fn is_offline(&self) -> bool {
        matches!(self, Self::Unreachable | Self::TimedOut | Self::Interrupted)
    }

    pub(super) fn from_sending(error: reqwest::Error) -> Self {
        if let Some(refusal) = refusal(&error) {
            return Self::Tls(refusal);
        }
        if error.is_timeout() && !error.is_connect() {
            Self::TimedOut
        } else if error.is_connect() {
            Self::Unreachable
        } else if error.is_builder() {
            Self::NotWritten
        } else if is_no_http(&error) {
            Self::NotThePlatform
        } else {
            Self::Interrupted
        }
    }

    pub(super) fn from_reading(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            Self::TimedOut
        } else {
            Self::Interrupted
        }
    }
}

/// Finds the TLS library's own error among the causes.
fn refusal(error: &reqwest::Error) -> Option<TlsRefusal> {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(tls) = tls_error(error) {
            return Some(super::tls::refusal(tls));
        }
        cause = error.source();
    }
    None
}

/// Whether what came was no HTTP, or HTTP with a head beyond all bounds.
fn is_no_http(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(http) = error.downcast_ref::<hyper::Error>() {
            return http.is_parse();
        }
        cause = error.source();
    }
    false
}

/// An `io::Error` gives its inner error's cause as its own and so skips the inner one; they nest here.
fn tls_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return Some(tls);
    }
    let inner = error.downcast_ref::<std::io::Error>()?.get_ref()?;
    tls_error(inner)
}
