//! The person: opens the provider's page, presses "pass", and follows the link back to the phone.

use async_trait::async_trait;
use liangma_platform::sandbox::face_provider::OUTCOMES_PATH;
use liangma_terminal::ports::{FaceCheck, FaceCheckError, FaceHandoff, FaceReturn};
use liangma_wire::bytes::FixedBytes;
use liangma_wire::face::ReceiptHandle;
use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, LOCATION};

use crate::commands::provider::browser;

/// The link that the provider sends the browser to in the end. On a phone it is verified and opens the
/// terminal; nobody ever fetches it.
pub(crate) const RETURN_URL: &str = "https://liangma.example/face";

/// A person with a browser.
#[derive(Debug)]
pub(crate) struct PersonWithBrowser {
    browser: reqwest::Client,
}

impl PersonWithBrowser {
    /// A person with a fresh browser.
    pub(crate) fn new() -> Result<Self, reqwest::Error> {
        Ok(Self {
            browser: browser()?,
        })
    }

    /// Opens the page and presses "pass"; the address that the browser is sent to.
    async fn press_pass(&self, url: &str) -> Option<Url> {
        let page = Url::parse(url).ok()?;
        let shown = self.browser.get(page.clone()).send().await.ok()?;
        let has_form =
            shown.status().is_success() && shown.text().await.ok()?.contains("value=\"pass\"");
        let (_, ticket) = page.query_pairs().find(|(name, _)| name == "ticket")?;
        if !has_form {
            return None;
        }
        let answer = self
            .browser
            .post(page.join(OUTCOMES_PATH).ok()?)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(format!("ticket={ticket}&outcome=pass"))
            .send()
            .await
            .ok()?;
        Url::parse(answer.headers().get(LOCATION)?.to_str().ok()?).ok()
    }
}

#[async_trait]
impl FaceCheck for PersonWithBrowser {
    async fn open(&self, handoff: &FaceHandoff) -> Result<FaceReturn, FaceCheckError> {
        let link = self
            .press_pass(&handoff.url)
            .await
            .ok_or(FaceCheckError::NotOpened)?;
        let carried = |wanted: &str| {
            link.query_pairs()
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.into_owned())
        };
        let came_back = link.as_str().starts_with(RETURN_URL);
        let state = carried("state").and_then(|text| FixedBytes::from_text(&text));
        let handle = carried("handle").and_then(|text| FixedBytes::from_text(&text));
        match (came_back, state, handle) {
            (true, Some(state), Some(handle)) => Ok(FaceReturn {
                state,
                handle: ReceiptHandle(handle),
            }),
            _ => Err(FaceCheckError::NotOpened),
        }
    }
}
