//! A face-check provider over HTTP: plain only on loopback.

use std::time::Duration;

use async_trait::async_trait;
use liangma_crypto::PublicKey;
use liangma_wire::face::{
    PROVIDER_CHECK_PATH, PROVIDER_RECEIPTS_PATH, PROVIDER_TICKETS_PATH, ProviderReceiptRequest,
    ProviderTicket, TicketId,
};

use crate::ports::{FaceProvider, PortError};

const WHAT: &str = "the face-check provider";
/// How long a provider may usually take for an answer: half of what the platform gives a request.
pub const PATIENCE: Duration = Duration::from_secs(10);
const LONGEST_CONNECT: Duration = Duration::from_secs(3);
const RECEIPT_LIMIT: usize = 8 * 1024;

/// Where a provider is, and how it is known.
#[derive(Clone, Debug)]
pub struct FaceProviderConfig {
    /// Its address, `https://…`, or `http://` on loopback.
    pub url: String,
    /// Its name, for people to read; also the name in its receipts.
    pub name: String,
    /// The key of its receipts.
    pub public_key: PublicKey,
    /// How long it may take for a whole answer; [`PATIENCE`] is usual.
    pub patience: Duration,
    /// Whether it compares no faces.
    pub sandbox: bool,
}

/// The client of a provider.
pub struct HttpFaceProvider {
    client: reqwest::Client,
    base: reqwest::Url,
    config: FaceProviderConfig,
}

/// The address of a provider cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FaceProviderAddressError {
    /// It is no address.
    #[error("read the address of the face-check provider")]
    NotAnAddress,
    /// It would send tickets in the clear.
    #[error("use the face-check provider: plain HTTP is only for loopback")]
    PlainHttp,
    /// No TLS client could be made.
    #[error("make a client for the face-check provider")]
    Client,
}

impl HttpFaceProvider {
    /// Makes the client of a provider.
    ///
    /// # Errors
    /// [`FaceProviderAddressError`].
    pub fn new(config: FaceProviderConfig) -> Result<Self, FaceProviderAddressError> {
        let base =
            reqwest::Url::parse(&config.url).map_err(|_| FaceProviderAddressError::NotAnAddress)?;
        let loopback = base.host_str().is_some_and(|host| {
            host == "localhost"
                || host
                    .trim_matches(['[', ']'])
                    .parse::<std::net::IpAddr>()
                    .is_ok_and(|address| address.is_loopback())
        });
        match base.scheme() {
            "https" => {}
            "http" if loopback => {}
            "http" => return Err(FaceProviderAddressError::PlainHttp),
            _ => return Err(FaceProviderAddressError::NotAnAddress),
        }
        crate::serve::install_crypto_provider();
        let client = reqwest::Client::builder()
            .timeout(config.patience)
            .connect_timeout(config.patience.min(LONGEST_CONNECT))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(|_| FaceProviderAddressError::Client)?;
        Ok(Self {
            client,
            base,
            config,
        })
    }

    fn address(&self, path: &str) -> Result<reqwest::Url, PortError> {
        self.base
            .join(path)
            .map_err(|_| PortError::Unreachable(WHAT))
    }

    async fn post<T: serde::Serialize + Sync>(
        &self,
        path: &str,
        body: &T,
    ) -> Result<reqwest::Response, PortError> {
        let body = serde_json::to_vec(body).map_err(|_| PortError::Answer(WHAT))?;
        let response = self
            .client
            .post(self.address(path)?)
            .header("content-type", "application/json")
            .body(body)
            .send()
            .await
            .map_err(|_| PortError::Unreachable(WHAT))?;
        match response.status().as_u16() {
            200..=299 => Ok(response),
            404 | 409 | 410 => Err(PortError::Unknown(WHAT)),
            // It is there and cannot answer now: nobody's receipt is called false for that.
            408 | 429 | 500..=599 => Err(PortError::Unreachable(WHAT)),
            _ => Err(PortError::Answer(WHAT)),
        }
    }
}

#[async_trait]
impl FaceProvider for HttpFaceProvider {
    fn name(&self) -> &str {
        &self.config.name
    }

    fn public_key(&self) -> &PublicKey {
        &self.config.public_key
    }

    fn page(&self, ticket: &TicketId) -> String {
        let mut address = self.base.clone();
        address.set_path(PROVIDER_CHECK_PATH);
        address.set_query(Some(&format!("ticket={}", ticket.0.to_text())));
        address.into()
    }

    async fn announce(&self, ticket: &ProviderTicket) -> Result<(), PortError> {
        self.post(PROVIDER_TICKETS_PATH, ticket).await.map(|_| ())
    }

    async fn receipt(&self, request: &ProviderReceiptRequest) -> Result<Vec<u8>, PortError> {
        let mut response = self.post(PROVIDER_RECEIPTS_PATH, request).await?;
        let mut bytes = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|_| PortError::Unreachable(WHAT))?
        {
            if bytes.len() + chunk.len() > RECEIPT_LIMIT {
                return Err(PortError::Answer(WHAT));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    fn is_sandbox(&self) -> bool {
        self.config.sandbox
    }
}

#[cfg(test)]
mod tests {
    use liangma_crypto::{SigningKey, Suite, SystemRandomness};
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("https://faces.example", true)]
    #[case("http://127.0.0.1:9000", true)]
    #[case("http://[::1]:9000", true)]
    #[case("http://faces.example", false)]
    #[case("http://127.0.0.1.faces.example", false)]
    #[case("ftp://127.0.0.1", false)]
    fn plain_http_is_only_for_loopback(#[case] url: &str, #[case] accepted: bool) {
        let key = SigningKey::generate(Suite::Ed25519, &SystemRandomness).unwrap();
        let config = FaceProviderConfig {
            url: url.to_owned(),
            name: "faces".to_owned(),
            public_key: *key.public_key(),
            patience: PATIENCE,
            sandbox: true,
        };
        assert_eq!(HttpFaceProvider::new(config).is_ok(), accepted);
    }
}
