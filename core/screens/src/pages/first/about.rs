//! What this is and is not, and who runs it.

use crate::{
    event::Event,
    glance::Glance,
    page::Page,
    pages::{help::calls, pressed},
    route,
    screen::Screen,
    state::State,
    task::Effect,
    widget::Rank,
};

pub(crate) use crate::pages::nothing_done as done;

const ON: &str = "on";

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    let mut widgets = vec![
        glance.heading("is", "about-is"),
        glance.long_text("is-text", "about-is-text"),
        glance.heading("is-not", "about-is-not"),
        glance.long_text("is-not-text", "about-is-not-text"),
        glance.heading("operator", "about-operator"),
        glance.long_text("operator-text", "about-operator-text"),
    ];
    widgets.extend(calls::links(glance));
    widgets.push(glance.button(ON, "about-on", Rank::Primary));
    glance.screen("about-title", widgets)
}

pub(crate) fn update(state: &mut State, event: &Event, effects: &mut Vec<Effect>) {
    match pressed(event) {
        Some(ON) => {
            state.kept.seen.insert(Page::About.id().to_owned());
            let next = route::next(state);
            state.push(next);
        }
        Some(other) => calls::call(other, effects),
        None => {}
    }
}
