//! How well the tests test: the lines they reach, and the mistakes they would notice.
//!
//! Slower than the test run, and so in commands of their own.

use std::{collections::BTreeMap, path::Path};

use crate::{
    run::{Outcome, command, root, run_long, target},
    tools,
};

/// What decides about people: these crates are measured.
const MEASURED: [&str; 3] = ["liangma-domain", "liangma-credential", "liangma-terminal"];
/// The least share of lines that the tests of each must reach, in percent.
const LINES_PERCENT: f64 = 90.0;

/// Measures which lines of the deciding crates their own tests reach; fails below 90 % of any.
pub(crate) fn coverage() -> Outcome<()> {
    let llvm = tools::llvm()?;
    let tool = tools::cargo_tool("cargo-llvm-cov")?;
    let report = target().join("coverage.json");
    let mut measure = command(tool);
    measure.args(["llvm-cov", "--json", "--summary-only", "--output-path"]);
    measure.arg(&report);
    // Fakes and desktop ports stand in for a phone's hardware; they are not what is measured.
    measure.args(["--ignore-filename-regex", "(testing|tests)(/|\\.rs)"]);
    for package in MEASURED {
        measure.args(["--package", package]);
    }
    run_long(
        measure
            .env("LLVM_COV", llvm.join("llvm-cov"))
            .env("LLVM_PROFDATA", llvm.join("llvm-profdata")),
    )?;
    let lines = lines_by_crate(&report)?;
    println!(
        "\n{:<12} {:>8} {:>8} {:>9}",
        "crate", "lines", "reached", "percent"
    );
    let mut low = Vec::new();
    for (name, (count, covered)) in &lines {
        let percent = 100.0 * *covered as f64 / *count as f64;
        println!("{name:<12} {count:>8} {covered:>8} {percent:>8.1}%");
        if percent < LINES_PERCENT {
            low.push(name.as_str());
        }
    }
    if lines.len() != MEASURED.len() {
        return Err(format!(
            "{} crates were measured, not {}",
            lines.len(),
            MEASURED.len()
        ));
    }
    if low.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "the tests reach less than {LINES_PERCENT} % of {}",
            low.join(", ")
        ))
    }
}

/// Lines and reached lines of each measured crate, by the name of its folder.
fn lines_by_crate(report: &Path) -> Outcome<BTreeMap<String, (u64, u64)>> {
    let unreadable =
        |error: &dyn std::fmt::Display| format!("cannot read {}: {error}", report.display());
    let bytes = std::fs::read(report).map_err(|error| unreadable(&error))?;
    let report: serde_json::Value =
        serde_json::from_slice(&bytes).map_err(|error| unreadable(&error))?;
    let core = root().join("core");
    let mut lines: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let files = report["data"][0]["files"].as_array().into_iter().flatten();
    for file in files {
        let name = file["filename"].as_str().map(Path::new);
        let Some(inside) = name.and_then(|name| name.strip_prefix(&core).ok()) else {
            continue;
        };
        let Some(folder) = inside.iter().next().map(|part| part.to_string_lossy()) else {
            continue;
        };
        if !MEASURED.contains(&format!("liangma-{folder}").as_str()) {
            continue;
        }
        let count = |key: &str| file["summary"]["lines"][key].as_u64().unwrap_or(0);
        let sum = lines.entry(folder.into_owned()).or_default();
        sum.0 += count("count");
        sum.1 += count("covered");
    }
    Ok(lines)
}

/// Puts one small mistake after the other into the credential and the rule engine, and sees whether the
/// tests notice. `.cargo/mutants.toml` names the mistakes that change nothing, each with its reason.
pub(crate) fn mutants(shard: Option<&str>) -> Outcome<()> {
    let tool = tools::cargo_tool("cargo-mutants")?;
    let out = target().join("mutants");
    std::fs::create_dir_all(&out)
        .map_err(|error| format!("cannot make {}: {error}", out.display()))?;
    for (package, files) in [
        ("liangma-credential", "core/credential/src/**"),
        ("liangma-domain", "core/domain/src/rules/**"),
    ] {
        let mut look = command(&tool);
        look.args(["mutants", "--package", package, "--file", files]);
        look.args(["--timeout", "120", "--output"])
            .arg(out.join(package));
        if let Some(shard) = shard {
            look.args(["--shard", shard]);
        }
        // A property that fails shows it in few cases; a mistake that none of them shows is looked at.
        run_long(
            look.args(["--", "--lib", "--tests"])
                .env("PROPTEST_CASES", "64"),
        )?;
    }
    Ok(())
}
