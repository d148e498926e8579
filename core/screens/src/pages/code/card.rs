//! The code card: lit at once, with or without network.

use crate::{
    event::Event,
    glance::Glance,
    pages::pressed,
    screen::{Brightness, Screen},
    state::State,
    task::{Effect, Task},
    update::begin,
    widget::{Kind, Rank, Widget},
};

pub(crate) use crate::pages::nothing_done as done;

const REFRESH: &str = "refresh";
/// Brightness goes back after so many seconds (UX 2): longer in the care view.
const BRIGHT_SECONDS: u32 = 60;
const BRIGHT_SECONDS_CARE: u32 = 180;
/// With less than a tenth of the battery the glass is never brighter than this.
const LOW_BATTERY_PERCENT: u8 = 60;

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    let preferences = glance.state.kept.preferences;
    let mut widgets = vec![Widget::new(
        "card",
        glance.say("code-card"),
        Kind::CodeCard {
            position: preferences.code_position,
            enlarged: false,
            reading_order: Vec::new(),
        },
    )];
    widgets.extend(glance.trouble());
    widgets.push(glance.button(REFRESH, "code-refresh", Rank::Secondary));
    let mut screen = glance.screen("code-title", widgets);
    screen.capture = false;
    screen.keep_awake = true;
    screen.brightness = Brightness::Raised {
        seconds: match preferences.view {
            liangma_card::View::Care => BRIGHT_SECONDS_CARE,
            _ => BRIGHT_SECONDS,
        },
        low_battery_percent: LOW_BATTERY_PERCENT,
    };
    screen
}

pub(crate) fn update(state: &mut State, event: &Event, effects: &mut Vec<Effect>) {
    if pressed(event) == Some(REFRESH) {
        begin(state, Task::Refresh, effects);
    }
}
