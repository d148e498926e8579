//! `liangma backup` and `liangma restore`: one checked file, from a data folder and back.

use std::path::Path;
use std::process::ExitCode;

use liangma_platform::BackupError;

use crate::Outcome;
use crate::arguments::{BackupArguments, RestoreArguments};
use crate::failure::Failure;
use crate::output::{self, Tone, Working};

/// Copies a platform's database, which may be in use, into one new file.
pub(crate) fn back_up(arguments: &BackupArguments) -> Outcome {
    let working = Working::on("copying and checking the database");
    let copied = liangma_platform::backup(&arguments.data, &arguments.out);
    drop(working);
    copied.map_err(|error| explain(&error, "the backup was not made"))?;
    output::mark(
        Tone::Good,
        format_args!(
            "backup written to {}{}",
            arguments.out.display(),
            size(&arguments.out)
        ),
    );
    output::detail(
        "The copy was read back and checked. It opens only with the master key, which is not in it.",
    );
    Ok(ExitCode::SUCCESS)
}

/// Puts a backup back into a folder that holds no data yet.
pub(crate) fn restore(arguments: &RestoreArguments) -> Outcome {
    let working = Working::on("checking and copying the backup");
    let restored = liangma_platform::restore(&arguments.from, &arguments.data);
    drop(working);
    restored.map_err(|error| explain(&error, "the backup was not restored"))?;
    output::mark(
        Tone::Good,
        format_args!("restored into {}", arguments.data.display()),
    );
    output::detail("Put the key files of that platform into the folder before you serve from it.");
    Ok(ExitCode::SUCCESS)
}

fn explain(error: &BackupError, what: &str) -> Failure {
    let next = match error {
        BackupError::Exists(_) => "name another place: nothing is ever overwritten",
        BackupError::Missing(_) => {
            "check the name: a data folder holds platform.sqlite, a backup is one file"
        }
        BackupError::Storage(_) => {
            "keep what you have; if the disk is sound, the file is not a whole database of this program"
        }
        BackupError::Io(_) => "check that there is room and that you may write there",
    };
    Failure::new(what, next).because(error)
}

fn size(path: &Path) -> String {
    std::fs::metadata(path)
        .map(|data| format!(" ({} KiB)", data.len().div_ceil(1024)))
        .unwrap_or_default()
}
