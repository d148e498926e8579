//! Floods of logins: capped by phone, by person and by address, with or without a balancer in between.

use axum::http::StatusCode;
use liangma_platform::sandbox::person;
use liangma_wire::login::LOGIN_START_PATH;
use serde_json::{Value, json};

use crate::harness::{Answer, World, device_key, login_body};

/// Attempts that one address may make in an hour.
const PER_ADDRESS: usize = 300;

/// An attempt that no cap but the one by address counts: nothing is sent to a counter.
fn at_a_counter() -> Value {
    login_body(person("green").unwrap(), &device_key(), "counter")
}

#[tokio::test]
async fn a_flood_on_one_person_from_many_phones_is_capped_and_nobody_else_is() {
    let world = World::new().await;
    let key = device_key();
    let mut body = login_body(person("green").unwrap(), &key, "sms");
    for number in 0..8 {
        body["phone"] = json!(format!("1391111000{number}"));
        let answer = world.post(LOGIN_START_PATH, &body).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    body["phone"] = json!("13911110009");
    let refused = world.post(LOGIN_START_PATH, &body).await;
    assert_eq!(refused.code(), "too_many_attempts");
    assert_eq!(refused.problem().retry_after, Some(3600));
    body["document_number"] = json!("  330106198503126120 ");
    let refused = world.post(LOGIN_START_PATH, &body).await;
    assert_eq!(
        refused.code(),
        "too_many_attempts",
        "the same in other dress"
    );
    let other = login_body(person("elder").unwrap(), &key, "sms");
    assert_eq!(
        world.post(LOGIN_START_PATH, &other).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_cap_answers_the_same_about_anybody() {
    let world = World::new().await;
    let key = device_key();
    let mut unknown = login_body(person("green").unwrap(), &key, "sms");
    unknown["document_number"] = json!("110101199001011237");
    unknown["phone"] = json!("13911112222");
    let mut capped: Vec<Answer> = Vec::new();
    for body in [login_body(person("green").unwrap(), &key, "sms"), unknown] {
        for _ in 0..5 {
            world.post(LOGIN_START_PATH, &body).await;
        }
        capped.push(world.post(LOGIN_START_PATH, &body).await);
    }
    assert_eq!(capped[0].code(), "too_many_attempts");
    assert_eq!(capped[0].status, capped[1].status);
    assert_eq!(
        capped[0].comparable_headers(),
        capped[1].comparable_headers()
    );
    assert_eq!(capped[0].body, capped[1].body);
}

#[tokio::test]
async fn a_flood_from_one_address_is_capped_whatever_its_headers_say_and_an_ipv6_household_is_one()
{
    let world = World::new().await;
    let body = at_a_counter();
    let from = async |address: &str| {
        // No balancer is named, so that nobody is believed who speaks for another.
        let other = format!("192.0.2.{}", address.len());
        let forwarded = format!("for={other}");
        let headers = [
            ("x-forwarded-for", other.as_str()),
            ("forwarded", &forwarded),
        ];
        world
            .post_from(address, &headers, LOGIN_START_PATH, &body)
            .await
    };
    for number in 0..PER_ADDRESS {
        // Each from another of the 2^64 addresses that a household has.
        let address = format!("2001:db8:7:8:{:x}::{number:x}", number * 7);
        assert_eq!(from(&address).await.status, StatusCode::OK);
    }
    let refused = from("2001:db8:7:8:ffff:ffff:ffff:ffff").await;
    assert_eq!(refused.code(), "too_many_attempts");
    assert_eq!(refused.problem().retry_after, Some(3600));
    assert_eq!(from("2001:db8:7:9::1").await.status, StatusCode::OK);
    assert_eq!(from("198.51.100.1").await.status, StatusCode::OK);
    world.advance(3600);
    assert_eq!(from("2001:db8:7:8::1").await.status, StatusCode::OK);
}

#[tokio::test]
async fn behind_a_balancer_each_asker_has_a_cap_of_their_own_and_nobody_writes_themself_another() {
    let mut world = World::new().await;
    world.options.trusted_proxies = vec!["10.0.0.0/24".parse().unwrap()];
    world.restart().await;
    let body = at_a_counter();
    let path = LOGIN_START_PATH;
    let through = async |forwarded: &str| {
        let hostile = [
            ("forwarded", "for=192.0.2.200"),
            ("x-real-ip", "192.0.2.201"),
            ("x-forwarded-for", forwarded),
        ];
        world.post_from("10.0.0.7", &hostile, path, &body).await
    };
    for number in 0..PER_ADDRESS {
        // What the asker wrote stands left of what the balancer appended.
        let forwarded = format!("192.0.2.{}, 10.0.0.1, 203.0.113.5", number % 250);
        assert_eq!(through(&forwarded).await.status, StatusCode::OK);
    }
    let refused = through("192.0.2.9, 203.0.113.5").await;
    assert_eq!(refused.code(), "too_many_attempts");
    assert_eq!(through("203.0.113.6").await.status, StatusCode::OK);
    // Past the balancer, the header counts for nothing.
    let direct = world
        .post_from(
            "203.0.113.5",
            &[("x-forwarded-for", "203.0.113.77")],
            path,
            &body,
        )
        .await;
    assert_eq!(direct.code(), "too_many_attempts");
}
