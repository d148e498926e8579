//! The code on the phone: live, checked by the real check, refreshed, recalled, damaged.

use jiff::SignedDuration;
use liangma_credential::{Checked, CheckerClock, TrustStore, Verdict, check};
use liangma_domain::colour::Colour;
use liangma_terminal::{
    ClockState, NoticeKind, ShowError, ShownCode, Terminal, TerminalError, show_code,
};
use liangma_wire::{code::MAKE_CODE_PATH, device::DeviceNoticeKind};

use crate::World;

fn checker(world: &World) -> TrustStore {
    TrustStore::restore(&world.platform.root(), world.platform.checker_files()).unwrap()
}

fn look(world: &World, trust: &TrustStore, shown: &ShownCode, later: i64) -> Checked {
    let now = world.platform.state().now + SignedDuration::from_secs(later);
    check(&shown.text, trust, CheckerClock::trusted(now))
}

fn notices(kinds: Vec<liangma_terminal::Notice>) -> Vec<NoticeKind> {
    kinds.into_iter().map(|notice| notice.kind).collect()
}

fn shown_cold(world: &World) -> Result<ShownCode, ShowError> {
    show_code(
        world.path(),
        world.keys.as_ref(),
        world.clocks.as_ref(),
        world.clocks.as_ref(),
    )
}

#[tokio::test]
async fn ten_thousand_showings_of_honest_phones_are_never_called_a_copy() {
    let world = World::new().await;
    let terminal = world.ready().await;
    let trust = checker(&world);
    let mut showings = 0;
    // A wall clock up to two minutes off, all over the strip, without network.
    for step in 0..5_000i64 {
        world
            .clocks
            .shift_wall(SignedDuration::from_secs(if step % 2 == 0 {
                120
            } else {
                -120
            }));
        let shown = terminal.show().unwrap();
        assert_eq!(shown.clock_state, ClockState::Trusted);
        // The gate's own clock may be off by 15 s, and reading takes a second or two.
        let verdict = look(&world, &trust, &shown, step % 30 - 13).verdict;
        assert_eq!(verdict, Verdict::Genuine, "step {step}");
        showings += 1;
        world.pass(17);
    }
    // And after a restart without network, by the wall clock alone.
    let world = World::new().await;
    drop(world.ready().await);
    world.clocks.restart(std::time::Duration::ZERO);
    let trust = checker(&world);
    for step in 0..5_000i64 {
        let shown = shown_cold(&world).unwrap();
        assert_eq!(shown.clock_state, ClockState::Estimated);
        assert_eq!(
            look(&world, &trust, &shown, step % 30 - 13).verdict,
            Verdict::Genuine
        );
        showings += 1;
        world.pass(17);
    }
    assert_eq!(showings, 10_000);
}

#[tokio::test]
async fn a_frozen_picture_is_not_accepted_after_ninety_seconds() {
    let world = World::new().await;
    let terminal = world.ready().await;
    let trust = checker(&world);
    for _ in 0..500 {
        let picture = terminal.show().unwrap();
        assert_eq!(look(&world, &trust, &picture, 0).verdict, Verdict::Genuine);
        for later in [90, 91, 120, 600, 3000] {
            assert_ne!(
                look(&world, &trust, &picture, later).verdict,
                Verdict::Genuine
            );
        }
        world.pass(101);
    }
}

#[tokio::test]
async fn the_text_advances_with_every_slot_and_stands_still_within_one() {
    let world = World::new().await;
    let terminal = world.ready().await;
    let first = terminal.show().unwrap();
    assert_eq!(terminal.show().unwrap().text, first.text);
    let next = first.next_slot_at.unwrap();
    let wait = next.duration_since(first.now).as_secs();
    assert!((1..=15).contains(&wait));
    world.pass(u64::try_from(wait).unwrap() - 1);
    assert_eq!(terminal.show().unwrap().text, first.text);
    world.pass(1);
    assert_ne!(terminal.show().unwrap().text, first.text);
}

#[tokio::test]
async fn a_clock_that_cannot_be_believed_gives_a_code_that_is_genuine_and_not_live() {
    let world = World::new().await;
    drop(world.ready().await);
    world.clocks.restart(std::time::Duration::from_secs(60));
    world
        .clocks
        .set_wall("1970-01-01T00:10:00Z".parse().unwrap());
    let shown = shown_cold(&world).unwrap();
    assert_eq!(shown.clock_state, ClockState::Unknown);
    assert_eq!(
        (shown.next_slot_at, shown.validity.works_offline_until),
        (None, None)
    );
    let verdict = look(&world, &checker(&world), &shown, 60).verdict;
    assert_eq!(
        verdict,
        Verdict::NotLive {
            difference_seconds: None
        }
    );
}

