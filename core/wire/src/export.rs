//! Everything the platform holds about a person, for the person (PIPL article 45).

use jiff::Timestamp;
use liangma_domain::{evidence::Evidence, identity::DocumentType, rules::Evaluation};
use serde::{Deserialize, Serialize};

use crate::{
    application::{ApplicationId, ApplicationState},
    consent::ConsentRecord,
    device::{DeviceNotice, DeviceView},
    personal::Personal,
};

pub use crate::device::EXPORT_PATH;

/// Everything held, in full: nothing of a person is masked from the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ExportResponse {
    /// When it was written.
    pub exported_at: Timestamp,
    /// The region profile that applies.
    pub profile: String,
    /// The name.
    pub name: Personal<String>,
    /// The kind of identity document.
    pub document_type: DocumentType,
    /// Its number.
    pub document_number: Personal<String>,
    /// The phone number.
    pub phone: Personal<String>,
    /// Every answer about a purpose, oldest first.
    pub consents: Vec<ConsentRecord>,
    /// Every device, newest first.
    pub devices: Vec<DeviceView>,
    /// What this device was told.
    pub notices: Vec<DeviceNotice>,
    /// Every application.
    pub applications: Vec<ExportedApplication>,
    /// All evidence, oldest first.
    pub evidence: Vec<Evidence>,
    /// The colour now, with its reasons.
    pub evaluation: Evaluation,
    /// Hours for which a code was signed and has not run out.
    pub signed_hours: Vec<Timestamp>,
    /// Decisions about the person whose trace has not been erased, oldest first.
    pub decisions: Vec<ExportedDecision>,
}

/// An application, and how its operator was verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ExportedApplication {
    /// The application.
    pub application: ApplicationId,
    /// How far it has come.
    pub state: ApplicationState,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When the operator was verified.
    pub completed_at: Option<Timestamp>,
    /// `face`, or `counter:` and the principal.
    pub way: Option<String>,
}

/// One decision in the append-only log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ExportedDecision {
    /// When it was decided.
    pub at: Timestamp,
    /// What was decided, such as `evaluation` or `recall`.
    pub decision: String,
    /// Its hash in the log, as hexadecimal.
    #[cfg_attr(feature = "openapi", schemars(regex(pattern = "^[0-9a-f]{64}$")))]
    pub leaf: String,
}
