//! What is kept goes when its days are over, and what a code rests on stays. Days are those of the
//! retention table of the profile.

use jiff::SignedDuration;
use liangma_credential::Hour;
use liangma_domain::{
    colour::Colour,
    evidence::{ContactDegree, EvidenceKind, TestResult},
    profile::{DataClass, RegionProfile, built_in_profile},
    tiles::VaccinationStatus,
};
use liangma_platform::sandbox::{SandboxAuthority, person};
use liangma_wire::{
    consent::Purpose,
    declaration::{DECLARE_HEALTH_PATH, DECLARE_TRIP_PATH, HealthResponse, QUERY_PATH},
    device::{DEVICE_END_PATH, DEVICES_PATH, DevicesResponse},
    evidence::{BatchReport, BatchState, EVIDENCE_APPROVALS_PATH},
    export::{EXPORT_PATH, ExportResponse},
};
use serde_json::json;

use crate::{
    evidence::{many, submit},
    harness::{Phone, World, new_chain},
};

fn days(world: &World, class: DataClass) -> i64 {
    let profile = built_in_profile(&world.options.profile).unwrap();
    i64::from(RegionProfile::parse(profile).unwrap().retention_days(class))
}

async fn after_days(world: &World, days: i64) {
    world.advance(days * 86_400);
    world.sandbox.platform.tick().await.unwrap();
}

async fn export(world: &World, phone: &Phone) -> ExportResponse {
    phone.read(world, EXPORT_PATH).await.json()
}

/// A long time, in which the platform is started again now and then: lists of issuers are signed anew then.
async fn after_long(world: &mut World, days: i64) {
    for part in [days / 4, days / 4, days / 4, days - 3 * (days / 4)] {
        world.advance(part * 86_400);
        world.restart().await;
        world.sandbox.platform.tick().await.unwrap();
    }
}

/// The kinds of evidence that the person's export holds.
async fn kinds(world: &World, phone: &Phone) -> Vec<EvidenceKind> {
    let export = export(world, phone).await;
    export.evidence.into_iter().map(|item| item.kind).collect()
}

async fn found(world: &World, who: &str, authority: SandboxAuthority, kind: EvidenceKind) {
    let now = world.now();
    world
        .sandbox
        .submit(authority, person(who).unwrap(), now, kind)
        .await
        .unwrap();
}

const CONTACT: EvidenceKind = EvidenceKind::Contact {
    degree: ContactDegree::Close,
};

#[tokio::test]
async fn evidence_is_gone_after_its_days_and_the_leaf_stays() {
    let world = World::new().await;
    let phone = Phone::verified(&world, "green").await;
    found(&world, "green", SandboxAuthority::Health, CONTACT).await;
    assert_eq!(
        export(&world, &phone).await.evaluation.colour(),
        Colour::RED
    );
    // Its days are counted from when it last set a colour.
    after_days(&world, 20).await;
    assert_eq!(
        export(&world, &phone).await.evaluation.colour(),
        Colour::GREEN
    );
    let kept = days(&world, DataClass::Evidence);
    after_days(&world, kept - 1).await;
    assert!(kinds(&world, &phone).await.contains(&CONTACT));
    let before = export(&world, &phone).await;
    after_days(&world, 2).await;
    let after = export(&world, &phone).await;
    assert!(!kinds(&world, &phone).await.contains(&CONTACT));
    assert_eq!(after.evaluation, before.evaluation, "no colour changed");
    assert!(
        before
            .decisions
            .iter()
            .all(|leaf| after.decisions.contains(leaf)),
        "each trace of a decision stays"
    );
    assert!(
        after
            .decisions
            .iter()
            .any(|leaf| leaf.decision == "evidence")
    );
}

