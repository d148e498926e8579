//! The platform's clock is wrong: its time is genuine, and not right.

use jiff::SignedDuration;
use liangma_terminal::{ClockState, NoticeKind, show_code};
use rstest::rstest;

use super::{Net, state_of};
use crate::platform::start;

const DAY: i64 = 86_400;

#[rstest]
#[case::an_hour_ahead(3600)]
#[case::an_hour_behind(-3600)]
#[case::a_day_ahead(DAY)]
#[case::a_day_behind(-DAY)]
#[case::a_year_ahead(365 * DAY)]
#[case::a_year_behind(-365 * DAY)]
#[tokio::test(start_paused = true)]
async fn a_platform_with_a_wrong_clock_leads_to_no_slot_and_takes_no_code(#[case] off: i64) {
    let off = SignedDuration::from_secs(off);
    let net = Net::new().await;
    let terminal = net.ready().await;
    net.world.platform.state().now += off;
    for hour in 1..=22 {
        net.world.pass(3600);
        let refused = state_of(terminal.refresh().await);
        assert_eq!(refused.to_string(), "terminal.time_doubted");
        let right = start() + SignedDuration::from_hours(hour);
        let ports = net.world.ports();
        let (wall, monotonic) = (ports.wall.as_ref(), ports.monotonic.as_ref());
        let cold = show_code(net.world.path(), ports.keys.as_ref(), wall, monotonic);
        for shown in [terminal.show().unwrap(), cold.unwrap()] {
            assert_eq!((shown.now, shown.clock_state), (right, ClockState::Trusted));
            assert!(shown.next_slot_at.unwrap().duration_since(right).as_secs() <= 15);
        }
    }
    assert_eq!(terminal.state().await.unwrap().failed_refreshes, 22);
    net.world.platform.state().now -= off;
    terminal.refresh().await.unwrap();
    let state = terminal.state().await.unwrap();
    assert_eq!(state.failed_refreshes, 0);
    assert!(
        !state
            .notices
            .iter()
            .any(|notice| notice.kind == NoticeKind::ClockWasAhead)
    );
    assert!(
        terminal
            .show()
            .unwrap()
            .validity
            .works_offline_until
            .is_some()
    );
}

#[tokio::test(start_paused = true)]
async fn a_phone_that_met_the_platform_on_its_wrong_day_follows_it_back_at_once() {
    let net = Net::new().await;
    let day = SignedDuration::from_hours(24);
    net.world.platform.state().now -= day;
    let terminal = net.ready().await;
    assert_eq!(terminal.show().unwrap().now, start() - day);
    net.world.platform.state().now += day;
    net.world.pass(60);
    terminal.refresh().await.unwrap();
    let shown = terminal.show().unwrap();
    let right = start() + SignedDuration::from_secs(60);
    assert_eq!((shown.now, shown.clock_state), (right, ClockState::Trusted));
    assert!(shown.next_slot_at.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_time_that_nobody_signed_and_one_for_another_question_are_not_believed() {
    let net = Net::new().await;
    let terminal = net.ready().await;
    let before = terminal.show().unwrap();
    net.world.platform.state().time_is_forged = true;
    net.world.platform.state().now += SignedDuration::from_hours(1);
    let refused = state_of(terminal.refresh().await);
    assert_eq!(refused.to_string(), "terminal.time_refused");
    net.assert_lit(&terminal, &before);
}
