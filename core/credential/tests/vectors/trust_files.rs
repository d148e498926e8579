//! The files that the sequences of `trust_cases` offer, right ones and wrong ones, by name.

use liangma_credential::{
    FileHeader, FileName, IssuerList, IssuerUse, RecallList, Role, RootFile, SignedFile,
    StampedFile,
};
use liangma_crypto::PublicKey;

use crate::{
    fixtures::Fixtures,
    raw::{Raw, bytes, text},
    world::{self, HOUR, ISSUED, WEEK, header, seeds},
};

const USUAL: [u64; 1] = [seeds::ISSUERS];

fn plain(version: u32) -> Vec<u8> {
    issuer_file(header(version), &USUAL)
}

fn issuers(header: FileHeader) -> IssuerList {
    IssuerList {
        header,
        issuers: vec![world::issuer(world::public(seeds::LIVE), IssuerUse::Live)],
    }
}

pub(crate) fn issuer_file(header: FileHeader, signers: &[u64]) -> Vec<u8> {
    world::signed(Role::Issuers, issuers(header).encode(), signers)
}

fn recall_file(version: u32, from: u32, strips: &[u64]) -> Vec<u8> {
    let entries = strips
        .iter()
        .map(|seed| world::recall_entry(*seed, HOUR))
        .collect();
    let list: RecallList = world::recall(version, from, entries);
    world::signed(Role::Recall, list.encode(), &[seeds::RECALL])
}

pub(crate) fn root_with(
    version: u32,
    change: impl FnOnce(&mut Vec<(Role, u8, Vec<PublicKey>)>),
) -> RootFile {
    let mut roles = world::roles();
    change(&mut roles);
    RootFile::new(world::root_header(version), &roles)
}

/// A root written by hand, with parts that the encoder would not write.
fn raw_root(keys: &[PublicKey], roles: Vec<(&str, u64, Vec<PublicKey>)>) -> Vec<u8> {
    let header = world::root_header(2);
    Raw::Map(vec![
        (Raw::Unsigned(1), Raw::Unsigned(header.version.into())),
        (Raw::Unsigned(2), Raw::Unsigned(header.issued.into())),
        (Raw::Unsigned(3), Raw::Unsigned(header.expires.into())),
        (
            Raw::Unsigned(4),
            Raw::Array(
                keys.iter()
                    .map(|key| {
                        Raw::Array(vec![
                            Raw::Unsigned(key.suite().number().into()),
                            bytes(key.bytes()),
                        ])
                    })
                    .collect(),
            ),
        ),
        (
            Raw::Unsigned(5),
            Raw::Array(
                roles
                    .into_iter()
                    .map(|(role, threshold, keys)| {
                        let ids = keys.iter().map(|key| bytes(&key.key_id().0)).collect();
                        Raw::Array(vec![text(role), Raw::Unsigned(threshold), Raw::Array(ids)])
                    })
                    .collect(),
            ),
        ),
    ])
    .encode()
}

fn stamp_of(version: u32, files: Vec<StampedFile>) -> Vec<u8> {
    world::timestamp(version, ISSUED, files)
}

fn sorted_keys(key_seeds: &[u64]) -> Vec<PublicKey> {
    let mut keys: Vec<_> = key_seeds.iter().map(|seed| world::public(*seed)).collect();
    keys.sort_by_key(|key| (key.suite(), key.bytes().to_vec()));
    keys
}

fn sorted_by_id(key_seeds: &[u64]) -> Vec<PublicKey> {
    let mut keys = sorted_keys(key_seeds);
    keys.sort_by_key(PublicKey::key_id);
    keys
}

