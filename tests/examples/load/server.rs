//! The platform under load, in a process of its own: the sandbox as `liangma serve` serves it, save that a
//! device may begin a strip with every refresh, so that a few devices stand for many.

use std::{
    error::Error,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    time::Duration,
};

use liangma_crypto::PublicKey;
use liangma_platform::{
    ServeHandle,
    keys::read_public_key,
    sandbox::{Sandbox, SandboxOptions},
    serve,
};

type Outcome<T> = Result<T, Box<dyn Error>>;

const GRACE: Duration = Duration::from_secs(40);

/// How the sandbox of the load is set up. No face is checked: devices are verified at the counter.
fn options(data: &Path, counter: PublicKey) -> Outcome<SandboxOptions> {
    let mut options = SandboxOptions::new(data, "http://127.0.0.1:9", counter);
    options.counter_key = Some(counter);
    options.strips_per_device = None;
    // Logins come from many addresses, as they would through a balancer.
    options.trusted_proxies = vec!["127.0.0.0/8".parse()?];
    Ok(options)
}

/// Serves until standard input ends, so that it never outlives whoever started it.
pub(crate) fn run(data: &Path, counter: &Path) -> Outcome<()> {
    let counter = read_public_key(counter)?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let sandbox = Sandbox::open(options(data, counter)?).await?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let mut stdout = std::io::stdout();
        writeln!(stdout, "{}", listener.local_addr()?)?;
        stdout.flush()?;
        let handle = ServeHandle::new();
        let stopping = handle.clone();
        std::thread::spawn(move || {
            let mut rest = Vec::new();
            let _ended = std::io::stdin().lock().read_to_end(&mut rest);
            stopping.shutdown(GRACE);
        });
        serve(sandbox.platform.clone(), listener, None, handle).await?;
        Ok(())
    })
}

/// The platform as a child of this process.
pub(crate) struct Server {
    child: Child,
    stdin: Option<ChildStdin>,
    pub(crate) address: SocketAddr,
}

impl Server {
    pub(crate) fn start(data: &Path, counter: &Path) -> Outcome<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("--server")
            .args([data, counter])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let stdout = child.stdout.take().ok_or("the platform has no output")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let stdin = child.stdin.take();
        match line.trim_end().parse() {
            Ok(address) => Ok(Self {
                child,
                stdin,
                address,
            }),
            Err(_) => {
                let _ended = child.kill();
                Err("the platform did not start".into())
            }
        }
    }

    /// Seconds of processor time that the platform has used; zero where the system does not tell.
    pub(crate) fn processor_seconds(&self) -> f64 {
        let read = || {
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
            let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
            let user: u32 = fields.next()?.parse().ok()?;
            let system: u32 = fields.next()?.parse().ok()?;
            // Ticks of a hundredth of a second, on every Linux that there is.
            Some(f64::from(user + system) / 100.0)
        };
        read().unwrap_or(0.0)
    }

    /// Lets it end in order, and waits for that.
    pub(crate) fn stop(mut self) -> Outcome<()> {
        self.stdin = None;
        let status = self.child.wait()?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("the platform ended with {status}").into())
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stdin = None;
        let _reaped = self.child.wait();
    }
}
