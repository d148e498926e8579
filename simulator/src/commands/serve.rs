//! `liangma serve`: the reference platform on an address, until it is told to stop.

use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use liangma_platform::keys::read_public_key;
use liangma_platform::sandbox::{Sandbox, SandboxOptions, Tray, people};
use liangma_platform::{ServeError, ServeHandle, ServerTls, serve};

use crate::Outcome;
use crate::arguments::ServeArguments;
use crate::commands::provider::ProviderProcess;
use crate::failure::{Failure, OrFail as _};
use crate::output::{self, Tone, Working};

/// How long open requests get when the platform stops.
const GRACE: Duration = Duration::from_secs(10);
/// How often the tray of messages is looked at.
const TRAY_INTERVAL: Duration = Duration::from_millis(300);

/// Runs the platform.
pub(crate) fn run(arguments: &ServeArguments) -> Outcome {
    if !arguments.sandbox {
        return Err(Failure::new(
            "the platform was not started: this program carries only sandbox ports",
            "for people to try: add --sandbox. For a real region: provide a register, a message gateway and a \
             face provider (the traits in liangma_platform::ports) and a master key that is not beside the data; \
             see docs/OPERATIONS.md",
        ));
    }
    let tls = tls(arguments)?;
    if tls.is_none() && !arguments.listen.ip().is_loopback() {
        return Err(Failure::new(
            format!(
                "{} can be reached by others, and plain HTTP is only for this machine",
                arguments.listen
            ),
            "give --tls CERT KEY, or listen on 127.0.0.1",
        ));
    }
    log_to_standard_error();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .or_fail(
            "the program could not start its threads",
            "close other programs, and try again",
        )?;
    runtime.block_on(serve_sandbox(arguments, tls))?;
    Ok(ExitCode::SUCCESS)
}

fn tls(arguments: &ServeArguments) -> Result<Option<ServerTls>, Failure> {
    let Some([certificates, key]) = arguments.tls.as_deref() else {
        return Ok(None);
    };
    ServerTls::from_pem_files(certificates, key)
        .or_fail(
            "the certificate and its key cannot be used",
            "give the chain and its PKCS#8 key, both as PEM, in this order: --tls CERT KEY",
        )
        .map(Some)
}

async fn serve_sandbox(arguments: &ServeArguments, tls: Option<ServerTls>) -> Result<(), Failure> {
    let counter_key = read_public_key(&arguments.counter_key).or_fail(
        "the counter's key cannot be used",
        "give its public key as PEM; liangma serve --help says how to make one",
    )?;
    let listener = TcpListener::bind(arguments.listen).or_fail(
        format_args!("{} cannot be listened on", arguments.listen),
        "stop what listens there, or name another port with --listen",
    )?;
    let address = listener
        .local_addr()
        .or_fail("the port is unknown", "name another port")?;

    let working = Working::on("starting the face provider and opening the data");
    let folder = arguments.data.join("face-provider");
    let provider = ProviderProcess::start(&folder, None).await?;
    let mut options = SandboxOptions::new(&arguments.data, &provider.url(), provider.key());
    options.counter_key = Some(counter_key);
    options.profile.clone_from(&arguments.profile);
    options.emergency = arguments.emergency;
    options.trusted_proxies.clone_from(&arguments.trusted_proxy);
    let sandbox = Sandbox::open(options).await.or_fail(
        "the platform did not open",
        "check that the data folder is of this program and that its key files are beside it",
    )?;
    let root_file = write_root(&sandbox, &arguments.data).await?;
    drop(working);

    let scheme = if tls.is_some() { "https" } else { "http" };
    output::heading(format_args!(
        "Liangma serves {scheme}://{address}, profile {}",
        sandbox.platform.profile_name()
    ));
    output::mark(
        Tone::Careful,
        "sandbox: people, messages and faces are invented, and every code says so",
    );
    output::fact(
        "provider",
        format_args!("{}, process {}", provider.url(), provider.process()),
    );
    output::fact(
        "root",
        format_args!(
            "{}: give it to phones and collectors by hand",
            root_file.display()
        ),
    );
    output::fact(
        "people",
        people()
            .iter()
            .map(|person| person.key)
            .collect::<Vec<_>>()
            .join(", "),
    );
    output::detail("Login codes appear here. End with Ctrl-C.");

    let stopping = ServeHandle::new();
    let tray = tokio::spawn(show_messages(sandbox.tray.clone()));
    let signal = tokio::spawn(stop_at_signal(stopping.clone()));
    let served = serve(sandbox.platform.clone(), listener, tls, stopping).await;
    tray.abort();
    signal.abort();
    provider.stop().await?;
    served.map_err(|error| {
        let next = match error {
            ServeError::PlainHttp => "give --tls CERT KEY, or listen on 127.0.0.1",
            _ => "see the log above",
        };
        Failure::new("the platform failed", next).because(&error)
    })?;
    output::detail("Stopped. The data is in order.");
    Ok(())
}

async fn write_root(sandbox: &Sandbox, data: &Path) -> Result<std::path::PathBuf, Failure> {
    let next = "check that the data folder can be written to";
    let root = sandbox
        .platform
        .root_file()
        .await
        .or_fail("the root could not be read", next)?;
    let file = data.join("root.cbor");
    std::fs::write(&file, root).or_fail("the root could not be written", next)?;
    Ok(file)
}

/// Shows each message of the sandbox once. The phone number stays out: the person's short name says whose it is.
async fn show_messages(tray: Arc<Tray>) {
    let mut next = 0;
    loop {
        let (messages, after) = tray.since(next);
        next = after;
        for message in messages {
            let person = people().iter().find(|person| person.phone == message.phone);
            let key = person.map_or("somebody", |person| person.key);
            output::fact(
                "message",
                format_args!("to {key}: login code {}", message.code),
            );
        }
        tokio::time::sleep(TRAY_INTERVAL).await;
    }
}

async fn stop_at_signal(stopping: ServeHandle) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            stopping.shutdown(GRACE);
            return;
        }
    }
    let _asked = tokio::signal::ctrl_c().await;
    stopping.shutdown(GRACE);
}

fn log_to_standard_error() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("LIANGMA_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    // An error says that somebody logs already, which is as good.
    let _installed = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .try_init();
}
