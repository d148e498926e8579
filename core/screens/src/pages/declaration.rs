//! Declaring health and trips: on disk at once, sent now or when there is a network.

mod country;
mod division;
pub(crate) mod health;
pub(crate) mod trip;

use liangma_wire::consent::Purpose;

use crate::{
    glance::Glance,
    page::Page,
    state::State,
    task::{Effect, Outcome},
    widget::{Rank, Tone, Widget},
};

/// Sends what was filled in.
const SEND: &str = "send";
/// Leaves after it was sent.
const LEAVE: &str = "leave";
const DONE: &str = "sending.done";
const WAITING: &str = "sending.waiting";

/// The person agreed, and is back on the declaration that needed it: it goes on its way.
pub(crate) fn agreed(state: &mut State, effects: &mut Vec<Effect>) {
    match state.page() {
        Page::DeclareHealth => health::send(state, effects),
        Page::DeclareTrip => trip::send(state, effects),
        _ => {}
    }
}

/// Whether the purpose was agreed to; asks for it where it was not.
fn may_send(state: &mut State, purpose: Purpose, consent: Page) -> bool {
    let may = state.consented(purpose) == Some(true);
    if !may {
        state.push(consent);
    }
    may
}

/// Where a declaration stands once it was sent: received, or saved.
fn sent(glance: &Glance<'_>) -> Option<Vec<Widget>> {
    let (page, state) = glance.state.fetched.sent?;
    (page == glance.page()).then(|| {
        vec![
            glance.notice_in("sent", Tone::Calm, state, None),
            glance.button(LEAVE, "declare-leave", Rank::Primary),
        ]
    })
}

fn leave(state: &mut State) {
    state.fetched.sent = None;
    if !state.pop() {
        state.reset(Page::Code);
    }
}

/// What was typed goes only once it is on disk.
fn done(state: &mut State, outcome: &Outcome) {
    let sent = match outcome {
        Outcome::Went => DONE,
        Outcome::Waits => WAITING,
        _ => return,
    };
    let page = state.page();
    state.forget(page);
    state.fetched.sent = Some((page, sent));
}