/// Issuer lists: versions, expiry, signatures, and envelopes that are wrong.
pub(crate) fn issuer_files(fixtures: &mut Fixtures) {
    let [one, two, three, _] = seeds::ROOT;
    let mut add = |name: &str, file: Vec<u8>| fixtures.add(name, file);
    add("t-issuers-1", plain(1));
    add("t-issuers-2", plain(2));
    add(
        "t-issuers-2-signed-by-others-too",
        issuer_file(header(2), &[seeds::STRANGER, seeds::ISSUERS, seeds::RECALL]),
    );
    add(
        "t-issuers-2-other-content",
        issuer_file(
            FileHeader {
                issued: ISSUED + 1,
                ..header(2)
            },
            &USUAL,
        ),
    );
    add("t-issuers-3", plain(3));
    add(
        "t-issuers-4-short",
        issuer_file(
            FileHeader {
                expires: ISSUED + 3600,
                ..header(4)
            },
            &USUAL,
        ),
    );
    add("t-issuers-far-ahead", plain(3 + 1_000_000));
    add("t-issuers-too-far-ahead", plain(3 + 1_000_001));
    add("t-issuers-last-version", plain(u32::MAX));
    add(
        "t-issuers-5-by-recall-key",
        issuer_file(header(5), &[seeds::RECALL]),
    );
    add(
        "t-issuers-5-by-stranger",
        issuer_file(header(5), &[seeds::STRANGER]),
    );
    add(
        "t-issuers-5-by-root-keys",
        issuer_file(header(5), &[one, two, three]),
    );
    add("t-issuers-5-unsigned", issuer_file(header(5), &[]));
    let mut wrong = issuer_file(header(5), &USUAL);
    let end = wrong.len() - 1;
    wrong[end] ^= 1;
    add("t-issuers-5-wrong-signature", wrong);
    let changed_payload = {
        let good = SignedFile::decode(&issuer_file(header(5), &USUAL)).unwrap();
        let mut bytes = good.encode();
        // The second byte of the payload's first value is its version: `1: 5` becomes `1: 6`.
        let at = bytes
            .windows(3)
            .position(|window| window == [0xa4, 1, 5])
            .unwrap();
        bytes[at + 2] = 6;
        bytes
    };
    add("t-issuers-5-changed-payload", changed_payload);
    let as_recall = SignedFile::sign(
        Role::Recall,
        issuers(header(5)).encode(),
        &[&world::key(seeds::RECALL)],
    )
    .unwrap();
    add("t-issuers-payload-as-recall", as_recall.encode());
    let renamed = {
        let bytes = issuer_file(header(5), &USUAL);
        // The role in the envelope is part of what is signed.
        let text = bytes
            .windows(7)
            .position(|window| window == b"issuers")
            .unwrap();
        let mut renamed = bytes[..text - 1].to_vec();
        renamed.extend([0x65]);
        renamed.extend(b"rules");
        renamed.extend(&bytes[text + 7..]);
        renamed
    };
    add("t-issuers-5-renamed", renamed);
    let trailing = [plain(5), vec![0]].concat();
    add("t-issuers-5-trailing", trailing);
    add("t-issuers-0", issuer_file(header(0), &USUAL));
    add(
        "t-issuers-5-expires-before-issued",
        issuer_file(
            FileHeader {
                expires: ISSUED,
                ..header(5)
            },
            &USUAL,
        ),
    );
    let magic = {
        let mut bytes = plain(5);
        let at = bytes
            .windows(4)
            .position(|window| window == b"LMF1")
            .unwrap();
        bytes[at + 3] = b'2';
        bytes
    };
    add("t-issuers-5-other-magic", magic);
    let unknown_role = Raw::Array(vec![
        text("LMF1"),
        text("mirrors"),
        bytes(&[0xa0]),
        Raw::Array(vec![]),
    ])
    .encode();
    add("t-unknown-role", unknown_role);
    let unknown_suite = Raw::Array(vec![
        text("LMF1"),
        text("issuers"),
        bytes(&issuers(header(5)).encode()),
        Raw::Array(vec![Raw::Array(vec![
            Raw::Unsigned(16),
            bytes(&[0; 4]),
            bytes(&[0; 64]),
        ])]),
    ])
    .encode();
    add("t-issuers-5-unknown-suite", unknown_suite);
    let other_suite = Raw::Array(vec![
        text("LMF1"),
        text("issuers"),
        bytes(&issuers(header(5)).encode()),
        Raw::Array(vec![Raw::Array(vec![
            Raw::Unsigned(2),
            bytes(&world::public(seeds::ISSUERS).key_id().0),
            bytes(&[0; 64]),
        ])]),
    ])
    .encode();
    add("t-issuers-5-other-suite", other_suite);
    let unknown_key = {
        let Raw::Map(mut fields) = Raw::Map(vec![
            (Raw::Unsigned(1), Raw::Unsigned(5)),
            (Raw::Unsigned(2), Raw::Unsigned(ISSUED.into())),
            (Raw::Unsigned(3), Raw::Unsigned((ISSUED + WEEK).into())),
            (Raw::Unsigned(4), Raw::Array(vec![])),
        ]) else {
            unreachable!()
        };
        fields.push((Raw::Unsigned(5), Raw::Unsigned(0)));
        world::signed(Role::Issuers, Raw::Map(fields.clone()).encode(), &USUAL)
    };
    add("t-issuers-5-unknown-key", unknown_key);
}

