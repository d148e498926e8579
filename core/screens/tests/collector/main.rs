//! A shift at a door: what a collector sees, says and does, by the clock of the device and nothing else.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot build its world has to stop the test"
)]

mod trace;
mod world;

use liangma_card::View;
use liangma_domain::colour::Colour;
use liangma_screens::{
    Back, Effect, Event, Kind, Tone,
    collector::{Finding, SCANNER},
};
use rstest::rstest;
use world::{device, device_with, paper, phone};

const PAYMENT: &str = "https://pay.example/t/4711";

#[test]
fn green_comes_in_and_goes_by_itself_after_three_seconds() {
    let mut device = device();
    let green = phone(1, Colour::GREEN);
    assert_eq!(
        device.camera(&green.slot(0), 2_000).as_deref(),
        Some("come-in")
    );
    insta::assert_json_snapshot!("the_screen_of_a_green_code", device.screen(2_000));
    assert!(!device.has("register", 2_000));
    assert_eq!(
        device.collector.due(world::time(2_000)),
        Some(world::time(5_000))
    );
    assert!(device.verdict(4_999).is_some());
    assert!(device.verdict(5_000).is_none());
}

#[rstest]
#[case::yellow(Colour::YELLOW)]
#[case::red(Colour::RED)]
fn yellow_and_red_are_helped_aside_until_a_tap_or_thirty_seconds(#[case] colour: Colour) {
    let mut device = device();
    device.choose("venue", "nursing_home", 0);
    let at = 2_000;
    assert_eq!(
        device.camera(&phone(1, colour).slot(0), at).as_deref(),
        Some("step-aside")
    );
    assert!(device.verdict(at + 29_999).is_some());
    assert!(device.verdict(at + 30_000).is_none());
    assert!(device.has("rule", at), "the rule of the place stands there");
    assert!(device.has("register", at));
    // A tap on the verdict does what the button does.
    device.press("verdict-1", at + 5_000);
    assert!(device.verdict(at + 5_000).is_none());
}

#[test]
fn the_screen_of_a_red_code_has_the_rule_and_the_officer_and_no_name() {
    let mut device = device();
    device.press("shift", 0);
    device.press("sign-off", 0);
    device.press("wipe", 0);
    device.choose("venue", "school", 0);
    let event = Event::Typed {
        widget: "officer".to_owned(),
        text: "陈主任 分机 12".to_owned(),
        revision: 7,
    };
    device.update(&event, 0);
    insta::assert_json_snapshot!("the_screen_before_a_shift", device.screen(0));
    device.press("begin", 0);
    device.camera(&phone(1, Colour::RED).slot(0), 2_000);
    insta::assert_json_snapshot!("the_screen_of_a_red_code", device.screen(2_000));
}

#[test]
fn what_a_place_asks_for_is_named_and_the_code_may_ride_a_bus() {
    let mut device = device();
    device.choose("venue", "bus", 0);
    let found = device.camera(&phone(1, Colour::YELLOW).slot(0), 2_000);
    assert_eq!(found.as_deref(), Some("measures"));
    assert!(device.has("rule", 2_000));
}

#[test]
fn one_person_held_before_the_camera_is_answered_once() {
    let mut device = device();
    let green = phone(1, Colour::GREEN);
    for at in (0..20_000).step_by(125) {
        let slot = u8::try_from(at / 15_000).unwrap();
        device.camera(&green.slot(slot), at);
    }
    assert_eq!(device.collector.totals().of(Finding::ComeIn), 1);
}

#[test]
fn a_code_that_was_gone_for_five_seconds_is_answered_again_and_said_to_have_been_here() {
    let mut device = device();
    let green = phone(1, Colour::GREEN);
    device.camera(&green.slot(0), 1_000);
    assert!(device.camera(&green.slot(0), 5_999).is_none());
    assert!(device.camera(&green.slot(0), 10_998).is_none());
    assert!(device.camera(&green.slot(1), 15_998).is_some());
    assert!(device.has("seen-recently", 15_998));
    assert!(device.has("name-0", 15_998), "to compare the identity card");
}

