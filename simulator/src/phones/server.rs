//! The pages: served to this machine alone, and to nobody else's page.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Query, Request, State, WebSocketUpgrade};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Json, Router};
use liangma_domain::identity::DocumentType;
use liangma_platform::{ServeError, ServeHandle};
use liangma_terminal::ports::FaceReturn;
use liangma_wire::bytes::FixedBytes;
use liangma_wire::face::ReceiptHandle;
use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::collector::CollectorDevice;
use super::desk::Desk;
use super::glass::LARGEST_MESSAGE;
use super::tab;
use super::world::{FACE_RETURN_PATH, World};
use crate::commands::provider::browser;

/// What a page may load, and from where: its own files, and nothing that stands in its text.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
];
/// How long open requests get when the program ends.
const GRACE: Duration = Duration::from_secs(2);
/// How long a request may take, its body and its answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// The most tabs that are open at once, of all phones and the collector's device together.
const MOST_TABS: usize = 200;

/// The files of the pages, in the program itself.
macro_rules! files {
    ($($name:literal),* $(,)?) => {
        const FILES: &[(&str, &str)] = &[$(($name, include_str!(concat!("../../web/", $name))),)*];
    };
}

files!(
    "start.html",
    "start.css",
    "start.js",
    "card.js",
    "phone.html",
    "phone.js",
    "phone.css",
    "collector.html",
    "collector.css",
    "collector.js",
    "desk.html",
    "desk.css",
    "desk.js",
    "widgets.js",
);

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct Shared {
    /// Everything behind the pages.
    pub(crate) world: Arc<World>,
    /// Turns true when the program ends.
    pub(crate) stopping: watch::Receiver<bool>,
    /// The places of the tabs.
    pub(crate) tabs: Arc<Semaphore>,
}

impl Shared {
    /// A place for another tab, or the answer that there is none.
    pub(crate) fn place(&self) -> Result<OwnedSemaphorePermit, (StatusCode, &'static str)> {
        self.tabs.clone().try_acquire_owned().map_err(|_| {
            let words = "Too many tabs are open. Close some, and try again.\n";
            (StatusCode::SERVICE_UNAVAILABLE, words)
        })
    }
}

/// Serves the pages until the program ends.
pub(crate) async fn serve(
    listener: TcpListener,
    world: Arc<World>,
    stopping: watch::Receiver<bool>,
) -> Result<(), ServeError> {
    let client = browser().map_err(std::io::Error::other)?;
    let handle = ServeHandle::new();
    let mut asked = stopping.clone();
    let ending = handle.clone();
    tokio::spawn(async move {
        tab::the_end(&mut asked).await;
        ending.shutdown(GRACE);
    });
    let tabs = Arc::new(Semaphore::new(MOST_TABS));
    let shared = Shared {
        world,
        stopping,
        tabs,
    };
    handle.serve_plain(listener, app(shared, client)).await
}

/// All pages.
fn app(shared: Shared, client: reqwest::Client) -> Router {
    let address = shared.world.address();
    let collector = CollectorDevice::new(shared.world.clone(), shared.stopping.clone());
    let desk = Desk::new(shared.world.clone(), collector.clone(), client);
    Router::new()
        .route("/", get(|| file("start.html")))
        .route(
            "/web/{name}",
            get(|Path(name): Path<String>| async move { file(&name).await }),
        )
        .route("/phones", get(phones))
        .route("/phones/{key}", get(phone))
        .route("/phones/{key}/glass", get(glass))
        .route(FACE_RETURN_PATH, get(face_returned))
        .merge(collector.routes())
        .merge(desk.routes())
        .fallback(|| async { nothing_here() })
        .with_state(shared)
        .layer(middleware::from_fn(move |request, next| {
            guard(address, request, next)
        }))
}

