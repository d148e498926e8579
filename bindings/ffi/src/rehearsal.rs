//! Golden traces, played through the real screens: for the tests of a shell's renderer.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use liangma_card::{Language, View};
use liangma_screens::{
    CodePosition, Page, Preferences, Seen, State,
    collector::{CheckerClock, Collector, Lists},
    update, view,
};
use serde::Deserialize;

use crate::{
    error::LiangmaError,
    event::{Effect, Event},
    mirror::Mirror as _,
    screen::Screen,
};

/// Plays one golden trace of `ui-spec/traces`, step by step. Opens nothing, writes nothing, sends nothing.
#[derive(uniffi::Object)]
pub struct Rehearsal {
    seen: Seen,
    playing: Mutex<Playing>,
}

struct Playing {
    pages: Pages,
    at: Timestamp,
    steps: std::vec::IntoIter<Step>,
}

/// The phone's own pages, or those of a collector whom it is lent to.
enum Pages {
    Own(Box<State>),
    Lent(Box<Collector>),
}

impl Playing {
    fn screen(&self, seen: &Seen) -> liangma_screens::Screen {
        match &self.pages {
            Pages::Own(state) => view(state, seen),
            Pages::Lent(collector) => {
                collector.view(CheckerClock::trusted(self.at), &seen.standard, &seen.words)
            }
        }
    }

    fn update(&mut self, event: &liangma_screens::Event) -> Vec<liangma_screens::Effect> {
        match &mut self.pages {
            Pages::Own(state) => {
                let (next, effects) = update((**state).clone(), event, self.at);
                **state = next;
                effects
            }
            Pages::Lent(collector) => collector.update(event, CheckerClock::trusted(self.at)),
        }
    }
}

#[derive(Deserialize)]
struct Trace {
    start: Start,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Start {
    at: Timestamp,
    language: Language,
    view: View,
    #[serde(default)]
    pages: Vec<Page>,
    checking: Option<Lists>,
}

#[derive(Deserialize)]
struct Step {
    #[serde(default)]
    after: i64,
    event: liangma_screens::Event,
}

/// What came of one step of a trace.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct RehearsedStep {
    /// The event, where it is one that a shell sends; `null` for what the core tells itself.
    pub event: Option<Event>,
    /// What the shell does.
    pub effects: Vec<Effect>,
    /// The screen after it.
    pub screen: Screen,
}

#[uniffi::export]
impl Rehearsal {
    /// Reads a trace: the text of its file.
    ///
    /// # Errors
    /// `Input` when it is not one.
    #[uniffi::constructor]
    pub fn new(trace: String) -> Result<Self, LiangmaError> {
        let trace: Trace =
            serde_json::from_str(&trace).map_err(|_| LiangmaError::input("trace.unreadable"))?;
        let seen = Seen::built_in().map_err(|_| LiangmaError::defect("standard.built_in"))?;
        let mut state = State::new(Preferences {
            language: trace.start.language,
            view: trace.start.view,
            code_position: CodePosition::Top,
        });
        if !trace.start.pages.is_empty() {
            let mut kept = state.kept.clone();
            kept.stack = trace.start.pages;
            kept.seen.insert(Page::About.id().to_owned());
            state = State::from_kept(kept);
        }
        let pages = match trace.start.checking {
            None => Pages::Own(Box::new(state)),
            Some(lists) => {
                let lent = lists.lent(trace.start.language, trace.start.view, trace.start.at);
                let lent = lent.ok_or_else(|| LiangmaError::input("trace.unreadable"))?;
                Pages::Lent(Box::new(lent))
            }
        };
        Ok(Self {
            seen,
            playing: Mutex::new(Playing {
                pages,
                at: trace.start.at,
                steps: trace.steps.into_iter(),
            }),
        })
    }

    /// The screen now.
    pub fn screen(&self) -> Screen {
        let playing = self.playing.lock().unwrap_or_else(PoisonError::into_inner);
        Screen::mirror(playing.screen(&self.seen))
    }

    /// Plays the next step; `null` after the last.
    pub fn next_step(&self) -> Option<RehearsedStep> {
        let mut playing = self.playing.lock().unwrap_or_else(PoisonError::into_inner);
        let Step { after, event } = playing.steps.next()?;
        playing.at = playing
            .at
            .saturating_add(SignedDuration::from_secs(after))
            .unwrap_or(playing.at);
        let effects = playing.update(&event);
        let screen = playing.screen(&self.seen);
        Some(RehearsedStep {
            event: Event::of_core(event),
            effects: effects
                .iter()
                .filter_map(|effect| Effect::of_core(effect, |widget| screen.aloud(widget)))
                .collect(),
            screen: Screen::mirror(screen),
        })
    }
}
