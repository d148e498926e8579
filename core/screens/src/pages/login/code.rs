//! The code that came by message, by call, or at a counter.

use liangma_wire::login::LoginChannel;

use crate::{
    event::Event,
    glance::Glance,
    page::Page,
    pages::{login::person, pressed, verification},
    route,
    screen::Screen,
    state::{State, TroubleOn},
    task::{Effect, Outcome, Task, TaskName},
    update::begin,
    widget::{FieldPurpose, Kind, Rank, Tone, Widget},
};

const CODE: &str = "code";
const LOG_IN: &str = "log-in";
const ANEW: &str = "anew";
const TO_COUNTER: &str = "to-counter";
const CHANGE: &str = "change";
const UNTIL: &str = "until";
/// Said at the field: the same for a wrong code, a late one, and one that was never sent.
const NOT_ACCEPTED: &str = "problem.login_code_not_accepted";
const TOO_MANY: &str = "problem.too_many_attempts";
/// Seconds before the end at which a screen reader says how much is left.
const MILESTONES: [u32; 2] = [120, 30];

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    let state = glance.state;
    let channel = person::channel(state);
    // The same words whether or not anybody was found (real-name login).
    let sent = match channel {
        LoginChannel::Sms => "login-code-sent",
        LoginChannel::Voice => "login-code-called",
        LoginChannel::Counter => "login-code-counter",
    };
    let mut widgets = vec![glance.text("sent", sent)];
    let trouble = state.trouble_here().map(|trouble| trouble.state.as_str());
    let not_accepted = trouble == Some(NOT_ACCEPTED);
    if !not_accepted {
        widgets.extend(glance.trouble());
    }
    let late = state.ran_out.as_deref() == Some(UNTIL);
    if late {
        widgets.push(glance.notice(
            "late",
            Tone::Careful,
            "login-code-late",
            "login-code-late-act",
        ));
    }
    let login = state.known.login.as_ref();
    if channel == LoginChannel::Counter
        && let Some(sent) = login.filter(|_| !late)
    {
        widgets.extend(verification::counter::qr_of(
            glance,
            "attempt",
            "login-code-qr",
            &sent.attempt,
        ));
    }
    let digits = login.map_or(6, |sent| sent.digits);
    let mut field = glance.field(
        CODE,
        "login-code",
        FieldPurpose::OneTimeCode,
        // Spaces and hyphens are read over: a code may be pasted as it was printed.
        u32::from(digits) * 2,
    );
    if not_accepted {
        field.error = Some(glance.say("login-code-not-accepted"));
    }
    widgets.push(field);
    if let Some(sent) = login.filter(|_| !late) {
        widgets.push(Widget::new(
            UNTIL,
            glance.say("login-code-until"),
            Kind::Countdown {
                until: sent.expires_at.to_string(),
                milestones: MILESTONES.to_vec(),
            },
        ));
    }
    let (on, anew) = if late {
        (Rank::Secondary, Rank::Primary)
    } else {
        (Rank::Primary, Rank::Secondary)
    };
    widgets.push(glance.button(LOG_IN, "login-code-on", on));
    widgets.push(glance.button(ANEW, "login-code-anew", anew));
    if trouble == Some(TOO_MANY) && channel != LoginChannel::Counter {
        widgets.push(glance.button(TO_COUNTER, "login-to-counter", Rank::Secondary));
    }
    widgets.push(glance.button(CHANGE, "login-code-change", Rank::Quiet));
    let mut screen = glance.screen("login-code-title", widgets);
    if not_accepted || screen.focus.is_none() {
        screen.focus = Some(CODE.to_owned());
    }
    screen.capture = false;
    screen
}

pub(crate) fn update(state: &mut State, event: &Event, effects: &mut Vec<Effect>) {
    if let Event::Typed { .. } = event
        && state
            .trouble_here()
            .is_some_and(|trouble| trouble.state == NOT_ACCEPTED)
    {
        state.trouble = None;
    }
    match pressed(event) {
        Some(LOG_IN) => {
            let code = state.text(Page::LoginCode, CODE).to_owned();
            begin(state, Task::LoginComplete { code }, effects);
        }
        Some(ANEW) if person::is_filled(state) => anew(state, effects),
        Some(TO_COUNTER) if person::is_filled(state) => {
            person::by_counter(state);
            anew(state, effects);
        }
        Some(ANEW | TO_COUNTER | CHANGE) => form(state),
        _ => {}
    }
}

/// Another code for the same person, by the same way.
fn anew(state: &mut State, effects: &mut Vec<Effect>) {
    let task = person::login(state);
    begin(state, task, effects);
}

/// Back to the form, with everything that was typed.
fn form(state: &mut State) {
    if !(state.pop() && state.page() == Page::Login) {
        state.reset(Page::Login);
    }
}

pub(crate) fn done(
    state: &mut State,
    task: TaskName,
    outcome: &Outcome,
    effects: &mut Vec<Effect>,
) {
    match (task, outcome) {
        (TaskName::LoginComplete, Outcome::Went) => {
            state.forget(Page::LoginCode);
            state.forget(Page::Login);
            route::go_on(state, effects);
        }
        (TaskName::LoginStart, Outcome::Went) => state.forget(Page::LoginCode),
        (TaskName::LoginStart, Outcome::Failed { trouble }) if trouble.field.is_some() => {
            form(state);
            state.trouble = Some(TroubleOn {
                page: Page::Login,
                trouble: trouble.clone(),
            });
        }
        _ => {}
    }
}
