//! The platform, per core: read, refresh of 24 hours and verify, each through the whole router, beside a
//! bare axum handler that does no more than nobody can do without.
//!
//! "Per core" is processor time of all threads together, so that neither a busy machine nor a waiting
//! disk counts. It is taken twice: of the router alone, called without a socket, and of a server behind
//! connections that are kept open, without the time of the asker. What one asker waits, fsync and threads
//! included, is a row of its own without a budget.

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use liangma_credential::Hour;
use liangma_crypto::{Randomness as _, SystemRandomness};
use liangma_platform::sandbox::face_provider::ChosenOutcome;
use liangma_terminal::PlatformAddress;
use liangma_terminal::desktop::KeyFile;
use liangma_terminal::ports::KeyStore;
use liangma_tests::measure::{Row, markdown_head, of_rounds};
use liangma_tests::tap::{Tap, whole};
use liangma_wire::bytes::FixedBytes;
use liangma_wire::code::{
    MAKE_CODE_PATH, MakeCodeRequest, MakeCodeResponse, VERIFY_CODE_PATH, VerifyCodeRequest,
    VerifyCodeResponse,
};
use liangma_wire::declaration::QUERY_PATH;
use liangma_wire::signed_request::{
    NONCE_HEADER, NONCE_PATH, Nonce, NonceResponse, SESSION_HEADER, SIGNATURE_HEADER,
    signing_message,
};
use ring::{
    digest,
    signature::{
        ECDSA_P256_SHA256_FIXED, ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey,
    },
};
use rusqlite::{Connection, OpenFlags};
use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

#[expect(
    clippy::unwrap_used,
    dead_code,
    reason = "the region and the phones of the end-to-end tests"
)]
#[path = "../tests/world/mod.rs"]
mod world;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// At least 0.6 of the bare handler's throughput.
const BUDGET: f64 = 1.0 / 0.6;
const ROUNDS: usize = 31;
const HOURS: u32 = 24;
/// Requests that are under way at one time where a core is to be kept busy.
const AT_ONCE: usize = 16;
/// As long as the bytes that are signed for a credential.
const SIGNED_BYTES: usize = 110;
/// The largest answer that a bench takes.
const ANSWER_MAX: usize = 64 * 1024;

/// A request that can be built as often as it is needed.
#[derive(Clone)]
struct Asked {
    method: &'static str,
    path: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Asked {
    fn build(&self) -> Outcome<Request<Body>> {
        let mut builder = Request::builder().method(self.method).uri(self.path);
        for (name, value) in &self.headers {
            builder = builder.header(*name, value);
        }
        Ok(builder.body(Body::from(self.body.clone()))?)
    }

    fn on_the_wire(&self) -> Vec<u8> {
        let mut message = format!("{} {} HTTP/1.1\r\nhost: bench\r\n", self.method, self.path);
        for (name, value) in &self.headers {
            message += &format!("{name}: {value}\r\n");
        }
        message += &format!("content-length: {}\r\n\r\n", self.body.len());
        [message.as_bytes(), &self.body].concat()
    }
}

/// A phone that logged in, as its requests on the wire tell.
struct Seat {
    keys: KeyFile,
    session: String,
    authorization: String,
}

impl Seat {
    fn read(&self) -> Asked {
        Asked {
            method: "GET",
            path: QUERY_PATH,
            headers: vec![("authorization", self.authorization.clone())],
            body: Vec::new(),
        }
    }

