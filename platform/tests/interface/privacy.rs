//! No personal data in a log line or a problem.

use std::time::Duration;

use axum::{body::Body, http::Request};
use liangma_platform::sandbox::{SandboxAuthority, person};
use liangma_wire::{
    counter::COUNTER_APPROVALS_PATH,
    login::{LOGIN_COMPLETE_PATH, LOGIN_START_PATH},
};
use serde_json::json;

use crate::captured::Captured;
use crate::harness::{Phone, World, device_key, login_body};

#[tokio::test]
async fn logs_and_problems_hold_nobody_s_data() {
    let captured = Captured::default();
    let writer = captured.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    // One thread serves this test, so that everything it does is seen here.
    let _guard = tracing::subscriber::set_default(subscriber);
    tracing::error!("the capture works");

    let mut world = World::new().await;
    let known = person("green").unwrap();
    let mut bodies: Vec<u8> = Vec::new();
    let phone = Phone::verified(&world, "green").await;
    for (path, body) in [
        (
            LOGIN_START_PATH,
            json!({"name": known.name, "phone": known.phone}),
        ),
        (
            LOGIN_COMPLETE_PATH,
            json!({"code": "123456", "name": known.name}),
        ),
    ] {
        bodies.extend(world.post(path, &body).await.body);
    }
    for field in ["name", "document_number", "phone"] {
        let mut body = login_body(known, &device_key(), "sms");
        body[field] = json!(format!("{}\u{0}9", body[field].as_str().unwrap()));
        bodies.extend(world.post(LOGIN_START_PATH, &body).await.body);
    }
    let approval = json!({
        "reference": {"spoken": "12345678"},
        "document_type": known.document_type,
        "document_number": known.document_number,
    });
    bodies.extend(
        world
            .post_as(SandboxAuthority::Counter, COUNTER_APPROVALS_PATH, &approval)
            .await
            .body,
    );
    let query = format!("/v1/health?name={}", known.document_number);
    let request = Request::get(query).header("authorization", known.phone);
    bodies.extend(world.send(request.body(Body::empty()).unwrap()).await.body);

    // A store that cannot be read makes the platform log what failed.
    let key = world.options.data_dir.join("master.key");
    let digits = std::fs::read_to_string(&key).unwrap();
    std::fs::write(&key, "ab".repeat(32)).unwrap();
    let broken = liangma_platform::sandbox::Sandbox::open(world.options.clone()).await;
    std::fs::write(&key, digits).unwrap();
    bodies.extend(format!("{:?}", broken.err()).into_bytes());
    world.restart().await;
    phone.read(&world, "/v1/export").await;
    tokio::time::sleep(Duration::from_millis(50)).await;

    let mut seen = captured.0.lock().unwrap().clone();
    assert!(String::from_utf8_lossy(&seen).contains("the capture works"));
    seen.extend(bodies);
    let text = String::from_utf8_lossy(&seen);
    for secret in [
        known.name,
        known.document_number,
        known.phone,
        "123456",
        "韦",
    ] {
        assert!(!text.contains(secret), "{secret} in: {text}");
    }
}