#[test]
fn nothing_is_read_until_the_phone_before_is_taken_away() {
    let mut device = device();
    device.camera(&phone(1, Colour::GREEN).slot(0), 1_000);
    let red = phone(2, Colour::RED).slot(0);
    assert_eq!(device.camera(&red, 2_199).as_deref(), Some("come-in"));
    assert_eq!(device.camera(&red, 2_200).as_deref(), Some("step-aside"));
}

#[test]
fn twenty_four_people_a_minute_are_answered_each_by_their_own_colour() {
    let mut device = device();
    let colours = [Colour::GREEN, Colour::YELLOW, Colour::RED];
    let mut wrong = 0;
    for number in 0..200u64 {
        let at = i64::try_from(number).unwrap() * 2_500;
        let colour = colours[usize::try_from(number % 3).unwrap()];
        let slot = u8::try_from(at / 15_000).unwrap();
        let found = device.camera(&phone(number, colour).slot(slot), at);
        let verdict = device.verdict(at).unwrap();
        let Kind::Verdict { colour: shown, .. } = verdict.kind else {
            panic!("no verdict");
        };
        let is_in = found.as_deref() == Some("come-in");
        if shown != colour.registry_number() || is_in != (colour == Colour::GREEN) {
            wrong += 1;
        }
    }
    assert_eq!(wrong, 0);
    assert_eq!(device.collector.totals().all(), 200);
    let left =
        format!("{:?}", device.collector.totals()) + &format!("{:?}", device.screen(600_000));
    assert!(!left.contains('王'), "no name is left after the shift");
}

#[test]
fn a_frozen_picture_is_refused_after_ninety_seconds_and_told_from_a_clock_after_fifteen_more() {
    let mut device = device();
    let picture = phone(1, Colour::GREEN).slot(0);
    let at = 90_000;
    assert_eq!(device.camera(&picture, at).as_deref(), Some("show-again"));
    assert_eq!(
        device.camera(&picture, at + 13_000).as_deref(),
        Some("show-again")
    );
    assert_eq!(
        device.camera(&picture, at + 15_000).as_deref(),
        Some("stood-still")
    );
    assert_eq!(device.collector.totals().of(Finding::ComeIn), 0);
}

#[test]
fn a_slow_phone_advances_and_its_holder_passes_with_the_identity_card() {
    let mut device = device();
    let slow = phone(1, Colour::GREEN);
    // 100 seconds behind.
    let shown = |at: i64| slow.slot(u8::try_from((at - 100_000) / 15_000).unwrap());
    let at = 200_000;
    assert_eq!(device.camera(&shown(at), at).as_deref(), Some("show-again"));
    let found = device.camera(&shown(at + 16_000), at + 16_000);
    assert_eq!(found.as_deref(), Some("clock-near"));
    assert!(device.has("name-0", at + 16_000));
}

#[rstest]
#[case::within_two_minutes(90_000, "clock-near")]
#[case::by_more(300_000, "clock-far")]
fn a_phone_that_is_ahead_is_never_called_a_copy(#[case] ahead: i64, #[case] expected: &str) {
    let mut device = device();
    let fast = phone(1, Colour::GREEN);
    let slot = u8::try_from((60_000 + ahead) / 15_000).unwrap();
    assert_eq!(
        device.camera(&fast.slot(slot), 60_000).as_deref(),
        Some(expected)
    );
}

#[test]
fn three_people_off_by_the_same_amount_mean_that_this_clock_is_wrong() {
    let mut device = device();
    device.ahead = 180_000;
    for number in 0..3i64 {
        let at = 60_000 + number * 5_000;
        let slot = u8::try_from(at / 15_000).unwrap();
        let phone = phone(u64::try_from(number).unwrap(), Colour::GREEN);
        let found = device.camera(&phone.slot(slot), at);
        let expected = if number < 2 {
            "show-again"
        } else {
            "own-clock"
        };
        assert_eq!(found.as_deref(), Some(expected));
    }
    let screen = device.screen(70_000);
    let notice = screen
        .widgets
        .iter()
        .find(|widget| widget.id == "own-clock");
    assert_eq!(notice.unwrap().label, "连着三人，本机都快约3分钟。");
    // The clock is set; the next person shows it.
    device.ahead = 0;
    let green = phone(9, Colour::GREEN);
    assert_eq!(
        device.camera(&green.slot(5), 80_000).as_deref(),
        Some("come-in")
    );
    assert!(!device.has("own-clock", 80_000));
}

