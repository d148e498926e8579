//! Paper codes and printed venue codes are good for whole days, and say by how much they are missed.

use liangma_credential::{
    CheckerClock, Hour, Issuer, IssuerList, IssuerUse, PaperClaims, PaperCode, PaperSerial, Role,
    TrustStore, VenueClaims, VenueCode, VenueForm, VenueId, Verdict, check_paper, check_venue,
};
use liangma_domain::{
    colour::Colour,
    region::{ProfileName, RegionCode},
    venue::VenueClass,
};
use rstest::rstest;

use crate::world::{self, START};

const FIRST_DAY: u32 = 18_997;
const FROM: i64 = FIRST_DAY as i64 * 86_400;
const UNTIL: i64 = FROM + 30 * 86_400;
const PAPER: u64 = 20;
const VENUE: u64 = 21;

/// A store with a key for paper and one for venues.
fn store() -> TrustStore {
    let issuer = |seed, key_use| Issuer {
        key: *world::key(seed).public_key(),
        key_use,
        region: RegionCode::new("zhejiang").unwrap(),
        profile: ProfileName::new("zhejiang-2020").unwrap(),
        valid_from: Hour(FIRST_DAY * 24),
        valid_until: Hour(FIRST_DAY * 24 + 24),
        sandbox: false,
        standby: false,
    };
    let list = IssuerList {
        header: world::header(1),
        issuers: vec![
            issuer(PAPER, IssuerUse::Paper),
            issuer(VENUE, IssuerUse::Venue),
        ],
    };
    let mut store = TrustStore::from_root(&world::root_file()).unwrap();
    let file = world::signed(Role::Issuers, list.encode(), world::ISSUERS);
    store.update(&file, world::time(START)).unwrap();
    store
}

fn paper(now: i64) -> Verdict {
    let person = world::member(Colour::GREEN);
    let claims = PaperClaims {
        serial: PaperSerial([7; 8]),
        first_day: FIRST_DAY,
        days: 30,
        name: person.name,
        document: person.document,
    };
    let text = PaperCode::sign(claims, &world::key(PAPER)).unwrap().text();
    let checked = check_paper(&text, &store(), CheckerClock::trusted(world::time(now)));
    let shown = checked.shown.unwrap();
    assert_eq!(shown.valid_until, world::time(UNTIL));
    checked.verdict
}

fn venue(now: i64) -> Verdict {
    let claims = VenueClaims {
        venue: VenueId([7; 8]),
        class: VenueClass::Library,
        name: "市图书馆".to_owned(),
        division: "330102".to_owned(),
        form: VenueForm::Printed {
            first_day: FIRST_DAY,
            days: 30,
        },
    };
    let text = VenueCode::sign(claims, &world::key(VENUE))
        .unwrap()
        .text(None);
    check_venue(&text, &store(), CheckerClock::trusted(world::time(now))).verdict
}

#[rstest]
#[case::an_hour_early(FROM - 3_600, Verdict::NotYetValid { in_seconds: 3_600 })]
#[case::a_second_early(FROM - 1, Verdict::NotYetValid { in_seconds: 1 })]
#[case::at_midnight(FROM, Verdict::Genuine)]
#[case::at_the_last_second(UNTIL - 1, Verdict::Genuine)]
#[case::at_the_last_midnight(UNTIL, Verdict::Expired { since_seconds: 0 })]
#[case::a_day_late(UNTIL + 86_400, Verdict::Expired { since_seconds: 86_400 })]
fn what_is_printed_is_good_from_midnight_to_midnight(#[case] now: i64, #[case] expected: Verdict) {
    assert_eq!(paper(now), expected);
    assert_eq!(venue(now), expected);
}
