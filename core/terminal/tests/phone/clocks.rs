//! Clocks that are wrong: set, restarted, in another zone, weeks old. Phone, platform and checker each have
//! a clock of their own.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use liangma_credential::{CheckerClock, TrustStore, Verdict, check};
use liangma_terminal::{
    ClockState, NoticeKind, ShowError, ShownCode, Stage, Terminal, outbox::Sent,
    ports::WallClock as _, testing::ManualClocks,
};
use liangma_wire::declaration::HealthDeclaration;
use proptest::prelude::*;
use rstest::rstest;

use crate::World;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
const MONTH: i64 = 30 * DAY;

/// A gate with a clock of its own.
struct Gate {
    trust: TrustStore,
    clocks: ManualClocks,
}

impl Gate {
    /// A gate whose clock is off by so many seconds.
    fn of(world: &World, off: i64) -> Self {
        let files = world.platform.checker_files();
        Self {
            trust: TrustStore::restore(&world.platform.root(), files).unwrap(),
            clocks: ManualClocks::new(truth(world) + SignedDuration::from_secs(off)),
        }
    }

    fn looks_at(&self, shown: &ShownCode) -> Verdict {
        let now = self.clocks.read().unwrap().time;
        check(&shown.text, &self.trust, CheckerClock::trusted(now)).verdict
    }
}

/// What time it is.
fn truth(world: &World) -> Timestamp {
    world.platform.state().now
}

/// A phone with a code, whose wall clock is off by so many seconds since before it was installed.
async fn phone_that_is_off(off: i64) -> (World, Terminal) {
    let world = World::new().await;
    world.clocks.shift_wall(SignedDuration::from_secs(off));
    let terminal = world.ready().await;
    (world, terminal)
}

/// Restarts phone and program without network; so long was it off.
async fn reboot_offline(world: &World, terminal: Terminal, down: u64) -> Terminal {
    drop(terminal);
    world.clocks.restart(Duration::from_secs(down));
    world.platform.state().now += SignedDuration::from_secs(down.try_into().unwrap());
    world.open().await
}

fn not_live() -> Verdict {
    Verdict::NotLive {
        difference_seconds: None,
    }
}

#[rstest]
#[case::an_hour_ahead(HOUR)]
#[case::an_hour_behind(-HOUR)]
#[case::a_day_ahead(DAY)]
#[case::a_day_behind(-DAY)]
#[case::a_month_ahead(MONTH)]
#[case::a_month_behind(-MONTH)]
#[tokio::test]
async fn a_clock_that_is_wrong_shows_a_live_code_also_after_a_reboot_without_network(
    #[case] off: i64,
) {
    let (world, terminal) = phone_that_is_off(off).await;
    let shown = terminal.show().unwrap();
    assert_eq!(shown.clock_state, ClockState::Trusted);
    assert_eq!(shown.wall_ahead_seconds, Some(off), "the person is told");
    assert_eq!(Gate::of(&world, 0).looks_at(&shown), Verdict::Genuine);

    let mut terminal = terminal;
    for down in [0, 90, 4 * 3600] {
        terminal = reboot_offline(&world, terminal, down).await;
        world.pass(20);
        for shown in [terminal.show().unwrap(), world.shown_cold().unwrap()] {
            assert_eq!(shown.clock_state, ClockState::Estimated);
            assert_eq!(Gate::of(&world, 0).looks_at(&shown), Verdict::Genuine);
        }
    }
}

#[rstest]
#[case::an_hour_ahead(HOUR)]
#[case::an_hour_behind(-HOUR)]
#[case::a_day_ahead(DAY)]
#[case::a_day_behind(-DAY)]
#[case::a_month_ahead(MONTH)]
#[case::a_month_behind(-MONTH)]
#[tokio::test]
async fn a_clock_that_is_set_while_the_phone_runs_changes_nothing(#[case] by: i64) {
    let (world, terminal) = phone_that_is_off(0).await;
    for _ in 0..20 {
        world.clocks.shift_wall(SignedDuration::from_secs(by));
        world.pass(61);
        for shown in [terminal.show().unwrap(), world.shown_cold().unwrap()] {
            assert_eq!(
                (shown.clock_state, shown.now),
                (ClockState::Trusted, truth(&world))
            );
            assert_eq!(Gate::of(&world, 0).looks_at(&shown), Verdict::Genuine);
        }
    }
}

