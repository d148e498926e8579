//! What somebody would try who wants a colour lifted, set, copied or hidden, or the platform to fail.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use jiff::{SignedDuration, Timestamp};
use liangma_credential::Hour;
use liangma_crypto::{Randomness as _, testing::SeededRandomness};
use liangma_domain::{
    colour::Colour,
    evidence::{EvidenceKind, InfectionStatus},
};
use liangma_platform::sandbox::{SandboxAuthority, person};
use liangma_wire::{
    application::APPLICATIONS_PATH,
    bytes::FixedBytes,
    code::{MAKE_CODE_PATH, VERIFY_CODE_PATH},
    consent::CONSENTS_PATH,
    counter::{COUNTER_APPROVALS_PATH, COUNTER_LOGIN_CODES_PATH},
    declaration::{DECLARE_HEALTH_PATH, HealthResponse, QUERY_PATH},
    evidence::{BatchReport, BatchState, EVIDENCE_APPROVALS_PATH, EVIDENCE_BATCHES_PATH},
    face::FACE_REDEEM_PATH,
    login::{LOGIN_COMPLETE_PATH, LOGIN_START_PATH},
    signed_request::{NONCE_HEADER, SESSION_HEADER, SIGNATURE_HEADER, signing_message},
    trust::TIME_PATH,
};
use serde_json::{Value, json};

use crate::{
    evidence::{entry, many, positive, submit},
    harness::{Answer, Phone, World, device_key, login_body, new_chain},
};

async fn colour(world: &World, phone: &Phone) -> Colour {
    let health: HealthResponse = phone.read(world, QUERY_PATH).await.json();
    health.evaluation.colour()
}

fn state(answer: &Answer) -> BatchState {
    answer.json::<BatchReport>().state
}

async fn confirm_infection(world: &World, who: &str) {
    let status = EvidenceKind::Infection {
        status: InfectionStatus::Confirmed,
    };
    let (health, now) = (SandboxAuthority::Health, world.now());
    let report = world
        .sandbox
        .submit(health, person(who).unwrap(), now, status)
        .await;
    assert_eq!(report.unwrap().state, BatchState::Applied);
}

#[tokio::test]
async fn a_laboratory_lifts_no_red_that_others_set() {
    let world = World::new().await;
    let phone = Phone::verified(&world, "child").await;
    let infection = [entry(
        "child",
        world.now(),
        json!({"kind": "infection", "status": "confirmed"}),
    )];
    let health = SandboxAuthority::Health;
    let report: BatchReport = submit(&world, health, 1, "keep_none", &infection)
        .await
        .json();
    let of = report.rows[0].evidence.unwrap();
    let withdrawal = [entry(
        "child",
        world.now(),
        json!({"kind": "withdrawal", "of": of, "ground": "g"}),
    )];
    for authority in [
        SandboxAuthority::Laboratory,
        SandboxAuthority::PublicSecurity,
        SandboxAuthority::Administrator,
    ] {
        let refused: BatchReport = submit(&world, authority, 2, "keep_good", &withdrawal)
            .await
            .json();
        assert_eq!(refused.state, BatchState::Refused);
        assert_eq!(refused.rows[0].reason.as_deref(), Some("may_not_withdraw"));
    }
    assert_eq!(colour(&world, &phone).await, Colour::RED);
    let lifted = submit(&world, health, 2, "keep_none", &withdrawal).await;
    assert_eq!(state(&lifted), BatchState::Applied);
    assert_eq!(colour(&world, &phone).await, Colour::GREEN);
}

#[tokio::test]
async fn nobody_sets_a_red_alone_by_calling_it_a_decision_on_others() {
    let world = World::new().await;
    let decision = |colour: &str| {
        let kind =
            json!({"kind": "other_decision", "colour": colour, "ground": "g", "until": null});
        [entry("child", world.now(), kind)]
    };
    let headquarters = SandboxAuthority::Headquarters;
    let red = submit(&world, headquarters, 1, "keep_none", &decision("red")).await;
    assert_eq!(state(&red), BatchState::WaitingForApproval);
    let yellow = submit(&world, headquarters, 2, "keep_none", &decision("yellow")).await;
    assert_eq!(state(&yellow), BatchState::Applied);
}

