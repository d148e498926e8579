//! What of the code is on this phone, and until when: what a person can count on without a network.

use crate::{
    event::Event,
    glance::Glance,
    known::Clock,
    pages::pressed,
    screen::Screen,
    state::State,
    task::{Effect, Task},
    update::begin,
    widget::{Rank, Tone, Widget},
};

pub(crate) use crate::pages::nothing_done as done;

const REFRESH: &str = "refresh";

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    let known = &glance.state.known;
    let mut widgets: Vec<_> = glance.trouble().into_iter().collect();
    if let Some(code) = &known.code {
        match code.works_offline_until {
            Some(until) => {
                widgets.push(glance.pair("until", "ready-until", glance.when(until)));
            }
            None => widgets.push(glance.notice(
                "not-ready",
                Tone::Careful,
                "ready-not",
                "ready-not-act",
            )),
        }
        widgets.push(glance.pair("code", "ready-code", glance.when(code.covered_until)));
        let reasons = match code.explained_at {
            Some(at) if !known.reasons.is_empty() => glance.when(at),
            _ => glance.say("ready-missing"),
        };
        widgets.push(glance.pair("reasons", "ready-reasons", reasons));
        widgets.push(glance.pair("clock", "ready-clock", clock(glance, known.clock)));
        if let Some(at) = code.updated_at {
            widgets.push(glance.pair("updated", "ready-updated", glance.when(at)));
        }
    } else {
        let state = known.no_code.as_deref();
        let state = state.unwrap_or(super::card::NO_CODE);
        widgets.push(glance.notice_in("no-code", Tone::Careful, state, None));
    }
    widgets.push(network(glance));
    if !known.outbox.is_empty() {
        let count = known.outbox.len();
        let text = glance.say_with("how-many", &[("count", count.into())]);
        widgets.push(glance.pair("outbox", "code-outbox", text));
    }
    widgets.push(glance.button(REFRESH, "code-refresh", Rank::Primary));
    glance.screen("code-ready", widgets)
}

fn clock(glance: &Glance<'_>, clock: Clock) -> String {
    glance.say(match clock {
        Clock::Trusted => "ready-clock-trusted",
        Clock::Estimated => "ready-clock-estimated",
        Clock::Unknown => "ready-clock-unknown",
    })
}

fn network(glance: &Glance<'_>) -> Widget {
    let words = if glance.state.known.offline {
        "ready-network-none"
    } else {
        "ready-network-fine"
    };
    glance.pair("network", "ready-network", glance.say(words))
}

pub(crate) fn update(state: &mut State, event: &Event, effects: &mut Vec<Effect>) {
    if pressed(event) == Some(REFRESH) {
        begin(state, Task::Refresh, effects);
    }
}