#[rstest]
#[case::an_hour_back(-HOUR)]
#[case::a_day_back(-DAY)]
#[case::a_month_back(-MONTH)]
#[case::a_month_ahead(MONTH)]
#[tokio::test]
async fn a_clock_set_wrong_while_the_phone_was_off_shows_a_genuine_code_that_is_not_live(
    #[case] by: i64,
) {
    let (world, terminal) = phone_that_is_off(0).await;
    let terminal = reboot_offline(&world, terminal, 60).await;
    world.clocks.shift_wall(SignedDuration::from_secs(by));
    for shown in [terminal.show().unwrap(), world.shown_cold().unwrap()] {
        assert_eq!(shown.clock_state, ClockState::Unknown);
        let verdict = Gate::of(&world, 0).looks_at(&shown);
        // The hour that is shown is the best guess; no gate calls it a copy.
        let never_a_copy = verdict == not_live() || matches!(verdict, Verdict::NotYetValid { .. });
        assert!(never_a_copy, "{verdict:?}");
    }
    // The owner corrects it.
    world.clocks.shift_wall(SignedDuration::from_secs(-by));
    let shown = terminal.show().unwrap();
    assert_eq!(Gate::of(&world, 0).looks_at(&shown), Verdict::Genuine);
}

#[tokio::test]
async fn a_clock_set_back_after_a_reboot_is_found_out_by_the_time_since_the_reboot() {
    let (world, terminal) = phone_that_is_off(0).await;
    let terminal = reboot_offline(&world, terminal, 0).await;
    world.pass(2 * 3600);
    assert_eq!(terminal.show().unwrap().clock_state, ClockState::Estimated);
    // Older than the last statement it is not, and yet it cannot be.
    world.clocks.shift_wall(SignedDuration::from_mins(-30));
    let cold = world.shown_cold().unwrap();
    assert_eq!(cold.clock_state, ClockState::Unknown);
    assert_eq!(Gate::of(&world, 0).looks_at(&cold), not_live());
}

#[rstest]
#[case::right(0)]
#[case::an_hour_behind(-HOUR)]
#[case::a_day_ahead(DAY)]
#[case::a_month_ahead(MONTH)]
#[case::a_month_behind(-MONTH)]
#[case::at_the_factory_date(-52 * 365 * DAY)]
#[tokio::test]
async fn after_a_reboot_with_network_the_next_look_makes_the_time_trusted(#[case] off: i64) {
    let (world, terminal) = phone_that_is_off(0).await;
    let terminal = reboot_offline(&world, terminal, 30).await;
    world.clocks.shift_wall(SignedDuration::from_secs(off));
    assert_ne!(terminal.show().unwrap().clock_state, ClockState::Trusted);
    assert!(terminal.refresh_if_due().await.unwrap().is_some());
    let shown = terminal.show().unwrap();
    assert_eq!(
        (shown.clock_state, shown.wall_ahead_seconds),
        (ClockState::Trusted, Some(off))
    );
    assert_eq!(Gate::of(&world, 0).looks_at(&shown), Verdict::Genuine);
    assert_eq!(terminal.refresh_if_due().await.unwrap(), None);
}

#[rstest]
#[case::twenty_minutes_ahead(1200)]
#[case::twenty_minutes_behind(-1200)]
#[case::a_month_ahead(MONTH)]
#[case::a_month_behind(-MONTH)]
#[tokio::test]
async fn a_clock_that_was_set_right_is_not_corrected_once_more_after_a_reboot_offline(
    #[case] off: i64,
) {
    let (world, terminal) = phone_that_is_off(off).await;
    world.pass(2 * 3600);
    // The phone says by how much it is wrong; its owner sets it right and looks once more.
    world.clocks.shift_wall(SignedDuration::from_secs(-off));
    assert_eq!(terminal.refresh_if_due().await.unwrap(), None);
    world.pass(600);
    let terminal = reboot_offline(&world, terminal, 60).await;
    for shown in [terminal.show().unwrap(), world.shown_cold().unwrap()] {
        assert_eq!(shown.clock_state, ClockState::Estimated);
        assert_eq!(Gate::of(&world, 0).looks_at(&shown), Verdict::Genuine);
    }
}

