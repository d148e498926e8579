//! The benches of the budgets, each beside its peer or limit in the same run.

use crate::run::{Outcome, cargo, run_long};

/// Runs the benches; each prints its own rows of `what | ours | peer | ratio | budget`.
pub(crate) fn bench() -> Outcome<()> {
    run_long(cargo().args(["bench", "--quiet", "--package", "liangma-tests"]))
}
