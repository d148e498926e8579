use std::time::Duration;

use async_trait::async_trait;
use liangma_wire::{bytes::FixedBytes, face::ReceiptHandle};

/// Opens the face-check provider for the person and waits for the link back.
///
/// Called on the terminal's runtime, once for each face check that a person starts. The shell opens the
/// address outside the terminal (a browser tab or the provider's own program) and returns what the verified
/// https link back carries. No picture passes through here. When the terminal is killed meanwhile, the
/// shell hands the link back to `Terminal::face_returned` after the next start.
#[async_trait]
pub trait FaceCheck: Send + Sync {
    /// Opens the provider and waits until the person comes back, or `handoff.patience` is over.
    ///
    /// # Errors
    /// [`FaceCheckError`]; each has its own way on.
    async fn hand_over(&self, handoff: &FaceHandoff) -> Result<FaceReturn, FaceCheckError>;
}

/// Where to send the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaceHandoff {
    /// The provider's page. Holds a ticket and nothing personal.
    pub url: String,
    /// The provider's name, for the person to read before leaving.
    pub provider: String,
    /// The state that the link back must carry.
    pub state: FixedBytes<16>,
    /// How long waiting makes sense: until the ticket ends.
    pub patience: Duration,
}

/// What the link back carries: nothing but these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FaceReturn {
    /// The state that went out; another one belongs to somebody else's check.
    pub state: FixedBytes<16>,
    /// The one-time handle for the receipt.
    pub handle: ReceiptHandle,
}

/// Why nobody came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FaceCheckError {
    /// The person closed the provider's page.
    #[error("check the face: the person cancelled")]
    Cancelled,
    /// Nobody came back before the ticket ended.
    #[error("check the face: nobody came back in time")]
    TimedOut,
    /// The provider's page could not be opened on this phone.
    #[error("check the face: its page could not be opened")]
    NotOpened,
}
