//! Which view: normal, large, or with both languages.

use liangma_card::View;

use crate::{
    event::Event,
    glance::Glance,
    page::Page,
    pages::{chosen, pressed},
    screen::Screen,
    state::State,
    task::Effect,
    widget::Rank,
};

pub(crate) use crate::pages::nothing_done as done;

const VIEW: &str = "view";
const ON: &str = "on";

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    let options = vec![
        glance.option("normal", "view-normal"),
        glance.option("care", "view-care"),
        glance.option("international", "view-international"),
    ];
    let now = glance.view().name();
    glance.screen(
        "view-title",
        vec![
            glance.one_of(VIEW, "view-choice", options, Some(now)),
            glance.button(ON, "on", Rank::Primary),
        ],
    )
}

pub(crate) fn update(state: &mut State, event: &Event, _effects: &mut Vec<Effect>) {
    if let Some(name) = chosen(event, VIEW)
        && let Some(view) = View::ALL.into_iter().find(|view| view.name() == name)
    {
        state.kept.preferences.view = view;
    }
    if pressed(event) == Some(ON) {
        state.push(Page::About);
    }
}
