//! The program is stopped at every point where it waits, and started again.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use liangma_credential::{CheckerClock, TrustStore, Verdict, check};
use liangma_terminal::{Terminal, outbox::Sent};
use liangma_wire::declaration::{HealthDeclaration, Symptom};

use crate::{World, log_in, platform::start};

/// Lets work go on until it has waited so often, then drops it; what it returned when it got to its end.
async fn stop_after<F: Future>(work: F, waits: usize) -> Option<F::Output> {
    let mut work = pin!(work);
    let mut left = waits;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        work.as_mut().poll(context).map(Some)
    })
    .await
}

fn is_genuine(world: &World, terminal: &Terminal) -> bool {
    let files = world.platform.checker_files();
    let trust = TrustStore::restore(&world.platform.root(), files).unwrap();
    let now = world.platform.state().now;
    let shown = terminal.show().unwrap();
    check(&shown.text, &trust, CheckerClock::trusted(now)).verdict == Verdict::Genuine
}

#[tokio::test]
async fn a_refresh_that_is_stopped_anywhere_is_made_good_by_the_next() {
    let mut finished = false;
    for waits in 0..200 {
        let world = World::new().await;
        let terminal = world.open().await;
        log_in(&terminal).await;
        terminal.apply().await.unwrap();
        terminal.face_check().await.unwrap();
        finished = stop_after(terminal.refresh(), waits).await.is_some();
        drop(terminal);
        let terminal = world.open().await;
        terminal.refresh().await.unwrap();
        assert!(is_genuine(&world, &terminal), "stopped after {waits}");
        assert_eq!(
            terminal.show().unwrap().validity.covered_until,
            start_of_next_day()
        );
        if finished {
            break;
        }
    }
    assert!(finished, "every point was tried");
}

#[tokio::test]
async fn a_refresh_that_is_stopped_anywhere_leaves_a_code_to_show() {
    let mut finished = false;
    for waits in 0..200 {
        let world = World::new().await;
        let terminal = world.ready().await;
        world
            .platform
            .recolour(liangma_domain::colour::Colour::YELLOW, true);
        finished = stop_after(terminal.refresh(), waits).await.is_some();
        drop(terminal);
        let terminal = world.open().await;
        assert!(is_genuine(&world, &terminal), "stopped after {waits}");
        if finished {
            break;
        }
    }
    assert!(finished, "every point was tried");
}

#[tokio::test]
async fn a_declaration_that_is_stopped_anywhere_is_sent_once_or_was_never_made() {
    let fever = HealthDeclaration {
        temperature_tenths: None,
        symptoms: vec![Symptom::Fever],
        high_risk_contact: false,
        observed_at: start(),
    };
    let mut finished = false;
    for waits in 0..100 {
        let world = World::new().await;
        let terminal = world.open().await;
        log_in(&terminal).await;
        let sent = stop_after(terminal.declare_health(fever.clone()), waits).await;
        finished = sent.is_some_and(|sent| sent.unwrap() == Sent::Done);
        drop(terminal);
        let terminal = world.open().await;
        let kept = terminal.state().await.unwrap().outbox.len();
        terminal.flush_outbox().await.unwrap();
        let written = world.platform.state().writes.len();
        assert!(written <= 1 && written >= kept, "stopped after {waits}");
        assert!(terminal.state().await.unwrap().outbox.is_empty());
        if finished {
            break;
        }
    }
    assert!(finished, "every point was tried");
}

fn start_of_next_day() -> jiff::Timestamp {
    "2022-04-02T00:00:00Z".parse().unwrap()
}
