//! What enters from outside: bounded, of the right media type, and signed where it must be.

use std::net::{IpAddr, SocketAddr};

use axum::{
    body::to_bytes,
    extract::{ConnectInfo, Request},
    http::{HeaderMap, header, request::Parts},
};
use liangma_credential::BATCH_BODY_LIMIT;
use liangma_wire::{
    bytes::FixedBytes,
    login::ReadToken,
    problem::{Problem, ProblemCode},
    signed_request::{
        IDEMPOTENCY_HEADER, NONCE_HEADER, Nonce, PRINCIPAL_PREFIX, SESSION_HEADER,
        SIGNATURE_HEADER, signing_message,
    },
    trust::CBOR_MEDIA_TYPE,
};
use serde::de::DeserializeOwned;
use tokio::sync::OwnedSemaphorePermit;

use super::client_address::client_address;
use crate::{
    config::{Duty, Principal},
    error::Failure,
    platform::Platform,
    service::LARGE,
    storage::{NonceRow, Seat},
};

/// The most bytes of a rule pack or a list of areas, inside JSON.
pub(super) const RULES_LIMIT: usize = 640 * 1024;
/// The most bytes of a JSON body.
pub(super) const JSON_LIMIT: usize = 16 * 1024;
/// The most bytes of a make-code body.
pub(super) const MAKE_CODE_LIMIT: usize = 2 * 1024;
/// The most bytes of an evidence batch that need no place of their own.
pub(super) const UNANNOUNCED_LIMIT: usize = LARGE;
/// The most bytes of a large one.
pub(super) const LARGE_BATCH_LIMIT: usize = BATCH_BODY_LIMIT + 1024;

/// A request whose body has been read.
pub(super) struct Received {
    parts: Parts,
    pub(super) body: Vec<u8>,
}

/// Reads a body up to a limit; an empty media type stands for "none expected".
pub(super) async fn receive(
    request: Request,
    media_type: &str,
    limit: usize,
) -> Result<Received, Failure> {
    let (parts, body) = request.into_parts();
    if !media_type.is_empty() && !has_media_type(&parts.headers, media_type) {
        return Err(Problem::new(ProblemCode::UnsupportedMediaType)
            .with_detail(format!("send `content-type: {media_type}`"))
            .into());
    }
    let too_large = || {
        Problem::new(ProblemCode::TooLarge)
            .with_detail(format!("send {limit} bytes or less at once"))
    };
    let announced = announced_length(&parts.headers);
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(too_large().into());
    }
    let body = to_bytes(body, limit)
        .await
        .map_err(|_| too_large())?
        .to_vec();
    Ok(Received { parts, body })
}

/// Reads a batch of evidence. Who sends it is known only once all of it is there, so that of large ones
/// no more are read at one time than the memory is made for.
pub(super) async fn batch(
    platform: &Platform,
    request: Request,
) -> Result<(Vec<u8>, Option<OwnedSemaphorePermit>), Failure> {
    let announced = announced_length(request.headers());
    if announced.is_none_or(|length| length <= UNANNOUNCED_LIMIT as u64) {
        let received = receive(request, CBOR, UNANNOUNCED_LIMIT).await?;
        return Ok((received.body, None));
    }
    let place = platform.place_for_a_large_batch()?;
    let received = receive(request, CBOR, LARGE_BATCH_LIMIT).await?;
    Ok((received.body, Some(place)))
}

fn announced_length(headers: &HeaderMap) -> Option<u64> {
    headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse().ok())
}

fn has_media_type(headers: &HeaderMap, expected: &str) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|value| value.trim().eq_ignore_ascii_case(expected))
}

/// Reads JSON. The problem tells where it went wrong and never what stood there.
///
/// Every body is an object: a list would be taken for the fields of one, in their order.
pub(super) fn from_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    if body.trim_ascii_start().first() == Some(&b'[') {
        return Err(Problem::new(ProblemCode::MalformedRequest)
            .with_detail("send a JSON object, as the reference describes it")
            .into());
    }
    serde_json::from_slice(body).map_err(|error| {
        Problem::new(ProblemCode::MalformedRequest)
            .with_detail(format!(
                "correct the JSON at line {}, column {}, as the reference describes it",
                error.line(),
                error.column()
            ))
            .into()
    })
}

pub(super) async fn json<T: DeserializeOwned>(request: Request) -> Result<T, Failure> {
    from_json(&receive(request, "application/json", JSON_LIMIT).await?.body)
}

/// The address that a request counts under, where the server knows the connection.
pub(super) fn address(platform: &Platform, request: &Request) -> Option<IpAddr> {
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()?
        .0
        .ip();
    let trusted = &platform.config.trusted_proxies;
    Some(client_address(peer, request.headers(), trusted))
}

fn text_header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// A request signed by a device.
pub(super) struct FromDevice {
    pub(super) seat: Seat,
    pub(super) body: Vec<u8>,
    headers: HeaderMap,
}

impl FromDevice {
    /// What makes a repeated write the same write, where the write may go without.
    pub(super) fn idempotency_key_if_any(&self) -> Result<Option<String>, Failure> {
        if self.headers.contains_key(IDEMPOTENCY_HEADER) {
            self.idempotency_key().map(Some)
        } else {
            Ok(None)
        }
    }

