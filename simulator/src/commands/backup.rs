//! `liangma backup` and `liangma restore`.

use crate::Outcome;
use crate::arguments::{BackupArguments, RestoreArguments};
use crate::failure::Failure;

pub(crate) fn back_up(_: &BackupArguments) -> Outcome {
    Err(Failure::new(
        "this command is not built yet",
        "wait for a later version",
    ))
}

pub(crate) fn restore(_: &RestoreArguments) -> Outcome {
    Err(Failure::new(
        "this command is not built yet",
        "wait for a later version",
    ))
}
