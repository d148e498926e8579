//! The platform under ten times what it can do: a short plain phase, a surge of refreshes and
//! verifications with tiles, declarations, logins and slow clients beside, and what is left afterwards.
//! On this machine alone, over loopback.
//!
//! `cargo xtask load` runs it. It fails when anything is answered 5xx or not at all, when codes are given
//! up before tiles, when it does not recover, or when anything acknowledged is lost. With `--budget` it also
//! fails when make code or verify code miss the budget of docs/OPERATIONS.md, which a noisy machine can do.

mod client;
mod phone;
mod server;
mod surge;

use std::{error::Error, path::Path, sync::Arc, time::Duration};

use liangma_credential::base45;
use liangma_crypto::{SigningKey, Suite, SystemRandomness, sha256};
use liangma_platform::{
    Limits, MasterKeySource, PlatformConfig, audit,
    keys::write_public_key,
    sandbox::{SandboxAuthority, people},
};
use liangma_wire::code::MakeCodeResponse;
use rusqlite::{Connection, OptionalExtension as _};

use self::{
    phone::{Phone, Refresh},
    server::Server,
    surge::{Ask, Cast, Plan, Seen},
};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// How many times as much is asked as was answered in the plain phase.
const SURGE: f64 = 10.0;
/// The budget: 99 of 100 that were let in wait no longer, in microseconds.
const WAIT_MAX: u32 = 2_000_000;
/// The budget: how much of the plain throughput is kept, while nine of ten requests are refused on the same
/// processors: refusing is cheap, and is not nothing.
const KEPT_MIN: f64 = 0.8;
/// It has recovered by then, or never.
const RECOVERY: Duration = Duration::from_secs(30);
/// People who refresh, and people who read and declare.
const REFRESHERS: usize = 4;
const DECLARERS: usize = 2;

struct Arguments {
    seconds: u64,
    plain: u64,
    budget: bool,
}

fn main() -> Outcome<()> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, data, counter] = given.as_slice()
        && flag == "--server"
    {
        return server::run(Path::new(data), Path::new(counter));
    }
    let after = |flag: &str| {
        let at = given.iter().position(|argument| argument == flag)?;
        given.get(at + 1)?.parse().ok()
    };
    let arguments = Arguments {
        seconds: after("--seconds").unwrap_or(120).clamp(1, 600),
        plain: after("--plain").unwrap_or(8).clamp(1, 60),
        budget: given.iter().any(|argument| argument == "--budget"),
    };
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(load(&arguments))
}

#[expect(
    clippy::print_stdout,
    reason = "a load test is read on standard output"
)]
async fn load(arguments: &Arguments) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    let counter_file = folder.path().join("counter.pub");
    let counter_key = Arc::new(SigningKey::generate(Suite::Ed25519, &SystemRandomness)?);
    write_public_key(&counter_file, counter_key.public_key())?;
    let server = Server::start(&data, &counter_file)?;
    let cast = cast(&server, counter_key).await?;

    // As many at once as keep the platform busy and no queue long.
    let plain = Plan {
        time: Duration::from_secs(arguments.plain),
        refreshing: (16, Duration::ZERO),
        verifying: (4, Duration::ZERO),
        beside: false,
    };
    println!("plain, {} s", arguments.plain);
    let warm = surge::run(&cast, plan_warm(plain), 0).await;
    let began = server.processor_seconds();
    let usual = surge::run(&cast, plain, 0).await;
    let processor_plain = (began, server.processor_seconds());
    print_table(&usual, plain.time);
    let rate =
        |seen: &Seen, ask, time: Duration| as_number(seen.tally(ask).answered) / time.as_secs_f64();

    let ten_times = |ask, connections: usize| {
        let wanted = SURGE * rate(&usual, ask, plain.time);
        let between = as_number(connections as u64) / wanted.max(1.0);
        (connections, Duration::from_secs_f64(between))
    };
    let surge = Plan {
        time: Duration::from_secs(arguments.seconds),
        refreshing: ten_times(Ask::Refresh, 400),
        verifying: ten_times(Ask::Verification, 400),
        beside: true,
    };
    println!("\nsurge, {} s", arguments.seconds);
    let began = server.processor_seconds();
    let surged = surge::run(&cast, surge, 1_000_000).await;
    let processor_surge = (began, server.processor_seconds());
    print_table(&surged, surge.time);
    let recovered = surge::recovery(&cast, RECOVERY).await?;
    println!("\nrecovered after {} ms", recovered.as_millis());
    // The same plain phase on the store that the surge has filled: what is lost to the surge is told apart from
    // what is lost to a larger store, or to a machine that has become slower.
    println!("\nplain again, {} s", arguments.plain);
    let afterwards = surge::run(&cast, plain, 2_000_000).await;
    print_table(&afterwards, plain.time);

    let mut faults = Vec::new();
    check_answers(&surged, &mut faults);
    check_order(&surged, &mut faults);
    for (ask, name) in [
        (Ask::Refresh, "make code"),
        (Ask::Verification, "verify code"),
    ] {
        let before = rate(&usual, ask, plain.time);
        let after = rate(&afterwards, ask, plain.time);
        let kept = rate(&surged, ask, surge.time) / f64::midpoint(before, after);
        let per_processor = |seen: &Seen, (from, to): (f64, f64)| {
            as_number(seen.tally(ask).answered) / (to - from).max(0.01)
        };
        let by_processor =
            per_processor(&surged, processor_surge) / per_processor(&usual, processor_plain);
        let offered = as_number(surged.tally(ask).offered) / surge.time.as_secs_f64() / before;
        let p99 = quantile(&surged.tally(ask).waits, 99);
        println!(
            "{name}: {:.2} of the plain throughput in plain again; answered in each ten seconds of the surge: {:?}",
            after / before,
            surged.tally(ask).by_ten_seconds
        );
        println!(
            "{name}: {offered:.1} times the plain throughput offered, {kept:.2} of it answered ({by_processor:.2} by the platform's processor time), 99 of 100 within {} ms",
            p99 / 1000
        );
        if arguments.budget && (p99 > WAIT_MAX || kept.max(by_processor) < KEPT_MIN) {
            faults.push(format!("{name} missed its budget"));
        }
    }

    server.stop()?;
    check_kept(&data, &[&warm, &usual, &surged, &afterwards], &mut faults)?;
    check_database(&data, &mut faults)?;
    if faults.is_empty() {
        println!("\nnothing broken, nothing lost, tiles before codes, every strip with its trace");
        Ok(())
    } else {
        Err(faults.join("; ").into())
    }
}

