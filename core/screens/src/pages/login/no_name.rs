//! "I cannot type my name": the number is typed, and a counter reads the name from the document.

use crate::{
    event::Event,
    glance::Glance,
    page::Page,
    pages::{login::person, pressed},
    screen::Screen,
    state::State,
    task::Effect,
    widget::Rank,
};

pub(crate) use crate::pages::nothing_done as done;

const ON: &str = "on";

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    glance.screen(
        "no-name-title",
        vec![
            glance.text("how", "no-name-how"),
            glance.text("bring", "no-name-bring"),
            glance.button(ON, "no-name-on", Rank::Primary),
        ],
    )
}

pub(crate) fn update(state: &mut State, event: &Event, _effects: &mut Vec<Effect>) {
    if pressed(event) == Some(ON) {
        person::set_without_name(state, true);
        state.replace(Page::Login);
    }
}
