//! Consent, one purpose at a time, where it is needed: the text with its version, and what follows from
//! either answer. Refusing is always possible, and the other way is said.

use liangma_wire::consent::Purpose;

use crate::{
    event::Event,
    glance::Glance,
    page::Page,
    pages::{declaration, pressed, verification},
    screen::Screen,
    state::{State, key},
    task::{Effect, Outcome, Task, TaskName},
    update::begin,
    widget::{Kind, Rank, Tone, Widget},
};

/// The version of each text. A text that says something else has a higher one.
const TEXT_VERSION: u32 = 1;
const CONSENT: &str = "consent";
const AGREE: &str = "agree";
const REFUSE: &str = "refuse";
/// The answer that is on its way, kept beside what the person chose.
const ANSWER: &str = "answer";

/// What a page about one purpose says.
struct Words {
    title: &'static str,
    text: &'static str,
    refused: &'static str,
    refused_act: &'static str,
}

const fn words(purpose: Purpose) -> Words {
    match purpose {
        Purpose::HealthCode => Words {
            title: "consent-health-code-title",
            text: "consent-health-code-text",
            refused: "consent-health-code-refused",
            refused_act: "consent-health-code-refused-act",
        },
        Purpose::FaceCheck => Words {
            title: "consent-face-check-title",
            text: "consent-face-check-text",
            refused: "consent-face-check-refused",
            refused_act: "consent-face-check-refused-act",
        },
        Purpose::HealthDeclaration => Words {
            title: "consent-health-declaration-title",
            text: "consent-health-declaration-text",
            refused: "consent-declaration-refused",
            refused_act: "consent-declaration-refused-act",
        },
        Purpose::TripDeclaration => Words {
            title: "consent-trip-declaration-title",
            text: "consent-trip-declaration-text",
            refused: "consent-declaration-refused",
            refused_act: "consent-declaration-refused-act",
        },
    }
}

fn view(glance: &Glance<'_>, purpose: Purpose) -> Screen {
    let words = words(purpose);
    let given = glance.state.consented(purpose);
    let mut widgets = Vec::new();
    widgets.extend(glance.trouble());
    if given == Some(false) {
        widgets.push(glance.notice("refused", Tone::Calm, words.refused, words.refused_act));
    }
    widgets.push(Widget::new(
        CONSENT,
        glance.say("consent-text"),
        Kind::Consent {
            version: TEXT_VERSION,
            text: glance.say(words.text),
            given,
        },
    ));
    widgets.push(glance.button(AGREE, "consent-agree", Rank::Primary));
    widgets.push(glance.button(REFUSE, "consent-refuse", Rank::Secondary));
    glance.screen(words.title, widgets)
}

fn update(state: &mut State, event: &Event, effects: &mut Vec<Effect>, purpose: Purpose) {
    let given = match (event, pressed(event)) {
        (Event::Switched { widget, on }, _) if widget == CONSENT => *on,
        (_, Some(AGREE)) => true,
        (_, Some(REFUSE)) => false,
        _ => return,
    };
    if state.working.is_some() {
        return;
    }
    let answer = if given { AGREE } else { REFUSE };
    let place = key(state.page(), ANSWER);
    state.kept.chosen.insert(place, vec![answer.to_owned()]);
    let task = Task::Consent {
        purpose,
        version: TEXT_VERSION,
        language: state.kept.preferences.language.tag().to_owned(),
        given,
    };
    begin(state, task, effects);
}

fn done(
    state: &mut State,
    task: TaskName,
    outcome: &Outcome,
    effects: &mut Vec<Effect>,
    purpose: Purpose,
) {
    // On disk is enough to go on: it is sent before anything that needs it.
    if task != TaskName::Consent || !matches!(outcome, Outcome::Went | Outcome::Waits) {
        return;
    }
    let page = state.page();
    let given = state.one_chosen(page, ANSWER) == Some(AGREE);
    state.forget(page);
    match (purpose, given) {
        (Purpose::HealthCode, true) => {
            state.reset(Page::Apply);
            verification::apply::arrive(state, effects);
        }
        // Stays, and says which ways there are without a code.
        (Purpose::HealthCode, false) => {}
        (Purpose::FaceCheck, true) => {
            state.replace(Page::Face);
            verification::face::arrive(state, effects);
        }
        (Purpose::FaceCheck, false) => {
            state.replace(Page::Counter);
            verification::counter::arrive(state, effects);
        }
        (Purpose::HealthDeclaration | Purpose::TripDeclaration, _) => {
            let _first = !state.pop();
            if given {
                declaration::agreed(state, effects);
            }
        }
    }
}

/// The page of each purpose.
macro_rules! consent_pages {
    ($($module:ident: $purpose:ident,)*) => {$(
        pub(crate) mod $module {
            use liangma_wire::consent::Purpose;

            use crate::{
                event::Event,
                glance::Glance,
                screen::Screen,
                state::State,
                task::{Effect, Outcome, TaskName},
            };

            pub(crate) fn view(glance: &Glance<'_>) -> Screen {
                super::view(glance, Purpose::$purpose)
            }

            pub(crate) fn update(state: &mut State, event: &Event, effects: &mut Vec<Effect>) {
                super::update(state, event, effects, Purpose::$purpose);
            }

            pub(crate) fn done(
                state: &mut State,
                task: TaskName,
                outcome: &Outcome,
                effects: &mut Vec<Effect>,
            ) {
                super::done(state, task, outcome, effects, Purpose::$purpose);
            }
        }
    )*};
}

consent_pages! {
    health_code: HealthCode,
    face_check: FaceCheck,
    health_declaration: HealthDeclaration,
    trip_declaration: TripDeclaration,
}
