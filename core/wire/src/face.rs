//! The face-check handoff: a ticket out, a signed receipt back, never a face.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{application::ApplicationId, bytes::FixedBytes, device::DeviceStanding};

/// `POST`, signed: a ticket for one face check.
pub const FACE_TICKETS_PATH: &str = "/v1/face/tickets";
/// `POST`, signed: redeems the handle that the link back carried.
pub const FACE_REDEEM_PATH: &str = "/v1/face/redeem";
/// On the provider, `POST`: the platform announces a ticket.
pub const PROVIDER_TICKETS_PATH: &str = "/tickets";
/// On the provider, `POST`: the platform exchanges a handle for the signed receipt.
pub const PROVIDER_RECEIPTS_PATH: &str = "/receipts";
/// On the provider: the page that the shell opens, with `?ticket=` behind it.
pub const PROVIDER_CHECK_PATH: &str = "/check";
/// Seconds for which a face ticket is good.
pub const FACE_TICKET_SECONDS: i64 = 600;

/// One face check that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct TicketId(pub FixedBytes<16>);

/// The one-time handle that the link back carries.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct ReceiptHandle(pub FixedBytes<32>);

impl std::fmt::Debug for ReceiptHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ReceiptHandle([hidden])")
    }
}

/// Asks for a face check. The challenge is SHA-256 of a verifier that never leaves the phone
/// before redemption (PKCE, RFC 7636, method S256).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FaceTicketRequest {
    /// The application that the check is for.
    pub application: ApplicationId,
    /// SHA-256 of the 32-byte verifier.
    pub challenge: FixedBytes<32>,
    /// What the link back will carry, so that the core knows its own; chosen by the core.
    pub state: FixedBytes<16>,
}

/// A ticket, and where the shell is to go with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct FaceTicketResponse {
    /// The ticket.
    pub ticket: TicketId,
    /// The provider's page. Holds the ticket and nothing personal.
    pub provider_url: String,
    /// The name of the provider, for the person to read.
    pub provider_name: String,
    /// When the ticket stops being good.
    pub expires_at: Timestamp,
}

/// How a face check ended, as the provider states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FaceOutcome {
    /// The face is that of the person.
    Passed,
    /// It is not, or could not be compared.
    Failed,
    /// The person stopped.
    Cancelled,
    /// Nobody finished in time.
    TimedOut,
}

/// Redeems the handle of the link back. Idempotent for the same device.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FaceRedeemRequest {
    /// The ticket that was opened.
    pub ticket: TicketId,
    /// The one-time handle.
    pub handle: ReceiptHandle,
    /// The verifier whose hash is the challenge.
    pub verifier: FixedBytes<32>,
}

impl std::fmt::Debug for FaceRedeemRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FaceRedeemRequest")
            .field("ticket", &self.ticket)
            .finish_non_exhaustive()
    }
}

/// How the check ended and what the device may do now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct FaceRedeemResponse {
    /// How the check ended.
    pub outcome: FaceOutcome,
    /// Whether the device may obtain a code.
    pub standing: DeviceStanding,
}

/// What the platform tells the provider about a ticket; every field comes back in the receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderTicket {
    /// The ticket.
    pub ticket: TicketId,
    /// Who the receipt is for: the platform's name.
    pub audience: String,
    /// Random, so that no two receipts are alike.
    pub nonce: FixedBytes<32>,
    /// Whose face is to be compared: the provider's own pseudonym of the person.
    pub subject: FixedBytes<32>,
    /// Who asks, as a pseudonym too: the subject, or a relative.
    pub requester: FixedBytes<32>,
    /// What the check is for.
    pub purpose: String,
    /// SHA-256 of the request that the check completes.
    pub request_hash: FixedBytes<32>,
    /// Thumbprint of the device key.
    pub device_thumbprint: FixedBytes<32>,
    /// PKCE challenge.
    pub challenge: FixedBytes<32>,
    /// What the link back carries.
    pub state: FixedBytes<16>,
    /// When the ticket stops being good.
    pub expires_at: Timestamp,
}

/// The platform exchanges a handle for the receipt; the answer is the receipt's bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderReceiptRequest {
    /// The ticket.
    pub ticket: TicketId,
    /// The handle of the link back.
    pub handle: ReceiptHandle,
}
