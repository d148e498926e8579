//! One suite over every engine: what the trait promises, whoever keeps it.

use std::sync::Arc;

use liangma_domain::person::PersonId;
use rstest::rstest;

use super::*;

mod keys;
mod meanwhile;
mod restored;
mod retention;
mod rule_changes;

/// An engine on its own folder. Another engine gets another arm here, and the whole suite with it.
#[derive(Clone, Copy, Debug)]
enum Engine {
    Sqlite,
}

struct Opened {
    storage: Arc<dyn Storage>,
    _folder: tempfile::TempDir,
}

impl Engine {
    fn open(self) -> Opened {
        let folder = tempfile::tempdir().unwrap();
        let storage: Arc<dyn Storage> = match self {
            Self::Sqlite => Arc::new(Sqlite::open(&folder.path().join("store.sqlite")).unwrap()),
        };
        Opened {
            storage,
            _folder: folder,
        }
    }
}

fn id(byte: u8) -> PersonId {
    PersonId::from_bytes([byte; 16])
}

fn leaf(byte: u8) -> LeafRow {
    LeafRow {
        hash: [byte; 32],
        person: Some(id(1)),
        sealed: vec![byte],
        at: 100,
    }
}

fn marked(byte: u8) -> Lookup {
    Lookup {
        key: 1,
        mark: [byte; 32],
        earlier: Vec::new(),
    }
}

fn identity(byte: u8) -> SealedPerson {
    SealedPerson {
        identity: Some(vec![byte]),
        document: None,
    }
}

async fn keep_person(
    storage: &dyn Storage,
    lookup: Lookup,
    candidate: PersonId,
    sealed: SealedPerson,
    at: i64,
) -> PersonId {
    let keep = KeepPerson {
        lookup,
        candidate,
        sealed,
    };
    storage.keep_people(vec![keep], at).await.unwrap()[0]
}

async fn person(storage: &dyn Storage) -> PersonId {
    keep_person(storage, marked(1), id(1), identity(1), 1).await
}

fn attempt(number: u8, person: Option<PersonId>) -> AttemptRow {
    AttemptRow {
        id: [number; 16],
        person,
        device_key: [4; 65],
        code_hash: [9; 32],
        counter: false,
        expires_at: 300,
    }
}

fn login(number: u8, key: u8, at: i64) -> LoginRow {
    LoginRow {
        attempt: [number; 16],
        device: DeviceRow {
            id: [number; 8],
            person: id(1),
            public_key: [key; 65],
            standing: Standing::Unverified,
            enrolled_at: at,
        },
        session: [number; 16],
        token_hash: [number; 32],
        at,
    }
}

/// A person with one verified device and an evaluation of version 1.
async fn with_device(storage: &dyn Storage) -> DeviceRow {
    person(storage).await;
    storage.put_attempt(attempt(1, Some(id(1)))).await.unwrap();
    let device = storage
        .complete_login(login(1, 1, 10))
        .await
        .unwrap()
        .unwrap();
    let application = ApplicationRow {
        id: [1; 16],
        person: id(1),
        device: device.id,
        opened_at: 11,
        completed_at: None,
        way: None,
    };
    storage.open_application(application).await.unwrap();
    let handle = CounterHandleRow {
        handle_hash: [1; 32],
        code_hash: [2; 32],
        application: [1; 16],
        person: id(1),
        device: device.id,
        expires_at: 1000,
    };
    storage.put_counter_handle(handle).await.unwrap();
    assert_eq!(
        storage
            .settle_counter([1; 32], verify(device.id))
            .await
            .unwrap(),
        DeviceOutcome::Done
    );
    assert!(storage.put_evaluation(evaluation(1, 0, 0)).await.unwrap());
    device
}

fn verify(device: [u8; 8]) -> VerifyDevice {
    VerifyDevice {
        application: [1; 16],
        person: id(1),
        device,
        way: "counter:c".to_owned(),
        limit: 2,
        make_room: Vec::new(),
        leaves: Vec::new(),
        at: 20,
    }
}

