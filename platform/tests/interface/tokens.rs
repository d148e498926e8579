//! Stolen tokens and sessions, devices of others, and anchors that were swapped.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use liangma_credential::{CheckerClock, Hour, Revealed, Slot, Verdict, check, live_code_text};
use liangma_platform::sandbox::{SandboxAuthority, person};
use liangma_wire::{
    application::APPLICATIONS_PATH,
    code::MAKE_CODE_PATH,
    consent::{CONSENTS_PATH, ConsentsResponse, Purpose},
    counter::{
        COUNTER_APPROVALS_PATH, COUNTER_HANDLES_PATH, COUNTER_LOGIN_CODES_PATH,
        CounterHandleResponse,
    },
    declaration::{DECLARE_HEALTH_PATH, DECLARE_TRIP_PATH, QUERY_PATH},
    device::{DEVICE_END_PATH, DEVICES_PATH, DeviceNoticeKind, DevicesResponse, EXPORT_PATH},
    evidence::EVIDENCE_APPROVALS_PATH,
    face::{FACE_REDEEM_PATH, FACE_TICKETS_PATH},
};
use serde_json::json;

use crate::harness::{Answer, Phone, World, new_chain};

const READS: [&str; 4] = [QUERY_PATH, DEVICES_PATH, CONSENTS_PATH, EXPORT_PATH];
const WRITES: [&str; 12] = [
    APPLICATIONS_PATH,
    COUNTER_APPROVALS_PATH,
    CONSENTS_PATH,
    COUNTER_HANDLES_PATH,
    COUNTER_LOGIN_CODES_PATH,
    DECLARE_HEALTH_PATH,
    DECLARE_TRIP_PATH,
    DEVICE_END_PATH,
    EVIDENCE_APPROVALS_PATH,
    FACE_REDEEM_PATH,
    FACE_TICKETS_PATH,
    MAKE_CODE_PATH,
];

async fn with_token(world: &World, token: &str, method: &str, path: &str) -> Answer {
    let media = if path == MAKE_CODE_PATH {
        "application/cbor"
    } else {
        "application/json"
    };
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", media)
        .header("authorization", format!("Bearer {token}"))
        .body(Body::from("{}"))
        .unwrap();
    world.send(request).await
}

#[tokio::test]
async fn a_stolen_read_token_reads_its_person_writes_nothing_and_ends_with_its_session() {
    let world = World::new().await;
    let phone = Phone::verified(&world, "green").await;
    let token = phone.login.read_token.0.to_text();
    for path in READS {
        let read = with_token(&world, &token, "GET", path).await;
        assert_eq!(read.status, StatusCode::OK, "{path}");
        assert_eq!(read.headers["cache-control"], "no-store");
    }
    for path in WRITES {
        let written = with_token(&world, &token, "POST", path).await;
        assert_eq!(written.code(), "signature_missing", "{path}");
    }
    let other = Phone::verified(&world, "green").await;
    let end = json!({"device": phone.login.device});
    let ended = other.write(&world, DEVICE_END_PATH, &end).await;
    assert_eq!(ended.status, StatusCode::OK);
    for path in READS {
        let read = with_token(&world, &token, "GET", path).await;
        assert_eq!(read.code(), "session_ended", "{path}");
    }
    let mut near = phone.login.read_token.0;
    near.0[31] ^= 1;
    let guessed = with_token(&world, &near.to_text(), "GET", QUERY_PATH).await;
    assert_eq!(guessed.code(), "session_ended");
}

#[tokio::test]
async fn the_token_of_an_unverified_device_reads_nothing_of_health_and_of_no_other_device() {
    let world = World::new().await;
    let owner = Phone::verified(&world, "green").await;
    let thief = Phone::log_in(&world, "green").await;
    for path in [QUERY_PATH, EXPORT_PATH] {
        let refused = thief.read(&world, path).await;
        assert_eq!(refused.code(), "device_not_verified", "{path}");
    }
    let seen: DevicesResponse = thief.read(&world, DEVICES_PATH).await.json();
    assert_eq!(seen.devices.len(), 1);
    assert!(seen.devices[0].this_device);
    assert_eq!(seen.notices, []);
    // What was agreed to is no health, and without it the device could not be verified.
    let consents: ConsentsResponse = thief.read(&world, CONSENTS_PATH).await.json();
    assert_eq!(consents.consents.len(), 2);
    let seen: DevicesResponse = owner.read(&world, DEVICES_PATH).await.json();
    assert_eq!(seen.devices.len(), 2, "the owner sees the thief");
}

