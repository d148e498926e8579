//! Changes of the rule pack and of the risk areas while the platform runs.

use liangma_credential::{NamedFile, SignedFile};
use liangma_crypto::{SigningKey, sha256};
use liangma_domain::{
    authority::AuthorityKind, colour::Colour, region::RegionCode, rules::built_in_pack,
};
use liangma_platform::{Duty, Principal, sandbox::SandboxAuthority};
use liangma_wire::{
    bytes::FixedBytes,
    declaration::{HealthResponse, QUERY_PATH},
    evidence::BatchReport,
    rule_change::{
        RULE_APPROVALS_PATH, RULE_CHANGES_PATH, RuleChangeReport, RuleChangeState as State,
    },
    trust::{RECALL_PATH, RULES_PATH},
};
use serde_json::{Value, json};

use crate::{
    evidence::{entry, submit},
    harness::{Answer, Phone, World, device_key, new_chain, signed_by},
};

const HEALTH: SandboxAuthority = SandboxAuthority::Health;
const DISEASE_CONTROL: SandboxAuthority = SandboxAuthority::DiseaseControl;
const HEADQUARTERS: SandboxAuthority = SandboxAuthority::Headquarters;
const COLLEAGUE: &str = "health-commission-2";

/// The pack of this program with another version and time, in which a fever alone is red.
fn stricter(version: u32, effective_from: jiff::Timestamp) -> Value {
    let region = RegionCode::new("zhejiang").unwrap();
    let mut pack: Value = serde_json::from_slice(built_in_pack(&region).unwrap()).unwrap();
    pack["version"] = version.into();
    pack["effective_from"] = json!(effective_from);
    let rules = pack["rules"].as_array_mut().unwrap();
    let fever = rules
        .iter_mut()
        .find(|rule| rule["id"] == "zj-yellow-fever");
    fever.unwrap()["colour"] = "red".into();
    pack
}

fn areas(version: u32, effective_from: jiff::Timestamp, level: &str) -> Value {
    json!({
        "format": 1,
        "region": "zhejiang",
        "version": version,
        "effective_from": effective_from,
        "source": {"title": "Risk areas", "issuer": "headquarters", "note": "invented"},
        "areas": [{"area": "330106003", "level": level}],
    })
}

fn change(subject: &str, file: &Value) -> Value {
    json!({"subject": subject, "file": file.to_string()})
}

fn pack(file: &Value) -> Value {
    change("rule_pack", file)
}

fn approval(file: &Value, approve: bool) -> Value {
    let digest = sha256(&[file.to_string().as_bytes()]);
    json!({"digest": FixedBytes(digest), "approve": approve})
}

async fn submits(world: &World, who: SandboxAuthority, change: &Value) -> Answer {
    world.post_as(who, RULE_CHANGES_PATH, change).await
}

async fn answers(world: &World, who: SandboxAuthority, file: &Value, approve: bool) -> Answer {
    let approval = approval(file, approve);
    world.post_as(who, RULE_APPROVALS_PATH, &approval).await
}

/// Submitted by disease control, approved by health.
async fn agreed(world: &World, change: &Value, file: &Value) -> RuleChangeReport {
    let waiting: RuleChangeReport = submits(world, DISEASE_CONTROL, change).await.json();
    assert_eq!(waiting.state, State::WaitingForApproval);
    answers(world, HEALTH, file, true).await.json()
}

async fn told(world: &World, phone: &Phone) -> (Colour, u32) {
    let health: HealthResponse = phone.read(world, QUERY_PATH).await.json();
    let evaluation = health.evaluation;
    (evaluation.colour(), evaluation.rule_version())
}

async fn published(world: &World) -> Value {
    let file = world.get(RULES_PATH).await.body;
    let file = SignedFile::decode(&file).unwrap();
    serde_json::from_slice(&NamedFile::decode(file.payload()).unwrap().body).unwrap()
}

async fn tick(world: &World) {
    world.sandbox.platform.tick().await.unwrap();
}

/// Traces that are about nobody.
fn traces(world: &World) -> i64 {
    let file = world.options.data_dir.join("platform.sqlite");
    let count = "SELECT count(*) FROM leaf WHERE person IS NULL";
    rusqlite::Connection::open(file)
        .unwrap()
        .query_row(count, [], |row| row.get(0))
        .unwrap()
}

async fn has_a_fever(world: &World, who: &str) {
    let fever = json!({"kind": "symptom", "fever": true, "epidemic_history": false});
    let row = entry(who, world.now(), fever);
    let report: BatchReport = submit(world, HEALTH, 90, "keep_none", &[row]).await.json();
    assert_eq!(report.rows[0].reason, None);
}