/// Roots. Gives the names of those that are damaged.
pub(crate) fn root_files(fixtures: &mut Fixtures) -> Vec<String> {
    let [one, two, three, four] = seeds::ROOT;
    let mut add = |name: &str, file: Vec<u8>| fixtures.add(name, file);
    let root_2 = root_with(2, |roles| {
        roles[0].2 = vec![world::public(one), world::public(two), world::public(four)];
        roles[1].2 = vec![world::public(seeds::NEXT_ISSUERS)];
    })
    .encode();
    let root =
        |payload: &[u8], signers: &[u64]| world::signed(Role::Root, payload.to_vec(), signers);
    add("t-root-2", root(&root_2, &[one, two]));
    add(
        "t-root-2-three-signatures",
        root(&root_2, &[one, two, four]),
    );
    add("t-root-2-one-signature", root(&root_2, &[one]));
    add("t-root-2-one-key-twice", root(&root_2, &[one, one]));
    add("t-root-2-one-old-one-new", root(&root_2, &[three, four]));
    add("t-root-2-by-issuers-key", root(&root_2, &[seeds::ISSUERS]));
    let all_new = root_with(2, |roles| {
        roles[0].2 = [901, 902, 903].map(world::public).to_vec()
    })
    .encode();
    add("t-root-2-own-keys-only", root(&all_new, &[901, 902]));
    add("t-root-2-last-keys-only", root(&all_new, &[one, two]));
    add(
        "t-root-2-all-keys-new",
        root(&all_new, &[one, two, 901, 902]),
    );
    add(
        "t-root-2-other-content",
        root(&root_with(2, |_| {}).encode(), &[one, two]),
    );
    add(
        "t-root-1-other-content",
        root(
            &root_with(1, |roles| roles.truncate(7)).encode(),
            &[one, two],
        ),
    );
    add(
        "t-root-3",
        root(
            &RootFile {
                header: world::root_header(3),
                ..RootFile::decode(&root_2).unwrap()
            }
            .encode(),
            &[one, four],
        ),
    );
    let all: Vec<_> = [one, two, three]
        .iter()
        .chain(&[seeds::ISSUERS])
        .copied()
        .collect();
    let root_keys = sorted_by_id(&[one, two, three]);
    let bad = |name: &str, payload: Vec<u8>| (name.to_owned(), root(&payload, &[one, two]));
    let bad_roots = [
        bad(
            "t-root-2-threshold-0",
            raw_root(
                &sorted_keys(&[one, two, three]),
                vec![("root", 0, root_keys.clone())],
            ),
        ),
        bad(
            "t-root-2-threshold-above-keys",
            raw_root(
                &sorted_keys(&[one, two, three]),
                vec![("root", 4, root_keys.clone())],
            ),
        ),
        bad(
            "t-root-2-key-in-two-roles",
            raw_root(
                &sorted_keys(&[one, two, three]),
                vec![
                    ("issuers", 1, vec![root_keys[0]]),
                    ("root", 2, root_keys.clone()),
                ],
            ),
        ),
        bad(
            "t-root-2-key-in-no-role",
            raw_root(&sorted_keys(&all), vec![("root", 2, root_keys.clone())]),
        ),
        bad(
            "t-root-2-key-twice",
            raw_root(
                &[
                    sorted_keys(&[one, two, three]),
                    vec![*sorted_keys(&[one, two, three]).last().unwrap()],
                ]
                .concat(),
                vec![("root", 2, root_keys.clone())],
            ),
        ),
        bad(
            "t-root-2-keys-out-of-order",
            raw_root(
                &sorted_keys(&[one, two, three])
                    .into_iter()
                    .rev()
                    .collect::<Vec<_>>(),
                vec![("root", 2, root_keys.clone())],
            ),
        ),
        bad(
            "t-root-2-ids-out-of-order",
            raw_root(
                &sorted_keys(&[one, two, three]),
                vec![("root", 2, root_keys.iter().rev().copied().collect())],
            ),
        ),
        bad(
            "t-root-2-unknown-id",
            raw_root(
                &sorted_keys(&[one, two]),
                vec![("root", 2, root_keys.clone())],
            ),
        ),
        bad(
            "t-root-2-roles-out-of-order",
            raw_root(
                &sorted_keys(&all),
                vec![
                    ("root", 2, root_keys.clone()),
                    ("issuers", 1, vec![world::public(seeds::ISSUERS)]),
                ],
            ),
        ),
        bad(
            "t-root-2-role-twice",
            raw_root(
                &sorted_keys(&all),
                vec![
                    ("root", 2, root_keys.clone()),
                    ("root", 1, vec![world::public(seeds::ISSUERS)]),
                ],
            ),
        ),
        bad(
            "t-root-2-without-root-role",
            raw_root(
                &sorted_keys(&[seeds::ISSUERS]),
                vec![("issuers", 1, vec![world::public(seeds::ISSUERS)])],
            ),
        ),
    ];
    let damaged = bad_roots
        .into_iter()
        .map(|(name, file)| add(&name, file))
        .collect();
    add(
        "t-root-2-unknown-role",
        root(
            &raw_root(
                &sorted_keys(&all),
                vec![
                    ("mirrors", 1, vec![world::public(seeds::ISSUERS)]),
                    ("root", 2, root_keys),
                ],
            ),
            &[one, two],
        ),
    );
    add(
        "t-issuers-4-by-next-key",
        issuer_file(header(4), &[seeds::NEXT_ISSUERS]),
    );
    add(
        "t-issuers-1-by-next-key",
        issuer_file(header(1), &[seeds::NEXT_ISSUERS]),
    );
    add("t-issuers-4-by-old-key", plain(4));
    let two_of_two = root_with(1, |roles| {
        roles[1] = (
            Role::Issuers,
            2,
            vec![
                world::public(seeds::ISSUERS),
                world::public(seeds::NEXT_ISSUERS),
            ],
        );
    });
    add(
        "t-root-1-two-issuers-keys",
        root(&two_of_two.encode(), &[one, two]),
    );
    add(
        "t-issuers-1-by-both",
        issuer_file(header(1), &[seeds::ISSUERS, seeds::NEXT_ISSUERS]),
    );
    add(
        "t-issuers-1-one-key-twice",
        issuer_file(header(1), &[seeds::ISSUERS, seeds::ISSUERS]),
    );
    let no_voids = root_with(1, |roles| roles.retain(|(role, _, _)| *role != Role::Voids));
    add(
        "t-root-1-without-voids",
        root(&no_voids.encode(), &[one, two]),
    );
    damaged
}