#[tokio::test]
async fn a_session_and_token_on_another_device_sign_nothing() {
    let world = World::new().await;
    let phone = Phone::verified(&world, "green").await;
    let thief = Phone::log_in(&world, "red").await;
    let copied = Phone {
        key: thief.key,
        login: phone.login.clone(),
        chain: new_chain(&world),
    };
    let hour = Hour::of(world.now());
    let request = copied.make_code_request(hour, 24, true);
    let refused = copied.make_code(&world, &request).await;
    assert_eq!(refused.code(), "signature_invalid");
    for path in [CONSENTS_PATH, DEVICE_END_PATH, APPLICATIONS_PATH] {
        let refused = copied.write(&world, path, &json!({})).await;
        assert_eq!(refused.code(), "signature_invalid", "{path}");
    }
    phone
        .made(&world, &phone.make_code_request(hour, 24, true))
        .await;
}

#[tokio::test]
async fn another_device_gets_no_strip_before_a_face_or_a_counter_and_the_first_is_told() {
    let world = World::new().await;
    let first = Phone::verified(&world, "elder").await;
    let hour = Hour::of(world.now());
    world.advance(1);
    let second = Phone::log_in(&world, "elder").await;
    let told: DevicesResponse = first.read(&world, DEVICES_PATH).await.json();
    assert_eq!(told.notices[0].kind, DeviceNoticeKind::DeviceEnrolled);
    assert_eq!(told.notices[0].at, world.now());
    let request = second.make_code_request(hour, 24, true);
    let refused = async |phone: &Phone| phone.make_code(&world, &request).await.code();
    assert_eq!(refused(&second).await, "device_not_verified");
    for outcome in ["fail", "cancel", "time_out", "wrong_person"] {
        second.face_check(&world, outcome).await;
        assert_eq!(refused(&second).await, "device_not_verified", "{outcome}");
    }
    let application = second.apply(&world).await;
    let shown: CounterHandleResponse = second
        .write(
            &world,
            COUNTER_HANDLES_PATH,
            &json!({"application": application}),
        )
        .await
        .json();
    assert_eq!(refused(&second).await, "device_not_verified");
    let elder = person("elder").unwrap();
    let approval = json!({
        "reference": {"handle": shown.handle},
        "document_type": elder.document_type,
        "document_number": elder.document_number,
    });
    let approved = world
        .post_as(SandboxAuthority::Counter, COUNTER_APPROVALS_PATH, &approval)
        .await;
    assert_eq!(approved.status, StatusCode::OK);
    second.made(&world, &request).await;
}

/// What a collector sees who scans a code with the value of a slot.
async fn scanned(world: &World, credential: &[u8], shower: &Phone, hour: Hour) -> Verdict {
    let cid = shower.chain.cid(hour).unwrap();
    let k = Slot::at(world.now()).number();
    let value = shower.chain.slot_value(hour, cid, k);
    let text = live_code_text(credential, Some(Revealed { k, value }));
    let clock = CheckerClock::trusted(world.now());
    check(&text, &world.checker().await, clock).verdict
}

