//! Fuzzing of everything that decodes bytes from outside.

use std::fs;

use crate::{
    run::{Outcome, command, root, run, target},
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
    for name in targets
        .iter()
        .filter(|name| only.is_none_or(|only| only == name.as_str()))
    {
        // Found inputs are kept between runs; the committed seeds are read but not written to.
        let found = target().join("fuzz-corpus").join(name);
        fs::create_dir_all(&found)
            .map_err(|error| format!("cannot make {}: {error}", found.display()))?;
        let mut fuzz = command(&program);
        fuzz.env("RUSTC_BOOTSTRAP", "1")
            .args([
                "fuzz",
                "run",
                "--fuzz-dir",
                FOLDER,
                "--sanitizer",
                "none",
                "--target-dir",
            ])
            .arg(target().join("fuzz"))
            .arg(name)
            .arg(&found);
        let seeds = root().join(FOLDER).join("seeds").join(name);
        if seeds.exists() {
            fuzz.arg(seeds);
        }
        run(fuzz
            .args([
                "--",
                "-max_len=16384",
                "-timeout=10",
                "-print_final_stats=0",
                "-verbosity=0",
            ])
            .arg(format!("-max_total_time={seconds}")))?;
    }
    println!(
        "{} decoders fuzzed for {seconds} s each: nothing found",
        targets.len()
    );
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
