//! How long a phone waits: as long as it is asked to, within bounds, spread, and never for ever.

use std::time::Duration;

use jiff::SignedDuration;
use liangma_terminal::outbox::{EntryState, Sent};
use liangma_wire::{
    declaration::DECLARE_HEALTH_PATH,
    problem::{Problem, ProblemCode},
};
use rstest::rstest;

use super::{ACT_MAX, Fault, Net, faults, fever, within};
use crate::platform::start;

const DATE: &str = "Date: Fri, 01 Apr 2022 00:00:00 GMT\r\n";
const HOUR: i64 = 3600;
/// Until when the first thing that waits is left alone, in seconds from now.
async fn next_try(terminal: &liangma_terminal::Terminal) -> i64 {
    let (_, entry) = terminal.state().await.unwrap().outbox.remove(0);
    match entry.state {
        EntryState::Waiting { next_at, .. } => next_at.duration_since(start()).as_secs(),
        state => panic!("{state:?}"),
    }
}

#[rstest]
#[case::nothing_asked("", 0)]
#[case::nothing("Retry-After: 0\r\n", 0)]
#[case::less_than_nothing("Retry-After: -86400\r\n", 0)]
#[case::words("Retry-After: soon\r\n", 0)]
#[case::ten_minutes("Retry-After: 600\r\n", 600)]
#[case::a_year("Retry-After: 31536000\r\n", HOUR)]
#[case::more_than_any_number("Retry-After: 99999999999999999999\r\n", HOUR)]
#[case::a_date("Retry-After: Fri, 01 Apr 2022 00:10:00 GMT\r\n", 600)]
#[case::a_date_in_the_past("Retry-After: Thu, 01 Apr 1993 00:10:00 GMT\r\n", 0)]
#[case::a_date_in_years("Retry-After: Wed, 01 Apr 2099 00:10:00 GMT\r\n", HOUR)]
#[tokio::test(start_paused = true)]
async fn a_wait_that_is_asked_for_is_kept_within_bounds(#[case] asked: &str, #[case] wait: i64) {
    for status in ["429 Too Many Requests", "503 Service Unavailable"] {
        let net = Net::new().await;
        let terminal = net.ready().await;
        let headers = format!("{DATE}{asked}");
        net.proxy
            .fail(Fault::Answer(faults::raw(status, &headers, b"later")));
        let sent = within(
            ACT_MAX,
            "a declaration",
            terminal.declare_health(fever(385)),
        )
        .await;
        assert_eq!(sent.unwrap(), Sent::Waiting);
        let next = next_try(&terminal).await;
        assert!((wait..=wait + 31).contains(&next), "{status}: {next} s");
        let refused = terminal.refresh().await.unwrap_err();
        assert_eq!(refused.state_id().to_string(), "network.crowded");
        let planned = terminal.state().await.unwrap().next_refresh_at.unwrap();
        let planned = planned.duration_since(start()).as_secs();
        let wait = wait.min(HOUR / 2);
        assert!(
            (wait..=wait + 31).contains(&planned),
            "{status}: {planned} s"
        );
        terminal.show().unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn the_platforms_own_word_to_wait_is_kept() {
    let net = Net::new().await;
    let terminal = net.ready().await;
    for (code, seconds) in [
        (ProblemCode::Busy, 120),
        (ProblemCode::TooManyAttempts, 900),
    ] {
        let problem = Problem::new(code).with_retry_after(seconds);
        let status = format!("{} Later", problem.status);
        let body = serde_json::to_vec(&problem).unwrap();
        let headers = "Content-Type: application/problem+json\r\n";
        net.proxy
            .fail(Fault::Answer(faults::raw(&status, headers, &body)));
        terminal.refresh().await.unwrap_err();
        let planned = terminal.state().await.unwrap().next_refresh_at.unwrap();
        let planned = planned.duration_since(start()).as_secs();
        assert!((i64::from(seconds)..=i64::from(seconds) + 61).contains(&planned));
        terminal.show().unwrap();
    }
}

/// A refresh by plan leaves alone what the platform asked to wait with; one that a person asks for does not.
#[tokio::test(start_paused = true)]
async fn a_planned_refresh_does_not_hurry_what_waits() {
    let net = Net::new().await;
    let terminal = net.ready().await;
    let busy = faults::raw("503 Later", "Retry-After: 3000\r\n", b"");
    net.proxy.fail(Fault::Answer(busy));
    terminal.declare_health(fever(385)).await.unwrap();
    terminal.refresh().await.unwrap_err();
    net.world.pass(31 * 60);
    net.proxy.heal().await;
    net.proxy.take_seen();
    terminal.refresh_if_due().await.unwrap().unwrap();
    assert!(net.proxy.take_seen().iter().all(|seen| seen.key.is_none()));
    terminal.refresh().await.unwrap();
    assert!(terminal.state().await.unwrap().outbox.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_refusal_in_the_words_of_a_newer_platform_waits_for_a_newer_app() {
    let net = Net::new().await;
    let terminal = net.ready().await;
    let body = br#"{"type":"urn:liangma:problem:newer","title":"t","status":422,"code":"newer","detail":"d"}"#;
    let headers = "Content-Type: application/problem+json\r\n";
    let newer = Fault::Answer(faults::raw("422 No", headers, body));
    net.proxy.fail_for(DECLARE_HEALTH_PATH, newer.clone());
    let sent = terminal.declare_health(fever(385)).await.unwrap();
    assert_eq!(sent, Sent::Waiting);
    net.proxy.fail(newer);
    let refused = terminal.refresh().await.unwrap_err();
    assert_eq!(refused.state_id().to_string(), "network.newer_answer");
    terminal.show().unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_has_had_enough_is_not_asked_again_at_once() {
    let net = Net::new().await;
    let terminal = net.ready().await;
    net.proxy.fail(faults::html("429 Too Many Requests"));
    terminal.declare_health(fever(385)).await.unwrap();
    let asked = net.proxy.take_seen();
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert!(!asked[0].forwarded);
}

/// Three tries at most while a person waits, each after a pause of its own.
#[tokio::test(start_paused = true)]
async fn tries_are_few_and_no_two_phones_pause_alike() {
    let mut pauses = Vec::new();
    for _ in 0..8 {
        let net = Net::new().await;
        let terminal = net.ready().await;
        net.proxy.fail(faults::html("502 Bad Gateway"));
        terminal.declare_health(fever(385)).await.unwrap();
        let seen = net.proxy.take_seen();
        assert_eq!(seen.len(), 3);
        assert!(seen.iter().all(|seen| !seen.forwarded));
        let first = seen[1].at - seen[0].at;
        let second = seen[2].at - seen[1].at;
        assert!(first <= Duration::from_millis(410), "{first:?}");
        assert!(second <= Duration::from_millis(810), "{second:?}");
        pauses.push(first);
    }
    pauses.sort_unstable();
    pauses.dedup();
    assert!(pauses.len() >= 6, "{pauses:?}");
}

#[tokio::test(start_paused = true)]
async fn days_without_network_end_in_a_try_each_hour_and_no_less_often() {
    let net = Net::new().await;
    let terminal = net.ready().await;
    net.proxy.refuse().await;
    terminal.declare_health(fever(385)).await.unwrap();
    let mut passed = 0;
    let mut tries = 1;
    while passed < 2 * 24 * HOUR {
        net.world.pass(60);
        passed += 60;
        let sent = terminal.flush_due().await.unwrap();
        tries += sent.len();
        let next = next_try(&terminal).await;
        assert!(next - passed <= HOUR, "{next}");
    }
    assert!((48..400).contains(&tries), "{tries} tries");
    net.proxy.heal().await;
    net.world.pass(3600);
    assert_eq!(terminal.flush_due().await.unwrap()[0].1, Sent::Done);
    let ahead = SignedDuration::from_hours(1);
    assert!(terminal.state().await.unwrap().next_refresh_at.unwrap() <= start() + ahead * 24);
}
