//! Declaring a trip on arrival: from where, to where, on which day.

use jiff::ToSpan as _;
use liangma_wire::consent::Purpose;

use super::{LEAVE, SEND, country, division, done as ended, leave, may_send, sent};
use crate::{
    event::Event,
    glance::Glance,
    page::Page,
    pages::pressed,
    screen::Screen,
    state::{State, key},
    task::{Effect, Outcome, Task, TaskName},
    update::begin,
    widget::{Kind, Rank, Widget},
};

/// The fields have the terminal's names, so that what is wrong is said where it is.
const ORIGIN: &str = "origin";
const FROM_DIVISION: &str = "from_division";
const FROM_COUNTRY: &str = "from_country";
const TO_DIVISION: &str = "to_division";
const ARRIVED_ON: &str = "arrived_on";
const HERE: &str = "here";
const ABROAD: &str = "abroad";
/// So many days back an arrival is declared at most.
const DAYS_BACK: i32 = 30;

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    if let Some(widgets) = sent(glance) {
        return glance.screen("trip-title", widgets);
    }
    let mut widgets = vec![glance.text("why", "trip-why")];
    widgets.extend(glance.trouble());
    let origins = vec![
        glance.option(HERE, "trip-from-here"),
        glance.option(ABROAD, "trip-from-abroad"),
    ];
    widgets.push(glance.one_of(ORIGIN, "trip-origin", origins, Some(HERE)));
    widgets.push(if is_from_abroad(glance.state) {
        country::choice(glance, FROM_COUNTRY, "trip-country")
    } else {
        division::choice(glance, FROM_DIVISION, "trip-from")
    });
    widgets.push(division::choice(glance, TO_DIVISION, "trip-to"));
    widgets.push(arrival(glance));
    widgets.push(glance.button(SEND, "declare-send", Rank::Primary));
    let mut screen = glance.screen("trip-title", widgets);
    screen.capture = false;
    screen
}

fn arrival(glance: &Glance<'_>) -> Widget {
    let today = glance.today();
    let first = today.saturating_sub(DAYS_BACK.days());
    let chosen = glance.state.one_chosen(Page::DeclareTrip, ARRIVED_ON);
    Widget::new(
        ARRIVED_ON,
        glance.say("trip-arrived"),
        Kind::Date {
            value: chosen.map(str::to_owned),
            first: first.to_string(),
            last: today.to_string(),
        },
    )
    .wrong(glance.wrong(ARRIVED_ON))
    .sensitive()
}

fn is_from_abroad(state: &State) -> bool {
    state.one_chosen(Page::DeclareTrip, ORIGIN) == Some(ABROAD)
}

pub(crate) fn update(state: &mut State, event: &Event, effects: &mut Vec<Effect>) {
    if let Event::Chosen { widget, .. } = event
        && [FROM_DIVISION, FROM_COUNTRY, TO_DIVISION].contains(&widget.as_str())
    {
        // Found: what it was searched by is done with.
        if let Some(typed) = state.kept.texts.get_mut(&key(Page::DeclareTrip, widget)) {
            typed.text.clear();
            typed.turn();
        }
    }
    match pressed(event) {
        Some(SEND) => asked(state, effects),
        Some(LEAVE) => leave(state),
        _ => {}
    }
}

/// Sends what was filled in, once the purpose is agreed to.
fn asked(state: &mut State, effects: &mut Vec<Effect>) {
    let filled = read(state).is_some();
    if filled
        && may_send(
            state,
            Purpose::TripDeclaration,
            Page::ConsentTripDeclaration,
        )
    {
        send(state, effects);
    }
}

/// Sends what was filled in.
pub(super) fn send(state: &mut State, effects: &mut Vec<Effect>) {
    if let Some(task) = read(state) {
        begin(state, task, effects);
    }
}

/// What was filled in; where something is wrong, the page says what.
fn read(state: &mut State) -> Option<Task> {
    let chosen = |state: &State, widget| {
        let one = state.one_chosen(Page::DeclareTrip, widget);
        one.map(str::to_owned)
    };
    let abroad = is_from_abroad(state);
    let from_division = chosen(state, FROM_DIVISION).filter(|_| !abroad);
    let from_country = chosen(state, FROM_COUNTRY).filter(|_| abroad);
    if abroad && from_country.is_none() {
        state.field_is_wrong(FROM_COUNTRY, "choice_missing");
        return None;
    }
    if !abroad && !is_place(state, FROM_DIVISION, from_division.as_deref()) {
        return None;
    }
    let to_division = chosen(state, TO_DIVISION);
    if !is_place(state, TO_DIVISION, to_division.as_deref()) {
        return None;
    }
    let Some(arrived_on) = chosen(state, ARRIVED_ON) else {
        state.field_is_wrong(ARRIVED_ON, "choice_missing");
        return None;
    };
    Some(Task::DeclareTrip {
        from_division,
        from_country,
        to_division: to_division?,
        arrived_on,
    })
}

fn is_place(state: &mut State, widget: &str, code: Option<&str>) -> bool {
    let wrong = match code {
        None => "choice_missing",
        Some(code) if !division::is_exact(code) => "division_unfinished",
        Some(_) => return true,
    };
    state.field_is_wrong(widget, wrong);
    false
}

pub(crate) fn done(
    state: &mut State,
    task: TaskName,
    outcome: &Outcome,
    _effects: &mut Vec<Effect>,
) {
    if task == TaskName::DeclareTrip {
        ended(state, outcome);
    }
}
