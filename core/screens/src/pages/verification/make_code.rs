//! Making the first code. It begins by itself once the person was verified.

use crate::{
    event::Event,
    glance::Glance,
    page::Page,
    pages::pressed,
    screen::Screen,
    state::State,
    task::{Effect, Outcome, Task, TaskName},
    update::begin,
    widget::Rank,
};

const MAKE: &str = "make";

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    let mut widgets = vec![glance.text("about", "make-about")];
    widgets.extend(glance.trouble());
    widgets.push(glance.button(MAKE, "make-on", Rank::Primary));
    glance.screen("make-title", widgets)
}

/// Fetches the first code.
pub(crate) fn arrive(state: &mut State, effects: &mut Vec<Effect>) {
    begin(state, Task::Refresh, effects);
}

pub(crate) fn update(state: &mut State, event: &Event, effects: &mut Vec<Effect>) {
    if pressed(event) == Some(MAKE) {
        arrive(state, effects);
    }
}

pub(crate) fn done(
    state: &mut State,
    task: TaskName,
    outcome: &Outcome,
    _effects: &mut Vec<Effect>,
) {
    if task == TaskName::Refresh && matches!(outcome, Outcome::Refreshed { .. } | Outcome::Went) {
        // The first code is no news about an older one: that it is lit is all there is to say.
        state.fetched.refreshed = None;
        state.unsaid.clear();
        state.reset(Page::Code);
    }
}