    /// A refresh for which all 24 hours have to be signed: each begins a strip of its own.
    fn refresh(&self, nonce: &Nonce) -> Outcome<Asked> {
        let mut key = [0; 16];
        SystemRandomness.fill(&mut key)?;
        let first = Hour::of(Timestamp::now()).0;
        let body = minicbor::to_vec(MakeCodeRequest {
            first_recall_key: Some(key),
            strip_begins: first,
            first_hour: first,
            anchors: vec![5; HOURS as usize * 16],
        })?;
        let message = signing_message("POST", MAKE_CODE_PATH, &body, &self.session, nonce);
        let signature = self.keys.sign(&message)?;
        Ok(Asked {
            method: "POST",
            path: MAKE_CODE_PATH,
            headers: vec![
                ("content-type", "application/cbor".to_owned()),
                (SESSION_HEADER, self.session.clone()),
                (NONCE_HEADER, nonce.0.to_text()),
                (SIGNATURE_HEADER, FixedBytes(signature).to_text()),
            ],
            body,
        })
    }
}

fn verify(text: String) -> Outcome<Asked> {
    Ok(Asked {
        method: "POST",
        path: VERIFY_CODE_PATH,
        headers: vec![("content-type", "application/json".to_owned())],
        body: serde_json::to_vec(&VerifyCodeRequest { text })?,
    })
}

/// No more than nobody can do without, with `ring` and prepared statements and nothing around them.
struct Bare {
    connection: Mutex<Connection>,
    issuer: Ed25519KeyPair,
    issuer_key: Vec<u8>,
    message: [u8; SIGNED_BYTES],
    signature: [u8; 64],
}

impl Bare {
    /// The pragmas are those of the platform's own readers.
    fn open(file: &Path, seat: &Seat, answer: &[u8]) -> Outcome<Arc<Self>> {
        let token = seat.authorization.trim_start_matches("Bearer ");
        let token = FixedBytes::<32>::from_text(token).ok_or("the token has another form")?;
        let writer = Connection::open(file)?;
        writer.pragma_update(None, "journal_mode", "WAL")?;
        writer.execute_batch(
            "CREATE TABLE seat (token BLOB PRIMARY KEY, session TEXT NOT NULL UNIQUE,
                 device_key BLOB NOT NULL, answer BLOB NOT NULL) STRICT, WITHOUT ROWID",
        )?;
        writer.execute(
            "INSERT INTO seat VALUES (?1, ?2, ?3, ?4)",
            rusqlite::params![
                digest::digest(&digest::SHA256, &token.0).as_ref(),
                seat.session,
                seat.keys.device_key()?.bytes(),
                answer,
            ],
        )?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(file, flags)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        let issuer = Ed25519KeyPair::from_seed_unchecked(&[9; 32]).map_err(|_| "no key pair")?;
        let message = [3; SIGNED_BYTES];
        let signature = issuer.sign(&message).as_ref().try_into()?;
        Ok(Arc::new(Self {
            connection: Mutex::new(connection),
            issuer_key: issuer.public_key().as_ref().to_vec(),
            issuer,
            message,
            signature,
        }))
    }

    fn router(self: Arc<Self>) -> Router {
        Router::new()
            .route(
                QUERY_PATH,
                get(async |State(bare): App, headers: HeaderMap| {
                    or_bad(bare_read(&bare, &headers))
                }),
            )
            .route(
                MAKE_CODE_PATH,
                post(async |State(bare): App, headers: HeaderMap, body: Bytes| {
                    or_bad(bare_refresh(&bare, &headers, &body))
                }),
            )
            .route(
                VERIFY_CODE_PATH,
                post(
                    async |State(bare): App, Json(request): Json<VerifyCodeRequest>| {
                        or_bad(bare_verify(&bare, &request).map(Json))
                    },
                ),
            )
            .with_state(self)
    }

    fn column(&self, statement: &str, key: impl rusqlite::ToSql) -> Option<Vec<u8>> {
        let connection = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut statement = connection.prepare_cached(statement).ok()?;
        statement.query_row([key], |row| row.get(0)).ok()
    }
}

type App = State<Arc<Bare>>;

fn or_bad(answer: Option<impl IntoResponse>) -> Response {
    answer.map_or_else(
        || StatusCode::BAD_REQUEST.into_response(),
        IntoResponse::into_response,
    )
}

