//! My data: what is held, and everything a person may do with it.

use crate::{
    event::Event,
    glance::Glance,
    page::Page,
    pages::pressed,
    screen::Screen,
    state::{State, key},
    task::{Effect, Task},
    update::begin,
    widget::{Kind, Rank, Widget},
};

pub(crate) use crate::pages::nothing_done as done;

const COPY_PHONE: &str = "copy-phone";
const COPY_PLATFORM: &str = "copy-platform";
const CORRECT: &str = "correct";
const CONSENTS: &str = "consents";
const ERASE: &str = "erase";

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    let mut widgets = vec![glance.text("about", "data-about")];
    widgets.extend(glance.trouble());
    if let Some(person) = &glance.state.known.person {
        widgets.extend([
            glance
                .pair("name", "data-name", person.name.clone())
                .sensitive(),
            glance
                .pair("document", "data-document", person.document.clone())
                .sensitive(),
            glance
                .pair("phone", "data-phone", person.phone.clone())
                .sensitive(),
        ]);
    }
    let rows = vec![
        glance.row(COPY_PHONE, "data-copy-phone"),
        glance.row(COPY_PLATFORM, "data-copy-platform"),
        glance.row(CORRECT, "data-correct"),
        glance.row(CONSENTS, "data-consents"),
    ];
    let more = false;
    let list = Kind::List { rows, more };
    widgets.push(Widget::new("ways", glance.say("data-ways"), list));
    widgets.push(glance.button(ERASE, "data-erase", Rank::Destructive));
    widgets.extend(glance.sheet(
        ERASE,
        [
            "data-erase-ask",
            "data-erase-text",
            "data-erase-yes",
            "not-now",
        ],
        true,
    ));
    let mut screen = glance.screen("code-data", widgets);
    screen.capture = false;
    screen
}

pub(crate) fn update(state: &mut State, event: &Event, effects: &mut Vec<Effect>) {
    match pressed(event) {
        Some(COPY_PHONE) => copy(state, Task::Export, effects),
        Some(COPY_PLATFORM) => copy(state, Task::ExportFromPlatform, effects),
        Some(CORRECT) => {
            let name = key(Page::Wrong, "about");
            state.kept.chosen.insert(name, vec!["identity".to_owned()]);
            state.push(Page::Wrong);
        }
        Some(CONSENTS) => state.push(Page::DataConsents),
        Some(ERASE) => state.asking = Some(ERASE.to_owned()),
        Some("erase-no") => state.asking = None,
        Some("erase-yes") if state.asking.take().is_some() => {
            begin(state, Task::Erase, effects);
        }
        _ => {}
    }
}

fn copy(state: &mut State, task: Task, effects: &mut Vec<Effect>) {
    state.fetched.document = None;
    state.push(Page::DataCopy);
    begin(state, task, effects);
}