#[tokio::test]
async fn a_line_on_which_no_time_can_be_told_is_not_asked_at_every_look() {
    let (world, terminal) = phone_that_is_off(0).await;
    let terminal = reboot_offline(&world, terminal, 30).await;
    // The platform works; only its word for the time is too long on its way.
    world.platform.state().slow_time = Some((world.clocks.clone(), Duration::from_secs(11)));
    let mut refreshed = 0;
    for _ in 0..60 {
        refreshed += u32::from(terminal.refresh_if_due().await.unwrap().is_some());
        world.pass(60);
    }
    assert!((1..=4).contains(&refreshed), "{refreshed} in an hour");
    world.platform.state().slow_time = None;
    world.pass(30 * 60);
    assert!(terminal.refresh_if_due().await.unwrap().is_some());
    assert_eq!(terminal.show().unwrap().clock_state, ClockState::Trusted);
}

#[rstest]
#[case::a_month_ahead(MONTH)]
#[case::at_the_factory_date(-52 * 365 * DAY)]
#[tokio::test]
async fn refreshes_that_failed_under_a_wrong_clock_are_tried_again_all_the_same(#[case] off: i64) {
    let (world, terminal) = phone_that_is_off(0).await;
    let terminal = reboot_offline(&world, terminal, 30).await;
    world.clocks.shift_wall(SignedDuration::from_secs(off));
    let path = liangma_wire::trust::TIME_PATH.to_owned();
    world.platform.state().lose_answers = Some((path, 1000));
    terminal.refresh().await.unwrap_err();
    assert_eq!(terminal.refresh_if_due().await.unwrap(), None, "it waits");
    world.platform.state().lose_answers = None;
    if off > 0 {
        // The owner sets it right; the plan was made for next month.
        world.clocks.shift_wall(SignedDuration::from_secs(-off));
    } else {
        world.pass(60);
    }
    assert!(terminal.refresh_if_due().await.unwrap().is_some());
    assert_eq!(terminal.show().unwrap().clock_state, ClockState::Trusted);
}

#[tokio::test]
async fn another_zone_and_the_change_of_summer_time_change_nothing() {
    let (world, terminal) = phone_that_is_off(0).await;
    // Summer time ends in Australia on 2022-04-02T15:00Z and 16:00Z, and begins in Paraguay no more;
    // New York and Paris have theirs already; Urumqi is two hours behind by custom.
    let zones = [
        "Australia/Lord_Howe",
        "Australia/Sydney",
        "America/New_York",
        "Europe/Paris",
        "Asia/Urumqi",
        "Pacific/Kiritimati",
        "",
        "Nowhere/Unknown",
    ];
    let gate_sees_it = |world: &World, shown: &ShownCode| {
        assert_eq!(shown.zone, "Asia/Shanghai", "the region's zone");
        assert_eq!(shown.now, truth(world));
        assert_eq!(Gate::of(world, 0).looks_at(shown), Verdict::Genuine);
    };
    let mut terminal = terminal;
    for round in 0..6usize {
        for zone in zones {
            world.clocks.set_zone(zone);
            world.pass(HOUR as u64);
            gate_sees_it(&world, &terminal.show().unwrap());
        }
        terminal.refresh().await.unwrap();
        if round % 2 == 1 {
            terminal = reboot_offline(&world, terminal, 10).await;
            gate_sees_it(&world, &terminal.show().unwrap());
        }
    }
    assert!(truth(&world) > "2022-04-02T16:00:00Z".parse().unwrap());
}

