//! Every state of the keys, made at the port: what is told, that nothing is wiped, that nothing is made anew
//! while the key store is merely busy, and that the code is shown whenever it can be.

use std::{sync::Arc, time::Duration};

use liangma_terminal::{
    FaceCheckOutcome, KeyState, NoticeKind, ShowError, Stage, StoreError, Terminal, TerminalError,
    ports::KeyStoreError,
    testing::{FaultyKeyStore, KeyOperation, MemoryKeyStore},
};
use liangma_wire::consent::Purpose;
use rstest::rstest;

use crate::{LOGIN_CODE, World, form, log_in};

const BUSY: KeyStoreError = KeyStoreError::Busy;

/// Operations that make or remove a key.
const CHANGES: [KeyOperation; 5] = [
    KeyOperation::CreateDeviceKey,
    KeyOperation::CreateWrappingKey,
    KeyOperation::WrapDataKey,
    KeyOperation::DeleteWrappingKey,
    KeyOperation::DeleteDeviceKey,
];

/// A phone, and the faults before its key store.
async fn world() -> (World, Arc<FaultyKeyStore>) {
    let mut world = World::new().await;
    let keys = Arc::new(FaultyKeyStore::before(world.keys.clone()));
    world.other_keys = Some(keys.clone());
    (world, keys)
}

fn changes(keys: &FaultyKeyStore) -> u32 {
    CHANGES.iter().map(|operation| keys.done(*operation)).sum()
}

async fn refused(world: &World) -> KeyState {
    let error = world.try_open().await.unwrap_err();
    error.key_state().unwrap_or_else(|| panic!("{error:?}"))
}

fn refused_cold(world: &World) -> KeyState {
    match world.shown_cold() {
        Err(ShowError::Keys(state)) => state,
        other => panic!("{other:?}"),
    }
}

#[rstest]
#[case::at_the_data_key(KeyOperation::UnwrapDataKey)]
#[case::at_the_epoch(KeyOperation::Epoch)]
#[case::at_the_mark_of_the_phone(KeyOperation::PhoneMark)]
#[case::at_the_device_key(KeyOperation::DeviceKey)]
#[case::at_the_security_level(KeyOperation::SecurityLevel)]
#[tokio::test]
async fn a_key_store_that_is_busy_one_to_fifty_times_at_the_start_costs_nothing(
    #[case] operation: KeyOperation,
) {
    let (world, keys) = world().await;
    let shown = world.ready().await.show().unwrap();
    let (files, changed) = (world.files(), changes(&keys));
    for times in 1..=50 {
        keys.fail(operation, times, BUSY);
        let mut tries = 0;
        let terminal = loop {
            match world.try_open().await {
                Ok(terminal) => break terminal,
                Err(error) => {
                    assert_eq!(error.key_state(), Some(KeyState::Busy));
                    assert!(error.is_transient());
                    assert_eq!(world.files(), files, "not a byte is changed");
                    tries += 1;
                }
            }
        };
        assert!(tries <= times);
        assert_eq!(terminal.show().unwrap(), shown);
        assert_eq!(terminal.state().await.unwrap().stage, Stage::Ready);
        drop(terminal);
        keys.recover();
    }
    assert_eq!(world.files(), files);
    assert_eq!(changes(&keys), changed, "no key was made or removed");
    assert!(keys.refused(operation) > 0 || operation_is_not_asked(operation));
}

/// A start with a store whose keys are well asks for none of these.
fn operation_is_not_asked(operation: KeyOperation) -> bool {
    matches!(operation, KeyOperation::PhoneMark | KeyOperation::DeviceKey)
}

