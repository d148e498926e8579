//! Two own devices, each endable; a login alone puts nobody's code out.

use axum::http::StatusCode;
use liangma_credential::{CheckerClock, Hour, Verdict, check, live_code_text};
use liangma_wire::{
    consent::{CONSENTS_PATH, ConsentsResponse, Purpose},
    declaration::{DECLARE_HEALTH_PATH, QUERY_PATH},
    device::{
        DEVICE_END_PATH, DEVICES_PATH, DeviceNoticeKind, DeviceStanding, DevicesResponse,
        EXPORT_PATH,
    },
    export::ExportResponse,
};
use serde_json::json;

use crate::harness::{Phone, World};

async fn notices(world: &World, phone: &Phone) -> Vec<DeviceNoticeKind> {
    let devices: DevicesResponse = phone.read(world, DEVICES_PATH).await.json();
    devices
        .notices
        .into_iter()
        .map(|notice| notice.kind)
        .collect()
}

async fn verdict(world: &World, credential: &[u8]) -> Verdict {
    let clock = CheckerClock::trusted(world.now());
    check(
        &live_code_text(credential, None),
        &world.checker().await,
        clock,
    )
    .verdict
}

#[tokio::test]
async fn a_third_verified_device_ends_the_oldest_and_recalls_its_strip() {
    let world = World::new().await;
    let first = Phone::verified(&world, "green").await;
    let hour = Hour::of(world.now());
    let made = first
        .made(&world, &first.make_code_request(hour, 24, true))
        .await;
    world.advance(1);
    let second = Phone::log_in(&world, "green").await;
    assert_eq!(
        notices(&world, &first).await,
        [DeviceNoticeKind::DeviceEnrolled]
    );
    second.face_check(&world, "pass").await;
    assert_eq!(
        verdict(&world, &made.credentials[0]).await,
        Verdict::NotLive {
            difference_seconds: None
        }
    );

    world.advance(1);
    let third = Phone::log_in(&world, "green").await;
    let not_live = verdict(&world, &made.credentials[0]).await;
    assert_ne!(not_live, Verdict::Recalled, "a login alone recalls nothing");
    let end = json!({"device": first.login.device});
    let refused = third.write(&world, DEVICE_END_PATH, &end).await;
    assert_eq!(refused.code(), "device_not_verified");

    third.face_check(&world, "pass").await;
    assert_eq!(
        verdict(&world, &made.credentials[0]).await,
        Verdict::Recalled
    );
    assert_eq!(
        first.read(&world, DEVICES_PATH).await.code(),
        "session_ended"
    );
    let devices: DevicesResponse = second.read(&world, DEVICES_PATH).await.json();
    let standings: Vec<_> = devices
        .devices
        .iter()
        .map(|device| device.standing)
        .collect();
    assert_eq!(
        standings,
        [
            DeviceStanding::Verified,
            DeviceStanding::Verified,
            DeviceStanding::Ended
        ]
    );
}

#[tokio::test]
async fn a_device_is_ended_by_another_of_the_same_person_alone() {
    let world = World::new().await;
    let first = Phone::verified(&world, "green").await;
    let second = Phone::verified(&world, "green").await;
    let stranger = Phone::verified(&world, "red").await;
    let end = json!({"device": first.login.device});
    let refused = stranger.write(&world, DEVICE_END_PATH, &end).await;
    assert_eq!(refused.problem().reason.as_deref(), Some("unknown_device"));
    let ended = second.write(&world, DEVICE_END_PATH, &end).await;
    assert_eq!(ended.status, StatusCode::OK);
    let hour = Hour::of(world.now());
    let gone = first
        .make_code(&world, &first.make_code_request(hour, 24, true))
        .await;
    assert_eq!(gone.code(), "session_ended");
}

#[tokio::test]
async fn consents_are_shown_and_a_withdrawal_stops_refreshes_and_says_so() {
    let world = World::new().await;
    let phone = Phone::verified(&world, "green").await;
    let hour = Hour::of(world.now());
    let request = phone.make_code_request(hour, 24, true);
    phone.consent(&world, Purpose::HealthCode, false).await;
    let refused = phone.make_code(&world, &request).await;
    assert_eq!(refused.code(), "consent_missing");
    assert_eq!(refused.problem().reason.as_deref(), Some("withdrawn"));
    let shown: ConsentsResponse = phone.read(&world, CONSENTS_PATH).await.json();
    let given: Vec<_> = shown
        .consents
        .iter()
        .map(|consent| (consent.purpose, consent.given))
        .collect();
    assert_eq!(
        given,
        [(Purpose::HealthCode, false), (Purpose::FaceCheck, true)]
    );
    phone.consent(&world, Purpose::HealthCode, true).await;
    phone.made(&world, &request).await;
    for (field, value) in [("language", json!("e n")), ("text_version", json!(0))] {
        let mut body =
            json!({"purpose": "face_check", "text_version": 1, "language": "en", "given": true});
        body[field] = value;
        let refused = phone.write(&world, CONSENTS_PATH, &body).await;
        assert_eq!(refused.problem().field.as_deref(), Some(field));
    }
}

#[tokio::test]
async fn an_export_holds_everything_and_is_one_s_own() {
    let world = World::new().await;
    let phone = Phone::verified(&world, "green").await;
    let hour = Hour::of(world.now());
    phone
        .made(&world, &phone.make_code_request(hour, 3, true))
        .await;
    let export: ExportResponse = phone.read(&world, EXPORT_PATH).await.json();
    assert_eq!(export.name.expose(), "韦秀英");
    assert_eq!(export.phone.expose(), "13800000001");
    assert_eq!(export.consents.len(), 2);
    assert_eq!(export.devices.len(), 1);
    assert_eq!(export.applications[0].way.as_deref(), Some("face"));
    assert_eq!(export.evidence.len(), 2);
    assert_eq!(
        export.signed_hours,
        [hour.start(), hour.next().start(), hour.plus(2).start()]
    );
    let decisions: Vec<&str> = export
        .decisions
        .iter()
        .map(|decision| decision.decision.as_str())
        .collect();
    assert_eq!(
        decisions,
        [
            "evidence",
            "evaluation",
            "evidence",
            "evaluation",
            "verification",
            "hours",
            "strip"
        ]
    );
}

#[tokio::test]
async fn a_login_alone_reads_declares_and_withdraws_nothing_of_the_person() {
    let world = World::new().await;
    let owner = Phone::verified(&world, "green").await;
    let thief = Phone::log_in(&world, "green").await;
    for path in [QUERY_PATH, EXPORT_PATH] {
        assert_eq!(thief.read(&world, path).await.code(), "device_not_verified");
    }
    thief
        .consent(&world, Purpose::HealthDeclaration, true)
        .await;
    let fever = json!({
        "temperature_tenths": 390,
        "symptoms": [],
        "high_risk_contact": false,
        "observed_at": world.now(),
    });
    let refused = thief
        .write_with(&world, DECLARE_HEALTH_PATH, &fever, "k")
        .await;
    assert_eq!(refused.code(), "device_not_verified");
    let withdrawal =
        json!({"purpose": "health_code", "text_version": 1, "language": "en", "given": false});
    let refused = thief.write(&world, CONSENTS_PATH, &withdrawal).await;
    assert_eq!(refused.code(), "device_not_verified");
    let hour = Hour::of(world.now());
    owner
        .made(&world, &owner.make_code_request(hour, 24, true))
        .await;
}
