//! Fuzzing of everything that decodes bytes from outside.

use std::fs;

use crate::{
    run::{Outcome, cargo, command, output_of_both, root, run_long, target},
    tools,
};

const FOLDER: &str = "tests/fuzz";

/// Fuzzes one target, or every target in turn, for `seconds` each.
pub(crate) fn fuzz(only: Option<&str>, seconds: u32) -> Outcome<()> {
    let program = tools::cargo_tool("cargo-fuzz")?;
    let targets = targets()?;
    if let Some(only) = only
        && !targets.iter().any(|name| name == only)
    {
        return Err(format!(
            "there is no decoder {only}; there are {}",
            targets.join(", ")
        ));
    }
    let seeds = target().join("fuzz-seeds");
    run_long(
        cargo()
            .args([
                "run",
                "--quiet",
                "--package",
                "liangma-tests",
                "--example",
                "fuzz_seeds",
                "--",
            ])
            .arg(&seeds),
    )?;
    for name in targets
        .iter()
        .filter(|name| only.is_none_or(|only| only == name.as_str()))
    {
        // Found inputs are kept between runs, beside the good ones that every run begins with.
        let found = target().join("fuzz-corpus").join(name);
        fs::create_dir_all(&found)
            .map_err(|error| format!("cannot make {}: {error}", found.display()))?;
        let mut fuzz = command(&program);
        fuzz.env("RUSTC_BOOTSTRAP", "1")
            .args(["fuzz", "run", "--fuzz-dir", FOLDER])
            .args(["--sanitizer", "none", "--target-dir"])
            .arg(target().join("fuzz"))
            .arg(name)
            .arg(&found);
        let good = seeds.join(name);
        if !good.exists() {
            return Err(format!(
                "there are no good inputs for {name}; add some to tests/examples/fuzz_seeds.rs"
            ));
        }
        fuzz.arg(good);
        fuzz.args([
            "--",
            "-max_len=16384",
            "-timeout=10",
            "-print_final_stats=1",
        ])
        .arg(format!("-max_total_time={seconds}"));
        let (passed, log) = output_of_both(&mut fuzz)?;
        if !passed {
            let end: Vec<&str> = log.lines().rev().take(40).collect();
            for line in end.iter().rev() {
                eprintln!("{line}");
            }
            return Err(format!(
                "{name} found an input that must not happen; it lies in {FOLDER}/artifacts/{name}"
            ));
        }
        let inputs = log
            .lines()
            .find_map(|line| line.strip_prefix("stat::number_of_executed_units:"))
            .map_or("no count of", str::trim);
        println!("  {name}: {inputs} inputs, nothing found");
    }
    Ok(())
}

fn targets() -> Outcome<Vec<String>> {
    let folder = root().join(FOLDER).join("fuzz_targets");
    let mut names: Vec<String> = fs::read_dir(&folder)
        .map_err(|error| format!("cannot read {}: {error}", folder.display()))?
        .filter_map(|entry| entry.ok()?.path().file_stem()?.to_str().map(str::to_owned))
        .collect();
    names.sort();
    Ok(names)
}
