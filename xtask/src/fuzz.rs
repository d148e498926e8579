//! Fuzzing of everything that decodes bytes from outside.

use std::{
    fs,
    path::Path,
    process::Command,
    sync::{Mutex, PoisonError},
    thread,
};

use crate::{
    run::{Outcome, command, example, output_of_both, root, run_long, target},
    tools,
};

const FOLDER: &str = "tests/fuzz";

/// Fuzzes one target, or every target, as many at once as there are cores, for `seconds` each.
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
    run_long(command(example("fuzz_seeds")?).arg(&seeds))?;
    let names: Vec<&str> = targets
        .iter()
        .map(String::as_str)
        .filter(|name| only.is_none_or(|only| only == *name))
        .collect();
    for name in &names {
        if !seeds.join(name).exists() {
            return Err(format!(
                "there are no good inputs for {name}; add some to tests/examples/fuzz_seeds.rs"
            ));
        }
    }
    let mut build = fuzzer(&program, "build");
    build.args(only);
    run_long(&mut build)?;
    // A fuzzer keeps one core busy.
    let waiting = Mutex::new(names.into_iter());
    let next = || {
        waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .next()
    };
    let work = || -> Outcome<()> {
        while let Some(name) = next() {
            fuzz_one(&program, name, &seeds, seconds)?;
        }
        Ok(())
    };
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get());
    thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .map(|worker| {
                worker
                    .join()
                    .unwrap_or_else(|_| Err("a fuzzer was lost".to_owned()))
            })
            .fold(Ok(()), Outcome::and)
    })
}

/// The tool, so that what it builds lies under `target/`.
fn fuzzer(program: &Path, subcommand: &str) -> Command {
    let mut fuzzer = command(program);
    fuzzer
        .env("RUSTC_BOOTSTRAP", "1")
        .args(["fuzz", subcommand, "--fuzz-dir", FOLDER])
        .args(["--sanitizer", "none", "--target-dir"])
        .arg(target().join("fuzz"));
    fuzzer
}

/// Fuzzes one target for `seconds`.
fn fuzz_one(program: &Path, name: &str, seeds: &Path, seconds: u32) -> Outcome<()> {
    // Found inputs are kept between runs, beside the good ones that every run begins with.
    let found = target().join("fuzz-corpus").join(name);
    fs::create_dir_all(&found)
        .map_err(|error| format!("cannot make {}: {error}", found.display()))?;
    let mut fuzz = fuzzer(program, "run");
    fuzz.arg(name).arg(&found).arg(seeds.join(name));
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
