//! Counts of a shift, by finding and by hour: the only thing that outlives a verdict.

use std::collections::BTreeMap;

use jiff::{
    Timestamp,
    tz::{Offset, TimeZone},
};

use super::Finding;

/// Seconds of a quarter of an hour: zones differ by whole quarters.
const QUARTER: i64 = 900;

/// Counts by finding and quarter of an hour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals(BTreeMap<(i64, Finding), u32>);

impl Totals {
    pub(super) fn count(&mut self, finding: Finding, at: Timestamp) {
        let quarter = at.as_second().div_euclid(QUARTER);
        let count = self.0.entry((quarter, finding)).or_default();
        *count = count.saturating_add(1);
    }

    /// How often a finding was given.
    #[must_use]
    pub fn of(&self, finding: Finding) -> u32 {
        let counts = self.0.iter().filter(|((_, known), _)| *known == finding);
        counts.map(|(_, count)| count).sum()
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> u32 {
        self.0.values().sum()
    }

    /// By hour of a zone, as `08:00`, in the order in which the hours came.
    pub(super) fn by_hour(&self, zone: &TimeZone) -> Vec<(String, u32)> {
        let mut hours: BTreeMap<i64, (String, u32)> = BTreeMap::new();
        for ((quarter, _), count) in &self.0 {
            let at = Timestamp::from_second(quarter * QUARTER).unwrap_or_default();
            let offset: Offset = zone.to_offset(at);
            let hour = (at.as_second() + i64::from(offset.seconds())).div_euclid(3_600);
            let label = offset.to_datetime(at).strftime("%H:00").to_string();
            hours.entry(hour).or_insert((label, 0)).1 += count;
        }
        hours.into_values().collect()
    }
}
