//! The judge: starts, kills, starts again, and compares. Never killed itself.

mod hall;
mod keys;
mod killing;
mod last;

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

use liangma_crypto::{SigningKey, Suite, SystemRandomness};
use liangma_platform::{ServeHandle, keys::write_public_key, sandbox::face_provider};
use serde_json::json;
use tempfile::TempDir;

pub(crate) use hall::Hall;
use killing::{kill_phone, kill_platform};

use crate::{
    Outcome,
    chance::Chance,
    clock::TrialClock,
    department::{AUTHORITY, Department, PRINCIPAL},
    line::PlatformSetup,
    table,
};

/// Phones; two and two may belong to one person.
pub(crate) const PHONES: usize = 4;
/// Ports below those that the system gives to whoever connects: a phone that knocks while nobody listens
/// must not be given the platform's own port.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// Everything that the trial's threads share and that does not change.
pub(crate) struct Ground {
    pub(crate) hall: Arc<Hall>,
    pub(crate) folder: PathBuf,
    pub(crate) clock: TrialClock,
    pub(crate) seed: u64,
    /// After so many of a hundred kills of the platform the keys of a copy are changed.
    pub(crate) changes: u64,
    pub(crate) url: String,
    pub(crate) platform: PlatformSetup,
}

impl Ground {
    /// A path in the trial's folder.
    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Where children write what is not for the judge.
    pub(crate) fn errors(&self) -> PathBuf {
        self.at("errors.txt")
    }
}

fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// After so many of a hundred kills of the platform the keys of a copy are changed.
const CHANGES: u64 = 15;

/// Runs the trial: `--times N`, `--seed S`, `--changes PERCENT`.
pub(crate) fn run(options: &[&str]) -> Outcome<()> {
    let (times, seed, changes) = read(options)?;
    println!("killing {times} times, seed {seed}");
    let scratch = TempDir::new().map_err(words)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(words)?;
    let clock = TrialClock::begin();
    let (platform, key) = prepare(scratch.path(), clock, &runtime)?;
    let ground = Arc::new(Ground {
        hall: Arc::new(Hall::new(times, PHONES)),
        folder: scratch.path().to_owned(),
        clock,
        seed,
        changes,
        url: format!("http://127.0.0.1:{}", platform.port),
        platform,
    });
    let department = Department {
        hall: ground.hall.clone(),
        key,
        url: ground.url.clone(),
        clock,
        chance: Chance::new(seed, 1000),
    };
    let department = runtime.spawn(department.work());
    let platform = {
        let ground = ground.clone();
        thread::spawn(move || kill_platform(&ground))
    };
    let phones: Vec<_> = (0..PHONES)
        .map(|phone| {
            let ground = ground.clone();
            thread::spawn(move || kill_phone(&ground, phone))
        })
        .collect();
    let joined = |what: Result<Outcome<()>, _>| what.map_err(|_| "a thread panicked".to_owned())?;
    for phone in phones {
        joined(phone.join())?;
    }
    joined(platform.join())?;
    runtime.block_on(department).map_err(words)??;
    let tally = last::compare(&ground)?;
    table::print(&ground.hall, &tally);
    let faults = ground.hall.faults();
    if faults.is_empty() {
        return Ok(());
    }
    // What children said when they panicked names places in the program and nobody.
    let errors = fs::read_to_string(ground.errors()).unwrap_or_default();
    for line in errors.lines().take(40) {
        println!("  {line}");
    }
    let kept = scratch.keep();
    Err(format!(
        "{} faults; seed {seed}; what the kills left is kept in {}",
        faults.len(),
        kept.display()
    ))
}

fn read(options: &[&str]) -> Outcome<(u32, u64, u64)> {
    let usage = "give --times N, --seed S and --changes PERCENT";
    let (mut times, mut seed, mut changes) = (100, u64::from(std::process::id()), CHANGES);
    for pair in options.chunks(2) {
        match pair {
            ["--times", number] => times = number.parse().map_err(|_| usage)?,
            ["--changes", number] => changes = number.parse().map_err(|_| usage)?,
            ["--seed", number] => seed = number.parse().map_err(|_| usage)?,
            _ => return Err(usage.to_owned()),
        }
    }
    Ok((times, seed, changes))
}

/// A face provider that nobody kills, the laboratory's key, and a port.
fn prepare(
    folder: &Path,
    clock: TrialClock,
    runtime: &tokio::runtime::Runtime,
) -> Outcome<(PlatformSetup, SigningKey)> {
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let draw = |suite| SigningKey::generate(suite, &SystemRandomness).map_err(words);
    let (provider, laboratory) = (draw(Suite::Ed25519)?, draw(Suite::P256)?);
    let provider_key = folder.join("provider.pub");
    write_public_key(&provider_key, provider.public_key()).map_err(words)?;
    let listener = TcpListener::bind("127.0.0.1:0").map_err(words)?;
    let provider_url = format!("http://{}", listener.local_addr().map_err(words)?);
    runtime.spawn(face_provider::serve(
        listener,
        provider,
        None,
        Arc::new(clock),
        ServeHandle::new(),
    ));
    let laboratory_key = folder.join("laboratory.pub");
    write_public_key(&laboratory_key, laboratory.public_key()).map_err(words)?;
    let principals = folder.join("principals.json");
    let entries = json!([{
        "id": PRINCIPAL,
        "authority": AUTHORITY,
        "kind": "laboratory",
        "unit": AUTHORITY,
        "public_key": fs::read_to_string(laboratory_key).map_err(words)?,
        "duties": ["submit_evidence"],
    }]);
    fs::write(&principals, entries.to_string()).map_err(words)?;
    let setup = PlatformSetup {
        folder: text(&folder.join("platform"))?,
        port: free_port(0)?,
        principals: text(&principals)?,
        provider: provider_url,
        provider_key: text(&provider_key)?,
        clock,
    };
    Ok((setup, laboratory))
}

pub(crate) fn text(path: &Path) -> Outcome<String> {
    Ok(path.to_str().ok_or("a folder has no name")?.to_owned())
}

/// A port on which nobody listens, beginning the search somewhere.
pub(crate) fn free_port(from: u16) -> Outcome<u16> {
    let span = PORTS.end - PORTS.start;
    let begin = u16::try_from(std::process::id() % u32::from(span)).unwrap_or_default();
    (0..span)
        .map(|step| PORTS.start + (begin + from + step) % span)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .ok_or_else(|| "no port is free".to_owned())
}