#[tokio::test]
async fn evidence_that_sets_a_colour_stays_however_old_it_is() {
    let mut world = World::new().await;
    let phone = Phone::verified(&world, "green").await;
    let positive = EvidenceKind::NucleicAcidTest {
        result: TestResult::Positive,
    };
    found(
        &world,
        "green",
        SandboxAuthority::Laboratory,
        positive.clone(),
    )
    .await;
    let kept = days(&world, DataClass::Evidence);
    for _ in 0..3 {
        after_long(&mut world, kept + 1).await;
        assert!(kinds(&world, &phone).await.contains(&positive));
        let health: HealthResponse = phone.read(&world, QUERY_PATH).await.json();
        assert_eq!(health.evaluation.colour(), Colour::RED);
    }
}

#[tokio::test]
async fn a_tile_of_a_living_code_keeps_what_it_shows() {
    let world = World::new().await;
    let phone = Phone::verified(&world, "elder").await;
    let dose = EvidenceKind::Vaccination {
        doses: 2,
        course: 2,
    };
    found(&world, "elder", SandboxAuthority::Health, dose.clone()).await;
    after_days(&world, days(&world, DataClass::Evidence) + 1).await;
    assert!(kinds(&world, &phone).await.contains(&dose));
    let health: HealthResponse = phone.read(&world, QUERY_PATH).await.json();
    assert_eq!(health.tiles.vaccination, VaccinationStatus::Full);
    let first = Hour::of(world.now());
    let again = Phone {
        chain: new_chain(&world),
        ..phone
    };
    let made = again
        .made(&world, &again.make_code_request(first, 24, true))
        .await;
    assert_eq!(made.credentials.len(), 24, "and codes are made as before");
}

#[tokio::test]
async fn what_was_withdrawn_does_not_come_back_when_the_withdrawal_has_had_its_days() {
    let world = World::new().await;
    let phone = Phone::verified(&world, "green").await;
    let positive = EvidenceKind::NucleicAcidTest {
        result: TestResult::Positive,
    };
    let laboratory = SandboxAuthority::Laboratory;
    found(&world, "green", laboratory, positive.clone()).await;
    let of = export(&world, &phone)
        .await
        .evidence
        .into_iter()
        .find(|item| item.kind == positive)
        .unwrap()
        .id;
    world.advance(3600);
    let withdrawal = EvidenceKind::Withdrawal {
        of,
        ground: "mix-up".parse().unwrap(),
    };
    found(&world, "green", laboratory, withdrawal.clone()).await;
    for _ in 0..4 {
        after_days(&world, days(&world, DataClass::Evidence) / 2 + 1).await;
        let health: HealthResponse = phone.read(&world, QUERY_PATH).await.json();
        assert_eq!(health.evaluation.colour(), Colour::GREEN);
    }
    let kinds = kinds(&world, &phone).await;
    assert!(!kinds.contains(&positive) && !kinds.contains(&withdrawal));
}

#[tokio::test]
async fn declarations_are_gone_after_their_days() {
    let world = World::new().await;
    let phone = Phone::verified(&world, "green").await;
    phone
        .consent(&world, Purpose::HealthDeclaration, true)
        .await;
    phone.consent(&world, Purpose::TripDeclaration, true).await;
    let health = json!({
        "temperature_tenths": 365,
        "symptoms": [],
        "high_risk_contact": false,
        "observed_at": world.now(),
    });
    let trip = json!({
        "from_division": "450100",
        "from_country": null,
        "to_division": "330106",
        "arrived_at": world.now(),
    });
    phone
        .write_with(&world, DECLARE_HEALTH_PATH, &health, "health")
        .await;
    phone
        .write_with(&world, DECLARE_TRIP_PATH, &trip, "trip")
        .await;
    let declared = async || {
        let kinds = kinds(&world, &phone).await;
        let is_symptom = |kind: &EvidenceKind| matches!(kind, EvidenceKind::Symptom { .. });
        let is_trip = |kind: &EvidenceKind| matches!(kind, EvidenceKind::Travel { .. });
        (kinds.iter().any(is_symptom), kinds.iter().any(is_trip))
    };
    assert_eq!(declared().await, (true, true));
    let (of_health, of_trips) = (
        days(&world, DataClass::HealthDeclaration),
        days(&world, DataClass::TripDeclaration),
    );
    let first = of_health.min(of_trips);
    after_days(&world, first - 1).await;
    assert_eq!(declared().await, (true, true));
    after_days(&world, of_health.max(of_trips) - first + 2).await;
    assert_eq!(declared().await, (false, false));
}

