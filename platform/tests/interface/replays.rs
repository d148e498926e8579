//! Requests that were signed once and are sent again: before and after a restart, at the edge of their
//! time, and many at one moment.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use liangma_platform::sandbox::SandboxAuthority;
use liangma_wire::{
    bytes::FixedBytes,
    consent::CONSENTS_PATH,
    counter::COUNTER_APPROVALS_PATH,
    signed_request::{NONCE_HEADER, Nonce, SESSION_HEADER, SIGNATURE_HEADER, signing_message},
};

use crate::harness::{Phone, World};

const CONSENT: &str = r#"{"purpose":"health_code","text_version":1,"language":"en","given":true}"#;

/// Everything of a signed request, to be sent as often as an attacker likes.
struct Recorded {
    path: &'static str,
    session: String,
    nonce: Nonce,
    signature: [u8; 64],
    body: String,
}

impl Recorded {
    async fn of(world: &World, phone: &Phone) -> Self {
        let nonce = world.nonce().await;
        let session = phone.session();
        let message = signing_message("POST", CONSENTS_PATH, CONSENT.as_bytes(), &session, &nonce);
        Self {
            path: CONSENTS_PATH,
            session,
            nonce,
            signature: phone.key.sign(&message).unwrap(),
            body: CONSENT.to_owned(),
        }
    }

    fn request(&self) -> Request<Body> {
        Request::post(self.path)
            .header("content-type", "application/json")
            .header(SESSION_HEADER, &self.session)
            .header(NONCE_HEADER, self.nonce.0.to_text())
            .header(SIGNATURE_HEADER, FixedBytes(self.signature).to_text())
            .body(Body::from(self.body.clone()))
            .unwrap()
    }
}

#[tokio::test]
async fn a_replayed_request_is_refused_also_after_a_restart() {
    let mut world = World::new().await;
    let phone = Phone::log_in(&world, "green").await;
    let recorded = Recorded::of(&world, &phone).await;
    assert_eq!(world.send(recorded.request()).await.status, StatusCode::OK);
    let again = world.send(recorded.request()).await;
    assert_eq!(again.code(), "nonce_not_accepted");
    world.restart().await;
    let again = world.send(recorded.request()).await;
    assert_eq!(again.code(), "nonce_not_accepted");
    let unused = Recorded::of(&world, &phone).await;
    world.restart().await;
    let late = world.send(unused.request()).await;
    assert_eq!(
        late.status,
        StatusCode::OK,
        "one that was never used lives on"
    );
}

#[tokio::test]
async fn a_nonce_is_good_for_300_seconds_and_is_remembered_for_as_long_as_it_is_good() {
    let world = World::new().await;
    let phone = Phone::log_in(&world, "green").await;
    for (seconds, accepted) in [(299, true), (300, false), (301, false)] {
        let recorded = Recorded::of(&world, &phone).await;
        world.advance(seconds);
        let answer = world.send(recorded.request()).await;
        assert_eq!(answer.status == StatusCode::OK, accepted, "{seconds} s");
    }
    let recorded = Recorded::of(&world, &phone).await;
    assert_eq!(world.send(recorded.request()).await.status, StatusCode::OK);
    for _ in 0..6 {
        // Whatever removes what has run out must not remove it before it is too old.
        world.advance(60);
        world.sandbox.platform.tick().await.unwrap();
        let again = world.send(recorded.request()).await;
        assert_eq!(again.code(), "nonce_not_accepted");
    }
}

#[tokio::test]
async fn of_fifty_at_one_moment_exactly_one_wins() {
    let world = World::new().await;
    let phone = Phone::log_in(&world, "green").await;
    let recorded = Recorded::of(&world, &phone).await;
    let mut racing = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (app, request) = (world.app.clone(), recorded.request());
        racing.spawn(async move {
            let answer = tower::ServiceExt::oneshot(app, request).await.unwrap();
            answer.status()
        });
    }
    let answers = racing.join_all().await;
    let won = answers.iter().filter(|status| **status == StatusCode::OK);
    assert_eq!(won.count(), 1);
    let lost = answers
        .iter()
        .filter(|status| **status == StatusCode::UNAUTHORIZED);
    assert_eq!(lost.count(), 49);
}

#[tokio::test]
async fn a_replayed_request_of_a_principal_is_refused_too() {
    let world = World::new().await;
    let counter = world.sandbox.principal(SandboxAuthority::Counter).unwrap();
    let nonce = world.nonce().await;
    let body = "{}".to_owned();
    let path = COUNTER_APPROVALS_PATH;
    let (session, signature) = counter
        .sign_request("POST", path, body.as_bytes(), &nonce)
        .unwrap();
    let recorded = Recorded {
        path,
        session,
        nonce,
        signature,
        body,
    };
    let first = world.send(recorded.request()).await;
    assert_eq!(first.code(), "malformed_request", "the signature was taken");
    let again = world.send(recorded.request()).await;
    assert_eq!(again.code(), "nonce_not_accepted");
}
