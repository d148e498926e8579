//! The platform under ten times what it can do.

use crate::run::{Outcome, cargo, command, run, target};

/// Seconds of the surge in a test run: enough for every queue to be full many times over.
pub(crate) const SECONDS_IN_A_TEST_RUN: u32 = 8;

/// Runs the load. Without `budget` only what no slow machine can fail is checked: nothing broken or lost,
/// tiles given up before codes, recovery.
pub(crate) fn load(seconds: u32, plain: u32, budget: bool) -> Outcome<()> {
    let mut build = cargo();
    build
        // Together with the program, whose release build then has its dependencies.
        .args(["build", "--quiet", "--release", "--package", "liangma"])
        .args(["--package", "liangma-tests", "--example", "load"]);
    run(&mut build)?;
    let mut load = command(target().join("release/examples/load"));
    load.args(["--seconds", &seconds.to_string()])
        .args(["--plain", &plain.to_string()]);
    if budget {
        load.arg("--budget");
    }
    run(&mut load)
}
