//! Make code and verify code.

use jiff::SignedDuration;
use liangma_credential::{Credential, Hour};
use liangma_domain::{
    colour::Colour,
    evidence::{EvidenceKind, InfectionStatus, TestResult},
    tiles::TestAge,
};
use liangma_platform::sandbox::{SandboxAuthority, person};
use liangma_wire::{
    code::{VERIFY_CODE_PATH, VerifyCodeResponse},
    consent::Purpose,
    declaration::{
        DECLARE_HEALTH_PATH, DECLARE_TRIP_PATH, DeclarationResponse, HealthResponse, QUERY_PATH,
    },
    trust::RECALL_PATH,
};
use serde_json::json;

use crate::harness::{Phone, World, new_chain};

fn colours(credentials: &[minicbor::bytes::ByteVec]) -> Vec<Colour> {
    credentials
        .iter()
        .map(|bytes| Credential::decode(bytes).unwrap().claims().colour)
        .collect()
}

#[tokio::test]
async fn a_refresh_signs_only_hours_that_are_not_covered() {
    let world = World::new().await;
    let phone = Phone::verified(&world, "green").await;
    let first = Hour::of(world.now());
    let made = phone
        .made(&world, &phone.make_code_request(first, 24, true))
        .await;
    let again = phone
        .made(&world, &phone.make_code_request(first, 24, true))
        .await;
    assert_eq!(made, again, "a lost answer is given again, byte for byte");
    world.advance(2 * 3600);
    let later = first.plus(2);
    let refreshed = phone
        .made(&world, &phone.make_code_request(later, 24, false))
        .await;
    assert_eq!(refreshed.credentials[..22], made.credentials[2..]);
    let past = phone
        .make_code(&world, &phone.make_code_request(first, 24, false))
        .await;
    assert_eq!(past.code(), "hours_not_accepted");
    let mut other_anchor = phone.make_code_request(later, 24, false);
    other_anchor.anchors[0] ^= 1;
    assert_eq!(
        phone.make_code(&world, &other_anchor).await.code(),
        "hours_not_accepted"
    );
}

#[tokio::test]
async fn hours_out_of_reach_are_refused_and_a_key_is_never_taken_twice() {
    let world = World::new().await;
    let phone = Phone::verified(&world, "green").await;
    let first = Hour::of(world.now());
    for (hour, count) in [
        (first, 0),
        (first, 26),
        (first.plus(20), 10),
        (Hour(u32::MAX - 1), 2),
    ] {
        let mut request = phone.make_code_request(first, count, true);
        request.strip_begins = hour.0;
        request.first_hour = hour.0;
        assert_eq!(
            phone.make_code(&world, &request).await.code(),
            "hours_not_accepted"
        );
    }
    let mut half = phone.make_code_request(first, 2, true);
    half.anchors.pop();
    assert_eq!(
        phone.make_code(&world, &half).await.code(),
        "hours_not_accepted"
    );
    let unknown = phone.make_code_request(first, 2, false);
    assert_eq!(
        phone.make_code(&world, &unknown).await.code(),
        "strip_unknown"
    );

    let request = phone.make_code_request(first, 2, true);
    phone.made(&world, &request).await;
    let other = Phone::verified(&world, "elder").await;
    assert_eq!(
        other.make_code(&world, &request).await.code(),
        "recall_key_reused"
    );
    let moved_on = Phone {
        chain: new_chain(&world),
        ..phone
    };
    moved_on
        .made(&world, &moved_on.make_code_request(first, 2, true))
        .await;
    assert_eq!(
        moved_on.make_code(&world, &request).await.code(),
        "recall_key_reused"
    );
}

#[tokio::test]
async fn an_improvement_recalls_nothing_and_is_never_signed_ahead() {
    let world = World::new().await;
    let phone = Phone::verified(&world, "yellow").await;
    let first = Hour::of(world.now());
    let made = phone
        .made(&world, &phone.make_code_request(first, 24, true))
        .await;
    assert_eq!(colours(&made.credentials), [Colour::YELLOW; 24]);
    let recalls = world.get(RECALL_PATH).await.body;
    let now = world.now();
    let negative = EvidenceKind::NucleicAcidTest {
        result: TestResult::Negative,
    };
    let report = world
        .sandbox
        .submit(
            SandboxAuthority::Laboratory,
            person("yellow").unwrap(),
            now,
            negative,
        )
        .await
        .unwrap();
    assert!(report.rows[0].evidence.is_some());
    let health: HealthResponse = phone.read(&world, QUERY_PATH).await.json();
    assert_eq!(health.evaluation.colour(), Colour::GREEN);
    assert_eq!(health.tiles.test_age, TestAge::Within24h);
    assert_eq!(world.get(RECALL_PATH).await.body, recalls);
    world.advance(3600);
    let later = phone
        .made(&world, &phone.make_code_request(first.plus(1), 24, false))
        .await;
    let colours = colours(&later.credentials);
    assert_eq!(
        colours[..23],
        [Colour::YELLOW; 23],
        "covered hours stay as they were signed"
    );
    assert_eq!(colours[23], Colour::GREEN);
}

