//! Every state that a person can meet has a stable id, by which its words are found.
//!
//! The words themselves are data, `ui-spec/words/states.json`: what happened, what to do now, and whether
//! the code can still be shown, in every language. This module maps each typed state to its id and knows
//! no language. Each match is exhaustive, so that a new state does not compile without an id; a test
//! walks [`StateId::all`], so that no id is without words.

use std::fmt;

use liangma_wire::{device::DeviceNoticeKind, problem::ProblemCode};

use crate::{
    ClientError, FaceCheckOutcome, KeyState, NoticeKind, RefreshOutcome, ShowError, ShownCode,
    StoreError, TerminalError, TlsRefusal, clock::ClockState, outbox::Sent, ports::KeyStoreError,
};

/// From so many seconds on, the phone's own clock is worth a hint.
const WALL_OFF_SECONDS: u64 = 60;

/// Names a state: a group and a code in it, written `group.code`. Stable, and free of personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StateId {
    group: &'static str,
    code: &'static str,
}

impl StateId {
    /// What the state is about: `key`, `store`, `network`, and so on.
    #[must_use]
    pub const fn group(self) -> &'static str {
        self.group
    }

    /// The state within its group.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.code
    }

    /// Every state.
    pub fn all() -> impl Iterator<Item = Self> {
        let problems = ProblemCode::ALL.iter().map(|code| Self::of_problem(*code));
        GROUPS
            .iter()
            .flat_map(|group| group.iter().copied())
            .chain(problems)
    }

    /// The state of a request that the platform refused.
    #[must_use]
    pub fn of_problem(code: ProblemCode) -> Self {
        Self {
            group: "problem",
            code: code.code(),
        }
    }
}

impl fmt::Display for StateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.group, self.code)
    }
}

/// A group of ids, each a constant, and all of them together.
macro_rules! groups {
    ($($group:ident { $($name:ident = $code:literal,)* })*) => {
        $(mod $group {
            use super::StateId;
            $(pub(super) const $name: StateId = StateId {
                group: stringify!($group),
                code: $code,
            };)*
            pub(super) const ALL: &[StateId] = &[$($name,)*];
        })*
        const GROUPS: &[&[StateId]] = &[$($group::ALL,)*];
    };
}

groups! {
    key {
        FRESH = "fresh",
        OK = "ok",
        BUSY = "busy",
        LOCKED = "locked",
        CANCELLED = "cancelled",
        UNSURE = "unsure",
        LOST = "lost",
        RESTORED_WITHOUT_KEY = "restored_without_key",
        KEY_WITHOUT_STORE = "key_without_store",
        LOCK_REMOVED = "lock_removed",
        DAMAGED = "damaged",
        FAILED = "failed",
    }
    signing {
        BUSY = "busy",
        LOCKED = "locked",
        MISSING = "missing",
        LOCK_REMOVED = "lock_removed",
        CANCELLED = "cancelled",
        NOT_UNWRAPPED = "not_unwrapped",
        UNSUPPORTED = "unsupported",
        FAILED = "failed",
    }
    store {
        IN_USE = "in_use",
        FULL = "full",
        DAMAGED = "damaged",
        VALUE_DAMAGED = "value_damaged",
        FROM_NEWER_VERSION = "from_newer_version",
        FOLDER = "folder",
        DATABASE = "database",
        MISSING = "missing",
        READ_ONLY = "read_only",
    }
    clock {
        TRUSTED = "trusted",
        ESTIMATED = "estimated",
        UNKNOWN = "unknown",
        WALL_OFF = "wall_off",
    }
    network {
        ADDRESS = "address",
        UNREACHABLE = "unreachable",
        TIMED_OUT = "timed_out",
        INTERRUPTED = "interrupted",
        REDIRECTED = "redirected",
        NOT_THE_PLATFORM = "not_the_platform",
        TOO_LARGE = "too_large",
        UNREADABLE = "unreadable",
        CROWDED = "crowded",
        PLATFORM_DOWN = "platform_down",
        BLOCKED = "blocked",
        NEWER_ANSWER = "newer_answer",
    }
    tls {
        UNKNOWN_ROOT = "unknown_root",
        UNPINNED_KEY = "unpinned_key",
        EXPIRED = "expired",
        NOT_YET_VALID = "not_yet_valid",
        WRONG_HOST = "wrong_host",
        UNACCEPTABLE = "unacceptable",
    }
    show {
        NO_CODE = "no_code",
        ENDED = "ended",
        FROM_NEWER_VERSION = "from_newer_version",
        DAMAGED = "damaged",
        FOLDER = "folder",
    }
    refresh {
        NOTHING_NEW = "nothing_new",
        HOURS_ADDED = "hours_added",
        STRIP_BEGAN = "strip_began",
        EXPLANATION_CHANGED = "explanation_changed",
    }
    terminal {
        FOLDER = "folder",
        RANDOMNESS = "randomness",
        APP_FAULT = "app_fault",
        TRUST_REFUSED = "trust_refused",
        TIME_REFUSED = "time_refused",
        TIME_DOUBTED = "time_doubted",
        ARRIVAL_REFUSED = "arrival_refused",
        FIELD = "field",
        OTHER_ROOT = "other_root",
        NO_PROFILE = "no_profile",
        NOT_LOGGED_IN = "not_logged_in",
        NO_LOGIN_ATTEMPT = "no_login_attempt",
        NO_APPLICATION = "no_application",
        NOT_VERIFIED = "not_verified",
        OUTBOX_FULL = "outbox_full",
        ERASED = "erased",
        INTERRUPTED = "interrupted",
    }
    sending {
        DONE = "done",
        WAITING = "waiting",
        REFUSED = "refused",
        SET_ASIDE = "set_aside",
    }
    face {
        PASSED = "passed",
        FAILED = "failed",
        CANCELLED = "cancelled",
        TIMED_OUT = "timed_out",
        REPLAYED = "replayed",
        SOMEBODY_ELSES = "somebody_elses",
        FORGED = "forged",
        EXPIRED = "expired",
        NOT_OPENED = "not_opened",
        UNASKED = "unasked",
    }
    notice {
        DEVICE_ENROLLED = "device_enrolled",
        STRIP_RECALLED = "strip_recalled",
        DEVICE_ENDED = "device_ended",
        STORE_ROLLED_BACK = "store_rolled_back",
        STORE_REPAIRED = "store_repaired",
        CLOCK_WAS_AHEAD = "clock_was_ahead",
        CODE_UPDATED = "code_updated",
        SENDING_REFUSED = "sending_refused",
        SENDING_SET_ASIDE = "sending_set_aside",
    }
}