#[test]
fn every_code_that_does_not_pass_has_its_own_answer() {
    let recalled = phone(5, Colour::GREEN);
    let mut device = device_with(vec![recalled.recall()]);
    let green = phone(1, Colour::GREEN);
    let elsewhere = phone(6, Colour::GREEN).of_another_region();
    let mut cut = green.slot(3);
    cut.truncate(cut.len() - 40);
    let texts = [
        (PAYMENT.to_owned(), "another-code"),
        (cut, "damaged"),
        (green.slot(3).replace("LM1:", "LM2:"), "newer"),
        (recalled.slot(3), "status-changed"),
        (elsewhere.slot(3), "elsewhere"),
        (phone(7, Colour::GREEN).without_time(), "no-clock"),
        (paper(30), "paper"),
        (paper(1), "paper-over"),
    ];
    for (number, (text, expected)) in (0i64..).zip(&texts) {
        let at = 45_000 + number * 1_500;
        assert_eq!(device.camera(text, at).as_deref(), Some(*expected));
        let Kind::Verdict { colour, shape, .. } = device.verdict(at).unwrap().kind else {
            panic!("no verdict");
        };
        assert_eq!((colour, shape.as_str()), (0, "question_mark"), "{expected}");
        assert!(device.has("register", at), "{expected} is a dead end");
    }
    let later = 3_600_000 + 60_000;
    assert_eq!(
        device.camera(&green.slot(3), later).as_deref(),
        Some("go-online")
    );
}

#[test]
fn only_two_sounds_and_the_hand_tells_three_things() {
    let pulses = |finding: Finding| finding.pulses();
    assert_eq!(pulses(Finding::ComeIn), 1);
    assert_eq!(pulses(Finding::ShowAgain), 2);
    assert_eq!(pulses(Finding::StepAside), 3);
    for finding in Finding::ALL {
        assert_eq!(
            finding.offers_register(),
            finding.pulses() != 1,
            "{finding:?}"
        );
    }
}

#[test]
fn a_person_is_registered_instead_in_two_taps_and_only_counted() {
    let mut device = device();
    device.camera(PAYMENT, 1_000);
    device.press("register", 2_000);
    insta::assert_json_snapshot!("the_screen_of_the_register", device.screen(2_000));
    device.press("registered", 10_000);
    assert_eq!(device.screen(10_000).route, "collector.scan");
    assert_eq!(device.collector.totals().of(Finding::Registered), 1);
}

#[test]
fn a_hint_comes_after_three_seconds_and_says_whether_a_code_is_seen() {
    let mut device = device();
    device.switch("camera", true, 0);
    let hint = |device: &world::Device, at| {
        let widgets = device.screen(at).widgets.into_iter();
        let mut scanners = widgets.filter(|widget| widget.id == "scanner");
        scanners.next().unwrap().hint
    };
    assert_eq!(hint(&device, 2_999), None);
    assert_eq!(
        hint(&device, 3_000).as_deref(),
        Some("把码正对镜头，隔一只手掌远。")
    );
    device.camera("", 4_000);
    assert_eq!(
        hint(&device, 4_100).as_deref(),
        Some("看到码了，读不清。请擦屏幕或放大。")
    );
    assert_eq!(
        device.collector.due(world::time(4_100)),
        Some(world::time(7_000)),
        "the hint is another when the code is gone"
    );
    device.camera(PAYMENT, 5_000);
    assert_eq!(hint(&device, 5_000), None);
}

#[test]
fn what_is_given_on_purpose_is_always_answered() {
    let mut device = device();
    let green = phone(1, Colour::GREEN);
    device.picture(&green.slot(0), 1_000);
    device.picture(&green.slot(0), 1_100);
    assert_eq!(device.collector.totals().of(Finding::ComeIn), 2);
    device.picture("", 1_200);
    assert_eq!(device.front(1_200).as_deref(), Some("nothing-read"));
    assert_eq!(
        device.collector.totals().all(),
        2,
        "no code is no answer to anybody"
    );
    // A reader that stutters is not given on purpose.
    device.camera(&green.slot(0), 1_300);
    assert_eq!(device.collector.totals().all(), 2);
}