fn bare_read(bare: &Bare, headers: &HeaderMap) -> Option<Response> {
    let token = headers
        .get("authorization")?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")?;
    let token = FixedBytes::<32>::from_text(token)?;
    let hash = digest::digest(&digest::SHA256, &token.0);
    let answer = bare.column("SELECT answer FROM seat WHERE token = ?1", hash.as_ref())?;
    Some(([(header::CONTENT_TYPE, "application/json")], answer).into_response())
}

fn bare_refresh(bare: &Bare, headers: &HeaderMap, body: &[u8]) -> Option<Response> {
    let text = |name| headers.get(name)?.to_str().ok();
    let session = text(SESSION_HEADER)?;
    let nonce = Nonce(FixedBytes::from_text(text(NONCE_HEADER)?)?);
    let signature = FixedBytes::<64>::from_text(text(SIGNATURE_HEADER)?)?;
    let key = bare.column("SELECT device_key FROM seat WHERE session = ?1", session)?;
    let message = signing_message("POST", MAKE_CODE_PATH, body, session, &nonce);
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key)
        .verify(&message, &signature.0)
        .ok()?;
    let request: MakeCodeRequest = minicbor::decode(body).ok()?;
    let credentials = request
        .anchors
        .as_chunks::<16>()
        .0
        .iter()
        .map(|anchor| {
            let mut message = bare.message;
            message[..16].copy_from_slice(anchor);
            [&message, bare.issuer.sign(&message).as_ref()]
                .concat()
                .into()
        })
        .collect();
    let answer = minicbor::to_vec(MakeCodeResponse {
        first_hour: request.first_hour,
        credentials,
        health_version: 1,
    });
    Some(([(header::CONTENT_TYPE, "application/cbor")], answer.ok()?).into_response())
}

fn bare_verify(bare: &Bare, request: &VerifyCodeRequest) -> Option<VerifyCodeResponse> {
    let bytes = base45::decode(request.text.strip_prefix("LM1:")?).ok()?;
    let slot = Timestamp::now().as_second().rem_euclid(3600) / 15;
    UnparsedPublicKey::new(&ED25519, &bare.issuer_key)
        .verify(&bare.message, &bare.signature)
        .ok()?;
    let mut value = [7_u8; 38];
    value[..16].copy_from_slice(bytes.get(..16)?);
    for _ in 0..=slot {
        let hash = digest::digest(&digest::SHA256, &value);
        value[22..].copy_from_slice(&hash.as_ref()[..16]);
    }
    Some(VerifyCodeResponse {
        // Something of the hashes, so that they cannot be left out.
        verdict: format!("genuine{}", value[22]),
        sandbox: true,
        shown: None,
    })
}

/// What one round cost: microseconds for one request.
struct Cost {
    processor: f64,
    waited: f64,
}

fn processor_time() -> f64 {
    microseconds_of(ClockId::ProcessCPUTime)
}

fn thread_time() -> f64 {
    microseconds_of(ClockId::ThreadCPUTime)
}

fn microseconds_of(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    // A process of a bench does not run long enough for a double to lose microseconds.
    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds and nanoseconds of one run"
    )]
    let microseconds = time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3;
    microseconds
}

/// Sends requests, so many at once, and takes their answers whole.
fn send(runtime: &Runtime, app: &Router, asked: &[Asked], at_once: usize) -> Outcome<Cost> {
    let built: Vec<_> = asked.iter().map(Asked::build).collect::<Outcome<_>>()?;
    let count = u32::try_from(built.len())?;
    let queue = Arc::new(Mutex::new(built));
    let (processor, began) = (processor_time(), Instant::now());
    let refused = runtime.block_on(async {
        let senders: Vec<_> = (0..at_once)
            .map(|_| {
                let (app, queue) = (app.clone(), queue.clone());
                tokio::spawn(async move {
                    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop();
                    while let Some(request) = next() {
                        let Ok(response) = app.clone().oneshot(request).await;
                        let status = response.status();
                        let body = to_bytes(response.into_body(), ANSWER_MAX).await;
                        if status != StatusCode::OK || body.is_err() {
                            return Some((status, body.unwrap_or_default()));
                        }
                    }
                    None
                })
            })
            .collect();
        let mut refused = None;
        for sender in senders {
            refused = refused.or(sender.await.ok().flatten());
        }
        refused
    });
    let cost = Cost {
        processor: (processor_time() - processor) / f64::from(count),
        waited: began.elapsed().as_secs_f64() * 1e6 / f64::from(count),
    };
    match refused {
        None => Ok(cost),
        Some((status, body)) => {
            Err(format!("answered {status}: {}", String::from_utf8_lossy(&body)).into())
        }
    }
}

