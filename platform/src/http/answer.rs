//! Answers: JSON, CBOR, and problem documents.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use liangma_wire::{
    problem::{PROBLEM_MEDIA_TYPE, Problem},
    trust::CBOR_MEDIA_TYPE,
};
use serde::Serialize;

use crate::error::Failure;

pub(super) type Answer = Result<Response, Failure>;

/// A problem document with its status, and the header that goes with waiting.
pub(super) fn problem(problem: Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    let mut response = with_type(PROBLEM_MEDIA_TYPE, body);
    *response.status_mut() = status;
    if let Some(seconds) = problem.retry_after {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

fn with_type(media_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

pub(super) fn json<T: Serialize>(value: &T) -> Answer {
    let body =
        serde_json::to_vec(value).map_err(|_| Failure::internal("write an answer as JSON"))?;
    Ok(with_type("application/json", body))
}

pub(super) fn cbor(bytes: Vec<u8>) -> Response {
    with_type(CBOR_MEDIA_TYPE, bytes)
}

/// A file that everybody may have, and that proxies may keep for a while.
pub(super) fn public_cbor(bytes: Vec<u8>, seconds: u32) -> Response {
    public(CBOR_MEDIA_TYPE, bytes, seconds)
}

pub(super) fn public(media_type: &'static str, bytes: impl Into<Body>, seconds: u32) -> Response {
    let mut response = with_type(media_type, bytes);
    if let Ok(value) = HeaderValue::from_str(&format!("public, max-age={seconds}")) {
        response.headers_mut().insert(header::CACHE_CONTROL, value);
    }
    response
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        problem(self.into_problem())
    }
}
