//! `liangma check`: exit codes, words, and what it refuses to trust.

use liangma_card::{QrMatrix, qr_png};
use liangma_domain::colour::Colour;
use rstest::rstest;

use crate::support::{Answer, liangma, liangma_reading};
use crate::world::{NOW, World};

fn check(world: &World, more: &[&str]) -> Answer {
    let (root, trust) = (world.path("root.cbor"), world.path("trust.cbor"));
    let mut arguments = vec!["check", "--root", &root, "--trust", &trust];
    arguments.extend(more);
    liangma(arguments)
}

#[rstest]
#[case(Colour::GREEN, "school", 0, "请进")]
#[case(Colour::GREEN, "other_public", 0, "请进")]
#[case(Colour::YELLOW, "school", 1, "请到旁边，我帮您看下一步")]
#[case(Colour::YELLOW, "bus", 0, "请进，请按这里的要求做")]
#[case(Colour::RED, "school", 1, "请到旁边，我帮您看下一步")]
#[case(Colour::RED, "bus", 1, "请到旁边，我帮您看下一步")]
fn a_live_code_is_admitted_as_the_region_says(
    #[case] colour: Colour,
    #[case] venue: &str,
    #[case] code: i32,
    #[case] say: &str,
) {
    let world = World::new(1);
    let text = world.code(colour);
    let recall = world.path("recall.cbor");
    let answer = check(
        &world,
        &["--recall", &recall, "--venue", venue, "--at", NOW, &text],
    );
    assert_eq!(answer.code, code, "{}{}", answer.stdout, answer.stderr);
    assert!(answer.stdout.contains(say), "{}", answer.stdout);
}

#[test]
fn a_hospital_turns_nobody_away() {
    let world = World::new(1);
    for colour in [Colour::GREEN, Colour::YELLOW, Colour::RED] {
        let answer = check(
            &world,
            &["--venue", "hospital", "--at", NOW, &world.code(colour)],
        );
        assert_eq!(answer.code, 0, "{}", answer.stdout);
    }
}

#[test]
fn the_whole_answer_for_a_red_code_at_a_school() {
    let world = World::new(1);
    let text = world.code(Colour::RED);
    let recall = world.path("recall.cbor");
    let answer = check(
        &world,
        &["--recall", &recall, "--venue", "school", "--at", NOW, &text],
    );
    insta::assert_snapshot!(answer.stdout);
}

#[test]
fn a_red_code_without_a_named_place_is_refused() {
    let world = World::new(1);
    assert_eq!(
        check(&world, &["--at", NOW, &world.code(Colour::RED)]).code,
        1
    );
}

#[rstest]
#[case(
    "2026-03-08T14:23:07+08:00",
    "请刷新再亮一次",
    "made for a moment 97 s ago"
)]
#[case("2026-03-08T15:01:00+08:00", "请连网刷新", "expired")]
#[case("2026-03-08T13:40:00+08:00", "请出示身份证", "not yet valid")]
fn a_code_out_of_its_time_is_refused_without_calling_it_fake(
    #[case] at: &str,
    #[case] say: &str,
    #[case] why: &str,
) {
    let world = World::new(1);
    let answer = check(&world, &["--at", at, &world.code(Colour::GREEN)]);
    assert_eq!(answer.code, 1, "{}{}", answer.stdout, answer.stderr);
    assert!(answer.stdout.contains(say), "{}", answer.stdout);
    assert!(answer.stdout.contains(why), "{}", answer.stdout);
    for accusation in ["fake", "假"] {
        assert!(!answer.stdout.contains(accusation), "{}", answer.stdout);
    }
}

