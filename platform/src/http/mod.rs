//! The interface as a router. Handlers read a request, call one operation and write its answer;
//! everything that refuses does so with a problem document.

mod answer;
mod client_address;
mod handlers;
mod request;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{Request, State},
    http::HeaderValue,
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use liangma_wire::{
    application, code, consent, counter, declaration, device, evidence, export, face, login,
    problem::{Problem, ProblemCode},
    signed_request::{NEXT_NONCE_HEADER, NONCE_PATH, SIGNATURE_HEADER},
    trust,
};
use tower_http::catch_panic::CatchPanicLayer;

use crate::{error::Failure, platform::Platform};

const LONGEST_REQUEST: Duration = Duration::from_secs(20);

/// The platform's interface.
pub fn app(platform: Arc<Platform>) -> Router {
    Router::new()
        .route("/healthz", get(handlers::healthz))
        .route(NONCE_PATH, post(handlers::nonce))
        .route(login::LOGIN_START_PATH, post(handlers::login_start))
        .route(login::LOGIN_COMPLETE_PATH, post(handlers::login_complete))
        .route(device::DEVICES_PATH, get(handlers::devices))
        .route(device::DEVICE_END_PATH, post(handlers::end_device))
        .route(export::EXPORT_PATH, get(handlers::export))
        .route(
            consent::CONSENTS_PATH,
            get(handlers::consents).post(handlers::record_consent),
        )
        .route(application::APPLICATIONS_PATH, post(handlers::apply))
        .route(face::FACE_TICKETS_PATH, post(handlers::face_ticket))
        .route(face::FACE_REDEEM_PATH, post(handlers::face_redeem))
        .route(
            counter::COUNTER_HANDLES_PATH,
            post(handlers::counter_handle),
        )
        .route(
            counter::COUNTER_APPROVALS_PATH,
            post(handlers::counter_approve),
        )
        .route(
            counter::COUNTER_LOGIN_CODES_PATH,
            post(handlers::counter_login_code),
        )
        .route(
            declaration::DECLARE_HEALTH_PATH,
            post(handlers::declare_health),
        )
        .route(declaration::DECLARE_TRIP_PATH, post(handlers::declare_trip))
        .route(declaration::QUERY_PATH, get(handlers::query))
        .route(declaration::INVOCATION_PATH, post(handlers::not_yet))
        .route(declaration::CORRECT_PATH, post(handlers::not_yet))
        .route(code::MAKE_CODE_PATH, post(handlers::make_code))
        .route(code::VERIFY_CODE_PATH, post(handlers::verify_code))
        .route(
            evidence::EVIDENCE_BATCHES_PATH,
            post(handlers::submit_evidence),
        )
        .route(
            evidence::EVIDENCE_APPROVALS_PATH,
            post(handlers::approve_evidence),
        )
        .route(trust::ROOT_PATH, get(handlers::trust_root))
        .route(trust::ISSUERS_PATH, get(handlers::trust_issuers))
        .route(trust::RECALL_PATH, get(handlers::trust_recall))
        .route(trust::TIMESTAMP_PATH, get(handlers::trust_timestamp))
        .route(trust::RULES_PATH, get(handlers::trust_rules))
        .route(trust::PROFILE_PATH, get(handlers::trust_profile))
        .route(trust::TIME_PATH, post(handlers::time))
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
