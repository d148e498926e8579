//! Help and wrong command lines.

use rstest::rstest;

use crate::support::liangma;

#[rstest]
#[case("liangma", &["--help"])]
#[case("phones", &["phones", "--help"])]
#[case("tour", &["tour", "--help"])]
#[case("check", &["check", "--help"])]
#[case("serve", &["serve", "--help"])]
#[case("rules", &["rules", "explain", "--help"])]
#[case("backup", &["backup", "--help"])]
#[case("restore", &["restore", "--help"])]
#[case("keys", &["keys", "draft-root", "--help"])]
#[case("show", &["show", "--help"])]
fn every_command_explains_itself_with_examples(#[case] name: &str, #[case] arguments: &[&str]) {
    let answer = liangma(arguments);
    assert_eq!(answer.code, 0);
    assert!(
        answer.stdout.contains("liangma"),
        "no example: {}",
        answer.stdout
    );
    insta::assert_snapshot!(format!("help_{name}"), answer.stdout);
}

#[test]
fn help_has_no_colour_when_nobody_looks_at_it() {
    assert!(!liangma(["--help"]).stdout.contains('\u{1b}'));
}

#[test]
fn a_wrong_command_line_is_answered_with_two() {
    let answer = liangma(["check", "--root", "root.cbor"]);
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("--trust"));
}

#[test]
fn an_unknown_command_is_answered_with_a_hint() {
    let answer = liangma(["chek"]);
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("check"), "{}", answer.stderr);
}
