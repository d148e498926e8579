//! Sequences in which a thief has a key, and what honest files do against it; lists with entries of newer kinds.

use liangma_credential::{FileHeader, FileName, Role, SignedFile, StampedFile, TimestampFile};

use crate::{
    fixtures::Fixtures,
    raw::{Raw, bytes, text},
    trust_cases::{
        Expect::{Code, New},
        Sequence, sequence, step,
    },
    trust_files::{issuer_file, root_with},
    world::{self, HOUR, ISSUED, WEEK, header, seeds},
};

fn stamp(version: u32, files: Vec<StampedFile>) -> Vec<u8> {
    world::timestamp(version, ISSUED, files)
}

fn issuers_line(file: &[u8], version: u32) -> StampedFile {
    world::stamp_of(file, FileName::of(Role::Issuers), version)
}

/// An entry of an issuer list, written by hand.
fn entry(suite: u64, key: &[u8], key_use: u64, flags: u64, more: &[(u64, Raw)]) -> Raw {
    let mut fields = vec![
        (Raw::Unsigned(1), Raw::Unsigned(suite)),
        (Raw::Unsigned(2), bytes(key)),
        (Raw::Unsigned(3), Raw::Unsigned(key_use)),
        (Raw::Unsigned(4), text("zhejiang")),
        (Raw::Unsigned(5), text("zhejiang-2020")),
        (Raw::Unsigned(6), Raw::Unsigned(u64::from(HOUR.0) - 24)),
        (Raw::Unsigned(7), Raw::Unsigned(u64::from(HOUR.0) + 24)),
        (Raw::Unsigned(8), Raw::Unsigned(flags)),
    ];
    fields.extend(
        more.iter()
            .map(|(key, value)| (Raw::Unsigned(*key), value.clone())),
    );
    Raw::Map(fields)
}

/// An issuer list of these entries, sorted by the id of `(suite, key)`.
fn list(version: u32, mut entries: Vec<(u8, Vec<u8>, Raw)>, sorted: bool) -> Vec<u8> {
    entries.sort_by_key(|(suite, key, _)| {
        let thumbprint = liangma_crypto::sha256(&[&[*suite], key]);
        [thumbprint[0], thumbprint[1], thumbprint[2], thumbprint[3]]
    });
    if !sorted {
        entries.reverse();
    }
    let payload = Raw::Map(vec![
        (Raw::Unsigned(1), Raw::Unsigned(version.into())),
        (Raw::Unsigned(2), Raw::Unsigned(ISSUED.into())),
        (Raw::Unsigned(3), Raw::Unsigned((ISSUED + WEEK).into())),
        (
            Raw::Unsigned(4),
            Raw::Array(entries.into_iter().map(|(_, _, entry)| entry).collect()),
        ),
    ]);
    world::signed(Role::Issuers, payload.encode(), &[seeds::ISSUERS])
}

fn ed25519(seed: u64, key_use: u64, flags: u64, more: &[(u64, Raw)]) -> (u8, Vec<u8>, Raw) {
    let key = world::public(seed);
    let entry = entry(1, key.bytes(), key_use, flags, more);
    (1, key.bytes().to_vec(), entry)
}

fn of_suite(suite: u8, key: &[u8]) -> (u8, Vec<u8>, Raw) {
    (suite, key.to_vec(), entry(suite.into(), key, 1, 0, &[]))
}

/// The list of a platform that is newer than the checker. Only the key of live codes can be used.
pub(crate) fn newer_issuers() -> Vec<u8> {
    list(
        6,
        vec![
            ed25519(seeds::LIVE, 1, 0, &[(30, text("ignored"))]),
            ed25519(seeds::STANDBY, 1, 4, &[]),
            ed25519(seeds::PAPER, 9, 0, &[]),
            ed25519(seeds::SANDBOX, 1, 1, &[(20, Raw::Unsigned(0))]),
            of_suite(16, &[7; 65]),
        ],
        true,
    )
}

