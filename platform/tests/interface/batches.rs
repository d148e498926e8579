//! Batches of evidence that are abused: cut in two, sent twice, signed by two of one unit, forgotten,
//! or a hundred thousand rows long.

use std::time::{Duration, Instant};

use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use jiff::{SignedDuration, Span, Timestamp, civil::date};
use liangma_credential::{BatchId, EvidenceBatch};
use liangma_crypto::SigningKey;
use liangma_domain::{authority::AuthorityKind, colour::Colour};
use liangma_platform::{
    Duty, Principal,
    sandbox::{SandboxAuthority, person},
};
use liangma_wire::{
    bytes::FixedBytes,
    declaration::{HealthResponse, QUERY_PATH},
    evidence::{BatchReport, BatchState, EVIDENCE_APPROVALS_PATH, EVIDENCE_BATCHES_PATH},
    signed_request::{NONCE_HEADER, SESSION_HEADER, SIGNATURE_HEADER},
};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::{
    attacks::infected,
    evidence::{entry, many, positive, send, submit},
    harness::{Answer, Phone, World, device_key, side_by_side, signed_by},
};

const LABORATORY: SandboxAuthority = SandboxAuthority::Laboratory;

fn state(answer: &Answer) -> BatchState {
    answer.json::<BatchReport>().state
}

fn approval(authority: &str, report: &BatchReport) -> Value {
    json!({
        "authority": authority,
        "batch": report.batch,
        "digest": report.digest,
        "approve": true,
    })
}

async fn colour(world: &World, phone: &Phone) -> Colour {
    let health: HealthResponse = phone.read(world, QUERY_PATH).await.json();
    health.evaluation.colour()
}

/// A world with one more person in a unit of the sandbox, and that person's key.
async fn with_colleague(id: &str, unit: &str, kind: AuthorityKind) -> (World, SigningKey) {
    let mut world = World::new().await;
    let key = device_key();
    world.options.principals = vec![Principal {
        id: id.to_owned(),
        authority: unit.to_owned(),
        kind,
        unit: unit.to_owned(),
        public_key: *key.public_key(),
        duties: vec![Duty::SubmitEvidence, Duty::ApproveEvidence],
    }];
    world.restart().await;
    (world, key)
}

async fn submit_by(
    world: &World,
    (key, id, unit): (&SigningKey, &str, &str),
    number: u8,
    entries: &[Value],
) -> Answer {
    let body = json!({"when_rows_are_bad": "keep_none", "entries": entries}).to_string();
    let batch = EvidenceBatch {
        id: BatchId([number; 16]),
        authority: unit.to_owned(),
        principal: id.to_owned(),
        issued: world.now(),
        body: body.into_bytes(),
    };
    send(world, batch.sign(key).unwrap().bytes().to_vec()).await
}

