//! A person's own devices.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::bytes::FixedBytes;

/// `GET`: the person's devices. Read token.
pub const DEVICES_PATH: &str = "/v1/devices";
/// `POST`, signed: ends a device, and recalls its strip.
pub const DEVICE_END_PATH: &str = "/v1/devices/end";
/// `GET`: everything the platform holds about the person. Read token.
pub const EXPORT_PATH: &str = "/v1/export";

/// One device of one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct DeviceId(pub FixedBytes<8>);

/// Whether a device may obtain a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeviceStanding {
    /// Logged in; no strip before a face or counter check.
    Unverified,
    /// Went through a face or counter check.
    Verified,
    /// Ended by its owner or by a newer login.
    Ended,
}

/// One of the person's devices, for display.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct DeviceView {
    /// The device.
    pub device: DeviceId,
    /// Whether it may obtain a code.
    pub standing: DeviceStanding,
    /// When it logged in.
    pub enrolled_at: Timestamp,
    /// True for the device that asks.
    pub this_device: bool,
}

/// The person's devices and what happened to them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct DevicesResponse {
    /// Newest first.
    pub devices: Vec<DeviceView>,
    /// Messages for this device: a new device was enrolled, a strip was recalled.
    pub notices: Vec<DeviceNotice>,
}

/// Something that happened which the owner of a device is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct DeviceNotice {
    /// What happened.
    pub kind: DeviceNoticeKind,
    /// When it happened.
    pub at: Timestamp,
}

/// What the owner of a device is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeviceNoticeKind {
    /// Another device logged in under this name.
    DeviceEnrolled,
    /// This device's strip was recalled; a refresh gives a new one.
    StripRecalled,
    /// This device was ended.
    DeviceEnded,
}

/// Ends one of the person's devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DeviceEndRequest {
    /// The device to end.
    pub device: DeviceId,
}
