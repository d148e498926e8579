//! What holds on every page, whatever is known.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use jiff::{SignedDuration, Timestamp};
use liangma_card::{Language, Standard, StateWords, View};
use liangma_screens::{
    CodePosition, Event, Kept, Known, Page, Preferences, Seen, State, Words, update, view,
};
use serde_json::json;

fn seen() -> Seen {
    Seen {
        standard: Standard::built_in().unwrap(),
        states: StateWords::built_in().unwrap(),
        words: Words::built_in().unwrap(),
    }
}

fn start() -> Timestamp {
    "2022-04-01T00:00:00Z".parse().unwrap()
}

/// A phone on these pages, the one in front last.
fn phone(language: Language, view: View, pages: &[Page]) -> State {
    let preferences = Preferences {
        language,
        view,
        code_position: CodePosition::Top,
    };
    let mut kept: Kept = State::new(preferences).kept;
    kept.stack = pages.to_vec();
    kept.seen.insert(Page::About.id().to_owned());
    State::from_kept(kept)
}

/// A phone with a green code, as the terminal tells it.
fn with_code() -> Known {
    serde_json::from_value(json!({
        "stage": "ready",
        "zone": "Asia/Shanghai",
        "clock": "trusted",
        "code": {
            "colour": 1,
            "name": "王**",
            "document": {"document_type": "resident_identity", "visible": "112X"},
            "live": true,
            "covered_until": "2022-04-02T00:00:00Z",
        },
    }))
    .unwrap()
}

fn learned(known: Known) -> Event {
    Event::Learned {
        known: Box::new(known),
    }
}

#[test]
fn back_leads_from_every_page_to_the_code_below_it() {
    for page in Page::ALL.iter().filter(|page| **page != Page::Code) {
        let state = phone(Language::ZhHans, View::Normal, &[Page::Code, *page]);
        let (state, effects) = update(state, &Event::Back, start());
        assert_eq!(state.page(), Page::Code, "back on {page:?}");
        assert!(effects.is_empty(), "back on {page:?}: {effects:?}");
    }
}

#[test]
fn every_page_has_a_title_and_something_on_it_in_every_language_and_view() {
    let seen = seen();
    for page in Page::ALL {
        for language in Language::ALL {
            for size in [View::Normal, View::Care, View::International] {
                let state = phone(language, size, &[Page::Code, *page]);
                let screen = view(&state, &seen);
                assert_eq!(screen.route, page.id());
                assert!(!screen.title.is_empty(), "{page:?} in {language:?}");
                assert!(!screen.widgets.is_empty(), "{page:?} in {language:?}");
            }
        }
    }
}

#[test]
fn ten_idle_minutes_with_a_screen_reader_bring_one_announcement() {
    let seen = seen();
    let mut state = phone(Language::ZhHans, View::Normal, &[Page::Code]);
    let mut at = start();
    let mut said = 0;
    for turn in 0..30 {
        // The network comes and goes, and the phone refreshes by itself.
        let mut known = with_code();
        known.offline = turn % 5 == 3;
        known.refreshing = turn % 7 == 2;
        let (next, effects) = update(state, &learned(known), at);
        state = next;
        assert!(effects.is_empty());
        said += view(&state, &seen).announcements.len();
        at += SignedDuration::from_secs(20);
    }
    assert_eq!(said, 1, "the code is lit, and no more");
}

#[test]
fn announcements_are_ten_seconds_apart_and_the_most_urgent_comes_first() {
    let seen = seen();
    let mut state = phone(Language::En, View::Normal, &[Page::Code]);
    let mut tell = |known: Known, after: i64| {
        let at = start() + SignedDuration::from_secs(after);
        let (next, _) = update(state.clone(), &learned(known), at);
        state = next;
        view(&state, &seen).announcements
    };
    let lit = seen_words("announce-lit");
    let changed = seen_words("announce-colour-changed");
    let left = seen_words("announce-hour-left");
    let mut last = with_code();
    assert_eq!(tell(last.clone(), 0), [lit]);
    if let Some(code) = &mut last.code {
        code.last_hour = true;
    }
    assert!(tell(last.clone(), 3).is_empty(), "it is too early");
    if let Some(code) = &mut last.code {
        code.colour = 2;
    }
    assert!(tell(last.clone(), 6).is_empty(), "it is too early");
    assert_eq!(tell(last.clone(), 10), [changed]);
    assert_eq!(tell(last, 20), [left]);
}

/// English words of an id, from their file.
fn seen_words(id: &str) -> String {
    let text = include_str!("../../../ui-spec/words/en/common.ftl");
    let mut lines = text.lines().filter_map(|line| line.split_once(" = "));
    lines.find(|(name, _)| *name == id).unwrap().1.to_owned()
}
