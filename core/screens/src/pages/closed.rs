//! The terminal cannot be opened: what happened, what to do, and every way on. Nothing is removed but by
//! the person's wish.

use crate::{
    event::Event,
    glance::Glance,
    known::Closed,
    pages::pressed,
    screen::Screen,
    state::State,
    task::{Effect, Task, Trouble},
    update::begin,
    widget::{Action, Kind, Rank, Widget},
};

pub(crate) use crate::pages::nothing_done as done;

const AGAIN: &str = "again";
const REPAIR: &str = "repair";
const ANEW: &str = "anew";
const ANEW_YES: &str = "anew-yes";
const ANEW_NO: &str = "anew-no";

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    let state = glance.state;
    let mut widgets = Vec::new();
    if let Some(closed) = &state.known.closed {
        widgets.push(glance.notice_of("closed", &Trouble::of_state(&closed.state)));
    }
    widgets.extend(glance.trouble());
    widgets.push(glance.button(AGAIN, "closed-again", Rank::Primary));
    if closed(state, |closed| closed.may_repair) {
        widgets.push(glance.button(REPAIR, "closed-repair", Rank::Secondary));
    }
    if closed(state, |closed| closed.may_begin_anew) {
        widgets.push(glance.button(ANEW, "closed-anew", Rank::Destructive));
    }
    if state.asking.as_deref() == Some(ANEW) {
        let action = |id: &str, words| Action {
            id: id.to_owned(),
            label: glance.say(words),
        };
        widgets.push(Widget::new(
            "ask",
            glance.say("closed-anew-ask"),
            Kind::Sheet {
                text: glance.say("closed-anew-text"),
                confirm: action(ANEW_YES, "closed-anew-yes"),
                dismiss: action(ANEW_NO, "closed-anew-no"),
                destructive: true,
            },
        ));
    }
    glance.screen("closed-title", widgets)
}

fn closed(state: &State, asked: impl Fn(&Closed) -> bool) -> bool {
    state.known.closed.as_ref().is_some_and(asked)
}

pub(crate) fn update(state: &mut State, event: &Event, effects: &mut Vec<Effect>) {
    match pressed(event) {
        Some(AGAIN) => begin(state, Task::Open, effects),
        Some(REPAIR) => begin(state, Task::Repair, effects),
        Some(ANEW) => state.asking = Some(ANEW.to_owned()),
        Some(ANEW_NO) => state.asking = None,
        Some(ANEW_YES) if state.asking.take().is_some() => begin(state, Task::BeginAnew, effects),
        _ => {}
    }
}