#[tokio::test]
async fn the_code_is_shown_cold_as_soon_as_the_busy_key_answers_and_needs_no_other_operation() {
    let (world, keys) = world().await;
    let shown = world.ready().await.show().unwrap();
    let files = world.files();
    for times in 1..=50 {
        keys.fail_all(1000, BUSY);
        keys.fail(KeyOperation::UnwrapDataKey, times, BUSY);
        for _ in 0..times {
            assert_eq!(refused_cold(&world), KeyState::Busy);
        }
        assert_eq!(world.shown_cold().unwrap(), shown);
    }
    assert_eq!(world.files(), files);
}

#[rstest]
#[case(1)]
#[case(2)]
#[case(7)]
#[case(50)]
#[tokio::test]
async fn a_key_store_that_is_busy_at_every_operation_lets_a_person_get_a_code_in_the_end(
    #[case] times: u32,
) {
    let (world, keys) = world().await;
    keys.fail_all(times, BUSY);
    // A signature is tried again with a pause, in real time; how often it may be busy is shown at a refresh.
    keys.fail(KeyOperation::Sign, times.min(4), BUSY);
    let busy = |error: &TerminalError| {
        assert_eq!(error.key_state(), Some(KeyState::Busy), "{error:?}");
    };
    let terminal = loop {
        match world.try_open().await {
            Ok(terminal) => break terminal,
            Err(error) => busy(&error),
        }
    };
    while let Err(error) = terminal.login_start(form()).await {
        busy(&error);
        let draft = terminal.login_draft().await.unwrap();
        assert_eq!(draft, Some(form()), "nothing typed is lost");
    }
    while let Err(error) = terminal.login_complete(LOGIN_CODE).await {
        busy(&error);
    }
    terminal
        .record_consent(Purpose::HealthCode, 1, "zh-Hans", true)
        .await
        .unwrap();
    while let Err(error) = terminal.apply().await {
        busy(&error);
    }
    loop {
        match terminal.face_check().await {
            Ok(outcome) => break assert_eq!(outcome, FaceCheckOutcome::Passed),
            Err(error) => busy(&error),
        }
    }
    while let Err(error) = terminal.refresh().await {
        busy(&error);
    }
    terminal.show().unwrap();
    assert_eq!(keys.done(KeyOperation::CreateDeviceKey), 1);
    assert_eq!(world.keys.generations(), [1]);
    drop(terminal);
    keys.recover();
    let terminal = world.open().await;
    assert_eq!(terminal.state().await.unwrap().stage, Stage::Ready);
}

#[tokio::test]
async fn a_key_store_that_is_busy_one_to_fifty_times_at_a_refresh_leaves_the_code_and_makes_no_key()
{
    let (world, keys) = world().await;
    let terminal = world.ready().await;
    let changed = changes(&keys);
    for times in [1, 3, 50] {
        world.pass(20 * 3600);
        keys.fail_all(times, BUSY);
        while let Err(error) = terminal.refresh().await {
            assert_eq!(error.key_state(), Some(KeyState::Busy));
            assert!(error.is_transient());
            terminal.show().unwrap();
            assert!(terminal.state().await.unwrap().failed_refreshes > 0);
        }
        keys.recover();
        terminal.show().unwrap();
    }
    assert_eq!(changes(&keys), changed);
}

#[tokio::test]
async fn an_epoch_that_cannot_be_kept_now_spoils_neither_a_login_nor_a_refresh_and_is_kept_later() {
    let (world, keys) = world().await;
    keys.fail(KeyOperation::KeepEpoch, 1000, BUSY);
    drop(world.ready().await);
    assert_eq!(keys.done(KeyOperation::KeepEpoch), 0);
    keys.recover();
    let terminal = world.open().await;
    assert_eq!(keys.done(KeyOperation::KeepEpoch), 1);
    let notices = terminal.state().await.unwrap().notices;
    let told = |kind| notices.iter().any(|notice| notice.kind == kind);
    assert!(!told(NoticeKind::StoreRolledBack));
}

