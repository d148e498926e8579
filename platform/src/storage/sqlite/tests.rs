//! Who stands in the queue of the writer, and who sees what it writes meanwhile.

use std::{
    sync::{Arc, mpsc},
    time::Duration,
};

use tokio::time::timeout;

use super::*;

/// A refusal takes microseconds; waiting for a writer that is held would never end.
const AT_ONCE: Duration = Duration::from_secs(20);

fn opened() -> (Arc<Sqlite>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(&folder.path().join("store.sqlite")).unwrap();
    (Arc::new(store), folder)
}

fn bucket(limit: u32) -> Vec<Bucket> {
    vec![Bucket {
        key: [1; 32],
        limit,
        window_seconds: 60,
    }]
}

fn attempt(number: u8) -> AttemptRow {
    AttemptRow {
        id: [number; 16],
        person: None,
        device_key: [2; 65],
        code_hash: [3; 32],
        counter: false,
        expires_at: 1_000,
    }
}

#[tokio::test]
async fn whoever_guesses_attempts_or_asks_too_often_does_not_stand_in_the_queue_of_the_writer() {
    let (store, _folder) = opened();
    for number in 1..=3 {
        store.put_attempt(attempt(number)).await.unwrap();
    }
    assert!(store.try_attempt([2; 16], 1, 100).await.unwrap().is_some());
    assert_eq!(store.count_in_buckets(bucket(1), 100).await.unwrap(), None);

    // The writer is busy with something else from here on.
    let (free, held) = mpsc::channel::<()>();
    let (began, begins) = tokio::sync::oneshot::channel();
    let busy = tokio::spawn({
        let store = store.clone();
        async move {
            let hold = move |_: &rusqlite::Transaction<'_>| {
                began.send(()).unwrap();
                held.recv().unwrap();
                Ok(())
            };
            store.write(hold).await
        }
    });
    begins.await.unwrap();
    let refused = async |id: u8, at| {
        let tried = timeout(AT_ONCE, store.try_attempt([id; 16], 1, at)).await;
        assert_eq!(tried.expect("it waited for the writer").unwrap(), None);
    };
    refused(9, 100).await;
    refused(2, 100).await;
    refused(3, 1_000).await;
    let counted = timeout(AT_ONCE, store.count_in_buckets(bucket(1), 110)).await;
    assert_eq!(
        counted.expect("it waited for the writer").unwrap(),
        Some(50)
    );
    // What may be tried, and what is counted, is written.
    let writes = tokio::spawn({
        let store = store.clone();
        async move {
            let tried = store.try_attempt([1; 16], 1, 100).await.unwrap();
            (tried, store.count_in_buckets(bucket(2), 110).await.unwrap())
        }
    });
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(!writes.is_finished());
    free.send(()).unwrap();
    busy.await.unwrap().unwrap();
    assert_eq!(writes.await.unwrap(), (Some(attempt(1)), None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_is_found_while_their_mark_goes_over_to_another_key() {
    /// So many that a look at all of them lasts longer than a write.
    const EARLIER: u32 = 200_000;
    let (store, _folder) = opened();
    let mark = |number: u32| {
        let mut mark = [7; 32];
        mark[..4].copy_from_slice(&number.to_be_bytes());
        mark
    };
    let keep = |lookup| KeepPerson {
        lookup,
        candidate: PersonId::from_bytes([1; 16]),
        sealed: crate::storage::SealedPerson {
            identity: None,
            document: None,
        },
    };
    let before = Lookup {
        key: 1,
        mark: mark(EARLIER),
        earlier: Vec::new(),
    };
    store.keep_people(vec![keep(before)], 0).await.unwrap();
    let now = Lookup {
        key: 2,
        mark: mark(0),
        earlier: (1..=EARLIER).map(mark).collect(),
    };
    let looking = tokio::spawn({
        let (store, now) = (store.clone(), now.clone());
        async move { store.find_person(now).await }
    });
    tokio::time::sleep(Duration::from_millis(5)).await;
    let gone_over = Lookup {
        earlier: vec![mark(EARLIER)],
        ..now
    };
    store.keep_people(vec![keep(gone_over)], 1).await.unwrap();
    assert!(!looking.is_finished(), "it looked at all of them before");
    let found = looking.await.unwrap().unwrap();
    assert_eq!(found.map(|found| found.by_key_in_use), Some(false));
}
