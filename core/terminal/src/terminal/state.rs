//! What a screen is told of the terminal.

use jiff::Timestamp;
use liangma_domain::{rules::Evaluation, tiles::Tiles};
use liangma_wire::{
    application::ApplicationResponse, consent::ConsentRequest, device::DeviceStanding,
    login::LoginCompleteResponse,
};

use super::LoginSent;
use crate::{
    clock::ClockState,
    outbox::{EntryId, OutboxEntry},
    ports::SecurityLevel,
    records::Notice,
    show::Validity,
};

/// How far a person has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Nobody is logged in.
    LoggedOut,
    /// A login code is on its way.
    CodeSent,
    /// Logged in; the application has not begun.
    LoggedIn,
    /// Applied; a face or counter check is to come.
    NeedsVerification,
    /// Verified; the first code has not been fetched.
    Verified,
    /// There is a code.
    Ready,
}

/// Everything a screen needs to know about the terminal, read in one go.
#[derive(Debug, Clone)]
pub struct TerminalState {
    /// How far the person has come.
    pub stage: Stage,
    /// Whose terminal it is, masked.
    pub person: Option<MaskedPerson>,
    /// The login attempt under way.
    pub login: Option<LoginSent>,
    /// The application.
    pub application: Option<ApplicationResponse>,
    /// A face check that the person left for and that was not finished.
    pub face_check_open: bool,
    /// Who compares the face in that check, for the person to read before leaving.
    pub face_provider: Option<String>,
    /// What the person agreed to, and when.
    pub consents: Vec<(ConsentRequest, Timestamp)>,
    /// How old the code is and how long it lasts.
    pub validity: Option<Validity>,
    /// When the next refresh is planned.
    pub next_refresh_at: Option<Timestamp>,
    /// Refreshes that failed since the last that went through.
    pub failed_refreshes: u32,
    /// What waits in the outbox, or was refused.
    pub outbox: Vec<(EntryId, OutboxEntry)>,
    /// What the person is to be told.
    pub notices: Vec<Notice>,
    /// How far the phone's idea of the time can be relied on.
    pub clock_state: ClockState,
    /// How well this phone keeps keys; `None` when it does not say.
    pub security_level: Option<SecurityLevel>,
}

/// Whose terminal it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskedPerson {
    /// The name, masked.
    pub name: String,
    /// The document, masked.
    pub document: String,
    /// The phone number, masked.
    pub phone: String,
    /// The region profile.
    pub profile: String,
    /// Whether this device may obtain a code.
    pub standing: DeviceStanding,
    /// Nothing of it counts outside a demonstration.
    pub sandbox: bool,
}

impl From<LoginCompleteResponse> for MaskedPerson {
    fn from(session: LoginCompleteResponse) -> Self {
        Self {
            name: session.masked_name,
            document: session.masked_document,
            phone: session.masked_phone,
            profile: session.profile,
            standing: session.standing,
            sandbox: session.sandbox,
        }
    }
}

/// Why the code has its colour: what the phone holds, also without network.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The colour with its reasons, what clears it and when.
    pub evaluation: Evaluation,
    /// Test age and vaccination.
    pub tiles: Tiles,
    /// The region profile that applies.
    pub profile: String,
    /// When it was fetched.
    pub updated_at: Timestamp,
}