/// Recall lists, full and in parts. Gives the names of those that are damaged.
pub(crate) fn recall_files(fixtures: &mut Fixtures) -> Vec<String> {
    let mut add = |name: &str, file: Vec<u8>| fixtures.add(name, file);
    add("t-recall-10", recall_file(10, 0, &[seeds::RECALLED_STRIP]));
    add(
        "t-recall-11-from-10",
        recall_file(11, 10, &[seeds::OTHER_STRIP]),
    );
    add("t-recall-11-from-10-empty", recall_file(11, 10, &[]));
    add(
        "t-recall-11-full",
        recall_file(11, 0, &[seeds::OTHER_STRIP, seeds::RECALLED_STRIP]),
    );
    add("t-recall-13-from-11", recall_file(13, 11, &[seeds::STRIP]));
    add("t-recall-13-from-9", recall_file(13, 9, &[seeds::STRIP]));
    add("t-recall-9", recall_file(9, 0, &[]));
    add(
        "t-recall-10-other",
        recall_file(10, 0, &[seeds::OTHER_STRIP]),
    );
    add("t-recall-5-from-5", recall_file(5, 5, &[]));
    let recall_raw = |groups: Vec<Raw>| {
        let payload = Raw::Map(vec![
            (Raw::Unsigned(1), Raw::Unsigned(10)),
            (Raw::Unsigned(2), Raw::Unsigned(ISSUED.into())),
            (Raw::Unsigned(3), Raw::Unsigned((ISSUED + WEEK).into())),
            (Raw::Unsigned(4), Raw::Unsigned(0)),
            (Raw::Unsigned(5), Raw::Array(groups)),
        ]);
        world::signed(Role::Recall, payload.encode(), &[seeds::RECALL])
    };
    let recall_group = |hour: u64, keys: &[u8]| Raw::Array(vec![Raw::Unsigned(hour), bytes(keys)]);
    let damaged = [
        (
            "t-recall-hours-out-of-order",
            vec![recall_group(9, &[1; 16]), recall_group(8, &[1; 16])],
        ),
        (
            "t-recall-hour-twice",
            vec![recall_group(8, &[1; 16]), recall_group(8, &[2; 16])],
        ),
        (
            "t-recall-keys-out-of-order",
            vec![recall_group(8, &[[2; 16], [1; 16]].concat())],
        ),
        (
            "t-recall-key-twice",
            vec![recall_group(8, &[[1; 16], [1; 16]].concat())],
        ),
        ("t-recall-key-of-15-bytes", vec![recall_group(8, &[1; 15])]),
        ("t-recall-empty-hour", vec![recall_group(8, &[])]),
    ]
    .map(|(name, groups)| add(name, recall_raw(groups)));
    damaged.into()
}

