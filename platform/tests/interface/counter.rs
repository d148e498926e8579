//! Counters that are abused: by whoever stands before one, and by whoever sits behind it.

use axum::http::StatusCode;
use liangma_platform::{
    Principal,
    sandbox::{SandboxAuthority, person},
};
use liangma_wire::{
    bytes::FixedBytes,
    consent::Purpose,
    counter::{
        COUNTER_APPROVALS_PATH, COUNTER_HANDLES_PATH, COUNTER_LOGIN_CODES_PATH,
        CounterHandleResponse,
    },
    device::DEVICE_END_PATH,
};
use serde_json::{Value, json};

use crate::harness::{Answer, Phone, World, device_key, side_by_side, signed_by};

async fn shown(world: &World, phone: &Phone) -> CounterHandleResponse {
    phone.consent(world, Purpose::HealthCode, true).await;
    let application = phone.apply(world).await;
    let body = json!({"application": application});
    phone.write(world, COUNTER_HANDLES_PATH, &body).await.json()
}

fn approval(reference: Value, who: &str) -> Value {
    let person = person(who).unwrap();
    json!({
        "reference": reference,
        "document_type": person.document_type,
        "document_number": person.document_number,
    })
}

async fn approve(world: &World, reference: Value, who: &str) -> Answer {
    let body = approval(reference, who);
    world
        .post_as(SandboxAuthority::Counter, COUNTER_APPROVALS_PATH, &body)
        .await
}

#[tokio::test]
async fn the_handle_of_another_person_or_of_an_ended_device_approves_nothing() {
    let world = World::new().await;
    let owner = Phone::verified(&world, "elder").await;
    let thief = Phone::log_in(&world, "elder").await;
    let handle = shown(&world, &thief).await;
    let scanned = json!({"handle": handle.handle});
    let other = approve(&world, scanned.clone(), "green").await;
    assert_eq!(other.code(), "counter_document_mismatch");
    let unknown = approve(&world, json!({"handle": FixedBytes([9; 16])}), "elder").await;
    assert_eq!(unknown.code(), "counter_handle_not_accepted");
    let end = json!({"device": thief.login.device});
    let ended = owner.write(&world, DEVICE_END_PATH, &end).await;
    assert_eq!(ended.status, StatusCode::OK);
    let late = approve(&world, scanned, "elder").await;
    assert_eq!(late.code(), "counter_handle_not_accepted");
    let late = approve(&world, json!({"spoken": handle.spoken_code}), "elder").await;
    assert_eq!(late.code(), "counter_handle_not_accepted");
}

#[tokio::test]
async fn a_handle_is_used_once_also_by_twenty_counters_at_one_moment() {
    let world = World::new().await;
    let phone = Phone::log_in(&world, "elder").await;
    let handle = shown(&world, &phone).await;
    let body = approval(json!({"handle": handle.handle}), "elder");
    let answers = side_by_side(
        (0..20).map(|_| world.post_as(SandboxAuthority::Counter, COUNTER_APPROVALS_PATH, &body)),
    )
    .await;
    let (taken, refused): (Vec<_>, Vec<_>) = answers
        .iter()
        .partition(|answer| answer.status == StatusCode::OK);
    assert_eq!(taken.len(), 1);
    assert!(
        refused
            .iter()
            .all(|answer| answer.code() == "counter_handle_not_accepted")
    );
}

#[tokio::test]
async fn one_administrator_guesses_spoken_codes_of_many_people_sixty_times_an_hour() {
    let world = World::new().await;
    let phone = Phone::log_in(&world, "elder").await;
    let handle = shown(&world, &phone).await;
    for number in 0..60 {
        let who = ["green", "red", "yellow", "child"][number % 4];
        let guess = json!({"spoken": format!("{number:08}")});
        let refused = approve(&world, guess, who).await;
        assert_eq!(refused.code(), "counter_handle_not_accepted");
    }
    let right = approve(&world, json!({"spoken": handle.spoken_code}), "elder").await;
    assert_eq!(right.code(), "too_many_attempts");
    // Scanning goes on: a handle of 16 bytes is not guessed.
    let scanned = approve(&world, json!({"handle": handle.handle}), "elder").await;
    assert_eq!(scanned.status, StatusCode::OK);
}

#[tokio::test]
async fn an_administrator_without_the_duty_or_with_a_removed_key_does_nothing() {
    let mut world = World::new().await;
    let second = device_key();
    world.options.principals = vec![Principal {
        id: "counter-2".to_owned(),
        ..Principal::counter(*second.public_key())
    }];
    world.restart().await;
    let phone = Phone::log_in(&world, "elder").await;
    let handle = shown(&world, &phone).await;
    let body = approval(json!({"handle": handle.handle}), "elder");
    let code = json!({
        "attempt": FixedBytes([1; 16]),
        "document_type": body["document_type"],
        "document_number": body["document_number"],
    });
    let acts = [
        (COUNTER_APPROVALS_PATH, &body),
        (COUNTER_LOGIN_CODES_PATH, &code),
    ];
    for (path, body) in acts {
        for authority in SandboxAuthority::ALL {
            if authority != SandboxAuthority::Counter {
                let refused = world.post_as(authority, path, body).await;
                assert_eq!(refused.code(), "principal_not_allowed", "{path}");
            }
        }
        let in_another_name = signed_by(&world, &second, "counter-1", path, body).await;
        assert_eq!(in_another_name.code(), "signature_invalid");
    }
    world.options.principals.clear();
    world.restart().await;
    for (path, body) in acts {
        let removed = signed_by(&world, &second, "counter-2", path, body).await;
        assert_eq!(removed.code(), "principal_unknown");
    }
    // The first counter's key is replaced: what it signs from now on counts for nothing.
    world.options.counter_key = Some(*device_key().public_key());
    world.restart().await;
    let replaced = approve(&world, json!({"handle": handle.handle}), "elder").await;
    assert_eq!(replaced.code(), "signature_invalid");
}