#[rstest]
#[case::busy(KeyStoreError::Busy, KeyState::Busy)]
#[case::locked(KeyStoreError::Locked, KeyState::Locked)]
#[case::cancelled(KeyStoreError::UserCancelled, KeyState::Cancelled)]
#[case::lock_removed(KeyStoreError::LockRemoved, KeyState::LockRemoved)]
#[case::missing(KeyStoreError::Missing, KeyState::Unsure)]
#[case::damaged(KeyStoreError::NotUnwrapped, KeyState::Damaged)]
#[case::unsupported(KeyStoreError::Unsupported, KeyState::Failed)]
#[case::failed(KeyStoreError::Failed { code: 7 }, KeyState::Failed)]
#[tokio::test]
async fn every_state_of_the_keys_is_told_wipes_nothing_and_an_open_program_shows_the_code_on(
    #[case] failure: KeyStoreError,
    #[case] state: KeyState,
) {
    let (world, keys) = world().await;
    let terminal = world.ready().await;
    let shown = terminal.show().unwrap();
    let changed = changes(&keys);

    // While the program is open.
    keys.fail_all(u32::MAX, failure);
    assert_eq!(terminal.show().unwrap(), shown);
    assert_eq!(terminal.state().await.unwrap().stage, Stage::Ready);
    assert!(terminal.why().is_some());
    world.pass(20 * 3600);
    let error = terminal.refresh().await.unwrap_err();
    assert!(error.key_state().is_some(), "{error:?}");
    terminal.show().unwrap();
    drop(terminal);

    // And when it is opened.
    let mut files = world.files();
    for _ in 0..20 {
        assert_eq!(refused(&world).await, state);
        assert_eq!(refused_cold(&world), state);
    }
    let mut after = world.files();
    let noted = after.remove("trouble").is_some();
    assert_eq!(noted, state == KeyState::Unsure);
    files.remove("trouble");
    assert_eq!(after, files, "not a byte is changed");
    assert_eq!(changes(&keys), changed, "no key was made or removed");
    if !state.may_begin_anew() {
        let begun = Terminal::begin_anew(world.config(), world.ports()).await;
        assert_eq!(begun.unwrap_err().key_state(), Some(state));
        let repaired = Terminal::repair(world.config(), world.ports()).await;
        assert_eq!(repaired.unwrap_err().key_state(), Some(state));
        assert_eq!(changes(&keys), changed);
    }

    // It is over: everything is there.
    keys.recover();
    world.shown_cold().unwrap();
    let terminal = world.open().await;
    assert_eq!(terminal.state().await.unwrap().stage, Stage::Ready);
    terminal.refresh().await.unwrap();
}

#[tokio::test]
async fn a_key_that_is_gone_with_the_store_kept_is_lost_after_a_restart_and_not_a_byte_before() {
    let (world, keys) = world().await;
    let terminal = world.ready().await;
    world.keys.lose_keys();
    terminal.show().unwrap();
    drop(terminal);
    let files = world.files();
    for _ in 0..50 {
        assert_eq!(refused(&world).await, KeyState::Unsure);
    }
    for boot in 0..5 {
        world.clocks.restart(Duration::from_secs(30));
        assert_eq!(refused(&world).await, KeyState::Lost, "restart {boot}");
        assert_eq!(refused_cold(&world), KeyState::Lost);
        let mut after = world.files();
        assert!(after.remove("trouble").is_some());
        assert_eq!(after, files);
    }
    assert!(!KeyState::Lost.may_retry() && KeyState::Lost.may_begin_anew());
    assert_eq!(world.keys.generations(), [0u32; 0]);
    let created = keys.done(KeyOperation::CreateWrappingKey);
    let terminal = Terminal::begin_anew(world.config(), world.ports())
        .await
        .unwrap();
    assert_eq!(keys.done(KeyOperation::CreateWrappingKey), created + 1);
    log_in(&terminal).await;
}