/// Time stamps. Gives the names of those that are damaged.
pub(crate) fn stamp_files(fixtures: &mut Fixtures) -> Vec<String> {
    let mut add = |name: &str, file: Vec<u8>| fixtures.add(name, file);
    let named_issuers = |version| StampedFile {
        payload_hash: SignedFile::decode(&plain(version)).unwrap().payload_hash(),
        file: FileName::of(Role::Issuers),
        version,
    };
    let stamped_recall =
        |file: &[u8], version| world::stamp_of(file, FileName::of(Role::Recall), version);
    add("t-timestamp-1", stamp_of(1, vec![named_issuers(2)]));
    add("t-timestamp-2", stamp_of(2, vec![named_issuers(3)]));
    add(
        "t-timestamp-2-other",
        world::timestamp(2, ISSUED + 1, vec![named_issuers(3)]),
    );
    add(
        "t-timestamp-3-takes-back",
        stamp_of(3, vec![named_issuers(2)]),
    );
    add(
        "t-timestamp-3-other-hash",
        stamp_of(
            3,
            vec![StampedFile {
                payload_hash: [1; 32],
                ..named_issuers(3)
            }],
        ),
    );
    add(
        "t-timestamp-4-recall-11",
        stamp_of(
            4,
            vec![stamped_recall(
                &recall_file(11, 0, &[seeds::OTHER_STRIP, seeds::RECALLED_STRIP]),
                11,
            )],
        ),
    );
    add(
        "t-timestamp-4-recall-11-other",
        stamp_of(
            4,
            vec![StampedFile {
                payload_hash: [1; 32],
                ..stamped_recall(&recall_file(11, 0, &[]), 11)
            }],
        ),
    );
    add(
        "t-timestamp-2-by-issuers-key",
        world::signed(
            Role::Timestamp,
            SignedFile::decode(&stamp_of(2, vec![]))
                .unwrap()
                .payload()
                .to_vec(),
            &USUAL,
        ),
    );
    let stamp_raw = |entries: Vec<(&str, u64)>| {
        let payload = Raw::Map(vec![
            (Raw::Unsigned(1), Raw::Unsigned(2)),
            (Raw::Unsigned(2), Raw::Unsigned(ISSUED.into())),
            (Raw::Unsigned(3), Raw::Unsigned((ISSUED + WEEK).into())),
            (
                Raw::Unsigned(4),
                Raw::Array(
                    entries
                        .into_iter()
                        .map(|(name, version)| {
                            Raw::Array(vec![text(name), Raw::Unsigned(version), bytes(&[0; 32])])
                        })
                        .collect(),
                ),
            ),
        ]);
        world::signed(Role::Timestamp, payload.encode(), &[seeds::TIMESTAMP])
    };
    let damaged = [
        (
            "t-timestamp-out-of-order",
            vec![("recall", 1), ("issuers", 1)],
        ),
        (
            "t-timestamp-file-twice",
            vec![("issuers", 1), ("issuers", 2)],
        ),
        ("t-timestamp-version-0", vec![("issuers", 0)]),
        ("t-timestamp-names-root", vec![("root", 1)]),
        ("t-timestamp-names-itself", vec![("timestamp", 1)]),
        ("t-timestamp-rules-without-name", vec![("rules", 1)]),
        ("t-timestamp-issuers-with-name", vec![("issuers/a", 1)]),
        ("t-timestamp-capital-name", vec![("rules/Zhejiang", 1)]),
        ("t-timestamp-unknown-role", vec![("mirrors", 1)]),
    ]
    .map(|(name, entries)| add(name, stamp_raw(entries)));
    damaged.into()
}

