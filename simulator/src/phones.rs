//! `liangma phones`: a phone for each of several invented people, in a browser, on a platform of their own.
//!
//! Every phone is the whole product: screens, terminal, sealed store. The browser is its glass and decides
//! nothing. What surrounds the phones, from the network to the clock, can be moved ([`rig::PhoneRig`]).

mod clocks;
mod collector;
mod desk;
mod face;
mod glass;
mod network;
mod offices;
mod people;
mod rig;
mod server;
mod tab;
mod world;

use std::net::{Ipv4Addr, TcpListener};
use std::process::{ExitCode, Stdio};

use tempfile::TempDir;
use tokio::sync::watch;

use crate::Outcome;
use crate::arguments::PhonesArguments;
use crate::commands::serve::{asked_to_stop, log_to_standard_error};
use crate::failure::{Failure, OrFail as _};
use crate::output::{self, Tone, Working};

use self::world::World;

/// Opens the phones, until the program is told to end.
pub(crate) fn run(arguments: &PhonesArguments) -> Outcome {
    log_to_standard_error();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .or_fail(
            "the program could not start its threads",
            "close other programs, and try again",
        )?;
    let lived = runtime.block_on(live(arguments));
    runtime.shutdown_background();
    lived.map(|()| ExitCode::SUCCESS)
}

async fn live(arguments: &PhonesArguments) -> Result<(), Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, arguments.port)).or_fail(
        format_args!("port {} of this machine cannot be used", arguments.port),
        "name another one with --port, or none, for a free one",
    )?;
    let address = listener
        .local_addr()
        .or_fail("the port is unknown", "name another one with --port")?;
    let folder = private_folder().or_fail(
        "no temporary folder could be made",
        "make room in the temporary folder, or name another one in TMPDIR",
    )?;
    let working = Working::on("starting the platform, the face provider and the phones");
    let world = World::start(folder.path(), address).await?;
    drop(working);

    let url = format!("http://{address}");
    output::heading(format_args!(
        "Liangma (亮码): phones in a browser, at {url}"
    ));
    output::mark(
        Tone::Careful,
        "people, messages and faces are invented, and every code says sandbox (演示)",
    );
    output::detail("Only this machine can open it. End with Ctrl-C; nothing is left behind.");
    if !arguments.no_open {
        open_browser(&url);
    }

    let (stop, stopping) = watch::channel(false);
    let serving = tokio::spawn(server::serve(listener, world.clone(), stopping));
    tokio::select! {
        () = asked_to_stop() => {}
        () = window_closed() => {}
        () = stop.closed() => {}
    }
    stop.send_replace(true);
    let served = serving.await;
    world.stop().await?;
    let next = "see the log above, and start again";
    served
        .or_fail("the pages could not be served any more", next)?
        .or_fail("the pages could not be served any more", next)?;
    output::detail("Stopped.");
    Ok(())
}

/// A temporary folder that only its owner can look into.
fn private_folder() -> std::io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("liangma-phones-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir()
}

/// Waits until the window in which the program was started is closed. Without this the program would end on
/// the spot and leave its folder behind.
async fn window_closed() {
    #[cfg(unix)]
    if let Ok(mut closed) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()) {
        let _closed = closed.recv().await;
        return;
    }
    std::future::pending().await
}

/// Opens the person's browser, where there is one. Without it the printed address is enough.
fn open_browser(url: &str) {
    let has_screen = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let (program, arguments): (_, &[&str]) = if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(windows) {
        ("cmd", &["/C", "start", ""])
    } else if has_screen("DISPLAY") || has_screen("WAYLAND_DISPLAY") {
        ("xdg-open", &[])
    } else {
        return;
    };
    let _opened = tokio::process::Command::new(program)
        .args(arguments)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
}
