//! The face check: who compares the face is read before the person leaves, every end has its way on, and
//! the counter is always one.

use crate::{
    event::Event,
    glance::Glance,
    page::Page,
    pages::{pressed, verification},
    route,
    screen::Screen,
    state::State,
    task::{Effect, Outcome, Task, TaskName, Trouble},
    update::begin,
    widget::{Kind, Rank, Widget},
};

const GO: &str = "go";
const AGAIN: &str = "again";
const COUNTER: &str = "counter";
const PASSED: &str = "passed";

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    let state = glance.state;
    let mut widgets = Vec::new();
    if let Some(code) = &state.fetched.face {
        let ended = ["face.", code].concat();
        widgets.push(glance.notice_of("ended", &Trouble::of_state(&ended)));
    }
    widgets.extend(glance.trouble());
    if let Some(provider) = &state.known.face_provider {
        widgets.push(Widget::new(
            "provider",
            glance.say_with("face-provider", &[("provider", provider.as_str().into())]),
            Kind::Handoff {
                provider: provider.clone(),
                waiting: state.is_doing(TaskName::FaceCheck),
            },
        ));
    }
    widgets.push(glance.text("never-here", "face-never-here"));
    let tried = state.fetched.face.is_some() || state.trouble_here().is_some();
    widgets.push(if state.known.face_provider.is_some() {
        glance.button(GO, "face-go", Rank::Primary)
    } else if tried {
        glance.button(AGAIN, "face-again", Rank::Primary)
    } else {
        glance.button(AGAIN, "face-go", Rank::Primary)
    });
    widgets.push(
        glance
            .button(COUNTER, "verify-counter", Rank::Secondary)
            .hinted(glance.say("verify-no-face")),
    );
    let mut screen = glance.screen("face-title", widgets);
    if state.fetched.face.is_some() && screen.focus.is_none() {
        screen.focus = Some("ended".to_owned());
    }
    screen
}

/// Makes a check ready, unless one is.
pub(crate) fn arrive(state: &mut State, effects: &mut Vec<Effect>) {
    if !state.known.face_check_open {
        verification::begin_agreed(state, Task::FacePrepare, effects);
    }
}

pub(crate) fn update(state: &mut State, event: &Event, effects: &mut Vec<Effect>) {
    match pressed(event) {
        Some(GO) => {
            state.fetched.face = None;
            begin(state, Task::FaceCheck, effects);
        }
        Some(AGAIN) => {
            state.fetched.face = None;
            verification::begin_agreed(state, Task::FacePrepare, effects);
        }
        Some(COUNTER) => {
            state.replace(Page::Counter);
            verification::counter::arrive(state, effects);
        }
        _ => {}
    }
}

pub(crate) fn done(
    state: &mut State,
    task: TaskName,
    outcome: &Outcome,
    effects: &mut Vec<Effect>,
) {
    match (task, outcome) {
        (TaskName::Send, Outcome::Went) => begin(state, Task::FacePrepare, effects),
        (TaskName::Send, Outcome::Waits) => state.is_wrong("network.unreachable"),
        (_, Outcome::Face { code }) if code == PASSED => {
            state.fetched.face = None;
            route::go_on(state, effects);
        }
        (_, Outcome::Face { code }) => state.fetched.face = Some(code.clone()),
        _ => {}
    }
}
