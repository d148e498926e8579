//! "I cannot type my name": number and phone are typed, a counter reads the name from the document, and
//! somebody can be called.

use crate::{
    event::Event,
    glance::Glance,
    page::Page,
    pages::{help::calls, login::person, pressed},
    screen::Screen,
    state::State,
    task::Effect,
    widget::Rank,
};

pub(crate) use crate::pages::nothing_done as done;

const ON: &str = "on";

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    let mut widgets = vec![
        glance.text("fault", "no-name-fault"),
        glance.text("how", "no-name-how"),
        glance.text("bring", "no-name-bring"),
        glance.button(ON, "no-name-on", Rank::Primary),
    ];
    widgets.extend(calls::links(glance));
    glance.screen("no-name-title", widgets)
}

pub(crate) fn update(state: &mut State, event: &Event, effects: &mut Vec<Effect>) {
    match pressed(event) {
        Some(ON) => {
            person::set_without_name(state, true);
            state.replace(Page::Login);
        }
        Some(other) => calls::call(other, effects),
        None => {}
    }
}
