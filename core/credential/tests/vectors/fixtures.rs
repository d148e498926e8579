//! The files that vectors share, and the sets of them that a checker trusts.

use std::{cell::RefCell, collections::BTreeMap};

use data_encoding::HEXLOWER;
use liangma_credential::{
    CheckerClock, Claims, FileHeader, FileName, PaperSerial, Revealed, Role, RootFile, TrustStore,
    Updated, VoidList, check, void_hash,
};
use liangma_crypto::{PublicKey, SigningKey, Suite, SystemRandomness};
use serde_json::{Value, json};

use crate::{
    raw::{self, Parts, Raw},
    world::{self, HOUR, ISSUED, seeds},
};

pub(crate) struct Fixtures {
    files: BTreeMap<String, Vec<u8>>,
    sets: BTreeMap<String, TrustSet>,
    stores: BTreeMap<String, TrustStore>,
    p256: P256,
}

#[derive(Clone)]
pub(crate) struct TrustSet {
    pub(crate) root: String,
    pub(crate) files: Vec<String>,
    pub(crate) taken_at: i64,
}

/// A P-256 key and its signatures. They are drawn at random, so that they are kept instead of made again.
struct P256 {
    key: SigningKey,
    signatures: RefCell<BTreeMap<String, String>>,
}

impl P256 {
    fn read(kept: Option<&Value>) -> Self {
        let key = kept.and_then(|kept| {
            let pkcs8 = HEXLOWER.decode(kept["pkcs8"].as_str()?.as_bytes()).ok()?;
            SigningKey::from_pkcs8(Suite::P256, &pkcs8).ok()
        });
        let signatures = kept
            .and_then(|kept| serde_json::from_value(kept["signatures"].clone()).ok())
            .unwrap_or_default();
        Self {
            key: key
                .unwrap_or_else(|| SigningKey::generate(Suite::P256, &SystemRandomness).unwrap()),
            signatures: RefCell::new(signatures),
        }
    }

    fn signature(&self, parts: &Parts) -> Vec<u8> {
        let name = HEXLOWER.encode(&liangma_crypto::sha256(&[&parts.protected, &parts.payload]));
        let mut signatures = self.signatures.borrow_mut();
        let signature = signatures
            .entry(name)
            .or_insert_with(|| HEXLOWER.encode(&parts.signature(&self.key)));
        HEXLOWER.decode(signature.as_bytes()).unwrap()
    }
}

impl Fixtures {
    pub(crate) fn new(kept_p256: Option<&Value>) -> Self {
        let mut fixtures = Self {
            files: BTreeMap::new(),
            sets: BTreeMap::new(),
            stores: BTreeMap::new(),
            p256: P256::read(kept_p256),
        };
        fixtures.add_usual();
        fixtures
    }

    pub(crate) fn add(&mut self, name: &str, file: Vec<u8>) -> String {
        let known = self.files.insert(name.to_owned(), file);
        assert!(known.is_none(), "{name} is named twice");
        name.to_owned()
    }

    pub(crate) fn file(&self, name: &str) -> &[u8] {
        &self.files[name]
    }

    pub(crate) fn p256_public_key(&self) -> PublicKey {
        *self.p256.key.public_key()
    }

    fn add_set(&mut self, name: &str, root: &str, files: &[&str], taken_at: i64) {
        let set = TrustSet {
            root: root.to_owned(),
            files: files.iter().map(|file| (*file).to_owned()).collect(),
            taken_at,
        };
        self.stores
            .insert(name.to_owned(), store(&self.files, &set));
        self.sets.insert(name.to_owned(), set);
    }

