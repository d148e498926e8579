//! Kills phones and their platform with SIGKILL at random moments, starts them again, and compares what
//! is there with what they had acknowledged: `cargo xtask kill`.
//!
//! One program in three roles. The *judge* is never killed. It starts a *platform* on real sockets and a
//! real database, and *phones* that act all the time, each with a folder of its own. Everything that a
//! phone asks and everything that is acknowledged to it goes through a pipe to the judge before the next
//! step, so that the judge's book outlives them. Time runs twenty times as fast as outside, so that hours
//! end, strips move on and lists are signed anew while it goes on.

#![expect(
    clippy::print_stdout,
    reason = "children speak to the judge, and the judge to people"
)]

mod book;
mod chance;
mod clock;
mod database;
mod department;
mod judge;
mod line;
mod people;
mod phone;
mod platform;
mod process;
mod table;

use std::{env, process::ExitCode};

/// What went wrong, in words; never about a person.
type Outcome<T> = Result<T, String>;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["platform", setup] => platform::run(setup),
        ["phone", setup] => phone::run(setup),
        options => judge::run(options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            line::say(&line::Said::Fault { what: error });
            ExitCode::FAILURE
        }
    }
}
