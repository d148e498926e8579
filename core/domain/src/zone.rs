//! The zones in which regions count their days: those of the Chinese regions, and no others.
//!
//! Built in, so that a day begins at the same moment on every phone, whatever tables it carries, and so that phones
//! need not carry the tables of the whole world. A region elsewhere wants a line here.

use jiff::tz::{self, TimeZone};

/// The IANA names of the zones, in alphabetical order.
pub const ZONES: [&str; 5] = [
    "Asia/Hong_Kong",
    "Asia/Macau",
    "Asia/Shanghai",
    "Asia/Taipei",
    "Asia/Urumqi",
];

/// The zone of an IANA name; `None` when it is not one of [`ZONES`].
#[must_use]
pub fn named(name: &str) -> Option<TimeZone> {
    Some(match name {
        "Asia/Hong_Kong" => tz::get!("Asia/Hong_Kong"),
        "Asia/Macau" => tz::get!("Asia/Macau"),
        "Asia/Shanghai" => tz::get!("Asia/Shanghai"),
        "Asia/Taipei" => tz::get!("Asia/Taipei"),
        "Asia/Urumqi" => tz::get!("Asia/Urumqi"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use rstest::rstest;

    use super::*;

    #[test]
    fn every_zone_that_is_named_is_there_under_its_name() {
        for name in ZONES {
            let zone = named(name).expect("a zone");
            assert_eq!(zone.iana_name(), Some(name));
        }
    }

    #[rstest]
    #[case("2022-07-01T00:00:00Z", "Asia/Shanghai", 8)]
    #[case("1988-07-01T00:00:00Z", "Asia/Shanghai", 9)] // China had summer time from 1986 to 1991.
    #[case("2022-07-01T00:00:00Z", "Asia/Urumqi", 6)]
    #[case("2022-07-01T00:00:00Z", "Asia/Taipei", 8)]
    fn a_zone_is_so_far_ahead(#[case] at: Timestamp, #[case] name: &str, #[case] hours: i32) {
        let zone = named(name).expect("a zone");
        assert_eq!(zone.to_offset(at).seconds(), hours * 3_600);
    }

    #[rstest]
    #[case("")]
    #[case("UTC")]
    #[case("Europe/Paris")]
    #[case("asia/shanghai")]
    #[case("Asia/Atlantis")]
    fn another_name_is_none(#[case] name: &str) {
        assert!(named(name).is_none());
    }
}