/// The strip in use on a device of the person.
async fn strip_of(storage: &dyn Storage, device: [u8; 8]) -> Option<StripRow> {
    storage.refreshable(device, id(1)).await.unwrap().strip
}

/// Nothing has had its time.
fn keep_all() -> KeepSince {
    KeepSince {
        attempts: 0,
        sessions: 0,
        tickets: 0,
        strips: 0,
        decisions: 0,
        consents: 0,
        evidence: 0,
        audit: 0,
        recalls: 0,
    }
}

fn nothing_seen() -> SeenHours {
    SeenHours {
        from_hour: 0,
        hours: Vec::new(),
    }
}

fn evaluation(version: u64, expected_version: u64, evidence_version: u64) -> PutEvaluation {
    PutEvaluation {
        row: EvaluationRow {
            person: id(1),
            version,
            evidence_version,
            sealed: vec![1],
            next_change_at: None,
            evaluated_at: 30,
        },
        expected_version,
        seen: nothing_seen(),
        recalls: Vec::new(),
        rests_on: Vec::new(),
        leaves: Vec::new(),
    }
}

fn strip(device: [u8; 8], number: u8, hours: std::ops::Range<u32>) -> PutStrip {
    PutStrip {
        strip: StripRow {
            id: [number; 16],
            device,
            person: id(1),
            begins: hours.start,
            first_key_hash: [number; 32],
            state: StripState::Current,
            key_hour: hours.start,
            sealed_key: vec![number],
            last_hour: hours.start,
            hours: hours
                .map(|hour| StripHourRow {
                    hour,
                    anchor: [number; 16],
                    colour: 1,
                    credential: vec![number],
                })
                .collect(),
        },
        begins_now: true,
        expected_version: 1,
        alive_max: Some(8),
        alive_from: 0,
        leaves: Vec::new(),
    }
}

#[rstest]
#[tokio::test]
async fn a_person_is_found_again_and_keeps_their_id(#[values(Engine::Sqlite)] engine: Engine) {
    let opened = engine.open();
    let storage = &*opened.storage;
    assert_eq!(
        keep_person(storage, marked(1), id(1), SealedPerson::default(), 1).await,
        id(1)
    );
    assert_eq!(storage.identity(id(1)).await.unwrap(), None);
    assert_eq!(
        keep_person(storage, marked(1), id(2), identity(6), 2).await,
        id(1)
    );
    // It was sealed for another id, and would not open.
    assert_eq!(storage.identity(id(1)).await.unwrap(), None);
    for sealed in [identity(7), SealedPerson::default()] {
        assert_eq!(
            keep_person(storage, marked(1), id(1), sealed, 3).await,
            id(1)
        );
        assert_eq!(storage.identity(id(1)).await.unwrap(), Some(vec![7]));
    }
    assert_eq!(storage.find_person(marked(2)).await.unwrap(), None);
}

#[rstest]
#[tokio::test]
async fn an_attempt_is_concluded_with_the_person_or_without_one(
    #[values(Engine::Sqlite)] engine: Engine,
) {
    let opened = engine.open();
    let storage = &*opened.storage;
    storage.put_attempt(attempt(1, None)).await.unwrap();
    assert!(storage.conclude_attempt([1; 16], None).await.unwrap());
    let whose = async || storage.attempt([1; 16]).await.unwrap().unwrap().person;
    assert_eq!(whose().await, None);
    let row = |person| RegisteredRow {
        lookup: marked(1),
        person: id(person),
        sealed_identity: vec![person],
        at: 1,
    };
    let conclude = async |person| storage.conclude_attempt([1; 16], Some(row(person))).await;
    assert!(conclude(1).await.unwrap());
    assert_eq!(whose().await, Some(id(1)));
    assert!(!conclude(2).await.unwrap(), "known under another id");
    assert_eq!(whose().await, Some(id(1)));
    let identity = storage.identity(id(1)).await.unwrap();
    assert_eq!(identity, Some(vec![1]), "nothing was replaced");
}

