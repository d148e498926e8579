//! Consent: each purpose separately, with the version of the text that was shown.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// `GET` (read token) and `POST` (signed): the person's consents.
pub const CONSENTS_PATH: &str = "/v1/consents";

/// What data is used for. Closed: there is no purpose beside the epidemic
/// (Shanxi article 4, Guangxi article 22).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To hold and show a health code.
    HealthCode,
    /// To compare one's face once, at the face-check provider.
    FaceCheck,
    /// To declare one's health.
    HealthDeclaration,
    /// To declare a trip.
    TripDeclaration,
}

impl Purpose {
    /// Every purpose, in the order in which a person is asked.
    pub const ALL: [Purpose; 4] = [
        Purpose::HealthCode,
        Purpose::FaceCheck,
        Purpose::HealthDeclaration,
        Purpose::TripDeclaration,
    ];
}

/// A person's answer about one purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ConsentRequest {
    /// The purpose.
    pub purpose: Purpose,
    /// The version of the text that was shown.
    #[cfg_attr(feature = "openapi", schemars(range(min = 1)))]
    #[serde(deserialize_with = "crate::whole_number::required")]
    pub text_version: u32,
    /// The language it was shown in, as BCP 47.
    #[cfg_attr(feature = "openapi", schemars(regex(pattern = "^[A-Za-z0-9-]{2,35}$")))]
    pub language: String,
    /// Given, or withdrawn.
    pub given: bool,
}

/// Whether a text has the form of a BCP 47 tag: 2 to 35 ASCII letters, digits and hyphens.
pub fn is_language_tag(text: &str) -> bool {
    (2..=35).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// A recorded answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ConsentRecord {
    /// The purpose.
    pub purpose: Purpose,
    /// The version of the text that was shown.
    pub text_version: u32,
    /// The language it was shown in.
    pub language: String,
    /// Given, or withdrawn.
    pub given: bool,
    /// When the platform recorded it.
    pub recorded_at: Timestamp,
}

/// The newest answer for each purpose that was asked about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ConsentsResponse {
    /// In the order in which a person is asked.
    pub consents: Vec<ConsentRecord>,
}
