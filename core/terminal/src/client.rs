//! The platform's client: one address, own roots and pins, bounded answers, typed errors.

mod address;
mod answer;
mod error;
mod retry;
mod signed;
mod tls;

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use liangma_crypto::Randomness;
use liangma_wire::{
    login::ReadToken,
    signed_request::{IDEMPOTENCY_HEADER, NEXT_NONCE_HEADER, Nonce},
    trust::CBOR_MEDIA_TYPE,
};
use reqwest::{Method, Response, header, redirect::Policy};
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::Mutex;

pub use self::{
    address::{AddressError, PlatformAddress},
    error::{ClientError, TlsRefusal},
};
pub(crate) use self::{
    answer::Wanted,
    retry::{ASKED_MAX, Retry, wait_after},
    signed::SignedRequest,
};
use crate::{Boxed, ports::KeyStore};

/// Reaching the platform, with the handshake of TLS, takes no longer.
const CONNECT_WAIT: Duration = Duration::from_secs(5);
/// An answer whose head does not come, or of which nothing more comes for so long, has stalled.
const STALL_WAIT: Duration = Duration::from_secs(10);
/// A connection that was quiet for longer may have been forgotten on the way: a new one is made.
const IDLE_WAIT: Duration = Duration::from_secs(30);
const JSON_MEDIA_TYPE: &str = "application/json";

/// How TLS learns the time: the clock authority's, as a phone's wall clock may be wrong.
pub(crate) type TimeSource = Arc<dyn Fn() -> Option<Timestamp> + Send + Sync>;

/// A client of one platform. Cheap to share; keeps its connection open between requests.
pub(crate) struct Client {
    http: reqwest::Client,
    base: reqwest::Url,
    certificates: tls::Certificates,
    keys: Arc<dyn KeyStore>,
    randomness: Arc<dyn Randomness>,
    nonce: Mutex<Option<Nonce>>,
}

/// What goes into a body, and how it is called.
#[derive(Clone)]
pub(crate) struct Body {
    pub(crate) bytes: Vec<u8>,
    pub(crate) media_type: &'static str,
}

impl Body {
    pub(crate) fn json<T: Serialize>(value: &T) -> Result<Self, ClientError> {
        Ok(Self {
            bytes: serde_json::to_vec(value).map_err(|_| ClientError::NotWritten)?,
            media_type: JSON_MEDIA_TYPE,
        })
    }

    /// No body, for operations that take none.
    pub(crate) const fn nothing() -> Self {
        Self {
            bytes: Vec::new(),
            media_type: "",
        }
    }

    pub(crate) fn cbor(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            media_type: CBOR_MEDIA_TYPE,
        }
    }
}

impl Client {
    /// Makes a client. Nothing is sent yet.
    pub(crate) fn new(
        address: &PlatformAddress,
        time: TimeSource,
        keys: Arc<dyn KeyStore>,
        randomness: Arc<dyn Randomness>,
    ) -> Result<Self, ClientError> {
        let base = address.checked()?;
        let (config, certificates) = tls::config(address, time)?;
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("liangma/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_WAIT)
            .read_timeout(STALL_WAIT)
            .pool_idle_timeout(IDLE_WAIT)
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .https_only(base.scheme() == "https")
            .tls_backend_preconfigured(config);
        if base.host_str() == Some("localhost") {
            // The name is only as good as whoever answers for it.
            let port = base.port_or_known_default().unwrap_or_default();
            builder = builder.resolve("localhost", ([127, 0, 0, 1], port).into());
        }
        Ok(Self {
            http: builder.build().map_err(|_| ClientError::NotBuilt)?,
            base,
            certificates,
            keys,
            randomness,
            nonce: Mutex::new(None),
        })
    }

    pub(crate) fn randomness(&self) -> &dyn Randomness {
        self.randomness.as_ref()
    }

    /// Whether the certificate that the platform last showed is valid at another time; true where none
    /// was shown. At a time at which it is not, this client could not ask the platform again.
    pub(crate) fn could_ask_at(&self, at: Timestamp) -> bool {
        self.certificates.are_valid_at(at)
    }

    /// Reads something public, or one's own with the read token.
    pub(crate) async fn get(
        &self,
        path: &str,
        token: Option<&ReadToken>,
        wanted: Wanted,
    ) -> Result<Vec<u8>, ClientError> {
        let mut retry = Retry::new();
        loop {
            match self.try_get(path, token, wanted).await {
                Err(error) => retry.pause(error, self.randomness()).await?,
                answer => return answer,
            }
        }
    }

    async fn try_get(
        &self,
        path: &str,
        token: Option<&ReadToken>,
        wanted: Wanted,
    ) -> Result<Vec<u8>, ClientError> {
        let mut request = self.http.request(Method::GET, self.url(path)?);
        if let Some(token) = token {
            request = request.bearer_auth(token.0.to_text());
        }
        self.send(request, wanted).await
    }

    /// Reads JSON.
    pub(crate) async fn get_json<T: DeserializeOwned>(
        &self,
        path: &str,
        token: Option<&ReadToken>,
    ) -> Result<T, ClientError> {
        read_json(&self.get(path, token, Wanted::JSON).await?)
    }

    /// Sends something that is not signed: login, time, nonces. Not repeated by itself.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: Option<Body>,
    ) -> Result<T, ClientError> {
        let mut request = self.http.request(Method::POST, self.url(path)?);
        if let Some(body) = body {
            request = request
                .header(header::CONTENT_TYPE, body.media_type)
                .body(body.bytes);
        }
        read_json(&self.send(request, Wanted::JSON).await?)
    }

    fn url(&self, path: &str) -> Result<reqwest::Url, ClientError> {
        self.base.join(path).map_err(|_| ClientError::NotWritten)
    }

    /// Sends one request and reads its answer. Only what the platform said in the agreed form is an answer
    /// or a problem; whatever else comes is an error of the way there.
    fn send(
        &self,
        request: reqwest::RequestBuilder,
        wanted: Wanted,
    ) -> Boxed<'_, Result<Vec<u8>, ClientError>> {
        Box::pin(async move {
            let mut response = request
                .timeout(wanted.patience())
                .send()
                .await
                .map_err(ClientError::from_sending)?;
            let kind = answer::kind(response.status(), response.headers(), wanted)?;
            self.keep_nonce(&response).await;
            let retry_after = answer::retry_after(response.headers());
            let body = read_bounded(&mut response, kind.limit()).await?;
            answer::judge(kind, body, retry_after)
        })
    }

    async fn keep_nonce(&self, response: &Response) {
        let next = response
            .headers()
            .get(NEXT_NONCE_HEADER)
            .and_then(|value| liangma_wire::bytes::FixedBytes::from_text(value.to_str().ok()?));
        if let Some(nonce) = next {
            *self.nonce.lock().await = Some(Nonce(nonce));
        }
    }
}

async fn read_bounded(response: &mut Response, limit: usize) -> Result<Vec<u8>, ClientError> {
    let announced = response.content_length().unwrap_or_default();
    if announced > limit as u64 {
        return Err(ClientError::TooLarge { limit });
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(ClientError::from_reading)? {
        if body.len() + chunk.len() > limit {
            return Err(ClientError::TooLarge { limit });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

pub(crate) fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ClientError> {
    // The library's own error would quote what it found.
    serde_json::from_slice(bytes).map_err(|_| ClientError::Unreadable)
}

#[cfg(test)]
mod tests;