fn files(fixtures: &mut Fixtures) {
    let [one, two, ..] = seeds::ROOT;
    let last = issuer_file(header(u32::MAX), &[seeds::ISSUERS]);
    let next = issuer_file(header(4), &[seeds::NEXT_ISSUERS]);
    let both = [seeds::ISSUERS, seeds::NEXT_ISSUERS];
    let other = FileHeader {
        issued: ISSUED + 1,
        ..header(3)
    };
    let two_of_two = root_with(2, |roles| {
        roles[1].1 = 2;
        roles[1].2 = both.map(world::public).to_vec();
    });
    let good = || ed25519(seeds::LIVE, 1, 0, &[]);
    let mut large = vec![0; 64 * 1024 + 1];
    large[0] = 0xa0;
    let unsigned_large = SignedFile::sign(Role::Timestamp, large, &[]).unwrap();
    let too_many = TimestampFile {
        header: header(3),
        files: vec![],
    };
    let wrong_role = world::signed(Role::Timestamp, too_many.encode(), &[seeds::RECALL]);
    for (name, file) in [
        (
            "s-timestamp-1-last-version",
            stamp(1, vec![issuers_line(&last, u32::MAX)]),
        ),
        (
            "s-timestamp-2-issuers-4",
            stamp(2, vec![issuers_line(&next, 4)]),
        ),
        (
            "s-root-2-two-issuers-keys",
            world::signed(Role::Root, two_of_two.encode(), &[one, two]),
        ),
        ("s-issuers-3-by-both", issuer_file(header(3), &both)),
        ("s-issuers-3-other-by-both", issuer_file(other, &both)),
        ("s-timestamp-3-leaves-out", stamp(3, vec![])),
        ("s-timestamp-3-by-recall-key", wrong_role),
        ("s-timestamp-unsigned-too-large", unsigned_large.encode()),
        (
            "s-issuers-unknown-suite-out-of-order",
            list(6, vec![good(), of_suite(16, &[7; 65])], false),
        ),
        (
            "s-issuers-unknown-use-empty-hours",
            list(
                6,
                vec![(
                    1,
                    world::public(seeds::LIVE).bytes().to_vec(),
                    match ed25519(seeds::LIVE, 9, 0, &[]).2 {
                        Raw::Map(mut fields) => {
                            fields[6].1 = Raw::Unsigned(0);
                            Raw::Map(fields)
                        }
                        other => other,
                    },
                )],
                true,
            ),
        ),
        (
            "s-issuers-key-of-31-bytes",
            list(6, vec![good(), of_suite(1, &[7; 31])], true),
        ),
        ("s-issuers-key-of-small-order", {
            let mut key = [0; 32];
            key[0] = 1;
            list(6, vec![good(), of_suite(1, &key)], true)
        }),
        (
            "s-issuers-compressed-p256-key",
            list(6, vec![good(), of_suite(2, &[2; 65])], true),
        ),
    ] {
        fixtures.add(name, file);
    }
}

pub(crate) fn sequences(fixtures: &mut Fixtures) -> Vec<Sequence> {
    files(fixtures);
    let damaged = |name: &str, file: &str| sequence(name, vec![step(file, Code("damaged"))]);
    vec![
        sequence(
            "an empty part by a stolen key gives way to the full list that the time stamp names",
            vec![
                step("t-recall-10", New(10)),
                step("t-recall-11-from-10-empty", New(11)),
                step("t-recall-11-full", Code("unchanged")),
                step("t-timestamp-4-recall-11", New(4)),
                step("t-recall-11-from-10", Code("conflict")),
                step("t-recall-11-full", New(11)),
                step("t-recall-11-full", Code("unchanged")),
                step("t-recall-11-from-10-empty", Code("unchanged")),
                step("t-recall-13-from-11", New(13)),
                step("t-recall-11-full", Code("rollback")),
            ],
        ),
        sequence(
            "a full list that the time stamp does not name does not take the place of parts",
            vec![
                step("t-recall-10", New(10)),
                step("t-recall-11-from-10", New(11)),
                step("t-timestamp-4-recall-11-other", New(4)),
                step("t-recall-11-full", Code("unchanged")),
            ],
        ),
        sequence(
            "a time stamp over a version that a stolen key made is forgotten with the key",
            vec![
                step("t-issuers-last-version", New(u32::MAX)),
                step("s-timestamp-1-last-version", New(1)),
                step("t-root-2", New(2)),
                step("t-issuers-4-by-next-key", New(4)),
                step("s-timestamp-2-issuers-4", New(2)),
            ],
        ),
        sequence(
            "a new root forgets the time stamp and its version",
            vec![
                step("t-timestamp-2", New(2)),
                step("t-root-2", New(2)),
                step("t-timestamp-1", New(1)),
            ],
        ),
        sequence(
            "a higher threshold is no way back while a key stays",
            vec![
                step("t-issuers-3", New(3)),
                step("s-root-2-two-issuers-keys", New(2)),
                step("t-issuers-1-by-both", Code("rollback")),
                step("s-issuers-3-other-by-both", Code("conflict")),
                step("s-issuers-3-by-both", New(3)),
                step("s-issuers-3-by-both", Code("unchanged")),
            ],
        ),
        sequence(
            "the next time stamp may not name another content for a version",
            vec![
                step("t-timestamp-2", New(2)),
                step("t-timestamp-3-other-hash", Code("conflict")),
            ],
        ),
        sequence(
            "the next time stamp may not leave a file out",
            vec![
                step("t-timestamp-2", New(2)),
                step("s-timestamp-3-by-recall-key", Code("wrong_role")),
                step("s-timestamp-3-leaves-out", Code("rollback")),
            ],
        ),
        sequence(
            "signatures are asked before the size of the payload",
            vec![step("s-timestamp-unsigned-too-large", Code("wrong_role"))],
        ),
        sequence(
            "entries of newer kinds are left out, the others count",
            vec![step("issuers-6-newer-entries", New(6))],
        ),
        damaged(
            "an entry of an unknown suite out of order",
            "s-issuers-unknown-suite-out-of-order",
        ),
        damaged(
            "an entry of an unknown use without an hour",
            "s-issuers-unknown-use-empty-hours",
        ),
        damaged("a key of 31 bytes", "s-issuers-key-of-31-bytes"),
        damaged("a key of small order", "s-issuers-key-of-small-order"),
        damaged("a compressed P-256 key", "s-issuers-compressed-p256-key"),
    ]
}
