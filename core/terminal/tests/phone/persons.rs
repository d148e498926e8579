//! One phone and two people, one after the other: what was the first one's is never shown as the other's.

use liangma_domain::identity::DocumentType;
use liangma_terminal::{LoginForm, ShowError, Terminal};

use crate::{LOGIN_CODE, World, form};

async fn log_another_in(terminal: &Terminal) -> bool {
    let another = LoginForm {
        document_type: DocumentType::HongKongMacauTravelPermit,
        document_number: "H12345678".to_owned(),
        ..form()
    };
    terminal.login_start(another).await.unwrap();
    terminal.login_complete(LOGIN_CODE).await.is_ok()
}

#[tokio::test]
async fn the_code_of_the_first_is_not_shown_where_the_file_for_showing_cannot_be_written() {
    let world = World::new().await;
    let terminal = world.ready().await;
    world.shown_cold().unwrap();
    // Nothing can be written in place of the file, as where no room is left.
    let in_the_way = world.path().join("lit.new");
    std::fs::create_dir(&in_the_way).unwrap();
    assert!(!log_another_in(&terminal).await);
    assert!(matches!(terminal.show(), Err(ShowError::NoCode)));
    assert!(matches!(world.shown_cold(), Err(ShowError::NoCode)));
    drop(terminal);
    std::fs::remove_dir(&in_the_way).unwrap();
    let terminal = world.open().await;
    assert!(matches!(terminal.show(), Err(ShowError::NoCode)));
    assert!(matches!(world.shown_cold(), Err(ShowError::NoCode)));
}

#[tokio::test]
async fn a_hindered_refresh_of_the_same_person_leaves_the_file_and_shows_the_new_hours() {
    let world = World::new().await;
    let terminal = world.ready().await;
    let in_the_way = world.path().join("lit.new");
    std::fs::create_dir(&in_the_way).unwrap();
    world.pass(19 * 3600);
    terminal.refresh().await.unwrap_err();
    world.shown_cold().unwrap();
    world.pass(6 * 3600);
    terminal.show().unwrap();
    assert!(matches!(world.shown_cold(), Err(ShowError::Ended { .. })));
}

#[tokio::test]
async fn a_repair_does_not_take_the_code_from_a_file_of_the_first() {
    let world = World::new().await;
    let terminal = world.ready().await;
    terminal.settle().await.unwrap();
    let file = world.path().join("lit");
    let of_the_first = std::fs::read(&file).unwrap();
    assert!(log_another_in(&terminal).await);
    terminal.keep_draft("correction", "草稿").await.unwrap();
    drop(terminal);
    std::fs::write(&file, of_the_first).unwrap();
    let database = rusqlite::Connection::open(world.path().join("store.db")).unwrap();
    let changed = database
        .execute("UPDATE draft SET row = row || '?'", [])
        .unwrap();
    assert_eq!(changed, 1);
    drop(database);
    let (terminal, repaired) = Terminal::repair(world.config(), world.ports())
        .await
        .unwrap();
    assert!(repaired.logged_in && !repaired.code);
    assert!(matches!(terminal.show(), Err(ShowError::NoCode)));
    assert!(matches!(world.shown_cold(), Err(ShowError::NoCode)));
}
