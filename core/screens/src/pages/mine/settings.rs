//! Language, view, and where the code stands: each holds at once.

use liangma_card::{Language, View};

use crate::{
    event::Event,
    glance::Glance,
    page::Page,
    pages::{chosen, first::language},
    screen::Screen,
    state::State,
    task::Effect,
    widget::{Choosable, CodePosition},
};

pub(crate) use crate::pages::nothing_done as done;

const LANGUAGE: &str = "language";
const VIEW: &str = "view";
const POSITION: &str = "position";

const VIEWS: [(View, &str, &str); 3] = [
    (View::Normal, "normal", "view-normal"),
    (View::Care, "care", "view-care"),
    (View::International, "international", "view-international"),
];

const POSITIONS: [(CodePosition, &str, &str); 4] = [
    (CodePosition::Top, "top", "position-top"),
    (CodePosition::Middle, "middle", "position-middle"),
    (CodePosition::Bottom, "bottom", "position-bottom"),
    (CodePosition::Turned, "turned", "position-turned"),
];

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    let preferences = glance.state.kept.preferences;
    let languages = Language::ALL
        .map(|language| Choosable {
            id: language.tag().to_owned(),
            label: language::own_name(language).to_owned(),
        })
        .to_vec();
    let views = VIEWS
        .map(|(_, id, words)| glance.option(id, words))
        .to_vec();
    let positions = POSITIONS
        .map(|(_, id, words)| glance.option(id, words))
        .to_vec();
    let view = VIEWS.iter().find(|(view, ..)| *view == preferences.view);
    let position = POSITIONS
        .iter()
        .find(|(position, ..)| *position == preferences.code_position);
    glance.screen(
        "code-settings",
        vec![
            glance.text("at-once", "settings-at-once"),
            glance.one_of(
                LANGUAGE,
                "language-title",
                languages,
                Some(preferences.language.tag()),
            ),
            glance.one_of(VIEW, "view-title", views, view.map(|(_, id, _)| *id)),
            glance.one_of(
                POSITION,
                "settings-position",
                positions,
                position.map(|(_, id, _)| *id),
            ),
        ],
    )
}

pub(crate) fn update(state: &mut State, event: &Event, _effects: &mut Vec<Effect>) {
    let preferences = &mut state.kept.preferences;
    if let Some(tag) = chosen(event, LANGUAGE)
        && let Some(language) = Language::ALL.into_iter().find(|one| one.tag() == tag)
    {
        preferences.language = language;
    }
    if let Some(id) = chosen(event, VIEW)
        && let Some((view, ..)) = VIEWS.iter().find(|(_, one, _)| *one == id)
    {
        preferences.view = *view;
    }
    if let Some(id) = chosen(event, POSITION)
        && let Some((position, ..)) = POSITIONS.iter().find(|(_, one, _)| *one == id)
    {
        preferences.code_position = *position;
    }
    // What holds is what is shown as chosen, and nothing else is remembered of it.
    state.forget(Page::Settings);
}
