//! `liangma show`: the text of the code that a phone's store shows now. No network, no writes.

use std::process::ExitCode;

use liangma_terminal::desktop::SystemClocks;
use liangma_terminal::{KeyState, ShowError, show_code};

use crate::Outcome;
use crate::arguments::ShowArguments;
use crate::failure::Failure;
use crate::output;
use crate::phone::PhoneFolder;

/// Prints one line: what stands in the QR of this moment.
pub(crate) fn run(arguments: &ShowArguments) -> Outcome {
    let phone = PhoneFolder::at(&arguments.store);
    let keys = phone.keys()?;
    let shown = show_code(&phone.store(), &keys, &SystemClocks, &SystemClocks)
        .map_err(|error| explain(&error))?;
    output::line(shown.text);
    Ok(ExitCode::SUCCESS)
}

/// The words that every phone has for the state; what to do is said where a folder is in the way, and not a
/// phone.
fn explain(error: &ShowError) -> Failure {
    let failure = Failure::of_state(error.state_id()).because(error);
    match error {
        ShowError::NoCode | ShowError::Folder(_) | ShowError::Keys(KeyState::Fresh) => {
            failure.with_next("name a folder that liangma tour --keep-phone left")
        }
        ShowError::Ended { .. } | ShowError::Damaged => {
            failure.with_next("run liangma tour --keep-phone again")
        }
        _ => failure,
    }
    .exits_unreadable()
}
