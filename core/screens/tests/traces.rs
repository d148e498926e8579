//! Golden traces: events in, effects and screens out, as `ui-spec/traces/*.json` has them.
//!
//! A trace is written by its events; `BLESS=1` fills in what comes of them, to be read before it is
//! kept. Every shell runs the same traces.
//!
//! `SCREENS=FOLDER` writes every screen of every trace in each language and view to that folder, for the
//! shells' tests of labels and sizes.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{collections::BTreeSet, fs, path::PathBuf};

use jiff::{SignedDuration, Timestamp};
use liangma_card::{Language, Standard, StateWords, View};
use liangma_screens::collector::{CheckerClock, Collector, Lists};
use liangma_screens::{
    CodePosition, Effect, Event, Kept, Page, Preferences, Screen, Seen, State, Words, update, view,
};
use serde::{Deserialize, Serialize};

/// A trace as its file has it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Trace {
    /// What it shows, in a sentence.
    about: String,
    start: Start,
    steps: Vec<Step>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Start {
    at: Timestamp,
    language: Language,
    view: View,
    /// The pages that are open, the one in front last; without any, the first start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pages: Vec<Page>,
    /// The phone is lent to checking codes by these lists: its pages are those of a collector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checking: Option<Lists>,
    #[serde(default)]
    screen: serde_json::Value,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// Seconds since the step before.
    #[serde(default, skip_serializing_if = "is_zero")]
    after: i64,
    event: serde_json::Value,
    #[serde(default)]
    effects: serde_json::Value,
    #[serde(default)]
    screen: serde_json::Value,
}

fn is_zero(seconds: &i64) -> bool {
    *seconds == 0
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../ui-spec/traces")
}

fn files() -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    files.sort();
    files
}

fn seen() -> Seen {
    Seen {
        standard: Standard::built_in().unwrap(),
        states: StateWords::built_in().unwrap(),
        words: Words::built_in().unwrap(),
    }
}

/// What a trace is played to.
enum Playing {
    Phone(Box<State>),
    Lent(Box<Collector>),
}

impl Playing {
    fn update(&mut self, event: &Event, at: Timestamp) -> Vec<Effect> {
        match self {
            Self::Phone(state) => {
                let (next, effects) = update((**state).clone(), event, at);
                **state = next;
                effects
            }
            Self::Lent(collector) => collector.update(event, CheckerClock::trusted(at)),
        }
    }

    fn screen(&self, seen: &Seen, at: Timestamp) -> Screen {
        match self {
            Self::Phone(state) => view(state, seen),
            Self::Lent(collector) => {
                collector.view(CheckerClock::trusted(at), &seen.standard, &seen.words)
            }
        }
    }

    fn state(&self) -> Option<State> {
        match self {
            Self::Phone(state) => Some((**state).clone()),
            Self::Lent(_) => None,
        }
    }
}

/// The screen as JSON, having gone through the types and back: nothing may get lost on the way.
fn screen_json(screen: &Screen) -> serde_json::Value {
    let json = serde_json::to_value(screen).unwrap();
    let again: Screen = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(again, *screen, "a screen survives its own form");
    json
}

