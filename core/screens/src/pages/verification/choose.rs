//! Face or counter: a face is never the only way.

use liangma_wire::consent::Purpose;

use crate::{
    event::Event,
    glance::Glance,
    page::Page,
    pages::{pressed, verification},
    screen::Screen,
    state::State,
    task::Effect,
    widget::Rank,
};

pub(crate) use crate::pages::nothing_done as done;

const FACE: &str = "face";
const COUNTER: &str = "counter";

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    let mut widgets = vec![glance.text("why", "verify-why")];
    widgets.extend(glance.trouble());
    widgets.extend([
        glance
            .button(FACE, "verify-face", Rank::Primary)
            .hinted(glance.say("verify-face-hint")),
        glance
            .button(COUNTER, "verify-counter", Rank::Secondary)
            .hinted(glance.say("verify-counter-hint")),
        glance.text("no-face", "verify-no-face"),
    ]);
    glance.screen("verify-title", widgets)
}

pub(crate) fn update(state: &mut State, event: &Event, effects: &mut Vec<Effect>) {
    match pressed(event) {
        Some(FACE) if state.consented(Purpose::FaceCheck) == Some(true) => {
            state.push(Page::Face);
            verification::face::arrive(state, effects);
        }
        Some(FACE) => state.push(Page::ConsentFaceCheck),
        Some(COUNTER) => {
            state.push(Page::Counter);
            verification::counter::arrive(state, effects);
        }
        _ => {}
    }
}