/// Lets in only whoever came to this address by its own name, from one of its own pages.
async fn guard(address: SocketAddr, request: Request, next: Next) -> Response {
    let mut response = match refusal(address, request.headers()) {
        Some(why) => (StatusCode::FORBIDDEN, why).into_response(),
        None => tokio::time::timeout(PATIENCE, next.run(request))
            .await
            .unwrap_or_else(|_| {
                let words = "This took too long. Try again.\n";
                (StatusCode::REQUEST_TIMEOUT, words).into_response()
            }),
    };
    for (name, value) in HEADERS {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Why a request is refused.
fn refusal(address: SocketAddr, headers: &HeaderMap) -> Option<&'static str> {
    let port = address.port();
    let mine = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    if !host.is_some_and(|host| mine.iter().any(|name| name == host)) {
        return Some(
            "This page is served to this machine only. Open the address that the program printed.\n",
        );
    }
    let another =
        Some("Another page may not use this one. Open the address that the program printed.\n");
    // A page that fetches a picture or a script names no origin; the browser tells whose page it is. A link
    // may lead here, as the face provider's does.
    let says = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let of_another_site = matches!(says("sec-fetch-site"), Some("cross-site" | "same-site"));
    if of_another_site && says("sec-fetch-mode") != Some("navigate") {
        return another;
    }
    let origin = headers.get(header::ORIGIN)?;
    let origin = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.strip_prefix("http://"));
    let is_mine = origin.is_some_and(|origin| mine.iter().any(|name| name == origin));
    if is_mine { None } else { another }
}

pub(super) async fn file(name: &str) -> Response {
    let found = FILES.iter().find(|(known, _)| *known == name);
    found.map_or_else(nothing_here, |(name, text)| {
        let media_type = match name.rsplit_once('.') {
            Some((_, "html")) => "text/html; charset=utf-8",
            Some((_, "css")) => "text/css; charset=utf-8",
            _ => "text/javascript; charset=utf-8",
        };
        ([(header::CONTENT_TYPE, media_type)], *text).into_response()
    })
}

fn nothing_here() -> Response {
    let words = "There is no such page. Begin at the address that the program printed.\n";
    (StatusCode::NOT_FOUND, words).into_response()
}

/// A phone on the start page.
#[derive(Serialize)]
struct PhoneView {
    key: &'static str,
    name: &'static str,
    document: &'static str,
    document_type: DocumentType,
    phone: &'static str,
    about: &'static str,
    view: liangma_card::View,
    language: liangma_card::Language,
}

async fn phones(State(shared): State<Shared>) -> Json<Vec<PhoneView>> {
    let views = shared.world.rigs().iter().map(|rig| {
        let (person, likes) = (rig.person(), super::people::preferences(rig.person()));
        PhoneView {
            key: person.key,
            name: person.name,
            document: person.document_number,
            document_type: person.document_type,
            phone: person.phone,
            about: person.about,
            view: likes.view,
            language: likes.language,
        }
    });
    Json(views.collect())
}

async fn phone(State(shared): State<Shared>, Path(key): Path<String>) -> Response {
    match shared.world.rig(&key) {
        Some(_) => file("phone.html").await,
        None => nothing_here(),
    }
}

async fn glass(
    State(shared): State<Shared>,
    Path(key): Path<String>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let Some(rig) = shared.world.rig(&key).cloned() else {
        return nothing_here();
    };
    let place = match shared.place() {
        Ok(place) => place,
        Err(none) => return none.into_response(),
    };
    upgrade
        .max_message_size(LARGEST_MESSAGE)
        .max_frame_size(LARGEST_MESSAGE)
        .on_upgrade(move |socket| async move {
            tab::serve(socket, rig, shared.stopping).await;
            drop(place);
        })
}

/// What the link from the face provider carries.
#[derive(Deserialize)]
struct Back {
    state: String,
    handle: String,
}

async fn face_returned(State(shared): State<Shared>, Query(back): Query<Back>) -> Response {
    let (state, handle) = (
        FixedBytes::from_text(&back.state),
        FixedBytes::from_text(&back.handle),
    );
    let rig = match (state, handle) {
        (Some(state), Some(handle)) => {
            let back = FaceReturn {
                state,
                handle: ReceiptHandle(handle),
            };
            shared.world.face_returned(back).await
        }
        _ => None,
    };
    rig.map_or_else(nothing_here, |rig| {
        Redirect::to(&format!("/phones/{}", rig.person().key)).into_response()
    })
}
