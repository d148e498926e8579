//! "I have another document": the old and the new one are linked by an office, and the code of the old one
//! works until that is decided.

use crate::{
    event::Event,
    glance::Glance,
    page::Page,
    pages::{help::calls, pressed},
    screen::Screen,
    state::State,
    task::{Effect, Outcome, Task, TaskName},
    update::begin,
    widget::{FieldPurpose, Kind, Rank, Tone},
};

const STATEMENT: &str = "statement";
const SEND: &str = "send";
const LEAVE: &str = "leave";
/// Four bytes a character at most: within what the terminal takes.
const LONGEST: u32 = 500;
const SENT: &str = "sending.done";
const WAITS: &str = "sending.waiting";

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    if let Some((Page::ChangeDocument, sent)) = glance.state.fetched.sent {
        return glance.screen(
            "document-title",
            vec![
                glance.notice_in("sent", Tone::Calm, sent, None),
                glance.text("meanwhile", "document-meanwhile"),
                glance.button(LEAVE, "declare-leave", Rank::Primary),
            ],
        );
    }
    let mut widgets = vec![
        glance.text("about", "document-about"),
        glance.text("meanwhile", "document-meanwhile"),
        glance.text("not-again", "document-not-again"),
    ];
    widgets.extend(glance.trouble());
    let mut statement = glance
        .field(STATEMENT, "document-statement", FieldPurpose::Text, LONGEST)
        .hinted(glance.say("document-statement-hint"))
        .sensitive();
    if let Kind::Field { multiline, .. } = &mut statement.kind {
        *multiline = true;
    }
    widgets.push(statement);
    widgets.push(glance.button(SEND, "document-send", Rank::Primary));
    widgets.extend(calls::links(glance));
    let mut screen = glance.screen("document-title", widgets);
    screen.capture = false;
    screen
}

pub(crate) fn update(state: &mut State, event: &Event, effects: &mut Vec<Effect>) {
    match pressed(event) {
        Some(SEND) => {
            let statement = state
                .text(Page::ChangeDocument, STATEMENT)
                .trim()
                .to_owned();
            if statement.is_empty() {
                state.field_is_wrong(STATEMENT, "statement_empty");
                return;
            }
            let about = "identity".to_owned();
            begin(state, Task::Correct { about, statement }, effects);
        }
        Some(LEAVE) => {
            state.fetched.sent = None;
            if !state.pop() {
                state.reset(Page::Code);
            }
        }
        Some(other) => calls::call(other, effects),
        None => {}
    }
}

pub(crate) fn done(
    state: &mut State,
    task: TaskName,
    outcome: &Outcome,
    _effects: &mut Vec<Effect>,
) {
    let sent = match (task, outcome) {
        (TaskName::Correct, Outcome::Went) => SENT,
        (TaskName::Correct, Outcome::Waits) => WAITS,
        _ => return,
    };
    state.forget(Page::ChangeDocument);
    state.fetched.sent = Some((Page::ChangeDocument, sent));
}
