//! "I think this is wrong": what about, words if the person has any, send. Four taps from the code, and
//! nothing need be typed.

use crate::{
    event::Event,
    glance::Glance,
    page::Page,
    pages::pressed,
    screen::Screen,
    state::State,
    task::{Effect, Outcome, Task, TaskName},
    update::begin,
    widget::{FieldPurpose, Kind, Rank},
};

const ABOUT: &str = "about";
const STATEMENT: &str = "statement";
const SEND: &str = "send";
/// Most characters of the person's words.
const LONGEST: u32 = 500;
/// What it may be about, as the terminal names it.
const KINDS: [(&str, &str); 3] = [
    ("colour", "wrong-colour"),
    ("evidence", "wrong-evidence"),
    ("identity", "wrong-identity"),
];

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    let options = KINDS
        .iter()
        .map(|(id, words)| glance.option(id, words))
        .collect();
    let mut statement = glance
        .field(STATEMENT, "wrong-statement", FieldPurpose::Text, LONGEST)
        .hinted(glance.say("wrong-statement-hint"))
        .sensitive();
    if let Kind::Field { multiline, .. } = &mut statement.kind {
        *multiline = true;
    }
    let mut widgets: Vec<_> = glance.trouble().into_iter().collect();
    widgets.extend([
        glance.one_of(ABOUT, "wrong-about", options, Some(KINDS[0].0)),
        statement,
        glance.button(SEND, "wrong-send", Rank::Primary),
    ]);
    let mut screen = glance.screen("wrong-title", widgets);
    screen.capture = false;
    screen
}

pub(crate) fn update(state: &mut State, event: &Event, effects: &mut Vec<Effect>) {
    if pressed(event) == Some(SEND) {
        let about = state.one_chosen(Page::Wrong, ABOUT).unwrap_or(KINDS[0].0);
        let task = Task::Correct {
            about: about.to_owned(),
            statement: state.text(Page::Wrong, STATEMENT).trim().to_owned(),
        };
        begin(state, task, effects);
    }
}

pub(crate) fn done(
    state: &mut State,
    task: TaskName,
    outcome: &Outcome,
    _effects: &mut Vec<Effect>,
) {
    if task != TaskName::Correct {
        return;
    }
    let kept = match outcome {
        Outcome::Went => "done",
        Outcome::Waits => "waiting",
        // The platform did not take it, and the terminal has kept it in the outbox: no second entry.
        Outcome::Failed { trouble }
            if trouble.state.starts_with("problem.") || trouble.state == "sending.set_aside" =>
        {
            "refused"
        }
        _ => return,
    };
    let failed = state.trouble.take();
    state.forget(Page::Wrong);
    state.replace(Page::WrongSent);
    state.kept.chosen.insert(
        crate::state::key(Page::WrongSent, "ended"),
        vec![kept.to_owned()],
    );
    // Why it was not taken stands on the page that says what becomes of it.
    state.trouble = failed.map(|failed| crate::state::TroubleOn {
        page: Page::WrongSent,
        ..failed
    });
}
