//! What became of "I think this is wrong".

use crate::{
    event::Event,
    glance::Glance,
    page::Page,
    pages::{help::calls, pressed},
    screen::{Presentation, Screen},
    state::State,
    task::Effect,
    widget::{Rank, Tone},
};

pub(crate) use crate::pages::nothing_done as done;

const OUTBOX: &str = "outbox";
const CODE: &str = "code";

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    let ended = glance.state.one_chosen(Page::WrongSent, "ended");
    let (tone, state) = match ended {
        Some("done") => (Tone::Calm, "sending.done"),
        Some("waiting") => (Tone::Calm, "sending.waiting"),
        _ => (Tone::Careful, "sending.refused"),
    };
    let mut widgets = vec![glance.notice_in("ended", tone, state, None)];
    widgets.extend(glance.trouble());
    if ended != Some("done") {
        widgets.push(glance.way(OUTBOX, "wrong-outbox", Rank::Secondary));
    }
    widgets.push(glance.text("meanwhile", "wrong-meanwhile"));
    widgets.push(glance.way(CODE, "wrong-code", Rank::Primary));
    widgets.extend(calls::links(glance));
    let mut screen = glance.screen("wrong-title", widgets);
    screen.presentation = Presentation::Replace;
    screen
}

pub(crate) fn update(state: &mut State, event: &Event, effects: &mut Vec<Effect>) {
    match pressed(event) {
        Some(OUTBOX) => state.push(Page::Outbox),
        Some(CODE) => state.push(Page::Code),
        Some(id) => calls::call(id, effects),
        None => {}
    }
}