/// Plays a trace anew: differences to what it says, and every state of the phone on the way.
fn play(trace: &mut Trace, seen: &Seen) -> (Vec<String>, Vec<State>) {
    let mut differences = Vec::new();
    let mut at = trace.start.at;
    let preferences = Preferences {
        language: trace.start.language,
        view: trace.start.view,
        code_position: CodePosition::Top,
    };
    let mut state = State::new(preferences);
    if !trace.start.pages.is_empty() {
        let mut kept: Kept = state.kept.clone();
        kept.stack.clone_from(&trace.start.pages);
        kept.seen.insert(Page::About.id().to_owned());
        state = State::from_kept(kept);
    }
    let mut playing = match &trace.start.checking {
        None => Playing::Phone(Box::new(state)),
        Some(lists) => {
            let lent = lists.lent(trace.start.language, trace.start.view, at);
            Playing::Lent(Box::new(lent.unwrap()))
        }
    };
    let mut settle = |place: &mut serde_json::Value, now: serde_json::Value, what: String| {
        if *place != now {
            differences.push(what);
            *place = now;
        }
    };
    settle(
        &mut trace.start.screen,
        screen_json(&playing.screen(seen, at)),
        "the first screen".to_owned(),
    );
    let mut states: Vec<_> = playing.state().into_iter().collect();
    for (number, step) in trace.steps.iter_mut().enumerate() {
        at += SignedDuration::from_secs(step.after);
        let event: Event = serde_json::from_value(step.event.clone()).unwrap();
        let json = serde_json::to_value(playing.update(&event, at)).unwrap();
        settle(
            &mut step.effects,
            json,
            format!("the effects of step {number}"),
        );
        let json = screen_json(&playing.screen(seen, at));
        settle(
            &mut step.screen,
            json,
            format!("the screen of step {number}"),
        );
        states.extend(playing.state());
    }
    (differences, states)
}

#[test]
fn every_trace_gives_the_screens_that_it_is_known_for() {
    let seen = seen();
    let bless = std::env::var_os("BLESS").is_some();
    let mut wrong = Vec::new();
    for file in files() {
        let text = fs::read_to_string(&file).unwrap();
        let mut trace: Trace = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{} is no trace: {error}", file.display()));
        let (mut differences, _) = play(&mut trace, &seen);
        // Every language is compared with the bytes of the file.
        let written = serde_json::to_string_pretty(&trace).unwrap() + "\n";
        if differences.is_empty() && written != text {
            differences.push("written in another form".to_owned());
        }
        if differences.is_empty() {
            continue;
        }
        if bless {
            fs::write(&file, written).unwrap();
        } else {
            wrong.push(format!("{}: {}", file.display(), differences.join(", ")));
        }
    }
    assert!(
        wrong.is_empty(),
        "look at the difference with BLESS=1 and git diff:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn every_page_is_seen_in_some_trace() {
    let mut routes = BTreeSet::new();
    for file in files() {
        let trace: Trace = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        let screens = trace.steps.into_iter().map(|step| step.screen);
        for screen in screens.chain([trace.start.screen]) {
            routes.insert(screen["route"].as_str().unwrap_or_default().to_owned());
        }
    }
    let unseen: Vec<_> = Page::ALL
        .iter()
        .map(|page| page.id())
        .filter(|id| !routes.contains(*id))
        .collect();
    assert!(unseen.is_empty(), "no trace shows {unseen:?}");
}

/// The screens of these states for people who like the glass in this way; each once, in order.
fn screens_for(states: &[State], language: Language, view_: View, seen: &Seen) -> Vec<String> {
    let mut known = BTreeSet::new();
    let screens = states.iter().map(|state| {
        let mut state = state.clone();
        state.kept.preferences.language = language;
        state.kept.preferences.view = view_;
        serde_json::to_string(&view(&state, seen)).unwrap()
    });
    screens
        .filter(|screen| known.insert(screen.clone()))
        .collect()
}

#[test]
fn every_screen_can_be_seen_in_each_language_and_view() {
    let seen = seen();
    let out = std::env::var_os("SCREENS").map(PathBuf::from);
    let mut states = Vec::new();
    for file in files() {
        let mut trace: Trace = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        states.extend(play(&mut trace, &seen).1);
    }
    let first = screens_for(&states, Language::ZhHans, View::Normal, &seen).len();
    for language in Language::ALL {
        for view in View::ALL {
            let screens = screens_for(&states, language, view, &seen);
            assert!(
                screens.len() * 10 > first * 9,
                "{language:?} {view:?} lacks screens"
            );
            if let Some(folder) = &out {
                let name = format!("{}-{}.json", language.tag(), view.name());
                fs::write(folder.join(name), format!("[{}]", screens.join(",\n"))).unwrap();
            }
        }
    }
}
