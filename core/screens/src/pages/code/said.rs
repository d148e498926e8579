//! The card in words: what a screen reader says of it, without the running clock.

use liangma_card::{Panel, spoken_document, spoken_name};

use crate::{
    glance::Glance,
    known::CodeKnown,
    screen::{Brightness, Screen},
    widget::{Kind, Widget},
};

/// Brightness goes back after so many seconds (UX 2): longer in the care view.
const BRIGHT_SECONDS: u32 = 60;
const BRIGHT_SECONDS_CARE: u32 = 180;
/// With less than a tenth of the battery the glass is never brighter than this.
const LOW_BATTERY_PERCENT: u8 = 60;

/// The card widget.
pub(super) fn card(glance: &Glance<'_>, code: &CodeKnown, enlarged: bool) -> Widget {
    Widget::new(
        "card",
        glance.say("code-card"),
        Kind::CodeCard {
            position: glance.state.kept.preferences.code_position,
            enlarged,
            reading_order: reading_order(glance, code),
        },
    )
}

/// A screen with the card: bright, awake, and out of captures.
pub(super) fn lit(glance: &Glance<'_>, screen: &mut Screen) {
    screen.capture = false;
    screen.keep_awake = true;
    screen.brightness = Brightness::Raised {
        seconds: match glance.view() {
            liangma_card::View::Care => BRIGHT_SECONDS_CARE,
            _ => BRIGHT_SECONDS,
        },
        low_battery_percent: LOW_BATTERY_PERCENT,
    };
}

/// How the panel of this code is called in the standard.
pub(super) fn panel<'a>(glance: &'a Glance<'_>, colour: u8) -> &'a Panel {
    glance
        .standard
        .colours()
        .iter()
        .find(|style| style.number == colour)
        .map_or(glance.standard.unlisted_colour(), |style| &style.panel)
}

fn reading_order(glance: &Glance<'_>, code: &CodeKnown) -> Vec<String> {
    let (standard, language) = (glance.standard, glance.language());
    let words = standard.card();
    let mut lines = vec![glance.say("terminal-name")];
    if code.sandbox {
        lines.push(words.sandbox_spoken.get(language).to_owned());
    }
    lines.push(panel(glance, code.colour).spoken.get(language).to_owned());
    lines.push(spoken_name(standard, language, &code.name));
    lines.push(spoken_document(standard, language, &code.document));
    lines.push(words.qr_spoken.get(language).to_owned());
    lines.push(match code.works_offline_until {
        _ if !code.live => words.time_may_be_off.get(language).to_owned(),
        Some(until) => {
            glance.say_with("code-offline-until", &[("time", glance.when(until).into())])
        }
        None => glance.say_with(
            "code-covered-until",
            &[("time", glance.when(code.covered_until).into())],
        ),
    });
    if let Some(at) = code.updated_at {
        lines.push(glance.say_with("code-updated", &[("time", glance.when(at).into())]));
    }
    lines
}
