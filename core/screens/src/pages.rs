//! The pages, by flow. Each has `view`, `update` and `done`; which page is which is in [`crate::page`].

pub(crate) mod closed;
pub(crate) mod code;
pub(crate) mod consents;
pub(crate) mod declaration;
pub(crate) mod document;
pub(crate) mod first;
pub(crate) mod help;
pub(crate) mod login;
pub(crate) mod mine;
pub(crate) mod verification;

use crate::{
    event::Event,
    state::State,
    task::{Effect, Outcome, TaskName},
};

/// A page that begins no task has nothing to do at the end of one.
pub(crate) fn nothing_done(
    _state: &mut State,
    _task: TaskName,
    _outcome: &Outcome,
    _effects: &mut Vec<Effect>,
) {
}

/// The id of what was pressed, when something was.
pub(crate) fn pressed(event: &Event) -> Option<&str> {
    match event {
        Event::Pressed { widget } => Some(widget),
        _ => None,
    }
}

/// The one option that was chosen in a choice, when it was this one.
pub(crate) fn chosen<'a>(event: &'a Event, choice: &str) -> Option<&'a str> {
    match event {
        Event::Chosen { widget, chosen } if widget == choice => chosen.first().map(String::as_str),
        _ => None,
    }
}
