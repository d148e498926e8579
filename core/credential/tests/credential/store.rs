//! What a store keeps, gives back, and answers about recalled strips.

use liangma_credential::{
    FileName, Freshness, Hour, RecallEntry, RecallKey, RecallList, Role, SignedFile, TrustBundle,
    TrustError, TrustStore, Updated,
};
use proptest::prelude::*;

use crate::world::{self, HOUR, START};

#[test]
fn what_is_stored_comes_back_the_same_even_after_it_expired() {
    let mut store = TrustStore::from_root(&world::root_file()).unwrap();
    let issuers = world::issuers_file(1, "zhejiang");
    let entry = |seed| RecallEntry {
        hour: HOUR,
        key: world::strip(seed).recall_key(HOUR).unwrap(),
    };
    let files = [
        world::timestamp_file(1, &issuers),
        issuers,
        world::recall_file(1, 0, vec![entry(1)]),
        world::recall_file(2, 1, vec![entry(2)]),
    ];
    for file in &files {
        store.update(file, world::time(START)).unwrap();
    }
    assert_eq!(store.files(), files);

    let restored = TrustStore::restore(&store.root_bytes(), store.files()).unwrap();
    assert_eq!(restored.files(), store.files());
    assert_eq!(restored.version(&FileName::of(Role::Recall)), Some(2));
    assert_eq!(restored.recalled_strips(), 2);
    let ages = restored.ages(world::time(START + 30 * 86_400));
    assert_eq!(
        (ages.trust, ages.recall),
        (Freshness::Unchecked, Freshness::Unchecked)
    );

    let mut other = TrustStore::from_root(&world::root_file()).unwrap();
    let bundle = store.bundle().encode();
    assert_eq!(TrustBundle::decode(&bundle), Ok(store.bundle()));
    let taken = other.update_bundle(&bundle, world::time(START)).unwrap();
    assert!(
        taken
            .iter()
            .all(|outcome| matches!(outcome, Ok(Updated::New { .. })))
    );
    assert_eq!(other.files(), files);
}

#[test]
fn a_version_that_was_kept_survives_a_restart() {
    let mut store = world::store();
    store
        .update(&world::recall_file(2, 1, vec![]), world::time(START))
        .unwrap();
    assert_eq!(store.version(&FileName::of(Role::Recall)), Some(2));
    store
        .update_root(&world::root_file_with_two_recall_keys())
        .unwrap();
    assert_eq!(store.version(&FileName::of(Role::Recall)), None);
    assert_eq!(store.version(&FileName::of(Role::Timestamp)), None);

    let by_both = |version| {
        let list = RecallList {
            header: world::header(version),
            from: 0,
            entries: vec![],
        };
        let keys = [world::RECALL, world::SECOND_RECALL].map(world::key);
        SignedFile::sign(Role::Recall, list.encode(), &[&keys[0], &keys[1]])
            .unwrap()
            .encode()
    };
    let mut restored = TrustStore::restore(&store.root_bytes(), store.files()).unwrap();
    assert_eq!(restored.files(), store.files());
    for store in [&mut store, &mut restored] {
        assert_eq!(
            store.update(&by_both(1), world::time(START)),
            Err(TrustError::Rollback { held: 2, found: 1 })
        );
        // Of the part only the version is left, so that the full list of this version is taken.
        assert!(store.update(&by_both(2), world::time(START)).is_ok());
        assert_eq!(store.version(&FileName::of(Role::Recall)), Some(2));
    }
    // What is handed to others is what is in force.
    assert_eq!(store.bundle().files, store.files());
}

