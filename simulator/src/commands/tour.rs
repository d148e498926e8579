//! The tour.

use crate::Outcome;
use crate::arguments::TourArguments;
use crate::failure::Failure;

pub(crate) fn run(_: &TourArguments) -> Outcome {
    Err(Failure::new(
        "this command is not built yet",
        "wait for a later version",
    ))
}
