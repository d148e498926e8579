//! What the screens know of the terminal: one picture of it, taken by the driver.

use jiff::Timestamp;
use liangma_domain::{
    mask::{MaskedDocument, MaskedName},
    rules::ReasonStatement,
    tiles::Tiles,
};
use liangma_terminal::{NoticeKind, clock::ClockState};
use liangma_wire::{
    consent::Purpose,
    declaration::{EvidenceSource, RuleBook},
};
use serde::{Deserialize, Serialize};

/// Everything the screens show of the terminal.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Known {
    /// How far the person has come.
    pub stage: Stage,
    /// Why the terminal could not be opened; the code may show all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<Closed>,
    /// Whose phone it is, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<Person>,
    /// The login that waits for its code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login: Option<LoginSent>,
    /// A face check was left and not finished.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub face_check_open: bool,
    /// Who compares the face in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub face_provider: Option<String>,
    /// The answers about each purpose.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub consents: Vec<ConsentGiven>,
    /// The code that shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<CodeKnown>,
    /// Why no code shows, as a state id of the group `show` or `key`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_code: Option<String>,
    /// Why the code has its colour, worst first; empty when what is held explains another colour.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<ReasonStatement>,
    /// Who answers for the evidence behind the reasons.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<EvidenceSource>,
    /// The rule book that the reasons rest on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule_book: Option<RuleBook>,
    /// Test age and vaccination.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tiles: Option<Tiles>,
    /// Until when somebody else uses this phone; all the rest is then theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guest_until: Option<Timestamp>,
    /// What waits to be sent or was refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub outbox: Vec<Waiting>,
    /// What the person is to be told.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<NoticeKnown>,
    /// What the clock is worth.
    pub clock: Clock,
    /// By how many seconds the phone's clock is ahead of the trusted time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wall_ahead_seconds: Option<i64>,
    /// Whether the last thing that needed the network found none.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub offline: bool,
    /// Why the last refresh did not go through, as a state id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_trouble: Option<String>,
    /// Whether a refresh is on its way by itself.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub refreshing: bool,
    /// The zone of the region, an IANA name.
    pub zone: String,
    /// Per cent of the battery, where the shell says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub battery_percent: Option<u8>,
}

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Known({:?})", self.stage)
    }
}

/// Why the terminal could not be opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// The id of the state.
    pub state: String,
    /// Whether a repair can mend it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_repair: bool,
    /// Whether it is beyond reading, so that the person may begin anew.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_begin_anew: bool,
}

/// How far the person has come.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Nobody is logged in.
    #[default]
    LoggedOut,
    /// A login code is on its way.
    CodeSent,
    /// Logged in; not applied yet.
    LoggedIn,
    /// Applied; a face or counter check is to come.
    NeedsVerification,
    /// Verified; the first code has not been fetched.
    Verified,
    /// There is a code.
    Ready,
}

/// Whose phone it is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The name, masked.
    pub name: String,
    /// The document, masked.
    pub document: String,
    /// The phone number, masked.
    pub phone: String,
    /// The region profile.
    pub profile: String,
    /// Whether this is a demonstration.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sandbox: bool,
}

/// A login that waits for its code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginSent {
    /// The text of the QR code that a counter scans, when the code is to come from there.
    pub attempt: String,
    /// Until when the code counts.
    pub expires_at: Timestamp,
    /// How many digits it has.
    pub digits: u8,
    /// How many tries there are.
    pub tries: u8,
}

/// An answer about one purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentGiven {
    /// The purpose.
    pub purpose: Purpose,
    /// The version of the text.
    pub version: u32,
    /// Given or withdrawn.
    pub given: bool,
    /// When.
    pub at: Timestamp,
}

/// The code that shows.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeKnown {
    /// Number of the colour in the registry.
    pub colour: u8,
    /// The masked name, as signed.
    pub name: MaskedName,
    /// The masked document, as signed.
    pub document: MaskedDocument,
    /// Whether this is a demonstration.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sandbox: bool,
    /// Whether it shows as live: false when the clock is unknown.
    pub live: bool,
    /// The end of the last hour that is signed without a gap.
    pub covered_until: Timestamp,
    /// Whether less than an hour of it is left.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub last_hour: bool,
    /// Until when it works without network, when everything for that is here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub works_offline_until: Option<Timestamp>,
    /// The last refresh that went through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// When the reasons were fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explained_at: Option<Timestamp>,
}

/// What waits to be sent, or was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Its number.
    pub entry: u64,
    /// What it is: `health`, `trip`, `consent` or `correction`.
    pub what: String,
    /// When the person did it.
    pub done_at: Timestamp,
    /// Why it was refused, as a state id; `None` while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// What the person is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeKnown {
    /// What happened.
    pub kind: NoticeKind,
    /// When.
    pub at: Timestamp,
}

/// What the clock is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// It agrees with a signed time.
    Trusted,
    /// Carried over a restart.
    Estimated,
    /// Not known.
    #[default]
    Unknown,
}

impl From<ClockState> for Clock {
    fn from(state: ClockState) -> Self {
        match state {
            ClockState::Trusted => Self::Trusted,
            ClockState::Estimated => Self::Estimated,
            ClockState::Unknown => Self::Unknown,
        }
    }
}

macro_rules! hidden {
    ($($name:ident),*) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "([hidden])"))
            }
        }
    )*};
}

hidden!(Person, CodeKnown, LoginSent);