#[tokio::test]
async fn a_row_without_a_case_is_named() {
    let world = World::new().await;
    let good = entry("child", world.now(), positive());
    let with = |case: Value| {
        let mut row = good.clone();
        row["case_id"] = case;
        row
    };
    let mut without = good.clone();
    without.as_object_mut().unwrap().remove("case_id");
    let rows = [
        without,
        with(json!(null)),
        with(json!("")),
        with(json!("  ")),
        with(json!(7)),
        with(json!("with a space")),
        json!("no row"),
        good.clone(),
    ];
    let report: BatchReport = submit(&world, LABORATORY, 1, "keep_good", &rows)
        .await
        .json();
    let told: Vec<_> = report
        .rows
        .iter()
        .map(|row| (row.field.as_deref(), row.reason.as_deref()))
        .collect();
    let missing = (Some("case_id"), Some("missing"));
    let wrong = (Some("case_id"), Some("not_a_case_id"));
    let malformed = (Some("entry"), Some("malformed"));
    let expected = [
        missing,
        missing,
        missing,
        missing,
        wrong,
        wrong,
        malformed,
        (None, None),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn twenty_one_rows_by_one_person_need_another_and_two_people_of_one_unit_are_not_two() {
    let unit = "health-commission";
    let (world, key) = with_colleague("health-commission-2", unit, AuthorityKind::Health).await;
    let rows = many(world.now());
    let path = EVIDENCE_APPROVALS_PATH;
    let waiting: BatchReport = submit(&world, SandboxAuthority::Health, 1, "keep_none", &rows)
        .await
        .json();
    assert_eq!(waiting.state, BatchState::WaitingForApproval);
    let own = approval(unit, &waiting);
    let refused = world.post_as(SandboxAuthority::Health, path, &own).await;
    assert_eq!(refused.code(), "approval_not_independent", "themself");
    let refused = signed_by(&world, &key, "health-commission-2", path, &own).await;
    assert_eq!(refused.code(), "approval_not_independent", "a colleague");
    let colleague = (&key, "health-commission-2", unit);
    let waiting: BatchReport = submit_by(&world, colleague, 2, &rows).await.json();
    assert_eq!(waiting.state, BatchState::WaitingForApproval);
    let own = approval(unit, &waiting);
    let refused = world.post_as(SandboxAuthority::Health, path, &own).await;
    assert_eq!(refused.code(), "approval_not_independent", "the other way");
    let approved = world
        .post_as(SandboxAuthority::DiseaseControl, path, &own)
        .await;
    assert_eq!(state(&approved), BatchState::Applied);
}

#[tokio::test]
async fn cutting_a_batch_in_two_is_no_way_around_the_second_person() {
    let world = World::new().await;
    let now = world.now();
    let send = async |authority, id, rows: &[Value]| {
        state(&submit(&world, authority, id, "keep_none", rows).await)
    };
    let first = infected("330106", 0..20, now);
    assert_eq!(send(LABORATORY, 1, &first).await, BatchState::Applied);
    let one_more = infected("330203", 0..1, now);
    assert_eq!(
        send(LABORATORY, 2, &one_more).await,
        BatchState::WaitingForApproval
    );
    // What makes nobody's colour worse is not counted, and neither is what others answer for.
    let negative: Vec<Value> = infected("330203", 10..30, now)
        .into_iter()
        .map(|mut row| {
            row["result"] = json!("negative");
            row
        })
        .collect();
    for id in 3..6 {
        assert_eq!(send(LABORATORY, id, &negative).await, BatchState::Applied);
    }
    let other = SandboxAuthority::DiseaseControl;
    let by_another = infected("330203", 1..2, now);
    assert_eq!(send(other, 6, &by_another).await, BatchState::Applied);
    world.advance(3600);
    let later = infected("330203", 2..3, world.now());
    assert_eq!(send(LABORATORY, 7, &later).await, BatchState::Applied);
}

#[tokio::test]
async fn unusual_reds_by_one_unit_and_hour_stop_and_ask() {
    let unit = "laboratory";
    let (world, key) = with_colleague("laboratory-2", unit, AuthorityKind::Laboratory).await;
    let now = world.now();
    // Each county has fewer than would be unusual there, and each person answers for fewer than 21.
    let first = infected("330106", 0..20, now);
    let first = submit(&world, LABORATORY, 1, "keep_none", &first).await;
    assert_eq!(state(&first), BatchState::Applied);
    let colleague = (&key, "laboratory-2", unit);
    let second = infected("330203", 0..10, now);
    let second = submit_by(&world, colleague, 2, &second).await;
    assert_eq!(state(&second), BatchState::Applied);
    let third = infected("330102", 0..1, now);
    let third = submit_by(&world, colleague, 3, &third).await;
    assert_eq!(state(&third), BatchState::WaitingForApproval);
    let other = infected("330102", 1..2, now);
    let other = submit(&world, SandboxAuthority::Health, 1, "keep_none", &other).await;
    assert_eq!(state(&other), BatchState::Applied, "another unit");
}

#[tokio::test]
async fn a_batch_sent_twice_at_one_moment_counts_once_and_of_two_contents_one_wins() {
    let world = World::new().await;
    let now = world.now();
    let rows = [entry("child", now, positive())];
    let twenty = (0..20).map(|_| submit(&world, LABORATORY, 1, "keep_none", &rows));
    let answers = side_by_side(twenty).await;
    let first = &answers[0];
    assert_eq!(state(first), BatchState::Applied);
    assert!(answers.iter().all(|answer| answer.body == first.body));
    let phone = Phone::verified(&world, "child").await;
    let health: HealthResponse = phone.read(&world, QUERY_PATH).await.json();
    assert_eq!(health.evaluation.reasons()[0].evidence.len(), 1);

    let contents: Vec<[Value; 1]> = ["green", "elder"]
        .map(|who| [entry(who, now, positive())])
        .into();
    let racing =
        (0..20).map(|turn| submit(&world, LABORATORY, 2, "keep_none", &contents[turn % 2]));
    let answers = side_by_side(racing).await;
    let won = |parity: usize| {
        let mine = answers.iter().skip(parity).step_by(2);
        mine.map(|answer| answer.status == StatusCode::OK)
            .collect::<Vec<_>>()
    };
    let (one, other) = (won(0), won(1));
    assert!(one.iter().all(|won| *won == one[0]), "all of one content");
    assert!(other.iter().all(|won| *won != one[0]), "none of the other");
    let refused = answers
        .iter()
        .find(|answer| answer.status != StatusCode::OK);
    assert_eq!(refused.unwrap().code(), "evidence_batch_conflict");
}

#[tokio::test]
async fn what_nobody_answered_for_in_three_days_comes_into_force_by_nobody() {
    let world = World::new().await;
    let rows = many(world.now());
    let waiting: BatchReport = submit(&world, LABORATORY, 1, "keep_none", &rows)
        .await
        .json();
    let approval = approval("laboratory", &waiting);
    let health = SandboxAuthority::Health;
    world.advance(3 * 86_400);
    for _ in 0..2 {
        let late = world
            .post_as(health, EVIDENCE_APPROVALS_PATH, &approval)
            .await;
        assert_eq!(late.status, StatusCode::GONE);
        assert_eq!(late.code(), "evidence_batch_expired");
        // The same after the sweep has let it go.
        world.advance(1);
        world.sandbox.platform.tick().await.unwrap();
    }
    let phone = Phone::verified(&world, "child").await;
    assert_eq!(colour(&world, &phone).await, Colour::GREEN);
}

#[tokio::test]
async fn a_red_without_a_finding_ends_after_48_hours_and_one_with_a_finding_does_not() {
    let world = World::new().await;
    let (child, elder) = (
        Phone::verified(&world, "child").await,
        Phone::verified(&world, "elder").await,
    );
    let kind = json!({"kind": "manual_decision", "colour": "red", "ground": "no-7", "until": null});
    let rows = ["child", "elder"].map(|who| entry(who, world.now(), kind.clone()));
    let administrator = SandboxAuthority::Administrator;
    let waiting: BatchReport = submit(&world, administrator, 1, "keep_none", &rows)
        .await
        .json();
    let approval = approval("administrator", &waiting);
    let approved = world
        .post_as(SandboxAuthority::Health, EVIDENCE_APPROVALS_PATH, &approval)
        .await;
    assert_eq!(state(&approved), BatchState::Applied);
    world.advance(48 * 3600 - 1);
    for phone in [&child, &elder] {
        assert_eq!(colour(&world, phone).await, Colour::RED);
    }
    let finding = [entry("elder", world.now(), positive())];
    submit(&world, LABORATORY, 1, "keep_none", &finding).await;
    world.advance(1);
    world.sandbox.platform.tick().await.unwrap();
    assert_eq!(colour(&world, &child).await, Colour::GREEN);
    assert_eq!(colour(&world, &elder).await, Colour::RED);
}

#[tokio::test]
async fn a_batch_is_bounded_and_a_large_one_announces_itself() {
    let world = World::new().await;
    let sized = async |bytes: usize, announced: Option<u64>| {
        let mut request =
            Request::post(EVIDENCE_BATCHES_PATH).header("content-type", "application/cbor");
        if let Some(announced) = announced {
            request = request.header("content-length", announced);
        }
        let request = request.body(Body::from(vec![0; bytes])).unwrap();
        world.send(request).await.code()
    };
    assert_eq!(sized(1 << 20, None).await, "malformed_request");
    assert_eq!(sized((1 << 20) + 1, None).await, "too_large");
    assert_eq!(sized(2 << 20, Some(2 << 20)).await, "malformed_request");
    assert_eq!(sized(10, Some(40 << 20)).await, "too_large");
    assert_eq!(sized(40 << 20, Some(2 << 20)).await, "too_large", "a lie");
    let rows = vec![json!({}); 100_001];
    let body = json!({"when_rows_are_bad": "keep_good", "entries": rows}).to_string();
    let batch = world
        .sandbox
        .principal(LABORATORY)
        .unwrap()
        .sign_batch_bytes([1; 16], world.now(), body.into_bytes())
        .unwrap();
    assert_eq!(large(&world, batch).await.code(), "malformed_request");
}

/// Asks again, as a department does, while the answer takes longer than a request may.
async fn answered<T: Into<Option<Answer>>>(ask: impl AsyncFn() -> T) -> Answer {
    loop {
        let answer = ask().await.into();
        if let Some(answer) =
            answer.filter(|answer| answer.status != StatusCode::SERVICE_UNAVAILABLE)
        {
            return answer;
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
}

/// Sends a batch with its length, as a client does over a socket. Its report is not held to the
/// interface document here: that of a small one is, and has the same form.
async fn large(world: &World, bytes: Vec<u8>) -> Answer {
    let request = Request::post(EVIDENCE_BATCHES_PATH)
        .header("content-type", "application/cbor")
        .header("content-length", bytes.len())
        .body(Body::from(bytes))
        .unwrap();
    unchecked(world, request).await
}

async fn unchecked(world: &World, request: Request<Body>) -> Answer {
    let (parts, body) = world
        .app
        .clone()
        .oneshot(request)
        .await
        .unwrap()
        .into_parts();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: to_bytes(body, 32 << 20).await.unwrap().to_vec(),
    }
}

/// Approves a large batch, whose report is not held to the interface document either.
async fn approve_large(world: &World, body: &str) -> Answer {
    let nonce = world.nonce().await;
    let health = world.sandbox.principal(SandboxAuthority::Health).unwrap();
    let path = EVIDENCE_APPROVALS_PATH;
    let (session, signature) = health
        .sign_request("POST", path, body.as_bytes(), &nonce)
        .unwrap();
    let request = Request::post(path)
        .header("content-type", "application/json")
        .header(SESSION_HEADER, session)
        .header(NONCE_HEADER, nonce.0.to_text())
        .header(SIGNATURE_HEADER, FixedBytes(signature).to_text())
        .body(Body::from(body.to_owned()))
        .unwrap();
    unchecked(world, request).await
}

const ROWS: u32 = 100_000;
/// Every one of these is bad, in one of four ways.
const BAD: [u32; 37] = {
    let mut bad = [0; 37];
    let mut at = 0;
    while at < 37 {
        bad[at] = at as u32 * 2_770 + 13;
        at += 1;
    }
    bad
};

/// A hundred thousand people, each with a valid number, and 37 rows that are bad.
fn hundred_thousand(at: Timestamp, when_rows_are_bad: &str) -> Vec<u8> {
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let mut body = format!("{{\"when_rows_are_bad\":\"{when_rows_are_bad}\",\"entries\":[");
    for row in 0..ROWS {
        let born = date(1950, 1, 1) + Span::new().days(row / 900);
        let digits = format!("330106{}{:03}", born.strftime("%Y%m%d"), 100 + row % 900);
        let sum: u32 = digits
            .bytes()
            .zip(weights)
            .map(|(digit, weight)| u32::from(digit - b'0') * weight)
            .sum();
        let check = char::from(b"10X98765432"[(sum % 11) as usize]);
        let bad = BAD.iter().position(|bad| *bad == row).map(|at| at % 4);
        let check = if bad == Some(0) { 'Z' } else { check };
        let case = if bad == Some(1) { "" } else { "hz-2022-17" };
        let at = if bad == Some(2) {
            at + SignedDuration::from_hours(9)
        } else {
            at
        };
        let kind = if bad == Some(3) {
            "no_such"
        } else {
            "nucleic_acid_test"
        };
        let last = row == ROWS - 1;
        let (number, result) = if last {
            (
                person("green").unwrap().document_number.to_owned(),
                "positive",
            )
        } else {
            (format!("{digits}{check}"), "negative")
        };
        let comma = if row == 0 { "" } else { "," };
        body.push_str(&format!(
            "{comma}{{\"document_type\":\"resident_identity\",\"document_number\":\"{number}\",\
             \"occurred_at\":\"{at}\",\"case_id\":\"{case}\",\"kind\":\"{kind}\",\"result\":\"{result}\"}}"
        ));
    }
    body.push_str("]}");
    body.into_bytes()
}

fn bad_rows(report: &BatchReport) -> Vec<u32> {
    let bad = report.rows.iter().filter(|row| row.reason.is_some());
    bad.map(|row| row.row).collect()
}

#[tokio::test]
async fn a_hundred_thousand_rows_with_37_bad_ones_are_kept_or_not_as_asked_while_codes_are_made() {
    let world = World::new().await;
    let phone = Phone::verified(&world, "green").await;
    let sign = |id: u8, body: Vec<u8>| {
        let laboratory = world.sandbox.principal(LABORATORY).unwrap();
        laboratory
            .sign_batch_bytes([id; 16], world.now(), body)
            .unwrap()
    };
    let none = sign(1, hundred_thousand(world.now(), "keep_none"));
    let began = Instant::now();
    let none: BatchReport = answered(async || large(&world, none.clone()).await)
        .await
        .json();
    println!("judged and refused after {:?}", began.elapsed());
    assert_eq!(none.state, BatchState::Refused);
    assert_eq!(none.rows.len(), ROWS as usize);
    assert_eq!(bad_rows(&none), BAD);
    assert!(none.rows.iter().all(|row| row.evidence.is_none()));

    let waiting = sign(2, hundred_thousand(world.now(), "keep_good"));
    let began = Instant::now();
    let waiting: BatchReport = answered(async || large(&world, waiting.clone()).await)
        .await
        .json();
    println!("judged and waiting after {:?}", began.elapsed());
    assert_eq!(waiting.state, BatchState::WaitingForApproval);
    assert_eq!(bad_rows(&waiting), BAD);
    let reasons: Vec<_> = waiting
        .rows
        .iter()
        .filter_map(|row| row.reason.as_deref())
        .collect();
    let expected = [
        "document_bad_character",
        "missing",
        "in_the_future",
        "malformed",
    ];
    assert_eq!(reasons[..4], expected);

    // Somebody has a code made again and again while it is put into force.
    let request = phone.make_code_request(phone.chain.first_hour(), 24, true);
    let (mut made, mut longest) = (0, Duration::ZERO);
    let codes = async {
        loop {
            let asked = Instant::now();
            let answer = phone.make_code(&world, &request).await;
            if answer.status == StatusCode::CONFLICT {
                // The last row is about this very person: the strip was recalled.
                assert_eq!(answer.code(), "recall_key_reused");
                return std::future::pending::<()>().await;
            }
            assert_eq!(answer.status, StatusCode::OK);
            longest = longest.max(asked.elapsed());
            made += 1;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let began = Instant::now();
    let approval = approval("laboratory", &waiting).to_string();
    let approve = answered(async || {
        let answer = approve_large(&world, &approval).await;
        // The whole report is long; its state stands near its beginning.
        let beginning = String::from_utf8_lossy(&answer.body[..200.min(answer.body.len())]);
        let applying = beginning.contains("\"state\":\"applying\"");
        (!applying).then_some(answer)
    });
    let approved = tokio::select! {
        approved = approve => approved,
        () = codes => unreachable!(),
    };
    println!(
        "in force after {:?}; meanwhile {made} codes, the slowest in {longest:?}",
        began.elapsed()
    );
    assert_eq!(state(&approved), BatchState::Applied);
    assert!(made > 3, "{made}");
    assert_eq!(colour(&world, &phone).await, Colour::RED, "the last row");
}
