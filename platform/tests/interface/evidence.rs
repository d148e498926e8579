//! Evidence from departments: signed, allowed, once, and by two people where it matters.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use jiff::Timestamp;
use liangma_domain::{colour::Colour, evidence::Origin};
use liangma_platform::sandbox::{SandboxAuthority, people, person};
use liangma_wire::{
    declaration::{HealthResponse, QUERY_PATH},
    evidence::{
        BatchBody, BatchReport, BatchState, EVIDENCE_APPROVALS_PATH, EVIDENCE_BATCHES_PATH,
    },
};
use serde_json::{Value, json};

use crate::harness::{Answer, Phone, World};

pub(crate) fn entry(who: &str, at: Timestamp, kind: Value) -> Value {
    let person = person(who).unwrap();
    let mut entry = json!({
        "document_type": person.document_type,
        "document_number": person.document_number,
        "occurred_at": at,
        "case_id": "case-1",
    });
    entry
        .as_object_mut()
        .unwrap()
        .extend(kind.as_object().unwrap().clone());
    entry
}

pub(crate) fn positive() -> Value {
    json!({"kind": "nucleic_acid_test", "result": "positive"})
}

pub(crate) async fn submit(
    world: &World,
    authority: SandboxAuthority,
    id: u8,
    when_rows_are_bad: &str,
    entries: &[Value],
) -> Answer {
    let body = json!({"when_rows_are_bad": when_rows_are_bad, "entries": entries});
    let principal = world.sandbox.principal(authority).unwrap();
    // Signed as bytes, so that rows that no type could hold are sent too.
    let batch = principal.sign_batch_bytes([id; 16], world.now(), body.to_string().into_bytes());
    send(world, batch.unwrap()).await
}

pub(crate) async fn send(world: &World, bytes: Vec<u8>) -> Answer {
    let request = Request::post(EVIDENCE_BATCHES_PATH)
        .header("content-type", "application/cbor")
        .body(Body::from(bytes))
        .unwrap();
    world.send(request).await
}

#[tokio::test]
async fn bad_rows_are_named_and_good_ones_kept_or_not_as_asked() {
    let world = World::new().await;
    let now = world.now();
    let mut wrong_number = entry("elder", now, positive());
    wrong_number["document_number"] = json!("110105194912310021");
    let rows = [
        entry("child", now, positive()),
        wrong_number,
        entry("elder", now, json!({"kind": "no_such_kind"})),
        entry(
            "elder",
            now,
            json!({"kind": "isolation_completed", "form": "central"}),
        ),
        entry("elder", "2022-05-01T00:00:00Z".parse().unwrap(), positive()),
        entry(
            "elder",
            now,
            json!({"kind": "withdrawal", "of": "00".repeat(16), "ground": "g"}),
        ),
    ];
    let laboratory = SandboxAuthority::Laboratory;
    let none: BatchReport = submit(&world, laboratory, 1, "keep_none", &rows)
        .await
        .json();
    assert_eq!(none.state, BatchState::Refused);
    assert!(none.rows.iter().all(|row| row.evidence.is_none()));
    let some: BatchReport = submit(&world, laboratory, 2, "keep_good", &rows)
        .await
        .json();
    assert_eq!(some.state, BatchState::Applied);
    let reasons: Vec<_> = some
        .rows
        .iter()
        .map(|row| {
            (
                row.field.as_deref().unwrap_or("good"),
                row.reason.as_deref().unwrap_or("good"),
            )
        })
        .collect();
    let expected = [
        ("good", "good"),
        ("document_number", "document_bad_check_digit"),
        ("entry", "malformed"),
        ("kind", "authority_may_not_submit"),
        ("occurred_at", "in_the_future"),
        ("of", "unknown_evidence"),
    ];
    assert_eq!(reasons, expected);
    let child = Phone::verified(&world, "child").await;
    let health: HealthResponse = child.read(&world, QUERY_PATH).await.json();
    assert_eq!(
        health.evaluation.colour(),
        Colour::RED,
        "evidence came before the first login"
    );
    let behind = &health.evaluation.reasons()[0].evidence;
    let told: Vec<_> = health
        .sources
        .iter()
        .map(|source| source.evidence)
        .collect();
    assert_eq!(&told, behind, "who answers for what the reasons rest on");
    assert_eq!(health.sources[0].origin, Origin::Finding);
    assert!(health.sources[0].kind.is_some(), "what kind of office");
    let book = health.rule_book.unwrap();
    assert!(
        book.issuer.contains("浙江"),
        "the rule book and who issued it"
    );
}

#[tokio::test]
async fn evidence_of_the_current_second_counts_at_once() {
    let world = World::new().await;
    let phone = Phone::verified(&world, "green").await;
    // A fraction of the second that the platform calls now.
    let at = world.now() + jiff::SignedDuration::from_millis(500);
    let answer = submit(
        &world,
        SandboxAuthority::Laboratory,
        1,
        "keep_none",
        &[entry("green", at, positive())],
    )
    .await;
    assert_eq!(answer.json::<BatchReport>().state, BatchState::Applied);
    let health: HealthResponse = phone.read(&world, QUERY_PATH).await.json();
    assert_eq!(health.evaluation.colour(), Colour::RED);
}

