//! What has had its time goes, in bounded steps; what is needed stays.

use super::*;

fn evidence(number: u8, class: EvidenceClass, held_at: i64) -> EvidenceRow {
    EvidenceRow {
        id: [number; 16],
        person: id(1),
        sealed: vec![number],
        digest: [number; 32],
        recorded_at: held_at,
        class,
        held_at,
    }
}

async fn put(storage: &dyn Storage, rows: Vec<EvidenceRow>) {
    storage.put_evidence(rows, Vec::new()).await.unwrap();
}

async fn evidence_ids(storage: &dyn Storage) -> Vec<u8> {
    let (_, rows) = storage.evidence(id(1)).await.unwrap();
    rows.iter().map(|row| row.id[0]).collect()
}

#[rstest]
#[tokio::test]
async fn evidence_is_found_by_its_class_and_forgotten_unless_more_came(
    #[values(Engine::Sqlite)] engine: Engine,
) {
    let opened = engine.open();
    let storage = &*opened.storage;
    person(storage).await;
    let rows = vec![
        evidence(1, EvidenceClass::Finding, 10),
        evidence(2, EvidenceClass::HealthDeclaration, 20),
        evidence(3, EvidenceClass::TripDeclaration, 30),
    ];
    put(storage, rows).await;
    let found = async |class, before| {
        storage
            .people_with_evidence(class, before, 9)
            .await
            .unwrap()
    };
    for (class, held_at) in EvidenceClass::ALL.into_iter().zip([10, 20, 30]) {
        assert!(found(class, held_at).await.is_empty());
        assert_eq!(found(class, held_at + 1).await, [id(1)]);
    }
    let forget = |evidence_version| ForgetEvidence {
        person: id(1),
        evidence_version,
        ids: vec![[1; 16]],
        held: vec![([2; 16], 25), ([3; 16], 5)],
    };
    assert!(
        !storage.forget_evidence(forget(2)).await.unwrap(),
        "a piece came meanwhile"
    );
    assert_eq!(evidence_ids(storage).await, [1, 2, 3]);
    assert!(storage.forget_evidence(forget(3)).await.unwrap());
    assert_eq!(evidence_ids(storage).await, [2, 3]);
    assert!(found(EvidenceClass::HealthDeclaration, 25).await.is_empty());
    assert_eq!(
        found(EvidenceClass::TripDeclaration, 31).await,
        [id(1)],
        "days are never counted from earlier than before"
    );
    let (version, _) = storage.evidence(id(1)).await.unwrap();
    assert_eq!(version, 3, "an evaluation stays in force");
}

#[rstest]
#[tokio::test]
async fn evidence_is_held_from_the_evaluation_that_rests_on_it(
    #[values(Engine::Sqlite)] engine: Engine,
) {
    let opened = engine.open();
    let storage = &*opened.storage;
    person(storage).await;
    let rows = vec![
        evidence(1, EvidenceClass::Finding, 10),
        evidence(2, EvidenceClass::Finding, 10),
    ];
    put(storage, rows).await;
    let mut put = evaluation(1, 0, 2);
    put.rests_on = vec![[2; 16]];
    assert!(storage.put_evaluation(put).await.unwrap());
    let (_, rows) = storage.evidence(id(1)).await.unwrap();
    let held: Vec<i64> = rows.iter().map(|row| row.held_at).collect();
    assert_eq!(held, [10, 30]);
}

#[rstest]
#[tokio::test]
async fn a_sweep_removes_a_bounded_number_at_one_time(#[values(Engine::Sqlite)] engine: Engine) {
    let opened = engine.open();
    let storage = &*opened.storage;
    for number in 0..25 {
        let nonce = NonceRow {
            value: [number; 16],
            expires_at: 50,
        };
        storage.spend_nonce(nonce, Vec::new()).await.unwrap();
    }
    let mut removed = Vec::new();
    for _ in 0..4 {
        removed.push(storage.sweep(100, keep_all(), 10).await.unwrap());
    }
    assert_eq!(removed, [10, 10, 5, 0]);
}