/// Gives a type its id, and the code within the group.
macro_rules! has_state_id {
    ($($type:ty, $state:ident => $id:expr;)*) => {$(
        impl $type {
            /// The id by which the words for this are found.
            #[must_use]
            pub fn state_id(&self) -> StateId {
                let $state = self;
                $id
            }

            /// The stable code of this, within its group.
            #[must_use]
            pub fn code(&self) -> &'static str {
                self.state_id().code()
            }
        }
    )*};
}

has_state_id! {
    KeyState, state => match state {
        Self::Fresh => key::FRESH,
        Self::Ok => key::OK,
        Self::Busy => key::BUSY,
        Self::Locked => key::LOCKED,
        Self::Cancelled => key::CANCELLED,
        Self::Unsure => key::UNSURE,
        Self::Lost => key::LOST,
        Self::RestoredWithoutKey => key::RESTORED_WITHOUT_KEY,
        Self::KeyWithoutStore => key::KEY_WITHOUT_STORE,
        Self::LockRemoved => key::LOCK_REMOVED,
        Self::Damaged => key::DAMAGED,
        Self::Failed => key::FAILED,
    };
    KeyStoreError, error => match error {
        Self::Busy => signing::BUSY,
        Self::Locked => signing::LOCKED,
        Self::Missing => signing::MISSING,
        Self::LockRemoved => signing::LOCK_REMOVED,
        Self::UserCancelled => signing::CANCELLED,
        Self::NotUnwrapped => signing::NOT_UNWRAPPED,
        Self::Unsupported => signing::UNSUPPORTED,
        Self::Failed { .. } => signing::FAILED,
    };
    StoreError, error => match error {
        Self::InUse => store::IN_USE,
        Self::Full => store::FULL,
        Self::Damaged => store::DAMAGED,
        Self::ValueDamaged { .. } => store::VALUE_DAMAGED,
        Self::FromNewerVersion => store::FROM_NEWER_VERSION,
        Self::Folder(_) => store::FOLDER,
        Self::Randomness(_) => terminal::RANDOMNESS,
        Self::Database { .. } => store::DATABASE,
        Self::Missing => store::MISSING,
        Self::ReadOnly => store::READ_ONLY,
    };
    ClockState, state => match state {
        Self::Trusted => clock::TRUSTED,
        Self::Estimated => clock::ESTIMATED,
        Self::Unknown => clock::UNKNOWN,
    };
    ClientError, error => match error {
        Self::Address(_) => network::ADDRESS,
        Self::Tls(refusal) => refusal.state_id(),
        Self::Unreachable => network::UNREACHABLE,
        Self::TimedOut => network::TIMED_OUT,
        Self::Interrupted => network::INTERRUPTED,
        Self::Redirected => network::REDIRECTED,
        Self::NotThePlatform => network::NOT_THE_PLATFORM,
        Self::TooLarge { .. } => network::TOO_LARGE,
        Self::Unreadable => network::UNREADABLE,
        Self::Status { status: 429 | 503, .. } => network::CROWDED,
        Self::Status { status: 500.., .. } => network::PLATFORM_DOWN,
        Self::Status { .. } => network::BLOCKED,
        Self::UnknownProblem { status: 429 | 503, .. } => network::CROWDED,
        Self::UnknownProblem { .. } => network::NEWER_ANSWER,
        Self::Problem(problem) => StateId::of_problem(problem.code),
        Self::KeyStore(error) => error.state_id(),
        Self::Randomness(_) => terminal::RANDOMNESS,
        Self::NotWritten | Self::NotBuilt => terminal::APP_FAULT,
    };
    TlsRefusal, refusal => match refusal {
        Self::UnknownRoot => tls::UNKNOWN_ROOT,
        Self::UnpinnedKey => tls::UNPINNED_KEY,
        Self::Expired => tls::EXPIRED,
        Self::NotYetValid => tls::NOT_YET_VALID,
        Self::WrongHost => tls::WRONG_HOST,
        Self::Unacceptable => tls::UNACCEPTABLE,
    };
    ShowError, error => match error {
        Self::Keys(state) => state.state_id(),
        Self::NoCode => show::NO_CODE,
        Self::Ended { .. } => show::ENDED,
        Self::FromNewerVersion => show::FROM_NEWER_VERSION,
        Self::Damaged => show::DAMAGED,
        Self::Folder(_) => show::FOLDER,
    };
    // What matters most to the person comes first.
    RefreshOutcome, outcome => match outcome {
        Self { explanation_changed: true, .. } => refresh::EXPLANATION_CHANGED,
        Self { strip_began: true, .. } => refresh::STRIP_BEGAN,
        Self { hours_added: 1.., .. } => refresh::HOURS_ADDED,
        Self { .. } => refresh::NOTHING_NEW,
    };
    TerminalError, error => match error {
        Self::Keys(state) => state.state_id(),
        Self::KeyStore(error) => error.state_id(),
        Self::Store(error) => error.state_id(),
        Self::Folder(_) => terminal::FOLDER,
        Self::Client(error) => error.state_id(),
        Self::Trust(_) => terminal::TRUST_REFUSED,
        Self::Time(_) => terminal::TIME_REFUSED,
        Self::TimeDoubted => terminal::TIME_DOUBTED,
        Self::Arrival(_) => terminal::ARRIVAL_REFUSED,
        Self::Randomness(_) => terminal::RANDOMNESS,
        Self::Field(_) => terminal::FIELD,
        Self::OtherRoot => terminal::OTHER_ROOT,
        Self::NoProfile => terminal::NO_PROFILE,
        Self::NotLoggedIn => terminal::NOT_LOGGED_IN,
        Self::NoLoginAttempt => terminal::NO_LOGIN_ATTEMPT,
        Self::NoApplication => terminal::NO_APPLICATION,
        Self::NotVerified => terminal::NOT_VERIFIED,
        Self::OutboxFull => terminal::OUTBOX_FULL,
        Self::Erased => terminal::ERASED,
        Self::Interrupted => terminal::INTERRUPTED,
    };
    Sent, sent => match sent {
        Self::Done => sending::DONE,
        Self::Waiting => sending::WAITING,
        Self::Refused(_) => sending::REFUSED,
        Self::SetAside => sending::SET_ASIDE,
    };
    FaceCheckOutcome, outcome => match outcome {
        Self::Passed => face::PASSED,
        Self::Failed => face::FAILED,
        Self::Cancelled => face::CANCELLED,
        Self::TimedOut => face::TIMED_OUT,
        Self::Replayed => face::REPLAYED,
        Self::SomebodyElses => face::SOMEBODY_ELSES,
        Self::Forged => face::FORGED,
        Self::Expired => face::EXPIRED,
        Self::NotOpened => face::NOT_OPENED,
        Self::Unasked => face::UNASKED,
    };
    NoticeKind, kind => match kind {
        Self::Device(DeviceNoticeKind::DeviceEnrolled) => notice::DEVICE_ENROLLED,
        Self::Device(DeviceNoticeKind::StripRecalled) => notice::STRIP_RECALLED,
        Self::Device(DeviceNoticeKind::DeviceEnded) => notice::DEVICE_ENDED,
        Self::StoreRolledBack => notice::STORE_ROLLED_BACK,
        Self::StoreRepaired => notice::STORE_REPAIRED,
        Self::ClockWasAhead => notice::CLOCK_WAS_AHEAD,
        Self::CodeUpdated => notice::CODE_UPDATED,
        Self::SendingRefused => notice::SENDING_REFUSED,
        Self::SendingSetAside => notice::SENDING_SET_ASIDE,
    };
}

impl ShownCode {
    /// The id of what there is to say about the time: of the clock's state, or that the phone's own clock is
    /// off while the trusted time is not.
    #[must_use]
    pub fn clock_state_id(&self) -> StateId {
        let off = self
            .wall_ahead_seconds
            .is_some_and(|ahead| ahead.unsigned_abs() >= WALL_OFF_SECONDS);
        if off && self.clock_state == ClockState::Trusted {
            clock::WALL_OFF
        } else {
            self.clock_state.state_id()
        }
    }
}

#[cfg(test)]
mod tests;
