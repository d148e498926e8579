//! What a store answers about the files in force, and what a change of keys leaves of them.

use liangma_credential::{
    FileName, NamedFile, PaperSerial, RecallList, Role, RootFile, SignedFile, StampedFile,
    TimestampFile, TrustError, TrustStore, VoidList, void_hash,
};
use liangma_crypto::PublicKey;

use crate::world::{self, START, header};

const VOIDS: u64 = 30;
const RULES: u64 = 31;

fn public(seed: u64) -> PublicKey {
    *world::key(seed).public_key()
}

/// A root whose recall lists and lists of voids are signed with these keys.
fn root(version: u32, recall: &[u64], voids: &[u64]) -> Vec<u8> {
    let all = |role, seeds: &[u64]| {
        let keys: Vec<_> = seeds.iter().map(|seed| public(*seed)).collect();
        (role, keys.len() as u8, keys)
    };
    let roles = [
        all(Role::Root, &[world::ROOT]),
        all(Role::Issuers, &[world::ISSUERS]),
        all(Role::Recall, recall),
        all(Role::Voids, voids),
        all(Role::Rules, &[RULES]),
        all(Role::Timestamp, &[world::TIMESTAMP]),
    ];
    let root = RootFile::new(header(version), &roles);
    world::signed(Role::Root, root.encode(), world::ROOT)
}

fn store() -> TrustStore {
    TrustStore::from_root(&root(1, &[world::RECALL], &[VOIDS])).unwrap()
}

fn take(store: &mut TrustStore, file: &[u8]) -> Result<(), TrustError> {
    store.update(file, world::time(START)).map(|_| ())
}

/// A time stamp that names one recall list.
fn stamp(version: u32, recall: &[u8], recall_version: u32) -> Vec<u8> {
    let stamp = TimestampFile {
        header: header(version),
        files: vec![StampedFile {
            file: FileName::of(Role::Recall),
            version: recall_version,
            payload_hash: SignedFile::decode(recall).unwrap().payload_hash(),
        }],
    };
    world::signed(Role::Timestamp, stamp.encode(), world::TIMESTAMP)
}

#[test]
fn a_store_tells_what_is_in_force() {
    let mut store = store();
    let rules = NamedFile {
        header: header(3),
        name: "zhejiang".to_owned(),
        body: b"{}".to_vec(),
    };
    let recall = world::recall_file(1, 0, vec![]);
    for file in [
        world::issuers_file(2, "zhejiang"),
        world::signed(Role::Rules, rules.encode(), RULES),
        stamp(4, &recall, 1),
    ] {
        take(&mut store, &file).unwrap();
    }
    let version = |role| store.version(&FileName::of(role));
    assert_eq!(version(Role::Root), Some(1));
    assert_eq!(version(Role::Issuers), Some(2));
    assert_eq!(version(Role::Timestamp), Some(4));
    assert_eq!(version(Role::Voids), None);
    assert_eq!(store.named(Role::Rules, "zhejiang"), Some(&rules));
    assert_eq!(store.named(Role::Rules, "guangxi"), None);
    assert_eq!(store.stamped_files(), [FileName::of(Role::Recall)]);
    assert_eq!(store.timestamp_keys(), [public(world::TIMESTAMP)]);
    let issuers: Vec<_> = store.issuers().iter().map(|issuer| issuer.key).collect();
    assert_eq!(issuers, [public(world::LIVE)]);
}

#[test]
fn the_full_recall_list_is_asked_for_when_a_time_stamp_names_the_version_that_is_held_in_parts() {
    let mut store = store();
    let full = |version| world::recall_file(version, 0, vec![]);
    let asked = TrustStore::recall_can_be_confirmed_by_the_full_list;
    take(&mut store, &full(1)).unwrap();
    take(&mut store, &stamp(1, &full(1), 1)).unwrap();
    assert!(!asked(&store), "the full list is there");
    take(&mut store, &world::recall_file(2, 1, vec![])).unwrap();
    assert!(!asked(&store), "no full list of this version is known");
    take(&mut store, &stamp(2, &full(2), 2)).unwrap();
    assert!(asked(&store));
    take(&mut store, &full(2)).unwrap();
    assert!(!asked(&store), "it was taken");
}

#[test]
fn a_time_stamp_that_names_another_recall_list_of_the_version_in_force_is_refused() {
    let mut store = store();
    take(&mut store, &world::recall_file(2, 0, vec![])).unwrap();
    let other = stamp(1, &world::recall_file(3, 0, vec![]), 2);
    assert_eq!(take(&mut store, &other), Err(TrustError::StampMismatch(2)));
}

#[test]
fn a_list_of_voids_stays_in_force_while_its_key_does() {
    let serial = PaperSerial([7; 8]);
    let list = VoidList {
        header: header(1),
        hashes: vec![void_hash(serial)],
    };
    let mut store = store();
    take(
        &mut store,
        &world::signed(Role::Voids, list.encode(), VOIDS),
    )
    .unwrap();
    assert!(store.voided(serial));
    store
        .update_root(&root(2, &[world::RECALL], &[VOIDS]))
        .unwrap();
    assert!(store.voided(serial));
    store
        .update_root(&root(3, &[world::RECALL], &[VOIDS + 10]))
        .unwrap();
    assert!(!store.voided(serial));
    assert_eq!(store.version(&FileName::of(Role::Voids)), None);
}

#[test]
fn a_version_that_was_kept_goes_with_the_last_of_its_keys() {
    let both = [world::RECALL, world::SECOND_RECALL];
    let list = |version, seeds: &[u64]| {
        let list = RecallList {
            header: header(version),
            from: 0,
            entries: vec![],
        };
        let keys: Vec<_> = seeds.iter().map(|seed| world::key(*seed)).collect();
        SignedFile::sign(
            Role::Recall,
            list.encode(),
            &keys.iter().collect::<Vec<_>>(),
        )
        .unwrap()
        .encode()
    };
    let mut store = store();
    take(&mut store, &list(2, &[world::RECALL])).unwrap();
    for version in [2, 3] {
        store.update_root(&root(version, &both, &[VOIDS])).unwrap();
        assert_eq!(
            take(&mut store, &list(1, &both)),
            Err(TrustError::Rollback { held: 2, found: 1 })
        );
    }
    store
        .update_root(&root(4, &[world::SECOND_RECALL], &[VOIDS]))
        .unwrap();
    assert_eq!(take(&mut store, &list(1, &[world::SECOND_RECALL])), Ok(()));
}

#[test]
fn a_signed_file_prints_its_role_and_sizes_and_nothing_else() {
    let file = SignedFile::sign(Role::Rules, b"secret".to_vec(), &[&world::key(RULES)]).unwrap();
    assert_eq!(
        format!("{file:?}"),
        "SignedFile(rules, 6 bytes, 1 signatures)"
    );
}
