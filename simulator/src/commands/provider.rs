//! provider

use crate::Outcome;
use crate::arguments::ProviderArguments;
use crate::failure::Failure;

pub(crate) fn run(_: &ProviderArguments) -> Outcome {
    Err(Failure::new(
        "this command is not built yet",
        "wait for a later version",
    ))
}
