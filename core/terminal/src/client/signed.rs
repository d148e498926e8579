use liangma_wire::{
    bytes::FixedBytes,
    login::SessionId,
    problem::ProblemCode,
    signed_request::{
        NONCE_HEADER, NONCE_PATH, Nonce, NonceResponse, SESSION_HEADER, SIGNATURE_HEADER,
        signing_message,
    },
};
use reqwest::{Method, header};
use serde::de::DeserializeOwned;

use super::{Body, Client, ClientError, IDEMPOTENCY_HEADER, Retry, Wanted, read_json};

/// A write or a refresh, to be signed by the device key.
#[derive(Clone)]
pub(crate) struct SignedRequest<'a> {
    pub(crate) session: &'a SessionId,
    pub(crate) path: &'a str,
    pub(crate) body: Body,
    /// What makes a repeated write the same write.
    pub(crate) idempotency: Option<&'a str>,
    /// What a right answer looks like.
    pub(crate) answer: Wanted,
}

impl<'a> SignedRequest<'a> {
    /// A write with a body and an answer in JSON.
    pub(crate) fn json<T: serde::Serialize>(
        session: &'a SessionId,
        path: &'a str,
        body: &T,
        idempotency: Option<&'a str>,
    ) -> Result<Self, ClientError> {
        Ok(Self {
            session,
            path,
            body: Body::json(body)?,
            idempotency,
            answer: Wanted::JSON,
        })
    }
}

impl Client {
    /// Signs and sends. Repeated while the network fails, each time with a nonce and signature of its own;
    /// the idempotency key keeps it one write.
    pub(crate) fn signed<'a>(
        &'a self,
        request: &'a SignedRequest<'_>,
    ) -> crate::Boxed<'a, Result<Vec<u8>, ClientError>> {
        Box::pin(async move {
            let mut retry = Retry::new();
            let mut nonce_renewed = false;
            loop {
                match self.try_signed(request).await {
                    // The platform forgot or never knew the nonce: a fresh one, once.
                    Err(error)
                        if error.problem() == Some(ProblemCode::NonceNotAccepted)
                            && !nonce_renewed =>
                    {
                        nonce_renewed = true;
                        *self.nonce.lock().await = None;
                    }
                    Err(error) if error.problem() == Some(ProblemCode::NonceNotAccepted) => {
                        return Err(error);
                    }
                    Err(error) => retry.pause(error, self.randomness()).await?,
                    answer => return answer,
                }
            }
        })
    }

    /// Signs, sends, and reads JSON.
    pub(crate) async fn signed_json<T: DeserializeOwned>(
        &self,
        request: &SignedRequest<'_>,
    ) -> Result<T, ClientError> {
        read_json(&self.signed(request).await?)
    }

    async fn try_signed(&self, request: &SignedRequest<'_>) -> Result<Vec<u8>, ClientError> {
        let nonce = self.take_nonce().await?;
        let session = request.session.0.to_text();
        let message = signing_message("POST", request.path, &request.body.bytes, &session, &nonce);
        let keys = self.keys.clone();
        // Hardware may take its time, and may ask the person.
        let signature = crate::blocking(move || keys.sign(&message))
            .await
            .map_err(|_| ClientError::NotWritten)??;
        let mut http = self
            .http
            .request(Method::POST, self.url(request.path)?)
            .header(SESSION_HEADER, session)
            .header(NONCE_HEADER, nonce.0.to_text())
            .header(SIGNATURE_HEADER, FixedBytes(signature).to_text())
            .body(request.body.bytes.clone());
        if !request.body.media_type.is_empty() {
            http = http.header(header::CONTENT_TYPE, request.body.media_type);
        }
        if let Some(key) = request.idempotency {
            http = http.header(IDEMPOTENCY_HEADER, key);
        }
        self.send(http, request.answer).await
    }

    /// The nonce that came with the last answer, or a new one. Each is used once.
    async fn take_nonce(&self) -> Result<Nonce, ClientError> {
        if let Some(nonce) = self.nonce.lock().await.take() {
            return Ok(nonce);
        }
        let answer: NonceResponse = self.post(NONCE_PATH, None).await?;
        // The answer's own header may have left a second one; this one is used first.
        Ok(answer.nonce)
    }
}
