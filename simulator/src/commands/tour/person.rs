//! The person of a tour: who it is, what they type, and how they pass the face check:
//! the provider's page is opened, "pass" pressed, and the link back followed to the phone.

use async_trait::async_trait;
use liangma_platform::sandbox::face_provider::OUTCOMES_PATH;
use liangma_platform::sandbox::{SandboxPerson, people, person};
use liangma_terminal::LoginForm;
use liangma_terminal::ports::{FaceCheck, FaceCheckError, FaceHandoff, FaceReturn};
use liangma_wire::bytes::FixedBytes;
use liangma_wire::face::ReceiptHandle;
use liangma_wire::login::LoginChannel;
use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, LOCATION};

use crate::commands::provider::browser;
use crate::failure::Failure;

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
    async fn hand_over(&self, handoff: &FaceHandoff) -> Result<FaceReturn, FaceCheckError> {
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

/// The invented person whom the command line names, by a short name or by the name itself.
pub(crate) fn find(who: &str) -> Result<&'static SandboxPerson, Failure> {
    let named = || people().iter().find(|person| person.name == who);
    person(who).or_else(named).ok_or_else(|| {
        let known: Vec<String> = people()
            .iter()
            .map(|person| format!("{} ({})", person.key, person.about))
            .collect();
        Failure::unreadable(
            "there is no invented person of this name",
            format!("use one of these with --person: {}", known.join("; ")),
        )
    })
}

/// What a person types to log in.
pub(crate) fn login_form(person: &SandboxPerson) -> LoginForm {
    LoginForm {
        name: person.name.to_owned(),
        document_type: person.document_type,
        document_number: person.document_number.to_owned(),
        phone: person.phone.to_owned(),
        channel: LoginChannel::Sms,
    }
}
