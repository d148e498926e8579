//! What the screens remember. Everything that a person typed or chose is here, and all of it that must
//! survive a restart goes into one sealed draft.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use liangma_card::{Language, View};
use liangma_wire::consent::Purpose;
use serde::{Deserialize, Serialize};

use crate::{
    known::Known,
    page::Page,
    task::{Device, TaskName, Trouble},
    widget::CodePosition,
};

/// The most characters that any field holds, whatever a shell sends.
pub const TEXT_MAX: usize = 4_000;
/// The highest revision of a text: the last whole number that every shell's language counts exactly.
pub(crate) const REVISION_MAX: u64 = (1 << 53) - 1;
/// The most bytes that are kept over a restart, as JSON: what the terminal keeps of a draft, and room.
const KEPT_MAX: usize = 60 * 1024;

/// The state of one phone's screens.
#[derive(Clone, PartialEq)]
pub struct State {
    /// What is kept over a restart.
    pub kept: Kept,
    /// What the terminal says.
    pub known: Known,
    /// What is being done by the person's wish.
    pub working: Option<Working>,
    /// What went wrong last, until the person does something about it.
    pub trouble: Option<TroubleOn>,
    /// The sheet that asks before something is done, by its widget id.
    pub asking: Option<String>,
    /// What was fetched for a page and is not kept.
    pub fetched: Fetched,
    /// What is said or felt once, with the next screen.
    pub once: Once,
    /// When something was last said, so that a screen reader is not hurried.
    pub said_at: Option<Timestamp>,
    /// What is to be said when the time has come, the most urgent first.
    pub unsaid: Vec<Saying>,
    /// Whether the code has been lit since the program came to the front.
    pub lit: bool,
    /// Whether the program is in front.
    pub in_front: bool,
    /// The countdown on the page in front that came to its end.
    pub ran_out: Option<String>,
    /// When the last event came: what day it is.
    pub at: Timestamp,
}

/// What is kept over a restart: sealed, because it holds what was typed.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// How the person likes the glass.
    pub preferences: Preferences,
    /// The pages, the one in front last. Never empty.
    pub stack: Vec<Page>,
    /// Texts by `page.widget`.
    pub texts: BTreeMap<String, Typed>,
    /// Choices by `page.widget`.
    pub chosen: BTreeMap<String, Vec<String>>,
    /// Switches that were turned, by `page.widget`.
    pub switched: BTreeMap<String, bool>,
    /// Pages that the person has been through once, such as what this is and is not.
    pub seen: BTreeSet<String>,
}

/// A text in a field.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typed {
    /// The text.
    pub text: String,
    /// The highest revision seen.
    pub revision: u64,
}

impl Typed {
    /// Another revision, so that a shell takes the text.
    pub(crate) fn turn(&mut self) {
        self.revision = self.revision.saturating_add(1).min(REVISION_MAX);
    }
}

impl Kept {
    /// Whether the terminal has room for all of it.
    pub(crate) fn fits(&self) -> bool {
        serde_json::to_string(self).is_ok_and(|text| text.len() <= KEPT_MAX)
    }
}

/// How the person likes the glass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferences {
    /// The language.
    pub language: Language,
    /// The view.
    pub view: View,
    /// Where the code stands.
    #[serde(default)]
    pub code_position: CodePosition,
}

impl Preferences {
    /// How the glass begins on a device whose person reads these languages, the best first, as BCP 47 tags:
    /// the first that there are words for. Who reads none of them begins in English, with Chinese beside it
    /// on the card, because those who check it read Chinese.
    #[must_use]
    pub fn of_device<'a>(tags: impl IntoIterator<Item = &'a str>) -> Self {
        let language = tags.into_iter().find_map(language_of);
        let preferences = |language, view| Self {
            language,
            view,
            code_position: CodePosition::default(),
        };
        match language {
            Some(Language::En) | None => preferences(Language::En, View::International),
            Some(language) => preferences(language, View::Normal),
        }
    }
}

/// The language of a tag such as `zh-TW` or `en-GB`.
fn language_of(tag: &str) -> Option<Language> {
    let tag = tag.to_ascii_lowercase().replace('_', "-");
    let mut parts = tag.split('-');
    let traditional = |part: &str| ["hant", "tw", "hk", "mo"].contains(&part);
    match parts.next()? {
        "zh" if tag.contains("hans") => Some(Language::ZhHans),
        "zh" if parts.any(traditional) => Some(Language::ZhHant),
        "yue" | "zh" => Some(Language::ZhHans),
        "en" => Some(Language::En),
        _ => None,
    }
}

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Working {
    /// What.
    pub task: TaskName,
    /// Whether it has lasted two seconds.
    pub slow: bool,
}

/// What went wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TroubleOn {
    /// The page.
    pub page: Page,
    /// What.
    pub trouble: Trouble,
}

/// What was fetched for a page.
#[derive(Clone, Default, PartialEq)]
pub struct Fetched {
    /// The person's devices.
    pub devices: Option<Vec<Device>>,
    /// What this phone or the platform holds.
    pub document: Option<String>,
    /// A handle for a counter: QR text, spoken code, end.
    pub counter: Option<(String, String, Timestamp)>,
    /// How the last face check ended.
    pub face: Option<String>,
    /// What the last refresh by hand brought, as a state id.
    pub refreshed: Option<String>,
    /// The counter was asked for, and had not approved yet.
    pub counter_waits: bool,
    /// What became of what was sent from a page, as a state id of the group `sending`.
    pub sent: Option<(Page, &'static str)>,
}

/// Something that a screen reader says, the most urgent first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Saying {
    /// The code has ended.
    Expired,
    /// The colour is another.
    ColourChanged,
    /// Less than an hour is left.
    HourLeft,
    /// How a refresh by hand ended, as a state id.
    Refresh(String),
    /// The code is lit.
    Lit,
}

