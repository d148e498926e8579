//! Bounds that a region sets within the bounds that this program keeps.
//!
//! A limit that came after the first profiles were signed has a value for profiles that do not name it, so that
//! no program finds an older profile wanting.

use serde::{Deserialize, Serialize};

use crate::policy::{PolicyError, check_range};

macro_rules! limits {
    ($($(#[$doc:meta])* $name:ident: $range:expr $(, or $default:literal)?;)+) => {
        /// The limits of a region.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub struct Limits {
            $(
                $(#[$doc])*
                $(#[serde(default = $default)])?
                pub $name: u32,
            )+
        }

        impl Limits {
            pub(super) fn check(&self, path: &str) -> Result<(), PolicyError> {
                $(check_range(&format!("{path}.{}", stringify!($name)), self.$name, $range)?;)+
                if self.strip_hours_emergency > self.strip_hours {
                    return Err(PolicyError::inconsistent(
                        format!("{path}.strip_hours_emergency"),
                        "sign no more hours ahead in an emergency than in normal times",
                    ));
                }
                if self.minor_age >= self.elder_age {
                    return Err(PolicyError::inconsistent(
                        format!("{path}.minor_age"),
                        "let the age of minors lie below that of elders",
                    ));
                }
                Ok(())
            }
        }
    };
}

limits! {
    /// Relatives for whom one person holds codes.
    wards_per_holder: 1..=20;
    /// People who hold the code of one person.
    holders_per_ward: 1..=10;
    /// Years below or at which a person is a minor.
    minor_age: 14..=18;
    /// Years from which a person is an elder.
    elder_age: 50..=75;
    /// The longest that one proxy lasts before it is granted again, in days.
    proxy_days: 1..=366;
    /// Devices of one's own.
    devices: 1..=5;
    /// Hours signed ahead.
    strip_hours: 1..=48;
    /// Hours signed ahead in emergency mode.
    strip_hours_emergency: 1..=24;
    /// How long a paper code lasts, in days.
    paper_code_days: 1..=180;
    /// Batches of evidence with more entries than this need two people of different units. No region may relax 20.
    batch_two_person_over: 0..=20;
    /// Reds in one county and hour from which coding stops and asks.
    reds_per_county_and_hour: 1..=1000;
    /// Reds that one unit may set in an hour before coding stops and asks.
    reds_per_unit_and_hour: 1..=1000, or "reds_per_unit_and_hour_unnamed";
    /// Applications that one administrator may approve at a counter in a day, and login codes that one may
    /// read out.
    counter_approvals_per_day: 1..=2000, or "counter_approvals_per_day_unnamed";
}

/// A profile that does not name it was signed when one county was the whole measure.
fn reds_per_unit_and_hour_unnamed() -> u32 {
    30
}

/// A profile that does not name it was signed when an administrator's day had no end.
fn counter_approvals_per_day_unnamed() -> u32 {
    200
}
