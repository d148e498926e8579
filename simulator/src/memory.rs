//! What is in the program's memory stays there: names and numbers pass through it on their way.

use crate::failure::Failure;

/// Sees to it that this process leaves no picture of its memory behind, however it ends.
///
/// No core file is written, also where the machine asks for them, and other processes of the same user
/// cannot look into this one.
#[cfg(unix)]
pub(crate) fn keep_out_of_dumps() -> Result<(), Failure> {
    use rustix::process::{Resource, Rlimit, setrlimit};

    use crate::failure::OrFail as _;

    let next = "start the program where it may lower its own limits";
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none).or_fail("core files could not be switched off", next)?;
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)
        .or_fail("pictures of the memory could not be switched off", next)?;
    Ok(())
}

/// Nothing to switch off here.
#[cfg(not(unix))]
pub(crate) fn keep_out_of_dumps() -> Result<(), Failure> {
    Ok(())
}
