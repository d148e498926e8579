use std::sync::Arc;

use async_trait::async_trait;
use liangma_terminal::ports::{self, FaceReturn};
use liangma_wire::{bytes::FixedBytes, face::ReceiptHandle};
use uniffi::UnexpectedUniFFICallbackError;

use crate::error::{LiangmaError, seconds};

/// Opens the face-check provider for the person and waits for the link back. No picture passes through here.
#[uniffi::export(foreign)]
#[async_trait]
pub trait FaceCheck: Send + Sync {
    /// Opens `handoff.url` outside the program (a browser tab, or the provider's own program) and waits until
    /// the verified https link leads back. Returns that link, whole.
    ///
    /// Called once for each face check that a person starts; cancelled when the person gives up waiting. When
    /// the program is killed meanwhile, hand the link to `face_returned` after the next start.
    async fn hand_over(&self, handoff: FaceHandoff) -> Result<String, FaceCheckError>;
}

/// Where to send the person.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct FaceHandoff {
    /// The provider's page. Holds a ticket and nothing personal.
    pub url: String,
    /// The provider's name, for the person to read.
    pub provider: String,
    /// What the link back carries as `state`; a link with another one belongs to another check.
    pub state: String,
    /// How long waiting makes sense, in seconds; `TimedOut` after that.
    pub patience_seconds: u64,
}

/// Why nobody came back from a face check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
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

impl From<UnexpectedUniFFICallbackError> for FaceCheckError {
    fn from(_: UnexpectedUniFFICallbackError) -> Self {
        Self::NotOpened
    }
}

pub(super) struct Lent(pub(super) Arc<dyn FaceCheck>);

#[async_trait]
impl ports::FaceCheck for Lent {
    async fn hand_over(
        &self,
        handoff: &ports::FaceHandoff,
    ) -> Result<FaceReturn, ports::FaceCheckError> {
        let handoff = FaceHandoff {
            url: handoff.url.clone(),
            provider: handoff.provider.clone(),
            state: handoff.state.to_text(),
            patience_seconds: seconds(handoff.patience),
        };
        let came = self
            .0
            .hand_over(handoff)
            .await
            .map_err(|error| match error {
                FaceCheckError::Cancelled => ports::FaceCheckError::Cancelled,
                FaceCheckError::TimedOut => ports::FaceCheckError::TimedOut,
                FaceCheckError::NotOpened => ports::FaceCheckError::NotOpened,
            })?;
        link(&came).map_err(|_| ports::FaceCheckError::NotOpened)
    }
}

/// Reads the link that led back: `…?state=…&handle=…`, in any order and with anything beside.
pub(crate) fn link(text: &str) -> Result<FaceReturn, LiangmaError> {
    let wrong = || LiangmaError::input("face.link");
    let query = text.split_once('?').ok_or_else(wrong)?.1;
    let query = query.split_once('#').map_or(query, |(query, _)| query);
    let value = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    let state = value("state")
        .and_then(FixedBytes::from_text)
        .ok_or_else(wrong)?;
    let handle = value("handle")
        .and_then(FixedBytes::from_text)
        .ok_or_else(wrong)?;
    Ok(FaceReturn {
        state,
        handle: ReceiptHandle(handle),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_back_is_read_and_anything_else_is_refused() {
        let (state, handle) = (FixedBytes([1; 16]), FixedBytes([2; 32]));
        let (one, two) = (state.to_text(), handle.to_text());
        for text in [
            format!("https://app.example/back?state={one}&handle={two}"),
            format!("https://app.example/back?a=b&handle={two}&state={one}#top"),
        ] {
            let back = link(&text).ok();
            assert_eq!(
                back.map(|back| (back.state, back.handle.0)),
                Some((state, handle))
            );
        }
        for text in [
            String::new(),
            "https://app.example/back".to_owned(),
            format!("https://app.example/back?state={one}"),
            format!("https://app.example/back?state={one}&handle={one}"),
            "?state=&handle=".to_owned(),
        ] {
            assert_eq!(link(&text), Err(LiangmaError::input("face.link")), "{text}");
        }
    }
}
