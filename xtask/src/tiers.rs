//! The tiers of the test run, in the order in which they find most for least.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::Instant,
};

use clap::ValueEnum;

use crate::{
    android, bindings, fuzz, kill, load,
    run::{Outcome, build, cargo, command, example, run, target, whole},
    swift, tools,
};

/// Seconds for each decoder in the bounded run; `cargo xtask fuzz` goes on for longer.
const FUZZ_SECONDS: u32 = 10;

/// Seconds for the interface in the bounded run; `cargo xtask interface` goes on for longer.
const INTERFACE_SECONDS: u32 = 90;

/// One named part of the test run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tier {
    /// Formatting, lints, licences and sources of dependencies, documentation.
    Lint,
    /// The tests of each crate, and of what crosses them: the whole life, TLS, the program, no socket on showing.
    Unit,
    /// The second checker, in Python, on every vector.
    Python,
    /// QR readers that others wrote, on pictures of every colour, view and module size.
    Readers,
    /// The interface as it describes itself, tried by schemathesis for a bounded time.
    Interface,
    /// Phones in a real browser: lives by clicking, every trace's accessibility, the pages at every size, and
    /// the card as the canvas draws it, read by other people's readers.
    Browser,
    /// The Swift package, on Linux.
    Swift,
    /// The Kotlin package on the real library: golden traces, the whole life, bad ports; and the surface.
    Kotlin,
    /// The Android shell against the framework of the oldest and of the newest Android, and its resources.
    Android,
    /// Each decoder, fuzzed for a bounded time.
    Fuzz,
    /// A platform that is asked ten times what it can do, for some seconds.
    Load,
    /// Phones and their platform, killed a hundred times and started again.
    Kills,
    /// The main job as a newcomer runs it, from the release build; its pictures go to the same readers.
    MainJob,
}

impl Tier {
    fn name(self) -> &'static str {
        match self {
            Self::Lint => "lint",
            Self::Unit => "unit",
            Self::Python => "python",
            Self::Readers => "readers",
            Self::Interface => "interface",
            Self::Browser => "browser",
            Self::Kotlin => "kotlin",
            Self::Android => "android",
            Self::Swift => "swift",
            Self::Fuzz => "fuzz",
            Self::Load => "load",
            Self::Kills => "kills",
            Self::MainJob => "main-job",
        }
    }

    fn run(self) -> Outcome<()> {
        match self {
            Self::Lint => lint(),
            Self::Unit => unit(),
            Self::Python => python(),
            Self::Readers => readers(),
            Self::Interface => interface(INTERFACE_SECONDS),
            Self::Browser => browser(),
            Self::Kotlin => bindings::kotlin(),
            Self::Android => android::test(),
            Self::Swift => swift::test(),
            Self::Fuzz => fuzz::fuzz(None, FUZZ_SECONDS),
            Self::Load => load::load(load::SECONDS_IN_A_TEST_RUN, 3, false),
            Self::Kills => kill::kill(kill::KILLS_IN_A_TEST_RUN, None, None),
            Self::MainJob => main_job(),
        }
    }
}

/// Runs the named tiers, or all; every tier is run even if an earlier one failed.
pub(crate) fn test(only: &[Tier]) -> Outcome<()> {
    let tiers: Vec<Tier> = Tier::value_variants()
        .iter()
        .copied()
        .filter(|tier| only.is_empty() || only.contains(tier))
        .collect();
    println!("== installing what the tests need");
    tools::debian()?;
    // A compiler of half a gigabyte comes while others are at work.
    let mut swift = tiers
        .contains(&Tier::Swift)
        .then(|| thread::spawn(swift::toolchain));
    let mut table = Vec::new();
    for tier in tiers {
        println!("== {}", tier.name());
        let began = Instant::now();
        if tier == Tier::Swift
            && let Some(coming) = swift.take()
        {
            // What went wrong is tried again by the tier, which says so.
            let _came = coming.join();
        }
        let result = tier.run();
        if let Err(error) = &result {
            eprintln!("xtask: {error}");
        }
        table.push((tier.name(), result, began.elapsed()));
    }
    println!("\n{:<10} {:<8} {:>8}", "tier", "result", "seconds");
    for (name, result, took) in &table {
        let word = if result.is_ok() { "passed" } else { "FAILED" };
        println!("{name:<10} {word:<8} {:>8}", took.as_secs());
    }
    let failed = table
        .iter()
        .filter(|(_, result, _)| result.is_err())
        .count();
    println!("\ntiers: {} passed, {failed} failed", table.len() - failed);
    if failed == 0 {
        Ok(())
    } else {
        Err(format!("{failed} tiers failed; each says why above"))
    }
}

fn lint() -> Outcome<()> {
    run(cargo().args(["fmt", "--all", "--check"]))?;
    run(cargo().args([
        "clippy",
        "--quiet",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--",
        "-D",
        "warnings",
    ]))?;
    run(cargo()
        .args(["doc", "--quiet", "--workspace", "--no-deps"])
        .env("RUSTDOCFLAGS", "-D warnings"))?;
    let deny = tools::cargo_tool("cargo-deny")?;
    run(command(deny).args([
        "--log-level",
        "error",
        "check",
        "bans",
        "licenses",
        "sources",
    ]))
}

