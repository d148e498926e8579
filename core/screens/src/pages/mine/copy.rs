//! A copy of what this phone or the platform holds: to look at, save or share.

use crate::{
    event::Event,
    glance::Glance,
    pages::pressed,
    screen::Screen,
    state::State,
    task::{Effect, Outcome, Task, TaskName},
    update::begin,
    widget::{Kind, Rank, Widget},
};

const PHONE: &str = "copy-phone";
const PLATFORM: &str = "copy-platform";
const MEDIA_TYPE: &str = "application/json";
/// Says nothing of whose it is.
const FILE_NAME: &str = "liangma-data.json";

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    let state = glance.state;
    let mut widgets: Vec<_> = glance.trouble().into_iter().collect();
    if let Some(text) = &state.fetched.document {
        widgets.push(glance.text("about", "copy-about"));
        let document = Kind::Document {
            media_type: MEDIA_TYPE.to_owned(),
            file_name: FILE_NAME.to_owned(),
            text: text.clone(),
        };
        widgets.push(Widget::new("document", glance.say("copy-document"), document).sensitive());
    } else if state.working.is_some() {
        widgets.push(glance.text("fetching", "copy-fetching"));
    } else {
        widgets.push(glance.text("none", "copy-none"));
        widgets.push(glance.button(PHONE, "data-copy-phone", Rank::Primary));
        widgets.push(glance.button(PLATFORM, "data-copy-platform", Rank::Secondary));
    }
    let mut screen = glance.screen("copy-title", widgets);
    screen.capture = false;
    screen
}

pub(crate) fn update(state: &mut State, event: &Event, effects: &mut Vec<Effect>) {
    match pressed(event) {
        Some(PHONE) => begin(state, Task::Export, effects),
        Some(PLATFORM) => begin(state, Task::ExportFromPlatform, effects),
        _ => {}
    }
}

pub(crate) fn done(
    state: &mut State,
    task: TaskName,
    outcome: &Outcome,
    _effects: &mut Vec<Effect>,
) {
    if let (TaskName::Export | TaskName::ExportFromPlatform, Outcome::Document { text }) =
        (task, outcome)
    {
        state.fetched.document = Some(text.clone());
    }
}
