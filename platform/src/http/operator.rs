//! What operators and their machines ask: is it alive, is it ready, what does it count.

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::header,
    response::{IntoResponse as _, Response},
    routing::get,
};

use liangma_wire::problem::{Problem, ProblemCode};

use super::answer;
use super::ranks::{HEALTHZ_PATH, READYZ_PATH};
use crate::platform::Platform;

type App = State<Arc<Platform>>;

const METRICS_PATH: &str = "/metrics";
/// The text format of Prometheus.
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What is served to operators alone, on an address that nobody else reaches: metrics, and health and
/// readiness once more, so that they are answered also while the door of the interface is full.
pub fn operator_app(platform: Arc<Platform>) -> Router {
    Router::new()
        .route(HEALTHZ_PATH, get(healthz))
        .route(READYZ_PATH, get(readyz))
        .route(METRICS_PATH, get(metrics))
        .with_state(platform)
}

/// It answers, so it is alive. Nothing else is asked: a slow disk is no reason to kill the process.
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

pub(super) async fn readyz(State(platform): App) -> Response {
    let readiness = platform.readiness().await;
    if readiness.ready {
        return "ok\n".into_response();
    }
    let against: Vec<&str> = [
        ("the store does not answer", !readiness.store_answers),
        ("the time stamp is old", !readiness.lists_fresh),
        ("the key of the issuer is not there", !readiness.keys_there),
        ("the platform is stopping", readiness.stopping),
    ]
    .into_iter()
    .filter_map(|(what, true_now)| true_now.then_some(what))
    .collect();
    answer::problem(
        Problem::new(ProblemCode::NotReady)
            .with_detail(against.join("; "))
            .with_retry_after(5),
    )
}

async fn metrics(State(platform): App) -> Response {
    (
        [(header::CONTENT_TYPE, PROMETHEUS)],
        platform.scrape().await,
    )
        .into_response()
}
