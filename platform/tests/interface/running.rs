//! A platform that runs: what it sheds, counts, says of itself, and how its mode is switched.

use std::{collections::BTreeSet, path::Path, time::Duration};

use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use liangma_credential::Hour;
use liangma_platform::{
    Limits, Mode, ModeOrder, app, backup, mode_in_force, operator_app, order_mode, sandbox::person,
};
use liangma_wire::{
    code::VERIFY_CODE_PATH,
    declaration::{DECLARE_TRIP_PATH, QUERY_PATH},
    device::DEVICES_PATH,
    login::LOGIN_START_PATH,
    trust::{RECALL_PATH, TIMESTAMP_PATH},
};
use serde_json::json;
use tower::ServiceExt as _;

use crate::captured::Captured;
use crate::harness::{Answer, Phone, World, device_key, login_body};

/// Waits for something that other tasks bring about, without a clock.
async fn until(mut done: impl FnMut() -> bool) {
    for _ in 0..1_000_000 {
        if done() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("it never came about");
}

async fn operator(world: &World, path: &str) -> (StatusCode, String) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let app = operator_app(world.sandbox.platform.clone());
    let answer = app.oneshot(request).await.unwrap();
    let status = answer.status();
    let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn metrics(world: &World) -> String {
    let (status, text) = operator(world, "/metrics").await;
    assert_eq!(status, StatusCode::OK);
    text
}

/// The value of one line of a scrape.
fn value(scrape: &str, series: &str) -> f64 {
    let line = scrape.lines().find_map(|line| line.strip_prefix(series));
    let line = line.unwrap_or_else(|| panic!("{series} is not in the scrape"));
    line.trim().parse().unwrap()
}

fn assert_shed(answer: &Answer) {
    assert_eq!(answer.code(), "overloaded");
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    let wait: u32 = answer.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(answer.problem().retry_after, Some(wait));
    assert!((1..=180).contains(&wait));
}

#[tokio::test]
async fn while_codes_queue_up_all_else_is_shed_and_codes_are_made_and_it_recovers_by_itself() {
    let world = World::with(|options| {
        options.limits = Limits {
            // Nobody's turn comes: whoever verifies waits, and the queue is full with one.
            verify_code_at_once: 0,
            queue: 1,
            queue_patience: Duration::from_secs(3600),
            ..Limits::default()
        };
    })
    .await;
    let phone = Phone::verified(&world, "green").await;
    let verify = Request::post(VERIFY_CODE_PATH)
        .header("content-type", "application/json")
        .body(Body::from(json!({"text": "LM1:"}).to_string()))
        .unwrap();
    let waiting = tokio::spawn(app(world.sandbox.platform.clone()).oneshot(verify));
    let mut queued = String::new();
    while !queued.contains("liangma_queue_waiting{queue=\"verify_code\"} 1") {
        tokio::task::yield_now().await;
        queued = metrics(&world).await;
    }

    assert_shed(&phone.read(&world, QUERY_PATH).await);
    assert_shed(&phone.read(&world, DEVICES_PATH).await);
    let trip =
        json!({"to_division": "330100", "from_division": "110000", "arrived_at": world.now()});
    assert_shed(
        &phone
            .write_with(&world, DECLARE_TRIP_PATH, &trip, "t-1")
            .await,
    );
    let known = person("yellow").unwrap();
    let login = login_body(known, &device_key(), "sms");
    assert_shed(&world.post(LOGIN_START_PATH, &login).await);
    assert_shed(&world.post(VERIFY_CODE_PATH, &json!({"text": "LM1:"})).await);

    let now = Hour::of(world.now());
    let made = phone
        .made(&world, &phone.make_code_request(now, 24, true))
        .await;
    assert_eq!(made.credentials.len(), 24);
    world.nonce().await;
    assert_eq!(world.get(TIMESTAMP_PATH).await.status, StatusCode::OK);
    assert_eq!(world.get("/healthz").await.status, StatusCode::OK);
    assert_eq!(world.get("/readyz").await.status, StatusCode::OK);
    let scrape = metrics(&world).await;
    for class in ["explanations", "reads", "writes", "logins", "codes"] {
        let series = format!("liangma_shed_total{{class=\"{class}\"}}");
        assert!(value(&scrape, &series) >= 1.0, "{class}");
    }

    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    assert_eq!(phone.read(&world, QUERY_PATH).await.status, StatusCode::OK);
    let trip = phone
        .write_with(&world, DECLARE_TRIP_PATH, &trip, "t-1")
        .await;
    assert_ne!(trip.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(value(&metrics(&world).await, "liangma_in_flight"), 0.0);
}

#[tokio::test]
async fn what_cannot_be_read_is_as_old_as_can_be_and_never_as_old_as_it_last_was() {
    let world = World::new().await;
    let backup = "liangma_backup_age_seconds";
    let none = metrics(&world).await;
    assert!(!none.contains(backup), "none was made");
    let mark = world.options.data_dir.join("last-backup");
    std::fs::write(&mark, world.now().to_string()).unwrap();
    assert_eq!(value(&metrics(&world).await, backup), 0.0);
    std::fs::write(&mark, "yesterday").unwrap();
    assert_eq!(value(&metrics(&world).await, backup), f64::INFINITY);

    let list = "liangma_recall_list_age_seconds";
    assert!(value(&metrics(&world).await, list) < 3_600.0);
    rusqlite::Connection::open(world.options.data_dir.join("platform.sqlite"))
        .unwrap()
        .execute(
            "UPDATE trust_file SET bytes = x'00' WHERE role = 'recall'",
            [],
        )
        .unwrap();
    assert_eq!(value(&metrics(&world).await, list), f64::INFINITY);
}

#[tokio::test]
async fn nothing_in_the_metrics_names_anybody_or_grows_with_what_is_asked() {
    let mut world = World::new().await;
    let phone = Phone::verified(&world, "green").await;
    let before = metrics(&world).await;
    for number in 0..20 {
        world.get(&format!("/v1/nowhere/{number}")).await;
        world.get(&format!("{RECALL_PATH}?from={number}")).await;
        phone.read(&world, QUERY_PATH).await;
    }
    let after = metrics(&world).await;
    let series = |scrape: &str| -> BTreeSet<String> {
        let lines = scrape.lines().filter(|line| !line.starts_with('#'));
        lines
            .filter_map(|line| Some(line.rsplit_once(' ')?.0.to_owned()))
            .collect()
    };
    let new: Vec<String> = series(&after)
        .difference(&series(&before))
        .cloned()
        .collect();
    // A histogram appears with its first observation; an operation has one, whoever asks and for what.
    for name in &new {
        assert!(
            name.starts_with("liangma_request_seconds")
                && ["none", "readRecalls", "queryHealth"]
                    .iter()
                    .any(|operation| name.contains(&format!("operation=\"{operation}\""))),
            "{name}"
        );
    }
    let answered = |operation: &str, status: &str| {
        let labels = format!("{{operation=\"{operation}\",status=\"{status}\"}}");
        value(&after, &format!("liangma_requests_total{labels}"))
    };
    assert!(answered("none", "4xx") >= 20.0);
    assert!(answered("queryHealth", "2xx") >= 20.0);
    assert_eq!(answered("queryHealth", "5xx"), 0.0);
    for people in [person("green").unwrap(), person("red").unwrap()] {
        for secret in [
            people.name,
            people.phone,
            people.document_number,
            people.key,
        ] {
            assert!(
                !after.contains(&format!("\"{secret}\"")),
                "somebody is a label"
            );
        }
    }
    world.restart().await;
    assert_eq!(value(&metrics(&world).await, "liangma_ready"), 1.0);
}

#[tokio::test]
async fn every_alert_names_metrics_that_exist_says_how_bad_it_is_and_what_to_do() {
    let world = World::new().await;
    backup(
        &world.options.data_dir,
        &world.options.data_dir.join("a.backup"),
    )
    .unwrap();
    let phone = Phone::verified(&world, "green").await;
    let now = Hour::of(world.now());
    phone
        .made(&world, &phone.make_code_request(now, 24, true))
        .await;
    let scrape = metrics(&world).await;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/alerts.yaml");
    let rules = std::fs::read_to_string(file).unwrap();
    let alerts: Vec<&str> = rules.split("- alert: ").skip(1).collect();
    assert!(alerts.len() >= 12);
    let mut named = BTreeSet::new();
    for alert in alerts {
        let name = alert.lines().next().unwrap();
        for key in ["expr: ", "for: ", "severity: ", "summary: ", "action: "] {
            assert!(alert.contains(key), "{name} has no {key}");
        }
        let words = alert.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        for metric in words.filter(|word| word.starts_with("liangma_")) {
            assert!(
                scrape.lines().any(|line| {
                    let line = line.strip_prefix("# TYPE ").unwrap_or(line);
                    line.strip_prefix(metric)
                        .is_some_and(|rest| rest.starts_with(['{', ' ']))
                }),
                "{name} asks for {metric}, which is not in the scrape"
            );
            named.insert(metric);
        }
    }
    assert!(named.len() >= 10, "{named:?}");
    // What is counted and never looked at is of no use: each has an alert or a place in the handbook.
    let handbook = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/OPERATIONS.md");
    let handbook = std::fs::read_to_string(handbook).unwrap();
    for line in scrape.lines() {
        if let Some(metric) = line.strip_prefix("# TYPE ") {
            let metric = metric.split(' ').next().unwrap();
            assert!(handbook.contains(&format!("`{metric}`")), "{metric}");
        }
    }
}

#[tokio::test]
async fn it_is_ready_until_it_stops_or_its_lists_grow_old() {
    let world = World::new().await;
    assert_eq!(world.get("/readyz").await.status, StatusCode::OK);
    world.advance(31 * 60);
    let old = world.get("/readyz").await;
    assert_eq!(old.code(), "not_ready");
    assert_eq!(old.problem().detail, "the time stamp is old");
    world.sandbox.platform.tick().await.unwrap();
    assert_eq!(world.get("/readyz").await.status, StatusCode::OK);

    let key = world.options.data_dir.join("keys/issuer.key");
    let away = world.options.data_dir.join("keys/away");
    std::fs::rename(&key, &away).unwrap();
    let keyless = world.get("/readyz").await.problem().detail;
    assert_eq!(keyless, "the key of the issuer is not there");
    std::fs::rename(&away, &key).unwrap();

    world.sandbox.platform.begin_stopping();
    let stopping = world.get("/readyz").await;
    assert_eq!(stopping.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(stopping.problem().detail, "the platform is stopping");
    // It is alive, and whoever asks is answered.
    assert_eq!(world.get("/healthz").await.status, StatusCode::OK);
    assert_eq!(world.get(TIMESTAMP_PATH).await.status, StatusCode::OK);
    world.sandbox.platform.settle().await;
}

fn order(world: &World, mode: Mode, by: &str) -> ModeOrder {
    let order = ModeOrder {
        mode,
        by: by.to_owned(),
        at: world.now(),
    };
    order_mode(&world.options.data_dir, &order).unwrap();
    order
}

fn modes_left(world: &World) -> i64 {
    // A trace without a person is that of a mode; the tests here leave no other.
    let file = world.options.data_dir.join("platform.sqlite");
    let database = rusqlite::Connection::open(file).unwrap();
    let count = "SELECT count(*) FROM leaf WHERE person IS NULL AND sealed IS NOT NULL";
    database.query_row(count, [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn emergency_mode_is_switched_while_it_runs_leaves_a_trace_and_survives_a_restart() {
    let mut world = World::new().await;
    let phone = Phone::verified(&world, "green").await;
    let traces = modes_left(&world);
    assert_eq!(world.sandbox.platform.mode(), Mode::Normal);
    let given = order(&world, Mode::Emergency, "duty-officer");
    assert_eq!(
        world.sandbox.platform.mode(),
        Mode::Normal,
        "nobody looked yet"
    );
    world.sandbox.platform.follow_order().await.unwrap();
    assert_eq!(world.sandbox.platform.mode(), Mode::Emergency);
    assert_eq!(mode_in_force(&world.options.data_dir), Some(given));
    assert_eq!(modes_left(&world), traces + 1);
    world.sandbox.platform.follow_order().await.unwrap();
    assert_eq!(modes_left(&world), traces + 1, "one order, one trace");

    // Strips shrink: four hours, and the one of grace.
    let now = Hour::of(world.now());
    let made = phone
        .made(&world, &phone.make_code_request(now, 24, true))
        .await;
    assert_eq!(made.credentials.len(), 5);
    let ahead = phone.make_code_request(Hour(now.0 + 5), 4, false);
    let ahead_of_need = phone.make_code(&world, &ahead).await;
    assert_eq!(ahead_of_need.code(), "not_due_yet");
    // 10:20:30; the sixth hour can be asked for from the beginning of the next hour on.
    assert_eq!(ahead_of_need.problem().retry_after, Some(39 * 60 + 30));
    world.advance(39 * 60 + 30);
    let in_time = phone.made(&world, &ahead).await;
    assert_eq!(in_time.credentials.len(), 1);

    world.restart().await;
    assert_eq!(world.sandbox.platform.mode(), Mode::Emergency);
    assert_eq!(modes_left(&world), traces + 1, "a restart is no new order");
    order(&world, Mode::Normal, "duty-officer");
    world.sandbox.platform.follow_order().await.unwrap();
    assert_eq!(world.sandbox.platform.mode(), Mode::Normal);
    assert_eq!(modes_left(&world), traces + 2);
    let scrape = metrics(&world).await;
    assert_eq!(value(&scrape, "liangma_emergency_mode"), 0.0);
}

#[tokio::test]
async fn an_order_that_cannot_be_read_changes_nothing_and_a_wrong_one_is_not_given() {
    let world = World::new().await;
    let data = &world.options.data_dir;
    for order in [
        "",
        "{}",
        "{\"mode\":\"emergency\",\"by\":\"a b\",\"at\":\"2022-03-14T00:00:00Z\"}",
    ] {
        std::fs::write(data.join("mode.json"), order).unwrap();
        world.sandbox.platform.follow_order().await.unwrap();
        assert_eq!(world.sandbox.platform.mode(), Mode::Normal);
    }
    let wrong = ModeOrder {
        mode: Mode::Emergency,
        by: "two words".to_owned(),
        at: world.now(),
    };
    assert!(order_mode(data, &wrong).is_err());
    let nowhere = ModeOrder {
        by: "duty-officer".to_owned(),
        ..wrong
    };
    assert!(order_mode(&data.join("nowhere"), &nowhere).is_err());
}

#[tokio::test]
async fn an_emergency_does_not_end_because_its_order_was_lost() {
    let mut world = World::new().await;
    let order_file = world.options.data_dir.join("mode.json");
    order(&world, Mode::Emergency, "duty-officer");
    world.sandbox.platform.follow_order().await.unwrap();
    let traces = modes_left(&world);
    for lost in [None, Some("{}")] {
        let _was_there = std::fs::remove_file(&order_file);
        if let Some(text) = lost {
            std::fs::write(&order_file, text).unwrap();
        }
        world.restart().await;
        assert_eq!(world.sandbox.platform.mode(), Mode::Emergency);
        assert_eq!(modes_left(&world), traces, "nobody ordered anything");
    }
}

#[tokio::test]
async fn an_emergency_by_the_option_of_a_start_ends_with_the_next_start_and_says_so() {
    let mut world = World::new().await;
    let traces = modes_left(&world);
    world.options.emergency = true;
    world.restart().await;
    assert_eq!(world.sandbox.platform.mode(), Mode::Emergency);
    world.options.emergency = false;
    world.restart().await;
    assert_eq!(world.sandbox.platform.mode(), Mode::Normal);
    assert_eq!(
        modes_left(&world),
        traces + 2,
        "one for the beginning, one for the end"
    );
    let last = mode_in_force(&world.options.data_dir).unwrap();
    assert_eq!(last.mode, Mode::Normal);
}

#[tokio::test]
async fn one_request_is_one_line_with_the_route_and_an_id_and_nothing_that_was_sent() {
    let captured = Captured::default();
    let writer = captured.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .with_max_level(tracing::Level::INFO)
        .with_writer(move || writer.clone())
        .finish();
    let world = World::new().await;
    let _guard = tracing::subscriber::set_default(subscriber);
    tracing::callsite::rebuild_interest_cache();
    let request = Request::get(format!("{RECALL_PATH}?from=77"))
        .header("authorization", "Bearer sesame")
        .header("x-request-id", "chosen-by-the-sender")
        .header("user-agent", "a-phone-of-somebody")
        .body(Body::empty())
        .unwrap();
    let answer = world.send(request).await;
    let id = answer.headers["x-request-id"].to_str().unwrap().to_owned();
    world.get("/v1/people/110105194912310021").await;
    until(|| {
        captured
            .0
            .lock()
            .unwrap()
            .iter()
            .filter(|byte| **byte == b'\n')
            .count()
            >= 2
    })
    .await;
    let text = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let [first, second] = lines.as_slice() else {
        panic!("{text}");
    };
    assert_eq!(first["route"], RECALL_PATH);
    assert_eq!(first["status"], 200);
    assert!(first["microseconds"].is_number());
    assert_eq!(first["span"]["id"], *id);
    assert_eq!(first["span"]["operation"], "readRecalls");
    assert_eq!(
        (&second["route"], &second["status"]),
        (&json!(""), &json!(404))
    );
    // An id is random, and may begin like anything.
    let ids = [&first, &second].map(|line| line["span"]["id"].as_str().unwrap().to_owned());
    let said = ids.iter().fold(text, |text, id| text.replace(id, ""));
    for sent in [
        "77",
        "sesame",
        "chosen",
        "somebody",
        "110105194912310021",
        "127.0.0.1",
    ] {
        assert!(!said.contains(&format!("={sent}")), "{sent}");
        assert!(!said.contains(&format!("\"{sent}")), "{sent}");
    }
    assert_eq!(id.len(), 16);
}

#[tokio::test]
async fn a_clock_that_was_set_back_hides_no_message_of_the_tray() {
    let world = World::new().await;
    let (none, mut next) = world.sandbox.tray.since(0);
    assert!(none.is_empty());
    for seconds in [0, -86_400, 0] {
        world.advance(seconds);
        let login = login_body(person("green").unwrap(), &device_key(), "sms");
        assert_eq!(
            world.post(LOGIN_START_PATH, &login).await.status,
            StatusCode::OK
        );
        let mut messages = Vec::new();
        for _ in 0..1_000_000 {
            (messages, next) = match world.sandbox.tray.since(next) {
                (messages, _) if messages.is_empty() => {
                    tokio::task::yield_now().await;
                    continue;
                }
                found => found,
            };
            break;
        }
        assert_eq!(messages.len(), 1, "a message was hidden, or shown twice");
    }
}
