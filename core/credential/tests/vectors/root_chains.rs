//! Chains of roots: each next one is signed by keys of the last, and of itself.
//!
//! In the usual chain the root with version `n` has the keys `n`, `n + 1` and `n + 2`, of which two have to
//! sign: each root takes one key out and brings one in, so that `n` and `n + 1` sign for both.

use liangma_credential::{FileHeader, Role, RootFile};
use serde_json::Value;

use crate::{
    fixtures::Fixtures,
    trust_cases::{
        Expect::{self, Code, New},
        Sequence, at, document, sequence, step,
    },
    trust_files::{issuer_file, root_with},
    world::{self, ISSUED, header, seeds},
};

/// The last version of the usual chain.
const LAST: u32 = 6;
/// When the roots that live for an hour have ended.
const LATE: i64 = ISSUED as i64 + 7_200;

/// The seed of a root key by its number; the first three are those of the root that everybody begins with.
fn root_key(number: u32) -> u64 {
    let known = usize::try_from(number - 1).unwrap();
    let later = || 930 + u64::from(number);
    seeds::ROOT[..3].get(known).copied().unwrap_or_else(later)
}

fn keys(numbers: &[u32]) -> Vec<u64> {
    numbers.iter().map(|number| root_key(*number)).collect()
}

/// A root with these root keys, of which so many have to sign.
fn root(version: u32, threshold: u8, numbers: &[u32]) -> RootFile {
    root_with(version, |roles| {
        let keys = keys(numbers).into_iter().map(world::public).collect();
        roles[0] = (Role::Root, threshold, keys);
    })
}

fn usual(version: u32) -> RootFile {
    root(version, 2, &[version, version + 1, version + 2])
}

/// The same root, ended an hour after the others were issued.
fn short(root: RootFile) -> RootFile {
    let header = FileHeader {
        expires: ISSUED + 3600,
        ..root.header
    };
    RootFile { header, ..root }
}

fn name(version: u32) -> String {
    format!("t-chain-{version}")
}

fn files(fixtures: &mut Fixtures) {
    let mut add = |name: &str, root: &RootFile, signers: &[u64]| {
        fixtures.add(name, world::signed(Role::Root, root.encode(), signers))
    };
    for version in 2..=LAST {
        let root = usual(version);
        let signers = keys(&[version, version + 1]);
        add(&name(version), &root, &signers);
        add(&format!("{}-short", name(version)), &short(root), &signers);
    }
    let four = usual(4);
    add("t-chain-4-all-three", &four, &keys(&[3, 4, 5, 6]));
    add("t-chain-4-one", &four, &keys(&[4]));
    add("t-chain-4-one-twice", &four, &keys(&[4, 4]));
    add(
        "t-chain-4-one-and-a-stranger",
        &four,
        &[root_key(4), seeds::STRANGER],
    );
    add(
        "t-chain-4-by-strangers",
        &four,
        &[seeds::STRANGER, seeds::RETIRED],
    );
    add("t-chain-4-by-keys-of-2", &four, &keys(&[2]));
    add("t-chain-4-by-keys-of-1", &four, &keys(&[1, 2]));
    add(
        "t-chain-4-by-other-roles",
        &four,
        &[seeds::ISSUERS, seeds::TIMESTAMP],
    );
    let apart = root(4, 2, &[7, 8, 9]);
    add("t-chain-4-keys-apart", &apart, &keys(&[3, 4, 7, 8]));
    add("t-chain-4-keys-apart-one-new", &apart, &keys(&[3, 4, 7]));
    add("t-chain-4-keys-apart-none-new", &apart, &keys(&[3, 4]));
    add("t-chain-4-keys-apart-one-old", &apart, &keys(&[3, 7, 8]));
    // Numbers that do not fit, each signed by enough of the keys that are in force then.
    let kept = |version| root(version, 2, &[3, 4, 5]);
    add("t-chain-5-after-3", &kept(5), &keys(&[3, 4]));
    add("t-chain-2-after-3", &kept(2), &keys(&[3, 4]));
    add("t-chain-1-after-3", &kept(1), &keys(&[3, 4, 5]));
    add("t-chain-last-after-3", &kept(u32::MAX), &keys(&[3, 4]));
    add("t-chain-3-fork", &root(3, 2, &[3, 4, 8]), &keys(&[3, 4]));
    let strict = root(4, 3, &[4, 5, 6]);
    add("t-chain-4-three-of-three", &strict, &keys(&[3, 4, 5, 6]));
    add("t-chain-4-three-of-three-two", &strict, &keys(&[4, 5]));
    add("t-chain-5-after-strict", &usual(5), &keys(&[4, 5, 6]));
    let alone = root(4, 1, &[5]);
    add("t-chain-4-one-of-one", &alone, &keys(&[3, 5]));
    add("t-chain-4-one-of-one-none-new", &alone, &keys(&[3, 4]));
    add("t-chain-4-one-of-one-alone", &alone, &keys(&[5]));
    let late = fixtures.file(&name(4)).to_vec();
    let mut wrong = late;
    *wrong.last_mut().unwrap() ^= 1;
    fixtures.add("t-chain-4-wrong-signature", wrong);
    let new_issuers = root_with(4, |roles| {
        roles[0].2 = keys(&[4, 5, 6]).into_iter().map(world::public).collect();
        roles[1].2 = vec![world::public(seeds::NEXT_ISSUERS)];
    });
    fixtures.add(
        "t-chain-4-other-issuers",
        world::signed(Role::Root, new_issuers.encode(), &keys(&[4, 5])),
    );
    fixtures.add(
        "t-chain-issuers-9",
        issuer_file(header(9), &[seeds::ISSUERS]),
    );
}