#[rstest]
#[tokio::test]
async fn a_device_that_ended_goes_with_all_that_hangs_on_it(
    #[values(Engine::Sqlite)] engine: Engine,
) {
    let opened = engine.open();
    let storage = &*opened.storage;
    let device = with_device(storage).await;
    storage
        .put_strip(strip(device.id, 1, 10..12))
        .await
        .unwrap();
    let end = EndDevice {
        person: id(1),
        device: device.id,
        seen: SeenHours {
            from_hour: 0,
            hours: vec![([1; 16], 10), ([1; 16], 11)],
        },
        recalls: Vec::new(),
        leaves: Vec::new(),
        at: 60,
    };
    assert_eq!(storage.end_device(end).await.unwrap(), DeviceOutcome::Done);
    let keep = |sessions, strips| KeepSince {
        sessions,
        strips,
        ..keep_all()
    };
    let devices = async || storage.devices(id(1)).await.unwrap().len();
    storage.sweep(100, keep(60, 12 * 3600), 10).await.unwrap();
    assert_eq!(devices().await, 1, "not yet its time");
    storage.sweep(100, keep(61, 11 * 3600), 10).await.unwrap();
    assert_eq!(devices().await, 1, "its last hour may still be shown");
    storage.sweep(100, keep(61, 12 * 3600), 10).await.unwrap();
    assert_eq!(devices().await, 0);
    assert!(storage.notices(device.id).await.unwrap().is_empty());
    assert!(storage.applications(id(1)).await.unwrap().is_empty());
    assert!(storage.strips(id(1), 0).await.unwrap().is_empty());
    let mut again = strip(device.id, 2, 10..12);
    again.strip.first_key_hash = [1; 32];
    assert_eq!(
        storage.put_strip(again).await.unwrap(),
        StripOutcome::Gone,
        "no strip without a device"
    );
}

#[rstest]
#[tokio::test]
async fn of_a_person_who_left_nothing_stays_in_the_end(#[values(Engine::Sqlite)] engine: Engine) {
    const DAY: i64 = 86_400;
    let opened = engine.open();
    let storage = &*opened.storage;
    person(storage).await;
    put(storage, vec![evidence(1, EvidenceClass::Finding, 1)]).await;
    assert!(storage.put_evaluation(evaluation(1, 0, 1)).await.unwrap());
    let consent = ConsentRow {
        purpose: "health_code".to_owned(),
        text_version: 1,
        language: "en".to_owned(),
        given: true,
        at: 5,
        key: None,
    };
    storage.put_consent(id(1), consent).await.unwrap();
    storage.put_leaves(vec![leaf(1)]).await.unwrap();
    let keep = KeepSince {
        sessions: 10 * DAY,
        consents: 10 * DAY,
        evidence: 10 * DAY,
        decisions: 50,
        ..keep_all()
    };
    let there = async || storage.find_person(marked(1)).await.unwrap().is_some();
    storage.sweep(2 * DAY, keep, 10).await.unwrap();
    assert!(storage.consents(id(1)).await.unwrap().is_empty());
    assert!(storage.known(id(1)).await.unwrap().evaluation.is_some());
    assert!(there().await, "there is evidence and a trace of them");
    let forget = ForgetEvidence {
        person: id(1),
        evidence_version: 1,
        ids: vec![[1; 16]],
        held: Vec::new(),
    };
    assert!(storage.forget_evidence(forget).await.unwrap());
    storage.sweep(4 * DAY, keep, 10).await.unwrap();
    assert!(storage.known(id(1)).await.unwrap().evaluation.is_none());
    assert!(there().await, "there is a trace of them");
    let keep = KeepSince {
        decisions: 101,
        ..keep
    };
    storage.sweep(6 * DAY, keep, 10).await.unwrap();
    assert!(!there().await);
    assert!(storage.has_leaf([1; 32]).await.unwrap());
}

