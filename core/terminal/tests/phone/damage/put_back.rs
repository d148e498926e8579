//! An old copy of a store, or the store of somebody else, that is put back.

use super::*;

fn verdict(world: &World, terminal: &Terminal) -> Verdict {
    let trust =
        TrustStore::restore(&world.platform.root(), world.platform.checker_files()).unwrap();
    let now = world.platform.state().now;
    check(
        &terminal.show().unwrap().text,
        &trust,
        CheckerClock::trusted(now),
    )
    .verdict
}

#[tokio::test]
async fn an_old_copy_put_back_with_its_epoch_is_overruled_by_the_platform() {
    // In the hour in which the strip began, and when hours are to be fetched.
    for hours_later in [0, 13] {
        let world = World::new().await;
        drop(world.ready().await);
        let (old, epoch) = (world.files(), world.keys.epoch().unwrap());
        let terminal = world.open().await;
        world.platform.recolour(Colour::YELLOW, true);
        terminal.refresh().await.unwrap();
        if hours_later > 0 {
            // Of the same colour again, in a strip of the same hour.
            world.platform.recolour(Colour::GREEN, false);
            terminal.refresh().await.unwrap();
        }
        let expected = terminal.show().unwrap().colour;
        drop(terminal);
        put(&world, &old);
        // Also the keys' own epoch was put back: nothing on the phone can tell.
        world.keys.keep_epoch(epoch).unwrap();
        let terminal = world.open().await;
        assert!(!was_told(&terminal, NoticeKind::StoreRolledBack).await);
        world.pass(hours_later * 3600);
        assert!(terminal.refresh().await.unwrap().strip_began);
        assert_eq!(terminal.show().unwrap().colour, expected);
        assert_eq!(verdict(&world, &terminal), Verdict::Genuine);
    }
}

#[tokio::test]
async fn what_an_old_copy_still_holds_as_waiting_is_not_done_twice() {
    let world = World::new().await;
    let terminal = world.ready().await;
    world.platform.state().lose_answers = Some((DECLARE_HEALTH_PATH.to_owned(), 3));
    assert_eq!(
        terminal.declare_health(fever()).await.unwrap(),
        Sent::Waiting
    );
    drop(terminal);
    let old = world.files();
    let terminal = world.open().await;
    terminal.flush_outbox().await.unwrap();
    assert!(terminal.state().await.unwrap().outbox.is_empty());
    drop(terminal);
    put(&world, &old);
    let terminal = world.open().await;
    assert_eq!(terminal.state().await.unwrap().outbox.len(), 1);
    terminal.flush_outbox().await.unwrap();
    assert!(terminal.state().await.unwrap().outbox.is_empty());
    let writes = world.platform.state().writes.len();
    assert_eq!(writes, 2, "the consent and the declaration, once each");
}

#[tokio::test]
async fn the_files_of_somebody_who_had_the_phone_before_open_nothing() {
    let world = World::new().await;
    let terminal = world.ready().await;
    let before = world.files();
    terminal.erase().await.unwrap();
    drop(terminal);
    // A second owner; then the first one's files are put back, all of them or the data alone.
    let terminal = world.open().await;
    terminal.keep_draft("correction", "草稿").await.unwrap();
    drop(terminal);
    let own = world.files();
    let mut mixed = own.clone();
    for name in ["store.db", "lit"] {
        mixed.insert(name.to_owned(), before[name].clone());
    }
    put(&world, &mixed);
    assert!(matches!(world.shown_cold(), Err(ShowError::Damaged)));
    let refused = world.try_open().await;
    assert!(matches!(
        refused,
        Err(TerminalError::Store(StoreError::ValueDamaged { .. }))
    ));
    let (terminal, repaired) = Terminal::repair(world.config(), world.ports())
        .await
        .unwrap();
    assert_eq!((repaired.kept, repaired.code), (0, false));
    drop(terminal);
    put(&world, &before);
    let state = KeyState::Damaged;
    assert!(matches!(world.shown_cold(), Err(ShowError::Keys(found)) if found == state));
    let error = world.try_open().await.unwrap_err();
    assert_eq!(error.key_state(), Some(state));
    put(&world, &own);
    let terminal = world.open().await;
    let draft = terminal.draft("correction").await.unwrap();
    assert_eq!(draft.as_deref(), Some("草稿"));
}