#[rstest]
#[case::running_all_the_time(false)]
#[case::restarted_in_between(true)]
#[tokio::test]
async fn twenty_eight_days_offline_end_the_code_clearly_and_lose_nothing(#[case] restarted: bool) {
    let (world, terminal) = phone_that_is_off(0).await;
    let path = liangma_wire::declaration::DECLARE_HEALTH_PATH.to_owned();
    world.platform.state().lose_answers = Some((path, 1000));
    let declared = HealthDeclaration {
        temperature_tenths: Some(366),
        symptoms: Vec::new(),
        high_risk_contact: false,
        observed_at: truth(&world),
    };
    assert_eq!(
        terminal.declare_health(declared).await.unwrap(),
        Sent::Waiting
    );
    terminal.keep_draft("correction", "草稿").await.unwrap();
    let until = terminal.show().unwrap().validity.covered_until;
    world.pass(28 * DAY as u64);
    let terminal = if restarted {
        reboot_offline(&world, terminal, 60).await
    } else {
        terminal
    };
    let shown = terminal.show();
    if restarted {
        // Whether the clock is wrong or the code over cannot be known: shown as it is, with its end.
        let shown = shown.unwrap();
        assert_eq!(shown.clock_state, ClockState::Unknown);
        assert!(shown.validity.covered_until < shown.now);
        assert!(shown.validity.works_offline_until.is_none());
        let verdict = Gate::of(&world, 0).looks_at(&shown);
        assert!(matches!(verdict, Verdict::Expired { .. }), "{verdict:?}");
    } else {
        assert!(matches!(shown, Err(ShowError::Ended { at }) if at == until));
    }
    let state = terminal.state().await.unwrap();
    assert_eq!((state.stage, state.outbox.len()), (Stage::Ready, 1));

    world.platform.state().lose_answers = None;
    let refreshed = terminal.refresh_if_due().await.unwrap().unwrap();
    assert_eq!(refreshed.hours_added, 24);
    let shown = terminal.show().unwrap();
    assert_eq!(Gate::of(&world, 0).looks_at(&shown), Verdict::Genuine);
    assert!(terminal.state().await.unwrap().outbox.is_empty());
    let sent = world.platform.state().writes.len();
    assert_eq!(sent, 2, "the consent and the declaration, once each");
    let draft = terminal.draft("correction").await.unwrap();
    assert_eq!(draft.as_deref(), Some("草稿"));
}

#[tokio::test]
async fn ten_thousand_showings_of_rebooted_phones_within_two_minutes_are_never_called_a_copy() {
    let mut showings = 0;
    for off in [-120, -90, -45, -15, 15, 45, 90, 120] {
        let (world, terminal) = phone_that_is_off(off).await;
        drop(terminal);
        world.clocks.restart(Duration::ZERO);
        let gate = Gate::of(&world, 0);
        for step in 0..1_250i64 {
            let shown = world.shown_cold().unwrap();
            assert_eq!(shown.clock_state, ClockState::Estimated);
            // The gate's own clock may be off by 15 s, and reading takes a second or two.
            let now = truth(&world) + SignedDuration::from_secs(step % 30 - 13);
            gate.clocks.set_wall(now);
            assert_eq!(
                gate.looks_at(&shown),
                Verdict::Genuine,
                "off {off} step {step}"
            );
            showings += 1;
            world.pass(67);
        }
    }
    assert_eq!(showings, 10_000);
}

#[tokio::test]
async fn a_frozen_picture_is_not_accepted_after_ninety_seconds_whatever_the_phones_clock() {
    for off in [0, -120, 120, HOUR, -MONTH] {
        let (world, terminal) = phone_that_is_off(off).await;
        let terminal = reboot_offline(&world, terminal, 5).await;
        let gate = Gate::of(&world, 0);
        for _ in 0..100 {
            let picture = terminal.show().unwrap();
            for later in [90, 91, 120, 600, 3000] {
                gate.clocks
                    .set_wall(truth(&world) + SignedDuration::from_secs(later));
                assert_ne!(gate.looks_at(&picture), Verdict::Genuine);
            }
            world.pass(301);
        }
    }
}

#[tokio::test]
async fn a_kill_before_it_is_written_down_forgets_what_was_shown_ahead_and_settling_does_not() {
    for settled in [false, true] {
        let (world, terminal) = phone_that_is_off(0).await;
        let terminal = reboot_offline(&world, terminal, 5).await;
        world.clocks.shift_wall(SignedDuration::from_hours(6));
        assert_eq!(terminal.show().unwrap().clock_state, ClockState::Estimated);
        if settled {
            terminal.settle().await.unwrap();
        }
        // Killed; set back; opened.
        drop(terminal);
        world.clocks.shift_wall(SignedDuration::from_hours(-6));
        let terminal = world.open().await;
        let (state, began) = if settled {
            (ClockState::Unknown, true)
        } else {
            // The limit that is stated in the decision about estimated clocks.
            (ClockState::Estimated, false)
        };
        assert_eq!(terminal.show().unwrap().clock_state, state);
        assert_eq!(terminal.refresh().await.unwrap().strip_began, began);
        let notices = terminal.state().await.unwrap().notices;
        let told = notices
            .iter()
            .any(|notice| notice.kind == NoticeKind::ClockWasAhead);
        assert_eq!(told, began);
    }
}

