//! Kills phones and their platform at random moments, and compares what is left with what they had
//! acknowledged.

use crate::run::{Outcome, command, example, run_long};

/// Kills in the run of all tests; the full run is ten times as long.
pub(crate) const KILLS_IN_A_TEST_RUN: u32 = 100;

/// Runs the trial. A seed makes the moments of a run come again, as nearly as a machine can.
pub(crate) fn kill(times: u32, seed: Option<u64>, changes: Option<u32>) -> Outcome<()> {
    let mut trial = command(example("kill_trial")?);
    trial.args(["--times", &times.to_string()]);
    if let Some(seed) = seed {
        trial.args(["--seed", &seed.to_string()]);
    }
    if let Some(changes) = changes {
        trial.args(["--changes", &changes.to_string()]);
    }
    run_long(&mut trial)
}