#[tokio::test]
async fn a_store_that_is_gone_with_the_key_kept_is_told_and_begun_anew_only_by_wish() {
    let (world, keys) = world().await;
    drop(world.ready().await);
    for name in world.files().keys() {
        std::fs::remove_file(world.path().join(name)).unwrap();
    }
    let changed = changes(&keys);
    for _ in 0..3 {
        assert_eq!(refused(&world).await, KeyState::KeyWithoutStore);
        assert_eq!(refused_cold(&world), KeyState::KeyWithoutStore);
        world.clocks.restart(Duration::from_secs(30));
    }
    assert_eq!(changes(&keys), changed);
    keys.fail(KeyOperation::DeviceKey, 2, BUSY);
    assert_eq!(refused(&world).await, KeyState::Busy);
    assert_eq!(refused_cold(&world), KeyState::Busy);
    let terminal = Terminal::begin_anew(world.config(), world.ports())
        .await
        .unwrap();
    let state = terminal.state().await.unwrap();
    assert_eq!(state.stage, Stage::LoggedOut);
    assert!(state.notices.is_empty(), "a new beginning was not put back");
}

#[tokio::test]
async fn a_store_restored_on_another_phone_is_told_as_that_and_stays_as_it_is() {
    let (mut world, _) = world().await;
    drop(world.ready().await);
    let files = world.files();
    let other = Arc::new(FaultyKeyStore::before(Arc::new(MemoryKeyStore::new(2))));
    world.other_keys = Some(other.clone());
    for _ in 0..5 {
        assert_eq!(refused(&world).await, KeyState::RestoredWithoutKey);
        assert_eq!(refused_cold(&world), KeyState::RestoredWithoutKey);
        world.clocks.restart(Duration::from_secs(30));
    }
    assert_eq!(world.files(), files);
    assert_eq!(changes(&other), 0);
    // While the new phone's key store is busy, even that is not said.
    other.fail(KeyOperation::UnwrapDataKey, 1, BUSY);
    assert_eq!(refused(&world).await, KeyState::Busy);
    let terminal = Terminal::begin_anew(world.config(), world.ports())
        .await
        .unwrap();
    assert_eq!(terminal.state().await.unwrap().stage, Stage::LoggedOut);
}

#[tokio::test]
async fn keys_restored_with_another_store_open_nothing_of_it() {
    let (world, _) = world().await;
    drop(world.ready().await);
    let others = World::new().await;
    drop(others.ready().await);
    for name in ["store.db", "lit"] {
        std::fs::copy(others.path().join(name), world.path().join(name)).unwrap();
    }
    assert!(matches!(world.shown_cold(), Err(ShowError::Damaged)));
    let refused = world.try_open().await;
    assert!(
        matches!(
            refused,
            Err(TerminalError::Store(StoreError::ValueDamaged { .. }))
        ),
        "{refused:?}"
    );
    let (terminal, repaired) = Terminal::repair(world.config(), world.ports())
        .await
        .unwrap();
    assert_eq!(
        (repaired.kept, repaired.logged_in, repaired.code),
        (0, false, false)
    );
    assert!(matches!(terminal.show(), Err(ShowError::NoCode)));
}

#[tokio::test]
async fn a_new_beginning_that_is_stopped_by_a_busy_key_store_is_finished_by_the_next_start() {
    let (world, keys) = world().await;
    drop(world.ready().await);
    world.keys.lose_keys();
    assert_eq!(refused(&world).await, KeyState::Unsure);
    world.clocks.restart(Duration::from_secs(30));
    for operation in [KeyOperation::DeleteDeviceKey, KeyOperation::KeepEpoch] {
        keys.fail(operation, 1, BUSY);
    }
    let begun = Terminal::begin_anew(world.config(), world.ports()).await;
    assert_eq!(begun.unwrap_err().key_state(), Some(KeyState::Busy));
    assert_eq!(refused(&world).await, KeyState::Busy);
    let terminal = world.open().await;
    assert_eq!(terminal.state().await.unwrap().stage, Stage::LoggedOut);
    assert!(!world.files().contains_key("erasing"));
}
