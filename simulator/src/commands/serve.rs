//! serve

use crate::Outcome;
use crate::arguments::ServeArguments;
use crate::failure::Failure;

pub(crate) fn run(_: &ServeArguments) -> Outcome {
    Err(Failure::new(
        "this command is not built yet",
        "wait for a later version",
    ))
}
