//! What is unusual in a batch that one person answers for: then coding stops and asks a second person.

use std::collections::BTreeMap;

use liangma_domain::{evidence::Evidence, rules::evaluate};

use super::judge::Row;
use crate::{
    config::Principal,
    error::Failure,
    platform::Platform,
    storage::{Bucket, Tally},
};

/// What is unusual is counted by the hour, which begins with the first row counted.
const HOUR: i64 = 3_600;

impl Platform {
    /// How many people these rows would make red, by county and by the unit that submits them; and how many
    /// they would give any worse colour, by the one principal who answers for them. The last has the limit
    /// of one batch, so that cutting a batch in two is no way around the second person.
    pub(super) async fn tallies(
        &self,
        principal: &Principal,
        rows: &[Row],
    ) -> Result<Vec<Tally>, Failure> {
        let now = self.now();
        let mut people: BTreeMap<[u8; 32], (&Row, Vec<Evidence>)> = BTreeMap::new();
        for row in rows {
            let (_, evidence) = people.entry(row.whose).or_insert((row, Vec::new()));
            evidence.push(row.evidence.clone());
        }
        let colours = self.profile.colours();
        let mut counties: BTreeMap<&str, u32> = BTreeMap::new();
        let (mut reds, mut worse) = (0, 0);
        for (row, new) in people.into_values() {
            let known = self.known_evidence(&row.document).await?;
            let mut evidence = self.open_evidence(&known)?;
            // An order may begin later; it counts when it is given, whatever else is said of later still.
            let begins: Vec<_> = new.iter().map(|item| item.occurred_at.max(now)).collect();
            let before = evaluate(&self.rules().pack, &evidence, now).colour();
            evidence.extend(new);
            let after = begins
                .into_iter()
                .map(|at| evaluate(&self.rules().pack, &evidence, at).colour())
                .fold(before, |worst, colour| colours.worse(worst, colour));
            if colours.rank(after) > colours.rank(before) {
                worse += 1;
            }
            if !self.is_red(before) && self.is_red(after) {
                reds += 1;
                let county = row.county.as_deref().unwrap_or(&principal.unit);
                *counties.entry(county).or_default() += 1;
            }
        }
        let limits = self.profile.limits();
        // Counted under every key that is kept, so that a change of keys hides no unusual number.
        let tally = |purpose, of: &[&[u8]], limit, amount| {
            let keys = self.vault.marks(purpose, of).into_iter();
            keys.map(move |key| Tally {
                bucket: Bucket {
                    key,
                    limit,
                    window_seconds: HOUR,
                },
                amount,
            })
            .collect::<Vec<_>>()
        };
        let unit = [principal.authority.as_bytes(), principal.unit.as_bytes()];
        let by_one = [principal.id.as_bytes()];
        let mut tallies = tally("reds of a unit", &unit, limits.reds_per_unit_and_hour, reds);
        tallies.extend(tally(
            "worsened by one",
            &by_one,
            limits.batch_two_person_over,
            worse,
        ));
        for (county, amount) in counties {
            let limit = limits.reds_per_county_and_hour;
            tallies.extend(tally(
                "reds of a county",
                &[county.as_bytes()],
                limit,
                amount,
            ));
        }
        tallies.retain(|tally| tally.amount > 0);
        Ok(tallies)
    }
}
