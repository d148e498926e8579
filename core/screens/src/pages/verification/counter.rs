//! What is shown or said at a counter, where no face is needed.

use liangma_card::QrMatrix;

use crate::{
    event::Event,
    glance::Glance,
    known::Stage,
    pages::pressed,
    route,
    screen::Screen,
    state::State,
    task::{Effect, Outcome, Task, TaskName},
    update::begin,
    widget::{Kind, Rank, Tone, Widget},
};

const THROUGH: &str = "through";
const RENEW: &str = "renew";
const UNTIL: &str = "until";
/// Seconds before the end at which a screen reader says how much is left.
const MILESTONES: [u32; 2] = [300, 60];

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    let fetched = &glance.state.fetched;
    let mut widgets = vec![glance.text("how", "counter-how")];
    widgets.extend(glance.trouble());
    if fetched.counter_waits {
        widgets.push(glance.notice("waits", Tone::Calm, "counter-waits", "counter-waits-act"));
    }
    if let Some((qr, spoken, expires_at)) = &fetched.counter {
        widgets.extend(qr_of(glance, "handle", "counter-qr", qr));
        widgets.push(digits(glance, spoken));
        widgets.push(Widget::new(
            UNTIL,
            glance.say("counter-until"),
            Kind::Countdown {
                until: expires_at.to_string(),
                milestones: MILESTONES.to_vec(),
            },
        ));
        widgets.push(glance.button(THROUGH, "counter-through", Rank::Primary));
        widgets.push(glance.button(RENEW, "counter-renew", Rank::Quiet));
    } else {
        widgets.push(glance.button(RENEW, "counter-get", Rank::Primary));
        widgets.push(glance.button(THROUGH, "counter-through", Rank::Secondary));
    }
    let mut screen = glance.screen("counter-title", widgets);
    screen.capture = false;
    screen.keep_awake = true;
    screen
}

/// A QR code for a counter's scanner; nothing where the text is none, as the digits say the same.
pub(crate) fn qr_of(glance: &Glance<'_>, id: &str, words: &str, text: &str) -> Option<Widget> {
    let matrix = QrMatrix::of_bytes(text, liangma_card::LARGEST_SINGLE).ok()?;
    let row = |row| {
        (0..matrix.size())
            .map(|column| {
                if matrix.is_dark(column, row) {
                    '#'
                } else {
                    '.'
                }
            })
            .collect()
    };
    let rows = (0..matrix.size()).map(row).collect();
    Some(Widget::new(id, glance.say(words), Kind::Qr { rows }).sensitive())
}

/// The number to be said, four digits at a time; a screen reader says each digit.
fn digits(glance: &Glance<'_>, spoken: &str) -> Widget {
    let groups: Vec<String> = spoken
        .chars()
        .collect::<Vec<_>>()
        .chunks(4)
        .map(|group| group.iter().collect())
        .collect();
    let each: Vec<String> = spoken.chars().map(String::from).collect();
    let label = glance.say("counter-digits");
    let spoken = [&label, " ", &each.join(" ")].concat();
    let value = groups.join(" ");
    Widget::new("digits", label, Kind::KeyValue { value })
        .spoken(spoken)
        .sensitive()
}

/// Asks for a handle, unless one is there.
pub(crate) fn arrive(state: &mut State, effects: &mut Vec<Effect>) {
    state.fetched.counter_waits = false;
    let good = |(_, _, until): &(String, String, jiff::Timestamp)| *until > state.at;
    if !state.fetched.counter.as_ref().is_some_and(good) {
        renew(state, effects);
    }
}

fn renew(state: &mut State, effects: &mut Vec<Effect>) {
    state.fetched.counter = None;
    state.fetched.counter_waits = false;
    begin(state, Task::CounterHandle, effects);
}

pub(crate) fn update(state: &mut State, event: &Event, effects: &mut Vec<Effect>) {
    match (event, pressed(event)) {
        (Event::RanOut { widget }, _) if widget == UNTIL && state.working.is_none() => {
            renew(state, effects);
        }
        (_, Some(RENEW)) => renew(state, effects),
        (_, Some(THROUGH)) => {
            state.fetched.counter_waits = false;
            begin(state, Task::Apply, effects);
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
        (
            _,
            Outcome::CounterHandle {
                qr,
                spoken_code,
                expires_at,
            },
        ) => state.fetched.counter = Some((qr.clone(), spoken_code.clone(), *expires_at)),
        (TaskName::Apply, Outcome::Went) if state.known.stage >= Stage::Verified => {
            state.fetched.counter = None;
            route::go_on(state, effects);
        }
        (TaskName::Apply, Outcome::Went) => state.fetched.counter_waits = true,
        _ => {}
    }
}
