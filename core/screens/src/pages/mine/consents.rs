//! To what the person agreed, and how to withdraw it: each purpose by itself, with what stops then.

use liangma_wire::consent::Purpose;

use crate::{
    event::Event,
    glance::Glance,
    known::{ConsentGiven, Waiting},
    pages::pressed,
    screen::Screen,
    state::State,
    task::{Effect, Task},
    update::begin,
    widget::{Rank, Tone, Widget},
};

pub(crate) use crate::pages::nothing_done as done;

/// A purpose: its id on the glass, its name, what stops without it, and the question.
struct Words {
    purpose: Purpose,
    id: &'static str,
    name: &'static str,
    stops: &'static str,
}

const PURPOSES: [Words; 4] = [
    Words {
        purpose: Purpose::HealthCode,
        id: "withdraw-health-code",
        name: "purpose-health-code",
        stops: "stops-health-code",
    },
    Words {
        purpose: Purpose::FaceCheck,
        id: "withdraw-face-check",
        name: "purpose-face-check",
        stops: "stops-face-check",
    },
    Words {
        purpose: Purpose::HealthDeclaration,
        id: "withdraw-health-declaration",
        name: "purpose-health-declaration",
        stops: "stops-health-declaration",
    },
    Words {
        purpose: Purpose::TripDeclaration,
        id: "withdraw-trip-declaration",
        name: "purpose-trip-declaration",
        stops: "stops-trip-declaration",
    },
];

fn answer(state: &State, purpose: Purpose) -> Option<&ConsentGiven> {
    let mut answers = state.known.consents.iter();
    answers.find(|answer| answer.purpose == purpose)
}

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    let mut widgets = vec![glance.text("about", "withdraw-about")];
    widgets.extend(glance.trouble());
    let waits = |one: &Waiting| one.what == "consent" && one.refused.is_none();
    if glance.state.known.outbox.iter().any(waits) {
        widgets.push(glance.notice_in("waiting", Tone::Calm, "sending.waiting", None));
    }
    widgets.extend(PURPOSES.iter().map(|words| purpose(glance, words)));
    for words in &PURPOSES {
        widgets.extend(glance.sheet(
            words.id,
            ["withdraw-ask", words.stops, "withdraw", "not-now"],
            false,
        ));
    }
    glance.screen("data-consents", widgets)
}

fn purpose(glance: &Glance<'_>, words: &Words) -> Widget {
    let id = |what: &str| format!("{}-{what}", words.id);
    let answer = answer(glance.state, words.purpose);
    let stands = match answer {
        Some(answer) if answer.given => "consent-given",
        Some(_) => "consent-withdrawn",
        None => "consent-not-asked",
    };
    let mut widgets = vec![glance.pair(&id("stands"), "consent-stands", glance.say(stands))];
    if let Some(answer) = answer {
        widgets.push(glance.pair(&id("at"), "consent-at", glance.when(answer.at)));
        if answer.given {
            widgets.push(glance.text(&id("stops"), words.stops));
            widgets.push(glance.button(words.id, "withdraw", Rank::Secondary));
        }
    }
    glance.section(&id("section"), words.name, widgets)
}

pub(crate) fn update(state: &mut State, event: &Event, effects: &mut Vec<Effect>) {
    let Some(pressed) = pressed(event) else {
        return;
    };
    for words in &PURPOSES {
        let Some(rest) = pressed.strip_prefix(words.id) else {
            continue;
        };
        match rest {
            "" => state.asking = Some(words.id.to_owned()),
            "-no" => state.asking = None,
            "-yes" if state.asking.take().as_deref() == Some(words.id) => {
                withdraw(state, words.purpose, effects);
            }
            _ => {}
        }
    }
}

fn withdraw(state: &mut State, purpose: Purpose, effects: &mut Vec<Effect>) {
    let Some(version) = answer(state, purpose).map(|answer| answer.version) else {
        return;
    };
    let task = Task::Consent {
        purpose,
        version,
        language: state.kept.preferences.language.tag().to_owned(),
        given: false,
    };
    begin(state, task, effects);
}
