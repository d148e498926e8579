//! What happens between looking and writing.

use rstest::rstest;

use super::*;

async fn second_device(storage: &dyn Storage, number: u8) -> DeviceRow {
    storage
        .put_attempt(attempt(number, Some(id(1))))
        .await
        .unwrap();
    let device = storage
        .complete_login(login(number, number, 30))
        .await
        .unwrap()
        .unwrap();
    let application = ApplicationRow {
        id: [number; 16],
        person: id(1),
        device: device.id,
        opened_at: 31,
        completed_at: None,
        way: None,
    };
    storage.open_application(application).await.unwrap();
    let handle = CounterHandleRow {
        handle_hash: [number; 32],
        code_hash: [number; 32],
        application: [number; 16],
        person: id(1),
        device: device.id,
        expires_at: 1000,
    };
    storage.put_counter_handle(handle).await.unwrap();
    device
}

fn end(device: [u8; 8], hours: &[u32]) -> EndDevice {
    EndDevice {
        person: id(1),
        device,
        seen: SeenHours {
            from_hour: 0,
            hours: hours.iter().map(|hour| ([1; 16], *hour)).collect(),
        },
        recalls: Vec::new(),
        leaves: Vec::new(),
        at: 40,
    }
}

#[rstest]
#[tokio::test]
async fn a_verification_that_saw_fewer_devices_than_there_are_is_stale(
    #[values(Engine::Sqlite)] engine: Engine,
) {
    let opened = engine.open();
    let storage = &*opened.storage;
    let first = with_device(storage).await;
    let second = second_device(storage, 2).await;
    // Made when there was no other verified device than the second itself.
    let of_one = VerifyDevice {
        application: [2; 16],
        limit: 1,
        ..verify(second.id)
    };
    let settle = |verify| storage.settle_counter([2; 32], verify);
    assert_eq!(
        settle(of_one.clone()).await.unwrap(),
        DeviceOutcome::Stale,
        "one is there already"
    );
    let devices = storage.devices(id(1)).await.unwrap();
    assert!(
        devices
            .iter()
            .any(|device| device.id == second.id && device.standing == Standing::Unverified)
    );
    let with_room = VerifyDevice {
        make_room: vec![end(first.id, &[])],
        ..of_one
    };
    storage.put_strip(strip(first.id, 1, 10..12)).await.unwrap();
    assert_eq!(
        settle(with_room.clone()).await.unwrap(),
        DeviceOutcome::Stale,
        "a strip was signed meanwhile, which nobody would recall"
    );
    let with_room = VerifyDevice {
        make_room: vec![end(first.id, &[10, 11])],
        ..with_room
    };
    assert_eq!(
        settle(with_room.clone()).await.unwrap(),
        DeviceOutcome::Done
    );
    assert_eq!(
        settle(with_room).await.unwrap(),
        DeviceOutcome::Stale,
        "whoever was to make room has gone"
    );
    let again = VerifyDevice {
        limit: 1,
        ..verify(second.id)
    };
    assert_eq!(
        settle(again).await.unwrap(),
        DeviceOutcome::Gone,
        "a handle is used once"
    );
    let gone = storage.settle_counter([2; 32], verify(first.id)).await;
    assert_eq!(gone.unwrap(), DeviceOutcome::Gone);
}

#[rstest]
#[tokio::test]
async fn no_strip_escapes_a_recall_by_being_signed_meanwhile(
    #[values(Engine::Sqlite)] engine: Engine,
) {
    let opened = engine.open();
    let storage = &*opened.storage;
    let device = with_device(storage).await;
    storage
        .put_strip(strip(device.id, 1, 10..12))
        .await
        .unwrap();
    let worse = |hours: &[u32]| PutEvaluation {
        seen: end(device.id, hours).seen,
        leaves: vec![leaf(7)],
        ..evaluation(2, 1, 0)
    };
    for hours in [&[][..], &[10], &[10, 11, 12]] {
        assert!(!storage.put_evaluation(worse(hours)).await.unwrap());
        let ended = storage.end_device(end(device.id, hours)).await.unwrap();
        assert_eq!(ended, DeviceOutcome::Stale);
    }
    assert!(!storage.has_leaf([7; 32]).await.unwrap());
    assert!(storage.put_evaluation(worse(&[10, 11])).await.unwrap());
    let ended = storage.end_device(end(device.id, &[10, 11])).await.unwrap();
    assert_eq!(ended, DeviceOutcome::Done);
}

