//! A face-check provider that compares no faces: whoever opens its page chooses how the check ends.
//! It runs as a process of its own with a key of its own, as a real one would; the platform knows only
//! its address and public key.

use std::{
    collections::HashMap,
    net::TcpListener,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Query, Request, State},
    http::{HeaderValue, StatusCode, header},
    response::Response,
    routing::{get, post},
};
use jiff::{SignedDuration, Timestamp};
use liangma_credential::{FaceOutcome, Pseudonym, Receipt, ReceiptBinding};
use liangma_crypto::{
    PublicKey, Randomness, SigningKey, Suite, SystemRandomness, constant_time_equal,
};
use liangma_wire::{
    bytes::FixedBytes,
    face::{
        PROVIDER_CHECK_PATH, PROVIDER_RECEIPTS_PATH, PROVIDER_TICKETS_PATH, ProviderReceiptRequest,
        ProviderTicket, ReceiptHandle, TicketId,
    },
    trust::CBOR_MEDIA_TYPE,
};
use serde::{Deserialize, Serialize};

use crate::{
    keys::{self, KeyFileError},
    ports::{Clock, SystemClock},
    serve::{ServeError, ServeHandle},
};

/// The provider's name, in receipts and for people.
pub const NAME: &str = "演示刷脸 Demo Faces";
/// `POST`, JSON [`Choice`]: chooses how a check ends, and answers with a [`Chosen`].
pub const OUTCOMES_PATH: &str = "/outcomes";
/// How long a receipt is good.
const RECEIPT_LIFE: SignedDuration = SignedDuration::from_mins(5);
const BODY_LIMIT: usize = 16 * 1024;
/// The most tickets kept; the oldest go first.
const TICKETS_LIMIT: usize = 1000;

/// How a check is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChosenOutcome {
    /// The face is that of the person.
    Pass,
    /// It is not.
    Fail,
    /// The person stops.
    Cancel,
    /// Nobody finishes in time.
    TimeOut,
    /// The receipt is about somebody else: what an attacker would bring.
    WrongPerson,
}

/// Chooses how a check ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The ticket.
    pub ticket: TicketId,
    /// How it ends.
    pub outcome: ChosenOutcome,
}

/// What the link back to the phone carries, and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    /// What the phone's core chose, so that it knows its own.
    pub state: FixedBytes<16>,
    /// The one-time handle of the receipt.
    pub handle: ReceiptHandle,
}

struct Ended {
    handle: [u8; 32],
    receipt: Vec<u8>,
}

struct Provider {
    key: SigningKey,
    return_url: Option<String>,
    clock: Arc<dyn Clock>,
    /// Tickets in the order in which they were announced, and how each ended.
    tickets: Mutex<Vec<(ProviderTicket, Option<Ended>)>>,
}

/// Reads the public key that a provider wrote beside its key file when it started.
///
/// # Errors
/// [`KeyFileError`] when it has not started yet.
pub fn public_key(key_file: &Path) -> Result<PublicKey, KeyFileError> {
    keys::read_public_key(&key_file.with_extension("pub"))
}

/// Runs the provider until the handle says otherwise. Its key is drawn at the first start, and the public
/// half written beside it before the first request is answered.
///
/// `return_url` is where the page sends the browser in the end, with `?state=…&handle=…` behind it;
/// without one, the page shows the two for a phone that waits for them.
///
/// # Errors
/// [`ServeError`] when the key or the listener fails, or the listener is not on loopback.
pub async fn run_face_provider(
    listener: TcpListener,
    key_file: &Path,
    return_url: Option<String>,
    handle: ServeHandle,
) -> Result<(), ServeError> {
    let key = keys::private_key_or_new(key_file, Suite::Ed25519, &SystemRandomness)
        .map_err(|error| std::io::Error::other(error.to_string()))?;
    serve(listener, key, return_url, Arc::new(SystemClock), handle).await
}

/// Serves the provider with a key and a clock that are given; [`run_face_provider`] for a process of its own.
///
/// # Errors
/// [`ServeError`] when the listener fails or is not on loopback.
pub async fn serve(
    listener: TcpListener,
    key: SigningKey,
    return_url: Option<String>,
    clock: Arc<dyn Clock>,
    handle: ServeHandle,
) -> Result<(), ServeError> {
    handle
        .serve_plain(listener, app(key, return_url, clock))
        .await
}

