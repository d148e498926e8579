use liangma_wire::device::{
    DEVICE_END_PATH, DEVICES_PATH, DeviceEndRequest, DeviceId, DevicesResponse,
};

use super::{Terminal, TerminalError};
use crate::client::SignedRequest;

impl Terminal {
    /// The person's devices, and what this one was told.
    ///
    /// # Errors
    /// [`TerminalError::NotLoggedIn`], or the client's errors.
    pub async fn devices(&self) -> Result<DevicesResponse, TerminalError> {
        let session = self.session().await?;
        let client = &self.0.client;
        Ok(client
            .get_json(DEVICES_PATH, Some(&session.read_token))
            .await?)
    }

    /// Ends one of the person's devices at the platform, which recalls its strip. What is on that phone
    /// stays there; erase it where it is at hand.
    ///
    /// # Errors
    /// [`TerminalError::NotLoggedIn`], or the client's errors. After a failed network the device may have
    /// ended: [`Terminal::devices`] tells.
    pub async fn end_device(&self, device: DeviceId) -> Result<DevicesResponse, TerminalError> {
        let session = self.session().await?;
        let request = DeviceEndRequest { device };
        let request = SignedRequest::json(&session.session, DEVICE_END_PATH, &request, None)?;
        Ok(self.0.client.signed_json(&request).await?)
    }
}
