//! One function for each operation: read, call, answer.

use std::sync::Arc;

use axum::{
    extract::{Path, Request, State, rejection::PathRejection},
    http::HeaderMap,
    response::{IntoResponse as _, Response},
};
use liangma_wire::{
    evidence::BatchReport,
    problem::{Problem, ProblemCode},
    signed_request::NonceResponse,
};
use tokio::task::JoinHandle;

use super::{
    answer::{self, Answer},
    openapi,
    request::{
        self, CBOR, JSON, JSON_LIMIT, MAKE_CODE_LIMIT, RULES_LIMIT, from_cbor, from_device,
        from_device_unspent, from_json, from_principal, reader,
    },
};
use crate::{config::Duty, error::Failure, platform::Platform};

type App = State<Arc<Platform>>;

pub(super) async fn openapi() -> Response {
    answer::public(request::JSON, openapi::document(), 3600)
}

pub(super) async fn nonce(State(platform): App) -> Answer {
    answer::json(&NonceResponse {
        nonce: platform.new_nonce()?,
    })
}

pub(super) async fn not_yet() -> Response {
    Failure::from(ProblemCode::NotYet).into_response()
}

pub(super) async fn login_start(State(platform): App, request: Request) -> Answer {
    let address = request::address(&platform, &request);
    answer::json(
        &platform
            .login_start(request::json(request).await?, address)
            .await?,
    )
}

pub(super) async fn login_complete(State(platform): App, request: Request) -> Answer {
    answer::json(
        &platform
            .login_complete(request::json(request).await?)
            .await?,
    )
}

pub(super) async fn devices(State(platform): App, headers: HeaderMap) -> Answer {
    answer::json(
        &platform
            .devices(&reader(&platform, &headers).await?)
            .await?,
    )
}

pub(super) async fn end_device(State(platform): App, request: Request) -> Answer {
    let from = from_device(&platform, request, JSON, JSON_LIMIT).await?;
    answer::json(
        &platform
            .end_device(&from.seat, from_json(&from.body)?)
            .await?,
    )
}

pub(super) async fn export(State(platform): App, headers: HeaderMap) -> Answer {
    answer::json(&platform.export(&reader(&platform, &headers).await?).await?)
}

pub(super) async fn consents(State(platform): App, headers: HeaderMap) -> Answer {
    answer::json(
        &platform
            .consents(&reader(&platform, &headers).await?)
            .await?,
    )
}

pub(super) async fn record_consent(State(platform): App, request: Request) -> Answer {
    let from = from_device(&platform, request, JSON, JSON_LIMIT).await?;
    let key = from.idempotency_key_if_any()?;
    answer::json(
        &platform
            .record_consent(&from.seat, key.as_deref(), from_json(&from.body)?)
            .await?,
    )
}

pub(super) async fn apply(State(platform): App, request: Request) -> Answer {
    let from = from_device(&platform, request, "", JSON_LIMIT).await?;
    answer::json(&platform.apply(&from.seat).await?)
}

pub(super) async fn face_ticket(State(platform): App, request: Request) -> Answer {
    let from = from_device(&platform, request, JSON, JSON_LIMIT).await?;
    answer::json(
        &platform
            .face_ticket(&from.seat, from_json(&from.body)?)
            .await?,
    )
}

pub(super) async fn face_redeem(State(platform): App, request: Request) -> Answer {
    let from = from_device(&platform, request, JSON, JSON_LIMIT).await?;
    answer::json(
        &platform
            .face_redeem(&from.seat, from_json(&from.body)?)
            .await?,
    )
}

pub(super) async fn counter_handle(State(platform): App, request: Request) -> Answer {
    let from = from_device(&platform, request, JSON, JSON_LIMIT).await?;
    answer::json(
        &platform
            .counter_handle(&from.seat, from_json(&from.body)?)
            .await?,
    )
}

pub(super) async fn counter_approve(State(platform): App, request: Request) -> Answer {
    let (principal, body) =
        from_principal(&platform, request, Duty::Counter, JSON, JSON_LIMIT).await?;
    answer::json(
        &platform
            .counter_approve(principal, from_json(&body)?)
            .await?,
    )
}

pub(super) async fn counter_login_code(State(platform): App, request: Request) -> Answer {
    let (principal, body) =
        from_principal(&platform, request, Duty::Counter, JSON, JSON_LIMIT).await?;
    answer::json(
        &platform
            .counter_login_code(principal, from_json(&body)?)
            .await?,
    )
}

pub(super) async fn declare_health(State(platform): App, request: Request) -> Answer {
    let from = from_device(&platform, request, JSON, JSON_LIMIT).await?;
    let key = from.idempotency_key()?;
    answer::json(
        &platform
            .declare_health(&from.seat, &key, from_json(&from.body)?)
            .await?,
    )
}

