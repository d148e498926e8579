//! One thing that waits or was refused: why, and what can be done with it.

use crate::{
    event::Event,
    glance::Glance,
    known::Waiting,
    page::Page,
    pages::{help::calls, mine::outbox, pressed},
    screen::Screen,
    state::{State, key},
    task::{Effect, Outcome, Task, TaskName},
    update::begin,
    widget::{Rank, Tone},
};

const ENTRY: &str = "entry";
const SEND: &str = "send";
const SEND_AGAIN: &str = "send-again";
const TAKE_OUT: &str = "take-out";

/// Opens the page of an entry.
pub(super) fn open(state: &mut State, entry: u64) {
    state
        .kept
        .chosen
        .insert(key(Page::OutboxEntry, ENTRY), vec![entry.to_string()]);
    state.push(Page::OutboxEntry);
}

fn entry(state: &State) -> Option<&Waiting> {
    let number: u64 = state.one_chosen(Page::OutboxEntry, ENTRY)?.parse().ok()?;
    let mut entries = state.known.outbox.iter();
    entries.find(|entry| entry.entry == number)
}

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    let mut widgets: Vec<_> = glance.trouble().into_iter().collect();
    let Some(entry) = entry(glance.state) else {
        widgets.push(glance.text("gone", "outbox-gone"));
        return glance.screen("code-outbox", widgets);
    };
    widgets.push(glance.heading("what", outbox::what(&entry.what)));
    widgets.push(glance.pair("when", "outbox-when", glance.when(entry.done_at)));
    if let Some(refused) = &entry.refused {
        widgets.push(glance.notice_in("why", Tone::Careful, refused, None));
        widgets.push(glance.button(SEND_AGAIN, "outbox-send-again", Rank::Primary));
        widgets.push(glance.button(TAKE_OUT, "outbox-take-out", Rank::Destructive));
        widgets.extend(calls::links(glance));
    } else {
        widgets.push(glance.notice_in("why", Tone::Calm, "sending.waiting", None));
        widgets.push(glance.button(SEND, "outbox-send", Rank::Primary));
        widgets.push(glance.button(TAKE_OUT, "outbox-take-out", Rank::Destructive));
    }
    widgets.extend(glance.sheet(
        TAKE_OUT,
        [
            "outbox-take-out-ask",
            "outbox-take-out-text",
            "outbox-take-out",
            "not-now",
        ],
        true,
    ));
    glance.screen("code-outbox", widgets)
}

pub(crate) fn update(state: &mut State, event: &Event, effects: &mut Vec<Effect>) {
    let number = entry(state).map(|entry| entry.entry);
    match (pressed(event), number) {
        (Some(SEND), Some(_)) => begin(state, Task::Send, effects),
        (Some(SEND_AGAIN), Some(entry)) => begin(state, Task::SendAgain { entry }, effects),
        (Some(TAKE_OUT), Some(_)) => state.asking = Some(TAKE_OUT.to_owned()),
        (Some("take-out-no"), _) => state.asking = None,
        (Some("take-out-yes"), Some(entry)) if state.asking.take().is_some() => {
            begin(state, Task::TakeOut { entry }, effects);
        }
        (Some(id), _) => calls::call(id, effects),
        _ => {}
    }
}

pub(crate) fn done(
    state: &mut State,
    task: TaskName,
    outcome: &Outcome,
    _effects: &mut Vec<Effect>,
) {
    let over = matches!(
        task,
        TaskName::TakeOut | TaskName::SendAgain | TaskName::Send
    ) && *outcome == Outcome::Went
        && entry(state).is_none();
    if over && !state.pop() {
        state.reset(Page::Code);
    }
}
