//! Trust files, the recall list and server time, for everybody.

use serde::{Deserialize, Serialize};

use crate::bytes::{Bytes, FixedBytes};

/// `GET`: the newest root, `application/cbor`.
pub const ROOT_PATH: &str = "/v1/trust/root";
/// `GET`: the root with a version, for whoever missed several; roots are taken one after the other.
pub const ROOT_VERSION_PATH: &str = "/v1/trust/root/{version}";
/// `GET`: the issuers.
pub const ISSUERS_PATH: &str = "/v1/trust/issuers";
/// `GET`: the recall list; `?from=VERSION` for what came since.
pub const RECALL_PATH: &str = "/v1/trust/recall";
/// `GET`: the time stamp over the others.
pub const TIMESTAMP_PATH: &str = "/v1/trust/timestamp";
/// `GET`: the rule pack in force, signed.
pub const RULES_PATH: &str = "/v1/trust/rules";
/// `GET`: the region profile in force, signed.
pub const PROFILE_PATH: &str = "/v1/trust/profile";
/// `GET`: the UI standard in force, signed; not found where the one that programs were built with is.
pub const STANDARD_PATH: &str = "/v1/trust/standard";
/// The name of the UI standard's file: a deployment has one.
pub const STANDARD_NAME: &str = "ui";
/// `POST`: signed server time.
pub const TIME_PATH: &str = "/v1/time";
/// The media type of trust files, strips, receipts and batches.
pub const CBOR_MEDIA_TYPE: &str = "application/cbor";

/// Where the root with a version is; see [`ROOT_VERSION_PATH`].
#[must_use]
pub fn root_version_path(version: u32) -> String {
    format!("{ROOT_PATH}/{version}")
}

/// Asks for the time; the nonce comes back inside the signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TimeRequest {
    /// Random, so that an old answer cannot be replayed.
    pub nonce: FixedBytes<32>,
}

/// The time, signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct TimeResponse {
    /// A statement of time, as the protocol document defines it.
    pub statement: Bytes,
}