#[rstest]
#[case::fresh(23, None)]
#[case::old(24, Some(Tone::Careful))]
#[case::still_old(71, Some(Tone::Careful))]
#[case::too_old(72, Some(Tone::Trouble))]
fn the_age_of_the_lists_is_shown_and_the_gate_never_stops(
    #[case] hours: i64,
    #[case] expected: Option<Tone>,
) {
    let device = device();
    let at = hours * 3_600_000;
    let widgets = device.screen(at).widgets;
    let lists = widgets.iter().find(|widget| widget.id == "lists").unwrap();
    let tone = match &lists.kind {
        Kind::Notice { tone, .. } => Some(*tone),
        _ => None,
    };
    assert_eq!(tone, expected);
    assert!(lists.label.contains(&hours.to_string()));
    assert!(device.has("scanner", at));
}

#[test]
fn the_shift_ends_with_its_counts_and_nothing_of_it_stays() {
    let mut device = device();
    device.camera(&phone(1, Colour::GREEN).slot(0), 1_000);
    device.camera(&phone(2, Colour::GREEN).slot(0), 4_000);
    device.camera(&phone(3, Colour::RED).slot(0), 8_000);
    device.camera(PAYMENT, 3_600_000);
    device.press("shift", 3_601_000);
    insta::assert_json_snapshot!("the_screen_of_a_shift", device.screen(3_601_000));
    device.press("sign-off", 3_601_000);
    assert!(device.has("sign-off-sheet", 3_601_000));
    device.press("keep", 3_602_000);
    assert!(!device.has("sign-off-sheet", 3_602_000));
    assert_eq!(device.collector.totals().all(), 4);
    device.press("sign-off", 3_603_000);
    device.press("wipe", 3_604_000);
    assert_eq!(device.screen(3_604_000).route, "collector.start");
    assert_eq!(device.collector.totals().all(), 0);
    assert!(
        device.camera(PAYMENT, 3_605_000).is_none(),
        "nothing is read between two shifts"
    );
}

#[test]
fn a_clock_that_is_set_back_leaves_no_verdict_standing() {
    let mut device = device();
    device.camera(&phone(1, Colour::GREEN).slot(20), 300_000);
    assert!(device.verdict(299_000).is_none());
}

#[test]
fn the_languages_of_the_device_change_what_it_says() {
    let mut device = device();
    device.choose("language", "en", 0);
    device.camera(&phone(1, Colour::GREEN).slot(0), 1_000);
    let Kind::Verdict { say, .. } = device.verdict(1_000).unwrap().kind else {
        panic!("no verdict");
    };
    assert_eq!(say, "Please come in");
}

#[test]
fn a_text_that_is_pasted_is_answered_and_the_field_is_empty_again() {
    let mut device = device();
    let text = phone(1, Colour::GREEN).slot(0) + "\n";
    let event = Event::Typed {
        widget: "text".to_owned(),
        text,
        revision: 3,
    };
    device.update(&event, 1_000);
    assert_eq!(device.front(1_000).as_deref(), Some("come-in"));
    let screen = device.screen(1_000);
    let field = screen.widgets.iter().find(|widget| widget.id == "text");
    let Kind::Field { text, revision, .. } = &field.unwrap().kind else {
        panic!("no field");
    };
    assert_eq!((text.as_str(), *revision), ("", 3));
}

#[test]
fn without_a_camera_there_are_other_ways_to_read_and_the_torch_needs_one() {
    let mut device = device();
    assert!(!device.has("torch", 0));
    device.switch("camera", true, 0);
    assert!(device.has("torch", 0));
    device.press("torch", 0);
    let lit = |device: &world::Device| {
        let widgets = device.screen(0).widgets.into_iter();
        let mut kinds = widgets.map(|widget| widget.kind);
        kinds.any(|kind| matches!(kind, Kind::Scanner { torch: true }))
    };
    assert!(lit(&device));
    device.switch(SCANNER, false, 0);
    assert!(device.has("no-camera", 0) && device.has("picture", 0) && device.has("text", 0));
    device.switch("camera", false, 0);
    assert!(!lit(&device));
}