/// The provider's interface.
fn app(key: SigningKey, return_url: Option<String>, clock: Arc<dyn Clock>) -> Router {
    let tickets = Mutex::new(Vec::new());
    let provider = Arc::new(Provider {
        key,
        return_url,
        clock,
        tickets,
    });
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route(PROVIDER_TICKETS_PATH, post(announce))
        .route(PROVIDER_RECEIPTS_PATH, post(receipt))
        .route(PROVIDER_CHECK_PATH, get(page))
        .route(OUTCOMES_PATH, post(choose))
        .with_state(provider)
}

fn answer(status: StatusCode, media_type: &'static str, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    answer(status, "text/plain; charset=utf-8", text.into())
}

fn unreadable() -> Response {
    plain(StatusCode::BAD_REQUEST, "the request cannot be read\n")
}

async fn read<T: for<'de> Deserialize<'de>>(request: Request) -> Option<T> {
    let body = to_bytes(request.into_body(), BODY_LIMIT).await.ok()?;
    serde_json::from_slice(&body).ok()
}

type Shared = State<Arc<Provider>>;

async fn announce(State(provider): Shared, request: Request) -> Response {
    let Some(ticket) = read::<ProviderTicket>(request).await else {
        return unreadable();
    };
    let mut tickets = provider
        .tickets
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if tickets
        .iter()
        .all(|(known, _)| known.ticket != ticket.ticket)
    {
        if tickets.len() == TICKETS_LIMIT {
            tickets.remove(0);
        }
        tickets.push((ticket, None));
    }
    plain(StatusCode::CREATED, "")
}

impl Provider {
    /// Ends a check once; a second choice changes nothing.
    fn end(&self, choice: Choice) -> Option<Chosen> {
        let mut tickets = self.tickets.lock().unwrap_or_else(PoisonError::into_inner);
        let (ticket, ended) = tickets
            .iter_mut()
            .find(|(known, _)| known.ticket == choice.ticket)?;
        if ended.is_none() {
            let issued = self.clock.now();
            if issued >= ticket.expires_at {
                return None;
            }
            let mut handle = [0; 32];
            SystemRandomness.fill(&mut handle).ok()?;
            let receipt = self.receipt(ticket, choice.outcome, issued)?;
            *ended = Some(Ended { handle, receipt });
        }
        let handle = ended.as_ref()?.handle;
        Some(Chosen {
            state: ticket.state,
            handle: ReceiptHandle(FixedBytes(handle)),
        })
    }

    fn receipt(
        &self,
        ticket: &ProviderTicket,
        outcome: ChosenOutcome,
        issued: Timestamp,
    ) -> Option<Vec<u8>> {
        let mut subject = ticket.subject.0;
        if outcome == ChosenOutcome::WrongPerson {
            subject.reverse();
        }
        let binding = ReceiptBinding {
            provider: NAME.to_owned(),
            audience: ticket.audience.clone(),
            ticket: ticket.ticket.0.to_text(),
            nonce: ticket.nonce.0,
            subject: Pseudonym(subject),
            requester: Pseudonym(ticket.requester.0),
            purpose: ticket.purpose.clone(),
            request_hash: ticket.request_hash.0,
            device_key: ticket.device_thumbprint.0,
            challenge: ticket.challenge.0,
        };
        let outcome = match outcome {
            ChosenOutcome::Pass | ChosenOutcome::WrongPerson => FaceOutcome::Passed,
            ChosenOutcome::Fail => FaceOutcome::Failed,
            ChosenOutcome::Cancel => FaceOutcome::Cancelled,
            ChosenOutcome::TimeOut => FaceOutcome::TimedOut,
        };
        let expires = issued.saturating_add(RECEIPT_LIFE).ok()?;
        Receipt {
            binding,
            outcome,
            issued,
            expires,
        }
        .sign(&self.key)
        .ok()
    }
}

