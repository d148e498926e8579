//! What the change of keys asks of an engine.

use liangma_crypto::SealingRing;
use rstest::rstest;

use super::*;
use crate::vault::Place;

fn under(key: u16, mark: u8, earlier: &[u8]) -> Lookup {
    Lookup {
        key,
        mark: [mark; 32],
        earlier: earlier.iter().map(|mark| [*mark; 32]).collect(),
    }
}

fn sealed_by(key: u16, content: u8) -> Vec<u8> {
    let mut sealed = SealingRing::prefix(key).to_vec();
    sealed.push(content);
    sealed
}

#[rstest]
#[tokio::test]
async fn somebody_who_was_found_by_an_earlier_key_goes_over_and_stays_one_person(
    #[values(Engine::Sqlite)] engine: Engine,
) {
    let opened = engine.open();
    let storage = &*opened.storage;
    let sealed = || SealedPerson {
        identity: None,
        document: Some(vec![1]),
    };
    super::keep_person(storage, under(1, 1, &[]), id(1), sealed(), 1).await;
    let found = storage.find_person(under(2, 2, &[1])).await.unwrap();
    assert_eq!(
        found,
        Some(Found {
            person: id(1),
            by_key_in_use: false
        })
    );
    let kept = super::keep_person(storage, under(2, 2, &[1]), id(2), sealed(), 2).await;
    assert_eq!(kept, id(1));
    let found = storage.find_person(under(2, 2, &[])).await.unwrap();
    assert!(found.unwrap().by_key_in_use);
    assert_eq!(storage.find_person(under(1, 1, &[])).await.unwrap(), None);
}

#[rstest]
#[tokio::test]
async fn a_document_alone_gives_way_to_an_identity(#[values(Engine::Sqlite)] engine: Engine) {
    let opened = engine.open();
    let storage = &*opened.storage;
    let sealed = |identity: Option<u8>, document: Option<u8>| SealedPerson {
        identity: identity.map(|byte| vec![byte]),
        document: document.map(|byte| vec![byte]),
    };
    for step in [
        sealed(None, Some(1)),
        sealed(Some(2), None),
        sealed(None, Some(3)),
    ] {
        super::keep_person(storage, marked(1), id(1), step, 1).await;
    }
    let page = storage.people_page(None, 9, 10).await.unwrap();
    assert_eq!(page.people[0].sealed, sealed(Some(2), None));
}

#[rstest]
#[tokio::test]
async fn pages_pass_over_every_row_once_and_give_those_of_other_keys(
    #[values(Engine::Sqlite)] engine: Engine,
) {
    let opened = engine.open();
    let storage = &*opened.storage;
    for number in 1..=7 {
        let sealed = SealedPerson {
            identity: Some(sealed_by(u16::from(number % 2), number)),
            document: None,
        };
        super::keep_person(storage, marked(number), id(number), sealed, 1).await;
        let leaf = LeafRow {
            sealed: sealed_by(u16::from(number % 2), number),
            ..leaf(number)
        };
        storage.put_leaves(vec![leaf]).await.unwrap();
    }
    for place in [Place::Identity, Place::Leaf] {
        let (mut after, mut found, mut pages) = (Vec::new(), Vec::new(), 0);
        loop {
            let prefix = SealingRing::prefix(1).to_vec();
            let page = storage.sealed_page(place, after, prefix, 2).await.unwrap();
            pages += 1;
            found.extend(page.rows);
            match page.next {
                Some(next) => after = next,
                None => break,
            }
        }
        assert_eq!(pages, 4);
        let contents: Vec<u8> = found.iter().map(|row| row.sealed[3]).collect();
        assert_eq!(contents, [2, 4, 6]);
        let anew = |row: &SealedRow, before: Vec<u8>| Resealed {
            cursor: row.cursor.clone(),
            before,
            after: sealed_by(1, 9),
        };
        // What has changed meanwhile is left alone.
        let stale = vec![anew(&found[0], sealed_by(7, 7))];
        assert_eq!(storage.reseal(place, stale).await.unwrap(), 0);
        let rows: Vec<Resealed> = found
            .iter()
            .map(|row| anew(row, row.sealed.clone()))
            .collect();
        assert_eq!(storage.reseal(place, rows).await.unwrap(), 3);
        let prefix = SealingRing::prefix(1).to_vec();
        let page = storage.sealed_page(place, Vec::new(), prefix, 99).await;
        assert!(page.unwrap().rows.is_empty());
    }
}