#[tokio::test]
async fn a_batch_that_lay_signed_for_a_day_is_refused() {
    let world = World::new().await;
    let rows = json!({"when_rows_are_bad": "keep_none", "entries": [entry("child", world.now(), positive())]});
    let laboratory = world.sandbox.principal(SandboxAuthority::Laboratory);
    let batch = laboratory
        .unwrap()
        .sign_batch_bytes([1; 16], world.now(), rows.to_string().into_bytes())
        .unwrap();
    world.advance(86_400);
    let refused = crate::evidence::send(&world, batch).await;
    assert_eq!(refused.problem().field.as_deref(), Some("issued"));
}

#[tokio::test]
async fn a_row_that_was_reported_bad_does_not_come_into_force_by_waiting() {
    let world = World::new().await;
    let now = world.now();
    let mut rows = many(now);
    rows.retain(|row| row["document_number"] != person("child").unwrap().document_number);
    rows.extend([
        entry("child", "2022-03-14T03:00:00Z".parse().unwrap(), positive()),
        entry("elder", now, positive()),
        entry("elder", now, positive()),
    ]);
    let waiting: BatchReport = submit(&world, SandboxAuthority::Laboratory, 1, "keep_good", &rows)
        .await
        .json();
    assert_eq!(waiting.state, BatchState::WaitingForApproval);
    world.advance(7200);
    let approval = json!({
        "authority": "laboratory",
        "batch": waiting.batch,
        "digest": waiting.digest,
        "approve": true,
    });
    let health = SandboxAuthority::Health;
    let applied: BatchReport = world
        .post_as(health, EVIDENCE_APPROVALS_PATH, &approval)
        .await
        .json();
    assert_eq!(applied.state, BatchState::Applied);
    assert_eq!(applied.rows, waiting.rows);
    let phone = Phone::verified(&world, "child").await;
    assert_eq!(colour(&world, &phone).await, Colour::GREEN);
}

/// A resident identity number that is valid in form, in a county.
pub(crate) fn number_in(county: &str, sequence: u32) -> String {
    let digits = format!("{county}19800101{:03}", 100 + sequence);
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = digits
        .bytes()
        .zip(weights)
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    let check = char::from(b"10X98765432"[(sum % 11) as usize]);
    format!("{digits}{check}")
}

pub(crate) fn infected(county: &str, people: std::ops::Range<u32>, at: Timestamp) -> Vec<Value> {
    people
        .map(|sequence| {
            json!({
                "document_type": "resident_identity",
                "document_number": number_in(county, sequence),
                "occurred_at": at,
                "case_id": "c",
                "kind": "nucleic_acid_test",
                "result": "positive",
            })
        })
        .collect()
}

#[tokio::test]
async fn unusual_reds_in_one_county_and_hour_stop_and_ask() {
    let world = World::new().await;
    let now = world.now();
    // Three who answer for it, so that none of them is stopped for what they alone have done.
    let [laboratory, control, health] = [
        SandboxAuthority::Laboratory,
        SandboxAuthority::DiseaseControl,
        SandboxAuthority::Health,
    ];
    let send = async |authority, id, rows: &[Value]| {
        submit(&world, authority, id, "keep_none", rows).await
    };
    let west = "330106";
    assert_eq!(
        state(&send(laboratory, 1, &infected(west, 0..20, now)).await),
        BatchState::Applied
    );
    assert_eq!(
        state(&send(control, 2, &infected(west, 20..30, now)).await),
        BatchState::Applied
    );
    let waiting = send(health, 3, &infected(west, 30..31, now)).await;
    assert_eq!(state(&waiting), BatchState::WaitingForApproval);
    assert_eq!(
        send(health, 3, &infected(west, 30..31, now)).await.body,
        waiting.body,
        "asked again, the same answer"
    );
    assert_eq!(
        state(&send(laboratory, 4, &infected(west, 0..20, now)).await),
        BatchState::Applied,
        "whoever is red already makes no new one"
    );
    assert_eq!(
        state(&send(health, 5, &infected("330203", 0..1, now)).await),
        BatchState::Applied,
        "another county"
    );
    let waiting: BatchReport = waiting.json();
    let approval = json!({
        "authority": "health-commission",
        "batch": waiting.batch,
        "digest": waiting.digest,
        "approve": true,
    });
    let approved = world
        .post_as(control, EVIDENCE_APPROVALS_PATH, &approval)
        .await;
    assert_eq!(state(&approved), BatchState::Applied);
    world.advance(3600);
    let later = world.now();
    assert_eq!(
        state(&send(health, 6, &infected(west, 31..32, later)).await),
        BatchState::Applied,
        "another hour"
    );
}