#[tokio::test]
async fn tiles_are_as_of_their_hour() {
    let world = World::new().await;
    let phone = Phone::verified(&world, "green").await;
    let first = Hour::of(world.now());
    let made = phone
        .made(&world, &phone.make_code_request(first, 24, true))
        .await;
    let ages: Vec<TestAge> = made
        .credentials
        .iter()
        .map(|bytes| {
            Credential::decode(bytes)
                .unwrap()
                .claims()
                .tiles
                .unwrap()
                .test_age
        })
        .collect();
    // The test was ten hours old at 02:20:30; it is 24 hours old at 16:20:30.
    assert_eq!(ages[14], TestAge::Within24h);
    assert_eq!(ages[15], TestAge::Within48h);
}

#[tokio::test]
async fn both_devices_are_recalled_when_their_owner_worsens() {
    let world = World::new().await;
    let phones = [
        Phone::verified(&world, "green").await,
        Phone::verified(&world, "green").await,
    ];
    let first = Hour::of(world.now());
    for phone in &phones {
        phone
            .made(&world, &phone.make_code_request(first, 24, true))
            .await;
    }
    world.advance(3 * 3600);
    world.sandbox.platform.tick().await.unwrap();
    let status = EvidenceKind::Infection {
        status: InfectionStatus::Confirmed,
    };
    let now = world.now();
    world
        .sandbox
        .submit(
            SandboxAuthority::Health,
            person("green").unwrap(),
            now,
            status,
        )
        .await
        .unwrap();
    let checker = world.checker().await;
    assert_eq!(checker.recalled_strips(), 2);
    for phone in &phones {
        let hour = first.plus(3);
        assert!(checker.recalled(phone.chain.cid(hour).unwrap(), hour));
        let before = first.plus(1);
        assert!(
            !checker.recalled(phone.chain.cid(before).unwrap(), before),
            "what was shown before the recall stays unlinkable"
        );
    }
}

#[tokio::test]
async fn the_recall_list_comes_in_parts_and_its_time_stamp_is_renewed() {
    let world = World::new().await;
    let mut checker = world.checker().await;
    let version = checker
        .version(&liangma_credential::FileName::of(
            liangma_credential::Role::Recall,
        ))
        .unwrap();
    let phone = Phone::verified(&world, "green").await;
    let first = Hour::of(world.now());
    phone
        .made(&world, &phone.make_code_request(first, 24, true))
        .await;
    let now = world.now();
    let status = EvidenceKind::Infection {
        status: InfectionStatus::Confirmed,
    };
    world
        .sandbox
        .submit(
            SandboxAuthority::Health,
            person("green").unwrap(),
            now,
            status,
        )
        .await
        .unwrap();
    for path in [
        liangma_wire::trust::TIMESTAMP_PATH.to_owned(),
        format!("{RECALL_PATH}?from={version}"),
    ] {
        checker
            .update(&world.get(&path).await.body, world.now())
            .unwrap();
    }
    assert_eq!(checker.recalled_strips(), 1);
    assert_eq!(
        world.get("/v1/trust/recall?from=x").await.code(),
        "malformed_request"
    );
    assert_eq!(
        world
            .get(&format!("{RECALL_PATH}?from={}", u64::MAX))
            .await
            .body,
        world.get(RECALL_PATH).await.body
    );

    let stamp = world.get(liangma_wire::trust::TIMESTAMP_PATH).await.body;
    world.advance(60);
    world.sandbox.platform.tick().await.unwrap();
    assert_eq!(
        world.get(liangma_wire::trust::TIMESTAMP_PATH).await.body,
        stamp
    );
    world.advance(14 * 60);
    world.sandbox.platform.tick().await.unwrap();
    let renewed = world.get(liangma_wire::trust::TIMESTAMP_PATH).await.body;
    assert_ne!(renewed, stamp, "signed anew though nothing changed");
    checker.update(&renewed, world.now()).unwrap();

    assert!(checker.recall_can_be_confirmed_by_the_full_list());
    let full = world.get(RECALL_PATH).await.body;
    checker.update(&full, world.now()).unwrap();
    assert!(!checker.recall_can_be_confirmed_by_the_full_list());
    assert_eq!(checker.recalled_strips(), 1);
    world.advance(7_200);
    let ages = checker.ages(world.now());
    assert_eq!(ages.recall, liangma_credential::Freshness::NotCurrent);

    world.advance(30 * 24 * 3600);
    world.sandbox.platform.tick().await.unwrap();
    let checker = world.checker().await;
    assert_eq!(
        checker.recalled_strips(),
        0,
        "entries out of reach are left out"
    );
}

