//! Logging in again after a lost key or an ended login: what happened, that nobody is at fault, what becomes
//! of the code until then, and the way on.

use crate::{
    event::Event,
    glance::Glance,
    page::Page,
    pages::pressed,
    screen::Screen,
    state::State,
    task::{Effect, Trouble},
    widget::Rank,
};

pub(crate) use crate::pages::nothing_done as done;

/// The state that led here, kept beside what the person chose.
pub(crate) const WHY: &str = "why";
const LOG_IN: &str = "log-in";
const LATER: &str = "later";

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    let state = glance.state;
    let mut widgets = Vec::new();
    if let Some(why) = state.one_chosen(Page::LoginAgain, WHY) {
        widgets.push(glance.notice_of("why", &Trouble::of_state(why)));
    }
    let has_code = state.known.code.is_some();
    widgets.push(glance.text(
        "then",
        if has_code {
            "again-with-code"
        } else {
            "again-without-code"
        },
    ));
    widgets.push(glance.text("needs", "again-needs"));
    widgets.push(glance.button(LOG_IN, "again-on", Rank::Primary));
    if has_code {
        widgets.push(glance.button(LATER, "again-later", Rank::Secondary));
    }
    glance.screen("again-title", widgets)
}

pub(crate) fn update(state: &mut State, event: &Event, _effects: &mut Vec<Effect>) {
    match pressed(event) {
        Some(LOG_IN) => state.replace(Page::Login),
        Some(LATER) => state.reset(Page::Code),
        _ => {}
    }
}