#[tokio::test]
async fn a_replaced_strip_is_recalled_too_and_its_key_is_never_taken_again() {
    let world = World::new().await;
    let first = Phone::verified(&world, "green").await;
    let hour = Hour::of(world.now());
    let request = first.make_code_request(hour, 24, true);
    first.made(&world, &request).await;
    let old = first.chain.cid(hour.plus(5)).unwrap();
    let second = Phone {
        chain: new_chain(&world),
        ..first
    };
    let newer = second.make_code_request(hour, 24, true);
    second.made(&world, &newer).await;
    confirm_infection(&world, "green").await;
    let checker = world.checker().await;
    assert_eq!(checker.recalled_strips(), 2);
    assert!(checker.recalled(old, hour.plus(5)));
    for request in [&request, &newer] {
        assert_eq!(
            second.make_code(&world, request).await.code(),
            "recall_key_reused"
        );
    }
    let mut without_key = newer;
    without_key.first_recall_key = None;
    assert_eq!(
        second.make_code(&world, &without_key).await.code(),
        "strip_unknown"
    );
}

#[tokio::test]
async fn nobody_fills_the_recall_list_with_strips_of_one_device() {
    let world = World::new().await;
    let mut phone = Phone::verified(&world, "green").await;
    let hour = Hour::of(world.now());
    for _ in 0..8 {
        phone
            .made(&world, &phone.make_code_request(hour, 1, true))
            .await;
        phone.chain = new_chain(&world);
    }
    let one_more = phone.make_code_request(hour, 1, true);
    assert_eq!(
        phone.make_code(&world, &one_more).await.code(),
        "too_many_attempts"
    );
    world.advance(2 * 3600);
    phone.chain = new_chain(&world);
    let later = phone.make_code_request(hour.plus(2), 1, true);
    phone.made(&world, &later).await;
}

#[tokio::test]
async fn a_recall_in_the_first_minute_of_an_hour_reaches_the_hour_before() {
    for (seconds, reaches) in [(59, true), (60, false)] {
        let world = World::new().await;
        let phone = Phone::verified(&world, "green").await;
        let hour = Hour::of(world.now());
        phone
            .made(&world, &phone.make_code_request(hour, 24, true))
            .await;
        let next = hour.next();
        world.advance(next.start().as_second() + seconds - world.now().as_second());
        world.sandbox.platform.tick().await.unwrap();
        let refresh = phone.make_code_request(next, 24, false);
        phone.made(&world, &refresh).await;
        confirm_infection(&world, "green").await;
        let checker = world.checker().await;
        assert!(checker.recalled(phone.chain.cid(next).unwrap(), next));
        let before = phone.chain.cid(hour).unwrap();
        assert_eq!(checker.recalled(before, hour), reaches, "{seconds} s");
    }
}

