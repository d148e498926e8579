use std::fmt;

use jiff::Timestamp;

/// Seconds of an hour.
pub(crate) const HOUR_SECONDS: i64 = 3600;
/// Seconds of a slot.
pub(crate) const SLOT_SECONDS: i64 = 15;

/// A whole UTC hour, counted from 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hour(pub u32);

impl Hour {
    /// The hour that holds a moment. Moments before 1970 fall into hour 0.
    #[must_use]
    pub fn of(moment: Timestamp) -> Self {
        let hours = moment.as_second().div_euclid(HOUR_SECONDS);
        Self(u32::try_from(hours.max(0)).unwrap_or(u32::MAX))
    }

    /// The first second of the hour, as seconds since 1970.
    #[must_use]
    pub const fn start_second(self) -> i64 {
        self.0 as i64 * HOUR_SECONDS
    }

    /// The first second after the hour, as seconds since 1970.
    #[must_use]
    pub const fn end_second(self) -> i64 {
        self.start_second() + HOUR_SECONDS
    }

    /// The moment the hour starts.
    #[must_use]
    pub fn start(self) -> Timestamp {
        Timestamp::from_second(self.start_second()).unwrap_or(Timestamp::MAX)
    }

    /// The moment the next hour starts.
    #[must_use]
    pub fn end(self) -> Timestamp {
        Timestamp::from_second(self.end_second()).unwrap_or(Timestamp::MAX)
    }

    /// The hour a number of hours later, staying at the last one there is.
    #[must_use]
    pub const fn plus(self, hours: u32) -> Self {
        Self(self.0.saturating_add(hours))
    }

    /// The next hour.
    #[must_use]
    pub const fn next(self) -> Self {
        self.plus(1)
    }

    pub(crate) const fn to_be_bytes(self) -> [u8; 4] {
        self.0.to_be_bytes()
    }
}

impl fmt::Display for Hour {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.start())
    }
}

/// One of the 240 slots of 15 seconds in an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot {
    hour: Hour,
    number: u8,
}

impl Slot {
    /// The last slot of an hour.
    pub const LAST: u8 = 239;

    /// A slot by its number, or `None` above [`Self::LAST`].
    #[must_use]
    pub const fn new(hour: Hour, number: u8) -> Option<Self> {
        if number > Self::LAST {
            return None;
        }
        Some(Self { hour, number })
    }

    /// The slot that holds a moment.
    #[must_use]
    pub fn at(moment: Timestamp) -> Self {
        let hour = Hour::of(moment);
        let into = moment.as_second() - hour.start_second();
        Self {
            hour,
            number: u8::try_from(into / SLOT_SECONDS)
                .unwrap_or(0)
                .min(Self::LAST),
        }
    }

    /// The hour the slot lies in.
    #[must_use]
    pub const fn hour(self) -> Hour {
        self.hour
    }

    /// 0 to 239.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.number
    }

    /// The first second of the slot, as seconds since 1970.
    #[must_use]
    pub const fn start_second(self) -> i64 {
        self.hour.start_second() + self.number as i64 * SLOT_SECONDS
    }

    /// The moment the slot starts.
    #[must_use]
    pub fn start(self) -> Timestamp {
        Timestamp::from_second(self.start_second()).unwrap_or(Timestamp::MAX)
    }

    /// The moment the next slot starts, which is when a shown code has to be drawn again.
    #[must_use]
    pub fn end(self) -> Timestamp {
        Timestamp::from_second(self.start_second() + SLOT_SECONDS).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("2022-01-04T08:00:00Z", 0)]
    #[case("2022-01-04T08:00:14.999Z", 0)]
    #[case("2022-01-04T08:00:15Z", 1)]
    #[case("2022-01-04T08:59:44Z", 238)]
    #[case("2022-01-04T08:59:45Z", 239)]
    #[case("2022-01-04T08:59:59.999Z", 239)]
    fn a_moment_lies_in_one_slot(#[case] moment: Timestamp, #[case] number: u8) {
        let slot = Slot::at(moment);
        assert_eq!(slot.number(), number);
        assert_eq!(slot.hour(), Hour(455_912));
        assert!(slot.start() <= moment && moment < slot.end());
    }

    #[test]
    fn hours_stay_inside_their_range() {
        assert_eq!(Hour::of(Timestamp::MIN), Hour(0));
        assert_eq!(
            Hour::of(Timestamp::MAX).start(),
            Hour::of(Timestamp::MAX).start()
        );
        assert_eq!(Hour(u32::MAX).next(), Hour(u32::MAX));
        assert_eq!(Hour(u32::MAX).end(), Timestamp::MAX);
    }

    #[test]
    fn an_hour_and_a_slot_start_and_end_at_their_seconds() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let hour = Hour(455_912);
        assert_eq!(hour.start(), at("2022-01-04T08:00:00Z"));
        assert_eq!(hour.end(), at("2022-01-04T09:00:00Z"));
        assert_eq!(hour.to_string(), "2022-01-04T08:00:00Z");
        let slot = Slot::new(hour, 5).unwrap();
        assert_eq!(slot.start(), at("2022-01-04T08:01:15Z"));
        assert_eq!(slot.end(), at("2022-01-04T08:01:30Z"));
    }
}
