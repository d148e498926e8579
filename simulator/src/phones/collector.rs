//! The collector's page: one device at a door. The page is its glass, its camera and its reader; frames are
//! read and judged here, and nothing of them is kept.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::ws::{Message, WebSocket};
use axum::extract::{State, WebSocketUpgrade};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use jiff::{SignedDuration, Timestamp};
use liangma_card::{Language, Panel};
use liangma_credential::{CheckerClock, TrustStore};
use liangma_domain::profile::RegionProfile;
use liangma_screens::Event;
use liangma_screens::collector::{Collector, PICTURE, SCANNER};
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, Semaphore, watch};

use super::glass::{FromPage, ToPage};
use super::server::{Shared, file};
use super::tab::the_end;
use super::world::World;
use crate::commands::check::find_profile;
use crate::failure::{Failure, OrFail as _};
use crate::picture::{self, Frame};

/// How often the device fetches new lists while its page is open.
const LISTS_INTERVAL: Duration = Duration::from_secs(20);
/// The longest side of a frame, in pixels.
const FRAME_SIDE: u16 = 1_600;
/// The largest picture, and so the largest message.
const LARGEST_MESSAGE: usize = 16 * 1024 * 1024;
/// No text is longer; the check says what is too long for a code.
const TEXT_LIMIT: usize = 4_096;
/// A message with a frame begins with this, then width and height in two bytes each, the lower first.
const FRAME: u8 = 1;
/// A message with a picture file begins with this.
const PICTURE_FILE: u8 = 2;

/// The device of the collector. Its page may be open several times; they all show the same.
pub(crate) struct CollectorDevice {
    world: Arc<World>,
    state: Mutex<DeviceState>,
    changes: watch::Sender<u64>,
    stopping: watch::Receiver<bool>,
    /// One picture at a time: a large one takes much memory, and several pages may send one.
    eyes: Arc<Semaphore>,
}

struct DeviceState {
    /// Nothing before the first lists were fetched.
    collector: Option<Collector>,
    network: bool,
    ahead: SignedDuration,
    fetched_at: Option<Instant>,
}

/// What surrounds the device, for the desk.
#[derive(Serialize)]
pub(crate) struct CollectorStatus {
    network: bool,
    clock_ahead: i64,
}

/// What a page says beside the events of every glass.
#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "snake_case", deny_unknown_fields)]
enum Said {
    /// A hand-held reader typed a code.
    Read { text: String },
}

/// What a page is told beside the screen.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Told {
    /// What was sent was looked at; the page may send the next.
    Looked(bool),
    /// Panel and text of each colour of the standard, by its number; 0 is for none.
    Palette(BTreeMap<u8, [String; 2]>),
}

impl CollectorDevice {
    /// A device that has no lists yet.
    pub(crate) fn new(world: Arc<World>, stopping: watch::Receiver<bool>) -> Arc<Self> {
        Arc::new(Self {
            world,
            state: Mutex::new(DeviceState {
                collector: None,
                network: true,
                ahead: SignedDuration::ZERO,
                fetched_at: None,
            }),
            changes: watch::channel(0).0,
            stopping,
            eyes: Arc::new(Semaphore::new(1)),
        })
    }

    /// The page and its socket.
    pub(crate) fn routes(self: &Arc<Self>) -> Router<Shared> {
        Router::new()
            .route("/collector", get(|| file("collector.html")))
            .route(
                "/collector/glass",
                get({
                    let device = self.clone();
                    move |State(shared): State<Shared>, upgrade: WebSocketUpgrade| {
                        glass(shared, device, upgrade)
                    }
                }),
            )
    }

    /// What surrounds it.
    pub(crate) async fn status(&self) -> CollectorStatus {
        let state = self.state.lock().await;
        CollectorStatus {
            network: state.network,
            clock_ahead: state.ahead.as_secs(),
        }
    }

