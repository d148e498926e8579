//! `liangma tour`, and what can be done with what it leaves.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use rstest::rstest;
use tempfile::TempDir;

use crate::support::{Answer, liangma};

/// A finished tour and its folder.
struct Tour {
    folder: TempDir,
    answer: Answer,
}

impl Tour {
    fn of(person: &str, more: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let out = folder.path().join("out");
        let mut arguments = vec!["tour", "--person", person, "--out", out.to_str().unwrap()];
        arguments.extend(more);
        let answer = liangma(arguments);
        Self { folder, answer }
    }

    fn path(&self, name: &str) -> String {
        self.folder
            .path()
            .join("out")
            .join(name)
            .to_str()
            .unwrap()
            .to_owned()
    }

    fn transcript(&self) -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(self.path("transcript.json")).unwrap()).unwrap()
    }

    /// Checks a file of the tour some seconds after the code was lit.
    fn check(&self, file: &str, seconds_later: i64, more: &[&str]) -> Answer {
        let lit_at: Timestamp = self.transcript()["lit_at"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        let at = (lit_at + SignedDuration::from_secs(seconds_later)).to_string();
        let [root, trust, recall, code] =
            ["root.cbor", "trust.cbor", "recall.cbor", file].map(|name| self.path(name));
        let mut arguments = vec![
            "check", "--root", &root, "--trust", &trust, "--recall", &recall,
        ];
        arguments.extend(["--at", &at]);
        arguments.extend(more);
        arguments.push(&code);
        liangma(arguments)
    }
}

#[rstest]
#[case("green", "绿码", 0, 0)]
#[case("yellow", "黄码", 1, 0)]
#[case("red", "红码", 1, 1)]
fn a_tour_ends_well_and_what_it_leaves_can_be_checked(
    #[case] person: &str,
    #[case] colour: &str,
    #[case] at_the_supermarket: i32,
    #[case] on_the_bus: i32,
) {
    let tour = Tour::of(person, &[]);
    assert_eq!(
        tour.answer.code, 0,
        "{}{}",
        tour.answer.stdout, tour.answer.stderr
    );
    assert!(
        tour.answer.stdout.contains(colour),
        "{}",
        tour.answer.stdout
    );
    assert_eq!(tour.transcript()["completed"], true);
    for name in [
        "code.png",
        "code.svg",
        "code.txt",
        "root.cbor",
        "trust.cbor",
        "recall.cbor",
    ] {
        assert!(
            std::fs::metadata(tour.path(name)).unwrap().len() > 0,
            "{name} is empty"
        );
    }
    for file in ["code.png", "code.txt"] {
        let market = tour.check(file, 0, &["--venue", "supermarket"]);
        assert_eq!(
            market.code, at_the_supermarket,
            "{}{}",
            market.stdout, market.stderr
        );
        assert!(market.stdout.contains(colour), "{}", market.stdout);
        let bus = tour.check(file, 0, &["--venue", "bus"]);
        assert_eq!(bus.code, on_the_bus, "{}{}", bus.stdout, bus.stderr);
    }
    let copy = tour.check("code.png", 90, &["--venue", "bus"]);
    assert_eq!(copy.code, 1, "{}{}", copy.stdout, copy.stderr);
    assert!(!copy.stdout.contains("请进"), "{}", copy.stdout);
    let picture = tour.check("transcript.json", 0, &[]);
    assert_eq!(picture.code, 2, "{}{}", picture.stdout, picture.stderr);
}

#[rstest]
#[case("elder", "care")]
#[case("foreigner", "international")]
#[case("阿卜杜拉·买买提江·吐尔逊", "normal")]
#[case("rare-name", "normal")]
fn everybody_in_the_register_gets_a_code_in_every_view(#[case] person: &str, #[case] view: &str) {
    let tour = Tour::of(person, &["--view", view]);
    assert_eq!(
        tour.answer.code, 0,
        "{}{}",
        tour.answer.stdout, tour.answer.stderr
    );
    assert_eq!(tour.check("code.png", 0, &[]).code, 0);
}

#[test]
fn a_tour_leaves_nothing_but_what_it_says() {
    let tour = Tour::of("green", &[]);
    let mut names: Vec<String> = std::fs::read_dir(tour.folder.path().join("out"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "code.png",
            "code.svg",
            "code.txt",
            "recall.cbor",
            "root.cbor",
            "transcript.json",
            "trust.cbor",
        ]
    );
    for name in &names {
        assert!(
            tour.answer.stdout.contains(name.as_str()),
            "{name} is not named"
        );
    }
}

#[test]
fn nobody_outside_the_register_is_found_and_the_answer_names_those_who_are() {
    let tour = Tour::of("somebody", &[]);
    assert_eq!(tour.answer.code, 2);
    assert!(
        tour.answer.stderr.contains("yellow"),
        "{}",
        tour.answer.stderr
    );
    assert_eq!(tour.transcript()["completed"], false);
}

#[test]
fn a_folder_that_cannot_be_made_is_answered_with_what_to_do() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let answer = liangma(["tour", "--out", file.to_str().unwrap()]);
    assert_eq!(answer.code, 1);
    assert!(answer.stderr.contains("what to do:"), "{}", answer.stderr);
}

#[test]
fn a_kept_phone_goes_on_showing_and_is_never_overwritten() {
    let folder = TempDir::new().unwrap();
    let phone = folder.path().join("phone");
    let phone = phone.to_str().unwrap();
    let first = Tour::of("green", &["--keep-phone", phone]);
    assert_eq!(first.answer.code, 0, "{}", first.answer.stderr);
    let shown = liangma(["show", "--store", phone]);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    assert!(shown.stdout.starts_with("LM1:"), "{}", shown.stdout);
    std::fs::write(first.path("shown.txt"), &shown.stdout).unwrap();
    let now = Timestamp::now();
    let [root, trust, code] = ["root.cbor", "trust.cbor", "shown.txt"].map(|name| first.path(name));
    let at = now.to_string();
    let checked = liangma([
        "check", "--root", &root, "--trust", &trust, "--at", &at, &code,
    ]);
    assert_eq!(checked.code, 0, "{}{}", checked.stdout, checked.stderr);
    let second = Tour::of("green", &["--keep-phone", phone]);
    assert_eq!(second.answer.code, 1);
    assert!(
        second.answer.stderr.contains("not empty"),
        "{}",
        second.answer.stderr
    );
}

#[test]
fn a_folder_without_a_phone_shows_nothing() {
    let folder = TempDir::new().unwrap();
    let missing: &Path = &folder.path().join("missing");
    for store in [folder.path(), missing] {
        let answer = liangma(["show", "--store", store.to_str().unwrap()]);
        assert_eq!(answer.code, 2);
        assert!(answer.stderr.contains("--keep-phone"), "{}", answer.stderr);
    }
    assert!(!missing.exists(), "showing made a folder");
}