/// Rule packs, profiles and a standard.
pub(crate) fn named_files(fixtures: &mut Fixtures) {
    let mut add = |name: &str, file: Vec<u8>| fixtures.add(name, file);
    let named = |role, version, name: &str, body: &str, signer| {
        world::signed(role, world::named(version, name, body).encode(), &[signer])
    };
    add(
        "t-rules-zhejiang-1",
        named(Role::Rules, 1, "zhejiang", "{}", seeds::RULES),
    );
    add(
        "t-rules-zhejiang-2",
        named(Role::Rules, 2, "zhejiang", "{\"a\":1}", seeds::RULES),
    );
    add(
        "t-rules-guangxi-1",
        named(Role::Rules, 1, "guangxi", "{}", seeds::RULES),
    );
    add(
        "t-profile-1",
        named(Role::Profile, 1, "zhejiang-2020", "{}", seeds::PROFILE),
    );
    add(
        "t-standard-1",
        named(Role::Standard, 1, "liangma", "{}", seeds::STANDARD),
    );
    add(
        "t-profile-1-by-rules-key",
        named(Role::Profile, 2, "zhejiang-2020", "{}", seeds::RULES),
    );
    add(
        "t-rules-bad-name",
        named(Role::Rules, 1, "Zhe/jiang", "{}", seeds::RULES),
    );
    add(
        "t-timestamp-5-rules",
        stamp_of(
            5,
            vec![world::stamp_of(
                &named(Role::Rules, 2, "zhejiang", "{\"a\":1}", seeds::RULES),
                FileName::named(Role::Rules, "zhejiang"),
                2,
            )],
        ),
    );
    add(
        "t-rules-zhejiang-2-other",
        named(Role::Rules, 2, "zhejiang", "{\"a\":2}", seeds::RULES),
    );
}