/// A second of the same, so that pages are in memory and branches are known.
fn plan_warm(plan: Plan) -> Plan {
    Plan {
        time: Duration::from_secs(1),
        ..plan
    }
}

async fn cast(server: &Server, counter_key: Arc<SigningKey>) -> Outcome<Cast> {
    let mut counter = phone::counter(server.address, counter_key);
    let mut phones = Vec::new();
    for person in people().iter().take(REFRESHERS + DECLARERS) {
        phones.push(Phone::verified(server.address, &mut counter, person).await?);
    }
    let declarers = phones.split_off(REFRESHERS);
    let mut first = phones
        .first()
        .ok_or("nobody lives in the sandbox")?
        .signer
        .again(server.address);
    let answer = Refresh::new()?.send(&mut first).await?;
    let made: MakeCodeResponse = minicbor::decode(&answer.body)
        .map_err(|_| String::from_utf8_lossy(&answer.body).into_owned())?;
    let credential = made.credentials.first().ok_or("no hour was signed")?;
    // A credential alone: the signature is verified, and the chain is not walked.
    let text = minicbor::to_vec([minicbor::bytes::ByteVec::from(credential.to_vec())])?;
    Ok(Cast {
        address: server.address,
        phones,
        declarers,
        code: format!("LM1:{}", base45::encode(&text)),
        device: Arc::new(SigningKey::generate(Suite::P256, &SystemRandomness)?),
    })
}

/// Requests of one run fit into a double.
#[expect(clippy::cast_precision_loss, reason = "counts of one run")]
fn as_number(count: u64) -> f64 {
    count as f64
}

fn quantile(waits: &[u32], of_hundred: usize) -> u32 {
    let mut waits = waits.to_vec();
    waits.sort_unstable();
    let at = (waits.len() * of_hundred / 100).min(waits.len().saturating_sub(1));
    waits.get(at).copied().unwrap_or(0)
}

#[expect(
    clippy::print_stdout,
    reason = "a load test is read on standard output"
)]
fn print_table(seen: &Seen, time: Duration) {
    println!(
        "{:<20} {:>9} {:>9} {:>8} {:>9} {:>8} {:>6} {:>6} {:>8} {:>8} {:>8}",
        "",
        "offered",
        "answered",
        "a second",
        "429",
        "refused",
        "5xx",
        "lost",
        "p50 ms",
        "p99 ms",
        "max ms"
    );
    for (ask, name) in Ask::ALL {
        let tally = seen.tally(ask);
        if tally.offered == 0 {
            continue;
        }
        let wait = |of_hundred| f64::from(quantile(&tally.waits, of_hundred)) / 1000.0;
        println!(
            "{name:<20} {:>9} {:>9} {:>8.0} {:>9} {:>8} {:>6} {:>6} {:>8.1} {:>8.1} {:>8.1}",
            tally.offered,
            tally.answered,
            as_number(tally.answered) / time.as_secs_f64(),
            tally.shed,
            tally.refused,
            tally.broken,
            tally.lost,
            wait(50),
            wait(99),
            wait(100),
        );
    }
}