async fn with_a_colleague_in_health() -> (World, SigningKey) {
    let mut world = World::new().await;
    let key = device_key();
    world.options.principals = vec![Principal {
        id: COLLEAGUE.to_owned(),
        authority: HEALTH.id().to_owned(),
        kind: AuthorityKind::Health,
        unit: HEALTH.id().to_owned(),
        public_key: *key.public_key(),
        duties: vec![Duty::ChangeRules],
    }];
    world.restart().await;
    (world, key)
}

#[tokio::test]
async fn a_new_rule_pack_wants_two_people_of_different_units_one_of_them_of_health() {
    let (world, colleague) = with_a_colleague_in_health().await;
    let phone = Phone::verified(&world, "green").await;
    has_a_fever(&world, "green").await;
    let file = stricter(2, world.now());
    let before = traces(&world);

    let laboratory = submits(&world, SandboxAuthority::Laboratory, &pack(&file)).await;
    assert_eq!(laboratory.code(), "principal_not_allowed");
    let waiting: RuleChangeReport = submits(&world, HEALTH, &pack(&file)).await.json();
    assert_eq!(
        (waiting.version, waiting.state),
        (2, State::WaitingForApproval)
    );
    tick(&world).await;
    assert_eq!(
        told(&world, &phone).await,
        (Colour::YELLOW, 1),
        "one person"
    );
    let own = answers(&world, HEALTH, &file, true).await;
    assert_eq!(own.code(), "approval_not_independent", "oneself");
    let (path, approval) = (RULE_APPROVALS_PATH, approval(&file, true));
    let beside = signed_by(&world, &colleague, COLLEAGUE, path, &approval).await;
    assert_eq!(beside.code(), "approval_not_independent", "a colleague");
    assert_eq!(traces(&world), before, "nothing was decided");

    let approved: RuleChangeReport = answers(&world, HEADQUARTERS, &file, true).await.json();
    assert_eq!(approved.state, State::InForce);
    assert_eq!(told(&world, &phone).await, (Colour::RED, 2));
    assert_eq!(traces(&world), before + 2, "approved, and in force");
    tick(&world).await;
    assert_eq!(
        published(&world).await,
        file,
        "phones and collectors read it"
    );

    // Without health two units are not enough.
    let third = stricter(3, world.now());
    submits(&world, DISEASE_CONTROL, &pack(&third)).await;
    let refused = answers(&world, HEADQUARTERS, &third, true).await;
    assert_eq!(
        refused.code(),
        "approval_not_independent",
        "nobody of health"
    );
    assert_eq!(told(&world, &phone).await, (Colour::RED, 2));
}

#[tokio::test]
async fn a_rule_pack_is_in_force_from_its_own_time_on_and_not_before() {
    let mut world = World::new().await;
    let mut phone = Phone::verified(&world, "green").await;
    has_a_fever(&world, "green").await;
    phone.chain = new_chain(&world);
    let first = liangma_credential::Hour::of(world.now());
    let made = phone
        .made(&world, &phone.make_code_request(first, 4, true))
        .await;
    assert_eq!(made.credentials.len(), 4);
    let recalls = world.get(RECALL_PATH).await.body.len();

    let from = world.now() + jiff::SignedDuration::from_mins(90);
    let file = stricter(2, from);
    let approved = agreed(&world, &pack(&file), &file).await;
    assert_eq!(
        (approved.state, approved.effective_from),
        (State::Approved, from)
    );
    for wait in [0, 3_600, 1_799] {
        world.advance(wait);
        tick(&world).await;
        assert_eq!(
            told(&world, &phone).await,
            (Colour::YELLOW, 1),
            "after {wait} s"
        );
    }
    assert_ne!(published(&world).await, file);
    world.advance(1);
    // A platform that was down at that moment takes it when it starts.
    world.restart().await;
    assert_eq!(told(&world, &phone).await, (Colour::RED, 2));
    tick(&world).await;
    assert_eq!(published(&world).await, file);
    assert!(
        world.get(RECALL_PATH).await.body.len() > recalls,
        "hours that were signed by milder rules are recalled"
    );
    world.restart().await;
    assert_eq!(told(&world, &phone).await, (Colour::RED, 2));
    let again: RuleChangeReport = submits(&world, DISEASE_CONTROL, &pack(&file)).await.json();
    assert_eq!(again.state, State::InForce);
}

