//! Whatever a scanner may read, through the whole offline check with real trust behind it.

#![no_main]

use std::sync::LazyLock;

use jiff::Timestamp;
use liangma_credential::{CheckerClock, TrustStore, Verdict, check, check_paper, check_venue};
use serde_json::Value;

/// 2022-01-04T08:05:07Z, a moment in the hour of the protocol vectors.
const NOW: i64 = 1_641_283_507;

static TRUST: LazyLock<TrustStore> = LazyLock::new(|| {
    let fixtures: Value =
        serde_json::from_str(include_str!("../../vectors/fixtures.json")).expect("fixtures");
    let file = |name: &Value| {
        let hex = fixtures["files"][name.as_str().expect("a name")]
            .as_str()
            .expect("a file");
        (0..hex.len() / 2)
            .map(|at| u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).expect("hex"))
            .collect::<Vec<u8>>()
    };
    let set = &fixtures["trust_sets"]["usual"];
    let taken = Timestamp::from_second(set["taken_at"].as_i64().expect("a time")).expect("a time");
    let mut trust = TrustStore::from_root(&file(&set["root"])).expect("a root");
    for name in set["files"].as_array().expect("files") {
        trust.update(&file(name), taken).expect("an accepted file");
    }
    trust
});

libfuzzer_sys::fuzz_target!(|text: &str| {
    let clock = CheckerClock {
        now: Timestamp::from_second(NOW).expect("a time"),
        in_doubt: false,
    };
    let checked = check(text, &TRUST, clock);
    assert!(checked.verdict != Verdict::Genuine || checked.shown.is_some());
    let _ = check_paper(text, &TRUST, clock);
    let _ = check_venue(text, &TRUST, clock);
});
