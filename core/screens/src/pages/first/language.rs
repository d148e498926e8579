//! Which language: the names of languages stand in their own.

use liangma_card::Language;

use crate::{
    event::Event,
    glance::Glance,
    page::Page,
    pages::{chosen, pressed},
    screen::Screen,
    state::State,
    task::Effect,
    widget::{Choosable, Rank},
};

pub(crate) use crate::pages::nothing_done as done;

const LANGUAGE: &str = "language";
const ON: &str = "on";

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    let options = Language::ALL
        .map(|language| Choosable {
            id: language.tag().to_owned(),
            label: own_name(language).to_owned(),
        })
        .to_vec();
    let now = glance.language().tag();
    glance.screen(
        "language-title",
        vec![
            glance.one_of(LANGUAGE, "language-choice", options, Some(now)),
            glance.button(ON, "on", Rank::Primary),
        ],
    )
}

/// A language's name in itself: the same whatever language is set.
pub(crate) fn own_name(language: Language) -> &'static str {
    match language {
        Language::ZhHans => "简体中文",
        Language::ZhHant => "繁體中文",
        Language::En => "English",
    }
}

pub(crate) fn update(state: &mut State, event: &Event, _effects: &mut Vec<Effect>) {
    if let Some(tag) = chosen(event, LANGUAGE) {
        let language = Language::ALL.into_iter().find(|one| one.tag() == tag);
        if let Some(language) = language {
            state.kept.preferences.language = language;
        }
    }
    if pressed(event) == Some(ON) {
        state.push(Page::View);
    }
}