    /// Switches its network on or off.
    pub(crate) async fn set_network(&self, on: bool) {
        let mut state = self.state.lock().await;
        state.network = on;
        state.fetched_at = None;
        drop(state);
        self.changed();
    }

    /// Sets its clock so far ahead of the right time.
    pub(crate) async fn set_clock_ahead(&self, ahead: SignedDuration) {
        self.state.lock().await.ahead = ahead;
        self.changed();
    }

    fn changed(&self) {
        self.changes
            .send_modify(|number| *number = number.wrapping_add(1));
    }

    /// Fetches lists when it is time. Without a network, or when the platform is away, those it has stay.
    async fn fetch_lists(&self) -> Result<(), Failure> {
        {
            let mut state = self.state.lock().await;
            let is_due = |at: Instant| at.elapsed() >= LISTS_INTERVAL;
            if !state.network || !state.fetched_at.is_none_or(is_due) {
                return Ok(());
            }
            state.fetched_at = Some(Instant::now());
        }
        let region = self.world.region();
        let lists = region.fetch_lists().await?;
        let files: Vec<&[u8]> = lists
            .trust
            .files
            .iter()
            .chain([&lists.recall])
            .map(Vec::as_slice)
            .collect();
        let mut state = self.state.lock().await;
        let now = state.now();
        if let Some(collector) = &mut state.collector {
            take(collector.trust_mut(), &files, now);
            let profile = profile_of(collector.trust_mut(), region.profile())?;
            collector.set_profile(profile);
        } else {
            let mut trust = TrustStore::from_root(region.root()).or_fail(
                "the root of trust is not accepted",
                "start the program again",
            )?;
            take(&mut trust, &files, now);
            let profile = profile_of(&trust, region.profile())?;
            state.collector = Some(Collector::new(trust, profile, Language::ZhHans, now));
        }
        drop(state);
        self.changed();
        Ok(())
    }

    async fn happened(&self, event: &Event) {
        let mut state = self.state.lock().await;
        let clock = CheckerClock::trusted(state.now());
        if let Some(collector) = &mut state.collector {
            // A device of its own has nowhere to go back to, and its page speaks by itself.
            let _effects = collector.update(event, clock);
        }
        drop(state);
        self.changed();
    }

    /// The screen as JSON, and how long it stays as it is.
    async fn screen(&self) -> Option<(String, Duration)> {
        let state = self.state.lock().await;
        let now = state.now();
        let seen = self.world.seen();
        let collector = state.collector.as_ref()?;
        let screen = collector.view(CheckerClock::trusted(now), &seen.standard, &seen.words);
        let due = collector.due(now).map_or(LISTS_INTERVAL, |due| {
            let left = due.duration_since(now);
            // A little later, so that the screen of then is seen.
            Duration::try_from(left).unwrap_or_default() + Duration::from_millis(5)
        });
        Some((ToPage::Screen(&screen).json(), due.min(LISTS_INTERVAL)))
    }

    fn palette(&self) -> Told {
        let standard = &self.world.seen().standard;
        let of = |panel: &Panel| [panel.panel.to_string(), panel.text.to_string()];
        let colours = standard.colours().iter();
        let named = colours.map(|style| (style.number, of(&style.panel)));
        Told::Palette(named.chain([(0, of(standard.no_colour()))]).collect())
    }

    /// Looks at what a camera or a person sent, on a thread for work that takes long.
    async fn look(&self, bytes: Vec<u8>) {
        let Ok(eyes) = self.eyes.clone().acquire_owned().await else {
            return;
        };
        let looked = tokio::task::spawn_blocking(move || {
            let seen = see(&bytes);
            // Also when nobody waits for the answer any more, the next picture is looked at after this one.
            drop(eyes);
            seen
        });
        let seen = looked.await;
        // A decoder that fell over a picture has seen nothing in it.
        if let Some(event) = seen.ok().flatten() {
            self.happened(&event).await;
        }
    }
}

