//! From a checked code to what a place answers.

use liangma_credential::{Checked, CheckerClock, Claims, Kind, admit, check};
use liangma_domain::{
    colour::Colour,
    profile::{Admission, Measure, RegionProfile, built_in_profile},
    venue::{AlertLevel, VenueClass},
};

use crate::world::{self, HOUR, START};

fn profile() -> RegionProfile {
    RegionProfile::parse(built_in_profile("zhejiang-2020").unwrap()).unwrap()
}

fn checked(region: &str, change: impl FnOnce(&mut Claims), k: u8, in_doubt: bool) -> Checked {
    let chain = world::strip(1);
    let mut claims = world::claims(&chain, HOUR);
    change(&mut claims);
    let clock = CheckerClock {
        now: world::time(START),
        in_doubt,
    };
    check(
        &world::code(claims, &chain, k),
        &world::store_of(region),
        clock,
    )
}

fn answer(checked: &Checked, venue: VenueClass) -> Option<Admission> {
    admit(checked, &profile(), venue, AlertLevel::Normal)
}

#[test]
fn green_goes_in_and_yellow_does_not_enter_a_nursing_home() {
    let green = checked("zhejiang", |_| {}, 0, false);
    let yellow = checked(
        "zhejiang",
        |claims| claims.colour = Colour::YELLOW,
        0,
        false,
    );
    assert_eq!(
        answer(&green, VenueClass::NursingHome),
        Some(Admission::Admit)
    );
    assert!(matches!(
        answer(&yellow, VenueClass::NursingHome),
        Some(Admission::Refuse { .. })
    ));
    assert!(matches!(
        answer(&yellow, VenueClass::Bus),
        Some(Admission::Restrict { .. })
    ));
}

#[test]
fn only_a_genuine_and_live_code_is_asked_about() {
    let not_live = checked("zhejiang", |_| {}, 100, false);
    assert_eq!(answer(&not_live, VenueClass::Park), None);
}

#[test]
fn a_clock_in_doubt_never_gives_a_plain_green() {
    let doubtful = checked("zhejiang", |_| {}, 0, true);
    let measures = vec![Measure::ShowIdentityDocument];
    assert_eq!(
        answer(&doubtful, VenueClass::Park),
        Some(Admission::Restrict { measures })
    );
}

#[test]
fn of_a_group_the_worst_member_counts_whatever_the_group_says() {
    let group = checked(
        "zhejiang",
        |claims| {
            claims.kind = Kind::Group;
            claims.members = vec![world::member(Colour::GREEN), world::member(Colour::YELLOW)];
        },
        0,
        false,
    );
    assert!(matches!(
        answer(&group, VenueClass::School),
        Some(Admission::Refuse { .. })
    ));
}

#[test]
fn a_region_that_is_not_recognised_is_not_read_by_this_table() {
    let elsewhere = checked("atlantis", |_| {}, 0, false);
    assert_eq!(answer(&elsewhere, VenueClass::Park), None);
}
