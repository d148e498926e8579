//! From the login to the first code: applying, proving that it is the person, making the code.

pub(crate) mod apply;
pub(crate) mod choose;
pub(crate) mod counter;
pub(crate) mod face;
pub(crate) mod make_code;

use crate::{
    state::State,
    task::{Effect, Task},
    update::begin,
};

/// What a waiting answer about a purpose is called in the outbox.
const CONSENT: &str = "consent";

/// Begins a task that needs what the person agreed to. An answer that still waits to be sent goes first.
fn begin_agreed(state: &mut State, task: Task, effects: &mut Vec<Effect>) {
    let waits = state
        .known
        .outbox
        .iter()
        .any(|entry| entry.what == CONSENT && entry.refused.is_none());
    begin(state, if waits { Task::Send } else { task }, effects);
}
