//! The phases of a run: plain, a surge, and afterwards.

use std::{
    error::Error,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use liangma_crypto::{SigningKey, sha256};
use liangma_wire::{
    code::{MakeCodeResponse, VERIFY_CODE_PATH},
    declaration::{DECLARE_TRIP_PATH, DeclarationResponse, QUERY_PATH},
};
use serde_json::json;
use tokio::{io::AsyncWriteExt as _, net::TcpStream, task::JoinSet};

use crate::{
    client::{Answer, Client},
    phone::{Phone, Refresh, Signer, Stranger},
};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// What is asked of the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    Tiles,
    Declaration,
    Login,
    Refresh,
    Verification,
}

impl Ask {
    /// In the order in which they are to be given up; the last two are one class.
    pub(crate) const ALL: [(Self, &'static str); 5] = [
        (Self::Tiles, "tiles (query)"),
        (Self::Declaration, "declare trip"),
        (Self::Login, "login start"),
        (Self::Refresh, "make code, 24 hours"),
        (Self::Verification, "verify code"),
    ];
}

/// What became of one kind of request in one phase.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) offered: u64,
    pub(crate) answered: u64,
    /// 429 `overloaded`.
    pub(crate) shed: u64,
    /// Other refusals, such as a cap.
    pub(crate) refused: u64,
    /// 5xx.
    pub(crate) broken: u64,
    /// No answer at all.
    pub(crate) lost: u64,
    /// 429 without a time after which to come back.
    pub(crate) unsaid: u64,
    /// Microseconds that answered ones waited.
    pub(crate) waits: Vec<u32>,
    /// How many were answered in each ten seconds of the phase: a platform that tires shows it here.
    pub(crate) by_ten_seconds: Vec<u64>,
}

/// What was acknowledged, to be found again afterwards.
#[derive(Default)]
pub(crate) struct Acknowledged {
    /// The anchor of the first hour of a strip, and SHA-256 of its credential.
    pub(crate) strips: Vec<([u8; 16], [u8; 32])>,
    pub(crate) declarations: Vec<[u8; 8]>,
}

/// No phase lasts longer than so many times ten seconds.
const TENS_MAX: usize = 120;

/// Everything that one phase saw.
pub(crate) struct Seen {
    began: Instant,
    tallies: [Mutex<Tally>; 5],
    pub(crate) acknowledged: Mutex<Acknowledged>,
    over: AtomicBool,
    numbers: AtomicU32,
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Seen {
    fn new() -> Self {
        Self {
            began: Instant::now(),
            tallies: Default::default(),
            acknowledged: Mutex::default(),
            over: AtomicBool::default(),
            numbers: AtomicU32::default(),
        }
    }

    pub(crate) fn tally(&self, ask: Ask) -> std::sync::MutexGuard<'_, Tally> {
        locked(&self.tallies[ask as usize])
    }

