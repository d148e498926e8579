//! The application for a health code. It completes once the operator was verified
//! (Guangxi article 27), by face or at a counter.

use serde::{Deserialize, Serialize};

use crate::bytes::FixedBytes;

/// `POST`, signed: applies for a health code on this device. Idempotent per device.
pub const APPLICATIONS_PATH: &str = "/v1/applications";

/// One application of one person on one device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct ApplicationId(pub FixedBytes<16>);

/// How far an application has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ApplicationState {
    /// The operator has not been verified yet.
    NeedsVerification,
    /// The device may obtain a code.
    Complete,
}

/// An application and what it still needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ApplicationResponse {
    /// The application.
    pub application: ApplicationId,
    /// How far it has come.
    pub state: ApplicationState,
}
