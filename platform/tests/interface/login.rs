//! Real-name login: nobody learns from it who is registered.

use std::time::Duration;

use axum::http::StatusCode;
use liangma_platform::sandbox::{SandboxAuthority, person};
use liangma_wire::{
    bytes::FixedBytes,
    counter::{COUNTER_LOGIN_CODES_PATH, CounterLoginCodeResponse},
    login::{
        LOGIN_COMPLETE_PATH, LOGIN_START_PATH, LoginCompleteResponse, LoginStartResponse,
        enrolment_message,
    },
};
use rstest::rstest;
use serde_json::{Value, json};

use crate::harness::{World, device_key, login_body};

const SHORT: Duration = Duration::from_millis(300);

/// Takes out what is drawn anew for every attempt.
fn without_the_attempt(mut body: Value) -> Value {
    let attempt = body["attempt"].take();
    assert_eq!(attempt.as_str().unwrap().len(), 22);
    body
}

#[tokio::test]
async fn a_mismatch_is_answered_like_a_match_and_sends_nothing() {
    let world = World::new().await;
    let key = device_key();
    let known = person("green").unwrap();
    let right = world
        .post(LOGIN_START_PATH, &login_body(known, &key, "sms"))
        .await;
    let yellow = person("yellow").unwrap();
    for (field, other) in [
        ("name", yellow.name),
        ("document_number", yellow.document_number),
        ("phone", yellow.phone),
        ("document_number", "110101199001011237"),
    ] {
        let mut body = login_body(known, &key, "sms");
        body[field] = json!(other);
        let wrong = world.post(LOGIN_START_PATH, &body).await;
        assert_eq!(wrong.status, right.status);
        assert_eq!(wrong.comparable_headers(), right.comparable_headers());
        assert_eq!(wrong.body.len(), right.body.len());
        assert_eq!(
            without_the_attempt(wrong.json()),
            without_the_attempt(right.json())
        );
    }
    assert!(
        world.sandbox.tray.take(known.phone, SHORT).await.is_some(),
        "one message, for the match"
    );
    assert!(world.sandbox.tray.take(known.phone, SHORT).await.is_none());
    assert!(world.sandbox.tray.take(yellow.phone, SHORT).await.is_none());
}

#[tokio::test]
async fn an_attempt_that_matched_nobody_refuses_like_a_wrong_code() {
    let world = World::new().await;
    let key = device_key();
    let mut body = login_body(person("green").unwrap(), &key, "sms");
    body["name"] = json!("陈志强");
    let unmatched: LoginStartResponse = world.post(LOGIN_START_PATH, &body).await.json();
    let matched: LoginStartResponse = world
        .post(
            LOGIN_START_PATH,
            &login_body(person("elder").unwrap(), &key, "sms"),
        )
        .await
        .json();
    let message = world
        .sandbox
        .tray
        .take(person("elder").unwrap().phone, Duration::from_secs(5))
        .await
        .unwrap();
    let wrong = if message.code == "123456" {
        "654321"
    } else {
        "123456"
    };
    let mut answers = Vec::new();
    for attempt in [&unmatched.attempt, &matched.attempt] {
        let proof = key.sign(&enrolment_message(attempt, wrong)).unwrap();
        let body = json!({"attempt": attempt, "code": wrong, "proof": FixedBytes(proof)});
        answers.push(world.post(LOGIN_COMPLETE_PATH, &body).await);
    }
    assert_eq!(answers[0].code(), "login_code_not_accepted");
    assert_eq!(answers[0].body, answers[1].body);
    assert_eq!(answers[0].status, answers[1].status);
}

#[tokio::test]
async fn a_code_is_good_for_five_tries_five_minutes_one_attempt_and_one_key() {
    let world = World::new().await;
    let known = person("green").unwrap();
    let start = async |key: &liangma_crypto::SigningKey| {
        let started: LoginStartResponse = world
            .post(LOGIN_START_PATH, &login_body(known, key, "voice"))
            .await
            .json();
        let message = world
            .sandbox
            .tray
            .take(known.phone, Duration::from_secs(5))
            .await
            .unwrap();
        (started.attempt, message.code)
    };
    let complete = async |attempt: &liangma_wire::login::AttemptId,
                          code: &str,
                          key: &liangma_crypto::SigningKey| {
        let proof = FixedBytes(key.sign(&enrolment_message(attempt, code)).unwrap());
        let body = json!({"attempt": attempt, "code": code, "proof": proof});
        world.post(LOGIN_COMPLETE_PATH, &body).await
    };
    let (key, other) = (device_key(), device_key());

    let (attempt, code) = start(&key).await;
    assert_eq!(
        complete(&attempt, &code, &other).await.code(),
        "login_code_not_accepted"
    );
    let (second, _) = start(&key).await;
    if complete(&second, &code, &key).await.status == StatusCode::OK {
        panic!("a code of another attempt was taken");
    }
    assert_eq!(complete(&attempt, &code, &key).await.status, StatusCode::OK);
    assert_eq!(
        complete(&attempt, &code, &key).await.code(),
        "login_code_not_accepted"
    );

    let (attempt, code) = start(&key).await;
    let wrong = if code == "000000" { "111111" } else { "000000" };
    for _ in 0..5 {
        assert_eq!(
            complete(&attempt, wrong, &key).await.code(),
            "login_code_not_accepted"
        );
    }
    assert_eq!(
        complete(&attempt, &code, &key).await.code(),
        "login_code_not_accepted"
    );

    let (attempt, code) = start(&key).await;
    world.advance(300);
    assert_eq!(
        complete(&attempt, &code, &key).await.code(),
        "login_code_not_accepted"
    );
}

