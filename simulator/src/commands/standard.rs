//! `liangma standard`: what a UI standard breaks, and the package that a platform publishes.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use liangma_card::{PACKAGE_LIMIT, Package};
use liangma_credential::{FileHeader, NamedFile, Role, SignedFile};
use liangma_platform::keys::read_private_key;
use liangma_screens::package::{SeenError, built_in_package, faults};
use liangma_wire::trust::STANDARD_NAME;
use serde::Serialize;

use crate::Outcome;
use crate::failure::{Failure, OrFail as _, REFUSED};
use crate::output::{self, Tone};

const DAY: i64 = 86_400;
/// A phone whose clock is a little slow takes the file all the same.
const EARLIER: i64 = 300;
const MISTAKE: &str = "this is a mistake in the program; please report it";

/// Arguments of `liangma standard`.
#[derive(Args, Debug)]
pub(crate) struct StandardArguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: StandardCommand,
}

/// What can be done with a standard.
#[derive(Debug, Subcommand)]
pub(crate) enum StandardCommand {
    /// Say everything that a standard breaks.
    Check(CheckArguments),
    /// Write the built-in standard as a package: where a newer one begins.
    Package(PackageArguments),
    /// Sign a package that breaks nothing, for a platform to publish.
    Sign(SignArguments),
}

/// Arguments of `liangma standard check`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  liangma standard check ui-spec/standard.json
  liangma standard check package.json --json

The file is a standard by itself, or a package: standard, words for states, and words of the screens.
Every card is laid out in every view, width and language with the longest names.

Exit codes: 0 nothing is broken, 1 something is, 2 the file could not be read.")]
pub(crate) struct CheckArguments {
    /// The file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Answer as JSON, for programs.
    #[arg(long)]
    json: bool,
}

/// Arguments of `liangma standard package`.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  liangma standard package --out package.json")]
pub(crate) struct PackageArguments {
    /// The file to write; an existing one is never overwritten.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Arguments of `liangma standard sign`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  openssl genpkey -algorithm ed25519 -out standard.key
  openssl pkey -in standard.key -pubout -out standard.pub
  liangma keys draft-root --data /var/lib/liangma --out root.draft --set standard=standard.pub
  liangma standard sign package.json --key standard.key --out standard.cbor
  cp standard.cbor /var/lib/liangma/

The root has to name the key first. The file's version is that of the standard in the package, and has
to rise; see docs/UI-STANDARD.md.")]
pub(crate) struct SignArguments {
    /// The package.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The private key of the role standard (PEM).
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// For how many days phones take it that do not have it yet.
    #[arg(long, value_name = "DAYS", default_value_t = 730)]
    days: u16,
    /// The file to write; an existing one is never overwritten.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// One thing that is broken, for programs.
#[derive(Serialize)]
struct Violation<'a> {
    rule: &'a str,
    says: String,
}

/// Runs one of the commands.
pub(crate) fn run(arguments: &StandardArguments) -> Outcome {
    match &arguments.command {
        StandardCommand::Check(check) => run_check(check),
        StandardCommand::Package(package) => run_package(package),
        StandardCommand::Sign(sign) => run_sign(sign),
    }
}

fn run_check(arguments: &CheckArguments) -> Outcome {
    let bytes = read(&arguments.file)?;
    let mut found = faults(&bytes);
    found.sort_by_key(SeenError::rule);
    if arguments.json {
        let all: Vec<Violation<'_>> = found
            .iter()
            .map(|error| Violation {
                rule: error.rule().name(),
                says: error.to_string(),
            })
            .collect();
        let answer = serde_json::json!({ "kept": all.is_empty(), "violations": all });
        output::line(answer);
    } else {
        tell(&found);
    }
    Ok(if found.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(REFUSED)
    })
}

fn tell(found: &[SeenError]) {
    if found.is_empty() {
        output::mark(Tone::Good, "The standard keeps every rule.");
        return;
    }
    let count = found.len();
    let words = if count == 1 { "rule is" } else { "rules are" };
    output::mark(Tone::Bad, format_args!("{count} {words} broken."));
    for error in found {
        output::line(format_args!("{:14}{error}", error.rule().name()));
    }
}

fn run_package(arguments: &PackageArguments) -> Outcome {
    let package =
        built_in_package().or_fail("the built-in standard could not be written", MISTAKE)?;
    write_new(&arguments.out, &package)?;
    output::line("Raise the version in it with every change, then: liangma standard check");
    Ok(ExitCode::SUCCESS)
}

fn run_sign(arguments: &SignArguments) -> Outcome {
    let bytes = read(&arguments.file)?;
    let found = faults(&bytes);
    if !found.is_empty() {
        tell(&found);
        return Err(Failure::new(
            "the package is not signed",
            "mend what is broken; only a whole package can be signed",
        ));
    }
    let package = Package::parse(&bytes).or_fail(
        "the package is not signed",
        "sign a package, not a standard by itself: liangma standard package",
    )?;
    let key = read_private_key(&arguments.key).or_unreadable(
        "the key could not be read",
        "name the private key of the role standard (PEM)",
    )?;
    let issued = Timestamp::now().as_second() - EARLIER;
    let second = |second: i64| {
        u32::try_from(second).or_fail("the package is not signed", "set this machine's clock")
    };
    let file = NamedFile {
        header: FileHeader {
            version: package.standard.version(),
            issued: second(issued)?,
            expires: second(issued + i64::from(arguments.days) * DAY)?,
        },
        name: STANDARD_NAME.to_owned(),
        body: bytes,
    };
    let signed = SignedFile::sign(Role::Standard, file.encode(), &[&key])
        .or_fail("the package is not signed", "try another key")?;
    write_new(&arguments.out, &signed.encode())?;
    output::line(format_args!(
        "Signed version {}. Put it into the platform's data folder as standard.cbor.",
        file.header.version
    ));
    Ok(ExitCode::SUCCESS)
}

/// No more of a file is read than could be taken, and one byte by which a longer one is told.
fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let what = "the file could not be read";
    let next = "name a standard or a package (JSON)";
    let mut bytes = Vec::new();
    File::open(path)
        .or_unreadable(what, next)?
        .take(PACKAGE_LIMIT as u64 + 1)
        .read_to_end(&mut bytes)
        .or_unreadable(what, next)?;
    if bytes.len() > PACKAGE_LIMIT {
        return Err(Failure::unreadable(
            format!("the file has more than {PACKAGE_LIMIT} bytes"),
            next,
        ));
    }
    Ok(bytes)
}

fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let what = "the file could not be written";
    let next = "name a file that is not there yet, in a folder that is";
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| file.write_all(bytes))
        .or_fail(what, next)
}
