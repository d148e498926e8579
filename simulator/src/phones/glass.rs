//! What goes between a phone and the tabs that are its glass.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use liangma_card::{Item, NARROWEST, Rectangle, Scene, Spoken, WIDEST};
use liangma_screens::driver::Glass;
use liangma_screens::{Effect, Event, Screen};
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;

/// The largest message that a page may send: the longest text of a field, and room.
pub(crate) const LARGEST_MESSAGE: usize = 32 * 1024;
/// The longest id of a widget, and of a thing that is chosen.
const LONGEST_ID: usize = 200;
/// The most things that are chosen at once.
const MOST_CHOSEN: usize = 200;
/// A tab that falls further behind is told the newest of everything instead.
const BACKLOG: usize = 64;

/// What a page may say. Whatever else the screens know, such as the end of a task, is not a page's to say.
#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "snake_case", deny_unknown_fields)]
enum Said {
    Pressed {
        widget: String,
    },
    Typed {
        widget: String,
        text: String,
        revision: u64,
    },
    Chosen {
        widget: String,
        chosen: Vec<String>,
    },
    Switched {
        widget: String,
        on: bool,
    },
    RanOut {
        widget: String,
    },
    Back,
    Width {
        points: u32,
    },
    Visible {
        visible: bool,
    },
}

/// What a page said.
#[derive(Debug, PartialEq)]
pub(crate) enum FromPage {
    /// Something that the person did.
    Event(Event),
    /// The card's place is so wide, in points.
    Width(u32),
    /// Whether the page is seen.
    Visible(bool),
}

/// What is wrong with what a page said. The words name nothing of what was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PageError {
    /// Not an event.
    #[error("this was not understood: send one event as JSON, such as {{\"event\":\"back\"}}")]
    Malformed,
    /// Longer than anything that a page has to say.
    #[error("this was too long: ids have at most 200 bytes, and at most 200 things are chosen")]
    TooLong,
    /// Binary.
    #[error("this was not text: send one event as JSON in a text message")]
    NotText,
}

impl FromPage {
    /// Reads one message.
    pub(crate) fn read(text: &str) -> Result<Self, PageError> {
        if text.len() > LARGEST_MESSAGE {
            return Err(PageError::TooLong);
        }
        let said: Said = serde_json::from_str(text).map_err(|_| PageError::Malformed)?;
        let event = match said {
            Said::Width { points } => {
                return Ok(Self::Width(points.clamp(NARROWEST, WIDEST)));
            }
            Said::Visible { visible } => return Ok(Self::Visible(visible)),
            Said::Back => return Ok(Self::Event(Event::Back)),
            Said::Pressed { widget } => Event::Pressed { widget },
            Said::Typed {
                widget,
                text,
                revision,
            } => Event::Typed {
                widget,
                text,
                revision,
            },
            Said::Chosen { widget, chosen } => Event::Chosen { widget, chosen },
            Said::Switched { widget, on } => Event::Switched { widget, on },
            Said::RanOut { widget } => Event::RanOut { widget },
        };
        let fits = |id: &String| id.len() <= LONGEST_ID;
        let bounded = match &event {
            Event::Pressed { widget }
            | Event::RanOut { widget }
            | Event::Typed { widget, .. }
            | Event::Switched { widget, .. } => fits(widget),
            Event::Chosen { widget, chosen } => {
                fits(widget) && chosen.len() <= MOST_CHOSEN && chosen.iter().all(fits)
            }
            _ => true,
        };
        if bounded {
            Ok(Self::Event(event))
        } else {
            Err(PageError::TooLong)
        }
    }
}

