//! Measuring two things side by side, so that a figure is a ratio and survives a noisy machine.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

/// Rounds of one comparison; each round times both sides, in changing order.
pub const ROUNDS: usize = 41;
/// How long one side of one round is to take, so that the clock's own cost vanishes.
const SIDE: Duration = Duration::from_millis(8);

/// One row of the table of budgets.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What was measured.
    pub what: String,
    /// Ours, as a median with its unit.
    pub ours: String,
    /// The peer or limit, as a median with its unit.
    pub peer: String,
    /// Median over the rounds of ours divided by the peer.
    pub ratio: f64,
    /// The budget for the ratio, where there is one: at most this.
    pub budget: Option<f64>,
}

impl Row {
    /// The row as a line of a Markdown table.
    #[must_use]
    pub fn markdown(&self) -> String {
        let (budget, word) = match self.budget {
            None => ("–".to_owned(), "–"),
            Some(budget) if self.ratio <= budget => (format!("{budget:.2}"), "within"),
            Some(budget) => (format!("{budget:.2}"), "**over**"),
        };
        format!(
            "| {} | {} | {} | {:.2} | {budget} | {word} |",
            self.what, self.ours, self.peer, self.ratio
        )
    }
}

/// The head of the table.
#[must_use]
pub fn markdown_head() -> String {
    "| what | ours | peer or limit | ratio | budget | |\n|---|---|---|---|---|---|".to_owned()
}

/// Times `ours` and `peer` in turn and gives the median ratio.
pub fn side_by_side<A, B>(
    what: &str,
    budget: Option<f64>,
    mut ours: impl FnMut() -> A,
    peer_name: &str,
    mut peer: impl FnMut() -> B,
) -> Row {
    let ours_times = iterations(&mut ours);
    let peer_times = iterations(&mut peer);
    let (mut ours_each, mut peer_each) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        if round % 2 == 0 {
            ours_each.push(once(&mut ours, ours_times));
            peer_each.push(once(&mut peer, peer_times));
        } else {
            peer_each.push(once(&mut peer, peer_times));
            ours_each.push(once(&mut ours, ours_times));
        }
    }
    of_rounds(what, budget, &ours_each, peer_name, &peer_each)
}

/// The row of rounds that were measured elsewhere: microseconds for one operation, round by round.
#[must_use]
pub fn of_rounds(
    what: &str,
    budget: Option<f64>,
    ours: &[f64],
    peer_name: &str,
    peer: &[f64],
) -> Row {
    let mut ratios: Vec<f64> = ours.iter().zip(peer).map(|(a, b)| a / b).collect();
    Row {
        what: what.to_owned(),
        ours: microseconds(median(&mut ours.to_vec())),
        peer: format!("{peer_name}: {}", microseconds(median(&mut peer.to_vec()))),
        ratio: median(&mut ratios),
        budget,
    }
}

/// Times `ours` alone against a fixed limit in microseconds.
pub fn against_limit<A>(what: &str, limit_microseconds: f64, mut ours: impl FnMut() -> A) -> Row {
    let times = iterations(&mut ours);
    let mut each: Vec<f64> = (0..ROUNDS).map(|_| once(&mut ours, times)).collect();
    let median = median(&mut each);
    Row {
        what: what.to_owned(),
        ours: microseconds(median),
        peer: format!("limit: {}", microseconds(limit_microseconds)),
        ratio: median / limit_microseconds,
        budget: Some(1.0),
    }
}

/// A size against its limit.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    reason = "sizes here are far below 2^52 bytes"
)]
pub fn size(what: &str, bytes: usize, limit: usize) -> Row {
    Row {
        what: what.to_owned(),
        ours: format!("{bytes} B"),
        peer: format!("limit: {limit} B"),
        ratio: bytes as f64 / limit as f64,
        budget: Some(1.0),
    }
}

/// How often work is to be done in one side of one round.
pub fn iterations<T>(work: &mut impl FnMut() -> T) -> u32 {
    let mut times = 1;
    loop {
        let began = Instant::now();
        for _ in 0..times {
            black_box(work());
        }
        let took = began.elapsed();
        if took >= SIDE || times >= 1 << 24 {
            return times;
        }
        times = if took.is_zero() {
            times * 16
        } else {
            times * 2
        };
    }
}

/// One side of one round: microseconds for one piece of work.
pub fn once<T>(work: &mut impl FnMut() -> T, times: u32) -> f64 {
    let began = Instant::now();
    for _ in 0..times {
        black_box(work());
    }
    began.elapsed().as_secs_f64() * 1e6 / f64::from(times)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn microseconds(value: f64) -> String {
    if value >= 10_000.0 {
        format!("{:.1} ms", value / 1000.0)
    } else if value >= 100.0 {
        format!("{value:.0} µs")
    } else if value >= 1.0 {
        format!("{value:.1} µs")
    } else {
        format!("{:.0} ns", value * 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_over_its_budget_says_so() {
        assert!(size("x", 6, 5).markdown().contains("over"));
        assert!(size("x", 5, 5).markdown().contains("within"));
    }

    #[test]
    fn a_ratio_is_that_of_each_round_and_not_of_the_medians() {
        // The machine was busy in the second round, for both alike.
        let row = of_rounds("x", None, &[2.0, 40.0, 6.0], "y", &[1.0, 20.0, 3.0]);
        assert_eq!((row.ratio, row.ours.as_str()), (2.0, "6.0 µs"));
    }
}
