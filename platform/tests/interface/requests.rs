//! What enters: bounded, signed, and refused with a problem document.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use liangma_wire::{
    bytes::FixedBytes,
    consent::CONSENTS_PATH,
    declaration::{CORRECT_PATH, INVOCATION_PATH, QUERY_PATH},
    login::LOGIN_START_PATH,
    signed_request::{NONCE_HEADER, SESSION_HEADER, SIGNATURE_HEADER, signing_message},
    trust::TIME_PATH,
};
use serde_json::json;

use crate::harness::{Phone, World};

#[tokio::test]
async fn unknown_addresses_methods_media_types_and_bodies_are_problems() {
    let world = World::new().await;
    assert_eq!(world.get("/v1/nothing").await.code(), "not_found");
    assert_eq!(
        world.get(LOGIN_START_PATH).await.code(),
        "method_not_allowed"
    );
    let send = async |media_type: &str, body: &str| {
        let request = Request::post(LOGIN_START_PATH)
            .header("content-type", media_type)
            .body(Body::from(body.to_owned()))
            .unwrap();
        world.send(request).await
    };
    assert_eq!(
        send("text/plain", "{}").await.code(),
        "unsupported_media_type"
    );
    assert_eq!(
        send("application/json", "{\"name\":").await.code(),
        "malformed_request"
    );
    let secret = send("application/json", "{\"channel\":\"secret-thing\"}").await;
    assert_eq!(secret.code(), "malformed_request");
    assert!(!String::from_utf8_lossy(&secret.body).contains("secret-thing"));
    let large = send("application/json", &" ".repeat(20_000)).await;
    assert_eq!(
        (large.status, large.code()),
        (StatusCode::PAYLOAD_TOO_LARGE, "too_large")
    );
    for path in [INVOCATION_PATH, CORRECT_PATH] {
        assert_eq!(world.post(path, &json!({})).await.code(), "not_yet");
    }
    assert_eq!(world.get("/healthz").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_list_is_no_object_also_where_its_items_are_the_fields_in_their_order() {
    let world = World::new().await;
    let nonce = FixedBytes([7; 32]).to_text();
    let asked = world.post(TIME_PATH, &json!({ "nonce": nonce })).await;
    assert_eq!(asked.status, StatusCode::OK);
    let listed = world.post(TIME_PATH, &json!([nonce])).await;
    assert_eq!(listed.code(), "malformed_request");
}

#[tokio::test]
async fn a_body_without_an_announced_length_is_bounded_too() {
    let world = World::new().await;
    let chunks = (0..40).map(|_| Ok::<_, std::io::Error>(vec![b' '; 1000]));
    let request = Request::post(TIME_PATH)
        .header("content-type", "application/json")
        .body(Body::from_stream(futures_stream(chunks)))
        .unwrap();
    assert_eq!(world.send(request).await.code(), "too_large");
}

/// A stream over an iterator, without another dependency.
fn futures_stream<I>(items: I) -> impl futures_core::Stream<Item = I::Item>
where
    I: Iterator + Unpin,
{
    struct Items<I>(I);
    impl<I: Iterator + Unpin> futures_core::Stream for Items<I> {
        type Item = I::Item;
        fn poll_next(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<I::Item>> {
            std::task::Poll::Ready(self.0.next())
        }
    }
    Items(items)
}

#[tokio::test]
async fn a_write_needs_a_fitting_signature_with_a_nonce_that_was_never_used() {
    let world = World::new().await;
    let phone = Phone::log_in(&world, "green").await;
    let body =
        json!({"purpose": "health_code", "text_version": 1, "language": "en", "given": true})
            .to_string();
    let send = async |session: &str, nonce: &str, signature: &str, body: &str| {
        let request = Request::post(CONSENTS_PATH)
            .header("content-type", "application/json")
            .header(SESSION_HEADER, session)
            .header(NONCE_HEADER, nonce)
            .header(SIGNATURE_HEADER, signature)
            .body(Body::from(body.to_owned()))
            .unwrap();
        world.send(request).await
    };
    let unsigned = world
        .post(CONSENTS_PATH, &serde_json::from_str(&body).unwrap())
        .await;
    assert_eq!(unsigned.code(), "signature_missing");

    let nonce = world.nonce().await;
    let session = phone.session();
    let sign = |nonce, session: &str| {
        let message = signing_message("POST", CONSENTS_PATH, body.as_bytes(), session, nonce);
        FixedBytes(phone.key.sign(&message).unwrap()).to_text()
    };
    let signature = sign(&nonce, &session);
    let text = nonce.0.to_text();
    let changed = body.replace("true", "false");
    assert_eq!(
        send(&session, &text, &signature, &changed).await.code(),
        "signature_invalid"
    );
    let stranger = FixedBytes([9; 16]).to_text();
    let answer = send(&stranger, &text, &sign(&nonce, &stranger), &body).await;
    assert_eq!(answer.code(), "session_ended");
    assert_eq!(
        send(&session, &text, &signature, &body).await.status,
        StatusCode::OK
    );
    assert_eq!(
        send(&session, &text, &signature, &body).await.code(),
        "nonce_not_accepted"
    );

    let mut forged = nonce;
    forged.0.0[35] ^= 1;
    let answer = send(
        &session,
        &forged.0.to_text(),
        &sign(&forged, &session),
        &body,
    )
    .await;
    assert_eq!(answer.code(), "nonce_not_accepted");

    let old = world.nonce().await;
    world.advance(300);
    let answer = send(&session, &old.0.to_text(), &sign(&old, &session), &body).await;
    assert_eq!(answer.code(), "nonce_not_accepted");
}

#[tokio::test]
async fn a_read_needs_the_read_token_and_can_write_nothing() {
    let mut world = World::new().await;
    let phone = Phone::verified(&world, "green").await;
    assert_eq!(world.get(QUERY_PATH).await.code(), "session_ended");
    assert_eq!(phone.read(&world, QUERY_PATH).await.status, StatusCode::OK);
    world.restart().await;
    assert_eq!(
        phone.read(&world, QUERY_PATH).await.status,
        StatusCode::OK,
        "sessions live on"
    );
}

#[tokio::test]
async fn the_time_is_signed_over_the_phone_s_nonce() {
    let world = World::new().await;
    let nonce = FixedBytes([5; 32]);
    let answer: liangma_wire::trust::TimeResponse =
        world.post(TIME_PATH, &json!({"nonce": nonce})).await.json();
    let keys = world.checker().await.timestamp_keys();
    let statement =
        liangma_credential::TimeStatement::verify(&answer.statement.0, &keys, &nonce.0).unwrap();
    assert_eq!(statement.time, world.now());
    assert!(statement.sandbox);
}
