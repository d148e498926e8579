//! The code over the whole glass. A tap anywhere leads back to the code, and nothing else is there to be
//! touched: rain and gloves never lead a person away from it.

use crate::{
    event::Event,
    glance::Glance,
    page::Page,
    pages::{code::said, pressed},
    screen::{Presentation, Screen},
    state::State,
    task::Effect,
    widget::Rank,
};

pub(crate) use crate::pages::nothing_done as done;

const CARD: &str = "card";
const SMALLER: &str = "smaller";

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    let mut widgets = Vec::new();
    match &glance.state.known.code {
        Some(code) => widgets.push(said::card(glance, code, true)),
        // It ended while it stood here: the words say so, and the tap leads to what helps.
        None => {
            let state = glance.state.known.no_code.as_deref();
            let state = state.unwrap_or(super::card::NO_CODE);
            let tone = crate::widget::Tone::Careful;
            widgets.push(glance.notice_in("no-code", tone, state, None));
        }
    }
    widgets.push(glance.way(SMALLER, "code-smaller", Rank::Quiet));
    let mut screen = glance.screen("code-title", widgets);
    screen.presentation = Presentation::Modal;
    said::lit(glance, &mut screen);
    screen
}

pub(crate) fn update(state: &mut State, event: &Event, _effects: &mut Vec<Effect>) {
    if matches!(pressed(event), Some(CARD | SMALLER)) && !state.pop() {
        state.reset(Page::Code);
    }
}
