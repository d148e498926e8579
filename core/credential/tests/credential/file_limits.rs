//! How much a signed file may hold: what is just within a limit is read, what is just outside is not.

use jiff::Timestamp;
use liangma_credential::{
    DecodeError, FILE_LIMIT, FileName, Hour, Issuer, IssuerList, IssuerUse, NamedFile, RecallEntry,
    RecallKey, RecallList, Role, RootFile, SignError, SignedFile, StampedFile, TimeStatement,
    TimestampFile, TrustError, TrustStore, Updated, VoidList,
};
use liangma_crypto::PublicKey;
use liangma_domain::region::{ProfileName, RegionCode};

use crate::world::{self, HOUR, START, header};

fn public(seed: u64) -> PublicKey {
    *world::key(seed).public_key()
}

fn malformed<T>(what: &'static str) -> Result<T, DecodeError> {
    Err(DecodeError::Malformed { what })
}

#[test]
fn a_root_names_32_keys_and_no_more() {
    let root = |last: u64| {
        let seats = |from: u64, to: u64| (from..to).map(public).collect::<Vec<_>>();
        let roles = [
            (Role::Root, 2, seats(0, 16)),
            (Role::Issuers, 1, seats(16, last)),
        ];
        RootFile::decode(&RootFile::new(header(1), &roles).encode())
    };
    assert_eq!(root(32).unwrap().keys.len(), 32);
    assert_eq!(root(33), malformed("a root file"));
}

#[test]
fn an_issuer_list_names_1024_keys_and_no_more() {
    let mut issuers: Vec<Issuer> = (0..1_025)
        .map(|seed| Issuer {
            key: public(seed),
            key_use: IssuerUse::Live,
            region: RegionCode::new("zhejiang").unwrap(),
            profile: ProfileName::new("zhejiang-2020").unwrap(),
            valid_from: HOUR,
            valid_until: HOUR.next(),
            sandbox: false,
            standby: false,
        })
        .collect();
    let read = |issuers: &[Issuer]| {
        let list = IssuerList {
            header: header(1),
            issuers: issuers.to_vec(),
        };
        IssuerList::decode(&list.encode()).map(|list| list.issuers.len())
    };
    assert_eq!(read(&issuers), malformed("an issuer list"));
    issuers.pop();
    assert_eq!(read(&issuers), Ok(1_024));
}

#[test]
fn a_time_stamp_names_256_files_and_no_more() {
    let stamp = |files: u32| {
        let files = (0..files)
            .map(|number| StampedFile {
                file: FileName::named(Role::Rules, &format!("region-{number}")),
                version: 1,
                payload_hash: [7; 32],
            })
            .collect();
        let stamp = TimestampFile {
            header: header(1),
            files,
        };
        TimestampFile::decode(&stamp.encode()).map(|stamp| stamp.files.len())
    };
    assert_eq!(stamp(256), Ok(256));
    assert_eq!(stamp(257), malformed("a time stamp"));
}

#[test]
fn a_named_file_has_a_mebibyte_and_a_kibibyte_with_all_that_is_around_its_body() {
    let read = |body: usize| {
        let file = NamedFile {
            header: header(1),
            name: "zhejiang".to_owned(),
            body: vec![b' '; body],
        };
        let payload = file.encode();
        (
            payload.len(),
            NamedFile::decode(&payload).map(|file| file.body.len()),
        )
    };
    let around = read(1_048_576).0 - 1_048_576;
    let most = 1_049_600 - around;
    assert_eq!(read(most), (1_049_600, Ok(most)));
    let too_long = DecodeError::TooLong {
        what: "a named file",
        limit: 1_049_600,
    };
    assert_eq!(read(most + 1), (1_049_601, Err(too_long)));
}

#[test]
fn a_signed_file_has_4_mebibytes_and_no_more() {
    assert_eq!(FILE_LIMIT, 4_194_304);
    let file = |payload: usize| SignedFile::sign(Role::Rules, vec![0; payload], &[]).unwrap();
    let around = file(FILE_LIMIT).encode().len() - FILE_LIMIT;
    let most = file(FILE_LIMIT - around);
    assert_eq!(SignedFile::decode(&most.encode()), Ok(most));
    let too_long = DecodeError::TooLong {
        what: "a signed file",
        limit: 4_194_304,
    };
    assert_eq!(
        SignedFile::decode(&file(FILE_LIMIT - around + 1).encode()),
        Err(too_long)
    );
}