#[tokio::test]
async fn a_change_that_does_not_fit_is_refused_with_its_place() {
    let world = World::new().await;
    let good = stricter(2, world.now());
    let with = |field: &str, value: Value| {
        let mut file = good.clone();
        file[field] = value;
        file
    };
    for (file, code) in [
        (with("version", 0.into()), "invalid_field"),
        (with("region", "guangxi".into()), "invalid_field"),
        (with("zone", "Europe/Paris".into()), "invalid_field"),
        (with("colours", json!([])), "invalid_field"),
        (with("effective_form", "soon".into()), "invalid_field"),
        (json!("no pack"), "invalid_field"),
        (with("version", 1.into()), "rule_version_taken"),
    ] {
        let refused = submits(&world, HEALTH, &pack(&file)).await;
        assert_eq!(refused.code(), code, "{}", refused.problem().detail);
        if code == "invalid_field" {
            assert_eq!(refused.problem().field.as_deref(), Some("file"));
        }
    }
    let list = change("risk_areas", &good);
    assert_eq!(submits(&world, HEALTH, &list).await.code(), "invalid_field");
    let mut elsewhere = areas(1, world.now(), "high");
    elsewhere["region"] = "guangxi".into();
    let refused = submits(&world, HEALTH, &change("risk_areas", &elsewhere)).await;
    assert_eq!(refused.problem().reason.as_deref(), Some("other_region"));
}

#[tokio::test]
async fn a_change_that_is_refused_late_or_overtaken_never_comes_into_force() {
    let world = World::new().await;
    let phone = Phone::verified(&world, "green").await;
    let now = world.now();
    let unknown = answers(&world, HEALTH, &stricter(9, now), true).await;
    assert_eq!(unknown.code(), "rule_change_unknown");

    let refused = stricter(2, now);
    submits(&world, DISEASE_CONTROL, &pack(&refused)).await;
    let report: RuleChangeReport = answers(&world, HEALTH, &refused, false).await.json();
    assert_eq!(report.state, State::Refused);
    let again: RuleChangeReport = answers(&world, HEALTH, &refused, false).await.json();
    assert_eq!(again, report, "asked again by whoever decided");
    let late = answers(&world, HEALTH, &refused, true).await;
    assert_eq!(late.code(), "rule_change_unknown", "refused is refused");

    // Two with one version cannot wait beside each other; one that nobody answered for does not block.
    let waiting = stricter(3, now);
    submits(&world, DISEASE_CONTROL, &pack(&waiting)).await;
    let other = stricter(3, now + jiff::SignedDuration::from_secs(1));
    let taken = submits(&world, HEADQUARTERS, &pack(&other)).await;
    assert_eq!(taken.code(), "rule_version_taken");
    world.advance(3 * 86_400);
    let expired = answers(&world, HEALTH, &waiting, true).await;
    assert_eq!(expired.code(), "rule_change_expired");
    let waits: RuleChangeReport = submits(&world, HEADQUARTERS, &pack(&other)).await.json();
    assert_eq!(waits.state, State::WaitingForApproval);

    // A later version was approved meanwhile.
    let fourth = stricter(4, world.now());
    assert_eq!(
        agreed(&world, &pack(&fourth), &fourth).await.state,
        State::InForce
    );
    let overtaken = answers(&world, HEALTH, &other, true).await;
    assert_eq!(overtaken.code(), "rule_version_taken");
    tick(&world).await;
    assert_eq!(told(&world, &phone).await.1, 4);
}

#[tokio::test]
async fn risk_areas_change_by_two_people_and_evidence_of_another_level_is_refused() {
    let world = World::new().await;
    let lives = |level: &str, at| {
        let kind = json!({
            "kind": "residence_in_risk_area",
            "level": level,
            "area": "330106003001",
            "test_required": true,
        });
        entry("green", at, kind)
    };
    let earlier = world.now();
    world.advance(60);
    let list = areas(1, world.now(), "medium");
    submits(&world, HEALTH, &change("risk_areas", &list)).await;
    let own = answers(&world, HEALTH, &list, true).await;
    assert_eq!(own.code(), "approval_not_independent");
    let reason = async |number, level: &str, at| {
        let report = submit(
            &world,
            DISEASE_CONTROL,
            number,
            "keep_good",
            &[lives(level, at)],
        )
        .await;
        let report: BatchReport = report.json();
        report.rows[0].reason.clone()
    };
    assert_eq!(reason(1, "high", world.now()).await, None, "no list yet");
    let approved: RuleChangeReport = answers(&world, DISEASE_CONTROL, &list, true).await.json();
    assert_eq!(approved.state, State::InForce);
    let other_level = Some("not_of_this_level".to_owned());
    assert_eq!(reason(2, "high", world.now()).await, other_level);
    assert_eq!(reason(3, "medium", world.now()).await, None);
    assert_eq!(reason(4, "high", earlier).await, None, "before the list");

    let lowered = areas(2, world.now(), "low");
    agreed(&world, &change("risk_areas", &lowered), &lowered).await;
    assert_eq!(reason(5, "medium", world.now()).await, other_level);
    let mut world = world;
    world.restart().await;
    let report = submit(
        &world,
        DISEASE_CONTROL,
        6,
        "keep_good",
        &[lives("medium", world.now())],
    )
    .await;
    let report: BatchReport = report.json();
    assert_eq!(report.rows[0].reason, other_level, "also after a restart");
}
