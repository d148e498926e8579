//! What a checker remembers between two codes.

use liangma_credential::{
    Checker, CheckerClock, Credential, RecentlySeen, SecondLook, Verdict, live_code_text,
};
use rstest::rstest;

use crate::world::{self, HOUR, START};

fn scan(checker: &mut Checker, k: u8, now: i64) -> (Verdict, bool, SecondLook) {
    let chain = world::strip(1);
    let text = world::code(world::claims(&chain, HOUR), &chain, k);
    let checked = checker.check(&text, CheckerClock::trusted(world::time(now)));
    let look = checker.second_look(&checked, world::time(now));
    (checked.verdict, checked.flags.seen_recently, look)
}

#[test]
fn the_same_code_is_noticed_for_75_seconds_in_whatever_slot() {
    let mut checker = Checker::new(world::store());
    assert!(!scan(&mut checker, 2, START).1);
    assert!(scan(&mut checker, 2, START + 1).1);
    // From the value of slot 2 a copy has those of 1 and 0.
    assert!(scan(&mut checker, 1, START + 15).1);
    assert!(scan(&mut checker, 0, START + 89).1);
    assert!(!scan(&mut checker, 10, START + 164).1);
}

#[test]
fn what_was_seen_is_forgotten_and_bounded() {
    let mut seen = RecentlySeen::default();
    let chain = world::strip(1);
    let cid = chain.cid(HOUR).unwrap();
    assert!(!seen.note(cid, world::time(START)));
    for other in 0..1000u64 {
        let id = liangma_credential::CodeId(other.to_be_bytes());
        assert!(!seen.note(id, world::time(START + 1)));
    }
    // A thousand codes in a second crowd out the first.
    assert!(!seen.note(cid, world::time(START + 2)));
    // A clock that is set back far forgets as well.
    assert!(!seen.note(cid, world::time(START - 500)));
}

#[test]
fn a_code_is_remembered_while_others_pass() {
    let mut seen = RecentlySeen::default();
    let id = |number: u64| liangma_credential::CodeId(number.to_be_bytes());
    assert!(!seen.note(id(1), world::time(START)));
    for other in 2..500 {
        assert!(!seen.note(id(other), world::time(START + 1)));
    }
    assert!(seen.note(id(1), world::time(START + 2)));
    assert!(seen.note(id(2), world::time(START + 2)));
}

#[rstest]
#[case::advanced(9, START + 615, SecondLook::CompareIdentityCard)]
#[case::stood_still(8, START + 615, SecondLook::Copy)]
#[case::too_soon(8, START + 614, SecondLook::CannotTell)]
#[case::went_back(7, START + 615, SecondLook::Copy)]
#[case::much_later(9, START + 900, SecondLook::CannotTell)]
fn a_second_look_at_an_old_slot_clears_nobody(
    #[case] k: u8,
    #[case] now: i64,
    #[case] expected: SecondLook,
) {
    let mut checker = Checker::new(world::store());
    let (verdict, _, look) = scan(&mut checker, 8, START + 600);
    assert_eq!(
        verdict,
        Verdict::NotLive {
            difference_seconds: Some(480)
        }
    );
    assert_eq!(look, SecondLook::CannotTell);
    assert_eq!(scan(&mut checker, k, now).2, expected);
}

#[rstest]
#[case::advanced(101, SecondLook::ClockDiffers { difference_seconds: -900 })]
#[case::stood_still(100, SecondLook::Copy)]
fn a_slot_that_has_not_come_speaks_of_a_clock(#[case] k: u8, #[case] expected: SecondLook) {
    let mut checker = Checker::new(world::store());
    assert_eq!(
        scan(&mut checker, 100, START + 600).2,
        SecondLook::CannotTell
    );
    assert_eq!(scan(&mut checker, k, START + 615).2, expected);
}

#[test]
fn a_code_without_a_value_tells_nothing_about_clocks() {
    let mut checker = Checker::new(world::store());
    let chain = world::strip(1);
    let credential =
        Credential::sign(world::claims(&chain, HOUR), &world::key(world::LIVE)).unwrap();
    let text = live_code_text(credential.bytes(), None);
    for now in [START, START + 75] {
        let checked = checker.check(&text, CheckerClock::trusted(world::time(now)));
        assert_eq!(
            checked.verdict,
            Verdict::NotLive {
                difference_seconds: None
            }
        );
        assert_eq!(
            checker.second_look(&checked, world::time(now)),
            SecondLook::CannotTell
        );
        assert!(!checked.flags.seen_recently);
    }
}

#[test]
fn the_end_of_a_shift_forgets_what_was_seen() {
    let mut checker = Checker::new(world::store());
    scan(&mut checker, 2, START + 600);
    checker.forget();
    let (_, seen, look) = scan(&mut checker, 2, START + 615);
    assert!(!seen);
    assert_eq!(look, SecondLook::CannotTell);
}

#[test]
fn the_difference_of_two_clocks_is_told_whatever_the_verdict() {
    let chain = world::strip(1);
    let text = world::code(world::claims(&chain, HOUR), &chain, 2);
    for (now, difference) in [(START + 37, 7), (START + 7_230, 7_200), (START - 600, -630)] {
        let now = world::time(now);
        let mut checker = Checker::new(world::store());
        let checked = checker.check(&text, CheckerClock::trusted(now));
        assert_eq!(checked.difference_seconds(now), Some(difference));
        assert_eq!(checked.code_id(), chain.cid(HOUR));
        let other = checker.check("https://pay.example", CheckerClock::trusted(now));
        assert_eq!(other.difference_seconds(now), None);
        assert_eq!(other.code_id(), None);
    }
}

#[test]
fn lists_are_as_old_as_the_older_of_the_two() {
    let store = world::store();
    let issued = world::time(i64::from(world::header(1).issued));
    assert_eq!(store.lists_confirmed_at(), Some(issued));
    let bare = liangma_credential::TrustStore::from_root(&world::root_file()).unwrap();
    assert_eq!(bare.lists_confirmed_at(), None);
}