#[tokio::test]
async fn a_declared_fever_makes_a_code_yellow_once_for_each_idempotency_key() {
    let world = World::new().await;
    let phone = Phone::verified(&world, "green").await;
    let first = Hour::of(world.now());
    phone
        .made(&world, &phone.make_code_request(first, 24, true))
        .await;
    let body = json!({
        "temperature_tenths": 384,
        "symptoms": ["cough"],
        "high_risk_contact": false,
        "observed_at": world.now() - SignedDuration::from_mins(20),
    });
    let refused = phone
        .write_with(&world, DECLARE_HEALTH_PATH, &body, "k1")
        .await;
    assert_eq!(refused.code(), "consent_missing");
    phone
        .consent(&world, Purpose::HealthDeclaration, true)
        .await;
    let refused = phone.write(&world, DECLARE_HEALTH_PATH, &body).await;
    assert_eq!(refused.code(), "malformed_request", "no idempotency key");

    let declared: DeclarationResponse = phone
        .write_with(&world, DECLARE_HEALTH_PATH, &body, "k1")
        .await
        .json();
    world.advance(5);
    let again: DeclarationResponse = phone
        .write_with(&world, DECLARE_HEALTH_PATH, &body, "k1")
        .await
        .json();
    assert_eq!(declared, again);
    phone
        .consent(&world, Purpose::HealthDeclaration, false)
        .await;
    let after_withdrawal: DeclarationResponse = phone
        .write_with(&world, DECLARE_HEALTH_PATH, &body, "k1")
        .await
        .json();
    assert_eq!(
        declared, after_withdrawal,
        "what is recorded is not called refused"
    );
    let refused = phone
        .write_with(&world, DECLARE_HEALTH_PATH, &body, "k2")
        .await;
    assert_eq!(refused.code(), "consent_missing");
    phone
        .consent(&world, Purpose::HealthDeclaration, true)
        .await;
    let mut other = body.clone();
    other["temperature_tenths"] = json!(385);
    let refused = phone
        .write_with(&world, DECLARE_HEALTH_PATH, &other, "k1")
        .await;
    assert_eq!(
        refused.problem().reason.as_deref(),
        Some("used_for_another_declaration")
    );

    let health: HealthResponse = phone.read(&world, QUERY_PATH).await.json();
    assert_eq!(health.evaluation.colour(), Colour::YELLOW);
    assert_eq!(world.checker().await.recalled_strips(), 1);
    for (field, value, reason) in [
        ("temperature_tenths", json!(200), "out_of_range"),
        ("symptoms", json!(["cough", "cough"]), "repeated"),
        (
            "observed_at",
            json!("2022-01-01T00:00:00Z"),
            "outside_14_days",
        ),
    ] {
        let mut wrong = body.clone();
        wrong[field] = value;
        let refused = phone
            .write_with(&world, DECLARE_HEALTH_PATH, &wrong, "k2")
            .await;
        assert_eq!(refused.problem().reason.as_deref(), Some(reason));
    }
}

#[tokio::test]
async fn a_trip_is_recorded_and_sets_no_colour() {
    let world = World::new().await;
    let phone = Phone::verified(&world, "green").await;
    phone.consent(&world, Purpose::TripDeclaration, true).await;
    let body = json!({
        "from_division": "450100",
        "from_country": null,
        "to_division": "330106",
        "arrived_at": world.now(),
    });
    let declared = phone
        .write_with(&world, DECLARE_TRIP_PATH, &body, "trip")
        .await;
    declared.json::<DeclarationResponse>();
    let health: HealthResponse = phone.read(&world, QUERY_PATH).await.json();
    assert_eq!(health.evaluation.colour(), Colour::GREEN);
    for (field, value, reason) in [
        ("to_division", json!("999999"), "unknown_division"),
        ("from_division", json!("999999"), "unknown_division"),
        ("from_division", json!(null), "one_origin"),
        ("from_country", json!("LAO"), "one_origin"),
    ] {
        let mut wrong = body.clone();
        wrong[field] = value;
        let refused = phone
            .write_with(&world, DECLARE_TRIP_PATH, &wrong, "t2")
            .await;
        assert_eq!(refused.problem().reason.as_deref(), Some(reason));
    }
}

#[tokio::test]
async fn verify_code_tells_no_more_than_the_code_and_bounds_its_text() {
    let world = World::new().await;
    let answer: VerifyCodeResponse = world
        .post(VERIFY_CODE_PATH, &json!({"text": "https://example.com"}))
        .await
        .json();
    assert_eq!((answer.verdict.as_str(), answer.shown), ("not_ours", None));
    let long = "A".repeat(4097);
    assert_eq!(
        world
            .post(VERIFY_CODE_PATH, &json!({"text": long}))
            .await
            .code(),
        "too_large"
    );
}
