//! Invented keys, people and files, all from fixed seeds.

use jiff::Timestamp;
use liangma_credential::{
    Claims, Credential, FileHeader, FileName, Hour, Issuer, IssuerList, IssuerUse, Kind, Member,
    NamedFile, RecallEntry, RecallList, Revealed, Role, RootFile, SignedFile, StampedFile,
    StripChain, StripSecret, TimestampFile, live_code_text,
};
use liangma_crypto::{PublicKey, SigningKey, Suite, testing::SeededRandomness};
use liangma_domain::{
    colour::Colour,
    identity::DocumentType,
    mask::{MaskedDocument, MaskedName},
    region::{ProfileName, RegionCode},
    tiles::{TestAge, Tiles, VaccinationStatus},
};

/// 2022-01-04T08:00:00Z, the start of hour 455,912.
pub(crate) const START: i64 = 1_641_283_200;
pub(crate) const HOUR: Hour = Hour(455_912);
/// When the files of the world were issued, and when they end.
pub(crate) const ISSUED: u32 = START as u32 - 600;
pub(crate) const WEEK: u32 = 7 * 86_400;

pub(crate) fn key(seed: u64) -> SigningKey {
    SigningKey::generate(Suite::Ed25519, &SeededRandomness::new(seed)).unwrap()
}