#[test]
fn the_highest_revision_of_all_does_not_keep_a_shift_from_ending() {
    let mut device = device();
    let event = Event::Typed {
        widget: "officer".to_owned(),
        text: "陈主任".to_owned(),
        revision: u64::MAX,
    };
    device.update(&event, 0);
    for pressed in ["begin", "shift", "sign-off", "wipe"] {
        device.press(pressed, 0);
    }
    let screen = serde_json::to_string(&device.screen(0)).unwrap();
    assert!(screen.contains("collector.start") && !screen.contains("陈主任"));
}

#[test]
fn a_phone_that_is_lent_leads_back_page_by_page_to_its_own() {
    let mut device = device();
    device.collector = device.collector.lent(View::Care);
    assert_eq!(device.screen(0).view, View::Care, "as its person sees it");
    assert_eq!(device.screen(0).back, Back::Pop);
    assert_eq!(device.update(&Event::Back, 0), []);
    let start = device.screen(0);
    assert_eq!(
        (start.route.as_str(), start.back),
        ("collector.start", Back::Pop)
    );
    assert_eq!(device.update(&Event::Back, 0), [Effect::Leave]);
}

#[test]
fn a_step_back_from_a_shift_with_counts_asks_first() {
    let mut device = device();
    device.collector = device.collector.lent(View::Normal);
    device.camera(&phone(1, Colour::GREEN).slot(0), 1_000);
    assert_eq!(device.update(&Event::Back, 5_000), []);
    assert_eq!(device.update(&Event::Back, 5_000), [], "it asks");
    assert_eq!(device.screen(5_000).route, "collector.shift");
    assert_eq!(device.press("wipe", 5_000), [Effect::Leave]);
}

#[test]
fn whoever_signs_off_is_done() {
    let mut device = device();
    device.press("shift", 0);
    assert_eq!(device.press("sign-off", 0), [], "it asks first");
    assert_eq!(device.press("wipe", 0), [Effect::Leave]);
}

#[test]
fn a_shell_is_told_why_not_to_open_the_camera() {
    let mut device = device();
    let why_not = |device: &world::Device| {
        let widgets = device.screen(0).widgets.into_iter();
        let mut scanners = widgets.filter(|widget| widget.id == SCANNER);
        scanners.next().unwrap().why_not
    };
    assert_eq!(why_not(&device).as_deref(), Some("打开摄像头就能扫。"));
    device.switch("camera", true, 0);
    assert_eq!(why_not(&device), None);
    device.switch(SCANNER, false, 0);
    assert_eq!(why_not(&device).as_deref(), Some("没有可用的摄像头"));
}

#[test]
fn a_new_verdict_is_announced_once_and_said_to_the_person_when_asked() {
    let mut device = device();
    let green = phone(1, Colour::GREEN);
    device.camera(&green.slot(0), 1_000);
    let announced = device.screen(1_000).announcements;
    assert_eq!(announced.last().map(String::as_str), Some("放行。"));
    device.collector.was_shown();
    assert_eq!(device.screen(1_000).announcements, [""; 0]);
    device.camera(&green.slot(0), 1_500);
    assert_eq!(device.screen(1_500).announcements, [""; 0]);
    let effects = device.press("speak", 1_600);
    let [Effect::ReadAloud { widget }] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    let said = device.screen(1_600).aloud(widget);
    assert_eq!(said.as_deref(), Some("请进"));
}

#[test]
fn a_clock_in_doubt_gives_no_green_and_says_so_before_the_first_code() {
    let mut device = device();
    device.in_doubt = true;
    assert!(device.has("own-clock", 0));
    let found = device.camera(&phone(1, Colour::GREEN).slot(0), 1_000);
    assert_eq!(found.as_deref(), Some("own-clock"));
    assert!(device.has("name-0", 1_000), "to compare the identity card");
}