async fn choose(State(provider): Shared, request: Request) -> Response {
    let form = request
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| {
            value
                .as_bytes()
                .starts_with(b"application/x-www-form-urlencoded")
        });
    let choice = if form {
        read_form(request).await
    } else {
        read(request).await
    };
    let Some(choice) = choice else {
        return unreadable();
    };
    let Some(chosen) = provider.end(choice) else {
        return plain(
            StatusCode::NOT_FOUND,
            "there is no such ticket, or it is too old\n",
        );
    };
    if !form {
        let body = serde_json::to_vec(&chosen).unwrap_or_default();
        return answer(StatusCode::OK, "application/json", body);
    }
    let (state, handle) = (chosen.state.to_text(), chosen.handle.0.to_text());
    let Some(url) = &provider.return_url else {
        let page = page_of(&format!(
            "<h1>完成 · Done</h1><p>Go back to the phone.</p>\
             <p id=\"back\" data-state=\"{state}\" data-handle=\"{handle}\"></p>"
        ));
        return answer(StatusCode::OK, "text/html; charset=utf-8", page);
    };
    match HeaderValue::from_str(&format!("{url}?state={state}&handle={handle}")) {
        Ok(target) => {
            let mut response = plain(StatusCode::SEE_OTHER, "");
            response.headers_mut().insert(header::LOCATION, target);
            response
        }
        Err(_) => plain(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the return address is wrong\n",
        ),
    }
}

async fn read_form(request: Request) -> Option<Choice> {
    let body = to_bytes(request.into_body(), BODY_LIMIT).await.ok()?;
    let text = std::str::from_utf8(&body).ok()?;
    // Both fields hold only characters that a form never escapes.
    let fields: HashMap<&str, &str> = text
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .collect();
    let ticket = FixedBytes::from_text(fields.get("ticket")?)?;
    let outcome = serde_json::from_value((*fields.get("outcome")?).into()).ok()?;
    Some(Choice {
        ticket: TicketId(ticket),
        outcome,
    })
}

async fn receipt(State(provider): Shared, request: Request) -> Response {
    let Some(asked) = read::<ProviderReceiptRequest>(request).await else {
        return unreadable();
    };
    let tickets = provider
        .tickets
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let found = tickets.iter().find_map(|(ticket, ended)| {
        let ended = ended.as_ref()?;
        let fits =
            ticket.ticket == asked.ticket && constant_time_equal(&ended.handle, &asked.handle.0.0);
        fits.then(|| ended.receipt.clone())
    });
    match found {
        Some(receipt) => answer(StatusCode::OK, CBOR_MEDIA_TYPE, receipt),
        None => plain(StatusCode::NOT_FOUND, "there is no such receipt\n"),
    }
}

#[derive(Deserialize)]
struct PageQuery {
    ticket: String,
}

async fn page(State(provider): Shared, Query(query): Query<PageQuery>) -> Response {
    let known = FixedBytes::<16>::from_text(&query.ticket).filter(|ticket| {
        let tickets = provider
            .tickets
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        tickets.iter().any(|(known, _)| known.ticket.0 == *ticket)
    });
    let Some(ticket) = known else {
        return plain(StatusCode::NOT_FOUND, "there is no such ticket\n");
    };
    // Written again from what was read, so that nothing of the query gets into the page.
    let ticket = ticket.to_text();
    let button = |outcome: &str, words: &str| {
        format!("<button name=\"outcome\" value=\"{outcome}\">{words}</button>")
    };
    let buttons = [
        button("pass", "通过 · The face fits"),
        button("fail", "不通过 · It does not fit"),
        button("cancel", "取消 · Cancel"),
        button("time_out", "超时 · Let time run out"),
        button("wrong_person", "他人 · Somebody else's receipt"),
    ]
    .concat();
    let page = page_of(&format!(
        "<h1>人脸核验（演示） · Face check (demonstration)</h1>\
         <p>No camera is used. Choose how the check ends.</p>\
         <form method=\"post\" action=\"{OUTCOMES_PATH}\">\
         <input type=\"hidden\" name=\"ticket\" value=\"{ticket}\">{buttons}</form>"
    ));
    answer(StatusCode::OK, "text/html; charset=utf-8", page)
}

fn page_of(body: &str) -> Vec<u8> {
    format!(
        "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>Face check (demonstration)</title>\
         <style>:root{{font:112.5%/1.5 sans-serif}}\
         body{{margin:32px auto;max-width:32rem;padding:0 16px;overflow-wrap:anywhere}}\
         h1{{font-size:1.4rem}}button{{display:block;width:100%;min-height:60px;margin:.5rem 0;font:inherit}}</style>\
         <main>{body}</main></html>"
    )
    .into_bytes()
}
