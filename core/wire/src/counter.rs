//! The counter: a face is never the only way. A person with the duty reads the identity document,
//! then scans the phone's handle, so that the approval binds person, application and device.

use jiff::Timestamp;
#[cfg(feature = "openapi")]
use liangma_domain::identity::DOCUMENT_INPUT_MAX;
use liangma_domain::identity::DocumentType;
use serde::{Deserialize, Serialize};

use crate::{application::ApplicationId, bytes::FixedBytes, login::AttemptId, personal::Personal};

/// `POST`, signed by the device: a handle to show at the counter.
pub const COUNTER_HANDLES_PATH: &str = "/v1/counter/handles";
/// `POST`, signed by the counter: approves the application behind a handle.
pub const COUNTER_APPROVALS_PATH: &str = "/v1/counter/approvals";
/// `POST`, signed by the counter: the code of a waiting login attempt.
pub const COUNTER_LOGIN_CODES_PATH: &str = "/v1/counter/login-codes";
/// Digits of the spoken fallback.
pub const SPOKEN_CODE_DIGITS: usize = 8;
/// Tries at one spoken code.
pub const SPOKEN_CODE_TRIES: u8 = 5;
/// Seconds for which handle and spoken code are good.
pub const COUNTER_HANDLE_SECONDS: i64 = 900;

/// Asks for a handle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CounterHandleRequest {
    /// The application to be approved.
    pub application: ApplicationId,
}

/// What the phone shows at the counter.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CounterHandleResponse {
    /// To be scanned.
    pub handle: FixedBytes<16>,
    /// To be spoken where it cannot be scanned.
    #[cfg_attr(feature = "openapi", schemars(regex(pattern = "^[0-9]{8}$")))]
    pub spoken_code: Personal<String>,
    /// When both stop being good.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for CounterHandleResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CounterHandleResponse")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// How the counter names the application.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CounterReference {
    /// Scanned from the phone.
    Handle(FixedBytes<16>),
    /// Told by the person.
    Spoken(
        #[cfg_attr(feature = "openapi", schemars(regex(pattern = r"^\s*[0-9]{8}\s*$")))]
        Personal<String>,
    ),
}

impl std::fmt::Debug for CounterReference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Handle(_) => "Handle([hidden])",
            Self::Spoken(_) => "Spoken([hidden])",
        })
    }
}

/// Approves an application after reading the identity document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CounterApprovalRequest {
    /// Which application.
    pub reference: CounterReference,
    /// The kind of document that was read.
    pub document_type: DocumentType,
    /// Its number, as read.
    #[cfg_attr(feature = "openapi", schemars(length(min = 1, max = DOCUMENT_INPUT_MAX)))]
    pub document_number: Personal<String>,
}

/// Whom the counter approved, to be compared with the person in front of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CounterApprovalResponse {
    /// The name, masked.
    pub masked_name: String,
    /// The document, masked.
    pub masked_document: String,
    /// When it was approved.
    pub approved_at: Timestamp,
}

/// Asks for the code of a login attempt that waits at the counter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CounterLoginCodeRequest {
    /// The attempt, as shown on the phone.
    pub attempt: AttemptId,
    /// The kind of document that was read.
    pub document_type: DocumentType,
    /// Its number, as read.
    #[cfg_attr(feature = "openapi", schemars(length(min = 1, max = DOCUMENT_INPUT_MAX)))]
    pub document_number: Personal<String>,
}

/// The code to read out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CounterLoginCodeResponse {
    /// Six digits.
    #[cfg_attr(feature = "openapi", schemars(regex(pattern = "^[0-9]{6}$")))]
    pub code: Personal<String>,
    /// When it stops being good.
    pub expires_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_what_opens_a_counter_s_door_prints_nothing_of_it() {
        let response = CounterHandleResponse {
            handle: FixedBytes([77; 16]),
            spoken_code: "12345678".to_owned().into(),
            expires_at: Timestamp::UNIX_EPOCH,
        };
        for reference in [
            CounterReference::Handle(FixedBytes([77; 16])),
            CounterReference::Spoken("12345678".to_owned().into()),
        ] {
            let text = format!("{response:?} {reference:?}");
            assert!(!text.contains("77") && !text.contains("1234"), "{text}");
        }
    }
}