#[rstest]
#[tokio::test]
async fn a_full_bucket_counts_nothing_and_says_how_long_to_wait(
    #[values(Engine::Sqlite)] engine: Engine,
) {
    let opened = engine.open();
    let storage = &*opened.storage;
    let bucket = |key, limit| Bucket {
        key: [key; 32],
        limit,
        window_seconds: 60,
    };
    for _ in 0..2 {
        let both = vec![bucket(1, 2), bucket(2, 9)];
        assert_eq!(storage.count_in_buckets(both, 100).await.unwrap(), None);
    }
    let both = vec![bucket(1, 2), bucket(2, 3)];
    assert_eq!(storage.count_in_buckets(both, 110).await.unwrap(), Some(50));
    // The second bucket was not counted by the refused call.
    assert_eq!(
        storage
            .count_in_buckets(vec![bucket(2, 3)], 110)
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        storage
            .count_in_buckets(vec![bucket(1, 2)], 160)
            .await
            .unwrap(),
        None
    );
}

#[rstest]
#[tokio::test]
async fn a_nonce_is_spent_once(#[values(Engine::Sqlite)] engine: Engine) {
    let opened = engine.open();
    let storage = &*opened.storage;
    let nonce = NonceRow {
        value: [1; 16],
        expires_at: 400,
    };
    assert!(storage.spend_nonce(nonce, vec![leaf(1)]).await.unwrap());
    assert!(!storage.spend_nonce(nonce, vec![leaf(2)]).await.unwrap());
    assert!(storage.has_leaf([1; 32]).await.unwrap());
    assert!(
        !storage.has_leaf([2; 32]).await.unwrap(),
        "a nonce that was spent before leaves no second trace"
    );
}

#[rstest]
#[tokio::test]
async fn an_attempt_has_five_tries_and_is_consumed_once(#[values(Engine::Sqlite)] engine: Engine) {
    let opened = engine.open();
    let storage = &*opened.storage;
    person(storage).await;
    storage.put_attempt(attempt(1, Some(id(1)))).await.unwrap();
    for _ in 0..5 {
        assert!(
            storage
                .try_attempt([1; 16], 5, 100)
                .await
                .unwrap()
                .is_some()
        );
    }
    assert!(
        storage
            .try_attempt([1; 16], 5, 100)
            .await
            .unwrap()
            .is_none()
    );
    storage.put_attempt(attempt(2, Some(id(1)))).await.unwrap();
    assert!(
        storage
            .try_attempt([2; 16], 5, 300)
            .await
            .unwrap()
            .is_none(),
        "too late"
    );
    assert!(
        storage
            .complete_login(login(2, 1, 200))
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        storage
            .complete_login(login(2, 1, 200))
            .await
            .unwrap()
            .is_none()
    );
}

#[rstest]
#[tokio::test]
async fn the_same_key_is_the_same_device_and_a_new_key_is_told_to_the_others(
    #[values(Engine::Sqlite)] engine: Engine,
) {
    let opened = engine.open();
    let storage = &*opened.storage;
    let first = with_device(storage).await;
    storage.put_attempt(attempt(2, Some(id(1)))).await.unwrap();
    let again = storage
        .complete_login(login(2, 1, 40))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((again.id, again.standing), (first.id, Standing::Verified));
    assert!(
        storage.seat_of_session([1; 16]).await.unwrap().is_none(),
        "the old session ended"
    );
    assert!(storage.seat_of_session([2; 16]).await.unwrap().is_some());

    storage.put_attempt(attempt(3, Some(id(1)))).await.unwrap();
    storage
        .complete_login(login(3, 2, 50))
        .await
        .unwrap()
        .unwrap();
    let notices = storage.notices(first.id).await.unwrap();
    assert_eq!(
        notices,
        [NoticeRow {
            kind: NoticeKind::DeviceEnrolled,
            at: 50
        }]
    );
    assert!(
        storage.seat_of_token([2; 32]).await.unwrap().is_some(),
        "the first device goes on"
    );
}