impl DeviceState {
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        now.saturating_add(self.ahead).unwrap_or(now)
    }
}

fn take(trust: &mut TrustStore, files: &[&[u8]], now: Timestamp) {
    for bytes in files {
        if let Err(error) = trust.update(bytes, now) {
            tracing::warn!(%error, "the collector's device left a list out");
        }
    }
}

/// The region's profile, from the lists or as the program carries it.
fn profile_of(trust: &TrustStore, name: &str) -> Result<RegionProfile, Failure> {
    find_profile(trust, name)?.ok_or_else(|| {
        Failure::new(
            "the collector's device has no profile of its region",
            "start the program again",
        )
    })
}

/// What is in a binary message, if anything happened by it.
fn see(bytes: &[u8]) -> Option<Event> {
    let (kind, rest) = bytes.split_first()?;
    match *kind {
        FRAME => {
            let (&[w0, w1, h0, h1], pixels) = rest.split_first_chunk::<4>()?;
            let (width, height) = (u16::from_le_bytes([w0, w1]), u16::from_le_bytes([h0, h1]));
            if width > FRAME_SIDE || height > FRAME_SIDE {
                return None;
            }
            match picture::from_frame(width.into(), height.into(), pixels.to_vec())? {
                Frame::Code(text) => Some(read_by(SCANNER, text)),
                Frame::Glimpsed => Some(read_by(SCANNER, String::new())),
                Frame::Nothing => None,
            }
        }
        PICTURE_FILE => Some(read_by(
            PICTURE,
            picture::from_bytes(rest).unwrap_or_default(),
        )),
        _ => None,
    }
}

/// What a camera, a reader or a picture gave; nothing where it gave nothing that can be read.
fn read_by(widget: &str, text: String) -> Event {
    Event::Typed {
        widget: widget.to_owned(),
        text,
        revision: 0,
    }
}

async fn glass(
    shared: Shared,
    device: Arc<CollectorDevice>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let place = match shared.place() {
        Ok(place) => place,
        Err(none) => return none.into_response(),
    };
    upgrade
        .max_message_size(LARGEST_MESSAGE)
        .max_frame_size(LARGEST_MESSAGE)
        .on_upgrade(move |socket| async move {
            // A page that is gone says nothing, and nothing is to be done about it.
            let _ended = follow(socket, &device).await;
            drop(place);
        })
}

/// Serves one page until it is closed or the program ends.
async fn follow(mut socket: WebSocket, device: &CollectorDevice) -> Result<(), axum::Error> {
    let mut changes = device.changes.subscribe();
    let mut stopping = device.stopping.clone();
    let mut shown = String::new();
    tell(&mut socket, &device.palette()).await?;
    loop {
        if let Err(failure) = device.fetch_lists().await {
            tracing::warn!(?failure, "the collector's device could not fetch its lists");
        }
        let mut wait = Duration::from_secs(1);
        if let Some((screen, due)) = device.screen().await {
            wait = due;
            if screen != shown {
                socket.send(Message::Text(screen.as_str().into())).await?;
                shown = screen;
            }
        }
        tokio::select! {
            said = socket.recv() => match said {
                None | Some(Ok(Message::Close(_))) => return Ok(()),
                Some(said) => hear(&mut socket, device, said?).await?,
            },
            changed = changes.changed() => if changed.is_err() { return Ok(()) },
            () = tokio::time::sleep(wait) => {}
            () = the_end(&mut stopping) => return Ok(()),
        }
    }
}

async fn tell(socket: &mut WebSocket, told: &Told) -> Result<(), axum::Error> {
    // Plain data with names for keys.
    let json = serde_json::to_string(told).unwrap_or_default();
    socket.send(Message::Text(json.into())).await
}

