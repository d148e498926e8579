//! The program `liangma`: phones in a browser, the main job told step by step, the offline checker, the
//! platform server.

mod arguments;
mod commands;
mod failure;
mod judgement;
mod memory;
mod output;
mod phone;
mod phones;
mod picture;
mod region;
mod words;

use std::process::ExitCode;

use clap::Parser as _;

use crate::arguments::{Arguments, Command};
use crate::failure::Failure;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = memory::keep_out_of_dumps().and_then(|()| run(arguments));
    match outcome {
        Ok(code) => code,
        Err(failure) => {
            output::failure(&failure);
            failure.exit_code()
        }
    }
}

fn run(arguments: Arguments) -> Outcome {
    match arguments.command {
        None => phones::run(&arguments.phones),
        Some(Command::Phones(phones)) => phones::run(&phones),
        Some(Command::Tour(tour)) => commands::tour::run(&tour),
        Some(Command::Check(check)) => commands::check::run(&check),
        Some(Command::Serve(serve)) => commands::serve::run(&serve),
        Some(Command::Mode(mode)) => commands::mode::run(&mode),
        Some(Command::Rules(rules)) => commands::rules::run(&rules),
        Some(Command::Standard(standard)) => commands::standard::run(&standard),
        Some(Command::Backup(backup)) => commands::backup::back_up(&backup),
        Some(Command::Restore(restore)) => commands::backup::restore(&restore),
        Some(Command::Keys(keys)) => commands::keys::run(&keys),
        Some(Command::Show(show)) => commands::show::run(&show),
        Some(Command::SandboxFaceProvider(provider)) => commands::provider::run(&provider),
    }
}

/// What a command answers: the exit code of work that was done, or why it could not be done.
type Outcome = Result<ExitCode, Failure>;
