//! Sequences of files: what is taken, what is refused and why, and what is in force afterwards.

use std::{cell::RefCell, collections::BTreeMap};

use liangma_credential::{TrustError, TrustStore, Updated};
use serde_json::{Value, json};

use crate::{
    fixtures::{Fixtures, files_from_json},
    stolen_keys, trust_files,
    world::{self, ISSUED},
};

const NOW: i64 = ISSUED as i64 + 60;
const ROOT: &str = "root-1";

fn answer(outcome: &Result<Updated, TrustError>) -> Value {
    match outcome {
        Ok(Updated::New { file, version }) => json!({"new": file.text(), "version": version}),
        Ok(Updated::Unchanged) => json!("unchanged"),
        Err(error) => json!(error.code()),
    }
}

/// One sequence: files that are offered one after the other to a checker with this root.
pub(crate) struct Sequence {
    pub(crate) name: String,
    pub(crate) root: String,
    pub(crate) steps: Vec<Step>,
}

/// A file, when it is offered, and what is expected.
pub(crate) struct Step {
    file: String,
    now: i64,
    expect: Expect,
}

/// The version that comes into force, or a code.
#[derive(Clone, Copy)]
pub(crate) enum Expect {
    New(u32),
    Code(&'static str),
}

use Expect::{Code, New};

pub(crate) fn at(file: &str, now: i64, expect: Expect) -> Step {
    Step {
        file: file.to_owned(),
        now,
        expect,
    }
}

pub(crate) fn step(file: &str, expect: Expect) -> Step {
    at(file, NOW, expect)
}

pub(crate) fn sequence(name: &str, steps: Vec<Step>) -> Sequence {
    Sequence {
        name: name.to_owned(),
        root: ROOT.to_owned(),
        steps,
    }
}

fn one_step(name: &str, file: &str, code: &'static str) -> Sequence {
    sequence(name, vec![step(file, Code(code))])
}

/// Issuer lists.
fn issuer_sequences() -> Vec<Sequence> {
    vec![
        sequence(
            "issuer lists rise",
            vec![
                step("t-issuers-1", New(1)),
                step("t-issuers-2", New(2)),
                step("t-issuers-3", New(3)),
            ],
        ),
        sequence(
            "a gap in versions of issuer lists is fine",
            vec![step("t-issuers-1", New(1)), step("t-issuers-3", New(3))],
        ),
        sequence(
            "the same list again changes nothing",
            vec![
                step("t-issuers-2", New(2)),
                step("t-issuers-2", Code("unchanged")),
                step("t-issuers-2-signed-by-others-too", Code("unchanged")),
            ],
        ),
        sequence(
            "signatures by strangers do not count and do not harm",
            vec![step("t-issuers-2-signed-by-others-too", New(2))],
        ),
        sequence(
            "rollback",
            vec![
                step("t-issuers-3", New(3)),
                step("t-issuers-2", Code("rollback")),
                step("t-issuers-1", Code("rollback")),
            ],
        ),
        sequence(
            "a version with other content",
            vec![
                step("t-issuers-2", New(2)),
                step("t-issuers-2-other-content", Code("conflict")),
            ],
        ),
        sequence(
            "freezing: an expired list",
            vec![at("t-issuers-4-short", NOW + 3540, Code("expired"))],
        ),
        sequence(
            "the last second of a list",
            vec![at("t-issuers-4-short", i64::from(ISSUED) + 3599, New(4))],
        ),
        sequence(
            "a list that expires while in force is not taken again",
            vec![
                step("t-issuers-4-short", New(4)),
                at("t-issuers-4-short", NOW + 3540, Code("expired")),
            ],
        ),
        sequence(
            "a clock before the list was issued does not matter",
            vec![at("t-issuers-1", i64::from(ISSUED) - 86_400, New(1))],
        ),
        sequence(
            "fast-forward within bounds",
            vec![
                step("t-issuers-3", New(3)),
                step("t-issuers-far-ahead", New(1_000_003)),
            ],
        ),
        sequence(
            "fast-forward out of bounds",
            vec![
                step("t-issuers-3", New(3)),
                step("t-issuers-too-far-ahead", Code("version_jump")),
                step("t-issuers-last-version", Code("version_jump")),
            ],
        ),
        sequence(
            "a first list may have any version",
            vec![step("t-issuers-last-version", New(u32::MAX))],
        ),
        sequence(
            "fast-forward is overcome by a new root without the key",
            vec![
                step("t-issuers-last-version", New(u32::MAX)),
                step("t-issuers-3", Code("rollback")),
                step("t-root-2", New(2)),
                step("t-issuers-1-by-next-key", New(1)),
                step("t-issuers-last-version", Code("wrong_role")),
            ],
        ),
        one_step(
            "signed by a key of another role",
            "t-issuers-5-by-recall-key",
            "wrong_role",
        ),
        one_step(
            "signed by a stranger",
            "t-issuers-5-by-stranger",
            "wrong_role",
        ),
        one_step(
            "signed by the root keys, which do not serve this role",
            "t-issuers-5-by-root-keys",
            "wrong_role",
        ),
        one_step("unsigned", "t-issuers-5-unsigned", "wrong_role"),
        one_step(
            "a wrong signature",
            "t-issuers-5-wrong-signature",
            "bad_signature",
        ),
        one_step(
            "a changed payload",
            "t-issuers-5-changed-payload",
            "bad_signature",
        ),
        one_step(
            "an issuer list signed as a recall list",
            "t-issuers-payload-as-recall",
            "damaged",
        ),
        one_step(
            "an issuer list renamed to rules",
            "t-issuers-5-renamed",
            "wrong_role",
        ),
        one_step("a byte behind the file", "t-issuers-5-trailing", "damaged"),
        one_step("version 0", "t-issuers-0", "damaged"),
        one_step(
            "expires before it is issued",
            "t-issuers-5-expires-before-issued",
            "damaged",
        ),
        one_step("another magic", "t-issuers-5-other-magic", "damaged"),
        one_step("an unknown role", "t-unknown-role", "unsupported"),
        one_step(
            "an unknown suite of a signature",
            "t-issuers-5-unknown-suite",
            "unsupported",
        ),
        one_step(
            "a suite that is not the key's",
            "t-issuers-5-other-suite",
            "bad_signature",
        ),
        one_step(
            "an unknown key of 5 in the payload",
            "t-issuers-5-unknown-key",
            "unsupported",
        ),
        Sequence {
            root: "t-root-1-two-issuers-keys".to_owned(),
            ..sequence(
                "two keys have to sign: both did",
                vec![step("t-issuers-1-by-both", New(1))],
            )
        },
        Sequence {
            root: "t-root-1-two-issuers-keys".to_owned(),
            ..sequence(
                "two keys have to sign: one did",
                vec![step("t-issuers-1", Code("below_threshold"))],
            )
        },
        Sequence {
            root: "t-root-1-two-issuers-keys".to_owned(),
            ..sequence(
                "two keys have to sign: one did twice",
                vec![step("t-issuers-1-one-key-twice", Code("below_threshold"))],
            )
        },
        Sequence {
            root: "t-root-1-without-voids".to_owned(),
            ..sequence(
                "a role that the root does not name",
                vec![step("voids-2", Code("wrong_role"))],
            )
        },
    ]
}

/// Roots.
fn root_sequences() -> Vec<Sequence> {
    vec![
        sequence("the next root", vec![step("t-root-2", New(2))]),
        sequence(
            "the next root with three signatures",
            vec![step("t-root-2-three-signatures", New(2))],
        ),
        sequence(
            "two roots, one after the other",
            vec![step("t-root-2", New(2)), step("t-root-3", New(3))],
        ),
        sequence(
            "the same root again",
            vec![
                step(ROOT, Code("unchanged")),
                step("t-root-2", New(2)),
                step("t-root-2", Code("unchanged")),
            ],
        ),
        sequence(
            "a root that skips a version",
            vec![step("t-root-3", Code("below_threshold"))],
        ),
        sequence(
            "rollback of the root",
            vec![step("t-root-2", New(2)), step(ROOT, Code("rollback"))],
        ),
        sequence(
            "a root's version with other content",
            vec![
                step("t-root-1-other-content", Code("conflict")),
                step("t-root-2", New(2)),
                step("t-root-2-other-content", Code("conflict")),
            ],
        ),
        one_step(
            "a root with one signature",
            "t-root-2-one-signature",
            "below_threshold",
        ),
        one_step(
            "a root signed twice by one key",
            "t-root-2-one-key-twice",
            "below_threshold",
        ),
        one_step(
            "a root with one old and one new signature",
            "t-root-2-one-old-one-new",
            "below_threshold",
        ),
        one_step(
            "a root signed by the issuers key",
            "t-root-2-by-issuers-key",
            "wrong_role",
        ),
        one_step(
            "a root signed by its own keys only",
            "t-root-2-own-keys-only",
            "wrong_role",
        ),
        one_step(
            "a root signed by the last one's keys only",
            "t-root-2-last-keys-only",
            "wrong_role",
        ),
        sequence(
            "a root with all keys new, signed by both",
            vec![step("t-root-2-all-keys-new", New(2))],
        ),
        one_step(
            "a root that names a role we do not know",
            "t-root-2-unknown-role",
            "unsupported",
        ),
        sequence(
            "files by a key that the new root took out are forgotten",
            vec![
                step("t-issuers-3", New(3)),
                step("t-root-2", New(2)),
                step("t-issuers-4-by-old-key", Code("wrong_role")),
                step("t-issuers-4-by-next-key", New(4)),
            ],
        ),
        Sequence {
            root: "root-1-short".to_owned(),
            ..sequence(
                "an expired root takes nothing but the next root",
                vec![
                    at(
                        "t-issuers-1",
                        i64::from(ISSUED) + 3600,
                        Code("root_expired"),
                    ),
                    at("t-root-2", i64::from(ISSUED) + 3600, New(2)),
                    at("t-issuers-1-by-next-key", i64::from(ISSUED) + 3600, New(1)),
                ],
            )
        },
    ]
}

/// Recall lists.
fn recall_sequences() -> Vec<Sequence> {
    vec![
        sequence(
            "a full list and parts",
            vec![
                step("t-recall-10", New(10)),
                step("t-recall-11-from-10", New(11)),
                step("t-recall-13-from-11", New(13)),
            ],
        ),
        sequence(
            "an empty part",
            vec![
                step("t-recall-10", New(10)),
                step("t-recall-11-from-10-empty", New(11)),
            ],
        ),
        sequence(
            "a part without a list",
            vec![step("t-recall-11-from-10", Code("gap"))],
        ),
        sequence(
            "a part that leaves a gap",
            vec![
                step("t-recall-10", New(10)),
                step("t-recall-13-from-11", Code("gap")),
            ],
        ),
        sequence(
            "a part that begins too early",
            vec![
                step("t-recall-10", New(10)),
                step("t-recall-13-from-9", Code("gap")),
            ],
        ),
        sequence(
            "rollback of the recall list",
            vec![
                step("t-recall-10", New(10)),
                step("t-recall-9", Code("rollback")),
            ],
        ),
        sequence(
            "a full list takes the place of parts",
            vec![
                step("t-recall-10", New(10)),
                step("t-recall-11-full", New(11)),
                step("t-recall-13-from-11", New(13)),
            ],
        ),
        sequence(
            "a full list of the version in force says nothing new",
            vec![
                step("t-recall-10", New(10)),
                step("t-recall-11-from-10", New(11)),
                step("t-recall-11-full", Code("unchanged")),
                step("t-recall-11-from-10", Code("unchanged")),
                step("t-recall-11-from-10-empty", Code("conflict")),
            ],
        ),
        sequence(
            "a recall list with other content",
            vec![
                step("t-recall-10", New(10)),
                step("t-recall-10-other", Code("conflict")),
                step("t-recall-10", Code("unchanged")),
            ],
        ),
        one_step(
            "a part that begins where it ends",
            "t-recall-5-from-5",
            "damaged",
        ),
    ]
}

/// Time stamps.
fn stamp_sequences() -> Vec<Sequence> {
    vec![
        sequence(
            "time stamps rise",
            vec![
                step("t-timestamp-1", New(1)),
                step("t-timestamp-2", New(2)),
                step("t-timestamp-2", Code("unchanged")),
                step("t-timestamp-1", Code("rollback")),
                step("t-timestamp-2-other", Code("conflict")),
            ],
        ),
        sequence(
            "a time stamp may not take back a version",
            vec![
                step("t-timestamp-2", New(2)),
                step("t-timestamp-3-takes-back", Code("rollback")),
            ],
        ),
        sequence(
            "a file that the time stamp names otherwise",
            vec![
                step("t-timestamp-1", New(1)),
                step("t-issuers-2-other-content", Code("stamp_mismatch")),
                step("t-issuers-2", New(2)),
            ],
        ),
        sequence(
            "a time stamp that names what is in force otherwise",
            vec![
                step("t-issuers-3", New(3)),
                step("t-timestamp-3-other-hash", Code("stamp_mismatch")),
                step("t-timestamp-2", New(2)),
            ],
        ),
        sequence(
            "an older file than the time stamp names is taken, and is not current",
            vec![
                step("t-timestamp-2", New(2)),
                step("t-issuers-2", New(2)),
                step("t-issuers-3", New(3)),
            ],
        ),
        sequence(
            "a newer file than the time stamp names",
            vec![step("t-timestamp-1", New(1)), step("t-issuers-3", New(3))],
        ),
        sequence(
            "the time stamp names the full recall list",
            vec![
                step("t-timestamp-4-recall-11", New(4)),
                step("t-recall-11-full", New(11)),
            ],
        ),
        sequence(
            "the time stamp names another full recall list",
            vec![
                step("t-timestamp-4-recall-11-other", New(4)),
                step("t-recall-11-full", Code("stamp_mismatch")),
            ],
        ),
        sequence(
            "parts are not compared with the hash of the full list",
            vec![
                step("t-timestamp-4-recall-11", New(4)),
                step("t-recall-10", New(10)),
                step("t-recall-11-from-10", New(11)),
            ],
        ),
        sequence(
            "an expired time stamp",
            vec![
                at("t-timestamp-1", i64::from(ISSUED) + 86_400, Code("expired")),
                at("t-timestamp-1", i64::from(ISSUED) + 86_399, New(1)),
            ],
        ),
        one_step(
            "a time stamp by the issuers key",
            "t-timestamp-2-by-issuers-key",
            "wrong_role",
        ),
    ]
}

/// Named files.
fn named_sequences() -> Vec<Sequence> {
    vec![
        sequence(
            "each rule pack has versions of its own",
            vec![
                step("t-rules-zhejiang-2", New(2)),
                step("t-rules-guangxi-1", New(1)),
                step("t-rules-zhejiang-1", Code("rollback")),
            ],
        ),
        sequence(
            "profile and standard",
            vec![
                step("t-profile-1", New(1)),
                step("t-standard-1", New(1)),
                step("t-profile-1-by-rules-key", Code("wrong_role")),
            ],
        ),
        sequence(
            "a rule pack that the time stamp names otherwise",
            vec![
                step("t-timestamp-5-rules", New(5)),
                step("t-rules-zhejiang-2-other", Code("stamp_mismatch")),
                step("t-rules-zhejiang-2", New(2)),
            ],
        ),
        one_step(
            "a rule pack with a name that is no name",
            "t-rules-bad-name",
            "damaged",
        ),
    ]
}

pub(crate) fn file(fixtures: &mut Fixtures) -> Value {
    trust_files::issuer_files(fixtures);
    trust_files::named_files(fixtures);
    let mut damaged = trust_files::root_files(fixtures);
    damaged.extend(trust_files::recall_files(fixtures));
    damaged.extend(trust_files::stamp_files(fixtures));
    let stolen = stolen_keys::sequences(fixtures);
    let damaged = damaged.iter().map(|name| one_step(name, name, "damaged"));
    let sequences = issuer_sequences()
        .into_iter()
        .chain(root_sequences())
        .chain(recall_sequences())
        .chain(stamp_sequences())
        .chain(named_sequences())
        .chain(stolen)
        .chain(damaged)
        .collect();
    document(
        "Start from `root`, then offer each file at `now`. `expect` is the version that comes into force, `unchanged`, or the code of the refusal.",
        sequences,
        fixtures,
    )
}

/// A file of sequences, with what became of each step.
pub(crate) fn document(about: &str, sequences: Vec<Sequence>, fixtures: &Fixtures) -> Value {
    let cases: Vec<_> = sequences
        .iter()
        .map(|sequence| case(sequence, fixtures))
        .collect();
    json!({"kind": "trust", "about": about, "cases": cases})
}

fn case(sequence: &Sequence, fixtures: &Fixtures) -> Value {
    let mut store = TrustStore::from_root(fixtures.file(&sequence.root)).unwrap();
    let steps: Vec<_> = sequence
        .steps
        .iter()
        .map(
            |Step {
                 file: name,
                 now,
                 expect,
             }| {
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
            },
        )
        .collect();
    json!({"name": sequence.name, "root": sequence.root, "steps": steps})
}

pub(crate) fn run(case: &Value, fixtures: &Value) {
    thread_local! {
        static FILES: RefCell<BTreeMap<String, Vec<u8>>> = const { RefCell::new(BTreeMap::new()) };
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
