use super::file::FileHeader;

/// From this age in seconds on a list is not current.
const NOT_CURRENT_SECONDS: i64 = 2 * 3600;
/// From this age in seconds on a list vouches for nothing new.
const UNCHECKED_SECONDS: i64 = 24 * 3600;

/// How far what a checker knows can be behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Freshness {
    /// Younger than two hours.
    Current,
    /// Two hours or more.
    NotCurrent,
    /// 24 hours or more, past its expiry, or not there at all.
    Unchecked,
}

impl Freshness {
    /// A stable name: `current`, `not_current`, `unchecked`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::NotCurrent => "not_current",
            Self::Unchecked => "unchecked",
        }
    }

    /// `confirmed` is the second at which the list was last known to be the newest.
    pub(super) const fn of(confirmed: Option<i64>, expired: bool, now_second: i64) -> Self {
        match confirmed {
            Some(confirmed) if !expired => match now_second - confirmed {
                ..NOT_CURRENT_SECONDS => Self::Current,
                NOT_CURRENT_SECONDS..UNCHECKED_SECONDS => Self::NotCurrent,
                _ => Self::Unchecked,
            },
            _ => Self::Unchecked,
        }
    }
}

/// The ages of the lists that a verdict rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListAges {
    /// Of the issuer list; `Unchecked` also when the root has expired.
    pub trust: Freshness,
    /// Of the recall list.
    pub recall: Freshness,
    /// Of the list of void paper codes.
    pub voids: Freshness,
}

/// The second at which a file was last known to be the newest: when the time stamp that names its
/// version was issued, or else when it was issued itself.
pub(super) fn confirmed_at(
    file: FileHeader,
    stamped_version: Option<u32>,
    stamp: Option<FileHeader>,
) -> i64 {
    let stamped = stamp
        .filter(|_| stamped_version == Some(file.version))
        .map_or(0, |stamp| stamp.issued);
    i64::from(file.issued.max(stamped))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(-60, Freshness::Current)]
    #[case(0, Freshness::Current)]
    #[case(7_199, Freshness::Current)]
    #[case(7_200, Freshness::NotCurrent)]
    #[case(86_399, Freshness::NotCurrent)]
    #[case(86_400, Freshness::Unchecked)]
    fn a_list_ages(#[case] age: i64, #[case] expected: Freshness) {
        assert_eq!(
            Freshness::of(Some(1_000_000), false, 1_000_000 + age),
            expected
        );
        assert_eq!(
            Freshness::of(Some(1_000_000), true, 1_000_000 + age),
            Freshness::Unchecked
        );
    }
}
