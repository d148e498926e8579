//! The interface as a router. Handlers read a request, call one operation and write its answer;
//! everything that refuses does so with a problem document.

mod answer;
mod client_address;
mod handlers;
mod openapi;
mod operation;
mod operations;
mod request;

pub use openapi::interface_document;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{Request, State},
    http::HeaderValue,
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
};
use liangma_wire::{
    problem::{Problem, ProblemCode},
    signed_request::{NEXT_NONCE_HEADER, SIGNATURE_HEADER},
};
use tower_http::catch_panic::CatchPanicLayer;

use self::operations::operations;
use crate::{error::Failure, platform::Platform};

const LONGEST_REQUEST: Duration = Duration::from_secs(20);

/// The platform's interface.
pub fn app(platform: Arc<Platform>) -> Router {
    operations()
        .into_iter()
        .fold(Router::new(), |router, operation| {
            router.route(operation.path, operation.router)
        })
        .fallback(async || Failure::from(ProblemCode::NotFound))
        .method_not_allowed_fallback(async || Failure::from(ProblemCode::MethodNotAllowed))
        .layer(middleware::from_fn_with_state(platform.clone(), around))
        .layer(CatchPanicLayer::custom(|_| {
            tracing::error!("a handler panicked");
            answer::problem(Problem::new(ProblemCode::Internal))
        }))
        .with_state(platform)
}

/// Around every request: an end to waiting, the next nonce, and headers that keep answers out of caches.
async fn around(State(platform): State<Arc<Platform>>, request: Request, next: Next) -> Response {
    let signed = request.headers().contains_key(SIGNATURE_HEADER);
    let mut response = match tokio::time::timeout(LONGEST_REQUEST, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            Failure::from(Problem::new(ProblemCode::Busy).with_retry_after(5)).into_response()
        }
    };
    if signed {
        let nonce = platform.new_nonce().ok();
        let value = nonce.and_then(|nonce| HeaderValue::from_str(&nonce.0.to_text()).ok());
        if let Some(value) = value {
            response.headers_mut().insert(NEXT_NONCE_HEADER, value);
        }
    }
    let headers = response.headers_mut();
    headers
        .entry("cache-control")
        .or_insert(HeaderValue::from_static("no-store"));
    headers.insert(
        "x-content-type-options",
        HeaderValue::from_static("nosniff"),
    );
    response
}