#[test]
fn a_signed_file_carries_16_signatures_and_no_more() {
    let mut file = SignedFile::sign(Role::Rules, vec![7], &[]).unwrap();
    for seed in 0..16 {
        file.add_signature(&world::key(seed)).unwrap();
    }
    assert_eq!(SignedFile::decode(&file.encode()), Ok(file.clone()));
    let refused = SignError::OutOfBounds {
        structure: "a signed file",
        field: "the number of signatures",
    };
    assert_eq!(file.add_signature(&world::key(16)), Err(refused));

    // A file with one more, as another program may write it: the count stands before the signatures.
    let bytes = file.encode();
    let one = (bytes.len() - "\u{84}LMF1rules".len() - 4) / 16;
    let mut longer = bytes.clone();
    longer.extend_from_slice(&bytes[bytes.len() - one..]);
    let count = bytes.len() - 16 * one - 1;
    assert_eq!(longer[count], 0x80 + 16);
    longer[count] = 0x80 + 17;
    assert_eq!(SignedFile::decode(&longer), malformed("a signed file"));
}

#[test]
fn a_recall_list_holds_200_000_keys_in_all_its_hours() {
    let list = |last_hour: u128| {
        let keys = |hour: u32, count: u128| {
            (0..count).map(move |number| RecallEntry {
                hour: Hour(hour),
                key: RecallKey::new(number.to_be_bytes()),
            })
        };
        let list = RecallList {
            header: header(1),
            from: 0,
            entries: keys(1, 150_000).chain(keys(2, last_hour)).collect(),
        };
        RecallList::decode(&list.encode()).map(|list| list.entries.len())
    };
    assert_eq!(list(50_000), Ok(200_000));
    assert_eq!(list(50_001), malformed("a recall list"));
}

#[test]
fn a_version_may_run_ahead_by_a_million_and_no_more() {
    let mut store = TrustStore::from_root(&world::root_file()).unwrap();
    let mut take = |version| {
        let file = world::recall_file(version, 0, vec![]);
        store.update(&file, world::time(START))
    };
    assert!(matches!(take(1), Ok(Updated::New { .. })));
    let jump = TrustError::VersionJump {
        held: 1,
        found: 1_000_002,
    };
    assert_eq!(take(1_000_002), Err(jump));
    assert!(matches!(take(1_000_001), Ok(Updated::New { .. })));
}

#[test]
fn a_file_begins_with_version_1_and_ends_after_it_was_issued() {
    let read = |version, issued, expires| {
        let list = VoidList {
            header: liangma_credential::FileHeader {
                version,
                issued,
                expires,
            },
            hashes: vec![],
        };
        VoidList::decode(&list.encode()).map(|list| list.header.version)
    };
    assert_eq!(read(1, 7, 8), Ok(1));
    assert_eq!(read(0, 7, 8), malformed("a list of voids"));
    assert_eq!(read(1, 7, 7), malformed("a list of voids"));
    assert_eq!(read(1, 8, 7), malformed("a list of voids"));
}

#[test]
fn a_serial_stands_once_in_a_list_of_voids() {
    let list = VoidList {
        header: header(1),
        hashes: vec![[1; 5], [2; 5]],
    };
    let mut bytes = list.encode();
    assert_eq!(VoidList::decode(&bytes), Ok(list));
    let at = bytes.len() - 5;
    bytes[at..].copy_from_slice(&[1; 5]);
    assert_eq!(VoidList::decode(&bytes), malformed("a list of voids"));
}

#[test]
fn a_statement_of_time_reaches_to_the_last_second_of_32_bits() {
    const LAST: i64 = 4_294_967_295_999;
    let statement = |millisecond| TimeStatement {
        time: Timestamp::from_millisecond(millisecond).unwrap(),
        nonce: [7; 32],
        sandbox: false,
    };
    let last = statement(LAST);
    let mut bytes = last.sign(&world::key(world::TIMESTAMP)).unwrap();
    assert_eq!(TimeStatement::decode(&bytes), Ok(last));
    let refused = SignError::OutOfBounds {
        structure: "a statement of time",
        field: "the time",
    };
    assert_eq!(
        statement(LAST + 1).sign(&world::key(world::TIMESTAMP)),
        Err(refused)
    );
    let written = LAST.to_be_bytes();
    let at = bytes.windows(8).position(|eight| eight == written).unwrap();
    bytes[at..at + 8].copy_from_slice(&(LAST + 1).to_be_bytes());
    assert_eq!(
        TimeStatement::decode(&bytes),
        malformed("a statement of time")
    );
}