    fn add_usual(&mut self) {
        let root_keys = &seeds::ROOT[..2];
        self.add(
            "root-1",
            world::signed(Role::Root, world::root(1).encode(), root_keys),
        );
        let issuers = world::issuers(3, self.p256_public_key()).encode();
        let issuers = world::signed(Role::Issuers, issuers, &[seeds::ISSUERS]);
        let mut recalled = world::other_recalled(100, HOUR);
        recalled.push(world::recall_entry(seeds::RECALLED_STRIP, HOUR));
        // Published for an hour that has not come: it says nothing about this one.
        recalled.push(world::recall_entry(seeds::STRIP, HOUR.plus(1000)));
        let recall = world::recall(40, 0, recalled).encode();
        let recall = world::signed(Role::Recall, recall, &[seeds::RECALL]);
        let part = vec![world::recall_entry(seeds::OTHER_STRIP, HOUR)];
        let part = world::recall(41, 40, part).encode();
        let part = world::signed(Role::Recall, part, &[seeds::RECALL]);
        let voids = VoidList {
            header: world::header(2),
            hashes: (0..50u64)
                .map(|serial| void_hash(PaperSerial(serial.to_be_bytes())))
                .collect(),
        };
        let voids = world::signed(Role::Voids, voids.encode(), &[seeds::VOIDS]);
        let stamped = |recall_version| {
            let mut stamps = vec![
                world::stamp_of(&issuers, FileName::of(Role::Issuers), 3),
                world::stamp_of(&recall, FileName::of(Role::Recall), 40),
                world::stamp_of(&voids, FileName::of(Role::Voids), 2),
            ];
            stamps[1].version = recall_version;
            stamps
        };
        let later = ISSUED + 12 * 3600;
        self.add("timestamp-100", world::timestamp(100, ISSUED, stamped(40)));
        self.add("timestamp-148", world::timestamp(148, later, stamped(40)));
        self.add(
            "timestamp-149-ahead",
            world::timestamp(149, later, stamped(44)),
        );
        let part_41 = [seeds::RECALLED_STRIP, seeds::OTHER_STRIP];
        let part_41 = part_41.map(|seed| world::recall_entry(seed, HOUR));
        let full_41 = world::recall(41, 0, part_41.into()).encode();
        let full_41 = world::signed(Role::Recall, full_41, &[seeds::RECALL]);
        let mut names_41 = stamped(41);
        names_41[1] = world::stamp_of(&full_41, FileName::of(Role::Recall), 41);
        self.add("timestamp-150", world::timestamp(150, later, names_41));
        self.add("recall-41", full_41);
        self.add(
            "issuers-6-newer-entries",
            crate::stolen_keys::newer_issuers(),
        );
        self.add("issuers-3", issuers);
        self.add("recall-40", recall);
        self.add("recall-41-from-40", part);
        self.add("voids-2", voids);
        let short_root = RootFile {
            header: FileHeader {
                expires: ISSUED + 3600,
                ..world::root_header(1)
            },
            ..world::root(1)
        };
        self.add(
            "root-1-short",
            world::signed(Role::Root, short_root.encode(), root_keys),
        );

        let taken = i64::from(ISSUED) + 60;
        let usual = ["timestamp-100", "issuers-3", "recall-40", "voids-2"];
        self.add_set("usual", "root-1", &usual, taken);
        self.add_set("nothing_but_root", "root-1", &[], taken);
        self.add_set(
            "recall_in_parts",
            "root-1",
            &[&usual[..], &["recall-41-from-40"]].concat(),
            taken,
        );
        self.add_set(
            "no_recall",
            "root-1",
            &["timestamp-100", "issuers-3"],
            taken,
        );
        self.add_set("no_stamp", "root-1", &["issuers-3", "recall-40"], taken);
        let later_at = i64::from(later) + 60;
        self.add_set(
            "stamped_later",
            "root-1",
            &["timestamp-148", "issuers-3", "recall-40", "voids-2"],
            later_at,
        );
        self.add_set(
            "stamp_ahead_of_recall",
            "root-1",
            &["timestamp-149-ahead", "issuers-3", "recall-40"],
            later_at,
        );
        let in_parts = [
            "timestamp-150",
            "issuers-3",
            "recall-40",
            "recall-41-from-40",
        ];
        self.add_set("parts_stamped_later", "root-1", &in_parts, later_at);
        self.add_set(
            "parts_replaced",
            "root-1",
            &[&in_parts[..], &["recall-41"]].concat(),
            later_at,
        );
        self.add_set(
            "newer_issuers",
            "root-1",
            &["issuers-6-newer-entries"],
            taken,
        );
        self.add_set("short_root", "root-1-short", &usual, taken);
    }

