//! `liangma serve`: the reference platform on an address, until it is told to stop.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use liangma_platform::keys::read_public_key;
use liangma_platform::sandbox::{Sandbox, SandboxOptions, Tray, people};
use liangma_platform::{Platform, ServeError, ServeHandle, ServerTls, serve, serve_operator};
use tracing_subscriber::EnvFilter;

use crate::Outcome;
use crate::arguments::ServeArguments;
use crate::commands::provider::ProviderProcess;
use crate::failure::{Failure, OrFail as _};
use crate::output::{self, Tone, Working};

/// How long open requests get when the platform stops: longer than the longest that it takes.
const GRACE: Duration = Duration::from_secs(40);
/// How long a scrape that is under way gets.
const OPERATOR_GRACE: Duration = Duration::from_secs(1);
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
    if let Some(address) = arguments
        .operator
        .filter(|address| !address.ip().is_loopback())
    {
        return Err(Failure::new(
            format!("{address} can be reached by others, and metrics are only for this machine"),
            "give --operator with a port of 127.0.0.1; let an agent on this machine carry them away",
        ));
    }
    log_to_standard_error();
    allow_open_files();
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
    let bind = |address: SocketAddr, option: &str| {
        TcpListener::bind(address).or_fail(
            format_args!("{address} cannot be listened on"),
            format!("stop what listens there, or name another port with {option}"),
        )
    };
    let listener = bind(arguments.listen, "--listen")?;
    let operator = arguments
        .operator
        .map(|address| bind(address, "--operator"))
        .transpose()?;
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
    let limits = &mut options.limits;
    limits.connections = arguments.connections.unwrap_or(limits.connections);
    limits.connections_of_one_address = arguments
        .connections_per_address
        .unwrap_or(limits.connections_of_one_address);
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
    let watched = ServeHandle::new();
    let operators = operator.map(|listener| {
        if let Ok(address) = listener.local_addr() {
            output::fact("operator", format_args!("http://{address}/metrics"));
        }
        tokio::spawn(serve_operator(
            sandbox.platform.clone(),
            listener,
            watched.clone(),
        ))
    });
    output::detail("Login codes appear here. End with Ctrl-C.");

    let stopping = ServeHandle::new();
    let tray = tokio::spawn(show_messages(sandbox.tray.clone()));
    let signal = tokio::spawn(stop_at_signal(
        sandbox.platform.clone(),
        Duration::from_secs(arguments.notice),
        stopping.clone(),
    ));
    let served = serve(sandbox.platform.clone(), listener, tls, stopping).await;
    tray.abort();
    signal.abort();
    // Operators are answered to the end.
    watched.shutdown(OPERATOR_GRACE);
    if let Some(operators) = operators {
        let _served = operators.await;
    }
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

/// Stops in order: not ready any more, then no new connections, then an end for those that are open.
async fn stop_at_signal(platform: Arc<Platform>, notice: Duration, stopping: ServeHandle) {
    asked_to_stop().await;
    platform.begin_stopping();
    tokio::time::sleep(notice).await;
    stopping.shutdown(GRACE);
}

/// Waits until the program is told to end: Ctrl-C, or the signal of a service manager.
pub(crate) async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _asked = tokio::signal::ctrl_c().await;
}

/// Each connection is an open file: as many are used as the machine allows, not as a shell begins with.
fn allow_open_files() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};

        let mut limit = getrlimit(Resource::Nofile);
        limit.current = limit.maximum;
        // Without it there are fewer connections, and the door closes earlier.
        let _raised = setrlimit(Resource::Nofile, limit);
    }
}

/// What goes wrong is logged to standard error.
pub(crate) fn log_to_standard_error() {
    let json = std::env::var("LIANGMA_LOG_FORMAT").is_ok_and(|format| format == "json");
    // For machines a line for each request; for people what went wrong.
    let usual = if json { "warn,liangma=info" } else { "warn" };
    let filter = EnvFilter::try_from_env("LIANGMA_LOG").unwrap_or_else(|_| EnvFilter::new(usual));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // An error says that somebody logs already, which is as good.
    let _installed = if json {
        log.json()
            .flatten_event(true)
            .with_span_list(false)
            .try_init()
    } else {
        log.try_init()
    };
}
