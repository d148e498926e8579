//! "I cannot type my name": a counter reads it from the document, and somebody can be called.

use crate::{
    event::Event,
    glance::Glance,
    page::Page,
    pages::{help::calls, pressed},
    screen::Screen,
    state::State,
    task::Effect,
    widget::Rank,
};

pub(crate) use crate::pages::nothing_done as done;

const WITHOUT: &str = "without";

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    let mut widgets = vec![
        glance.text("fault", "no-name-fault"),
        glance.text("how", "no-name-how"),
    ];
    widgets.extend(calls::links(glance));
    widgets.push(glance.button(WITHOUT, "no-name-without", Rank::Primary));
    glance.screen("no-name-title", widgets)
}

pub(crate) fn update(state: &mut State, event: &Event, effects: &mut Vec<Effect>) {
    match pressed(event) {
        Some(WITHOUT) => state.push(Page::Without),
        Some(other) => calls::call(other, effects),
        None => {}
    }
}