    /// What makes a repeated write the same write.
    pub(super) fn idempotency_key(&self) -> Result<String, Failure> {
        let key = text_header(&self.headers, IDEMPOTENCY_HEADER).unwrap_or_default();
        if (1..=64).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(key.to_owned())
        } else {
            Err(Problem::new(ProblemCode::MalformedRequest)
                .with_detail("send an idempotency-key header of 1 to 64 visible ASCII characters")
                .into())
        }
    }
}

struct SignatureHeaders {
    session: String,
    nonce: Nonce,
    signature: [u8; 64],
}

fn signature_headers(headers: &HeaderMap) -> Result<SignatureHeaders, Failure> {
    let read = || {
        Some(SignatureHeaders {
            session: text_header(headers, SESSION_HEADER)?.to_owned(),
            nonce: Nonce(FixedBytes::from_text(text_header(headers, NONCE_HEADER)?)?),
            signature: FixedBytes::from_text(text_header(headers, SIGNATURE_HEADER)?)?.0,
        })
    };
    read().ok_or_else(|| ProblemCode::SignatureMissing.into())
}

fn signed_bytes(received: &Received, signature: &SignatureHeaders) -> Vec<u8> {
    let path = received
        .parts
        .uri
        .path_and_query()
        .map_or("/", |path| path.as_str());
    signing_message(
        received.parts.method.as_str(),
        path,
        &received.body,
        &signature.session,
        &signature.nonce,
    )
}

/// A write: the signature of the device key over the request, with a nonce that was never used.
pub(super) async fn from_device(
    platform: &Platform,
    request: Request,
    media_type: &str,
    limit: usize,
) -> Result<FromDevice, Failure> {
    let (from, nonce) = from_device_unspent(platform, request, media_type, limit).await?;
    platform.spend_nonce(nonce, Vec::new()).await?;
    Ok(from)
}

/// The same, with a nonce that the operation itself has to spend, whatever becomes of it.
pub(super) async fn from_device_unspent(
    platform: &Platform,
    request: Request,
    media_type: &str,
    limit: usize,
) -> Result<(FromDevice, NonceRow), Failure> {
    let received = receive(request, media_type, limit).await?;
    let signature = signature_headers(&received.parts.headers)?;
    let session = FixedBytes::from_text(&signature.session)
        .ok_or(Failure::from(ProblemCode::SessionEnded))?;
    let seat = platform.seat_of_session(session.0).await?;
    let message = signed_bytes(&received, &signature);
    platform.check_device_signature(&seat, &message, &signature.signature)?;
    // Looked at only now: a stranger cannot use up a nonce that they saw.
    let nonce = platform.good_nonce(&signature.nonce)?;
    let from = FromDevice {
        seat,
        body: received.body,
        headers: received.parts.headers,
    };
    Ok((from, nonce))
}

/// A write by somebody with a duty.
pub(super) async fn from_principal<'a>(
    platform: &'a Platform,
    request: Request,
    duty: Duty,
    media_type: &str,
    limit: usize,
) -> Result<(&'a Principal, Vec<u8>), Failure> {
    let received = receive(request, media_type, limit).await?;
    let signature = signature_headers(&received.parts.headers)?;
    let principal = signature
        .session
        .strip_prefix(PRINCIPAL_PREFIX)
        .and_then(|id| platform.principal(id))
        .ok_or(Failure::from(ProblemCode::PrincipalUnknown))?;
    principal
        .public_key
        .verify(&signed_bytes(&received, &signature), &signature.signature)
        .map_err(|_| Failure::from(ProblemCode::SignatureInvalid))?;
    let nonce = platform.good_nonce(&signature.nonce)?;
    platform.spend_nonce(nonce, Vec::new()).await?;
    if !principal.duties.contains(&duty) {
        return Err(ProblemCode::PrincipalNotAllowed.into());
    }
    Ok((principal, received.body))
}

/// A read: the bearer of a read token.
pub(super) async fn reader(platform: &Platform, headers: &HeaderMap) -> Result<Seat, Failure> {
    platform.seat_of_token(&read_token(headers)?).await
}

pub(super) fn read_token(headers: &HeaderMap) -> Result<ReadToken, Failure> {
    text_header(headers, header::AUTHORIZATION.as_str())
        .and_then(|value| value.strip_prefix("Bearer "))
        .and_then(FixedBytes::from_text)
        .map(ReadToken)
        .ok_or(ProblemCode::SessionEnded.into())
}

pub(super) fn from_cbor<T: for<'b> minicbor::Decode<'b, ()>>(body: &[u8]) -> Result<T, Failure> {
    let malformed =
        || {
            Failure::from(Problem::new(ProblemCode::MalformedRequest).with_detail(
                "send the CBOR map that the reference describes, and nothing after it",
            ))
        };
    let mut decoder = minicbor::Decoder::new(body);
    let value = decoder.decode().map_err(|_| malformed())?;
    if decoder.position() == body.len() {
        Ok(value)
    } else {
        Err(malformed())
    }
}

pub(super) const CBOR: &str = CBOR_MEDIA_TYPE;
pub(super) const JSON: &str = "application/json";
