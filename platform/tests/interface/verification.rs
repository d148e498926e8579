//! Face checks and the counter: each way to fail is its own.

use axum::http::StatusCode;
use liangma_platform::sandbox::{SandboxAuthority, person};
use liangma_wire::{
    application::{APPLICATIONS_PATH, ApplicationResponse, ApplicationState},
    bytes::FixedBytes,
    consent::Purpose,
    counter::{
        COUNTER_APPROVALS_PATH, COUNTER_HANDLES_PATH, CounterApprovalResponse,
        CounterHandleResponse,
    },
    device::DeviceStanding,
    face::{FACE_REDEEM_PATH, FACE_TICKETS_PATH, FaceOutcome, FaceRedeemResponse},
};
use rstest::rstest;
use serde_json::json;

use crate::harness::{Phone, World, choose};

#[tokio::test]
async fn a_face_ticket_needs_consent_to_both_purposes() {
    let world = World::new().await;
    let phone = Phone::log_in(&world, "green").await;
    let refused = phone.write(&world, APPLICATIONS_PATH, &json!(null)).await;
    assert_eq!(refused.code(), "consent_missing");
    assert_eq!(refused.problem().reason.as_deref(), Some("never_given"));
    phone.consent(&world, Purpose::HealthCode, true).await;
    let application = phone.apply(&world).await;
    assert_eq!(
        phone.apply(&world).await,
        application,
        "one application for each device"
    );
    let body = json!({
        "application": application,
        "challenge": FixedBytes([1; 32]),
        "state": FixedBytes([2; 16]),
    });
    let refused = phone.write(&world, FACE_TICKETS_PATH, &body).await;
    assert_eq!(refused.code(), "consent_missing");
    phone.consent(&world, Purpose::FaceCheck, true).await;
    assert_eq!(
        phone.write(&world, FACE_TICKETS_PATH, &body).await.status,
        StatusCode::OK
    );
    let other = Phone::log_in(&world, "red").await;
    other.consent(&world, Purpose::HealthCode, true).await;
    other.consent(&world, Purpose::FaceCheck, true).await;
    let refused = other.write(&world, FACE_TICKETS_PATH, &body).await;
    assert_eq!(refused.code(), "application_unknown");
}

#[rstest]
#[case("pass", FaceOutcome::Passed, DeviceStanding::Verified)]
#[case("fail", FaceOutcome::Failed, DeviceStanding::Unverified)]
#[case("cancel", FaceOutcome::Cancelled, DeviceStanding::Unverified)]
#[case("time_out", FaceOutcome::TimedOut, DeviceStanding::Unverified)]
#[tokio::test]
async fn each_outcome_is_its_own(
    #[case] chosen: &str,
    #[case] outcome: FaceOutcome,
    #[case] standing: DeviceStanding,
) {
    let world = World::new().await;
    let phone = Phone::log_in(&world, "green").await;
    let redeemed: FaceRedeemResponse = phone.face_check(&world, chosen).await.json();
    assert_eq!((redeemed.outcome, redeemed.standing), (outcome, standing));
}

#[tokio::test]
async fn a_receipt_about_somebody_else_is_refused() {
    let world = World::new().await;
    let phone = Phone::log_in(&world, "green").await;
    let refused = phone.face_check(&world, "wrong_person").await;
    assert_eq!(refused.code(), "face_receipt_mismatch");
}

#[tokio::test]
async fn redeeming_is_idempotent_for_the_same_device_and_refused_for_everybody_else() {
    let mut world = World::new().await;
    let phone = Phone::log_in(&world, "green").await;
    phone.consent(&world, Purpose::HealthCode, true).await;
    phone.consent(&world, Purpose::FaceCheck, true).await;
    let check = phone.open_face_check(&world).await;
    let handle = choose(&world, &check.ticket, "pass").await;
    let redeem = check.redeem(handle);

    let stranger = Phone::log_in(&world, "red").await;
    let refused = stranger.write(&world, FACE_REDEEM_PATH, &redeem).await;
    assert_eq!(refused.code(), "face_ticket_unknown");

    let mut wrong_verifier = redeem.clone();
    wrong_verifier["verifier"] = json!(FixedBytes([3; 32]));
    let refused = phone.write(&world, FACE_REDEEM_PATH, &wrong_verifier).await;
    assert_eq!(refused.code(), "face_receipt_mismatch");
    let refused = phone
        .write(&world, FACE_REDEEM_PATH, &check.redeem(FixedBytes([4; 32])))
        .await;
    assert_eq!(
        refused.code(),
        "face_receipt_mismatch",
        "a handle that nobody gave out"
    );

    let first = phone.write(&world, FACE_REDEEM_PATH, &redeem).await;
    world.restart().await;
    let again = phone.write(&world, FACE_REDEEM_PATH, &redeem).await;
    assert_eq!(
        first.json::<FaceRedeemResponse>(),
        again.json::<FaceRedeemResponse>()
    );
    let replayed = phone
        .write(&world, FACE_REDEEM_PATH, &check.redeem(FixedBytes([4; 32])))
        .await;
    assert_eq!(replayed.code(), "face_receipt_replayed");
    let state = phone.write(&world, APPLICATIONS_PATH, &json!(null)).await;
    assert_eq!(
        state.json::<ApplicationResponse>().state,
        ApplicationState::Complete
    );
}