#[rstest]
#[tokio::test]
async fn an_evaluation_is_kept_only_over_the_evidence_it_was_made_from(
    #[values(Engine::Sqlite)] engine: Engine,
) {
    let opened = engine.open();
    let storage = &*opened.storage;
    person(storage).await;
    let row = EvidenceRow {
        id: [1; 16],
        person: id(1),
        sealed: vec![1],
        digest: [1; 32],
        recorded_at: 5,
        class: EvidenceClass::Finding,
        held_at: 5,
    };
    assert_eq!(
        storage
            .put_evidence(vec![row.clone()], vec![leaf(1)])
            .await
            .unwrap(),
        1
    );
    assert_eq!(
        storage
            .put_evidence(vec![row], vec![leaf(2)])
            .await
            .unwrap(),
        0
    );
    assert!(
        !storage.has_leaf([2; 32]).await.unwrap(),
        "a repeated write leaves no second trace"
    );
    assert_eq!(storage.evidence(id(1)).await.unwrap().0, 1);
    assert_eq!(storage.people_due(50, 10).await.unwrap(), [id(1)]);
    assert!(
        !storage.put_evaluation(evaluation(1, 0, 0)).await.unwrap(),
        "older evidence"
    );
    assert!(storage.put_evaluation(evaluation(1, 0, 1)).await.unwrap());
    assert!(
        !storage.put_evaluation(evaluation(2, 0, 1)).await.unwrap(),
        "another was faster"
    );
    assert!(storage.people_due(50, 10).await.unwrap().is_empty());
}

#[rstest]
#[tokio::test]
async fn a_first_key_is_accepted_once_for_ever(#[values(Engine::Sqlite)] engine: Engine) {
    let opened = engine.open();
    let storage = &*opened.storage;
    let device = with_device(storage).await;
    let put = |put| storage.put_strip(put);
    assert_eq!(
        put(strip(device.id, 1, 10..12)).await.unwrap(),
        StripOutcome::Stored
    );
    let mut same_key = strip(device.id, 2, 10..12);
    same_key.strip.first_key_hash = [1; 32];
    assert_eq!(put(same_key).await.unwrap(), StripOutcome::KeyReused);
    assert_eq!(
        put(strip(device.id, 3, 10..12)).await.unwrap(),
        StripOutcome::Stored
    );
    let current = strip_of(storage, device.id).await.unwrap();
    assert_eq!(current.id, [3; 16]);
    assert_eq!(
        storage.strips(id(1), 11).await.unwrap().len(),
        2,
        "a replaced strip can be recalled"
    );
    let mut stale = strip(device.id, 4, 10..12);
    stale.expected_version = 2;
    assert_eq!(put(stale).await.unwrap(), StripOutcome::Stale);
    assert_eq!(
        put(strip([9; 8], 5, 10..12)).await.unwrap(),
        StripOutcome::Gone,
        "only a verified device has strips"
    );
}

#[rstest]
#[tokio::test]
async fn recalled_strips_are_on_the_list_and_in_use_no_more(
    #[values(Engine::Sqlite)] engine: Engine,
) {
    let opened = engine.open();
    let storage = &*opened.storage;
    let device = with_device(storage).await;
    storage
        .put_strip(strip(device.id, 1, 10..12))
        .await
        .unwrap();
    let recall = NewRecall {
        strip: [1; 16],
        hour: 10,
        key: [6; 16],
        at: 60,
    };
    let put = PutEvaluation {
        recalls: vec![recall.clone(), recall],
        leaves: vec![leaf(3)],
        seen: SeenHours {
            from_hour: 0,
            hours: vec![([1; 16], 10), ([1; 16], 11)],
        },
        ..evaluation(2, 1, 0)
    };
    assert!(storage.put_evaluation(put).await.unwrap());
    let recalls = storage.recalls(0).await.unwrap();
    assert_eq!(
        recalls,
        [RecallRow {
            version: 1,
            hour: 10,
            key: Some([6; 16]),
            at: 60
        }]
    );
    storage.renew_recalls(70).await.unwrap();
    assert_eq!(storage.recalls(1).await.unwrap()[0].version, 2);
    assert!(strip_of(storage, device.id).await.is_none());
    assert!(storage.strips(id(1), 0).await.unwrap().is_empty());
    assert!(storage.has_leaf([3; 32]).await.unwrap());
    let told = storage.notices(device.id).await.unwrap();
    assert_eq!(told.last().unwrap().kind, NoticeKind::StripRecalled);
}