    pub(crate) fn trust(&self, set: &str) -> &TrustStore {
        &self.stores[set]
    }

    pub(crate) fn verdict(&self, text: &str, now: i64) -> String {
        let clock = CheckerClock::trusted(world::time(now));
        check(text, self.trust("usual"), clock)
            .verdict
            .code()
            .to_owned()
    }

    fn p256_parts(&self, claims: &Claims) -> Parts {
        Parts::new(Raw::Map(raw::fields(claims)).encode(), &self.p256.key)
    }

    pub(crate) fn p256_live_code(&self, claims: &Claims, revealed: Revealed) -> String {
        let parts = self.p256_parts(claims);
        let credential = parts.put_together(&self.p256.signature(&parts));
        raw::live(&raw::envelope(&credential, revealed.k.into(), &revealed.value).encode())
    }

    pub(crate) fn p256_forged(&self, claims: &Claims, revealed: Revealed) -> String {
        let parts = self.p256_parts(claims);
        let mut signature = self.p256.signature(&parts);
        signature[63] ^= 1;
        let credential = parts.put_together(&signature);
        raw::live(&raw::envelope(&credential, revealed.k.into(), &revealed.value).encode())
    }

    pub(crate) fn kept_p256(&self) -> Value {
        json!({
            "about": "A P-256 key for tests, and its signatures, which are drawn at random and kept.",
            "pkcs8": HEXLOWER.encode(&self.p256.key.to_pkcs8()),
            "signatures": *self.p256.signatures.borrow(),
        })
    }

    pub(crate) fn json(&self) -> Value {
        let files: BTreeMap<_, _> = self
            .files
            .iter()
            .map(|(name, file)| (name, HEXLOWER.encode(file)))
            .collect();
        let sets: BTreeMap<_, _> = self
            .sets
            .iter()
            .map(|(name, set)| {
                let set = json!({"root": set.root, "files": set.files, "taken_at": set.taken_at});
                (name, set)
            })
            .collect();
        json!({
            "about": "Signed files in hex, and sets of them. A set: start from `root`, take `files` one after the other at `taken_at`; each is accepted.",
            "files": files,
            "trust_sets": sets,
        })
    }

    /// Reads back what [`Self::json`] wrote, for running the vectors from disk.
    pub(crate) fn stores_from_json(fixtures: &Value) -> BTreeMap<String, TrustStore> {
        let files: BTreeMap<String, Vec<u8>> = files_from_json(fixtures);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        fixtures["trust_sets"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, set)| {
                let set = TrustSet {
                    root: text(&set["root"]),
                    files: set["files"].as_array().unwrap().iter().map(text).collect(),
                    taken_at: set["taken_at"].as_i64().unwrap(),
                };
                (name.clone(), store(&files, &set))
            })
            .collect()
    }
}

pub(crate) fn files_from_json(fixtures: &Value) -> BTreeMap<String, Vec<u8>> {
    fixtures["files"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, file)| {
            let file = HEXLOWER.decode(file.as_str().unwrap().as_bytes());
            (name.clone(), file.unwrap())
        })
        .collect()
}

fn store(files: &BTreeMap<String, Vec<u8>>, set: &TrustSet) -> TrustStore {
    let mut store = TrustStore::from_root(&files[&set.root]).unwrap();
    for name in &set.files {
        let updated = store.update(&files[name], world::time(set.taken_at));
        assert!(
            matches!(updated, Ok(Updated::New { .. })),
            "{name}: {updated:?}"
        );
    }
    store
}
