//! The vectors in `tests/vectors`: made here from seeds, compared with what is committed, and run from disk.
//!
//! `BLESS=1` writes them anew.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a vector that cannot be made or read has to stop the test, helpers included"
)]

mod fixtures;
mod form;
mod live_cases;
mod other_cases;
mod raw;
mod root_chains;
mod stolen_keys;
mod trust_cases;
mod trust_files;
mod world;

use std::{collections::BTreeMap, fs, path::PathBuf, sync::Once};

use fixtures::Fixtures;
use liangma_credential::{CheckerClock, TimeStatement, TrustStore, base45};
use serde_json::Value;

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors"))
}

fn read(name: &str) -> Option<Value> {
    let text = fs::read_to_string(folder().join(name)).ok()?;
    Some(serde_json::from_str(&text).unwrap())
}

fn made() -> BTreeMap<&'static str, Value> {
    let kept = read("p256-kept.json");
    let mut fixtures = Fixtures::new(kept.as_ref());
    let mut files = BTreeMap::new();
    files.insert("trust.json", trust_cases::file(&mut fixtures));
    files.insert("root-chain.json", root_chains::file(&mut fixtures));
    let builder = live_cases::Builder { trusted: &fixtures };
    files.insert("live-genuine.json", builder.genuine());
    files.insert("live-not-ours.json", builder.not_ours());
    files.insert("live-unsupported.json", builder.unsupported());
    files.insert("live-damaged.json", builder.damaged());
    files.insert("live-unknown-issuer.json", builder.unknown_issuer());
    files.insert("live-forged.json", builder.forged());
    files.insert("live-each-byte.json", builder.each_byte());
    files.insert("live-time.json", builder.time());
    files.insert("live-recalled.json", builder.recalled());
    files.insert("live-order.json", builder.order());
    files.insert("live-flags.json", builder.flags());
    files.insert("base45.json", live_cases::base45_file());
    files.insert("paper.json", other_cases::paper(&fixtures));
    files.insert("venue.json", other_cases::venue(&fixtures));
    files.insert("time-statement.json", other_cases::time_statements());
    files.insert("derivation.json", other_cases::derivation());
    files.insert("fixtures.json", fixtures.json());
    files.insert("p256-kept.json", fixtures.kept_p256());
    files
}

/// With `BLESS=1`, writes every file once, before any test reads one.
fn bless_if_asked() {
    static WRITTEN: Once = Once::new();
    if std::env::var_os("BLESS").is_some() {
        WRITTEN.call_once(|| {
            for (name, value) in made() {
                fs::write(folder().join(name), text_of(&value)).unwrap();
            }
        });
    }
}

fn text_of(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap() + "\n"
}

#[test]
fn the_vectors_are_made_again_to_the_byte() {
    bless_if_asked();
    for (name, value) in made() {
        let committed = fs::read_to_string(folder().join(name)).unwrap();
        assert!(
            committed == text_of(&value),
            "{name} differs; BLESS=1 writes it anew"
        );
    }
}

/// Every value of the worked example in PROTOCOL.md, made again.
#[test]
fn the_worked_example_of_the_protocol_is_true() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/PROTOCOL.md");
    let page = fs::read_to_string(page).unwrap();
    for (name, value) in other_cases::worked_example() {
        assert!(page.contains(&value), "{name} {value} is not in the page");
    }
}

#[test]
fn every_vector_holds() {
    bless_if_asked();
    let fixtures = read("fixtures.json").unwrap();
    let stores = Fixtures::stores_from_json(&fixtures);
    let mut run = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let file = read(&name).unwrap();
        let Some(kind) = file["kind"].as_str() else {
            continue;
        };
        for case in file["cases"].as_array().unwrap() {
            match kind {
                "live" | "paper" | "venue" => run_check(&name, kind, case, &stores),
                "trust" => trust_cases::run(case, &fixtures),
                "time" => run_time(case),
                "base45" => run_base45(case),
                "derivation" => other_cases::run_derivation(case),
                other => panic!("{name}: unknown kind {other}"),
            }
            run += 1;
        }
    }
    assert!(run > 400, "only {run} vectors ran");
}

fn run_check(file: &str, kind: &str, case: &Value, stores: &BTreeMap<String, TrustStore>) {
    let clock = CheckerClock {
        now: world::time(case["now"].as_i64().unwrap()),
        in_doubt: case["clock_in_doubt"].as_bool().unwrap(),
    };
    let trust = &stores[case["trust"].as_str().unwrap()];
    let answer = form::answer(kind, case["text"].as_str().unwrap(), trust, clock);
    assert_eq!(answer, case["expect"], "{file}: {}", case["name"]);
}

fn run_time(case: &Value) {
    let statement = other_cases::hex(&case["statement"]);
    let nonce = other_cases::hex(&case["nonce"]).try_into().unwrap();
    let keys = [world::public(world::seeds::TIMESTAMP)];
    let answer = other_cases::time_answer(&TimeStatement::verify(&statement, &keys, &nonce));
    assert_eq!(answer, case["expect"], "{}", case["name"]);
}

fn run_base45(case: &Value) {
    let decoded = base45::decode(case["text"].as_str().unwrap()).ok();
    let expected = case["bytes"]
        .as_str()
        .map(|_| other_cases::hex(&case["bytes"]));
    assert_eq!(decoded, expected, "{}", case["text"]);
}