#[rstest]
#[tokio::test]
async fn a_strip_that_is_not_kept_leaves_nothing_behind(#[values(Engine::Sqlite)] engine: Engine) {
    let opened = engine.open();
    let storage = &*opened.storage;
    let device = with_device(storage).await;
    let kept = PutStrip {
        leaves: vec![leaf(8)],
        ..strip(device.id, 1, 10..12)
    };
    let stale = PutStrip {
        expected_version: 2,
        ..kept.clone()
    };
    assert_eq!(storage.put_strip(stale).await.unwrap(), StripOutcome::Stale);
    storage.put_leaves(vec![leaf(8)]).await.unwrap();
    assert!(
        storage.put_strip(kept.clone()).await.is_err(),
        "no strip without its own leaf"
    );
    assert!(strip_of(storage, device.id).await.is_none());
    let with_leaf = PutStrip {
        leaves: vec![leaf(9)],
        ..kept
    };
    assert_eq!(
        storage.put_strip(with_leaf).await.unwrap(),
        StripOutcome::Stored
    );
    assert!(storage.has_leaf([9; 32]).await.unwrap());
}

#[rstest]
#[tokio::test]
async fn a_batch_that_was_decided_keeps_no_body(#[values(Engine::Sqlite)] engine: Engine) {
    let opened = engine.open();
    let storage = &*opened.storage;
    let batch = BatchRow {
        authority: "cdc".to_owned(),
        id: [1; 16],
        digest: [2; 32],
        state: BatchState::Waiting,
        principal: "cdc-1".to_owned(),
        approved_by: None,
        sealed_body: vec![1, 2, 3],
        report: "[]".to_owned(),
        received_at: 50,
    };
    let put = storage.put_batch(batch.clone(), Vec::new(), Vec::new(), Vec::new());
    assert_eq!(put.await.unwrap(), BatchOutcome::Stored);
    let decided = BatchRow {
        state: BatchState::Refused,
        approved_by: Some("health-1".to_owned()),
        ..batch
    };
    let approve = async || {
        storage
            .approve_batch(decided.clone(), Vec::new(), Vec::new())
            .await
            .unwrap()
    };
    assert!(approve().await);
    assert!(!approve().await, "decided once");
    let kept = storage.batch("cdc".to_owned(), [1; 16]).await.unwrap();
    assert!(kept.unwrap().sealed_body.is_empty());
}

#[rstest]
#[tokio::test]
async fn other_rules_make_everybody_due(#[values(Engine::Sqlite)] engine: Engine) {
    let opened = engine.open();
    let storage = &*opened.storage;
    with_device(storage).await;
    assert!(storage.people_due(60, 10).await.unwrap().is_empty());
    storage.make_all_due(60).await.unwrap();
    assert_eq!(storage.people_due(60, 10).await.unwrap(), [id(1)]);
}

#[rstest]
#[tokio::test]
async fn a_session_is_forgotten_some_time_after_it_ended(#[values(Engine::Sqlite)] engine: Engine) {
    let opened = engine.open();
    let storage = &*opened.storage;
    let device = with_device(storage).await;
    let keep = KeepSince {
        sessions: 41,
        ..keep_all()
    };
    storage.sweep(100, keep, 100).await.unwrap();
    assert!(storage.seat_of_session([1; 16]).await.unwrap().is_some());
    storage.end_device(end(device.id, &[])).await.unwrap();
    storage.sweep(100, keep, 100).await.unwrap();
    assert!(storage.seat_of_session([1; 16]).await.unwrap().is_none());
    assert!(
        storage.devices(id(1)).await.unwrap().is_empty(),
        "and its device with it"
    );
}