/// Serves on a socket for one round, to an asker on a thread of its own; the server's processor time.
fn serve(runtime: &Runtime, app: &Router, asked: &[Asked]) -> Outcome<Cost> {
    let messages: Vec<Vec<u8>> = asked.iter().map(Asked::on_the_wire).collect();
    let count = f64::from(u32::try_from(asked.len())?);
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let app = app.clone();
        let serving = tokio::spawn(async move { axum::serve(listener, app).await });
        let (processor, began) = (processor_time(), Instant::now());
        let asking = tokio::task::spawn_blocking(move || {
            let own = thread_time();
            ask(address, &messages).map_err(|error| error.to_string())?;
            Ok::<_, String>(thread_time() - own)
        });
        let asker = asking.await??;
        let cost = Cost {
            processor: (processor_time() - processor - asker) / count,
            waited: began.elapsed().as_secs_f64() * 1e6 / count,
        };
        serving.abort();
        Ok(cost)
    })
}

/// Asks over several connections, so that the server has the next request while it answers the last.
fn ask(address: SocketAddr, messages: &[Vec<u8>]) -> Outcome<()> {
    let mut connections = (0..AT_ONCE)
        .map(|_| {
            let stream = TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            Ok(stream)
        })
        .collect::<std::io::Result<Vec<_>>>()?;
    for some in messages.chunks(AT_ONCE) {
        for (stream, message) in connections.iter_mut().zip(some) {
            stream.write_all(message)?;
        }
        for (stream, _) in connections.iter_mut().zip(some) {
            take_answer(stream)?;
        }
    }
    Ok(())
}

fn take_answer(stream: &mut TcpStream) -> Outcome<()> {
    let (mut buffer, mut length) = (vec![0; ANSWER_MAX], 0);
    loop {
        let count = stream.read(&mut buffer[length..])?;
        length += count;
        let answered = &buffer[..length];
        if whole(answered) {
            return if answered.starts_with(b"HTTP/1.1 200 ") {
                Ok(())
            } else {
                Err(String::from_utf8_lossy(answered).into())
            };
        }
        if count == 0 {
            return Err("the server hung up".into());
        }
    }
}

/// The body of the answer to one request.
fn answer(runtime: &Runtime, app: &Router, asked: &Asked) -> Outcome<Bytes> {
    let request = asked.build()?;
    let response = runtime.block_on(app.clone().oneshot(request))?;
    let status = response.status();
    let body = runtime.block_on(to_bytes(response.into_body(), ANSWER_MAX))?;
    if status == StatusCode::OK {
        Ok(body)
    } else {
        Err(format!("answered {status}: {}", String::from_utf8_lossy(&body)).into())
    }
}

/// How one row is measured.
#[derive(Clone, Copy)]
enum Way {
    Router,
    Server,
    Wait,
}

impl Way {
    fn measure(self, runtime: &Runtime, app: &Router, asked: &[Asked]) -> Outcome<f64> {
        Ok(match self {
            Self::Router => send(runtime, app, asked, AT_ONCE)?.processor,
            Self::Server => serve(runtime, app, asked)?.processor,
            Self::Wait => send(runtime, app, asked, 1)?.waited,
        })
    }
}

