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

fn explain(error: &ShowError) -> Failure {
    let next = match error {
        ShowError::NoCode | ShowError::Folder(_) => {
            "name a folder that liangma tour --keep-phone left"
        }
        ShowError::Ended { .. } => "the signed hours are over: run liangma tour --keep-phone again",
        ShowError::Keys(KeyState::Fresh) => "name a folder that liangma tour --keep-phone left",
        ShowError::Keys(_) => {
            "the keys do not open this store: it was copied from another machine, or keys.json is missing"
        }
        _ => "the store is damaged: run liangma tour --keep-phone again",
    };
    Failure::unreadable("there is no code to show", next).because(error)
}
