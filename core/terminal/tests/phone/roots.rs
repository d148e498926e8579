//! Roots that follow each other: phones that were there, and phones that were away.

use std::sync::atomic::Ordering;

use liangma_credential::{CheckerClock, FileName, Role, TrustError, TrustStore, Verdict, check};
use liangma_terminal::{Terminal, TerminalError, TrustScope};

use crate::World;

const DAY: u64 = 86_400;

fn root_version(terminal: &Terminal) -> u32 {
    let (root, _) = terminal.trust_files();
    let trust = TrustStore::from_root(&root).unwrap();
    trust.version(&FileName::of(Role::Root)).unwrap()
}

fn asked(world: &World, path: &str) -> usize {
    world.platform.state().asked.get(path).copied().unwrap_or(0)
}

#[tokio::test]
async fn a_phone_that_was_offline_for_28_days_and_missed_three_roots_catches_up() {
    let world = World::new().await;
    let terminal = world.ready().await;
    for _ in 0..3 {
        world.pass(7 * DAY);
        world.platform.change_root();
    }
    world.pass(7 * DAY);
    assert_eq!(root_version(&terminal), 1);
    let synced = terminal.trust_sync(TrustScope::Wallet).await.unwrap();
    assert_eq!(root_version(&terminal), 4);
    assert_eq!(&synced.renewed[..3], ["root", "root", "root"]);
    for version in [2, 3] {
        assert_eq!(asked(&world, &format!("/v1/trust/root/{version}")), 1);
    }
    // Its code is there again, and a checker that was given the newest root takes it.
    terminal.refresh().await.unwrap();
    let (root, bundle) = terminal.trust_files();
    let mut trust = TrustStore::from_root(&root).unwrap();
    let now = world.platform.state().now;
    for taken in trust.update_bundle(&bundle, now).unwrap() {
        taken.unwrap();
    }
    let shown = terminal.show().unwrap();
    let verdict = check(&shown.text, &trust, CheckerClock::trusted(now)).verdict;
    assert_eq!(verdict, Verdict::Genuine);
    // The chain is kept: after a restart nothing is asked for again.
    drop(terminal);
    let terminal = world.open().await;
    assert_eq!(root_version(&terminal), 4);
    terminal.trust_sync(TrustScope::Wallet).await.unwrap();
    assert_eq!(asked(&world, "/v1/trust/root/2"), 1);
}

#[tokio::test]
async fn a_refresh_that_meets_new_keys_finds_the_root_that_names_them() {
    let world = World::new().await;
    let terminal = world.ready().await;
    // A refresh asks for no root; the time, the time stamp and the issuers are under keys it does not know.
    world.platform.change_root();
    world.pass(3_600);
    terminal.refresh().await.unwrap();
    assert_eq!(root_version(&terminal), 2);
    world.platform.change_root();
    world.platform.change_root();
    world.pass(3_600);
    terminal.refresh().await.unwrap();
    assert_eq!(root_version(&terminal), 4);
}

#[tokio::test]
async fn a_root_that_boasts_a_version_sends_nobody_asking_for_ever() {
    let world = World::new().await;
    let terminal = world.ready().await;
    let before = terminal.trust_files().0;
    world.platform.boasts.store(u32::MAX, Ordering::SeqCst);
    let refused = terminal.trust_sync(TrustScope::Wallet).await.unwrap_err();
    assert!(matches!(refused, TerminalError::Client(_)), "{refused}");
    assert_eq!(asked(&world, "/v1/trust/root/2"), 1);
    assert_eq!(terminal.trust_files().0, before);
    // Nor does one that is the very next by its own word, and signed by nobody known.
    world.platform.change_root();
    world.platform.change_root();
    world.platform.boasts.store(2, Ordering::SeqCst);
    let refused = terminal.trust_sync(TrustScope::Wallet).await.unwrap_err();
    assert!(
        matches!(refused, TerminalError::Trust(TrustError::WrongRole)),
        "{refused}"
    );
    assert_eq!(terminal.trust_files().0, before);
}
