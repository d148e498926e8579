//! Each rule of the UI standard has a standard that breaks it, and it is caught.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::{Duration, Instant};

use liangma_card::{Language, PACKAGE_LIMIT};
use liangma_screens::{
    Seen,
    package::{Rule, built_in_package, faults},
};
use rstest::rstest;
use serde_json::{Value, json};

fn package() -> Value {
    serde_json::from_slice(&built_in_package().unwrap()).unwrap()
}

fn changed(path: &str, value: Value) -> Value {
    let mut package = package();
    package["standard"]["version"] = json!(2);
    *package.pointer_mut(path).unwrap() = value;
    package
}

fn found(package: &Value) -> Vec<(Rule, String)> {
    let bytes = serde_json::to_vec(package).unwrap();
    faults(&bytes)
        .iter()
        .map(|error| (error.rule(), error.to_string()))
        .collect()
}

fn refused(package: &Value) -> Option<String> {
    let bytes = serde_json::to_vec(package).unwrap();
    Seen::newer(&bytes, 1).err().map(|error| error.to_string())
}

#[test]
fn the_built_in_package_breaks_nothing_and_is_taken_where_it_is_newer() {
    assert_eq!(found(&package()), []);
    assert_eq!(
        refused(&package()).unwrap(),
        "take version 1 of the UI standard: version 1 is in use"
    );
    assert_eq!(refused(&changed("/standard/version", json!(2))), None);
}

#[rstest]
#[case(Rule::Contrast, "/standard/colours/1/text", json!("#FFFFFF"))]
#[case(Rule::Contrast, "/standard/inks/module", json!("#808080"))]
#[case(Rule::Size, "/standard/views/care/layouts/0/qr", json!(200))]
#[case(Rule::Size, "/standard/views/normal/layouts/0/actions", json!(20))]
#[case(Rule::Size, "/standard/measures/target", json!(30))]
#[case(Rule::Size, "/standard/measures/type/body", json!(9))]
#[case(Rule::QuietZone, "/standard/measures/quiet_zone", json!(2))]
#[case(Rule::ColourOnly, "/standard/colours/2/shape", json!("triangle"))]
#[case(Rule::ColourOnly, "/standard/colours/2/word/zh-Hans", json!("黄码"))]
#[case(Rule::StatusColour, "/standard/inks/band", json!("#FFDADA"))]
#[case(Rule::DoesNotFit, "/standard/words/unavailable/en", json!("This code is not ready to be shown just now, at all"))]
#[case(Rule::DoesNotFit, "/standard/colours/0/word/zh-Hant", json!("綠色的通行健康碼綠色的通行健康碼"))]
#[case(Rule::Text, "/standard/words/enlarge/en", json!("En\u{202E}large"))]
#[case(Rule::Text, "/standard/words/enlarge/zh-Hans", json!("放\u{301}\u{301}\u{301}大"))]
#[case(Rule::Text, "/standard/words/updated/en", json!("Updated"))]
#[case(Rule::Text, "/standard/words/enlarge/en", json!("x".repeat(10_000)))]
#[case(Rule::Text, "/states/without_code/en", json!("<b>Register</b>."))]
#[case(Rule::Text, "/states/without_code/zh-Hans", json!("码".repeat(10_000)))]
#[case(Rule::Text, "/words/en", json!(format!("on = {}", "x".repeat(10_000))))]
#[case(Rule::Text, "/words/en", json!("on = a\u{202E}b"))]
#[case(Rule::Text, "/words/en", json!("on = {\"\\u202E\"}"))]
#[case(Rule::Text, "/words/en", json!(format!("on = {}1{}", "{".repeat(40_000), "}".repeat(40_000))))]
#[case(Rule::Text, "/words/en", json!("wait-seconds = { $secretly } seconds"))]
#[case(Rule::Form, "/words/en", json!("on = { $"))]
#[case(Rule::Form, "/standard/views/care/layouts/0/width", json!(330))]
#[case(Rule::Form, "/format", json!(2))]
fn what_breaks_a_rule_is_caught_and_no_phone_takes_it(
    #[case] rule: Rule,
    #[case] path: &str,
    #[case] value: Value,
) {
    let package = changed(path, value);
    let before = Instant::now();
    let found = found(&package);
    assert!(found.iter().any(|(broken, _)| *broken == rule), "{found:?}");
    // A debug build lays out some hundreds of cards.
    assert!(before.elapsed() < Duration::from_secs(20));
    // Nothing that is told moves a cursor, hides, or fills a screen.
    for (_, says) in &found {
        assert!(says.chars().count() < 700 && !says.contains(['\u{202E}', '\u{1b}', '\n']));
    }
    assert!(refused(&package).is_some());
}

#[test]
fn every_broken_rule_is_told_at_once() {
    let mut package = changed("/standard/colours/1/text", json!("#FFFFFF"));
    package["standard"]["inks"]["band"] = json!("#FFDADA");
    package["standard"]["words"]["enlarge"]["en"] = json!("");
    let rules: Vec<Rule> = found(&package).into_iter().map(|(rule, _)| rule).collect();
    for rule in [Rule::Contrast, Rule::StatusColour, Rule::Text] {
        assert!(rules.contains(&rule), "{rules:?}");
    }
}

#[rstest]
#[case("/standard/words/enlarge", "zh-Hant")]
#[case("/standard/colours/0/word", "en")]
#[case("/standard/words", "expired_do")]
#[case("/standard/words", "enlarge")]
#[case("/states/states/key", "fresh")]
fn a_missing_word_is_told_in_every_language(#[case] path: &str, #[case] gone: &str) {
    let mut package = package();
    let holder = package.pointer_mut(path).unwrap().as_object_mut().unwrap();
    holder.remove(gone).unwrap();
    let told = found(&package);
    assert!(
        told.iter()
            .any(|(rule, says)| *rule == Rule::MissingWords && says.contains(gone)),
        "{told:?}"
    );
}

#[test]
fn a_message_that_a_package_lacks_is_told_and_said_in_the_words_of_the_program() {
    let package = changed("/words/en", json!("on = Go on"));
    let told = found(&package);
    assert!(told.iter().any(|(rule, says)| *rule == Rule::MissingWords
        && says == "accept the words of en: cancel is missing"));
    let bytes = serde_json::to_vec(&package).unwrap();
    let seen = Seen::newer(&bytes, 1).unwrap();
    assert!(seen.words.has(Language::En, "on"));
    assert!(seen.words.has(Language::En, "cancel"));
}

#[test]
fn a_standard_by_itself_is_checked_too() {
    let mut standard = package()["standard"].take();
    assert_eq!(found(&standard), []);
    standard["inks"]["quiet"] = json!("#EEEEEE");
    let told = found(&standard);
    assert_eq!(told[0].0, Rule::Contrast);
}

#[test]
fn fifty_megabytes_are_refused_at_once() {
    let large = vec![b'['; 50 * 1024 * 1024];
    let before = Instant::now();
    let told = faults(&large);
    assert!(before.elapsed() < Duration::from_millis(100));
    assert_eq!(told.len(), 1);
    let deep = vec![b'['; PACKAGE_LIMIT];
    assert_eq!(faults(&deep)[0].rule(), Rule::Form);
}
