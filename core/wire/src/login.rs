//! Real-name login: name, identity document and phone are compared jointly with the register.

use jiff::Timestamp;
use liangma_domain::identity::DocumentType;
#[cfg(feature = "openapi")]
use liangma_domain::{identity::DOCUMENT_INPUT_MAX, name::NAME_INPUT_MAX, phone::PHONE_INPUT_MAX};
use serde::{Deserialize, Serialize};

use crate::{
    bytes::FixedBytes,
    device::{DeviceId, DeviceStanding},
    personal::Personal,
};

/// `POST`: begins an attempt. The answer is the same whether or not the three agree.
pub const LOGIN_START_PATH: &str = "/v1/login/start";
/// `POST`: ends an attempt with the code that was sent.
pub const LOGIN_COMPLETE_PATH: &str = "/v1/login/complete";

/// Digits in a login code.
pub const LOGIN_CODE_DIGITS: usize = 6;
/// Tries at one login code.
pub const LOGIN_CODE_TRIES: u8 = 5;
/// Seconds for which a login code is good.
pub const LOGIN_CODE_SECONDS: i64 = 300;

/// How the login code reaches the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LoginChannel {
    /// A text message to the registered number.
    Sms,
    /// A voice call to the registered number.
    Voice,
    /// Read out at a counter, after the identity document was looked at.
    Counter,
}

/// One attempt at logging in; opaque, single use.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct AttemptId(pub FixedBytes<16>);

/// One login of one device; not a secret: every write is signed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct SessionId(pub FixedBytes<16>);

/// The bearer token for reads. A secret, but it can change nothing and obtain no code.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct ReadToken(pub FixedBytes<32>);

impl std::fmt::Debug for ReadToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ReadToken([hidden])")
    }
}

/// Who wants to log in, and with which device key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LoginStartRequest {
    /// The name as in the register; empty where the code comes from a counter, which reads the name from
    /// the document.
    #[cfg_attr(feature = "openapi", schemars(length(max = NAME_INPUT_MAX)))]
    pub name: Personal<String>,
    /// The kind of identity document.
    pub document_type: DocumentType,
    /// Its number.
    #[cfg_attr(feature = "openapi", schemars(length(min = 1, max = DOCUMENT_INPUT_MAX)))]
    pub document_number: Personal<String>,
    /// The registered phone number.
    #[cfg_attr(feature = "openapi", schemars(length(min = 1, max = PHONE_INPUT_MAX)))]
    pub phone: Personal<String>,
    /// The device's public key: ES256, 65 bytes uncompressed.
    pub device_key: FixedBytes<65>,
    /// How the code is to be sent.
    pub channel: LoginChannel,
}

/// Always the same shape: "if these agree, a message was sent".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct LoginStartResponse {
    /// Names the attempt when it is completed.
    pub attempt: AttemptId,
    /// When the code stops being good.
    pub expires_at: Timestamp,
    /// How many digits the code has.
    pub code_digits: usize,
    /// How many tries there are.
    pub tries: u8,
}

/// The code, with proof that the caller holds the device key of the attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LoginCompleteRequest {
    /// The attempt that was begun.
    pub attempt: AttemptId,
    /// The digits as typed.
    #[cfg_attr(feature = "openapi", schemars(regex(pattern = r"^\s*[0-9]{6}\s*$")))]
    pub code: Personal<String>,
    /// Signature of the device key over [`enrolment_message`].
    pub proof: FixedBytes<64>,
}

/// The bytes a device signs to prove possession of its key while logging in.
#[must_use]
pub fn enrolment_message(attempt: &AttemptId, code: &str) -> Vec<u8> {
    let mut message = b"liangma/enrol/1\n".to_vec();
    message.extend_from_slice(&attempt.0.0);
    message.extend_from_slice(code.as_bytes());
    message
}

/// A device that is logged in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct LoginCompleteResponse {
    /// Goes into every signed request.
    pub session: SessionId,
    /// Goes into every read.
    pub read_token: ReadToken,
    /// This device among the person's devices.
    pub device: DeviceId,
    /// Whether the device may obtain a code yet.
    pub standing: DeviceStanding,
    /// The name, masked for display.
    pub masked_name: String,
    /// The document, masked for display at its fixed width.
    pub masked_document: String,
    /// The phone number, masked for display.
    pub masked_phone: String,
    /// The region profile that applies.
    pub profile: String,
    /// True when nothing here counts outside a demonstration.
    pub sandbox: bool,
}