#[tokio::test]
async fn an_ended_device_is_gone_after_its_days_with_what_it_was_told() {
    let world = World::new().await;
    let first = Phone::verified(&world, "green").await;
    let second = Phone::verified(&world, "green").await;
    let devices = async || -> DevicesResponse { first.read(&world, DEVICES_PATH).await.json() };
    let there = devices().await;
    assert_eq!((there.devices.len(), there.notices.len()), (2, 1));
    let body = json!({"device": second.login.device});
    first.write(&world, DEVICE_END_PATH, &body).await;
    let kept = days(&world, DataClass::Session);
    after_days(&world, kept - 1).await;
    assert_eq!(devices().await.devices.len(), 2);
    after_days(&world, 2).await;
    let left = devices().await;
    assert_eq!((left.devices.len(), left.notices.len()), (1, 0));
    assert_eq!(export(&world, &first).await.applications.len(), 1);
    assert_eq!(
        second.read(&world, QUERY_PATH).await.code(),
        "session_ended"
    );
}

#[tokio::test]
async fn an_application_that_nobody_completed_is_gone_after_the_days_of_its_check() {
    let world = World::new().await;
    let phone = Phone::log_in(&world, "green").await;
    phone.consent(&world, Purpose::HealthCode, true).await;
    let opened = phone.apply(&world).await;
    assert_eq!(phone.apply(&world).await, opened);
    after_days(&world, days(&world, DataClass::FaceCheck) + 1).await;
    assert_ne!(phone.apply(&world).await, opened);
}

#[tokio::test]
async fn decisions_are_erased_after_their_days() {
    let mut world = World::new().await;
    let phone = Phone::verified(&world, "green").await;
    let first = export(&world, &phone).await.decisions;
    assert!(!first.is_empty());
    let kept = days(&world, DataClass::Decision);
    after_long(&mut world, kept - 1).await;
    let still = export(&world, &phone).await.decisions;
    assert!(first.iter().all(|leaf| still.contains(leaf)));
    after_long(&mut world, 2).await;
    let left = export(&world, &phone).await.decisions;
    assert!(first.iter().all(|leaf| !left.contains(leaf)));
}

#[tokio::test]
async fn a_batch_that_nobody_approves_is_let_go_so_that_nobody_approves_what_is_forgotten() {
    let world = World::new().await;
    let rows = many(world.now());
    let laboratory = SandboxAuthority::Laboratory;
    let waiting: BatchReport = submit(&world, laboratory, 1, "keep_none", &rows)
        .await
        .json();
    assert_eq!(waiting.state, BatchState::WaitingForApproval);
    world.advance(SignedDuration::from_hours(71).as_secs());
    world.sandbox.platform.tick().await.unwrap();
    let asked: BatchReport = submit(&world, laboratory, 1, "keep_none", &rows)
        .await
        .json();
    assert_eq!(asked.state, BatchState::WaitingForApproval);
    world.advance(SignedDuration::from_hours(2).as_secs());
    world.sandbox.platform.tick().await.unwrap();
    let approval = json!({
        "authority": "laboratory",
        "batch": waiting.batch,
        "digest": waiting.digest,
        "approve": true,
    });
    let refused = world
        .post_as(SandboxAuthority::Health, EVIDENCE_APPROVALS_PATH, &approval)
        .await;
    assert_eq!(refused.code(), "evidence_batch_expired");
    let asked: BatchReport = submit(&world, laboratory, 1, "keep_none", &rows)
        .await
        .json();
    assert_eq!(asked.state, BatchState::Refused);
    assert!(asked.rows.iter().all(|row| row.evidence.is_none()));
}