#[test]
fn the_recall_keys_that_are_held_are_bounded() {
    let entries = |from: u128, count: u128| {
        (from..from + count)
            .map(|number| RecallEntry {
                hour: HOUR,
                key: RecallKey::new(number.to_be_bytes()),
            })
            .collect()
    };
    let mut store = TrustStore::from_root(&world::root_file()).unwrap();
    let mut take = |version, from, entries| {
        let file = world::recall_file(version, from, entries);
        store.update(&file, world::time(START)).map(|_| ())
    };
    assert_eq!(take(1, 0, entries(0, 150_000)), Ok(()));
    assert_eq!(
        take(2, 1, entries(150_000, 50_001)),
        Err(TrustError::Gap { held: 1, from: 1 })
    );
    assert_eq!(take(2, 1, entries(150_000, 50_000)), Ok(()));
    assert_eq!(
        take(3, 2, entries(0, 1)),
        Err(TrustError::Gap { held: 2, from: 2 })
    );
    assert_eq!(take(3, 0, entries(0, 10)), Ok(()));
    // Empty parts are bounded by their number.
    for version in 4..=1_003 {
        assert_eq!(take(version, version - 1, vec![]), Ok(()));
    }
    assert_eq!(
        take(1_004, 1_003, vec![]),
        Err(TrustError::Gap {
            held: 1_003,
            from: 1_003
        })
    );
}

#[test]
fn a_refused_file_leaves_everything_as_it_was() {
    let mut store = world::store();
    let before = store.files();
    let stranger = world::signed(Role::Issuers, b"anything".to_vec(), 99);
    assert!(store.update(&stranger, world::time(START)).is_err());
    assert!(store.update(b"", world::time(START)).is_err());
    assert_eq!(store.files(), before);
}

/// One entry after the other, as PROTOCOL.md writes it.
fn recalled_slowly(entries: &[RecallEntry], seed: u64, hour: Hour) -> bool {
    let cid = strip(seed).recall_key(hour).map(|key| key.cid(hour));
    entries.iter().any(|entry| {
        hour.0
            .checked_sub(entry.hour.0)
            .is_some_and(|hours| hours < 48 && Some(entry.key.after(hours).cid(hour)) == cid)
    })
}

fn strip(seed: u64) -> liangma_credential::StripChain {
    let chain = world::strip(seed);
    liangma_credential::StripChain::new(chain.secret().clone(), Hour(HOUR.0 - 60))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn prepared_hours_answer_as_the_list_itself_does(
        first in proptest::collection::vec((0u64..8, 0u32..60), 0..12),
        second in proptest::collection::vec((0u64..8, 0u32..60), 0..6),
        questions in proptest::collection::vec((0u64..8, 0u32..70, any::<bool>()), 1..30),
    ) {
        let entries = |pairs: &[(u64, u32)]| -> Vec<RecallEntry> {
            pairs
                .iter()
                .map(|(seed, hours)| {
                    let hour = Hour(HOUR.0 - 60 + hours);
                    RecallEntry { hour, key: strip(*seed).recall_key(hour).unwrap() }
                })
                .collect()
        };
        let mut known = entries(&first);
        let mut store = TrustStore::from_root(&world::root_file()).unwrap();
        store.update(&world::recall_file(1, 0, known.clone()), world::time(START)).unwrap();
        let mut appended = false;
        for (seed, hours, append) in questions {
            if append && !appended {
                // Hours that are ready already have to take in the new part.
                let part = entries(&second);
                store.update(&world::recall_file(2, 1, part.clone()), world::time(START)).unwrap();
                known.extend(part);
                appended = true;
            }
            let hour = Hour(HOUR.0 - 60 + hours);
            let cid = strip(seed).cid(hour).unwrap();
            prop_assert_eq!(store.recalled(cid, hour), recalled_slowly(&known, seed, hour));
        }
    }
}

#[test]
fn fifty_thousand_strips_fit_into_one_list() {
    let entries: Vec<_> = (0..50_000u128)
        .map(|number| RecallEntry {
            hour: Hour(HOUR.0 - (number % 24) as u32),
            key: RecallKey::new((number << 64).to_be_bytes()),
        })
        .collect();
    let last = entries[49_999].clone();
    let file = world::recall_file(1, 0, entries);
    // 16 bytes a strip, as DESIGN counts, and little more.
    assert!(file.len() < 801_000, "{} bytes", file.len());
    let mut store = TrustStore::from_root(&world::root_file()).unwrap();
    store.update(&file, world::time(START)).unwrap();
    let cid = last.key.after(HOUR.0 - last.hour.0).cid(HOUR);
    assert!(store.recalled(cid, HOUR));
    assert!(!store.recalled(cid, HOUR.next()));
}
