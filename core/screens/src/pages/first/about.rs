//! What this is and is not, and who runs it.

use crate::{
    event::Event, glance::Glance, page::Page, pages::pressed, route, screen::Screen, state::State,
    task::Effect, widget::Rank,
};

pub(crate) use crate::pages::nothing_done as done;

const ON: &str = "on";

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    glance.screen(
        "about-title",
        vec![
            glance.heading("is", "about-is"),
            glance.long_text("is-text", "about-is-text"),
            glance.heading("is-not", "about-is-not"),
            glance.long_text("is-not-text", "about-is-not-text"),
            glance.heading("operator", "about-operator"),
            glance.long_text("operator-text", "about-operator-text"),
            glance.button(ON, "about-on", Rank::Primary),
        ],
    )
}

pub(crate) fn update(state: &mut State, event: &Event, _effects: &mut Vec<Effect>) {
    if pressed(event) == Some(ON) {
        state.kept.seen.insert(Page::About.id().to_owned());
        let next = route::next(state);
        state.push(next);
    }
}
