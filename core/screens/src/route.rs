//! Which page follows from what the terminal says.

use crate::{
    known::{Known, Stage},
    page::Page,
    state::{Fetched, State},
    task::Effect,
};

/// The page on which a person of this stage goes on.
#[must_use]
pub(crate) fn of_stage(stage: Stage) -> Page {
    match stage {
        Stage::LoggedOut => Page::Login,
        Stage::CodeSent => Page::LoginCode,
        Stage::LoggedIn | Stage::NeedsVerification | Stage::Verified | Stage::Ready => Page::Code,
    }
}

/// Leaves pages that the terminal's new state has made untrue, and stays on all others: a person is never
/// pulled away from what they are reading.
pub(crate) fn settle(state: &mut State, before: &Known, _effects: &mut Vec<Effect>) {
    if state.known.closed.is_some() {
        // Told once: the person may go back to the code, which may show all the same.
        if state.page() != Page::Closed && state.known.closed != before.closed {
            state.push(Page::Closed);
        }
        return;
    }
    if state.page() == Page::Closed && !state.pop() {
        state.reset(start_page(state));
    }
    // Erased, or logged out by another device's hand: nothing of the person stays on the glass.
    if state.known.stage == Stage::LoggedOut && before.stage > Stage::CodeSent {
        state.kept.texts.clear();
        state.kept.chosen.clear();
        state.kept.switched.clear();
        state.fetched = Fetched::default();
        state.reset(Page::Login);
    }
}

/// Where a phone starts: on the first pages until the person has been through them, then where the person
/// goes on.
pub(crate) fn start_page(state: &State) -> Page {
    if state.kept.seen.contains(Page::About.id()) {
        of_stage(state.known.stage)
    } else {
        Page::Language
    }
}