#[rstest]
#[tokio::test]
async fn recall_keys_move_on_to_the_end_of_their_strip_and_forget_the_hours_before(
    #[values(Engine::Sqlite)] engine: Engine,
) {
    let opened = engine.open();
    let storage = &*opened.storage;
    let device = with_device(storage).await;
    storage
        .put_strip(strip(device.id, 1, 10..14))
        .await
        .unwrap();
    let behind = storage.strips_behind(12, 10).await.unwrap();
    assert_eq!(
        behind
            .iter()
            .map(|strip| strip.last_hour)
            .collect::<Vec<_>>(),
        [13]
    );
    let to = |key_hour| {
        vec![Advance {
            strip: [1; 16],
            key_hour,
            sealed_key: vec![2],
        }]
    };
    storage.advance_strips(to(12)).await.unwrap();
    storage.advance_strips(to(11)).await.unwrap();
    let current = strip_of(storage, device.id).await.unwrap();
    assert_eq!(current.key_hour, 12);
    assert_eq!(
        current
            .hours
            .iter()
            .map(|hour| hour.hour)
            .collect::<Vec<_>>(),
        [12, 13]
    );
    storage.advance_strips(to(14)).await.unwrap();
    assert!(storage.strips_behind(99, 10).await.unwrap().is_empty());
}

#[rstest]
#[tokio::test]
async fn a_trust_file_never_goes_back(#[values(Engine::Sqlite)] engine: Engine) {
    let opened = engine.open();
    let storage = &*opened.storage;
    let file = |version| TrustFileRow {
        role: "issuers".to_owned(),
        version,
        bytes: vec![version as u8],
    };
    assert!(storage.put_trust_files(vec![file(2)]).await.unwrap());
    let other = TrustFileRow {
        bytes: vec![9],
        ..file(2)
    };
    assert!(!storage.put_trust_files(vec![other]).await.unwrap());
    assert!(!storage.put_trust_files(vec![file(1)]).await.unwrap());
    assert_eq!(
        storage.trust_file("issuers".to_owned()).await.unwrap(),
        Some(file(2))
    );
}

#[rstest]
#[tokio::test]
async fn erasing_a_decision_leaves_its_hash(#[values(Engine::Sqlite)] engine: Engine) {
    let opened = engine.open();
    let storage = &*opened.storage;
    person(storage).await;
    storage
        .put_leaves(vec![leaf(1), LeafRow { at: 200, ..leaf(2) }])
        .await
        .unwrap();
    let keep = KeepSince {
        decisions: 150,
        ..keep_all()
    };
    storage.sweep(1000, keep, 100).await.unwrap();
    assert!(storage.has_leaf([1; 32]).await.unwrap());
    let left: Vec<_> = storage
        .leaves_of(id(1))
        .await
        .unwrap()
        .into_iter()
        .map(|leaf| leaf.hash)
        .collect();
    assert_eq!(left, [[2; 32]]);
}

#[rstest]
#[tokio::test]
async fn the_same_answer_about_a_purpose_is_recorded_once(
    #[values(Engine::Sqlite)] engine: Engine,
) {
    let opened = engine.open();
    let storage = &*opened.storage;
    person(storage).await;
    let consent = |given, at| ConsentRow {
        key: None,
        purpose: "health_code".to_owned(),
        text_version: 1,
        language: "en".to_owned(),
        given,
        at,
    };
    for (given, at) in [(true, 1), (true, 2), (false, 3), (true, 4)] {
        storage
            .put_consent(id(1), consent(given, at))
            .await
            .unwrap();
    }
    let at: Vec<_> = storage
        .consents(id(1))
        .await
        .unwrap()
        .into_iter()
        .map(|row| row.at)
        .collect();
    assert_eq!(at, [1, 3, 4]);
}

