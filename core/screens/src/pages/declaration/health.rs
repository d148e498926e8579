//! Declaring health: temperature, symptoms, contact (GB/T 38962).

use liangma_wire::{consent::Purpose, declaration::Symptom};

use super::{LEAVE, SEND, done as ended, leave, may_send, sent};
use crate::{
    event::Event,
    glance::Glance,
    page::Page,
    pages::pressed,
    screen::Screen,
    state::State,
    task::{Effect, Outcome, Task, TaskName},
    update::begin,
    widget::{FieldPurpose, Rank},
};

/// The fields have the terminal's names, so that what is wrong is said where it is.
const TEMPERATURE: &str = "temperature_tenths";
const SYMPTOMS: &str = "symptoms";
const CONTACT: &str = "high_risk_contact";
const YES: &str = "yes";
const NO: &str = "no";
/// "36.5 °C" with room for how people write it.
const LONGEST: u32 = 10;

const SYMPTOM_WORDS: [(Symptom, &str, &str); 5] = [
    (Symptom::Fever, "fever", "symptom-fever"),
    (Symptom::Cough, "cough", "symptom-cough"),
    (Symptom::Fatigue, "fatigue", "symptom-fatigue"),
    (
        Symptom::SmellOrTasteLoss,
        "smell_or_taste_loss",
        "symptom-smell",
    ),
    (
        Symptom::Breathlessness,
        "breathlessness",
        "symptom-breathlessness",
    ),
];

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    if let Some(widgets) = sent(glance) {
        return glance.screen("health-title", widgets);
    }
    let mut widgets = vec![glance.text("why", "health-why")];
    widgets.extend(glance.trouble());
    let symptoms = SYMPTOM_WORDS
        .iter()
        .map(|(_, id, words)| glance.option(id, words))
        .collect();
    let contact = vec![
        glance.option(NO, "health-contact-no"),
        glance.option(YES, "health-contact-yes"),
    ];
    widgets.extend([
        glance
            .field(
                TEMPERATURE,
                "health-temperature",
                FieldPurpose::Number,
                LONGEST,
            )
            .hinted(glance.say("health-temperature-hint"))
            .sensitive(),
        glance
            .any_of(SYMPTOMS, "health-symptoms", symptoms)
            .hinted(glance.say("health-symptoms-hint"))
            .sensitive(),
        glance
            .one_of(CONTACT, "health-contact", contact, None)
            .sensitive(),
        glance.button(SEND, "declare-send", Rank::Primary),
    ]);
    let mut screen = glance.screen("health-title", widgets);
    screen.capture = false;
    screen
}

pub(crate) fn update(state: &mut State, event: &Event, effects: &mut Vec<Effect>) {
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
            Purpose::HealthDeclaration,
            Page::ConsentHealthDeclaration,
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
    let page = Page::DeclareHealth;
    let Ok(temperature_tenths) = tenths(state.text(page, TEMPERATURE)) else {
        state.field_is_wrong(TEMPERATURE, "temperature_malformed");
        return None;
    };
    let chosen = state.chosen(page, SYMPTOMS);
    let symptoms = SYMPTOM_WORDS
        .iter()
        .filter(|(_, id, _)| chosen.iter().any(|one| one == id))
        .map(|(symptom, ..)| *symptom)
        .collect();
    // Nobody declares by leaving something as it was: this one is answered by hand.
    let Some(contact) = state.one_chosen(page, CONTACT) else {
        state.field_is_wrong(CONTACT, "choice_missing");
        return None;
    };
    let high_risk_contact = contact == YES;
    Some(Task::DeclareHealth {
        temperature_tenths,
        symptoms,
        high_risk_contact,
    })
}

/// A temperature as people write it, in tenths of a degree; `None` where nothing was measured.
fn tenths(text: &str) -> Result<Option<u16>, ()> {
    let plain: String = text
        .chars()
        .filter(|character| !character.is_whitespace())
        .filter(|character| !matches!(character, '°' | '℃' | '度' | 'C' | 'c'))
        .map(|character| match character {
            '\u{ff10}'..='\u{ff19}' => {
                char::from_digit(u32::from(character) - 0xff10, 10).unwrap_or(character)
            }
            '\u{ff0e}' | '\u{3002}' | ',' | '\u{ff0c}' | '点' | '點' => '.',
            other => other,
        })
        .collect();
    if plain.is_empty() {
        return Ok(None);
    }
    let (whole, tenth) = plain.split_once('.').unwrap_or((&plain, "0"));
    let digits = |text: &str, most: usize| {
        let fits = (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        fits.then(|| text.parse::<u16>().ok()).flatten().ok_or(())
    };
    Ok(Some(digits(whole, 2)? * 10 + digits(tenth, 1)?))
}

pub(crate) fn done(
    state: &mut State,
    task: TaskName,
    outcome: &Outcome,
    _effects: &mut Vec<Effect>,
) {
    if task == TaskName::DeclareHealth {
        ended(state, outcome);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temperature_is_read_as_people_write_it() {
        for (text, expected) in [
            ("", Ok(None)),
            ("  ", Ok(None)),
            ("36.5", Ok(Some(365))),
            ("36.5 ℃", Ok(Some(365))),
            ("36,5°C", Ok(Some(365))),
            ("３６．５度", Ok(Some(365))),
            ("37点8", Ok(Some(378))),
            ("37", Ok(Some(370))),
            // The terminal says that nobody has this.
            ("3.7", Ok(Some(37))),
            ("365", Err(())),
            ("36.55", Err(())),
            ("36.", Err(())),
            (".5", Err(())),
            ("-36", Err(())),
            ("发烧", Err(())),
        ] {
            assert_eq!(tenths(text), expected, "{text}");
        }
    }
}