#[tokio::test]
async fn anchors_of_another_person_device_strip_or_hour_show_nothing() {
    let world = World::new().await;
    let hour = Hour::of(world.now());
    let victim = Phone::verified(&world, "green").await;
    let made = victim
        .made(&world, &victim.make_code_request(hour, 3, true))
        .await;
    assert_eq!(
        scanned(&world, &made.credentials[0], &victim, hour).await,
        Verdict::Genuine
    );

    // Another person puts the victim's anchors under a recall key of their own.
    let other = Phone::verified(&world, "elder").await;
    let mut swapped = other.make_code_request(hour, 3, true);
    swapped.anchors = victim.make_code_request(hour, 3, true).anchors;
    let made = other.made(&world, &swapped).await;
    for chain in [&victim, &other] {
        let verdict = scanned(&world, &made.credentials[0], chain, hour).await;
        assert_eq!(verdict, Verdict::Forged);
    }
    // Signed once, an hour takes no other anchor.
    let own = other.make_code_request(hour, 3, false);
    let refused = other.make_code(&world, &own).await;
    assert_eq!(refused.code(), "hours_not_accepted");

    // The anchor of the next hour shows nothing in this one.
    let mut shifted = Phone::verified(&world, "child").await;
    shifted.chain = new_chain(&world);
    let mut request = shifted.make_code_request(hour, 2, true);
    request.anchors = shifted.make_code_request(hour.next(), 1, true).anchors;
    let made = shifted.made(&world, &request).await;
    let verdict = scanned(&world, &made.credentials[0], &shifted, hour).await;
    assert_eq!(verdict, Verdict::Forged);
}

#[tokio::test]
async fn a_recall_key_is_taken_once_from_anybody() {
    let world = World::new().await;
    let hour = Hour::of(world.now());
    let victim = Phone::verified(&world, "green").await;
    let request = victim.make_code_request(hour, 3, true);
    victim.made(&world, &request).await;
    let stranger = Phone::verified(&world, "elder").await;
    let refused = stranger.make_code(&world, &request).await;
    assert_eq!(refused.code(), "recall_key_reused", "another person");
    let second = Phone::verified(&world, "green").await;
    let refused = second.make_code(&world, &request).await;
    assert_eq!(refused.code(), "recall_key_reused", "another device");
    let mut later = request.clone();
    later.strip_begins += 1;
    later.first_hour += 1;
    later.anchors.truncate(32);
    let refused = victim.make_code(&world, &later).await;
    assert_eq!(refused.code(), "recall_key_reused", "another strip");
    assert_eq!(
        victim.made(&world, &request).await.credentials.len(),
        3,
        "the lost answer again"
    );
}

#[tokio::test]
async fn face_tickets_and_counter_handles_are_capped_for_each_person() {
    let world = World::new().await;
    let phone = Phone::log_in(&world, "green").await;
    phone.consent(&world, Purpose::HealthCode, true).await;
    phone.consent(&world, Purpose::FaceCheck, true).await;
    let other = Phone::log_in(&world, "elder").await;
    other.consent(&world, Purpose::HealthCode, true).await;
    other.consent(&world, Purpose::FaceCheck, true).await;
    let ask = async |phone: &Phone, path: &str| {
        let body = json!({
            "application": phone.apply(&world).await,
            "challenge": liangma_wire::bytes::FixedBytes([1; 32]),
            "state": liangma_wire::bytes::FixedBytes([2; 16]),
        });
        let handle = json!({"application": body["application"]});
        let is_face = path == FACE_TICKETS_PATH;
        phone
            .write(&world, path, if is_face { &body } else { &handle })
            .await
    };
    for (path, most) in [(FACE_TICKETS_PATH, 10), (COUNTER_HANDLES_PATH, 20)] {
        for _ in 0..most {
            assert_eq!(ask(&phone, path).await.status, StatusCode::OK, "{path}");
        }
        let refused = ask(&phone, path).await;
        assert_eq!(refused.code(), "too_many_attempts", "{path}");
        assert_eq!(refused.problem().retry_after, Some(3600));
        assert_eq!(ask(&other, path).await.status, StatusCode::OK, "{path}");
    }
    // A new login does not begin the count anew.
    let again = Phone::log_in(&world, "green").await;
    let refused = ask(&again, FACE_TICKETS_PATH).await;
    assert_eq!(refused.code(), "too_many_attempts");
    world.advance(3600);
    assert_eq!(ask(&again, FACE_TICKETS_PATH).await.status, StatusCode::OK);
}
