//! A whole life of a code, from the login to the recall.

use axum::http::StatusCode;
use jiff::SignedDuration;
use liangma_credential::{CheckerClock, Hour, Slot, Verdict, check, live_code_text};
use liangma_domain::{
    colour::Colour,
    evidence::{ContactDegree, EvidenceKind},
};
use liangma_platform::sandbox::{SandboxAuthority, person};
use liangma_wire::{
    code::{VERIFY_CODE_PATH, VerifyCodeResponse},
    declaration::{HealthResponse, QUERY_PATH},
    device::{DEVICES_PATH, DeviceNoticeKind, DeviceStanding, DevicesResponse},
};
use serde_json::json;

use crate::harness::{Phone, World};

/// What the phone shows now.
pub(crate) fn shown(world: &World, phone: &Phone, credential: &[u8]) -> String {
    let slot = Slot::at(world.now());
    let cid = phone.chain.cid(slot.hour()).unwrap();
    let value = phone.chain.slot_value(slot.hour(), cid, slot.number());
    live_code_text(
        credential,
        Some(liangma_credential::Revealed {
            k: slot.number(),
            value,
        }),
    )
}

#[tokio::test]
async fn a_life_from_login_to_recall() {
    let mut world = World::new().await;
    let phone = Phone::log_in(&world, "green").await;
    assert_eq!(phone.login.masked_name, "韦**");
    assert_eq!(phone.login.standing, DeviceStanding::Unverified);
    assert!(phone.login.sandbox);

    let first = Hour::of(world.now());
    let request = phone.make_code_request(first, 24, true);
    let too_early = phone.make_code(&world, &request).await;
    assert_eq!(too_early.code(), "device_not_verified");

    let redeemed = phone.face_check(&world, "pass").await;
    assert_eq!(redeemed.status, StatusCode::OK);

    let made = phone.made(&world, &request).await;
    assert_eq!(made.credentials.len(), 24);
    let text = shown(&world, &phone, &made.credentials[0]);
    let checked = check(
        &text,
        &world.checker().await,
        CheckerClock::trusted(world.now()),
    );
    assert_eq!(checked.verdict, Verdict::Genuine);
    assert!(checked.flags.sandbox);
    assert_eq!(checked.shown.as_ref().unwrap().colour, Colour::GREEN);

    let verified: VerifyCodeResponse = world
        .post(VERIFY_CODE_PATH, &json!({"text": text}))
        .await
        .json();
    assert_eq!(verified.verdict, checked.verdict.code());
    assert_eq!(verified.shown.unwrap().colour, "green");

    let before: HealthResponse = phone.read(&world, QUERY_PATH).await.json();
    assert_eq!(before.version, made.health_version);

    world.advance(60);
    world.restart().await;
    let occurred_at = world.now() - SignedDuration::from_hours(20);
    world
        .sandbox
        .submit(
            SandboxAuthority::DiseaseControl,
            person("green").unwrap(),
            occurred_at,
            EvidenceKind::Contact {
                degree: ContactDegree::Close,
            },
        )
        .await
        .unwrap();

    let text = shown(&world, &phone, &made.credentials[0]);
    let checked = check(
        &text,
        &world.checker().await,
        CheckerClock::trusted(world.now()),
    );
    assert_eq!(checked.verdict, Verdict::Recalled);
    let after: HealthResponse = phone.read(&world, QUERY_PATH).await.json();
    assert!(after.version > before.version);
    assert_eq!(after.evaluation.colour(), Colour::RED);
    let devices: DevicesResponse = phone.read(&world, DEVICES_PATH).await.json();
    assert_eq!(
        devices.notices.last().unwrap().kind,
        DeviceNoticeKind::StripRecalled
    );

    let gone = phone
        .make_code(&world, &phone.make_code_request(first, 24, false))
        .await;
    assert_eq!(gone.code(), "strip_unknown");
    let reused = phone.make_code(&world, &request).await;
    assert_eq!(reused.code(), "recall_key_reused");

    let fresh = Phone {
        chain: crate::harness::new_chain(&world),
        ..phone
    };
    let made = fresh
        .made(&world, &fresh.make_code_request(first, 24, true))
        .await;
    let text = shown(&world, &fresh, &made.credentials[0]);
    let checked = check(
        &text,
        &world.checker().await,
        CheckerClock::trusted(world.now()),
    );
    assert_eq!(checked.verdict, Verdict::Genuine);
    assert_eq!(checked.shown.unwrap().colour, Colour::RED);
}