/// What a page is told.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ToPage<'a> {
    /// Another screen, or the same with other contents.
    Screen(&'a Screen),
    /// The whole card, or that there is none.
    Card(Option<&'a Scene>),
    /// What is different on the card.
    CardPart(CardPart<'a>),
    /// Something that the shell does.
    Perform(&'a Effect),
    /// How the phone is.
    Status(&'a Status),
    /// What is wrong with what the page said.
    Error {
        /// In words.
        say: String,
    },
}

impl ToPage<'_> {
    /// As JSON.
    pub(crate) fn json(&self) -> String {
        // Every part is plain data with names for keys.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// What is different on a card whose parts are the same.
#[derive(Serialize)]
pub(crate) struct CardPart<'a> {
    part: Rectangle,
    items: Vec<&'a Item>,
    reading_order: &'a [Spoken],
}

impl<'a> CardPart<'a> {
    /// What is to be told so that a page which shows `before` shows `next`: nothing, the parts that
    /// changed, or the whole card.
    pub(crate) fn between(before: Option<&Scene>, next: &'a Scene) -> Option<ToPage<'a>> {
        let Some(before) = before else {
            return Some(ToPage::Card(Some(next)));
        };
        let ids = |scene: &Scene| scene.items.iter().map(|item| item.id).collect::<Vec<_>>();
        let same_frame = (before.width, before.height, before.language)
            == (next.width, next.height, next.language);
        if !same_frame || ids(before) != ids(next) {
            return Some(ToPage::Card(Some(next)));
        }
        let items = next
            .items
            .iter()
            .filter(|item| !before.items.contains(item))
            .collect();
        before.difference(next).map(|part| {
            ToPage::CardPart(Self {
                part,
                items,
                reading_order: &next.reading_order,
            })
        })
    }
}

/// How a phone is, beside its screen: what stands in a status bar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Status {
    /// Whether there is a network.
    pub(crate) network: bool,
    /// Whether nothing comes through it all the same.
    pub(crate) stalled: bool,
    /// Per cent of the battery.
    pub(crate) battery: u8,
    /// Seconds by which the phone's clock is ahead.
    pub(crate) clock_ahead: i64,
    /// Where the face provider waits for the person.
    pub(crate) handoff: Option<String>,
    /// The code of the newest message to this phone.
    pub(crate) message: Option<String>,
}

/// The tabs that are one phone's glass: all of them follow it.
pub(crate) struct Panes {
    news: broadcast::Sender<News>,
    status: Mutex<Status>,
    /// The tab that acted last: what a shell does is done there.
    acting: AtomicU64,
    next_tab: AtomicU64,
    visible: AtomicUsize,
    /// The start of the program whose screens are shown.
    start: AtomicU64,
}

/// What tabs are told.
#[derive(Clone)]
pub(crate) enum News {
    /// The screen is another.
    Screen(Arc<str>),
    /// One tab does something; every tab, for tab 0.
    Perform(u64, Arc<str>),
    /// The phone's state is another.
    Status,
}

impl Panes {
    /// No tabs yet.
    pub(crate) fn new() -> Self {
        Self {
            news: broadcast::channel(BACKLOG).0,
            status: Mutex::new(Status {
                network: true,
                stalled: false,
                battery: 100,
                clock_ahead: 0,
                handoff: None,
                message: None,
            }),
            acting: AtomicU64::new(0),
            next_tab: AtomicU64::new(1),
            visible: AtomicUsize::new(0),
            start: AtomicU64::new(0),
        }
    }

    /// A number for a new tab, and what it is told from now on.
    pub(crate) fn follow(&self) -> (u64, broadcast::Receiver<News>) {
        let tab = self.next_tab.fetch_add(1, Ordering::Relaxed);
        (tab, self.news.subscribe())
    }

    /// This tab acted.
    pub(crate) fn acts(&self, tab: u64) {
        self.acting.store(tab, Ordering::Relaxed);
    }

    /// This tab is gone.
    pub(crate) fn leaves(&self, tab: u64) {
        let _kept = self
            .acting
            .compare_exchange(tab, 0, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// A tab came in sight or went out of it; true when that makes the phone come to the front or leave it.
    pub(crate) fn seen(&self, visible: bool) -> bool {
        if visible {
            self.visible.fetch_add(1, Ordering::Relaxed) == 0
        } else {
            self.visible.fetch_sub(1, Ordering::Relaxed) == 1
        }
    }

    /// Has something done in the tab that acted last.
    pub(crate) fn perform(&self, effect: &Effect) {
        let tab = self.acting.load(Ordering::Relaxed);
        self.tell(News::Perform(tab, ToPage::Perform(effect).json().into()));
    }

    /// The provider's page that waits for the person.
    pub(crate) fn hand_off(&self, url: Option<String>) {
        self.change(|status| status.handoff = url);
    }

    /// How the phone is.
    pub(crate) fn status(&self) -> Status {
        self.locked().clone()
    }

    /// Changes how the phone is.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Status)) {
        change(&mut self.locked());
        self.tell(News::Status);
    }

    /// The glass for another start of the phone's program; what is left of an earlier one shows no more.
    pub(crate) fn of_next_start(self: &Arc<Self>) -> Arc<dyn Glass> {
        let start = self.start.fetch_add(1, Ordering::Relaxed) + 1;
        Arc::new(Pane {
            panes: self.clone(),
            start,
        })
    }

    fn tell(&self, news: News) {
        // Nobody may be looking.
        let _told = self.news.send(news);
    }

    fn locked(&self) -> MutexGuard<'_, Status> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The glass of one start of the program.
struct Pane {
    panes: Arc<Panes>,
    start: u64,
}

impl Pane {
    fn is_lit(&self) -> bool {
        self.panes.start.load(Ordering::Relaxed) == self.start
    }
}

impl Glass for Pane {
    fn show(&self, screen: &Screen) {
        if self.is_lit() {
            self.panes
                .tell(News::Screen(ToPage::Screen(screen).json().into()));
        }
    }

    fn perform(&self, effect: &Effect) {
        if self.is_lit() {
            self.panes.perform(effect);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_what_a_person_does() {
        let read = FromPage::read(r#"{"event":"pressed","widget":"send"}"#);
        assert_eq!(
            read,
            Ok(FromPage::Event(Event::Pressed {
                widget: "send".to_owned()
            }))
        );
        let read = FromPage::read(r#"{"event":"width","points":7}"#);
        assert_eq!(read, Ok(FromPage::Width(NARROWEST)));
    }

    #[test]
    fn a_page_cannot_say_what_is_the_terminals_to_say() {
        for text in [
            r#"{"event":"learned","known":{"stage":"ready"}}"#,
            r#"{"event":"done","task":"login_start","outcome":{"outcome":"went"}}"#,
            r#"{"event":"slow","task":"login_start"}"#,
            r#"{"event":"came_to_front"}"#,
        ] {
            assert_eq!(FromPage::read(text), Err(PageError::Malformed), "{text}");
        }
    }

    #[test]
    fn what_is_malformed_or_too_large_is_refused() {
        for text in [
            "",
            "[]",
            "null",
            "{",
            r#"{"event":"pressed"}"#,
            r#"{"event":"pressed","widget":1}"#,
            r#"{"event":"pressed","widget":"a","more":1}"#,
            r#"{"event":"typed","widget":"a","text":"b","revision":-1}"#,
        ] {
            assert_eq!(FromPage::read(text), Err(PageError::Malformed), "{text}");
        }
        let long = "a".repeat(LONGEST_ID + 1);
        let many = vec!["a"; MOST_CHOSEN + 1];
        for said in [
            serde_json::json!({"event": "pressed", "widget": long}),
            serde_json::json!({"event": "chosen", "widget": "a", "chosen": [long]}),
            serde_json::json!({"event": "chosen", "widget": "a", "chosen": many}),
            serde_json::json!({"event": "typed", "widget": "a", "revision": 1,
                "text": "a".repeat(LARGEST_MESSAGE)}),
        ] {
            assert_eq!(FromPage::read(&said.to_string()), Err(PageError::TooLong));
        }
    }

    #[test]
    fn the_tab_that_acted_last_performs_and_without_one_every_tab() {
        let panes = Arc::new(Panes::new());
        let (first, mut news) = panes.follow();
        let (second, _) = panes.follow();
        assert_ne!(first, second);
        let mut performed_by = |panes: &Panes| {
            panes.perform(&Effect::Leave);
            match news.try_recv() {
                Ok(News::Perform(tab, _)) => tab,
                _ => panic!("nothing is performed"),
            }
        };
        assert_eq!(performed_by(&panes), 0);
        panes.acts(second);
        assert_eq!(performed_by(&panes), second);
        panes.leaves(second);
        assert_eq!(performed_by(&panes), 0);
    }

    #[test]
    fn what_is_left_of_a_killed_program_shows_nothing() {
        let panes = Arc::new(Panes::new());
        let (_, mut news) = panes.follow();
        let killed = panes.of_next_start();
        let running = panes.of_next_start();
        killed.perform(&Effect::Leave);
        assert!(news.try_recv().is_err());
        running.perform(&Effect::Leave);
        assert!(news.try_recv().is_ok());
    }

    #[test]
    fn a_phone_is_in_front_while_any_of_its_tabs_is_seen() {
        let panes = Panes::new();
        assert!(panes.seen(true));
        assert!(!panes.seen(true));
        assert!(!panes.seen(false));
        assert!(panes.seen(false));
    }
}
