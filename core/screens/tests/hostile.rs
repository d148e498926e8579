//! What a shell sends that no shell of ours sends: it does no harm, on any page.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use jiff::Timestamp;
use liangma_card::{Language, Standard, StateWords, View};
use liangma_screens::{
    CodePosition, Effect, Event, Kept, Known, Outcome, Page, Preferences, Seen, State, TaskName,
    Words, update, view,
};
use serde_json::json;

/// Texts for fields, dates and options.
const TEXTS: [&str; 8] = [
    "",
    "-9999-01-01",
    "9999-12-31",
    "2022-13-45",
    "999999999999999999999999999999",
    "\0",
    "\u{202e}<img src=x onerror=alert(1)>",
    "{$name} { -term }",
];

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

fn phone(pages: &[Page]) -> State {
    let preferences = Preferences {
        language: Language::ZhHans,
        view: View::Normal,
        code_position: CodePosition::Top,
    };
    let mut kept: Kept = State::new(preferences).kept;
    kept.stack = pages.to_vec();
    kept.seen.insert(Page::About.id().to_owned());
    State::from_kept(kept)
}

fn ready() -> Event {
    let known: Known = serde_json::from_value(json!({
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
    .unwrap();
    Event::Learned {
        known: Box::new(known),
    }
}

fn events(id: &str) -> Vec<Event> {
    let widget = || id.to_owned();
    let mut events = vec![
        Event::Pressed { widget: widget() },
        Event::RanOut { widget: widget() },
        Event::Switched {
            widget: widget(),
            on: true,
        },
        Event::Chosen {
            widget: widget(),
            chosen: Vec::new(),
        },
        Event::Chosen {
            widget: widget(),
            chosen: TEXTS.map(str::to_owned).to_vec(),
        },
    ];
    for text in TEXTS {
        events.push(Event::Typed {
            widget: widget(),
            text: text.to_owned(),
            revision: u64::MAX,
        });
        events.push(Event::Chosen {
            widget: widget(),
            chosen: vec![text.to_owned()],
        });
    }
    events
}

#[test]
fn nothing_that_is_pressed_typed_or_chosen_breaks_a_page() {
    let seen = seen();
    for page in Page::ALL {
        let (mut state, _) = update(phone(&[Page::Code, *page]), &ready(), start());
        state.kept.stack = vec![Page::Code, *page];
        let widgets = view(&state, &seen).widgets;
        let of_page = widgets.iter().map(|widget| widget.id.as_str());
        let mut all = state.clone();
        for event in of_page.chain(["", "x/y"]).flat_map(events) {
            let (alone, _) = update(state.clone(), &event, start());
            assert!(!view(&alone, &seen).route.is_empty());
            // And one upon the other, as long as they stay on the page.
            let (next, _) = update(all.clone(), &event, Timestamp::MAX);
            if next.page() == *page {
                all = next;
            }
        }
        assert_eq!(view(&all, &seen).route, page.id());
    }
}

fn typed(widget: &str, text: &str, revision: u64) -> Event {
    Event::Typed {
        widget: widget.to_owned(),
        text: text.to_owned(),
        revision,
    }
}

#[test]
fn the_highest_revision_of_all_leaves_a_field_that_can_be_emptied_and_typed_into() {
    let seen = seen();
    let mut state = phone(&[Page::LoginCode]);
    (state, _) = update(state, &typed("code", "123456", u64::MAX), start());
    let pressed = Event::Pressed {
        widget: "log-in".to_owned(),
    };
    let (state, effects) = update(state, &pressed, start());
    assert!(matches!(effects.as_slice(), [Effect::Do { .. }]));
    let done = Event::Done {
        task: TaskName::LoginComplete,
        outcome: Outcome::Went,
    };
    let (mut state, _) = update(state, &done, start());
    state.kept.stack = vec![Page::LoginCode];
    let field = |state: &State| {
        let screen = serde_json::to_value(view(state, &seen)).unwrap();
        let widgets = screen["widgets"].as_array().unwrap().clone();
        widgets
            .into_iter()
            .find(|widget| widget["id"] == "code")
            .unwrap()
    };
    let empty = field(&state);
    assert_eq!(empty["text"], "");
    // As a shell whose numbers are floating point counts on.
    let next = empty["revision"].as_u64().unwrap() + 1;
    assert!(next <= 1 << 53);
    let (state, _) = update(state, &typed("code", "654321", next), start());
    assert_eq!(field(&state)["text"], "654321");
}

#[test]
fn what_is_entered_never_outgrows_what_the_terminal_keeps() {
    let mut state = phone(&[Page::Wrong]);
    let long = "\u{1}".repeat(1 << 20);
    for number in 0..40 {
        let widget = format!("made-up-{number}");
        let chosen = vec![long.clone(); 2];
        (state, _) = update(state, &typed(&widget, &long, 1), start());
        (state, _) = update(state, &Event::Chosen { widget, chosen }, start());
    }
    assert!(serde_json::to_string(&state.kept).unwrap().len() <= 64 * 1024);
    // What was there can still be changed.
    let (state, _) = update(state, &typed("made-up-0", "short", 2), start());
    assert_eq!(state.kept.texts["wrong/made-up-0"].text, "short");
}