#[rstest]
#[tokio::test]
async fn a_batch_waits_for_so_long_and_a_decided_one_is_kept_for_so_long(
    #[values(Engine::Sqlite)] engine: Engine,
) {
    let opened = engine.open();
    let storage = &*opened.storage;
    let batch = |id, state| BatchRow {
        authority: "cdc".to_owned(),
        id: [id; 16],
        digest: [0; 32],
        state,
        principal: "cdc-1".to_owned(),
        approved_by: None,
        sealed_body: vec![7],
        report: "[]".to_owned(),
        received_at: 10,
    };
    for row in [batch(1, BatchState::Waiting), batch(2, BatchState::Applied)] {
        storage
            .put_batch(row, Vec::new(), Vec::new(), Vec::new())
            .await
            .unwrap();
    }
    assert!(storage.waiting_batches(10, 9).await.unwrap().is_empty());
    assert_eq!(
        storage.waiting_batches(11, 9).await.unwrap(),
        [batch(1, BatchState::Waiting)]
    );
    let keep = KeepSince {
        audit: 11,
        ..keep_all()
    };
    storage.sweep(100, keep, 10).await.unwrap();
    let left = async |number| storage.batch("cdc".to_owned(), [number; 16]).await.unwrap();
    assert!(left(1).await.is_some(), "it waits");
    assert!(left(2).await.is_none());
}

#[tokio::test]
async fn what_was_removed_is_in_no_file_of_sqlite_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.sqlite");
    let storage = Sqlite::open(&file).unwrap();
    person(&storage).await;
    let secret: Vec<u8> = b"what was sealed of somebody".repeat(400);
    let mut row = evidence(1, EvidenceClass::Finding, 10);
    row.sealed = secret.clone();
    put(&storage, vec![row]).await;
    let is_there = || {
        std::fs::read_dir(folder.path()).unwrap().any(|entry| {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            bytes.windows(27).any(|part| part == &secret[..27])
        })
    };
    assert!(is_there());
    let forget = ForgetEvidence {
        person: id(1),
        evidence_version: 1,
        ids: vec![[1; 16]],
        held: Vec::new(),
    };
    assert!(storage.forget_evidence(forget).await.unwrap());
    assert!(is_there(), "in the write-ahead log");
    storage.give_back().await.unwrap();
    assert!(!is_there());
    assert_eq!(
        std::fs::metadata(folder.path().join("store.sqlite-wal"))
            .unwrap()
            .len(),
        0
    );
}

#[rstest]
#[tokio::test]
async fn a_consent_is_gone_after_its_days_once_it_has_ended_and_stays_while_it_holds(
    #[values(Engine::Sqlite)] engine: Engine,
) {
    let opened = engine.open();
    let storage = &*opened.storage;
    with_device(storage).await;
    let answers = [
        ("health_code", 1, true, 10),
        ("trip_declaration", 1, true, 10),
        ("trip_declaration", 1, false, 20),
        ("health_code", 2, true, 30),
    ];
    for (purpose, text_version, given, at) in answers {
        let consent = ConsentRow {
            purpose: purpose.to_owned(),
            text_version,
            language: "en".to_owned(),
            given,
            at,
            key: None,
        };
        storage.put_consent(id(1), consent).await.unwrap();
    }
    let left = async |consents| -> Vec<(String, u32)> {
        let keep = KeepSince {
            consents,
            ..keep_all()
        };
        storage.sweep(1000, keep, 10).await.unwrap();
        let rows = storage.consents(id(1)).await.unwrap();
        rows.into_iter()
            .map(|row| (row.purpose, row.text_version))
            .collect()
    };
    assert_eq!(left(20).await.len(), 4, "none has had its days");
    assert_eq!(
        left(21).await,
        [("health_code".to_owned(), 1), ("health_code".to_owned(), 2)],
        "the no, and the yes before it"
    );
    assert_eq!(
        left(900).await,
        [("health_code".to_owned(), 2)],
        "what holds stays, however old"
    );
}