fn check_answers(seen: &Seen, faults: &mut Vec<String>) {
    for (ask, name) in Ask::ALL {
        let tally = seen.tally(ask);
        if tally.broken > 0 {
            faults.push(format!("{name}: {} answers 5xx", tally.broken));
        }
        if tally.lost > 0 {
            faults.push(format!("{name}: {} without an answer", tally.lost));
        }
        if tally.unsaid > 0 {
            faults.push(format!("{name}: {} sent away without a time", tally.unsaid));
        }
    }
    for ask in [Ask::Refresh, Ask::Verification] {
        if seen.tally(ask).answered == 0 {
            faults.push("no code was made or verified".to_owned());
        }
    }
}

/// Nothing that matters more is given up while what matters less is let in: of what was asked in the same
/// time, a larger part of it is given up, save for what chance does to small numbers.
fn check_order(seen: &Seen, faults: &mut Vec<String>) {
    let part = |ask| {
        let tally = seen.tally(ask);
        as_number(tally.shed) / as_number(tally.offered.max(1))
    };
    let order = [Ask::Tiles, Ask::Declaration, Ask::Login];
    for pair in order.windows(2) {
        if part(pair[0]) + 0.25 < part(pair[1]) {
            faults.push(format!("{:?} was given up before {:?}", pair[1], pair[0]));
        }
    }
    let codes = seen.tally(Ask::Refresh).shed + seen.tally(Ask::Verification).shed;
    if codes > 0 && seen.tally(Ask::Tiles).shed == 0 {
        faults.push("codes were given up, and tiles were not".to_owned());
    }
}

#[expect(
    clippy::print_stdout,
    reason = "a load test is read on standard output"
)]
fn check_kept(data: &Path, seen: &[&Arc<Seen>], faults: &mut Vec<String>) -> Outcome<()> {
    let database = Connection::open(data.join("platform.sqlite"))?;
    let mut evidence = database.prepare("SELECT 1 FROM evidence WHERE substr(id, 1, 8) = ?1")?;
    let (mut strips, mut declarations, mut lost) = (0, 0, 0);
    let index: std::collections::HashMap<[u8; 16], [u8; 32]> = database
        .prepare("SELECT anchor, credential FROM strip_hour")?
        .query_map([], |row| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?)))?
        .map(|row| row.map(|(anchor, credential)| (anchor, sha256(&[&credential]))))
        .collect::<Result<_, _>>()?;
    for seen in seen {
        let acknowledged = seen
            .acknowledged
            .lock()
            .map_err(|_| "the acknowledgements are lost")?;
        for (anchor, credential) in &acknowledged.strips {
            strips += 1;
            lost += usize::from(index.get(anchor) != Some(credential));
        }
        for id in &acknowledged.declarations {
            declarations += 1;
            let found: Option<i64> = evidence.query_row([id], |row| row.get(0)).optional()?;
            lost += usize::from(found.is_none());
        }
    }
    println!("acknowledged: {strips} strips, {declarations} declarations; lost: {lost}");
    if lost > 0 {
        faults.push(format!("{lost} acknowledged acts are not there"));
    }
    if strips == 0 {
        faults.push("no strip was acknowledged".to_owned());
    }
    Ok(())
}

#[expect(
    clippy::print_stdout,
    reason = "a load test is read on standard output"
)]
fn check_database(data: &Path, faults: &mut Vec<String>) -> Outcome<()> {
    let config = PlatformConfig {
        data_dir: data.to_owned(),
        profile: "zhejiang-2020".to_owned(),
        name: SandboxAuthority::Counter.id().to_owned(),
        sandbox: true,
        emergency: false,
        strips_per_device: None,
        limits: Limits::default(),
        master_key: MasterKeySource::DataFolder,
        trusted_proxies: Vec::new(),
        principals: Vec::new(),
    };
    let found = audit(&config)?;
    println!(
        "audited: {} strips, {} hours, {} pieces of evidence, {} traces; faults: {:?}",
        found.strips, found.hours, found.evidence, found.leaves, found.faults
    );
    if !found.faults.is_empty() {
        faults.push(format!("the audit found {:?}", found.faults));
    }
    Ok(())
}