#[tokio::test]
async fn a_program_of_its_own_shows_the_same_beside_an_open_terminal_and_after_it() {
    let world = World::new().await;
    assert!(matches!(shown_cold(&world), Err(ShowError::NoCode)));
    let terminal = world.ready().await;
    let shown = terminal.show().unwrap();
    assert_eq!(shown_cold(&world).unwrap(), shown);
    drop(terminal);
    assert_eq!(shown_cold(&world).unwrap(), shown);
    let before = files(&world);
    for _ in 0..5 {
        shown_cold(&world).unwrap();
    }
    assert_eq!(files(&world), before);
}

/// Names, sizes and times of every file.
fn files(world: &World) -> Vec<(String, u64, std::time::SystemTime)> {
    let mut files: Vec<_> = std::fs::read_dir(world.path())
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let about = entry.metadata().unwrap();
            (
                entry.file_name().into_string().unwrap(),
                about.len(),
                about.modified().unwrap(),
            )
        })
        .collect();
    files.sort();
    files
}

#[tokio::test]
async fn a_refresh_asks_for_the_uncovered_hours_alone() {
    let world = World::new().await;
    let terminal = world.ready().await;
    let before = terminal.show().unwrap();
    assert_eq!(terminal.refresh().await.unwrap().hours_added, 0);
    assert_eq!(terminal.show().unwrap().text, before.text);
    assert_eq!(terminal.refresh_if_due().await.unwrap(), None);
    world.pass(19 * 3600);
    let refreshed = terminal.refresh_if_due().await.unwrap().unwrap();
    assert_eq!((refreshed.hours_added, refreshed.strip_began), (19, false));
    let shown = terminal.show().unwrap();
    assert_eq!(
        look(&world, &checker(&world), &shown, 0).verdict,
        Verdict::Genuine
    );
    world.pass(24 * 3600);
    assert!(matches!(terminal.show(), Err(ShowError::Ended { .. })));
    assert_eq!(terminal.refresh().await.unwrap().hours_added, 24);
    terminal.show().unwrap();
}

#[tokio::test]
async fn a_refresh_of_24_hours_takes_five_kilobytes_or_less() {
    let world = World::new().await;
    drop(world.ready().await);
    let bytes = world.platform.state().exchanged[MAKE_CODE_PATH];
    assert!((3_000..=5_000).contains(&bytes), "{bytes}");
}

#[tokio::test]
async fn a_worse_colour_comes_with_a_new_strip_and_its_reason() {
    let world = World::new().await;
    let terminal = world.ready().await;
    world.pass(60);
    world.platform.recolour(Colour::YELLOW, true);
    let refreshed = terminal.refresh().await.unwrap();
    assert!(refreshed.strip_began && refreshed.explanation_changed);
    let shown = terminal.show().unwrap();
    assert_eq!(shown.colour, Colour::YELLOW);
    assert_eq!(terminal.why().unwrap().evaluation.colour(), Colour::YELLOW);
    let told = notices(terminal.state().await.unwrap().notices);
    assert_eq!(
        told,
        [
            NoticeKind::Device(DeviceNoticeKind::StripRecalled),
            NoticeKind::CodeUpdated
        ]
    );
    terminal.notices_seen().await.unwrap();
    terminal.refresh().await.unwrap();
    assert!(
        terminal.state().await.unwrap().notices.is_empty(),
        "told once"
    );
}

#[tokio::test]
async fn a_better_colour_is_fetched_although_the_old_one_still_covers_the_day() {
    let world = World::new().await;
    world.platform.state().colour = Colour::YELLOW;
    let terminal = world.ready().await;
    assert_eq!(terminal.show().unwrap().colour, Colour::YELLOW);
    world.platform.recolour(Colour::GREEN, false);
    let refreshed = terminal.refresh().await.unwrap();
    assert!(refreshed.strip_began);
    assert_eq!(terminal.show().unwrap().colour, Colour::GREEN);
    assert!(!terminal.show().unwrap().reasons.is_empty());
}

