//! A small world of trust, from fixed seeds.

use jiff::Timestamp;
use liangma_credential::{
    Claims, Credential, FileHeader, FileName, Hour, Issuer, IssuerList, IssuerUse, Kind, Member,
    RecallEntry, RecallList, Revealed, Role, RootFile, SignedFile, StampedFile, StripChain,
    StripSecret, TimestampFile, TrustStore, live_code_text,
};
use liangma_crypto::{SigningKey, Suite, testing::SeededRandomness};
use liangma_domain::{
    colour::Colour,
    identity::DocumentType,
    mask::{MaskedDocument, MaskedName},
    region::{ProfileName, RegionCode},
    tiles::{TestAge, Tiles, VaccinationStatus},
};

/// 2022-01-04T08:00:00Z.
pub(crate) const HOUR: Hour = Hour(455_912);
pub(crate) const START: i64 = 1_641_283_200;

pub(crate) fn key(seed: u64) -> SigningKey {
    SigningKey::generate(Suite::Ed25519, &SeededRandomness::new(seed)).unwrap()
}

pub(crate) fn time(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

pub(crate) fn header(version: u32) -> FileHeader {
    let issued = START as u32 - 60;
    FileHeader {
        version,
        issued,
        expires: issued + 86_400,
    }
}

pub(crate) const ROOT: u64 = 1;
pub(crate) const ISSUERS: u64 = 2;
pub(crate) const RECALL: u64 = 3;
/// A second key of the recall role, in [`root_file_with_two_recall_keys`] alone.
pub(crate) const SECOND_RECALL: u64 = 6;
pub(crate) const TIMESTAMP: u64 = 4;
pub(crate) const LIVE: u64 = 5;

pub(crate) fn root_file() -> Vec<u8> {
    let one = |role, seed| (role, 1, vec![*key(seed).public_key()]);
    let roles = [
        one(Role::Root, ROOT),
        one(Role::Issuers, ISSUERS),
        one(Role::Recall, RECALL),
        one(Role::Timestamp, TIMESTAMP),
    ];
    signed(Role::Root, RootFile::new(header(1), &roles).encode(), ROOT)
}

/// The next root: two keys have to sign recall lists.
pub(crate) fn root_file_with_two_recall_keys() -> Vec<u8> {
    let keys = |seeds: &[u64]| seeds.iter().map(|seed| *key(*seed).public_key()).collect();
    let roles = [
        (Role::Root, 1, keys(&[ROOT])),
        (Role::Issuers, 1, keys(&[ISSUERS])),
        (Role::Recall, 2, keys(&[RECALL, SECOND_RECALL])),
        (Role::Timestamp, 1, keys(&[TIMESTAMP])),
    ];
    signed(Role::Root, RootFile::new(header(2), &roles).encode(), ROOT)
}

pub(crate) fn signed(role: Role, payload: Vec<u8>, seed: u64) -> Vec<u8> {
    SignedFile::sign(role, payload, &[&key(seed)])
        .unwrap()
        .encode()
}

pub(crate) fn issuers_file(version: u32, region: &str) -> Vec<u8> {
    let list = IssuerList {
        header: header(version),
        issuers: vec![Issuer {
            key: *key(LIVE).public_key(),
            key_use: IssuerUse::Live,
            region: RegionCode::new(region).unwrap(),
            profile: ProfileName::new("zhejiang-2020").unwrap(),
            valid_from: Hour(0),
            valid_until: Hour(u32::MAX),
            sandbox: false,
            standby: false,
        }],
    };
    signed(Role::Issuers, list.encode(), ISSUERS)
}

pub(crate) fn recall_file(version: u32, from: u32, entries: Vec<RecallEntry>) -> Vec<u8> {
    let list = RecallList {
        header: header(version),
        from,
        entries,
    };
    signed(Role::Recall, list.encode(), RECALL)
}

pub(crate) fn timestamp_file(version: u32, issuers: &[u8]) -> Vec<u8> {
    let stamp = TimestampFile {
        header: header(version),
        files: vec![StampedFile {
            file: FileName::of(Role::Issuers),
            version: 1,
            payload_hash: SignedFile::decode(issuers).unwrap().payload_hash(),
        }],
    };
    signed(Role::Timestamp, stamp.encode(), TIMESTAMP)
}

pub(crate) fn store_of(region: &str) -> TrustStore {
    let mut store = TrustStore::from_root(&root_file()).unwrap();
    for file in [issuers_file(1, region), recall_file(1, 0, vec![])] {
        store.update(&file, time(START)).unwrap();
    }
    store
}

pub(crate) fn store() -> TrustStore {
    store_of("zhejiang")
}

pub(crate) fn strip(seed: u64) -> StripChain {
    let secret = StripSecret::generate(&SeededRandomness::new(seed)).unwrap();
    StripChain::new(secret, HOUR)
}

pub(crate) fn member(colour: Colour) -> Member {
    Member {
        colour,
        name: MaskedName::from_text("王*").unwrap(),
        document: MaskedDocument::from_visible(DocumentType::ResidentIdentity, "112X").unwrap(),
    }
}

pub(crate) fn claims(chain: &StripChain, hour: Hour) -> Claims {
    let cid = chain.cid(hour).unwrap();
    let Member {
        colour,
        name,
        document,
    } = member(Colour::GREEN);
    Claims {
        hour,
        cid,
        anchor: chain.anchor(hour, cid),
        kind: Kind::SelfCode,
        colour,
        name,
        document,
        rule_version: 1,
        tiles: Some(Tiles {
            test_age: TestAge::Within24h,
            vaccination: VaccinationStatus::Booster,
        }),
        members: Vec::new(),
    }
}

pub(crate) fn revealed(chain: &StripChain, hour: Hour, k: u8) -> Revealed {
    let value = chain.slot_value(hour, chain.cid(hour).unwrap(), k);
    Revealed { k, value }
}

/// The code of a strip as a phone shows it in a slot.
pub(crate) fn code(claims: Claims, chain: &StripChain, k: u8) -> String {
    let hour = claims.hour;
    let credential = Credential::sign(claims, &key(LIVE)).unwrap();
    live_code_text(credential.bytes(), Some(revealed(chain, hour, k)))
}
