//! The code that came by message, by call, or at a counter.

use crate::{
    event::Event,
    glance::Glance,
    page::Page,
    pages::pressed,
    route,
    screen::Screen,
    state::State,
    task::{Effect, Outcome, Task, TaskName},
    update::begin,
    widget::{FieldPurpose, Kind, Rank, Widget},
};

const CODE: &str = "code";
const LOG_IN: &str = "log-in";
const ANEW: &str = "anew";
/// Seconds before the end at which a screen reader says how much is left.
const MILESTONES: [u32; 2] = [120, 30];

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    // The same words whether or not anybody was found (real-name login).
    let mut widgets = vec![glance.text("sent", "login-code-sent")];
    widgets.extend(glance.trouble());
    let digits = glance
        .state
        .known
        .login
        .as_ref()
        .map_or(6, |sent| sent.digits);
    widgets.push(glance.field(
        CODE,
        "login-code",
        FieldPurpose::OneTimeCode,
        u32::from(digits),
    ));
    if let Some(sent) = &glance.state.known.login {
        widgets.push(Widget::new(
            "until",
            glance.say("login-code-until"),
            Kind::Countdown {
                until: sent.expires_at.to_string(),
                milestones: MILESTONES.to_vec(),
            },
        ));
    }
    widgets.push(glance.button(LOG_IN, "login-code-on", Rank::Primary));
    widgets.push(glance.button(ANEW, "login-code-anew", Rank::Quiet));
    let mut screen = glance.screen("login-code-title", widgets);
    screen.focus = screen.focus.or_else(|| Some(CODE.to_owned()));
    screen
}

pub(crate) fn update(state: &mut State, event: &Event, effects: &mut Vec<Effect>) {
    match pressed(event) {
        Some(LOG_IN) => {
            let code = state.text(Page::LoginCode, CODE).to_owned();
            begin(state, Task::LoginComplete { code }, effects);
        }
        Some(ANEW) => {
            if !state.pop() {
                state.reset(Page::Login);
            }
        }
        _ => {}
    }
}

pub(crate) fn done(
    state: &mut State,
    task: TaskName,
    outcome: &Outcome,
    _effects: &mut Vec<Effect>,
) {
    if (task, outcome) == (TaskName::LoginComplete, &Outcome::Went) {
        state.forget(Page::LoginCode);
        state.forget(Page::Login);
        let next = route::of_stage(state.known.stage);
        state.reset(next);
    }
}
