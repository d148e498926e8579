//! `liangma mode`: normal or emergency mode, switched while the platform runs.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use liangma_platform::{Mode, ModeError, ModeOrder, mode_in_force, order_mode};

use crate::Outcome;
use crate::arguments::{ModeArgument, ModeArguments};
use crate::failure::Failure;
use crate::output::{self, Tone, Working};

/// How long a running platform may take to follow; it looks every second.
const PATIENCE: Duration = Duration::from_secs(6);
const LOOK: Duration = Duration::from_millis(100);

/// Orders the mode and waits until the running platform has followed.
pub(crate) fn run(arguments: &ModeArguments) -> Outcome {
    let order = ModeOrder {
        mode: match arguments.mode {
            ModeArgument::Normal => Mode::Normal,
            ModeArgument::Emergency => Mode::Emergency,
        },
        by: arguments.by.clone(),
        at: Timestamp::now(),
    };
    order_mode(&arguments.data, &order).map_err(|error| {
        let next = match error {
            ModeError::Name => "give --by with the name of an account, such as duty-officer",
            ModeError::Missing(_) => "give --data with the folder that the platform serves from",
            ModeError::Io(_) => "check that there is room and that you may write there",
        };
        Failure::new("the mode was not ordered", next).because(&error)
    })?;
    let working = Working::on("waiting for the platform to follow");
    let began = Instant::now();
    let followed = loop {
        if mode_in_force(&arguments.data).as_ref() == Some(&order) {
            break true;
        }
        if began.elapsed() > PATIENCE {
            break false;
        }
        std::thread::sleep(LOOK);
    };
    drop(working);
    if !followed {
        return Err(Failure::new(
            "the mode was ordered, and no platform has followed yet",
            "see whether one runs on this folder; the order stands, and is followed when one starts",
        ));
    }
    let (what, detail) = match order.mode {
        Mode::Emergency => (
            "emergency mode is in force",
            "Strips are signed only as far ahead as the profile sets for an emergency. Those that phones have already go on to their end, unless they are recalled.",
        ),
        Mode::Normal => (
            "normal mode is in force",
            "Strips are signed as far ahead as the profile sets for ordinary times.",
        ),
    };
    output::mark(Tone::Good, what);
    output::detail(detail);
    Ok(ExitCode::SUCCESS)
}