/// What can happen to a phone's clocks.
#[derive(Debug, Clone)]
enum Event {
    Pass(u32),
    SetWall(i64),
    Zone(bool),
    Reboot(u32),
    Refresh,
    Settle,
    Kill,
}

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => (1u32..10_000).prop_map(Event::Pass),
        2 => (-100_000i64..100_000).prop_map(Event::SetWall),
        1 => (-40 * DAY..40 * DAY).prop_map(Event::SetWall),
        1 => any::<bool>().prop_map(Event::Zone),
        2 => (0u32..4_000).prop_map(Event::Reboot),
        2 => Just(Event::Refresh),
        1 => Just(Event::Settle),
        2 => Just(Event::Kill),
    ]
}

/// What the test knows of the phone.
#[derive(Default)]
struct Known {
    /// Not restarted since the last statement.
    trusted: bool,
    /// The highest slot shown by a terminal, as it remembers it, and as it is on disk.
    held: Option<Timestamp>,
    on_disk: Option<Timestamp>,
}

async fn live_through(events: &[Event]) {
    let (world, terminal) = phone_that_is_off(0).await;
    let mut terminal = Some(terminal);
    let mut known = Known {
        trusted: true,
        ..Known::default()
    };
    for event in events {
        match event {
            Event::Pass(seconds) => world.pass((*seconds).into()),
            Event::SetWall(by) => world.clocks.shift_wall(SignedDuration::from_secs(*by)),
            Event::Zone(east) => world.clocks.set_zone(if *east {
                "Pacific/Auckland"
            } else {
                "America/Denver"
            }),
            Event::Kill | Event::Reboot(_) => {
                drop(terminal.take());
                if let Event::Reboot(down) = event {
                    world.clocks.restart(Duration::from_secs((*down).into()));
                    world.platform.state().now += SignedDuration::from_secs((*down).into());
                    known.trusted = false;
                }
                known.held = known.on_disk;
                terminal = Some(world.open().await);
            }
            Event::Settle => {
                terminal.as_ref().unwrap().settle().await.unwrap();
                known.on_disk = known.held;
            }
            Event::Refresh => {
                let outcome = terminal.as_ref().unwrap().refresh().await.unwrap();
                let limit = truth(&world) + SignedDuration::from_secs(60);
                if known.held.is_some_and(|held| held > limit) {
                    assert!(
                        outcome.strip_began,
                        "what was shown ahead is recalled: {events:?}"
                    );
                    known.held = None;
                }
                known.on_disk = known.held;
                known.trusted = true;
            }
        }
        let terminal = terminal.as_ref().unwrap();
        look(&world, terminal, &mut known, events);
    }
}

fn look(world: &World, terminal: &Terminal, known: &mut Known, events: &[Event]) {
    let minute = SignedDuration::from_secs(60);
    for (shown, remembered) in [(terminal.show(), true), (world.shown_cold(), false)] {
        let Ok(shown) = shown else { continue };
        let Some(slot_end) = shown.next_slot_at else {
            continue;
        };
        let slot = slot_end - SignedDuration::from_secs(15);
        let limit = shown.now + minute;
        assert!(slot <= limit, "beyond the time it is for: {events:?}");
        if known.trusted {
            assert_eq!(shown.clock_state, ClockState::Trusted, "{events:?}");
            assert!(slot <= truth(world) + minute, "ahead: {events:?}");
        } else {
            assert_eq!(shown.clock_state, ClockState::Estimated, "{events:?}");
            assert!(slot_end <= shown.validity.covered_until);
            if let Some(held) = known.held.filter(|_| remembered) {
                let back = held.duration_since(slot);
                assert!(back <= minute + minute, "went back: {events:?}");
            }
        }
        if remembered {
            known.held = known.held.max(Some(slot));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn no_slot_beyond_trusted_time_and_a_minute_is_ever_revealed(
        events in prop::collection::vec(events(), 1..16),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(live_through(&events));
    }
}