fn unit() -> Outcome<()> {
    build()?;
    // The program that the tests start is the one that was built for them here.
    run(whole("test")
        .arg("--no-fail-fast")
        .env("LIANGMA_BIN", target().join("debug/liangma")))?;
    if !tools::is_root() {
        println!(
            "NOT CHECKED: a phone whose storage is full (mounting a small file system needs root)"
        );
        return Ok(());
    }
    run(whole("test").args(["--test", "phone", "full_phone", "--", "--ignored"]))
}

fn python() -> Outcome<()> {
    let python = tools::python("checker", "tests/python/requirements.txt")?;
    run(command(python).args(["tests/python/checker.py", "tests/vectors"]))
}

/// Lets schemathesis loose on a served sandbox, with somebody of real standing to sign what it sends.
pub(crate) fn interface(seconds: u32) -> Outcome<()> {
    let python = tools::python("interface", "tests/interface/requirements.txt")?;
    build()?;
    run(command(python)
        .arg("tests/interface/run.py")
        .arg(target().join("debug/liangma"))
        .args(["--seconds", &seconds.to_string()]))
}

/// Prints the figures of docs/UX-GOALS.md that need a browser, with the release build.
pub(crate) fn goals() -> Outcome<()> {
    tools::debian()?;
    let packages = tools::node("browser", "tests/browser")?;
    run(cargo().args(["build", "--quiet", "--release", "--package", "liangma"]))?;
    run(command("node")
        .arg("tests/browser/goals.mjs")
        .env("LIANGMA_NODE_PACKAGES", packages)
        .env("LIANGMA_BIN", target().join("release/liangma")))
}

/// Clicks through the phones of the program in Debian's Chromium.
fn browser() -> Outcome<()> {
    let packages = tools::node("browser", "tests/browser")?;
    build()?;
    let screens = target().join("browser/screens");
    fresh(&screens)?;
    run(whole("test")
        .args(["--test", "traces", "every_screen_can_be_seen"])
        .env("SCREENS", &screens))?;
    let cards = draw_cards("browser/cards")?;
    let canvas = target().join("browser/canvas");
    fresh(&canvas)?;
    run(command("node")
        .args(["--test", "--test-concurrency=1", "tests/browser/"])
        .env("LIANGMA_SCREENS", screens)
        .env("LIANGMA_CARDS", cards)
        .env("LIANGMA_CANVAS", &canvas)
        .env("LIANGMA_NODE_PACKAGES", packages)
        .env("LIANGMA_BIN", target().join("debug/liangma"))
        .env("LIANGMA_PICTURES", target().join("browser")))?;
    read_back([canvas])
}

fn readers() -> Outcome<()> {
    read_back([draw_cards("pictures")?])
}

/// Draws cards in every colour, view and language into a folder under `target/`.
fn draw_cards(folder: &str) -> Outcome<PathBuf> {
    let pictures = target().join(folder);
    fresh(&pictures)?;
    run(command(example("pictures")?).arg(&pictures))?;
    Ok(pictures)
}

/// Asks other people's readers whether pictures give back their texts: a folder, or a picture and its text each.
pub(crate) fn read_back(arguments: impl IntoIterator<Item = PathBuf>) -> Outcome<()> {
    let python = tools::python("readers", "tests/readers/requirements.txt")?;
    let read = example("read")?;
    run(command(python)
        .arg("tests/readers/readers.py")
        .args(arguments)
        .env("LIANGMA_READ", read))
}

/// The people of the main job, one of each colour.
const COLOURS: [&str; 3] = ["green", "yellow", "red"];

/// What the README promises a newcomer, done with the release build, once for each colour.
fn main_job() -> Outcome<()> {
    let mut pictures = Vec::new();
    for colour in COLOURS {
        let out = tour(colour)?;
        pictures.extend([out.join("code.png"), out.join("code.txt")]);
    }
    read_back(pictures)
}

/// Runs the main job for one invented person; returns where its pictures are.
fn tour(person: &str) -> Outcome<PathBuf> {
    let out = target().join("tour").join(person);
    fresh(&out)?;
    run(cargo()
        .args(["run", "--quiet", "--release", "--"])
        .args(["tour", "--person", person, "--out"])
        .arg(&out))?;
    Ok(out)
}

/// Writes everything that is generated and committed anew.
pub(crate) fn bless() -> Outcome<()> {
    run(whole("test").args(["--test", "vectors"]).env("BLESS", "1"))?;
    run(whole("test")
        .args(["--test", "interface", "the_document_is_served"])
        .env("BLESS", "1"))?;
    bindings::bless_surface()?;
    let packages = tools::node("browser", "tests/browser")?;
    build()?;
    run(command("node")
        .args(["tests/browser/pictures.mjs", "docs/pictures"])
        .env("LIANGMA_NODE_PACKAGES", packages)
        .env("LIANGMA_BIN", target().join("debug/liangma")))
}

pub(crate) fn fresh(folder: &Path) -> Outcome<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)
            .map_err(|error| format!("cannot empty {}: {error}", folder.display()))?;
    }
    fs::create_dir_all(folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))
}