#[test]
fn forged_and_strange_and_recalled_codes_are_refused() {
    let world = World::new(1);
    let forged = check(&world, &["--at", NOW, &world.forged_code(Colour::GREEN)]);
    assert!(
        forged.code == 1 && forged.stdout.contains("forged"),
        "{}",
        forged.stdout
    );
    assert!(
        !forged.stdout.contains("王"),
        "nothing of a forged code is shown: {}",
        forged.stdout
    );
    let strange = check(&world, &["--at", NOW, &world.strangers_code(Colour::GREEN)]);
    assert!(strange.code == 1 && strange.stdout.contains("nobody in the trust list"));
    world.recall_everything();
    let list = world.path("recalled.cbor");
    let recalled = check(
        &world,
        &["--recall", &list, "--at", NOW, &world.code(Colour::GREEN)],
    );
    assert!(
        recalled.code == 1 && recalled.stdout.contains("状态有更新"),
        "{}",
        recalled.stdout
    );
}

#[test]
fn without_a_recall_list_the_answer_says_so() {
    let world = World::new(1);
    let answer = check(&world, &["--at", NOW, &world.code(Colour::GREEN)]);
    assert_eq!(answer.code, 0);
    assert!(
        answer.stdout.contains("recalls are unchecked"),
        "{}",
        answer.stdout
    );
}

#[test]
fn a_picture_a_file_and_standard_input_are_read_alike() {
    let world = World::new(1);
    let text = world.code(Colour::GREEN);
    let matrix = QrMatrix::alphanumeric(&text, 20).unwrap();
    world.write("code.png", &qr_png(&matrix, 4).unwrap());
    world.write("code.txt", format!("{text}\n").as_bytes());
    let (picture, file) = (world.path("code.png"), world.path("code.txt"));
    let answer = check(&world, &["--at", NOW, &picture, &file]);
    assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
    let (root, trust) = (world.path("root.cbor"), world.path("trust.cbor"));
    let arguments = [
        "check", "--root", &root, "--trust", &trust, "--at", NOW, "-",
    ];
    assert_eq!(liangma_reading(arguments, text.as_bytes()).code, 0);
    assert_eq!(
        liangma_reading(arguments, &qr_png(&matrix, 3).unwrap()).code,
        0
    );
}

#[rstest]
#[case::upright(0, 255)]
#[case::turned(90, 255)]
#[case::upside_down(180, 255)]
#[case::grey(0, 170)]
fn a_photograph_is_read_however_the_phone_was_held(#[case] degrees: u32, #[case] brightest: u8) {
    let world = World::new(1);
    let matrix = QrMatrix::alphanumeric(&world.code(Colour::GREEN), 20).unwrap();
    let picture = image::load_from_memory(&qr_png(&matrix, 5).unwrap()).unwrap();
    let turned = match degrees {
        90 => picture.rotate90(),
        180 => picture.rotate180(),
        _ => picture,
    };
    let mut photograph = turned.to_luma8();
    for pixel in photograph.pixels_mut() {
        pixel.0[0] = pixel.0[0].clamp(40, brightest);
    }
    photograph.save(world.path("photograph.jpg")).unwrap();
    let answer = check(&world, &["--at", NOW, &world.path("photograph.jpg")]);
    assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
}

#[test]
fn rubbish_and_missing_files_are_answered_with_two_and_what_to_do() {
    let world = World::new(1);
    world.write(
        "noise.png",
        &[0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3],
    );
    world.write("empty.txt", b"");
    world.write("white.png", &{
        let matrix = QrMatrix::alphanumeric("LM1:A", 2).unwrap();
        let mut picture = qr_png(&matrix, 1).unwrap();
        picture.truncate(40);
        picture
    });
    for name in ["noise.png", "empty.txt", "white.png", "missing.png"] {
        let answer = check(&world, &["--at", NOW, &world.path(name)]);
        assert_eq!(answer.code, 2, "{name}: {}{}", answer.stdout, answer.stderr);
        assert!(
            answer.stderr.contains("what to do:"),
            "{name}: {}",
            answer.stderr
        );
    }
}