#[tokio::test]
async fn caps_hold_per_phone_whether_or_not_it_is_registered_and_survive_a_restart() {
    let mut world = World::new().await;
    let key = device_key();
    let mut body = login_body(person("green").unwrap(), &key, "sms");
    body["phone"] = json!("13911112222");
    for _ in 0..5 {
        assert_eq!(
            world.post(LOGIN_START_PATH, &body).await.status,
            StatusCode::OK
        );
    }
    world.restart().await;
    let refused = world.post(LOGIN_START_PATH, &body).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.code(), "too_many_attempts");
    assert_eq!(refused.problem().retry_after, Some(3600));
    assert_eq!(refused.headers["retry-after"], "3600");
    world.advance(3600);
    assert_eq!(
        world.post(LOGIN_START_PATH, &body).await.status,
        StatusCode::OK
    );
}

#[rstest]
#[case("name", "", "name", "name_empty")]
#[case(
    "document_number",
    "110105194912310021",
    "document_number",
    "document_bad_check_digit"
)]
#[case("phone", "12345", "phone", "phone_wrong_length")]
#[tokio::test]
async fn a_field_of_the_wrong_form_is_named_and_not_repeated(
    #[case] field: &str,
    #[case] value: &str,
    #[case] named: &str,
    #[case] reason: &str,
) {
    let world = World::new().await;
    let mut body = login_body(person("green").unwrap(), &device_key(), "sms");
    body[field] = json!(value);
    let refused = world.post(LOGIN_START_PATH, &body).await;
    let problem = refused.problem();
    assert_eq!(problem.code.code(), "invalid_field");
    assert_eq!(problem.field.as_deref(), Some(named));
    assert_eq!(problem.reason.as_deref(), Some(reason));
    assert!(value.is_empty() || !String::from_utf8_lossy(&refused.body).contains(value));
}

#[tokio::test]
async fn only_a_counter_does_without_a_name() {
    let world = World::new().await;
    let mut body = login_body(person("rare-name").unwrap(), &device_key(), "sms");
    body["name"] = json!(" ");
    for channel in ["sms", "voice"] {
        body["channel"] = json!(channel);
        let problem = world.post(LOGIN_START_PATH, &body).await.problem();
        assert_eq!(problem.reason.as_deref(), Some("name_empty"), "{channel}");
    }
}

#[rstest]
#[case::with_the_name("周福生")]
#[case::without_a_name_that_cannot_be_typed("")]
#[tokio::test]
async fn a_counter_reads_out_the_code_to_whoever_has_the_document(#[case] name: &str) {
    let world = World::new().await;
    let key = device_key();
    let elder = person("elder").unwrap();
    let mut body = login_body(elder, &key, "counter");
    body["name"] = json!(name);
    let started: LoginStartResponse = world.post(LOGIN_START_PATH, &body).await.json();
    assert!(
        world.sandbox.tray.take(elder.phone, SHORT).await.is_none(),
        "nothing is sent"
    );
    let ask = |number: &str| {
        json!({
            "attempt": started.attempt,
            "document_type": elder.document_type,
            "document_number": number,
        })
    };
    let path = COUNTER_LOGIN_CODES_PATH;
    let other = world
        .post_as(
            SandboxAuthority::Counter,
            path,
            &ask(person("red").unwrap().document_number),
        )
        .await;
    assert_eq!(other.code(), "counter_document_mismatch");
    let not_a_counter = world
        .post_as(
            SandboxAuthority::Laboratory,
            path,
            &ask(elder.document_number),
        )
        .await;
    assert_eq!(not_a_counter.code(), "principal_not_allowed");
    let read_out: CounterLoginCodeResponse = world
        .post_as(SandboxAuthority::Counter, path, &ask(elder.document_number))
        .await
        .json();
    let code = read_out.code.expose();
    let proof = key
        .sign(&enrolment_message(&started.attempt, code))
        .unwrap();
    let body = json!({"attempt": started.attempt, "code": code, "proof": FixedBytes(proof)});
    let login: LoginCompleteResponse = world.post(LOGIN_COMPLETE_PATH, &body).await.json();
    assert_eq!(login.masked_phone, "138****0004");
}
