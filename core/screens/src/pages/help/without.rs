//! Every way to pass without a code (Guangxi article 11): nobody is turned away for not having one.

use crate::{
    event::Event,
    glance::Glance,
    pages::{help::calls, pressed},
    screen::Screen,
    state::State,
    task::Effect,
    widget::{Kind, Widget},
};

pub(crate) use crate::pages::nothing_done as done;

/// Each way: what it is called, and what to do.
const WAYS: [(&str, [&str; 2]); 4] = [
    ("register", ["without-register", "without-register-how"]),
    ("paper", ["without-paper", "without-paper-how"]),
    ("relative", ["without-relative", "without-relative-how"]),
    ("counter", ["without-counter", "without-counter-how"]),
];

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    let right = glance.states.without_code(glance.language()).to_owned();
    let mut widgets = vec![Widget::new("right", right, Kind::Text)];
    widgets.extend(WAYS.iter().map(|(id, [words, how])| {
        let text = glance.long_text(&format!("{id}-how"), how);
        glance.section(id, words, vec![text])
    }));
    widgets.extend(calls::links(glance));
    glance.screen("code-without", widgets)
}

pub(crate) fn update(_state: &mut State, event: &Event, effects: &mut Vec<Effect>) {
    if let Some(id) = pressed(event) {
        calls::call(id, effects);
    }
}
