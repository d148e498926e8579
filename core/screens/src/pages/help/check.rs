//! Checking somebody else's code with this phone: what that means, before it begins.

use crate::{
    event::Event,
    glance::Glance,
    pages::pressed,
    screen::Screen,
    state::State,
    task::{Effect, Task},
    update::begin,
    widget::Rank,
};

pub(crate) use crate::pages::nothing_done as done;

/// Another than that of the page it leads to: a second tap must not go on there.
const BEGIN: &str = "check-begin";

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    let mut widgets: Vec<_> = glance.trouble().into_iter().collect();
    widgets.extend([
        glance.long_text("about", "check-about"),
        glance.long_text("how", "check-how"),
        glance.button(BEGIN, "check-begin", Rank::Primary),
    ]);
    glance.screen("code-check", widgets)
}

pub(crate) fn update(state: &mut State, event: &Event, effects: &mut Vec<Effect>) {
    if pressed(event) == Some(BEGIN) {
        begin(state, Task::CheckBegin, effects);
    }
}