#[rstest]
#[tokio::test]
async fn an_old_yes_that_is_repeated_does_not_undo_a_no_from_another_phone(
    #[values(Engine::Sqlite)] engine: Engine,
) {
    let opened = engine.open();
    let storage = &*opened.storage;
    person(storage).await;
    for (key, given, at) in [(1, true, 1), (2, false, 2), (1, true, 3), (2, false, 4)] {
        let consent = ConsentRow {
            key: Some([key; 16]),
            purpose: "health_code".to_owned(),
            text_version: 1,
            language: "en".to_owned(),
            given,
            at,
        };
        storage.put_consent(id(1), consent).await.unwrap();
    }
    let kept: Vec<_> = storage
        .consents(id(1))
        .await
        .unwrap()
        .into_iter()
        .map(|row| (row.given, row.at))
        .collect();
    assert_eq!(kept, [(true, 1), (false, 2)]);
}

#[tokio::test]
async fn the_schema_of_sqlite_lets_no_leaf_be_changed_or_removed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.sqlite");
    let storage = Sqlite::open(&file).unwrap();
    storage
        .put_leaves(vec![LeafRow {
            person: None,
            ..leaf(1)
        }])
        .await
        .unwrap();
    let connection = rusqlite::Connection::open(&file).unwrap();
    assert!(
        connection
            .execute("UPDATE leaf SET hash = zeroblob(32)", [])
            .is_err()
    );
    assert!(connection.execute("DELETE FROM leaf", []).is_err());
    assert!(
        connection
            .execute("UPDATE leaf SET sealed = NULL", [])
            .is_ok()
    );
}

#[rstest]
#[tokio::test]
async fn one_look_finds_the_seat_and_what_is_known(#[values(Engine::Sqlite)] engine: Engine) {
    let opened = engine.open();
    let storage = &*opened.storage;
    let device = with_device(storage).await;
    assert_eq!(storage.seat_and_known([9; 32]).await.unwrap(), None);
    let evidence = |number: u8, recorded_at| EvidenceRow {
        id: [number; 16],
        person: id(1),
        sealed: vec![number],
        digest: [number; 32],
        recorded_at,
        class: EvidenceClass::Finding,
        held_at: recorded_at,
    };
    let seat = storage.seat_of_token([1; 32]).await.unwrap().unwrap();
    for rows in [Vec::new(), vec![evidence(1, 7), evidence(2, 6)]] {
        storage.put_evidence(rows, Vec::new()).await.unwrap();
        let (found, known) = storage.seat_and_known([1; 32]).await.unwrap().unwrap();
        assert_eq!(found, seat);
        assert_eq!(known, storage.known(id(1)).await.unwrap());
        assert_eq!(known.evaluation, Some(evaluation(1, 0, 0).row));
        let (version, rows) = storage.evidence(id(1)).await.unwrap();
        assert_eq!((known.evidence_version, known.evidence), (version, rows));
    }
    let known = storage.known(id(1)).await.unwrap();
    assert_eq!(known.evidence, [evidence(2, 6), evidence(1, 7)]);
    assert_eq!(storage.known(id(9)).await.unwrap(), Known::default());

    assert!(storage.put_evaluation(evaluation(2, 1, 2)).await.unwrap());
    let known = storage.known(id(1)).await.unwrap();
    let mut put = strip(device.id, 1, 10..12);
    put.expected_version = 2;
    assert_eq!(storage.put_strip(put).await.unwrap(), StripOutcome::Stored);
    let found = storage.refreshable(device.id, id(1)).await.unwrap();
    assert_eq!(found.known, known);
    assert_eq!(found.sealed_identity, Some(vec![1]));
    assert_eq!(found.strip.unwrap().hours.len(), 2);
    assert_eq!(found.consents, storage.consents(id(1)).await.unwrap());
}
