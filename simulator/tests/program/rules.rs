//! `liangma rules explain`.

use std::path::Path;

use rstest::rstest;

use crate::support::{liangma, liangma_reading};

fn example(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples")
        .join(name);
    path.to_str().unwrap().to_owned()
}

fn explain(region: &str, file: &str, at: &str) -> String {
    let answer = liangma([
        "rules",
        "explain",
        "--region",
        region,
        "--evidence",
        &example(file),
        "--at",
        at,
    ]);
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""));
    answer.stdout
}

#[rstest]
#[case("nothing", "2020-02-19T08:00:00+08:00")]
#[case("fever", "2020-02-19T08:00:00+08:00")]
#[case("close-contact", "2020-02-19T08:00:00+08:00")]
#[case("from-abroad", "2020-03-25T08:00:00+08:00")]
#[case("risk-area-then-negative", "2020-06-16T19:00:00+08:00")]
fn each_example_is_explained(#[case] name: &str, #[case] at: &str) {
    let words = explain("zhejiang", &format!("{name}.json"), at);
    insta::assert_snapshot!(format!("explain_{name}"), words);
}

#[test]
fn isolation_that_is_over_clears_red_with_no_new_evidence() {
    let on_the_last_day = explain(
        "zhejiang",
        "close-contact.json",
        "2020-03-01T23:59:59+08:00",
    );
    let the_day_after = explain(
        "zhejiang",
        "close-contact.json",
        "2020-03-02T00:00:00+08:00",
    );
    assert!(on_the_last_day.contains("红码"), "{on_the_last_day}");
    assert!(the_day_after.contains("绿码"), "{the_day_after}");
}

#[test]
fn programs_get_json() {
    let answer = liangma([
        "rules",
        "explain",
        "--region",
        "zhejiang",
        "--evidence",
        &example("fever.json"),
        "--at",
        "2020-02-19T08:00:00+08:00",
        "--json",
    ]);
    let json: serde_json::Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!(json["colour"], "yellow");
    assert_eq!(json["reasons"][0]["reason"], "fever");
}

#[rstest]
#[case("not JSON at all", "line 1, column 2")]
#[case(
    r#"[{"kind": "petition", "occurred_at": "2020-02-19T08:00:00+08:00"}]"#,
    "entry 1"
)]
#[case(r#"[{"kind": "symptom", "fever": true, "epidemic_history": false, "occurred_at": "1901-02-19T08:00:00+08:00"}]"#, "occurred_at")]
#[case(r#"[{"kind": "symptom", "fever": "Wang Wei", "epidemic_history": false, "occurred_at": "2020-02-19T08:00:00+08:00"}]"#, "entry 1")]
fn wrong_evidence_is_answered_with_two_and_a_place_and_never_repeated(
    #[case] input: &str,
    #[case] place: &str,
) {
    let answer = liangma_reading(
        [
            "rules",
            "explain",
            "--region",
            "zhejiang",
            "--evidence",
            "-",
        ],
        input.as_bytes(),
    );
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains(place), "{}", answer.stderr);
    assert!(answer.stderr.contains("what to do:"), "{}", answer.stderr);
    for typed in ["Wang", "petition", "1901"] {
        assert!(!answer.stderr.contains(typed), "{}", answer.stderr);
    }
}

#[rstest]
#[case(
    r#"[{"kind": "symptom", "fever": true, "occurred_at": "2020-02-19T08:00:00+08:00"}]"#,
    "symptom: fever, epidemic_history"
)]
#[case(
    r#"[{"kind": "petition", "occurred_at": "2020-02-19T08:00:00+08:00"}]"#,
    "nucleic_acid_test, antibody_test, infection"
)]
#[case(
    r#"[{"kind": {"a": 1}}]"#,
    "nucleic_acid_test, antibody_test, infection"
)]
fn an_entry_that_is_not_whole_is_answered_with_its_fields_or_the_kinds_there_are(
    #[case] input: &str,
    #[case] advice: &str,
) {
    let arguments = [
        "rules",
        "explain",
        "--region",
        "zhejiang",
        "--evidence",
        "-",
    ];
    let answer = liangma_reading(arguments, input.as_bytes());
    assert_eq!(answer.code, 2);
    // Long lines are broken on their way to a person.
    let words: Vec<&str> = answer.stderr.split_whitespace().collect();
    assert!(words.join(" ").contains(advice), "{}", answer.stderr);
}

#[test]
fn an_unknown_region_or_file_is_answered_with_what_there_is() {
    let region = liangma([
        "rules",
        "explain",
        "--region",
        "atlantis",
        "--evidence",
        "-",
    ]);
    assert_eq!(region.code, 2);
    assert!(region.stderr.contains("zhejiang"), "{}", region.stderr);
    let file = liangma([
        "rules",
        "explain",
        "--region",
        "zhejiang",
        "--evidence",
        "no-such.json",
    ]);
    assert_eq!(file.code, 2);
    assert!(file.stderr.contains("no-such.json"), "{}", file.stderr);
}
