//! show

use crate::Outcome;
use crate::arguments::ShowArguments;
use crate::failure::Failure;

pub(crate) fn run(_: &ShowArguments) -> Outcome {
    Err(Failure::new(
        "this command is not built yet",
        "wait for a later version",
    ))
}
