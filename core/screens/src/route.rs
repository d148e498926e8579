//! Which page follows from what the terminal says.

use liangma_wire::consent::Purpose;

use crate::{
    known::{Known, Stage},
    page::Page,
    pages::verification,
    state::{Fetched, State},
    task::{Effect, TaskName},
};

/// The page on which a person goes on.
#[must_use]
pub(crate) fn next(state: &State) -> Page {
    match state.known.stage {
        Stage::LoggedOut => Page::Login,
        Stage::CodeSent => Page::LoginCode,
        Stage::LoggedIn if state.consented(Purpose::HealthCode) == Some(true) => Page::Apply,
        Stage::LoggedIn => Page::ConsentHealthCode,
        Stage::NeedsVerification if state.known.face_check_open => Page::Face,
        Stage::NeedsVerification => Page::Verify,
        Stage::Verified => Page::MakeCode,
        Stage::Ready => Page::Code,
    }
}

/// Goes to the page on which the person goes on, with nothing to go back to, and begins what it begins.
pub(crate) fn go_on(state: &mut State, effects: &mut Vec<Effect>) {
    let page = next(state);
    state.reset(page);
    match page {
        Page::Apply => verification::apply::arrive(state, effects),
        Page::MakeCode => verification::make_code::arrive(state, effects),
        _ => {}
    }
}

/// The page where a trouble ends, by the id of its state.
#[must_use]
pub(crate) fn leads_to(trouble: &str) -> Option<Page> {
    Some(match trouble {
        "problem.consent_missing" => Page::ConsentHealthCode,
        "problem.application_unknown" | "terminal.no_application" => Page::Apply,
        "problem.device_not_verified" | "terminal.not_verified" => Page::Verify,
        "terminal.no_login_attempt" => Page::Login,
        "terminal.not_logged_in"
        | "problem.session_ended"
        | "problem.signature_invalid"
        | "notice.device_ended"
        | "key.lost"
        | "signing.missing"
        | "signing.not_unwrapped"
        | "signing.lock_removed" => Page::LoginAgain,
        _ => return None,
    })
}

/// Goes back to the code from wherever the person was, where there is one and nothing is under way. A guest's
/// time is not ended so.
pub(crate) fn show_code(state: &mut State) {
    let free = state.working.is_none() || state.is_doing(TaskName::Refresh);
    if next(state) == Page::Code && state.known.guest_until.is_none() && free {
        state.asking = None;
        state.push(Page::Code);
    }
}

/// Goes to the page where the trouble on the page in front ends.
pub(crate) fn way_out(state: &mut State) {
    let Some(trouble) = state.trouble_here().map(|trouble| trouble.state.clone()) else {
        return;
    };
    let face = matches!(state.page(), Page::Face | Page::Verify);
    match leads_to(&trouble) {
        Some(Page::ConsentHealthCode) if face => state.push(Page::ConsentFaceCheck),
        Some(Page::LoginAgain) => {
            let why = crate::state::key(Page::LoginAgain, crate::pages::login::again::WHY);
            state.kept.chosen.insert(why, vec![trouble]);
            state.push(Page::LoginAgain);
        }
        Some(page) => state.push(page),
        None => {}
    }
}

/// Leaves pages that the terminal's new state has made untrue, and stays on all others: a person is never
/// pulled away from what they are reading.
pub(crate) fn settle(state: &mut State, before: &Known, effects: &mut Vec<Effect>) {
    if state.known.closed.is_some() {
        // Told once: the person may go back to the code, which may show all the same.
        if state.page() != Page::Closed && state.known.closed != before.closed {
            state.push(Page::Closed);
        }
        return;
    }
    if state.page() == Page::Closed {
        let popped = state.pop();
        // Begun anew: what the pages below were about is gone.
        let gone = state.known.stage == Stage::LoggedOut && state.page() == Page::Code;
        if !popped || gone {
            state.reset(start_page(state));
        }
    }
    // Erased, or logged out by another device's hand: nothing of the person stays on the glass.
    if state.known.stage == Stage::LoggedOut && before.stage > Stage::CodeSent {
        state.kept.texts.clear();
        state.kept.chosen.clear();
        state.kept.switched.clear();
        state.fetched = Fetched::default();
        state.reset(Page::Login);
    }
    // The way to a code ends by itself when there is one: a check that came through, or a first code.
    let on_the_way = matches!(
        state.page(),
        Page::Apply
            | Page::Verify
            | Page::Face
            | Page::Counter
            | Page::ConsentFaceCheck
            | Page::MakeCode
    );
    let further = state.known.stage > before.stage && state.known.stage >= Stage::Verified;
    if on_the_way && further && state.working.is_none() {
        go_on(state, effects);
    }
}

/// Where a phone begins that has nothing kept, or kept only that the person has been through the first pages;
/// none for the first pages themselves. A terminal that is closed says so over the code, where that shows.
pub(crate) fn first_page(state: &State, closed: bool) -> Option<Page> {
    match (closed, &state.known.code) {
        (true, Some(_)) => Some(Page::Code),
        (true, None) => Some(Page::Closed),
        (false, _) => Some(start_page(state)).filter(|page| *page != Page::Language),
    }
}

/// Where a phone starts: on the first pages until the person has been through them, then where the person
/// goes on.
pub(crate) fn start_page(state: &State) -> Page {
    if state.kept.seen.contains(Page::About.id()) {
        next(state)
    } else {
        Page::Language
    }
}
