//! Keys that are busy, gone or somebody else's; a store put back; export and erasure.

use std::{sync::Arc, time::Duration};

use liangma_terminal::{
    KeyState, NoticeKind, ShowError, Stage, StoreError, Terminal, TerminalError,
    ports::KeyStoreError, show_code, testing::MemoryKeyStore,
};
use liangma_wire::consent::Purpose;

use crate::{World, log_in};

async fn key_state(world: &World) -> KeyState {
    match world.try_open().await {
        Err(TerminalError::Keys(state)) => state,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_busy_key_store_costs_nothing() {
    let world = World::new().await;
    let shown = world.ready().await.show().unwrap();
    for (failure, state) in [
        (KeyStoreError::Busy, KeyState::Busy),
        (KeyStoreError::Locked, KeyState::Locked),
        (KeyStoreError::LockRemoved, KeyState::LockRemoved),
        (KeyStoreError::Missing, KeyState::Unsure),
    ] {
        world.keys.fail(Some(failure));
        assert_eq!(key_state(&world).await, state);
        let refused = show_code(
            world.path(),
            world.keys.as_ref(),
            world.clocks.as_ref(),
            world.clocks.as_ref(),
        );
        assert!(matches!(refused, Err(ShowError::Keys(found)) if found == state));
    }
    world.keys.fail(None);
    assert_eq!(world.open().await.show().unwrap(), shown);
}

#[tokio::test]
async fn a_lost_key_leads_to_a_new_beginning_only_after_a_restart_and_by_wish() {
    let world = World::new().await;
    drop(world.ready().await);
    world.keys.lose_keys();
    let begin = || Terminal::begin_anew(world.config(), world.ports());
    assert_eq!(key_state(&world).await, KeyState::Unsure);
    assert!(matches!(
        begin().await,
        Err(TerminalError::Keys(KeyState::Unsure))
    ));
    world.clocks.restart(Duration::from_secs(30));
    assert_eq!(key_state(&world).await, KeyState::Lost);
    let terminal = begin().await.unwrap();
    assert_eq!(terminal.state().await.unwrap().stage, Stage::LoggedOut);
    drop(terminal);
    assert!(matches!(
        begin().await,
        Err(TerminalError::Keys(KeyState::Ok))
    ));
    log_in(&world.open().await).await;
}

#[tokio::test]
async fn a_lost_device_key_is_replaced_only_after_a_restart() {
    let world = World::new().await;
    let terminal = world.ready().await;
    world.pass(20 * 3600);
    world.keys.lose_device_key();
    let refused = terminal.refresh().await;
    assert!(
        matches!(refused, Err(TerminalError::Client(_))),
        "{refused:?}"
    );
    terminal.show().unwrap();
    for _ in 0..2 {
        let refused = terminal.login_start(crate::form()).await;
        assert!(matches!(
            refused,
            Err(TerminalError::Keys(KeyState::Unsure))
        ));
    }
    world.clocks.restart(Duration::from_secs(30));
    log_in(&terminal).await;
    terminal.apply().await.unwrap();
}

#[tokio::test]
async fn a_backup_restored_on_another_phone_does_not_open_there() {
    let mut world = World::new().await;
    drop(world.ready().await);
    world.keys = Arc::new(MemoryKeyStore::new(2));
    assert_eq!(key_state(&world).await, KeyState::RestoredWithoutKey);
}

#[tokio::test]
async fn one_terminal_at_a_time() {
    let world = World::new().await;
    let _open = world.open().await;
    let second = world.try_open().await;
    assert!(
        matches!(second, Err(TerminalError::Store(StoreError::InUse))),
        "{second:?}"
    );
}

#[tokio::test]
async fn a_store_put_back_to_an_older_state_is_noticed_and_the_platform_counts() {
    let world = World::new().await;
    drop(world.ready().await);
    let old = tempfile::tempdir().unwrap();
    let copy = |from: &std::path::Path, to: &std::path::Path| {
        for name in ["store.db", "lit"] {
            std::fs::copy(from.join(name), to.join(name)).unwrap();
        }
    };
    copy(world.path(), old.path());
    world
        .platform
        .recolour(liangma_domain::colour::Colour::YELLOW, true);
    let terminal = world.open().await;
    terminal.refresh().await.unwrap();
    drop(terminal);
    copy(old.path(), world.path());
    let terminal = world.open().await;
    let notices = terminal.state().await.unwrap().notices;
    assert!(
        notices
            .iter()
            .any(|notice| notice.kind == NoticeKind::StoreRolledBack)
    );
    assert!(terminal.refresh().await.unwrap().strip_began);
    assert_eq!(
        terminal.show().unwrap().colour,
        liangma_domain::colour::Colour::YELLOW
    );
}

#[tokio::test]
async fn another_deployments_root_is_not_taken_for_an_installation() {
    let world = World::new().await;
    drop(world.ready().await);
    let mut config = world.config();
    config.root = b"not a root".to_vec();
    let refused = Terminal::open(config, world.ports()).await;
    assert!(matches!(refused, Err(TerminalError::Trust(_))));
}

#[tokio::test]
async fn rewrapping_changes_no_data() {
    let world = World::new().await;
    let terminal = world.ready().await;
    let shown = terminal.show().unwrap();
    for _ in 0..3 {
        terminal.rewrap().await.unwrap();
    }
    assert_eq!(world.keys.generations().len(), 2);
    drop(terminal);
    assert_eq!(world.open().await.show().unwrap(), shown);
}

#[tokio::test]
async fn an_export_holds_everything_but_secrets() {
    let world = World::new().await;
    let terminal = world.ready().await;
    terminal.keep_draft("correction", "草稿").await.unwrap();
    let export = terminal.export().await.unwrap();
    let json: serde_json::Value = serde_json::from_str(&export).unwrap();
    assert_eq!(json["credentials"].as_array().unwrap().len(), 24);
    assert_eq!(json["person"]["masked_name"], "王**");
    assert_eq!(json["consents"].as_array().unwrap().len(), 1);
    assert_eq!(json["drafts"]["correction"], "草稿");
    assert_eq!(
        json["explanation"]["health"]["evaluation"]["colour"],
        "green"
    );
    let token = liangma_wire::bytes::FixedBytes([3u8; 32]).to_text();
    assert!(!export.contains(&token), "the read token is a secret");
}

#[tokio::test]
async fn erasing_leaves_nothing_behind() {
    let world = World::new().await;
    let terminal = world.ready().await;
    terminal.erase().await.unwrap();
    assert!(matches!(terminal.show(), Err(ShowError::NoCode)));
    assert!(matches!(terminal.state().await, Err(TerminalError::Erased)));
    let consent = terminal
        .record_consent(Purpose::HealthCode, 1, "en", true)
        .await;
    assert!(matches!(consent, Err(TerminalError::Erased)));
    assert_eq!(std::fs::read_dir(world.path()).unwrap().count(), 0);
    assert!(world.keys.generations().is_empty());
    let terminal = world.open().await;
    assert_eq!(terminal.state().await.unwrap().stage, Stage::LoggedOut);
}

#[tokio::test]
async fn an_erasure_that_was_killed_is_finished_by_the_next_start() {
    let world = World::new().await;
    drop(world.ready().await);
    std::fs::write(world.path().join("erasing"), b"").unwrap();
    let terminal = world.open().await;
    assert_eq!(terminal.state().await.unwrap().stage, Stage::LoggedOut);
    assert!(matches!(terminal.show(), Err(ShowError::NoCode)));
}

#[test]
fn a_terminal_can_be_dropped_on_a_plain_thread() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (world, terminal) = runtime.block_on(async {
        let world = World::new().await;
        let terminal = world.open().await;
        (world, terminal)
    });
    std::thread::spawn(move || drop(terminal)).join().unwrap();
    drop(world);
}