pub(super) async fn declare_trip(State(platform): App, request: Request) -> Answer {
    let from = from_device(&platform, request, JSON, JSON_LIMIT).await?;
    let key = from.idempotency_key()?;
    answer::json(
        &platform
            .declare_trip(&from.seat, &key, from_json(&from.body)?)
            .await?,
    )
}

pub(super) async fn query(State(platform): App, headers: HeaderMap) -> Answer {
    answer::json(
        &platform
            .query_health(&request::read_token(&headers)?)
            .await?,
    )
}

pub(super) async fn make_code(State(platform): App, request: Request) -> Answer {
    let (from, nonce) = from_device_unspent(&platform, request, CBOR, MAKE_CODE_LIMIT).await?;
    let made = platform
        .make_code(&from.seat, from_cbor(&from.body), nonce)
        .await?;
    let body = minicbor::to_vec(&made).map_err(|_| Failure::internal("write an answer as CBOR"))?;
    Ok(answer::cbor(body))
}

pub(super) async fn verify_code(State(platform): App, request: Request) -> Answer {
    answer::json(&platform.verify_code(&request::json(request).await?).await?)
}

pub(super) async fn submit_evidence(State(platform): App, request: Request) -> Answer {
    let (body, place) = request::batch(&platform, request).await?;
    let submitted = tokio::spawn(async move {
        let report = platform.submit_evidence(&body).await;
        drop(place);
        report
    });
    answer::json(&to_the_end(submitted).await?)
}

pub(super) async fn approve_evidence(State(platform): App, request: Request) -> Answer {
    let (principal, body) =
        from_principal(&platform, request, Duty::ApproveEvidence, JSON, JSON_LIMIT).await?;
    let (principal, request) = (principal.clone(), from_json(&body)?);
    let approved =
        tokio::spawn(async move { platform.approve_evidence(&principal, request).await });
    answer::json(&to_the_end(approved).await?)
}

pub(super) async fn change_rules(State(platform): App, request: Request) -> Answer {
    let (principal, body) =
        from_principal(&platform, request, Duty::ChangeRules, JSON, RULES_LIMIT).await?;
    answer::json(&platform.change_rules(principal, from_json(&body)?).await?)
}

pub(super) async fn approve_rules(State(platform): App, request: Request) -> Answer {
    let (principal, body) =
        from_principal(&platform, request, Duty::ChangeRules, JSON, JSON_LIMIT).await?;
    answer::json(&platform.approve_rules(principal, from_json(&body)?).await?)
}

/// Waits for work on a batch, which goes on when the asker hangs up or has waited for too long: whoever
/// asks again finds it done.
async fn to_the_end(
    work: JoinHandle<Result<BatchReport, Failure>>,
) -> Result<BatchReport, Failure> {
    work.await
        .map_err(|_| Failure::internal("finish the work on a batch"))?
}

pub(super) async fn trust_root(State(platform): App) -> Answer {
    Ok(answer::public_cbor(platform.trust().root().await?, 3600))
}

pub(super) async fn trust_root_version(
    State(platform): App,
    version: Result<Path<u32>, PathRejection>,
) -> Answer {
    let Path(version) = version.map_err(|_| {
        Problem::new(ProblemCode::MalformedRequest).with_detail("ask for the version by its number")
    })?;
    let root = platform.trust().root_version(version).await?;
    // A root never changes.
    Ok(answer::public_cbor(
        root.ok_or(Failure::from(ProblemCode::NotFound))?,
        86_400,
    ))
}

pub(super) async fn trust_issuers(State(platform): App) -> Answer {
    Ok(answer::public_cbor(platform.trust().issuers().await?, 900))
}

pub(super) async fn trust_recall(State(platform): App, request: Request) -> Answer {
    let from = match request.uri().query() {
        None => 0,
        Some(query) => query
            .strip_prefix("from=")
            .filter(|version| version.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|version| version.parse().ok())
            .ok_or_else(|| {
                Problem::new(ProblemCode::MalformedRequest)
                    .with_detail("ask with ?from=VERSION, or without a query for the full list")
            })?,
    };
    Ok(answer::public_cbor(
        platform.trust().recall(from).await?,
        60,
    ))
}

pub(super) async fn trust_timestamp(State(platform): App) -> Answer {
    Ok(answer::public_cbor(platform.trust().timestamp().await?, 60))
}

pub(super) async fn trust_rules(State(platform): App) -> Answer {
    Ok(answer::public_cbor(platform.trust().rules().await?, 900))
}

pub(super) async fn trust_profile(State(platform): App) -> Answer {
    Ok(answer::public_cbor(platform.trust().profile().await?, 900))
}

pub(super) async fn trust_standard(State(platform): App) -> Answer {
    let standard = platform.trust().standard().await?;
    Ok(answer::public_cbor(
        standard.ok_or(Failure::from(ProblemCode::NotFound))?,
        900,
    ))
}

pub(super) async fn time(State(platform): App, request: Request) -> Answer {
    answer::json(&platform.state_time(&request::json(request).await?)?)
}
