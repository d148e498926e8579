//! The two tiles beside a colour: how old the last negative test is, and vaccination.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::evidence::{Evidence, EvidenceKind, TestResult, known};

/// How old the sample of the last test is, in the buckets that places ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
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

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::evidence::{AuthorityId, CaseId, EvidenceId, GroundCode, Origin};

    fn hour(hour: i64) -> Timestamp {
        "2020-08-01T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hour)
    }

    fn evidence(number: u8, at: i64, kind: EvidenceKind) -> Evidence {
        Evidence {
            id: EvidenceId::from_bytes([number; 16]),
            occurred_at: hour(at),
            recorded_at: hour(at),
            case_id: CaseId::new("c").unwrap(),
            authority: AuthorityId::new("lab").unwrap(),
            origin: Origin::Finding,
            kind,
        }
    }

    fn sample(number: u8, at: i64, result: TestResult) -> Evidence {
        evidence(number, at, EvidenceKind::NucleicAcidTest { result })
    }

    #[rstest]
    #[case(0, TestAge::Within24h)]
    #[case(24, TestAge::Within24h)]
    #[case(25, TestAge::Within48h)]
    #[case(48, TestAge::Within48h)]
    #[case(72, TestAge::Within72h)]
    #[case(73, TestAge::Older)]
    #[case(-1, TestAge::None)]
    fn the_age_of_a_test_is_counted_in_hours_from_the_sample(
        #[case] later: i64,
        #[case] age: TestAge,
    ) {
        let negative = [sample(1, 0, TestResult::Negative)];
        assert_eq!(tiles(&negative, hour(later)).test_age, age);
    }

    #[test]
    fn a_positive_test_takes_the_age_away_until_a_later_negative_one() {
        let mut tests = vec![
            sample(1, 0, TestResult::Negative),
            sample(2, 5, TestResult::Positive),
        ];
        assert_eq!(tiles(&tests, hour(6)).test_age, TestAge::None);
        tests.push(sample(3, 40, TestResult::Negative));
        assert_eq!(tiles(&tests, hour(41)).test_age, TestAge::Within24h);
    }

    #[test]
    fn a_withdrawn_test_does_not_count() {
        let ground = GroundCode::new("lab-error").unwrap();
        let withdrawal = EvidenceKind::Withdrawal {
            of: EvidenceId::from_bytes([1; 16]),
            ground,
        };
        let tests = [
            sample(1, 0, TestResult::Negative),
            evidence(2, 3, withdrawal),
        ];
        assert_eq!(tiles(&tests, hour(2)).test_age, TestAge::Within24h);
        assert_eq!(tiles(&tests, hour(3)), Tiles::NOTHING);
    }

    #[rstest]
    #[case(1, 2, VaccinationStatus::Partial)]
    #[case(2, 2, VaccinationStatus::Full)]
    #[case(1, 1, VaccinationStatus::Full)]
    #[case(3, 2, VaccinationStatus::Booster)]
    fn vaccination_is_counted_against_its_course(
        #[case] doses: u8,
        #[case] course: u8,
        #[case] status: VaccinationStatus,
    ) {
        let doses = [evidence(1, 0, EvidenceKind::Vaccination { doses, course })];
        assert_eq!(tiles(&doses, hour(0)).vaccination, status);
    }

    #[test]
    fn the_numbers_in_the_credential_do_not_change() {
        for (number, age) in (0..).zip(TestAge::ALL) {
            assert_eq!(
                (age.registry_number(), TestAge::from_registry_number(number)),
                (number, Some(age))
            );
        }
        for (number, status) in (0..).zip(VaccinationStatus::ALL) {
            assert_eq!(
                (
                    status.registry_number(),
                    VaccinationStatus::from_registry_number(number)
                ),
                (number, Some(status))
            );
        }
        assert_eq!(TestAge::from_registry_number(5), None);
        assert_eq!(VaccinationStatus::from_registry_number(4), None);
        insta::assert_json_snapshot!(Tiles {
            test_age: TestAge::Within48h,
            vaccination: VaccinationStatus::Full
        });
    }
}
