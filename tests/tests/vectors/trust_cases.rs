//! Sequences of files: what is taken, what is refused and why, and what is in force afterwards.

use std::collections::BTreeMap;

use liangma_credential::{
    FileHeader, FileName, IssuerList, RecallList, Role, RootFile, SignedFile, StampedFile,
    TrustError, TrustStore, Updated,
};
use liangma_crypto::PublicKey;
use serde_json::{Value, json};

use crate::{
    fixtures::{Fixtures, files_from_json},
    raw::{Raw, bytes, text},
    world::{self, HOUR, ISSUED, WEEK, seeds},
};

const NOW: i64 = ISSUED as i64 + 60;

fn answer(outcome: &Result<Updated, TrustError>) -> Value {
    match outcome {
        Ok(Updated::New { file, version }) => json!({"new": file.text(), "version": version}),
        Ok(Updated::Unchanged) => json!("unchanged"),
        Err(error) => json!(error.code()),
    }
}

/// One sequence. The expected answer to each step is a version that comes into force, or a code.
struct Sequence<'a> {
    name: &'a str,
    root: &'a str,
    steps: Vec<(String, i64, Expect)>,
}

enum Expect {
    New(u32),
    Code(&'static str),
}

use Expect::{Code, New};

fn issuers(header: FileHeader) -> IssuerList {
    IssuerList {
        header,
        issuers: vec![world::issuer(
            world::public(seeds::LIVE),
            liangma_credential::IssuerUse::Live,
        )],
    }
}

fn issuer_file(header: FileHeader, signers: &[u64]) -> Vec<u8> {
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

fn root_with(version: u32, change: impl FnOnce(&mut Vec<(Role, u8, Vec<PublicKey>)>)) -> RootFile {
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

pub fn file(fixtures: &mut Fixtures) -> Value {
    let [one, two, three, four] = seeds::ROOT;
    let usual = [seeds::ISSUERS];
    let header = world::header;
    let mut add = |name: &str, file: Vec<u8>| fixtures.add(name, file);

    // Issuer lists.
    let plain = |version| issuer_file(header(version), &usual);
    let i1 = add("t-issuers-1", plain(1));
    let i2 = add("t-issuers-2", plain(2));
    let i2_again = add(
        "t-issuers-2-signed-by-others-too",
        issuer_file(header(2), &[seeds::STRANGER, seeds::ISSUERS, seeds::RECALL]),
    );
    let i2_other = add(
        "t-issuers-2-other-content",
        issuer_file(
            FileHeader {
                issued: ISSUED + 1,
                ..header(2)
            },
            &usual,
        ),
    );
    let i3 = add("t-issuers-3", plain(3));
    let i_short = add(
        "t-issuers-4-short",
        issuer_file(
            FileHeader {
                expires: ISSUED + 3600,
                ..header(4)
            },
            &usual,
        ),
    );
    let i_jump = add("t-issuers-far-ahead", plain(3 + 1_000_000));
    let i_too_far = add("t-issuers-too-far-ahead", plain(3 + 1_000_001));
    let i_last = add("t-issuers-last-version", plain(u32::MAX));
    let i_recall_key = add(
        "t-issuers-5-by-recall-key",
        issuer_file(header(5), &[seeds::RECALL]),
    );
    let i_stranger = add(
        "t-issuers-5-by-stranger",
        issuer_file(header(5), &[seeds::STRANGER]),
    );
    let i_root_keys = add(
        "t-issuers-5-by-root-keys",
        issuer_file(header(5), &[one, two, three]),
    );
    let i_unsigned = add("t-issuers-5-unsigned", issuer_file(header(5), &[]));
    let mut wrong = issuer_file(header(5), &usual);
    let end = wrong.len() - 1;
    wrong[end] ^= 1;
    let i_wrong = add("t-issuers-5-wrong-signature", wrong);
    let changed_payload = {
        let good = SignedFile::decode(&issuer_file(header(5), &usual)).unwrap();
        let mut bytes = good.encode();
        // The second byte of the payload's first value is its version: `1: 5` becomes `1: 6`.
        let at = bytes
            .windows(3)
            .position(|window| window == [0xa4, 1, 5])
            .unwrap();
        bytes[at + 2] = 6;
        bytes
    };
    let i_changed = add("t-issuers-5-changed-payload", changed_payload);
    let as_recall = SignedFile::sign(
        Role::Recall,
        issuers(header(5)).encode(),
        &[&world::key(seeds::RECALL)],
    )
    .unwrap();
    let i_as_recall = add("t-issuers-payload-as-recall", as_recall.encode());
    let renamed = {
        let bytes = issuer_file(header(5), &usual);
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
    let i_renamed = add("t-issuers-5-renamed", renamed);
    let trailing = [plain(5), vec![0]].concat();
    let i_trailing = add("t-issuers-5-trailing", trailing);
    let i_version_0 = add("t-issuers-0", issuer_file(header(0), &usual));
    let i_backwards = add(
        "t-issuers-5-expires-before-issued",
        issuer_file(
            FileHeader {
                expires: ISSUED,
                ..header(5)
            },
            &usual,
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
    let i_magic = add("t-issuers-5-other-magic", magic);
    let unknown_role = Raw::Array(vec![
        text("LMF1"),
        text("mirrors"),
        bytes(&[0xa0]),
        Raw::Array(vec![]),
    ])
    .encode();
    let i_unknown_role = add("t-unknown-role", unknown_role);
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
    let i_unknown_suite = add("t-issuers-5-unknown-suite", unknown_suite);
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
    let i_other_suite = add("t-issuers-5-other-suite", other_suite);
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
        world::signed(Role::Issuers, Raw::Map(fields.clone()).encode(), &usual)
    };
    let i_unknown_key = add("t-issuers-5-unknown-key", unknown_key);

    // Roots.
    let root_2 = root_with(2, |roles| {
        roles[0].2 = vec![world::public(one), world::public(two), world::public(four)];
        roles[1].2 = vec![world::public(seeds::NEXT_ISSUERS)];
    })
    .encode();
    let root =
        |payload: &[u8], signers: &[u64]| world::signed(Role::Root, payload.to_vec(), signers);
    let r2 = add("t-root-2", root(&root_2, &[one, two]));
    let r2_more = add(
        "t-root-2-three-signatures",
        root(&root_2, &[one, two, four]),
    );
    let r2_one = add("t-root-2-one-signature", root(&root_2, &[one]));
    let r2_twice = add("t-root-2-one-key-twice", root(&root_2, &[one, one]));
    let r2_old_and_new = add("t-root-2-one-old-one-new", root(&root_2, &[three, four]));
    let r2_issuers_key = add("t-root-2-by-issuers-key", root(&root_2, &[seeds::ISSUERS]));
    let all_new = root_with(2, |roles| {
        roles[0].2 = [901, 902, 903].map(world::public).to_vec()
    })
    .encode();
    let r2_own_only = add("t-root-2-own-keys-only", root(&all_new, &[901, 902]));
    let r2_last_only = add("t-root-2-last-keys-only", root(&all_new, &[one, two]));
    let r2_both = add(
        "t-root-2-all-keys-new",
        root(&all_new, &[one, two, 901, 902]),
    );
    let r2_other = add(
        "t-root-2-other-content",
        root(&root_with(2, |_| {}).encode(), &[one, two]),
    );
    let r1_other = add(
        "t-root-1-other-content",
        root(
            &root_with(1, |roles| roles.truncate(7)).encode(),
            &[one, two],
        ),
    );
    let r3 = add(
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
    let bad_names: Vec<_> = bad_roots
        .into_iter()
        .map(|(name, file)| add(&name, file))
        .collect();
    let r2_unknown_role = add(
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
    let i4_new_key = add(
        "t-issuers-4-by-next-key",
        issuer_file(header(4), &[seeds::NEXT_ISSUERS]),
    );
    let i1_new_key = add(
        "t-issuers-1-by-next-key",
        issuer_file(header(1), &[seeds::NEXT_ISSUERS]),
    );
    let i4_old_key = add("t-issuers-4-by-old-key", plain(4));
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
    let strict = add(
        "t-root-1-two-issuers-keys",
        root(&two_of_two.encode(), &[one, two]),
    );
    let i1_both = add(
        "t-issuers-1-by-both",
        issuer_file(header(1), &[seeds::ISSUERS, seeds::NEXT_ISSUERS]),
    );
    let i1_twice = add(
        "t-issuers-1-one-key-twice",
        issuer_file(header(1), &[seeds::ISSUERS, seeds::ISSUERS]),
    );
    let no_voids = root_with(1, |roles| roles.retain(|(role, _, _)| *role != Role::Voids));
    let without_voids = add(
        "t-root-1-without-voids",
        root(&no_voids.encode(), &[one, two]),
    );

    // Recall lists.
    let c10 = add("t-recall-10", recall_file(10, 0, &[seeds::RECALLED_STRIP]));
    let c11 = add(
        "t-recall-11-from-10",
        recall_file(11, 10, &[seeds::OTHER_STRIP]),
    );
    let c11_empty = add("t-recall-11-from-10-empty", recall_file(11, 10, &[]));
    let c11_full = add(
        "t-recall-11-full",
        recall_file(11, 0, &[seeds::OTHER_STRIP, seeds::RECALLED_STRIP]),
    );
    let c13 = add("t-recall-13-from-11", recall_file(13, 11, &[seeds::STRIP]));
    let c13_from_9 = add("t-recall-13-from-9", recall_file(13, 9, &[seeds::STRIP]));
    let c9 = add("t-recall-9", recall_file(9, 0, &[]));
    let c10_other = add(
        "t-recall-10-other",
        recall_file(10, 0, &[seeds::OTHER_STRIP]),
    );
    let c5_from_5 = add("t-recall-5-from-5", recall_file(5, 5, &[]));
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
    let bad_recalls = [
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

    // Time stamps.
    let stamp_of = |version: u32, files: Vec<StampedFile>| world::timestamp(version, ISSUED, files);
    let named_issuers = |version| StampedFile {
        payload_hash: SignedFile::decode(&plain(version)).unwrap().payload_hash(),
        file: FileName::of(Role::Issuers),
        version,
    };
    let stamped_recall =
        |file: &[u8], version| world::stamp_of(file, FileName::of(Role::Recall), version);
    let s1 = add("t-timestamp-1", stamp_of(1, vec![named_issuers(2)]));
    let s2 = add("t-timestamp-2", stamp_of(2, vec![named_issuers(3)]));
    let s2_other = add(
        "t-timestamp-2-other",
        world::timestamp(2, ISSUED + 1, vec![named_issuers(3)]),
    );
    let s3_back = add(
        "t-timestamp-3-takes-back",
        stamp_of(3, vec![named_issuers(2)]),
    );
    let s3_mismatch = add(
        "t-timestamp-3-other-hash",
        stamp_of(
            3,
            vec![StampedFile {
                payload_hash: [1; 32],
                ..named_issuers(3)
            }],
        ),
    );
    let s_recall = add(
        "t-timestamp-4-recall-11",
        stamp_of(
            4,
            vec![stamped_recall(
                &recall_file(11, 0, &[seeds::OTHER_STRIP, seeds::RECALLED_STRIP]),
                11,
            )],
        ),
    );
    let s_recall_other = add(
        "t-timestamp-4-recall-11-other",
        stamp_of(
            4,
            vec![StampedFile {
                payload_hash: [1; 32],
                ..stamped_recall(&recall_file(11, 0, &[]), 11)
            }],
        ),
    );
    let s_by_issuers = add(
        "t-timestamp-2-by-issuers-key",
        world::signed(
            Role::Timestamp,
            SignedFile::decode(&stamp_of(2, vec![]))
                .unwrap()
                .payload()
                .to_vec(),
            &usual,
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
    let bad_stamps = [
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

    // Rules, profiles and standards.
    let named = |role, version, name: &str, body: &str, signer| {
        world::signed(role, world::named(version, name, body).encode(), &[signer])
    };
    let n_rules = add(
        "t-rules-zhejiang-1",
        named(Role::Rules, 1, "zhejiang", "{}", seeds::RULES),
    );
    let n_rules_2 = add(
        "t-rules-zhejiang-2",
        named(Role::Rules, 2, "zhejiang", "{\"a\":1}", seeds::RULES),
    );
    let n_guangxi = add(
        "t-rules-guangxi-1",
        named(Role::Rules, 1, "guangxi", "{}", seeds::RULES),
    );
    let n_profile = add(
        "t-profile-1",
        named(Role::Profile, 1, "zhejiang-2020", "{}", seeds::PROFILE),
    );
    let n_standard = add(
        "t-standard-1",
        named(Role::Standard, 1, "liangma", "{}", seeds::STANDARD),
    );
    let n_wrong = add(
        "t-profile-1-by-rules-key",
        named(Role::Profile, 2, "zhejiang-2020", "{}", seeds::RULES),
    );
    let n_name = add(
        "t-rules-bad-name",
        named(Role::Rules, 1, "Zhe/jiang", "{}", seeds::RULES),
    );
    let s_rules = add(
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
    let n_rules_2_other = add(
        "t-rules-zhejiang-2-other",
        named(Role::Rules, 2, "zhejiang", "{\"a\":2}", seeds::RULES),
    );

    let step = |file: &String, expect: Expect| (file.clone(), NOW, expect);
    let at = |file: &String, now: i64, expect: Expect| (file.clone(), now, expect);
    let root_1 = "root-1";
    let one_step = |name: &'static str, file: &String, code: &'static str| Sequence {
        name,
        root: root_1,
        steps: vec![step(file, Code(code))],
    };
    let mut sequences = vec![
        Sequence {
            name: "issuer lists rise",
            root: root_1,
            steps: vec![step(&i1, New(1)), step(&i2, New(2)), step(&i3, New(3))],
        },
        Sequence {
            name: "a gap in versions of issuer lists is fine",
            root: root_1,
            steps: vec![step(&i1, New(1)), step(&i3, New(3))],
        },
        Sequence {
            name: "the same list again changes nothing",
            root: root_1,
            steps: vec![
                step(&i2, New(2)),
                step(&i2, Code("unchanged")),
                step(&i2_again, Code("unchanged")),
            ],
        },
        Sequence {
            name: "signatures by strangers do not count and do not harm",
            root: root_1,
            steps: vec![step(&i2_again, New(2))],
        },
        Sequence {
            name: "rollback",
            root: root_1,
            steps: vec![
                step(&i3, New(3)),
                step(&i2, Code("rollback")),
                step(&i1, Code("rollback")),
            ],
        },
        Sequence {
            name: "a version with other content",
            root: root_1,
            steps: vec![step(&i2, New(2)), step(&i2_other, Code("conflict"))],
        },
        Sequence {
            name: "freezing: an expired list",
            root: root_1,
            steps: vec![at(&i_short, NOW + 3540, Code("expired"))],
        },
        Sequence {
            name: "the last second of a list",
            root: root_1,
            steps: vec![at(&i_short, i64::from(ISSUED) + 3599, New(4))],
        },
        Sequence {
            name: "a list that expires while in force is not taken again",
            root: root_1,
            steps: vec![
                step(&i_short, New(4)),
                at(&i_short, NOW + 3540, Code("expired")),
            ],
        },
        Sequence {
            name: "a clock before the list was issued does not matter",
            root: root_1,
            steps: vec![at(&i1, i64::from(ISSUED) - 86_400, New(1))],
        },
        Sequence {
            name: "fast-forward within bounds",
            root: root_1,
            steps: vec![step(&i3, New(3)), step(&i_jump, New(1_000_003))],
        },
        Sequence {
            name: "fast-forward out of bounds",
            root: root_1,
            steps: vec![
                step(&i3, New(3)),
                step(&i_too_far, Code("version_jump")),
                step(&i_last, Code("version_jump")),
            ],
        },
        Sequence {
            name: "a first list may have any version",
            root: root_1,
            steps: vec![step(&i_last, New(u32::MAX))],
        },
        Sequence {
            name: "fast-forward is overcome by a new root without the key",
            root: root_1,
            steps: vec![
                step(&i_last, New(u32::MAX)),
                step(&i3, Code("rollback")),
                step(&r2, New(2)),
                step(&i1_new_key, New(1)),
                step(&i_last, Code("wrong_role")),
            ],
        },
        one_step(
            "signed by a key of another role",
            &i_recall_key,
            "wrong_role",
        ),
        one_step("signed by a stranger", &i_stranger, "wrong_role"),
        one_step(
            "signed by the root keys, which do not serve this role",
            &i_root_keys,
            "wrong_role",
        ),
        one_step("unsigned", &i_unsigned, "wrong_role"),
        one_step("a wrong signature", &i_wrong, "bad_signature"),
        one_step("a changed payload", &i_changed, "bad_signature"),
        one_step(
            "an issuer list signed as a recall list",
            &i_as_recall,
            "damaged",
        ),
        one_step("an issuer list renamed to rules", &i_renamed, "wrong_role"),
        one_step("a byte behind the file", &i_trailing, "damaged"),
        one_step("version 0", &i_version_0, "damaged"),
        one_step("expires before it is issued", &i_backwards, "damaged"),
        one_step("another magic", &i_magic, "damaged"),
        one_step("an unknown role", &i_unknown_role, "unsupported"),
        one_step(
            "an unknown suite of a signature",
            &i_unknown_suite,
            "unsupported",
        ),
        one_step(
            "a suite that is not the key's",
            &i_other_suite,
            "bad_signature",
        ),
        one_step(
            "an unknown key of 5 in the payload",
            &i_unknown_key,
            "unsupported",
        ),
        Sequence {
            name: "two keys have to sign: both did",
            root: &strict,
            steps: vec![step(&i1_both, New(1))],
        },
        Sequence {
            name: "two keys have to sign: one did",
            root: &strict,
            steps: vec![step(&i1, Code("below_threshold"))],
        },
        Sequence {
            name: "two keys have to sign: one did twice",
            root: &strict,
            steps: vec![step(&i1_twice, Code("below_threshold"))],
        },
        Sequence {
            name: "a role that the root does not name",
            root: &without_voids,
            steps: vec![step(&"voids-2".to_owned(), Code("wrong_role"))],
        },
        // Roots.
        Sequence {
            name: "the next root",
            root: root_1,
            steps: vec![step(&r2, New(2))],
        },
        Sequence {
            name: "the next root with three signatures",
            root: root_1,
            steps: vec![step(&r2_more, New(2))],
        },
        Sequence {
            name: "two roots, one after the other",
            root: root_1,
            steps: vec![step(&r2, New(2)), step(&r3, New(3))],
        },
        Sequence {
            name: "the same root again",
            root: root_1,
            steps: vec![
                step(&root_1.to_owned(), Code("unchanged")),
                step(&r2, New(2)),
                step(&r2, Code("unchanged")),
            ],
        },
        Sequence {
            name: "a root that skips a version",
            root: root_1,
            steps: vec![step(&r3, Code("below_threshold"))],
        },
        Sequence {
            name: "rollback of the root",
            root: root_1,
            steps: vec![
                step(&r2, New(2)),
                step(&root_1.to_owned(), Code("rollback")),
            ],
        },
        Sequence {
            name: "a root's version with other content",
            root: root_1,
            steps: vec![
                step(&r1_other, Code("conflict")),
                step(&r2, New(2)),
                step(&r2_other, Code("conflict")),
            ],
        },
        one_step("a root with one signature", &r2_one, "below_threshold"),
        one_step(
            "a root signed twice by one key",
            &r2_twice,
            "below_threshold",
        ),
        one_step(
            "a root with one old and one new signature",
            &r2_old_and_new,
            "below_threshold",
        ),
        one_step(
            "a root signed by the issuers key",
            &r2_issuers_key,
            "wrong_role",
        ),
        one_step(
            "a root signed by its own keys only",
            &r2_own_only,
            "wrong_role",
        ),
        one_step(
            "a root signed by the last one's keys only",
            &r2_last_only,
            "wrong_role",
        ),
        Sequence {
            name: "a root with all keys new, signed by both",
            root: root_1,
            steps: vec![step(&r2_both, New(2))],
        },
        one_step(
            "a root that names a role we do not know",
            &r2_unknown_role,
            "unsupported",
        ),
        Sequence {
            name: "files by a key that the new root took out are forgotten",
            root: root_1,
            steps: vec![
                step(&i3, New(3)),
                step(&r2, New(2)),
                step(&i4_old_key, Code("wrong_role")),
                step(&i4_new_key, New(4)),
            ],
        },
        Sequence {
            name: "an expired root takes nothing but the next root",
            root: "root-1-short",
            steps: vec![
                at(&i1, i64::from(ISSUED) + 3600, Code("root_expired")),
                at(&r2, i64::from(ISSUED) + 3600, New(2)),
                at(&i1_new_key, i64::from(ISSUED) + 3600, New(1)),
            ],
        },
        // Recall lists.
        Sequence {
            name: "a full list and parts",
            root: root_1,
            steps: vec![
                step(&c10, New(10)),
                step(&c11, New(11)),
                step(&c13, New(13)),
            ],
        },
        Sequence {
            name: "an empty part",
            root: root_1,
            steps: vec![step(&c10, New(10)), step(&c11_empty, New(11))],
        },
        Sequence {
            name: "a part without a list",
            root: root_1,
            steps: vec![step(&c11, Code("gap"))],
        },
        Sequence {
            name: "a part that leaves a gap",
            root: root_1,
            steps: vec![step(&c10, New(10)), step(&c13, Code("gap"))],
        },
        Sequence {
            name: "a part that begins too early",
            root: root_1,
            steps: vec![step(&c10, New(10)), step(&c13_from_9, Code("gap"))],
        },
        Sequence {
            name: "rollback of the recall list",
            root: root_1,
            steps: vec![step(&c10, New(10)), step(&c9, Code("rollback"))],
        },
        Sequence {
            name: "a full list takes the place of parts",
            root: root_1,
            steps: vec![
                step(&c10, New(10)),
                step(&c11_full, New(11)),
                step(&c13, New(13)),
            ],
        },
        Sequence {
            name: "a full list of the version in force says nothing new",
            root: root_1,
            steps: vec![
                step(&c10, New(10)),
                step(&c11, New(11)),
                step(&c11_full, Code("unchanged")),
                step(&c11, Code("unchanged")),
                step(&c11_empty, Code("conflict")),
            ],
        },
        Sequence {
            name: "a recall list with other content",
            root: root_1,
            steps: vec![
                step(&c10, New(10)),
                step(&c10_other, Code("conflict")),
                step(&c10, Code("unchanged")),
            ],
        },
        one_step("a part that begins where it ends", &c5_from_5, "damaged"),
        // Time stamps.
        Sequence {
            name: "time stamps rise",
            root: root_1,
            steps: vec![
                step(&s1, New(1)),
                step(&s2, New(2)),
                step(&s2, Code("unchanged")),
                step(&s1, Code("rollback")),
                step(&s2_other, Code("conflict")),
            ],
        },
        Sequence {
            name: "a time stamp may not take back a version",
            root: root_1,
            steps: vec![step(&s2, New(2)), step(&s3_back, Code("rollback"))],
        },
        Sequence {
            name: "a file that the time stamp names otherwise",
            root: root_1,
            steps: vec![
                step(&s1, New(1)),
                step(&i2_other, Code("stamp_mismatch")),
                step(&i2, New(2)),
            ],
        },
        Sequence {
            name: "a time stamp that names what is in force otherwise",
            root: root_1,
            steps: vec![
                step(&i3, New(3)),
                step(&s3_mismatch, Code("stamp_mismatch")),
                step(&s2, New(2)),
            ],
        },
        Sequence {
            name: "an older file than the time stamp names is taken, and is not current",
            root: root_1,
            steps: vec![step(&s2, New(2)), step(&i2, New(2)), step(&i3, New(3))],
        },
        Sequence {
            name: "a newer file than the time stamp names",
            root: root_1,
            steps: vec![step(&s1, New(1)), step(&i3, New(3))],
        },
        Sequence {
            name: "the time stamp names the full recall list",
            root: root_1,
            steps: vec![step(&s_recall, New(4)), step(&c11_full, New(11))],
        },
        Sequence {
            name: "the time stamp names another full recall list",
            root: root_1,
            steps: vec![
                step(&s_recall_other, New(4)),
                step(&c11_full, Code("stamp_mismatch")),
            ],
        },
        Sequence {
            name: "parts are not compared with the hash of the full list",
            root: root_1,
            steps: vec![
                step(&s_recall, New(4)),
                step(&c10, New(10)),
                step(&c11, New(11)),
            ],
        },
        Sequence {
            name: "an expired time stamp",
            root: root_1,
            steps: vec![
                at(&s1, i64::from(ISSUED) + 86_400, Code("expired")),
                at(&s1, i64::from(ISSUED) + 86_399, New(1)),
            ],
        },
        one_step(
            "a time stamp by the issuers key",
            &s_by_issuers,
            "wrong_role",
        ),
        // Named files.
        Sequence {
            name: "each rule pack has versions of its own",
            root: root_1,
            steps: vec![
                step(&n_rules_2, New(2)),
                step(&n_guangxi, New(1)),
                step(&n_rules, Code("rollback")),
            ],
        },
        Sequence {
            name: "profile and standard",
            root: root_1,
            steps: vec![
                step(&n_profile, New(1)),
                step(&n_standard, New(1)),
                step(&n_wrong, Code("wrong_role")),
            ],
        },
        Sequence {
            name: "a rule pack that the time stamp names otherwise",
            root: root_1,
            steps: vec![
                step(&s_rules, New(5)),
                step(&n_rules_2_other, Code("stamp_mismatch")),
                step(&n_rules_2, New(2)),
            ],
        },
        one_step(
            "a rule pack with a name that is no name",
            &n_name,
            "damaged",
        ),
    ];
    let expected_of_bad = bad_names.iter().map(|name| (name, "damaged"));
    let expected_of_bad = expected_of_bad
        .chain(bad_recalls.iter().map(|name| (name, "damaged")))
        .chain(bad_stamps.iter().map(|name| (name, "damaged")));
    for (name, code) in expected_of_bad {
        let code = if name == "t-root-2-without-root-role" {
            "damaged"
        } else {
            code
        };
        sequences.push(Sequence {
            name,
            root: root_1,
            steps: vec![step(name, Code(code))],
        });
    }

    let cases: Vec<_> = sequences
        .iter()
        .map(|sequence| case(sequence, fixtures))
        .collect();
    json!({
        "kind": "trust",
        "about": "Start from `root`, then offer each file at `now`. `expect` is the version that comes into force, `unchanged`, or the code of the refusal.",
        "cases": cases,
    })
}

fn case(sequence: &Sequence<'_>, fixtures: &Fixtures) -> Value {
    let mut store = TrustStore::from_root(fixtures.file(sequence.root)).unwrap();
    let steps: Vec<_> = sequence
        .steps
        .iter()
        .map(|(name, now, expect)| {
            let outcome = store.update(fixtures.file(name), world::time(*now));
            let answer = answer(&outcome);
            match expect {
                New(version) => assert_eq!(
                    answer["version"], *version,
                    "{}: {name}: {outcome:?}",
                    sequence.name
                ),
                Code(code) => assert_eq!(answer, *code, "{}: {name}", sequence.name),
            }
            json!({"file": name, "now": now, "expect": answer})
        })
        .collect();
    json!({"name": sequence.name, "root": sequence.root, "steps": steps})
}

pub fn run(case: &Value, fixtures: &Value) {
    thread_local! {
        static FILES: std::cell::RefCell<BTreeMap<String, Vec<u8>>> = const { std::cell::RefCell::new(BTreeMap::new()) };
    }
    FILES.with_borrow_mut(|files| {
        if files.is_empty() {
            *files = files_from_json(fixtures);
        }
        let mut store = TrustStore::from_root(&files[case["root"].as_str().unwrap()]).unwrap();
        for step in case["steps"].as_array().unwrap() {
            let file = &files[step["file"].as_str().unwrap()];
            let outcome = store.update(file, world::time(step["now"].as_i64().unwrap()));
            assert_eq!(
                answer(&outcome),
                step["expect"],
                "{}: {}",
                case["name"],
                step["file"]
            );
        }
    });
}