async fn hear(
    socket: &mut WebSocket,
    device: &CollectorDevice,
    said: Message,
) -> Result<(), axum::Error> {
    match said {
        Message::Binary(bytes) => {
            device.look(bytes.to_vec()).await;
            tell(socket, &Told::Looked(true)).await?;
        }
        Message::Text(text) => match serde_json::from_str(&text) {
            Ok(Said::Read { text }) if text.len() <= TEXT_LIMIT => {
                device.happened(&read_by(SCANNER, text)).await;
            }
            _ => match FromPage::read(&text) {
                Ok(FromPage::Event(event)) => device.happened(&event).await,
                Ok(FromPage::Width(_) | FromPage::Visible(_)) => {}
                Err(error) => {
                    let say = error.to_string();
                    let told = ToPage::Error { say }.json();
                    socket.send(Message::Text(told.into())).await?;
                }
            },
        },
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use liangma_card::{
        CardModel, ClockState, Code, Fonts, Holder, Scale, Standard, Validity, View, png, scene,
    };
    use liangma_domain::colour::Colour;
    use liangma_domain::identity::DocumentType;
    use liangma_domain::mask::{MaskedDocument, MaskedName};

    use super::*;

    const TEXT: &str = "LM1:6BFOXN*TS0BI$ZD.P9UOL97O4-2HH77HRM3DSPTLRR+%3.ZH9M9ESIGUBA KWML";

    /// A whole card of a phone as a picture file.
    fn card(text: &str) -> Vec<u8> {
        let now: Timestamp = "2022-04-01T08:00:07Z".parse().unwrap();
        let model = CardModel {
            view: View::Normal,
            language: Language::ZhHans,
            width: 411,
            terminal_name: "亮码".to_owned(),
            code: Code::Live {
                text: text.to_owned(),
                colour: Colour::GREEN,
            },
            name: MaskedName::from_text("王*").unwrap(),
            document: MaskedDocument::from_visible(DocumentType::ResidentIdentity, "112X").unwrap(),
            now,
            zone: "Asia/Shanghai".to_owned(),
            validity: Validity {
                works_offline_until: None,
                updated_at: None,
                clock: ClockState::Trusted,
            },
            sandbox: true,
            holder: Holder::Own,
        };
        let scene = scene(&Standard::built_in().unwrap(), &model).unwrap();
        png(&scene, &Fonts::embedded().unwrap(), Scale::new(2.0)).unwrap()
    }

    fn read(widget: &str) -> Option<Event> {
        Some(read_by(widget, TEXT.to_owned()))
    }

    #[test]
    fn a_card_is_read_from_a_dropped_picture_and_from_a_frame() {
        let file = card(TEXT);
        assert_eq!(see(&[&[PICTURE_FILE][..], &file].concat()), read(PICTURE));
        let grey = image::load_from_memory(&file).unwrap().to_luma8();
        let side = |side: u32| u16::try_from(side).unwrap().to_le_bytes();
        let (width, height) = (side(grey.width()), side(grey.height()));
        let frame = [&[FRAME][..], &width, &height, grey.as_raw()].concat();
        assert_eq!(see(&frame), read(SCANNER));
    }

    #[test]
    fn what_is_no_frame_or_too_large_is_left_aside() {
        let empty: [&[u8]; 6] = [
            &[],
            &[FRAME],
            &[FRAME, 2, 0, 2, 0, 9, 9, 9],
            &[FRAME, 2, 0, 2, 0, 9, 9, 9, 9, 9],
            &[FRAME, 255, 255, 1, 0],
            &[7, 1, 2, 3],
        ];
        for bytes in empty {
            assert_eq!(see(bytes), None, "{bytes:?}");
        }
        assert_eq!(
            see(&[&[FRAME, 64, 0, 64, 0][..], &[255; 64 * 64]].concat()),
            None,
            "an empty gate"
        );
        assert_eq!(
            see(&[PICTURE_FILE, 0xff, 0xfe]),
            Some(read_by(PICTURE, String::new()))
        );
    }
}
