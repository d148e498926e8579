//! `liangma tour`: the whole life of one code, over real HTTP, and then without any.

mod drawing;
mod files;
mod gate;
mod life;
mod narrator;
mod person;
mod showing;

use std::process::ExitCode;

use jiff::Timestamp;

use crate::Outcome;
use crate::arguments::TourArguments;
use crate::failure::{Failure, OrFail as _};
use crate::output;

use self::files::OutFolder;
use self::narrator::Narrator;

/// Runs the tour.
pub(crate) fn run(arguments: &TourArguments) -> Outcome {
    let began = std::time::Instant::now();
    let out = OutFolder::create(&arguments.out)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .or_fail(
            "the program could not start its threads",
            "close other programs, and try again",
        )?;
    output::heading(
        "Liangma (亮码): the life of one code, from a real name to a check without a network",
    );
    output::aside(
        "Everything happens on this machine. The person is invented, and so every code says sandbox (演示).",
    );
    let mut narrator = Narrator::new(&arguments.person, Timestamp::now());
    let lived = runtime.block_on(async {
        tokio::select! {
            lived = life::live(arguments, &out, &mut narrator) => lived,
            _ = tokio::signal::ctrl_c() => Err(Failure::new(
                "the tour was interrupted",
                "start it again; nothing of it goes on",
            )),
        }
    });
    runtime.shutdown_background();
    let transcript = narrator.end(lived.is_ok(), Timestamp::now());
    let json = serde_json::to_vec_pretty(&transcript).or_fail(
        "the transcript could not be written as JSON",
        "this is a mistake in the program; please report it",
    )?;
    let written = out.write("transcript.json", json);
    let lit = lived?;
    written?;
    life::tell_what_is_left(&out, &lit, arguments, began.elapsed());
    Ok(ExitCode::SUCCESS)
}