#[test]
fn one_code_that_cannot_be_read_does_not_hide_the_others() {
    let world = World::new(1);
    let missing = world.path("missing.png");
    let answer = check(&world, &["--at", NOW, &missing, &world.code(Colour::GREEN)]);
    assert_eq!(answer.code, 2);
    assert!(answer.stdout.contains("请进"), "{}", answer.stdout);
}

#[test]
fn one_code_held_up_twice_is_noticed() {
    let world = World::new(1);
    let text = world.code(Colour::GREEN);
    let answer = check(&world, &["--json", "--at", NOW, &text, &text]);
    let seen: Vec<bool> = answer
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|answer| answer["flags"]["seen_recently"].as_bool().unwrap())
        .collect();
    assert_eq!(seen, [false, true]);
    let told = check(&world, &["--at", NOW, &text, &text]);
    let note = "the same code was seen within the last 75 seconds";
    assert_eq!(told.stdout.matches(note).count(), 1, "{}", told.stdout);
}

#[test]
fn a_text_that_is_no_code_is_refused_and_not_repeated() {
    let world = World::new(1);
    world.write("payment.txt", b"https://pay.example/SECRET");
    let answer = check(&world, &["--at", NOW, &world.path("payment.txt")]);
    assert_eq!(answer.code, 1);
    assert!(answer.stdout.contains("这像是别的码"), "{}", answer.stdout);
    assert!(!answer.stdout.contains("SECRET") && !answer.stderr.contains("SECRET"));
    let damaged = check(&world, &["--at", NOW, "LM1:ABC"]);
    assert!(
        damaged.code == 1 && damaged.stdout.contains("请擦屏幕或放大"),
        "{}",
        damaged.stdout
    );
}

#[test]
fn a_list_of_another_root_is_never_believed() {
    let (ours, theirs) = (World::new(1), World::new(2));
    let (root, trust) = (ours.path("root.cbor"), theirs.path("trust.cbor"));
    let code = theirs.code(Colour::GREEN);
    let answer = liangma([
        "check", "--root", &root, "--trust", &trust, "--at", NOW, &code,
    ]);
    assert_eq!(answer.code, 2);
    assert!(
        answer
            .stderr
            .contains("never change the root to fit a file"),
        "{}",
        answer.stderr
    );
}

#[test]
fn a_list_that_has_expired_is_not_accepted() {
    let world = World::new(1);
    let answer = check(
        &world,
        &[
            "--at",
            "2026-03-20T08:00:00+08:00",
            &world.code(Colour::GREEN),
        ],
    );
    assert_eq!(answer.code, 2);
    assert!(
        answer.stderr.contains("fetch the newest one"),
        "{}",
        answer.stderr
    );
}

#[test]
fn a_clock_before_the_lists_is_in_doubt_and_never_gives_a_plain_green() {
    let world = World::new(1);
    let answer = check(
        &world,
        &[
            "--at",
            "2026-03-08T14:05:00+08:00",
            &world.code(Colour::GREEN),
        ],
    );
    assert_eq!(answer.code, 1, "{}", answer.stdout);
}

#[rstest]
#[case(&["--venue", "moon"], "nursing_home")]
#[case(&["--alert", "panic"], "emergency")]
#[case(&["--profile", "atlantis"], "zhejiang-2020")]
fn a_name_outside_its_list_is_answered_with_the_list(#[case] more: &[&str], #[case] known: &str) {
    let world = World::new(1);
    let code = world.code(Colour::GREEN);
    let mut arguments = more.to_vec();
    arguments.extend(["--at", NOW, code.as_str()]);
    let answer = check(&world, &arguments);
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains(known), "{}", answer.stderr);
}

#[test]
fn programs_get_one_object_a_line() {
    let world = World::new(1);
    let missing = world.path("missing.png");
    let text = world.code(Colour::YELLOW);
    let answer = check(
        &world,
        &["--json", "--venue", "bus", "--at", NOW, &text, &missing],
    );
    assert_eq!(answer.code, 2);
    let lines: Vec<serde_json::Value> = answer
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    insta::assert_json_snapshot!(lines);
}