/// What is said or felt once.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Once {
    /// What a screen reader says.
    pub announce: Vec<Saying>,
    /// Whether the hand feels a tick.
    pub tick: bool,
}

impl State {
    /// The state of a phone that was never started.
    #[must_use]
    pub fn new(preferences: Preferences) -> Self {
        Self::from_kept(Kept {
            preferences,
            stack: vec![Page::Language],
            texts: BTreeMap::new(),
            chosen: BTreeMap::new(),
            switched: BTreeMap::new(),
            seen: BTreeSet::new(),
        })
    }

    /// The state after a restart.
    #[must_use]
    pub fn from_kept(mut kept: Kept) -> Self {
        if kept.stack.is_empty() {
            kept.stack.push(Page::Language);
        }
        Self {
            kept,
            known: Known::default(),
            working: None,
            trouble: None,
            asking: None,
            fetched: Fetched::default(),
            once: Once::default(),
            said_at: None,
            unsaid: Vec::new(),
            lit: false,
            in_front: true,
            ran_out: None,
            at: Timestamp::UNIX_EPOCH,
        }
    }

    /// The page in front.
    #[must_use]
    pub fn page(&self) -> Page {
        self.kept.stack.last().copied().unwrap_or(Page::Language)
    }

    /// Goes to a page over the one in front; to one that is open already, by going back to it.
    pub(crate) fn push(&mut self, page: Page) {
        self.leave_page();
        if let Some(at) = self.kept.stack.iter().position(|open| *open == page) {
            self.kept.stack.truncate(at + 1);
        } else {
            self.kept.stack.push(page);
        }
    }

    /// Goes to a page in place of the one in front.
    pub(crate) fn replace(&mut self, page: Page) {
        self.kept.stack.pop();
        self.push(page);
    }

    /// Goes to a page with nothing to go back to.
    pub(crate) fn reset(&mut self, page: Page) {
        self.leave_page();
        self.kept.stack = vec![page];
    }

    /// Goes back one page; false on the first.
    pub(crate) fn pop(&mut self) -> bool {
        if self.kept.stack.len() < 2 {
            return false;
        }
        self.leave_page();
        self.kept.stack.pop();
        true
    }

    fn leave_page(&mut self) {
        self.asking = None;
        self.trouble = None;
        self.ran_out = None;
    }

    /// What was typed into a field of a page.
    #[must_use]
    pub(crate) fn text(&self, page: Page, widget: &str) -> &str {
        self.typed(page, widget).0
    }

    /// What was typed into a field of a page, with its revision.
    #[must_use]
    pub(crate) fn typed(&self, page: Page, widget: &str) -> (&str, u64) {
        self.kept
            .texts
            .get(&key(page, widget))
            .map_or(("", 0), |typed| (typed.text.as_str(), typed.revision))
    }

    /// What is chosen in a choice of a page.
    #[must_use]
    pub(crate) fn chosen(&self, page: Page, widget: &str) -> &[String] {
        self.kept
            .chosen
            .get(&key(page, widget))
            .map_or(&[], Vec::as_slice)
    }

    /// The one option that is chosen in a choice of a page.
    #[must_use]
    pub(crate) fn one_chosen(&self, page: Page, widget: &str) -> Option<&str> {
        self.chosen(page, widget).first().map(String::as_str)
    }

    /// Forgets what was entered on a page: it went where it was meant to go.
    pub(crate) fn forget(&mut self, page: Page) {
        let prefix = key(page, "");
        for (name, typed) in &mut self.kept.texts {
            if name.starts_with(&prefix) {
                typed.text.clear();
                // So that a shell takes the empty field.
                typed.turn();
            }
        }
        self.kept
            .chosen
            .retain(|name, _| !name.starts_with(&prefix));
        self.kept
            .switched
            .retain(|name, _| !name.starts_with(&prefix));
    }

    /// The trouble on the page in front.
    #[must_use]
    pub(crate) fn trouble_here(&self) -> Option<&Trouble> {
        let page = self.page();
        self.trouble
            .as_ref()
            .filter(|trouble| trouble.page == page)
            .map(|trouble| &trouble.trouble)
    }

    /// Something went wrong on the page in front, by the id of its state.
    pub(crate) fn is_wrong(&mut self, state: &str) {
        self.trouble = Some(TroubleOn {
            page: self.page(),
            trouble: Trouble::of_state(state),
        });
    }

    /// Something that was entered on the page in front is wrong, by the code of what it is.
    pub(crate) fn field_is_wrong(&mut self, field: &str, reason: &str) {
        self.trouble = Some(TroubleOn {
            page: self.page(),
            trouble: Trouble {
                field: Some(field.to_owned()),
                reason: Some(reason.to_owned()),
                ..Trouble::of_state("terminal.field")
            },
        });
    }

    /// Whether a purpose was agreed to; `None` before the person answered.
    #[must_use]
    pub(crate) fn consented(&self, purpose: Purpose) -> Option<bool> {
        let answers = self.known.consents.iter();
        let newest = answers
            .filter(|answer| answer.purpose == purpose)
            .max_by_key(|answer| answer.at)?;
        Some(newest.given)
    }

    /// Whether this task is under way.
    #[must_use]
    pub(crate) fn is_doing(&self, task: TaskName) -> bool {
        self.working.is_some_and(|working| working.task == task)
    }
}

/// Where a page's widget keeps what was entered.
pub(crate) fn key(page: Page, widget: &str) -> String {
    format!("{}/{widget}", page.id())
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "State({:?}, {:?})", self.kept.stack, self.known)
    }
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Kept({:?})", self.stack)
    }
}
