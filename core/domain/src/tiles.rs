//! The two tiles beside a colour: how old the last negative test is, and vaccination.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::evidence::{Evidence, EvidenceKind, TestResult, known};

/// How old the sample of the last test is, in the buckets that places ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TestAge {
    /// No negative test is on record, or the last test was positive.
    None,
    /// 24 hours or less.
    Within24h,
    /// More than 24, at most 48 hours.
    Within48h,
    /// More than 48, at most 72 hours.
    Within72h,
    /// More than 72 hours.
    Older,
}

impl TestAge {
    const ALL: [Self; 5] = [
        Self::None,
        Self::Within24h,
        Self::Within48h,
        Self::Within72h,
        Self::Older,
    ];

    /// The number in the credential.
    #[must_use]
    pub fn registry_number(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Within24h => 1,
            Self::Within48h => 2,
            Self::Within72h => 3,
            Self::Older => 4,
        }
    }

    /// The bucket with this number in the credential.
    #[must_use]
    pub fn from_registry_number(number: u8) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|bucket| bucket.registry_number() == number)
    }
}

/// How far vaccination has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VaccinationStatus {
    /// Nothing on record.
    Unknown,
    /// Fewer doses than the course has.
    Partial,
    /// The whole course.
    Full,
    /// More than the course.
    Booster,
}

impl VaccinationStatus {
    const ALL: [Self; 4] = [Self::Unknown, Self::Partial, Self::Full, Self::Booster];

    /// The number in the credential.
    #[must_use]
    pub fn registry_number(self) -> u8 {
        match self {
            Self::Unknown => 0,
            Self::Partial => 1,
            Self::Full => 2,
            Self::Booster => 3,
        }
    }

    /// The status with this number in the credential.
    #[must_use]
    pub fn from_registry_number(number: u8) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|status| status.registry_number() == number)
    }
}

/// The tiles of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tiles {
    /// How old the last negative test is.
    pub test_age: TestAge,
    /// How far vaccination has come.
    pub vaccination: VaccinationStatus,
}

impl Tiles {
    /// Nothing on record.
    pub const NOTHING: Self = Self {
        test_age: TestAge::None,
        vaccination: VaccinationStatus::Unknown,
    };
}

/// The tiles as of a time: from evidence recorded and occurred by then, never from visits.
#[must_use]
pub fn tiles(evidence: &[Evidence], at: Timestamp) -> Tiles {
    let known = known(evidence, at);
    let occurred = || known.iter().filter(|item| item.occurred_at <= at);
    let last_test = occurred()
        .filter_map(|item| match item.kind {
            // Of two samples at one instant the positive one counts: results order after negative.
            EvidenceKind::NucleicAcidTest { result } => Some((item.occurred_at, result)),
            _ => None,
        })
        .max();
    let test_age = match last_test {
        Some((sampled_at, TestResult::Negative)) => {
            let age = sampled_at.duration_until(at);
            let within = |hours| age <= SignedDuration::from_hours(hours);
            if within(24) {
                TestAge::Within24h
            } else if within(48) {
                TestAge::Within48h
            } else if within(72) {
                TestAge::Within72h
            } else {
                TestAge::Older
            }
        }
        _ => TestAge::None,
    };
    let vaccination = occurred()
        .filter_map(|item| match item.kind {
            EvidenceKind::Vaccination { doses, course } => Some(match doses.cmp(&course) {
                std::cmp::Ordering::Less => VaccinationStatus::Partial,
                std::cmp::Ordering::Equal => VaccinationStatus::Full,
                std::cmp::Ordering::Greater => VaccinationStatus::Booster,
            }),
            _ => None,
        })
        .max()
        .unwrap_or(VaccinationStatus::Unknown);
    Tiles {
        test_age,
        vaccination,
    }
}
