//! The numbers that help: 12345 for the code, 120 for a life.

use crate::{
    glance::Glance,
    task::Effect,
    widget::{Kind, Target, Widget},
};

/// Id of the link, number, words for its label, hours, and the way for those who do not hear or speak.
const CALLS: [(&str, &str, [&str; 3]); 2] = [
    (
        "call-12345",
        "12345",
        ["call-12345", "call-12345-hours", "call-12345-text"],
    ),
    (
        "call-120",
        "120",
        ["call-120", "call-120-hours", "call-120-text"],
    ),
];

/// A link for each number.
pub(crate) fn links(glance: &Glance<'_>) -> Vec<Widget> {
    CALLS
        .iter()
        .map(|(id, number, [label, hours, text])| {
            let target = Target::Call {
                number: (*number).to_owned(),
                hours: glance.say(hours),
                text_alternative: glance.say(text),
            };
            Widget::new(*id, glance.say(label), Kind::Link { target })
        })
        .collect()
}

/// Opens the call that was pressed.
pub(crate) fn call(pressed: &str, effects: &mut Vec<Effect>) {
    if let Some((_, number, _)) = CALLS.iter().find(|(id, ..)| *id == pressed) {
        effects.push(Effect::Open {
            address: format!("tel:{number}"),
        });
    }
}
