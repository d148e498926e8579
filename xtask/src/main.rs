//! One spine of commands, the same for people and for continuous integration.
//!
//! `cargo xtask test` installs what the tests need under `target/`, and runs every tier. Each
//! other command is one of those steps on its own, or a slower cross-check.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line speaks to people"
)]

mod android;
mod bench;
mod bindings;
mod cross;
mod cross_checks;
mod fuzz;
mod kill;
mod load;
mod run;
mod swift;
mod tiers;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Builds, tests and measures Liangma")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs every tier of tests, or only those named.
    #[command(after_help = "Examples:\n  cargo xtask test\n  cargo xtask test lint unit")]
    Test {
        /// Tiers to run; all of them when none is named.
        #[arg(value_enum)]
        tiers: Vec<tiers::Tier>,
    },
    /// Fuzzes one decoder, or each in turn, for longer than the test run does.
    #[command(
        after_help = "Examples:\n  cargo xtask fuzz\n  cargo xtask fuzz live_code --seconds 3600"
    )]
    Fuzz {
        /// The decoder; each in turn when none is named.
        target: Option<String>,
        /// Seconds for each decoder.
        #[arg(long, default_value_t = 300)]
        seconds: u32,
    },
    /// Kills phones and their platform with SIGKILL, and compares what is left with what they acknowledged.
    #[command(
        after_help = "Examples:\n  cargo xtask kill\n  cargo xtask kill --times 50 --seed 7\n  cargo xtask kill --times 600 --changes 100"
    )]
    Kill {
        /// How many kills.
        #[arg(long, default_value_t = 1000)]
        times: u32,
        /// The seed that an earlier run printed; a new one without.
        #[arg(long)]
        seed: Option<u64>,
        /// After how many of a hundred kills of the platform the keys of a copy change under kills.
        #[arg(long, value_name = "PERCENT")]
        changes: Option<u32>,
    },
    /// Asks ten times as much of a platform as it can do, with slow clients beside, and looks at what is left.
    #[command(
        after_help = "Examples:\n  cargo xtask load\n  cargo xtask load --seconds 30 --no-budget"
    )]
    Load {
        /// Seconds of the surge.
        #[arg(long, default_value_t = 120)]
        seconds: u32,
        /// Seconds of the plain phase before it.
        #[arg(long, default_value_t = 8)]
        plain: u32,
        /// Print the budget of docs/OPERATIONS.md without failing by it, as on a machine that others use.
        #[arg(long)]
        no_budget: bool,
    },
    /// Lets schemathesis loose on a served sandbox, for longer than the test run does.
    #[command(
        after_help = "Examples:\n  cargo xtask interface\n  cargo xtask interface --seconds 3600"
    )]
    Interface {
        /// Seconds for all of it.
        #[arg(long, default_value_t = 600)]
        seconds: u32,
    },
    /// Builds the framework that the Swift package and the app use, where Xcode is.
    Ios,
    /// Runs the benches and prints the table of ratios that docs/BENCHMARKS.md holds.
    Bench,
    /// Measures one screen and one live code across the bindings of each language, beside the same call in Rust.
    #[command(after_help = "Examples:\n  cargo xtask bench-ffi\n  cargo xtask bench-ffi kotlin")]
    BenchFfi {
        /// Languages; all of them when none is named.
        #[arg(value_enum)]
        languages: Vec<bench::Side>,
    },
    /// Measures in a browser how long it takes until a code is lit, and what a first use asks for.
    Goals,
    /// Measures which lines of the deciding crates their tests reach; fails below 90 % of any.
    Coverage,
    /// Puts small mistakes into the credential and the rule engine, and fails when the tests miss one.
    #[command(after_help = "Examples:\n  cargo xtask mutants\n  cargo xtask mutants --shard 0/8")]
    Mutants {
        /// Which part of the mistakes, such as 0/8: the first of eight parts.
        #[arg(long)]
        shard: Option<String>,
    },
    /// Builds the Android library and program where an NDK and an SDK are, and says what is missing where not.
    Android,
    /// Builds the library for phones alone, and compares its size with bindings/size.json.
    Size {
        /// Keep the new size there.
        #[arg(long)]
        keep: bool,
    },
    /// Checks the pure crates for phones, and runs their tests on an emulated 64-bit ARM.
    Cross,
    /// Counts the lines of the shells against those of the core.
    Census,
    /// Writes the protocol vectors, the interface document, the exported surface and the README's pictures anew.
    Bless,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.command {
        Command::Test { tiers } => tiers::test(&tiers),
        Command::Fuzz { target, seconds } => fuzz::fuzz(target.as_deref(), seconds),
        Command::Kill {
            times,
            seed,
            changes,
        } => kill::kill(times, seed, changes),
        Command::Load {
            seconds,
            plain,
            no_budget,
        } => load::load(seconds, plain, !no_budget),
        Command::Interface { seconds } => tiers::interface(seconds),
        Command::Ios => swift::ios(),
        Command::Bench => bench::bench(),
        Command::BenchFfi { languages } => bench::bench_ffi(&languages),
        Command::Goals => tiers::goals(),
        Command::Coverage => cross_checks::coverage(),
        Command::Mutants { shard } => cross_checks::mutants(shard.as_deref()),
        Command::Size { keep } => bindings::size(keep),
        Command::Android => android::build(),
        Command::Cross => cross::cross(),
        Command::Census => bindings::census(),
        Command::Bless => tiers::bless(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