#[tokio::test]
async fn a_batch_counts_once_by_its_number() {
    let world = World::new().await;
    let now = world.now();
    let rows = [entry("child", now, positive())];
    let laboratory = SandboxAuthority::Laboratory;
    let first: BatchReport = submit(&world, laboratory, 1, "keep_none", &rows)
        .await
        .json();
    let again: BatchReport = submit(&world, laboratory, 1, "keep_none", &rows)
        .await
        .json();
    assert_eq!(first, again);
    let other = [entry("elder", now, positive())];
    let refused = submit(&world, laboratory, 1, "keep_none", &other).await;
    assert_eq!(refused.code(), "evidence_batch_conflict");
    let phone = Phone::verified(&world, "child").await;
    let health: HealthResponse = phone.read(&world, QUERY_PATH).await.json();
    assert_eq!(health.evaluation.reasons()[0].evidence.len(), 1);
}

#[tokio::test]
async fn a_batch_is_believed_from_its_own_authority_alone() {
    let world = World::new().await;
    let body = BatchBody {
        when_rows_are_bad: liangma_wire::evidence::BadRows::KeepNone,
        entries: vec![serde_json::from_value(entry("child", world.now(), positive())).unwrap()],
    };
    let laboratory = world
        .sandbox
        .principal(SandboxAuthority::Laboratory)
        .unwrap();
    let mut bytes = laboratory.sign_batch([1; 16], world.now(), &body).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    assert_eq!(
        send(&world, bytes).await.code(),
        "evidence_signature_invalid"
    );
    assert_eq!(
        send(&world, b"no batch".to_vec()).await.code(),
        "malformed_request"
    );
    let counter = world.sandbox.principal(SandboxAuthority::Counter).unwrap();
    let bytes = counter.sign_batch([1; 16], world.now(), &body).unwrap();
    assert_eq!(send(&world, bytes).await.code(), "principal_not_allowed");
}

/// 21 rows, one more than one person may answer for.
pub(crate) fn many(now: Timestamp) -> Vec<Value> {
    (0..21)
        .map(|number| entry(people()[number % 8].key, now, positive()))
        .collect()
}

#[tokio::test]
async fn more_than_twenty_rows_need_a_second_person_of_another_unit_one_being_health() {
    let world = World::new().await;
    let rows = many(world.now());
    let laboratory = SandboxAuthority::Laboratory;
    let waiting: BatchReport = submit(&world, laboratory, 1, "keep_none", &rows)
        .await
        .json();
    assert_eq!(waiting.state, BatchState::WaitingForApproval);
    let phone = Phone::verified(&world, "child").await;
    let health: HealthResponse = phone.read(&world, QUERY_PATH).await.json();
    assert_eq!(
        health.evaluation.colour(),
        Colour::GREEN,
        "nothing is in force yet"
    );

    let approval = json!({
        "authority": "laboratory",
        "batch": waiting.batch,
        "digest": waiting.digest,
        "approve": true,
    });
    let path = EVIDENCE_APPROVALS_PATH;
    for authority in [SandboxAuthority::Laboratory, SandboxAuthority::Customs] {
        let refused = world.post_as(authority, path, &approval).await;
        assert_eq!(refused.code(), "approval_not_independent");
    }
    let refused = world
        .post_as(SandboxAuthority::Counter, path, &approval)
        .await;
    assert_eq!(refused.code(), "principal_not_allowed");
    let mut other = approval.clone();
    other["digest"] = json!(liangma_wire::bytes::FixedBytes([1; 32]));
    let refused = world.post_as(SandboxAuthority::Health, path, &other).await;
    assert_eq!(
        refused.code(),
        "evidence_batch_unknown",
        "nobody approves what they did not see"
    );

    let applied: BatchReport = world
        .post_as(SandboxAuthority::Health, path, &approval)
        .await
        .json();
    assert_eq!(applied.state, BatchState::Applied);
    let again: BatchReport = world
        .post_as(SandboxAuthority::Health, path, &approval)
        .await
        .json();
    assert_eq!(applied, again);
    let health: HealthResponse = phone.read(&world, QUERY_PATH).await.json();
    assert_eq!(health.evaluation.colour(), Colour::RED);
}

#[tokio::test]
async fn a_manual_red_needs_a_second_person_and_can_be_refused() {
    let world = World::new().await;
    let now = world.now();
    let kind = json!({"kind": "manual_decision", "colour": "red", "ground": "no-7", "until": null});
    let rows = [entry("child", now, kind)];
    let authority = SandboxAuthority::Administrator;
    let waiting: BatchReport = submit(&world, authority, 1, "keep_none", &rows)
        .await
        .json();
    assert_eq!(waiting.state, BatchState::WaitingForApproval);
    let refusal = json!({
        "authority": "administrator",
        "batch": waiting.batch,
        "digest": waiting.digest,
        "approve": false,
    });
    let answer = world
        .post_as(SandboxAuthority::Health, EVIDENCE_APPROVALS_PATH, &refusal)
        .await;
    assert_eq!(answer.json::<BatchReport>().state, BatchState::Refused);
    let phone = Phone::verified(&world, "child").await;
    let health: HealthResponse = phone.read(&world, QUERY_PATH).await.json();
    assert_eq!(health.evaluation.colour(), Colour::GREEN);
    assert_eq!(answer.status, StatusCode::OK);
}
