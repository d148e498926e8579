//! The interface as a router. Handlers read a request, call one operation and write its answer;
//! everything that refuses does so with a problem document.

mod admission;
mod answer;
mod around;
mod client_address;
mod handlers;
mod openapi;
mod operation;
mod operations;
mod operator;
mod ranks;
mod request;

pub use openapi::interface_document;
pub use operator::operator_app;

pub(crate) use admission::Admission;
pub(crate) use ranks::{Class, Lane, RANKS, Rank};

use std::sync::Arc;

use axum::{Router, middleware};
use liangma_wire::problem::{Problem, ProblemCode};
use tower_http::catch_panic::CatchPanicLayer;

use self::operations::operations;
use crate::{error::Failure, platform::Platform};

/// The platform's interface.
pub fn app(platform: Arc<Platform>) -> Router {
    operations()
        .into_iter()
        .fold(Router::new(), |router, operation| {
            router.route(operation.path, operation.router)
        })
        .fallback(async || Failure::from(ProblemCode::NotFound))
        .method_not_allowed_fallback(async || Failure::from(ProblemCode::MethodNotAllowed))
        .layer(CatchPanicLayer::custom(|_| {
            tracing::error!("a handler panicked");
            answer::problem(Problem::new(ProblemCode::Internal))
        }))
        .layer(middleware::from_fn_with_state(
            platform.clone(),
            around::around,
        ))
        .with_state(platform)
}