/// The usual chain from one version to another, and what is offered after it.
fn after(title: &str, last: u32, offered: &[(&str, Expect)]) -> Sequence {
    let walked = (2..=last).map(|version| step(&name(version), New(version)));
    let offered = offered.iter().map(|(file, expect)| step(file, *expect));
    sequence(title, walked.chain(offered).collect())
}

fn refused(title: &str, file: &str, code: &'static str) -> Sequence {
    // A refusal changes nothing: the right one is taken after it.
    after(
        title,
        3,
        &[
            (file, Code(code)),
            ("t-chain-4", New(4)),
            ("t-chain-5", New(5)),
        ],
    )
}

fn sequences() -> Vec<Sequence> {
    let late = |file: &str, expect| at(file, LATE, expect);
    vec![
        after("each root is signed by keys of the last", LAST, &[]),
        after(
            "the last root of a chain again, and those before it",
            LAST,
            &[
                ("t-chain-6", Code("unchanged")),
                ("t-chain-5", Code("below_threshold")),
                ("t-chain-4", Code("wrong_role")),
                ("root-1", Code("wrong_role")),
            ],
        ),
        Sequence {
            root: "t-chain-4".to_owned(),
            ..sequence(
                "a checker that is built with a root in the middle",
                vec![
                    step("t-chain-3", Code("below_threshold")),
                    step("t-chain-5", New(5)),
                    step("t-chain-6", New(6)),
                ],
            )
        },
        refused(
            "a skipped version with enough signatures",
            "t-chain-5-after-3",
            "not_next_root",
        ),
        refused(
            "the last version of all with enough signatures",
            "t-chain-last-after-3",
            "not_next_root",
        ),
        refused(
            "a skipped version with one key in common",
            "t-chain-5",
            "below_threshold",
        ),
        refused(
            "two skipped versions, with no key in common",
            "t-chain-6",
            "wrong_role",
        ),
        refused(
            "a lower version with enough signatures",
            "t-chain-2-after-3",
            "rollback",
        ),
        refused(
            "the first version again with all signatures",
            "t-chain-1-after-3",
            "rollback",
        ),
        refused(
            "another root of the version in force",
            "t-chain-3-fork",
            "conflict",
        ),
        after(
            "of two roots of one version the first counts",
            2,
            &[
                ("t-chain-3-fork", New(3)),
                ("t-chain-3", Code("conflict")),
                ("t-chain-4", Code("below_threshold")),
            ],
        ),
        refused(
            "signed by strangers",
            "t-chain-4-by-strangers",
            "wrong_role",
        ),
        refused(
            "signed by keys of other roles",
            "t-chain-4-by-other-roles",
            "wrong_role",
        ),
        refused(
            "signed by a key that the last root took out",
            "t-chain-4-by-keys-of-2",
            "wrong_role",
        ),
        refused(
            "signed by the keys of the first root",
            "t-chain-4-by-keys-of-1",
            "wrong_role",
        ),
        refused("one of three", "t-chain-4-one", "below_threshold"),
        refused(
            "one of three, twice",
            "t-chain-4-one-twice",
            "below_threshold",
        ),
        refused(
            "one of three, and a stranger",
            "t-chain-4-one-and-a-stranger",
            "below_threshold",
        ),
        refused(
            "two of three, of which one is wrong",
            "t-chain-4-wrong-signature",
            "bad_signature",
        ),
        after(
            "three of three",
            3,
            &[("t-chain-4-all-three", New(4)), ("t-chain-5", New(5))],
        ),
        after(
            "no key in common, signed by two of each",
            3,
            &[
                ("t-chain-4-keys-apart", New(4)),
                ("t-chain-5", Code("wrong_role")),
            ],
        ),
        refused(
            "no key in common, signed by one of the new",
            "t-chain-4-keys-apart-one-new",
            "below_threshold",
        ),
        refused(
            "no key in common, signed by none of the new",
            "t-chain-4-keys-apart-none-new",
            "wrong_role",
        ),
        refused(
            "no key in common, signed by one of the last",
            "t-chain-4-keys-apart-one-old",
            "below_threshold",
        ),
        refused(
            "a higher threshold that its own signatures miss",
            "t-chain-4-three-of-three-two",
            "below_threshold",
        ),
        after(
            "a higher threshold is asked of the root after it",
            3,
            &[
                ("t-chain-4-three-of-three", New(4)),
                ("t-chain-5", Code("below_threshold")),
                ("t-chain-5-after-strict", New(5)),
            ],
        ),
        refused(
            "a lower threshold does not lower that of the last root",
            "t-chain-4-one-of-one-alone",
            "below_threshold",
        ),
        after(
            "a lower threshold still wants a key of its own",
            3,
            &[
                ("t-chain-4-one-of-one-none-new", Code("wrong_role")),
                ("t-chain-4-one-of-one", New(4)),
                ("t-chain-5", New(5)),
            ],
        ),
        sequence(
            "a checker that slept walks through roots that have expired",
            vec![
                late("t-chain-2-short", New(2)),
                late("t-chain-issuers-9", Code("root_expired")),
                late("t-chain-3-short", New(3)),
                late("t-chain-4-short", New(4)),
                late("t-chain-5", New(5)),
                late("t-chain-issuers-9", New(9)),
            ],
        ),
        sequence(
            "a chain that ends in an expired root takes nothing but the next root",
            vec![
                step("t-chain-2-short", New(2)),
                step("t-chain-issuers-9", New(9)),
                late("t-chain-issuers-9", Code("root_expired")),
                late("t-chain-4", Code("below_threshold")),
                late("t-chain-3", New(3)),
                late("t-chain-issuers-9", Code("unchanged")),
            ],
        ),
        sequence(
            "what an expired root signs for next needs no fewer signatures",
            vec![
                late("t-chain-2-short", New(2)),
                late("t-chain-3-short", New(3)),
                late("t-chain-4-one", Code("below_threshold")),
                late("t-chain-4-by-strangers", Code("wrong_role")),
                late("t-chain-4", New(4)),
            ],
        ),
        sequence(
            "a root that was not expired and its expired twin are two roots of one version",
            vec![
                step("t-chain-2", New(2)),
                step("t-chain-2-short", Code("conflict")),
            ],
        ),
        sequence(
            "files outlive a chain while their key does",
            vec![
                step("t-chain-issuers-9", New(9)),
                step("t-chain-2", New(2)),
                step("t-chain-3", New(3)),
                step("t-chain-issuers-9", Code("unchanged")),
                step("t-issuers-3", Code("rollback")),
                step("t-chain-4-other-issuers", New(4)),
                step("t-chain-issuers-9", Code("wrong_role")),
                step("t-issuers-1-by-next-key", New(1)),
            ],
        ),
    ]
}

pub(crate) fn file(fixtures: &mut Fixtures) -> Value {
    files(fixtures);
    document(
        "Chains of roots. Start from `root`, then offer each file at `now`. `expect` is the version that comes into force, `unchanged`, or the code of the refusal.",
        sequences(),
        fixtures,
    )
}
