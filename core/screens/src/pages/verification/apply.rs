//! Applying for a code. It begins by itself once the person has agreed; where it does not go through, this
//! is where it waits.

use liangma_wire::consent::Purpose;

use crate::{
    event::Event,
    glance::Glance,
    pages::{pressed, verification::begin_agreed},
    route,
    screen::Screen,
    state::State,
    task::{Effect, Outcome, Task, TaskName},
    update::begin,
    widget::Rank,
};

const APPLY: &str = "apply";

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    let mut widgets = vec![glance.text("about", "apply-about")];
    widgets.extend(glance.trouble());
    widgets.push(glance.button(APPLY, "apply-on", Rank::Primary));
    glance.screen("apply-title", widgets)
}

/// Applies.
pub(crate) fn arrive(state: &mut State, effects: &mut Vec<Effect>) {
    begin_agreed(state, Task::Apply, effects);
}

pub(crate) fn update(state: &mut State, event: &Event, effects: &mut Vec<Effect>) {
    if pressed(event) == Some(APPLY) {
        if state.consented(Purpose::HealthCode) == Some(true) {
            arrive(state, effects);
        } else {
            state.push(crate::page::Page::ConsentHealthCode);
        }
    }
}

pub(crate) fn done(
    state: &mut State,
    task: TaskName,
    outcome: &Outcome,
    effects: &mut Vec<Effect>,
) {
    match (task, outcome) {
        (TaskName::Send, Outcome::Went) => begin(state, Task::Apply, effects),
        (TaskName::Send, Outcome::Waits) => state.is_wrong("network.unreachable"),
        (TaskName::Apply, Outcome::Went) => route::go_on(state, effects),
        _ => {}
    }
}