/// A row for each way to measure.
fn compare(
    runtime: &Runtime,
    what: &str,
    (ours, bare): (&Router, &Router),
    peer: &str,
    mut asked: impl FnMut() -> Outcome<Vec<Asked>>,
) -> Outcome<Vec<Row>> {
    let mut rows = Vec::new();
    for (way, name, budget) in [
        (Way::Server, "served, processor time", Some(BUDGET)),
        (Way::Router, "router alone, processor time", Some(BUDGET)),
        (Way::Wait, "router alone, one asker's wait", None),
    ] {
        let (mut ours_each, mut bare_each) = (Vec::new(), Vec::new());
        // The first round warms up and is not counted.
        for round in 0..=ROUNDS {
            let asked = asked()?;
            let (a, b);
            if round % 2 == 0 {
                a = way.measure(runtime, ours, &asked)?;
                b = way.measure(runtime, bare, &asked)?;
            } else {
                b = way.measure(runtime, bare, &asked)?;
                a = way.measure(runtime, ours, &asked)?;
            }
            if round > 0 {
                ours_each.push(a);
                bare_each.push(b);
            }
        }
        let what = format!("{what}; {name}");
        rows.push(of_rounds(&what, budget, &ours_each, peer, &bare_each));
    }
    Ok(rows)
}

#[expect(clippy::print_stdout, reason = "a bench is read on standard output")]
fn main() -> Outcome<()> {
    let setting_up = Runtime::new()?;
    let region = setting_up.block_on(world::Region::start());
    let tap = Tap::before(region.address.url.trim_start_matches("http://").parse()?)?;
    let address = PlatformAddress::loopback(&tap.url);
    let phone = setting_up.block_on(async {
        let phone = world::Phone::at(&region, address, ChosenOutcome::Pass).await;
        phone.live(&region, "green").await;
        phone
    });
    let exchanges = tap.exchanges();
    let sent = |name: &str| {
        let mut exchanges = exchanges.iter().rev();
        exchanges.find_map(|exchange| exchange.header(name))
    };
    let seat = Seat {
        keys: KeyFile::new(&phone.folder.path().join("keys.json"))?,
        session: sent(SESSION_HEADER).ok_or("no signed request was sent")?,
        authorization: sent("authorization").ok_or("no token was sent")?,
    };
    // Off the network, so that nothing else happens while the router is measured.
    let region = setting_up.block_on(region.unplug());
    let ours = liangma_platform::app(region.sandbox.platform.clone());

    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let health = answer(&runtime, &ours, &seat.read())?;
    let file = phone.folder.path().join("bare.db");
    let bare = Bare::open(&file, &seat, &health)?.router();
    if answer(&runtime, &bare, &seat.read())? != health {
        return Err("the bare handler answers something else".into());
    }
    let both = (&ours, &bare);
    let show = || verify(phone.terminal.show()?.text);
    let verdict: VerifyCodeResponse = serde_json::from_slice(&answer(&runtime, &ours, &show()?)?)?;
    if verdict.verdict != "genuine" {
        return Err("the code to be verified is not genuine".into());
    }

    let mut rows = Vec::new();
    rows.extend(compare(
        &runtime,
        "read: reasons and colour of one person",
        both,
        "bare handler, one point read",
        || Ok(vec![seat.read(); 256]),
    )?);
    rows.extend(compare(
        &runtime,
        "refresh: 24 hours of a new strip",
        both,
        "bare handler, point read, P-256 verification, 24 Ed25519 signatures",
        || {
            let nonce = Asked {
                method: "POST",
                path: NONCE_PATH,
                headers: Vec::new(),
                body: Vec::new(),
            };
            (0..32)
                .map(|_| {
                    let answered = answer(&runtime, &ours, &nonce)?;
                    let nonce: NonceResponse = serde_json::from_slice(&answered)?;
                    seat.refresh(&nonce.nonce)
                })
                .collect()
        },
    )?);
    rows.extend(compare(
        &runtime,
        "verify: a live code",
        both,
        "bare handler, base45, one Ed25519 verification and the slot's hashes",
        || Ok(vec![show()?; 128]),
    )?);
    println!("{}", markdown_head());
    for row in rows {
        println!("{}", row.markdown());
    }
    Ok(())
}
