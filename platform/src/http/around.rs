//! What happens around every request: a name for it in the log, a place among those under way, its body
//! within bounds of size and time, an end to waiting, the next nonce, and headers that keep answers out of
//! caches.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use data_encoding::HEXLOWER;
use liangma_wire::{
    problem::{Problem, ProblemCode},
    signed_request::{NEXT_NONCE_HEADER, SIGNATURE_HEADER},
};
use tracing::Instrument as _;

use super::{
    admission::{Arrived, LargeBody, is_admitted, overloaded},
    ranks::{Class, Lane, Rank},
    request::{JSON_LIMIT, UNANNOUNCED_LIMIT, address},
};
use crate::{
    doorkeeper::share_of,
    error::{Failure, soon},
    platform::Platform,
};

const LONGEST_REQUEST: Duration = Duration::from_secs(20);
/// Names a request in the log; random, so that it tells nothing.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub(super) async fn around(
    State(platform): State<Arc<Platform>>,
    request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let operation = Rank::of(&request);
    let id = HEXLOWER.encode(&platform.random::<8>().unwrap_or_default());
    let span = tracing::error_span!("request", id, operation = operation.name);
    let signed = request.headers().contains_key(SIGNATURE_HEADER);
    let mut response = answer(&platform, operation, request, next)
        .instrument(span.clone())
        .await
        .unwrap_or_else(|failure| span.in_scope(|| failure.into_response()));
    if signed {
        let nonce = platform.new_nonce().ok();
        let value = nonce.and_then(|nonce| HeaderValue::from_str(&nonce.0.to_text()).ok());
        if let Some(value) = value {
            response.headers_mut().insert(NEXT_NONCE_HEADER, value);
        }
    }
    let status = response.status().as_u16();
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, value);
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    let took = began.elapsed();
    platform.running.metrics.answered(operation, status, took);
    // The route as the router names it: what was asked for exactly may name somebody.
    span.in_scope(|| {
        tracing::info!(
            target: "liangma::request",
            route = operation.template(),
            status,
            microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            "answered"
        );
    });
    response
}

async fn answer(
    platform: &Arc<Platform>,
    operation: &'static Rank,
    request: Request,
    next: Next,
) -> Result<Response, Failure> {
    let running = &platform.running;
    // Before the body is waited for, and again when it is here: that may have taken long.
    admit(platform, operation)?;
    let (request, _room) = if operation.body_limit == 0 {
        (request, None)
    } else {
        let whole = whole(platform, operation, request).await?;
        admit(platform, operation)?;
        whole
    };
    let arrived = running.admission.take_in(operation);
    // Whoever refreshes also waits for the turn on the threads of refreshes: one that is over wakes the next
    // there at once, not behind everybody who is being answered.
    if operation.lane == Some(Lane::MakeCode) {
        let platform = platform.clone();
        let refresh = async move { in_turn(&platform, operation, arrived, request, next).await };
        return running
            .refreshes
            .spawn(refresh.in_current_span())
            .await
            .map_err(|_| Failure::internal("work on a refresh"))?;
    }
    in_turn(platform, operation, arrived, request, next).await
}

/// Does the work when its turn has come, and for no longer than anything may take.
async fn in_turn(
    platform: &Platform,
    operation: &'static Rank,
    arrived: Arrived,
    request: Request,
    next: Next,
) -> Result<Response, Failure> {
    let Some(_under_way) = arrived.turn().await else {
        return Err(shed(platform, operation.class));
    };
    tokio::time::timeout(LONGEST_REQUEST, next.run(request))
        .await
        .map_err(|_| {
            Problem::new(ProblemCode::Busy)
                .with_retry_after(soon())
                .into()
        })
}

fn admit(platform: &Platform, operation: &Rank) -> Result<(), Failure> {
    let running = &platform.running;
    let load = running.admission.load(platform.storage.write_queue());
    if is_admitted(&load, &running.limits, operation.class, operation.lane) {
        Ok(())
    } else {
        Err(shed(platform, operation.class))
    }
}

fn shed(platform: &Platform, class: Class) -> Failure {
    platform.running.metrics.shed(class);
    let random = platform.random().map_or(0, u32::from_be_bytes);
    overloaded(class, random).into()
}

/// The request with its body in memory: no more of it than the operation takes, and not slower than the
/// platform waits.
async fn whole(
    platform: &Platform,
    operation: &Rank,
    request: Request,
) -> Result<(Request, Option<LargeBody>), Failure> {
    let too_large = || {
        let limit = operation.body_limit;
        Problem::new(ProblemCode::TooLarge)
            .with_detail(format!("send {limit} bytes or less at once"))
    };
    let sender = address(platform, &request);
    let (parts, body) = request.into_parts();
    let announced = parts
        .headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<u64>().ok());
    if announced.is_some_and(|length| length > operation.body_limit as u64) {
        return Err(too_large().into());
    }
    // What says that it is small is read like everything else, however many large ones are on their way.
    let small = announced.is_some_and(|length| length <= JSON_LIMIT as u64);
    let (room, most) = if operation.body_limit > JSON_LIMIT && !small {
        let share = sender.and_then(|address| share_of(address, &[]));
        // As much as it says, and what says nothing has as much as it may.
        let most = announced
            .and_then(|length| usize::try_from(length).ok())
            .unwrap_or(UNANNOUNCED_LIMIT)
            .min(operation.body_limit);
        let room = platform.running.admission.large_body(share, most);
        let room = room.ok_or_else(|| shed(platform, operation.class))?;
        (Some(room), most)
    } else {
        (None, operation.body_limit)
    };
    let read = to_bytes(body, most);
    let body = tokio::time::timeout(platform.running.limits.body_patience, read)
        .await
        .map_err(|_| Failure::from(ProblemCode::TooSlow))?
        .map_err(|_| too_large())?;
    Ok((Request::from_parts(parts, Body::from(body)), room))
}