#[tokio::test]
async fn a_receipt_of_one_ticket_does_not_settle_another() {
    let world = World::new().await;
    let phone = Phone::log_in(&world, "green").await;
    phone.consent(&world, Purpose::HealthCode, true).await;
    phone.consent(&world, Purpose::FaceCheck, true).await;
    let first = phone.open_face_check(&world).await;
    let second = phone.open_face_check(&world).await;
    let handle = choose(&world, &first.ticket, "pass").await;
    choose(&world, &second.ticket, "fail").await;
    let refused = phone
        .write(&world, FACE_REDEEM_PATH, &second.redeem(handle))
        .await;
    assert_eq!(refused.code(), "face_receipt_mismatch");
}

#[tokio::test]
async fn a_ticket_ends_after_ten_minutes_and_a_receipt_after_five() {
    let world = World::new().await;
    let phone = Phone::log_in(&world, "green").await;
    phone.consent(&world, Purpose::HealthCode, true).await;
    phone.consent(&world, Purpose::FaceCheck, true).await;
    let check = phone.open_face_check(&world).await;
    let handle = choose(&world, &check.ticket, "pass").await;
    world.advance(301);
    let refused = phone
        .write(&world, FACE_REDEEM_PATH, &check.redeem(handle))
        .await;
    assert_eq!(refused.code(), "face_ticket_expired");
    world.advance(300);
    let refused = phone
        .write(&world, FACE_REDEEM_PATH, &check.redeem(handle))
        .await;
    assert_eq!(refused.code(), "face_ticket_expired");
}

#[tokio::test]
async fn a_provider_that_is_gone_is_said_so() {
    let mut world = World::new().await;
    let phone = Phone::log_in(&world, "green").await;
    phone.consent(&world, Purpose::HealthCode, true).await;
    phone.consent(&world, Purpose::FaceCheck, true).await;
    let application = phone.apply(&world).await;
    "http://127.0.0.1:9".clone_into(&mut world.options.face_provider_url);
    world.restart().await;
    let body = json!({
        "application": application,
        "challenge": FixedBytes([1; 32]),
        "state": FixedBytes([2; 16]),
    });
    let refused = phone.write(&world, FACE_TICKETS_PATH, &body).await;
    assert_eq!(refused.code(), "face_provider_unavailable");
}

async fn handle(world: &World, phone: &Phone) -> CounterHandleResponse {
    phone.consent(world, Purpose::HealthCode, true).await;
    let application = phone.apply(world).await;
    phone
        .write(
            world,
            COUNTER_HANDLES_PATH,
            &json!({"application": application}),
        )
        .await
        .json()
}

fn approval(reference: serde_json::Value, who: &str) -> serde_json::Value {
    let person = person(who).unwrap();
    json!({
        "reference": reference,
        "document_type": person.document_type,
        "document_number": person.document_number,
    })
}

#[tokio::test]
async fn a_counter_approves_a_scanned_handle_once_for_the_right_document() {
    let world = World::new().await;
    let phone = Phone::log_in(&world, "elder").await;
    let shown = handle(&world, &phone).await;
    let scanned = json!({"handle": shown.handle});
    let path = COUNTER_APPROVALS_PATH;
    let counter = SandboxAuthority::Counter;
    let refused = world
        .post_as(counter, path, &approval(scanned.clone(), "red"))
        .await;
    assert_eq!(refused.code(), "counter_document_mismatch");
    let refused = world
        .post_as(
            SandboxAuthority::Health,
            path,
            &approval(scanned.clone(), "elder"),
        )
        .await;
    assert_eq!(refused.code(), "principal_not_allowed");
    let approved: CounterApprovalResponse = world
        .post_as(counter, path, &approval(scanned.clone(), "elder"))
        .await
        .json();
    assert_eq!(approved.masked_name, "周**");
    let refused = world
        .post_as(counter, path, &approval(scanned, "elder"))
        .await;
    assert_eq!(refused.code(), "counter_handle_not_accepted");
    let request = phone.make_code_request(phone.chain.first_hour(), 24, true);
    assert_eq!(phone.made(&world, &request).await.credentials.len(), 24);
}

#[tokio::test]
async fn a_spoken_code_has_five_tries_and_fifteen_minutes() {
    let world = World::new().await;
    let phone = Phone::log_in(&world, "elder").await;
    let path = COUNTER_APPROVALS_PATH;
    let counter = SandboxAuthority::Counter;
    let shown = handle(&world, &phone).await;
    let spoken = shown.spoken_code.expose().clone();
    assert_eq!(spoken.len(), 8);
    let wrong = if spoken == "00000000" {
        "11111111"
    } else {
        "00000000"
    };
    for _ in 0..5 {
        let refused = world
            .post_as(counter, path, &approval(json!({"spoken": wrong}), "elder"))
            .await;
        assert_eq!(refused.code(), "counter_handle_not_accepted");
    }
    let refused = world
        .post_as(counter, path, &approval(json!({"spoken": spoken}), "elder"))
        .await;
    assert_eq!(
        refused.code(),
        "counter_handle_not_accepted",
        "the tries are used up"
    );

    let shown = handle(&world, &phone).await;
    let spoken = json!({"spoken": shown.spoken_code});
    world.advance(900);
    let refused = world
        .post_as(counter, path, &approval(spoken, "elder"))
        .await;
    assert_eq!(refused.code(), "counter_handle_not_accepted");

    let shown = handle(&world, &phone).await;
    let spoken = json!({"spoken": shown.spoken_code});
    let approved = world
        .post_as(counter, path, &approval(spoken, "elder"))
        .await;
    assert_eq!(approved.status, StatusCode::OK);
}
