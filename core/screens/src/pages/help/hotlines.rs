//! Whom to call, when, and what to do without hearing or speaking.

use crate::{
    event::Event,
    glance::Glance,
    pages::{help::calls, pressed},
    screen::Screen,
    state::State,
    task::Effect,
};

pub(crate) use crate::pages::nothing_done as done;

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    let mut widgets = vec![glance.text("about", "hotlines-about")];
    widgets.extend(calls::links(glance));
    widgets.push(glance.text("urgent", "hotlines-urgent"));
    glance.screen("code-hotlines", widgets)
}

pub(crate) fn update(_state: &mut State, event: &Event, effects: &mut Vec<Effect>) {
    if let Some(id) = pressed(event) {
        calls::call(id, effects);
    }
}