pub(crate) fn time(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

pub(crate) const fn header(version: u32) -> FileHeader {
    FileHeader {
        version,
        issued: ISSUED,
        expires: ISSUED + WEEK,
    }
}

/// Seeds of the keys, so that PROTOCOL.md can name them.
pub(crate) mod seeds {
    pub(crate) const ROOT: [u64; 4] = [101, 102, 103, 104];
    pub(crate) const ISSUERS: u64 = 111;
    pub(crate) const RECALL: u64 = 112;
    pub(crate) const TIMESTAMP: u64 = 113;
    pub(crate) const RULES: u64 = 114;
    pub(crate) const STANDARD: u64 = 115;
    pub(crate) const PROFILE: u64 = 116;
    pub(crate) const VOIDS: u64 = 117;
    pub(crate) const NEXT_ISSUERS: u64 = 118;
    pub(crate) const LIVE: u64 = 201;
    pub(crate) const STANDBY: u64 = 202;
    pub(crate) const SANDBOX: u64 = 203;
    pub(crate) const PAPER: u64 = 204;
    pub(crate) const VENUE: u64 = 205;
    pub(crate) const RETIRED: u64 = 206;
    pub(crate) const STRANGER: u64 = 299;
    pub(crate) const STRIP: u64 = 301;
    pub(crate) const RECALLED_STRIP: u64 = 302;
    pub(crate) const OTHER_STRIP: u64 = 303;
    pub(crate) const VENUE_SECRET: u64 = 304;
}

pub(crate) fn public(seed: u64) -> PublicKey {
    *key(seed).public_key()
}

pub(crate) fn roles() -> Vec<(Role, u8, Vec<PublicKey>)> {
    let one = |role, seed| (role, 1, vec![public(seed)]);
    vec![
        (
            Role::Root,
            2,
            seeds::ROOT[..3].iter().map(|seed| public(*seed)).collect(),
        ),
        one(Role::Issuers, seeds::ISSUERS),
        one(Role::Recall, seeds::RECALL),
        one(Role::Rules, seeds::RULES),
        one(Role::Standard, seeds::STANDARD),
        one(Role::Profile, seeds::PROFILE),
        one(Role::Voids, seeds::VOIDS),
        one(Role::Timestamp, seeds::TIMESTAMP),
    ]
}

pub(crate) fn root_header(version: u32) -> FileHeader {
    FileHeader {
        version,
        issued: ISSUED - WEEK,
        expires: ISSUED + 52 * WEEK,
    }
}

pub(crate) fn root(version: u32) -> RootFile {
    RootFile::new(root_header(version), &roles())
}

pub(crate) fn signed(role: Role, payload: Vec<u8>, key_seeds: &[u64]) -> Vec<u8> {
    let keys: Vec<_> = key_seeds.iter().map(|seed| key(*seed)).collect();
    SignedFile::sign(role, payload, &keys.iter().collect::<Vec<_>>())
        .unwrap()
        .encode()
}

pub(crate) fn issuer(public_key: PublicKey, key_use: IssuerUse) -> Issuer {
    Issuer {
        key: public_key,
        key_use,
        region: RegionCode::new("zhejiang").unwrap(),
        profile: ProfileName::new("zhejiang-2020").unwrap(),
        valid_from: Hour(HOUR.0 - 24 * 30),
        valid_until: Hour(HOUR.0 + 24 * 365),
        sandbox: false,
        standby: false,
    }
}

pub(crate) fn issuers(version: u32, p256: PublicKey) -> IssuerList {
    IssuerList {
        header: header(version),
        issuers: vec![
            issuer(public(seeds::LIVE), IssuerUse::Live),
            Issuer {
                standby: true,
                ..issuer(public(seeds::STANDBY), IssuerUse::Live)
            },
            Issuer {
                sandbox: true,
                region: RegionCode::new("sandbox").unwrap(),
                ..issuer(public(seeds::SANDBOX), IssuerUse::Live)
            },
            Issuer {
                valid_until: HOUR,
                ..issuer(public(seeds::RETIRED), IssuerUse::Live)
            },
            issuer(p256, IssuerUse::Live),
            issuer(public(seeds::PAPER), IssuerUse::Paper),
            issuer(public(seeds::VENUE), IssuerUse::Venue),
        ],
    }
}

pub(crate) fn strip(seed: u64) -> StripChain {
    let secret = StripSecret::generate(&SeededRandomness::new(seed)).unwrap();
    StripChain::new(secret, Hour(HOUR.0 - 2))
}

pub(crate) fn recall_entry(seed: u64, hour: Hour) -> RecallEntry {
    RecallEntry {
        hour,
        key: strip(seed).recall_key(hour).unwrap(),
    }
}

/// Strips of people who do not occur otherwise.
pub(crate) fn other_recalled(count: u64, hour: Hour) -> Vec<RecallEntry> {
    (1000..1000 + count)
        .map(|seed| recall_entry(seed, hour))
        .collect()
}

pub(crate) fn recall(version: u32, from: u32, entries: Vec<RecallEntry>) -> RecallList {
    RecallList {
        header: header(version),
        from,
        entries,
    }
}

pub(crate) fn named(version: u32, name: &str, body: &str) -> NamedFile {
    NamedFile {
        header: header(version),
        name: name.to_owned(),
        body: body.as_bytes().to_vec(),
    }
}

pub(crate) fn stamp_of(file: &[u8], name: FileName, version: u32) -> StampedFile {
    StampedFile {
        file: name,
        version,
        payload_hash: SignedFile::decode(file).unwrap().payload_hash(),
    }
}

pub(crate) fn timestamp(version: u32, issued: u32, files: Vec<StampedFile>) -> Vec<u8> {
    let payload = TimestampFile {
        header: FileHeader {
            version,
            issued,
            expires: issued + 86_400,
        },
        files,
    }
    .encode();
    signed(Role::Timestamp, payload, &[seeds::TIMESTAMP])
}

pub(crate) fn name(text: &str) -> MaskedName {
    MaskedName::from_text(text).unwrap()
}

pub(crate) fn document(document_type: DocumentType, visible: &str) -> MaskedDocument {
    MaskedDocument::from_visible(document_type, visible).unwrap()
}

pub(crate) fn wang() -> Member {
    Member {
        colour: Colour::GREEN,
        name: name("王*"),
        document: document(DocumentType::ResidentIdentity, "112X"),
    }
}

/// The longest masks there are.
pub(crate) fn longest() -> Member {
    Member {
        colour: Colour::GREEN,
        name: name("古***·阿*************"),
        document: document(DocumentType::ForeignPermanentResident, "9124"),
    }
}

pub(crate) const TILES: Tiles = Tiles {
    test_age: TestAge::Within24h,
    vaccination: VaccinationStatus::Booster,
};

/// Claims of one strip in one hour, green, for Wang.
pub(crate) fn claims(chain: &StripChain, hour: Hour) -> Claims {
    let cid = chain.cid(hour).unwrap();
    let Member {
        colour,
        name,
        document,
    } = wang();
    Claims {
        hour,
        cid,
        anchor: chain.anchor(hour, cid),
        kind: Kind::SelfCode,
        colour,
        name,
        document,
        rule_version: 1,
        tiles: Some(TILES),
        members: Vec::new(),
    }
}

pub(crate) fn revealed(chain: &StripChain, hour: Hour, k: u8) -> Revealed {
    let cid = chain.cid(hour).unwrap();
    Revealed {
        k,
        value: chain.slot_value(hour, cid, k),
    }
}

/// A code of one strip as it is shown in slot `k` of an hour.
pub(crate) fn shown(claims: Claims, chain: &StripChain, signer: &SigningKey, k: u8) -> String {
    let hour = claims.hour;
    let credential = Credential::sign(claims, signer).unwrap();
    live_code_text(credential.bytes(), Some(revealed(chain, hour, k)))
}