#[tokio::test]
async fn in_emergency_mode_a_refresh_ahead_of_need_is_no_failure_and_fetches_a_better_colour() {
    let world = World::new().await;
    {
        let mut state = world.platform.state();
        state.colour = Colour::YELLOW;
        state.last_hour = Some(liangma_credential::Hour::of(state.now).0 + 4);
    }
    let terminal = world.ready().await;
    let early = terminal.refresh().await.unwrap();
    assert_eq!((early.hours_added, early.strip_began), (0, false));
    assert_eq!(terminal.state().await.unwrap().failed_refreshes, 0);
    world.platform.recolour(Colour::GREEN, false);
    let better = terminal.refresh().await.unwrap();
    assert_eq!((better.hours_added, better.strip_began), (5, true));
    assert_eq!(terminal.show().unwrap().colour, Colour::GREEN);
}

#[tokio::test]
async fn an_answer_that_is_lost_is_asked_for_again_without_a_second_strip() {
    let world = World::new().await;
    let terminal = world.open().await;
    crate::log_in(&terminal).await;
    terminal.apply().await.unwrap();
    terminal.face_check().await.unwrap();
    // Lost more often than one refresh tries, then the program is killed.
    world.platform.state().lose_answers = Some((MAKE_CODE_PATH.to_owned(), 3));
    let lost = terminal.refresh().await.unwrap_err();
    assert!(lost.is_transient());
    assert_eq!(terminal.state().await.unwrap().failed_refreshes, 1);
    drop(terminal);
    let terminal = world.open().await;
    assert_eq!(terminal.refresh().await.unwrap().hours_added, 24);
    let shown = terminal.show().unwrap();
    assert_eq!(
        look(&world, &checker(&world), &shown, 0).verdict,
        Verdict::Genuine
    );
}

#[tokio::test]
async fn forged_hours_are_refused_and_the_old_ones_stay() {
    let world = World::new().await;
    let terminal = world.ready().await;
    world.pass(20 * 3600);
    let before = terminal.show().unwrap();
    world.platform.state().forge = true;
    let refused = terminal.refresh().await;
    assert!(
        matches!(refused, Err(TerminalError::Arrival(_))),
        "{refused:?}"
    );
    assert_eq!(terminal.show().unwrap().text, before.text);
}

#[tokio::test]
async fn slots_shown_ahead_of_time_are_recalled_when_the_platform_is_met() {
    let world = World::new().await;
    drop(world.ready().await);
    world.clocks.restart(std::time::Duration::from_secs(1));
    let terminal = world.open().await;
    world.clocks.shift_wall(SignedDuration::from_hours(6));
    assert_eq!(terminal.show().unwrap().clock_state, ClockState::Estimated);
    world.clocks.shift_wall(SignedDuration::from_hours(-6));
    assert_eq!(terminal.show().unwrap().clock_state, ClockState::Unknown);
    assert!(terminal.refresh().await.unwrap().strip_began);
    assert_eq!(terminal.show().unwrap().clock_state, ClockState::Trusted);
    assert!(notices(terminal.state().await.unwrap().notices).contains(&NoticeKind::ClockWasAhead));
}

#[tokio::test]
async fn every_flipped_byte_of_the_file_for_showing_is_told_and_made_good() {
    let world = World::new().await;
    drop(world.ready().await);
    let path = world.path().join("lit");
    let whole = std::fs::read(&path).unwrap();
    for at in (0..whole.len()).step_by(97) {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        std::fs::write(&path, damaged).unwrap();
        assert!(
            matches!(shown_cold(&world), Err(ShowError::Damaged)),
            "byte {at}"
        );
    }
    std::fs::write(&path, b"").unwrap();
    assert!(matches!(shown_cold(&world), Err(ShowError::Damaged)));
    let terminal = world.open().await;
    terminal.show().unwrap();
    shown_cold(&world).unwrap();
}

#[tokio::test]
async fn nothing_personal_stands_in_errors_or_debug_output() {
    let world = World::new().await;
    let terminal: Terminal = world.open().await;
    let mut wrong = crate::form();
    wrong.name = "王秀英3".to_owned();
    wrong.document_number = "11010519491231003X".to_owned();
    let refused = terminal.login_start(wrong.clone()).await.unwrap_err();
    let declared = liangma_wire::declaration::HealthDeclaration {
        temperature_tenths: Some(386),
        symptoms: vec![liangma_wire::declaration::Symptom::Fever],
        high_risk_contact: false,
        observed_at: world.platform.state().now,
    };
    terminal.declare_health(declared).await.unwrap();
    let state = terminal.state().await.unwrap();
    assert_eq!(state.outbox.len(), 1);
    let printed = format!("{refused} {refused:?} {wrong:?} {terminal:?} {state:?}");
    for secret in ["王", "秀英", "1949", "138", "386", "Fever"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}
