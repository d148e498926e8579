//! The sandbox's face provider as a process of its own: the hidden command, and how others start it.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{ExitCode, Stdio};
use std::time::Duration;

use liangma_crypto::PublicKey;
use liangma_platform::ServeHandle;
use liangma_platform::sandbox::face_provider::{public_key, run_face_provider};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::Mutex;

use crate::Outcome;
use crate::arguments::ProviderArguments;
use crate::failure::{Failure, OrFail as _};

/// How long open requests get when the provider stops.
const GRACE: Duration = Duration::from_secs(1);
/// How long the process may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(15);

/// Runs the provider until standard input ends, so that it never outlives whoever started it.
pub(crate) fn run(arguments: &ProviderArguments) -> Outcome {
    let what = "the face provider did not start";
    let next = "give a free port of 127.0.0.1 and a folder that can be written to";
    let listener = TcpListener::bind(arguments.listen).or_fail(what, next)?;
    let address = listener.local_addr().or_fail(what, next)?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{address}")
        .and_then(|()| stdout.flush())
        .or_fail(what, next)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .or_fail(what, next)?;
    let handle = ServeHandle::new();
    let stopping = handle.clone();
    std::thread::spawn(move || {
        let _ended = std::io::copy(&mut std::io::stdin().lock().by_ref(), &mut std::io::sink());
        stopping.shutdown(GRACE);
    });
    runtime
        .block_on(run_face_provider(
            listener,
            &arguments.key,
            arguments.return_url.clone(),
            handle,
        ))
        .or_fail("the face provider failed", next)?;
    Ok(ExitCode::SUCCESS)
}

/// A provider that runs as a child of this process.
#[derive(Debug)]
pub(crate) struct ProviderProcess {
    child: Mutex<Child>,
    process: u32,
    address: SocketAddr,
    key: PublicKey,
}

impl ProviderProcess {
    /// Starts this program once more, as the provider, with its key in a folder of its own.
    pub(crate) async fn start(folder: &Path, return_url: Option<&str>) -> Result<Self, Failure> {
        let what = "the face provider did not start";
        let next = "make room in the temporary folder, and try again";
        make_private(folder).or_fail(what, next)?;
        let key_file = folder.join("face-provider.key");
        let program = std::env::current_exe().or_fail(what, next)?;
        let mut command = Command::new(program);
        command
            .arg("sandbox-face-provider")
            .arg("--key")
            .arg(&key_file);
        if let Some(url) = return_url {
            command.arg("--return-url").arg(url);
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .or_fail(what, next)?;
        let stdout = child
            .stdout
            .take()
            .ok_or_else(|| Failure::new(what, next))?;
        let mut line = String::new();
        let mut stdout = BufReader::new(stdout).take(256);
        tokio::time::timeout(PATIENCE, stdout.read_line(&mut line))
            .await
            .or_fail(what, next)?
            .or_fail(what, next)?;
        let address: SocketAddr = line.trim_end().parse().or_fail(what, next)?;
        // It answers once its key is drawn and written.
        let healthy = browser()
            .or_fail(what, next)?
            .get(format!("http://{address}/healthz"))
            .send()
            .await
            .or_fail(what, next)?;
        healthy.error_for_status().or_fail(what, next)?;
        let key = public_key(&key_file).or_fail(what, next)?;
        Ok(Self {
            process: child.id().unwrap_or_default(),
            child: Mutex::new(child),
            address,
            key,
        })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address as a URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The key of its receipts.
    pub(crate) fn key(&self) -> PublicKey {
        self.key
    }

    /// Its process id.
    pub(crate) fn process(&self) -> u32 {
        self.process
    }

    /// Stops it and waits until it is gone.
    pub(crate) async fn stop(&self) -> Result<(), Failure> {
        let mut child = self.child.lock().await;
        drop(child.stdin.take());
        let ended = tokio::time::timeout(PATIENCE, child.wait()).await;
        if matches!(ended, Ok(Ok(_))) {
            return Ok(());
        }
        let next = "end the process named liangma by hand";
        child
            .kill()
            .await
            .or_fail("the face provider did not stop", next)
    }
}

/// Makes a folder that only its owner can look into.
fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// A plain HTTP client for this machine that follows no link by itself.
pub(crate) fn browser() -> Result<reqwest::Client, reqwest::Error> {
    // The client wants one even for plain HTTP. An error says that it is installed, which is as good.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(20))
        .no_proxy()
        .build()
}