#[tokio::test]
async fn in_emergency_mode_only_a_few_hours_are_signed_ahead() {
    let mut world = World::new().await;
    world.options.emergency = true;
    world.restart().await;
    let phone = Phone::verified(&world, "green").await;
    let hour = Hour::of(world.now());
    let made = phone
        .made(&world, &phone.make_code_request(hour, 24, true))
        .await;
    assert_eq!(made.credentials.len(), 5, "four, and the hour of grace");
    let beyond = phone.make_code_request(hour.plus(5), 19, false);
    assert_eq!(phone.make_code(&world, &beyond).await.code(), "not_due_yet");
    world.advance(3600);
    assert_eq!(phone.made(&world, &beyond).await.credentials.len(), 1);
}

#[tokio::test]
async fn a_signature_counts_for_its_method_path_query_body_and_session_alone() {
    let world = World::new().await;
    let phone = Phone::log_in(&world, "green").await;
    let other = Phone::log_in(&world, "red").await;
    let body = br#"{"purpose":"health_code","text_version":1,"language":"en","given":true}"#;
    let send = async |path: &str, session: String, method: &str, signed_path: &str| {
        let nonce = world.nonce().await;
        let message = signing_message(method, signed_path, body, &phone.session(), &nonce);
        let signature = phone.key.sign(&message).unwrap();
        let request = Request::post(path)
            .header("content-type", "application/json")
            .header(SESSION_HEADER, session)
            .header(NONCE_HEADER, nonce.0.to_text())
            .header(SIGNATURE_HEADER, FixedBytes(signature).to_text())
            .body(Body::from(&body[..]))
            .unwrap();
        world.send(request).await
    };
    let own = phone.session();
    let (path, query) = (CONSENTS_PATH, format!("{CONSENTS_PATH}?a=b"));
    for (at, session, method, signed_path) in [
        (path, &own, "GET", path),
        (path, &own, "POST", APPLICATIONS_PATH),
        (APPLICATIONS_PATH, &own, "POST", path),
        (query.as_str(), &own, "POST", path),
        (path, &own, "POST", query.as_str()),
        (path, &other.session(), "POST", path),
    ] {
        let refused = send(at, session.clone(), method, signed_path).await;
        assert_eq!(
            refused.code(),
            "signature_invalid",
            "{at} {method} {signed_path}"
        );
    }
    let principal = send(
        path,
        "principal:health-commission-1".to_owned(),
        "POST",
        path,
    )
    .await;
    assert_eq!(principal.code(), "session_ended");
    assert_eq!(send(path, own, "POST", path).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_read_token_signs_nothing_and_a_session_reads_nothing() {
    let world = World::new().await;
    let phone = Phone::verified(&world, "green").await;
    let token = phone.login.read_token.0.to_text();
    for path in [CONSENTS_PATH, APPLICATIONS_PATH, MAKE_CODE_PATH] {
        let media = if path == MAKE_CODE_PATH {
            "application/cbor"
        } else {
            "application/json"
        };
        let request = Request::post(path)
            .header("content-type", media)
            .header("authorization", format!("Bearer {token}"))
            .body(Body::from("{}"))
            .unwrap();
        assert_eq!(world.send(request).await.code(), "signature_missing");
    }
    let request = Request::get(QUERY_PATH)
        .header("authorization", format!("Bearer {}", phone.session()))
        .body(Body::empty())
        .unwrap();
    assert_eq!(world.send(request).await.code(), "session_ended");
    let newer = Phone::log_in_with(&world, "green", phone.key).await;
    let request = Request::get(QUERY_PATH)
        .header("authorization", format!("Bearer {token}"))
        .body(Body::empty())
        .unwrap();
    assert_eq!(
        world.send(request).await.code(),
        "session_ended",
        "a new login on a device ends its token"
    );
    assert_eq!(newer.read(&world, QUERY_PATH).await.status, StatusCode::OK);
}

#[tokio::test]
async fn whoever_is_locked_out_of_messages_by_a_stranger_can_still_go_to_a_counter() {
    let world = World::new().await;
    let elder = person("elder").unwrap();
    let start = async |channel: &str| {
        let body = login_body(elder, &device_key(), channel);
        world.post(LOGIN_START_PATH, &body).await
    };
    while start("sms").await.status == StatusCode::OK {}
    assert_eq!(start("voice").await.code(), "too_many_attempts");
    assert_eq!(start("counter").await.status, StatusCode::OK);
}

#[tokio::test]
async fn no_bytes_make_the_platform_fail() {
    let world = World::new().await;
    let phone = Phone::verified(&world, "green").await;
    let random = SeededRandomness::new(7);
    let json = [
        TIME_PATH,
        LOGIN_START_PATH,
        LOGIN_COMPLETE_PATH,
        VERIFY_CODE_PATH,
        DECLARE_HEALTH_PATH,
        FACE_REDEEM_PATH,
        COUNTER_APPROVALS_PATH,
        COUNTER_LOGIN_CODES_PATH,
    ];
    let bodies = [
        "null".to_owned(),
        "{}".to_owned(),
        "[".repeat(10_000),
        format!("{{\"text\":\"{}\"}}", "LM1:'; DROP TABLE leaf;--"),
        format!("{{\"text\":\"LM1:{}\"}}", "Z".repeat(1_190)),
        "{\"nonce\":1e999}".to_owned(),
        "\u{feff}{}".to_owned(),
    ];
    for path in json {
        for body in &bodies {
            let unsigned = Request::post(path)
                .header("content-type", "application/json")
                .body(Body::from(body.clone()))
                .unwrap();
            assert!(world.send(unsigned).await.status.as_u16() < 500, "{path}");
            let signed = phone
                .request(&world, path, "application/json", body.clone().into_bytes())
                .await
                .header("idempotency-key", "'--")
                .body(Body::from(body.clone()))
                .unwrap();
            assert!(world.send(signed).await.status.as_u16() < 500, "{path}");
        }
    }
    let good = phone.make_code_request(Hour::of(world.now()), 2, true);
    let good = minicbor::to_vec(&good).unwrap();
    for round in 0..120 {
        let mut bytes = good.clone();
        let mut at = [0; 4];
        random.fill(&mut at).unwrap();
        let length = bytes.len();
        bytes[usize::from(at[0]) % length] = at[1];
        bytes.truncate(length - usize::from(at[2]) % (1 + round % 8));
        for (path, media) in [
            (MAKE_CODE_PATH, "application/cbor"),
            (EVIDENCE_BATCHES_PATH, "application/cbor"),
        ] {
            let request = phone
                .request(&world, path, media, bytes.clone())
                .await
                .body(Body::from(bytes.clone()))
                .unwrap();
            let answer = world.send(request).await;
            assert!(answer.status.as_u16() < 500, "{path} {bytes:02x?}");
        }
    }
}

/// Somebody is ordered into isolation tomorrow, and a second order that is over before it begins is dated
/// weeks ahead, so that nothing is red when the last of the rows begins.
#[tokio::test]
async fn a_red_of_tomorrow_is_counted_whatever_is_dated_after_it() {
    let world = World::new().await;
    // The sandbox begins with somebody whom disease control made red: that counts for an hour.
    world.advance(3_600);
    let day = |days: i64| world.now() + SignedDuration::from_hours(24 * days);
    let order = |sequence: u32, begins: i64, ends: i64| {
        json!({
            "document_type": "resident_identity",
            "document_number": number_in("330106", sequence),
            "occurred_at": day(begins),
            "case_id": "c",
            "kind": "isolation_order",
            "form": "central",
            "until": day(ends).to_zoned(jiff::tz::TimeZone::UTC).date(),
        })
    };
    let mut states = Vec::new();
    for id in 0..12u8 {
        let people = u32::from(id) * 2..u32::from(id) * 2 + 2;
        let rows: Vec<Value> = people
            .flat_map(|sequence| [order(sequence, 1, 8), order(sequence, 25, 24)])
            .collect();
        let control = SandboxAuthority::DiseaseControl;
        states.push(state(
            &submit(&world, control, id + 1, "keep_none", &rows).await,
        ));
    }
    let mut expected = vec![BatchState::Applied; 10];
    expected.extend([BatchState::WaitingForApproval; 2]);
    assert_eq!(states, expected, "20 people by one person, and no more");
}