#[rstest]
#[tokio::test]
async fn batches_and_strips_are_passed_over_with_the_row_they_are_sealed_to(
    #[values(Engine::Sqlite)] engine: Engine,
) {
    let opened = engine.open();
    let storage = &*opened.storage;
    for (authority, number) in [("cdc", 1), ("cdc", 2), ("cdc-2", 1)] {
        let batch = BatchRow {
            authority: authority.to_owned(),
            id: [number; 16],
            digest: [1; 32],
            state: BatchState::Waiting,
            principal: "p".to_owned(),
            approved_by: None,
            sealed_body: sealed_by(1, number),
            report: "[]".to_owned(),
            received_at: 1,
        };
        storage
            .put_batch(batch, Vec::new(), Vec::new(), Vec::new())
            .await
            .unwrap();
    }
    let (mut after, mut rows) = (Vec::new(), Vec::new());
    loop {
        let prefix = SealingRing::prefix(2).to_vec();
        let page = storage.sealed_page(Place::Batch, after, prefix, 1).await;
        let page = page.unwrap();
        rows.extend(page.rows.into_iter().map(|row| row.row));
        match page.next {
            Some(next) => after = next,
            None => break,
        }
    }
    let place = |authority: &str, number: u8| [authority.as_bytes(), b"|", &[number; 16]].concat();
    assert_eq!(rows, [place("cdc", 1), place("cdc", 2), place("cdc-2", 1)]);
}

#[rstest]
#[tokio::test]
async fn a_key_is_noted_once_and_retired_once(#[values(Engine::Sqlite)] engine: Engine) {
    let opened = engine.open();
    let storage = &*opened.storage;
    assert!(storage.ring_keys().await.unwrap().is_empty(), "a new store");
    let key = |fingerprint: u8| RingKeyRow {
        kind: KeyKind::Master,
        number: 1,
        fingerprint: vec![fingerprint],
        since: 5,
        retired_at: None,
    };
    storage.note_ring_key(key(1)).await.unwrap();
    storage.note_ring_key(key(2)).await.unwrap();
    assert_eq!(storage.ring_keys().await.unwrap(), [key(1)]);
    for at in [8, 9] {
        storage
            .retire_ring_keys(KeyKind::Master, vec![1], at)
            .await
            .unwrap();
    }
    assert_eq!(storage.ring_keys().await.unwrap()[0].retired_at, Some(8));
}

#[rstest]
#[tokio::test]
async fn two_publishers_never_keep_two_files_with_one_version(
    #[values(Engine::Sqlite)] engine: Engine,
) {
    let opened = engine.open();
    let storage = &*opened.storage;
    let file = |role: &str, version: u64, byte: u8| TrustFileRow {
        role: role.to_owned(),
        version,
        bytes: vec![byte],
    };
    let all = |byte| vec![file("root", 2, byte), file("issuers", 5, byte)];
    assert!(storage.put_trust_files(all(1)).await.unwrap());
    assert!(
        storage.put_trust_files(all(1)).await.unwrap(),
        "the same again"
    );
    assert!(!storage.put_trust_files(all(2)).await.unwrap());
    let half = vec![file("rules/x", 1, 3), file("issuers", 5, 3)];
    assert!(!storage.put_trust_files(half).await.unwrap());
    assert_eq!(
        storage.trust_file("rules/x".to_owned()).await.unwrap(),
        None
    );
    let kept = storage.trust_file("root".to_owned()).await.unwrap();
    assert_eq!(kept, Some(file("root", 2, 1)));
}
