//! What waits to be sent, and what was refused.

use crate::{
    event::Event,
    glance::Glance,
    known::Waiting,
    pages::{mine::outbox_entry, pressed},
    screen::Screen,
    state::State,
    task::{Effect, Task},
    update::begin,
    widget::{Kind, Rank, Row, Tone, Widget},
};

pub(crate) use crate::pages::nothing_done as done;

const SEND: &str = "send";
const ENTRY: &str = "entry-";

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    let known = &glance.state.known;
    let mut widgets: Vec<_> = glance.trouble().into_iter().collect();
    if known.outbox.is_empty() {
        widgets.push(glance.text("none", "outbox-none"));
        return glance.screen("code-outbox", widgets);
    }
    if known.offline {
        widgets.push(glance.notice("offline", Tone::Calm, "offline", "outbox-offline-act"));
    }
    let rows = known
        .outbox
        .iter()
        .map(|entry| row(glance, entry))
        .collect();
    let more = false;
    widgets.push(Widget::new(
        "entries",
        glance.say("code-outbox"),
        Kind::List { rows, more },
    ));
    if known.outbox.iter().any(|entry| entry.refused.is_none()) {
        widgets.push(glance.button(SEND, "outbox-send", Rank::Primary));
    }
    glance.screen("code-outbox", widgets)
}

fn row(glance: &Glance<'_>, entry: &Waiting) -> Row {
    let status = if entry.refused.is_some() {
        "outbox-refused"
    } else {
        "outbox-waiting"
    };
    Row {
        id: format!("{ENTRY}{}", entry.entry),
        title: glance.say(what(&entry.what)),
        detail: Some(glance.when(entry.done_at)),
        status: Some(glance.say(status)),
        action: Some(glance.say("open")),
    }
}

/// The words of what is sent.
pub(super) fn what(what: &str) -> &'static str {
    match what {
        "health" => "outbox-health",
        "trip" => "outbox-trip",
        "consent" => "outbox-consent",
        _ => "outbox-correction",
    }
}

pub(crate) fn update(state: &mut State, event: &Event, effects: &mut Vec<Effect>) {
    let Some(id) = pressed(event) else { return };
    if id == SEND {
        begin(state, Task::Send, effects);
    } else if let Some(entry) = id.strip_prefix(ENTRY).and_then(|entry| entry.parse().ok()) {
        outbox_entry::open(state, entry);
    }
}
