//! Whose clock is wrong: three people in a row whose phones are off by the same amount tell that it is
//! this device's.

use std::collections::VecDeque;

use liangma_credential::CodeId;

/// So many people in a row.
const PEOPLE: usize = 3;
/// A slot lasts 15 seconds and a scan some more: within this, amounts are the same.
const SAME_SECONDS: i64 = 20;
/// Between two right clocks a slot began at most this long ago: its own time, the one before, a slow hand.
const USUAL_SECONDS: std::ops::Range<i64> = -15..45;

/// The differences of the last three people. No name; a code's mark only to know people apart.
#[derive(Debug, Default)]
pub(super) struct Drift(VecDeque<(CodeId, i64)>);

impl Drift {
    /// Notes the device's time less the start of the slot shown.
    pub(super) fn note(&mut self, code: CodeId, seconds: i64) {
        // What a person shows now counts, and once.
        self.0.retain(|(known, _)| *known != code);
        if self.0.len() == PEOPLE {
            self.0.pop_front();
        }
        self.0.push_back((code, seconds));
    }

    /// By how many minutes this device is off, at least one; above zero when it is ahead. `None` while nothing
    /// speaks for that.
    pub(super) fn minutes_off(&self) -> Option<i64> {
        let seconds = || self.0.iter().map(|(_, seconds)| *seconds);
        let (least, most) = (seconds().min()?, seconds().max()?);
        let off = self.0.len() == PEOPLE
            && most - least <= SAME_SECONDS
            && seconds().all(|seconds| !USUAL_SECONDS.contains(&seconds));
        off.then(|| {
            let middle = i64::midpoint(least, most);
            let minutes = (middle.abs() + 30) / 60;
            minutes.max(1) * middle.signum()
        })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn after(differences: &[i64]) -> Option<i64> {
        let mut drift = Drift::default();
        for (number, seconds) in (0u64..).zip(differences) {
            drift.note(CodeId(number.to_be_bytes()), *seconds);
        }
        drift.minutes_off()
    }

    #[rstest]
    #[case::ahead(&[185, 190, 199], Some(3))]
    #[case::behind(&[-170, -185, -178], Some(-3))]
    #[case::by_hours(&[7_205, 7_200, 7_212], Some(120))]
    #[case::two_are_not_enough(&[185, 190], None)]
    #[case::by_different_amounts(&[185, 190, 260], None)]
    #[case::one_right_clock_speaks_for_this_one(&[185, 190, 4], None)]
    #[case::a_right_clock_long_ago_does_not(&[4, 185, 190, 187], Some(3))]
    #[case::the_clock_was_set(&[185, 190, 187, 3], None)]
    #[case::right(&[3, 7, 14], None)]
    #[case::slow_hands(&[31, 40, 44], None)]
    fn three_people_in_a_row(#[case] differences: &[i64], #[case] minutes: Option<i64>) {
        assert_eq!(after(differences), minutes);
    }

    #[test]
    fn people_who_were_seen_before_the_clock_was_moved_count_as_they_are_now() {
        let mut drift = Drift::default();
        for seconds in [4, 185] {
            for person in 0..3 {
                drift.note(CodeId([person; 8]), seconds);
            }
        }
        assert_eq!(drift.minutes_off(), Some(3));
    }

    #[test]
    fn one_person_three_times_is_one_person() {
        let mut drift = Drift::default();
        for seconds in [185, 190, 187] {
            drift.note(CodeId([1; 8]), seconds);
        }
        assert_eq!(drift.minutes_off(), None);
    }
}