    /// Books an answer; true when it was a good one.
    fn book(&self, ask: Ask, began: Instant, answer: &std::io::Result<Answer>) -> bool {
        let mut tally = self.tally(ask);
        tally.offered += 1;
        match answer {
            Err(_) => tally.lost += 1,
            Ok(answer) => match answer.status {
                200..300 => {
                    tally.answered += 1;
                    let took = began.elapsed().as_micros();
                    tally.waits.push(u32::try_from(took).unwrap_or(u32::MAX));
                    let since = self.began.elapsed().as_secs() / 10;
                    let ten = usize::try_from(since).unwrap_or(usize::MAX).min(TENS_MAX);
                    if tally.by_ten_seconds.len() <= ten {
                        tally.by_ten_seconds.resize(ten + 1, 0);
                    }
                    if let Some(count) = tally.by_ten_seconds.get_mut(ten) {
                        *count += 1;
                    }
                    return true;
                }
                429 if contains(&answer.body, b"\"overloaded\"") => {
                    tally.shed += 1;
                    if answer.header("retry-after").is_none() {
                        tally.unsaid += 1;
                    }
                }
                500.. => tally.broken += 1,
                _ => tally.refused += 1,
            },
        }
        false
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// How much is asked in a phase.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) time: Duration,
    /// Connections that refresh, and how long each waits between the beginnings of two requests.
    pub(crate) refreshing: (usize, Duration),
    pub(crate) verifying: (usize, Duration),
    /// Whether tiles, declarations and logins are asked beside, and slow clients hang on.
    pub(crate) beside: bool,
}

/// The people and codes of a run.
pub(crate) struct Cast {
    pub(crate) address: SocketAddr,
    /// Those who refresh.
    pub(crate) phones: Vec<Phone>,
    /// Those who declare, and read their tiles.
    pub(crate) declarers: Vec<Phone>,
    /// A genuine credential to be verified.
    pub(crate) code: String,
    pub(crate) device: Arc<SigningKey>,
}

const READING: (usize, Duration) = (8, Duration::from_millis(100));
const DECLARING: Duration = Duration::from_millis(500);
const LOGGING_IN: Duration = Duration::from_millis(250);
const SLOW_CLIENTS: usize = 60;
const DRIP: Duration = Duration::from_millis(500);

/// Runs one phase and says what it saw.
pub(crate) async fn run(cast: &Cast, plan: Plan, numbers_from: u32) -> Arc<Seen> {
    let seen = Arc::new(Seen {
        numbers: AtomicU32::new(numbers_from),
        ..Seen::new()
    });
    let mut all = JoinSet::new();
    for number in 0..plan.refreshing.0 {
        let signer = cast.phones[number % cast.phones.len()]
            .signer
            .again(cast.address);
        all.spawn(refreshes(
            seen.clone(),
            signer,
            paced(plan.refreshing, number),
        ));
    }
    for number in 0..plan.verifying.0 {
        let client = Client::new(cast.address);
        let pace = paced(plan.verifying, number);
        all.spawn(verifies(seen.clone(), client, cast.code.clone(), pace));
    }
    if plan.beside {
        for number in 0..READING.0 {
            let phone = &cast.declarers[number % cast.declarers.len()];
            let client = Client::new(cast.address);
            let pace = paced(READING, number);
            all.spawn(reads(
                seen.clone(),
                client,
                phone.authorization.clone(),
                pace,
            ));
        }
        for (number, phone) in cast.declarers.iter().enumerate() {
            let signer = phone.signer.again(cast.address);
            let pace = paced((cast.declarers.len(), DECLARING), number);
            all.spawn(declares(seen.clone(), signer, pace));
        }
        all.spawn(logs_in(
            seen.clone(),
            Client::new(cast.address),
            cast.device.clone(),
        ));
        for number in 0..SLOW_CLIENTS {
            all.spawn(drips(seen.clone(), cast.address, number));
        }
    }
    tokio::time::sleep(plan.time).await;
    seen.over.store(true, Ordering::Relaxed);
    while all.join_next().await.is_some() {}
    seen
}

/// When the next request of a connection begins.
struct Pace {
    next: tokio::time::Instant,
    between: Duration,
}

fn paced((connections, between): (usize, Duration), number: usize) -> Pace {
    let part = u32::try_from(number).unwrap_or(0);
    let of = u32::try_from(connections).unwrap_or(1).max(1);
    Pace {
        next: tokio::time::Instant::now() + between * part / of,
        between,
    }
}

impl Pace {
    /// Waits for the next beginning; false when the phase is over. Whoever is late goes on at once, and
    /// what was missed is not made up for.
    async fn next(&mut self, seen: &Seen) -> bool {
        tokio::time::sleep_until(self.next).await;
        self.next = (self.next + self.between).max(tokio::time::Instant::now());
        !seen.over.load(Ordering::Relaxed)
    }
}

async fn refreshes(seen: Arc<Seen>, mut signer: Signer, mut pace: Pace) {
    let mut given_up: Option<Refresh> = None;
    while pace.next(&seen).await {
        let again = given_up.take();
        let is_again = again.is_some();
        let Some(refresh) = again.or_else(|| Refresh::new().ok()) else {
            return;
        };
        let began = Instant::now();
        let answer = if is_again {
            signer.post_again().await
        } else {
            refresh.send(&mut signer).await
        };
        if matches!(&answer, Ok(answer) if answer.status == 429) && signer.has_nonce() {
            seen.book(Ask::Refresh, began, &answer);
            given_up = Some(refresh);
        } else if seen.book(Ask::Refresh, began, &answer)
            && let Ok(answer) = answer
        {
            let made: Result<MakeCodeResponse, _> = minicbor::decode(&answer.body);
            let first = made
                .ok()
                .and_then(|made| made.credentials.into_iter().next());
            // What cannot be read cannot be found again, and fails the run.
            let digest = first.map_or([0; 32], |credential| sha256(&[credential.as_slice()]));
            let strip = (refresh.first_anchor, digest);
            locked(&seen.acknowledged).strips.push(strip);
        }
    }
}

async fn verifies(seen: Arc<Seen>, mut client: Client, code: String, mut pace: Pace) {
    let body = json!({ "text": code }).to_string();
    let headers = [("content-type", "application/json")];
    while pace.next(&seen).await {
        let began = Instant::now();
        let answer = client
            .ask("POST", VERIFY_CODE_PATH, &headers, body.as_bytes())
            .await;
        seen.book(Ask::Verification, began, &answer);
    }
}

async fn reads(seen: Arc<Seen>, mut client: Client, authorization: String, mut pace: Pace) {
    while pace.next(&seen).await {
        let began = Instant::now();
        let headers = [("authorization", &*authorization)];
        let answer = client.ask("GET", QUERY_PATH, &headers, &[]).await;
        seen.book(Ask::Tiles, began, &answer);
    }
}

async fn declares(seen: Arc<Seen>, mut signer: Signer, mut pace: Pace) {
    while pace.next(&seen).await {
        let number = seen.numbers.fetch_add(1, Ordering::Relaxed);
        let body = json!({
            "to_division": "330100",
            "from_division": "330200",
            "arrived_at": jiff::Timestamp::now(),
        })
        .to_string();
        let key = format!("load-{number}");
        let began = Instant::now();
        let answer = signer
            .post(
                DECLARE_TRIP_PATH,
                "application/json",
                Some(&key),
                body.as_bytes(),
            )
            .await;
        if seen.book(Ask::Declaration, began, &answer)
            && let Ok(answer) = answer
        {
            let kept: Result<DeclarationResponse, _> = serde_json::from_slice(&answer.body);
            let id = kept.map_or([0; 8], |kept| kept.declaration.0.0);
            locked(&seen.acknowledged).declarations.push(id);
        }
    }
}

async fn logs_in(seen: Arc<Seen>, mut client: Client, device: Arc<SigningKey>) {
    let mut pace = paced((1, LOGGING_IN), 0);
    while pace.next(&seen).await {
        let number = seen.numbers.fetch_add(1, Ordering::Relaxed);
        let Ok(stranger) = Stranger::new(number, &device) else {
            return;
        };
        let began = Instant::now();
        let answer = stranger.send(&mut client).await;
        seen.book(Ask::Login, began, &answer);
    }
}

/// Sends a head or a body drop by drop, and comes again when it is cut off.
async fn drips(seen: Arc<Seen>, address: SocketAddr, number: usize) {
    let heads: [&[u8]; 2] = [
        b"GET /v1/health HTTP/1.1\r\nhost: load\r\nx: ",
        b"POST /v1/codes/verify HTTP/1.1\r\nhost: load\r\ncontent-type: application/json\r\ncontent-length: 9000\r\n\r\n",
    ];
    while !seen.over.load(Ordering::Relaxed) {
        let Ok(mut stream) = TcpStream::connect(address).await else {
            tokio::time::sleep(DRIP).await;
            continue;
        };
        if stream.write_all(heads[number % 2]).await.is_err() {
            continue;
        }
        while !seen.over.load(Ordering::Relaxed) && stream.write_all(b" ").await.is_ok() {
            tokio::time::sleep(DRIP).await;
        }
    }
}

/// Waits until every operation is let in again, ten times in a row; how long that took.
pub(crate) async fn recovery(cast: &Cast, at_most: Duration) -> Outcome<Duration> {
    let began = Instant::now();
    let reader = cast.declarers.first().ok_or("nobody reads")?;
    let refresher = cast.phones.first().ok_or("nobody refreshes")?;
    let mut signer = refresher.signer.again(cast.address);
    let mut client = Client::new(cast.address);
    let headers = [("authorization", &*reader.authorization)];
    let mut in_a_row = 0;
    while in_a_row < 10 {
        if began.elapsed() > at_most {
            return Err(format!("it did not recover within {at_most:?}").into());
        }
        let tiles = client.ask("GET", QUERY_PATH, &headers, &[]).await;
        let refresh = Refresh::new()?.send(&mut signer).await;
        let good = [tiles, refresh]
            .iter()
            .all(|answer| matches!(answer, Ok(answer) if answer.status == 200));
        in_a_row = if good { in_a_row + 1 } else { 0 };
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(began.elapsed())
}
