//! Why this colour: what to do now first, then since when, on what ground, who decided, what clears it and
//! when, and the way to say that it is wrong.

use std::collections::BTreeSet;

use liangma_card::Language;
use liangma_domain::{
    evidence::Origin,
    reason::Reason,
    rules::{Clearing, CountedFrom, ReasonStatement},
};

use crate::{
    event::Event,
    glance::Glance,
    page::Page,
    pages::{code::said, help::calls, pressed},
    screen::Screen,
    state::State,
    task::{Effect, Task},
    update::begin,
    widget::{Kind, Rank, Tone, Widget},
    words::Words,
};

pub(crate) use crate::pages::nothing_done as done;

const WRONG: &str = "wrong";
const REFRESH: &str = "refresh";
const RED: u8 = 3;
const GREEN: u8 = 1;

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    let known = &glance.state.known;
    let mut widgets = Vec::new();
    if let Some(code) = &known.code {
        widgets.push(glance.heading("now", "why-now"));
        widgets.extend(what_now(glance, code.colour));
        let panel = said::panel(glance, code.colour);
        let word = panel.word.get(glance.language());
        widgets.push(glance.pair("colour", "why-colour", word));
        if code.colour != GREEN {
            widgets.push(glance.long_text("not-fault", "why-not-fault"));
        }
    }
    widgets.extend(glance.trouble());
    if known.reasons.is_empty() {
        widgets.push(glance.notice("no-reasons", Tone::Careful, "why-none", "why-none-act"));
        widgets.push(glance.button(REFRESH, "code-refresh", Rank::Primary));
    }
    widgets.extend(
        known
            .reasons
            .iter()
            .enumerate()
            .map(|(number, statement)| reason(glance, number, statement)),
    );
    if let Some(at) = known.code.as_ref().and_then(|code| code.explained_at) {
        let text = glance.say_with("why-as-of", &[("time", glance.when(at).into())]);
        widgets.push(Widget::new("as-of", text, Kind::Text));
    }
    widgets.push(glance.way(WRONG, "why-wrong", Rank::Secondary));
    widgets.extend(calls::links(glance));
    glance.screen("why-title", widgets)
}

/// What to do now: what the worst reasons can be cleared by that a person can act on, and what always holds.
fn what_now(glance: &Glance<'_>, colour: u8) -> Vec<Widget> {
    let mut said = BTreeSet::new();
    let mut widgets = Vec::new();
    let worst = glance
        .state
        .known
        .reasons
        .iter()
        .filter(|statement| statement.colour.registry_number() == colour);
    for id in worst.flat_map(|statement| &statement.cleared_by).map(to_do) {
        if said.insert(id) {
            widgets.push(glance.text(id, id));
        }
    }
    widgets.truncate(3);
    let general = match colour {
        GREEN => "do-green",
        RED => "do-red",
        _ => "do-yellow",
    };
    widgets.insert(0, glance.text("do", general));
    widgets
}

/// What a person does so that this comes about.
fn to_do(clearing: &Clearing) -> &'static str {
    match clearing {
        Clearing::NegativeTest => "do-test",
        Clearing::IsolationCompleted | Clearing::ObservationCompleted => "do-stay",
        Clearing::FeverEnded => "do-fever",
        Clearing::InfectionRuledOut | Clearing::Discharged | Clearing::ReleasedFromObservation => {
            "do-doctor"
        }
        Clearing::DaysElapsed { .. }
        | Clearing::HoursWithoutFinding { .. }
        | Clearing::DecisionEnds => "do-wait",
        Clearing::DecisionWithdrawn | Clearing::Reassessed => "do-ask",
    }
}

fn reason(glance: &Glance<'_>, number: usize, statement: &ReasonStatement) -> Widget {
    let id = |what: &str| format!("{what}-{number}");
    let mut pairs = Vec::new();
    if let Some(since) = statement.since {
        pairs.push(glance.pair(&id("since"), "why-since", glance.when(since)));
    }
    if let Some(book) = &glance.state.known.rule_book {
        pairs.push(glance.pair(&id("book"), "why-book", book.title.as_str()));
        pairs.push(glance.pair(&id("issuer"), "why-issuer", book.issuer.as_str()));
    }
    pairs.push(glance.pair(&id("rule"), "why-rule", statement.rule.as_str()));
    for (place, office) in offices(glance, statement).into_iter().enumerate() {
        let id = format!("office-{number}-{place}");
        pairs.push(glance.pair(&id, "why-office", office));
    }
    for (place, evidence) in statement.evidence.iter().enumerate() {
        let id = format!("evidence-{number}-{place}");
        pairs.push(glance.pair(&id, "why-evidence", short(&evidence.to_string())));
    }
    let ways: Vec<String> = statement
        .cleared_by
        .iter()
        .map(|way| glance.words.clearing(glance.language(), *way))
        .collect();
    let several = ways.len() > 1;
    for (place, way) in ways.into_iter().enumerate() {
        let id = format!("clears-{number}-{place}");
        let words = if several && place > 0 {
            "why-clears-or"
        } else {
            "why-clears"
        };
        pairs.push(glance.pair(&id, words, way));
    }
    if let Some(at) = statement.clears_at {
        pairs.push(glance.pair(&id("clears-at"), "why-clears-at", glance.when(at)));
    } else if !statement.cleared_by.is_empty() {
        pairs.push(glance.text(&id("clears-open"), "why-clears-open"));
    }
    let words = glance.words.reason(glance.language(), statement.reason);
    Widget::new(id("reason"), words, Kind::Section { widgets: pairs })
}

/// Who answers for what the reason rests on, each once.
fn offices(glance: &Glance<'_>, statement: &ReasonStatement) -> BTreeSet<String> {
    glance
        .state
        .known
        .sources
        .iter()
        .filter(|source| statement.evidence.contains(&source.evidence))
        .map(|source| match source.origin {
            Origin::Declaration => glance.say("why-office-self"),
            _ => match &source.kind {
                Some(kind) => glance.say(&format!("office-{}", named(kind))),
                None => source.authority.as_str().to_owned(),
            },
        })
        .collect()
}

/// The first digits of a number: enough to name it at a counter, short enough to be said.
fn short(number: &str) -> String {
    number.chars().take(8).collect()
}

/// The id of the words of a reason.
fn reason_id(reason: Reason) -> String {
    format!("reason-{}", named(&reason))
}

impl Words {
    /// A reason for a colour, in the person's words.
    #[must_use]
    pub fn reason(&self, language: Language, reason: Reason) -> String {
        self.say(language, &reason_id(reason), &[])
    }

    /// What clears a reason, in the person's words.
    #[must_use]
    pub fn clearing(&self, language: Language, clearing: Clearing) -> String {
        let (id, values) = clearing_id(clearing);
        let args: Vec<_> = values
            .iter()
            .map(|(name, value)| (*name, (*value).into()))
            .collect();
        self.say(language, &id, &args)
    }
}

/// The id of the words of what clears a reason, with the values in them.
fn clearing_id(clearing: Clearing) -> (String, Vec<(&'static str, u16)>) {
    match clearing {
        Clearing::DaysElapsed { days, from } => {
            let from = match from {
                CountedFrom::Evidence => "evidence",
                CountedFrom::LeavingAbroad => "leaving-abroad",
                CountedFrom::EndOfIsolation => "end-of-isolation",
            };
            (format!("clearing-days-from-{from}"), vec![("days", days)])
        }
        Clearing::HoursWithoutFinding { hours } => (
            "clearing-hours-without-finding".to_owned(),
            vec![("hours", hours)],
        ),
        Clearing::IsolationCompleted => plain("isolation-completed"),
        Clearing::ObservationCompleted => plain("observation-completed"),
        Clearing::NegativeTest => plain("negative-test"),
        Clearing::FeverEnded => plain("fever-ended"),
        Clearing::InfectionRuledOut => plain("infection-ruled-out"),
        Clearing::Discharged => plain("discharged"),
        Clearing::ReleasedFromObservation => plain("released-from-observation"),
        Clearing::DecisionEnds => plain("decision-ends"),
        Clearing::DecisionWithdrawn => plain("decision-withdrawn"),
        Clearing::Reassessed => plain("reassessed"),
    }
}

fn plain(code: &str) -> (String, Vec<(&'static str, u16)>) {
    (format!("clearing-{code}"), Vec::new())
}

/// A value of a closed list by its name in JSON, with dashes as ids of words have them.
fn named(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name.replace('_', "-"),
        _ => String::new(),
    }
}

pub(crate) fn update(state: &mut State, event: &Event, effects: &mut Vec<Effect>) {
    match pressed(event) {
        Some(WRONG) => state.push(Page::Wrong),
        Some(REFRESH) => begin(state, Task::Refresh, effects),
        Some(id) => calls::call(id, effects),
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLEARINGS: [Clearing; 14] = [
        Clearing::IsolationCompleted,
        Clearing::ObservationCompleted,
        Clearing::NegativeTest,
        Clearing::FeverEnded,
        Clearing::DaysElapsed {
            days: 7,
            from: CountedFrom::Evidence,
        },
        Clearing::DaysElapsed {
            days: 7,
            from: CountedFrom::LeavingAbroad,
        },
        Clearing::DaysElapsed {
            days: 7,
            from: CountedFrom::EndOfIsolation,
        },
        Clearing::InfectionRuledOut,
        Clearing::Discharged,
        Clearing::ReleasedFromObservation,
        Clearing::HoursWithoutFinding { hours: 48 },
        Clearing::DecisionEnds,
        Clearing::DecisionWithdrawn,
        Clearing::Reassessed,
    ];

    #[test]
    fn every_reason_and_everything_that_clears_one_has_words_in_every_language() {
        let words = Words::built_in().unwrap();
        for language in Language::ALL {
            for reason in Reason::ALL {
                let id = reason_id(*reason);
                assert!(words.has(language, &id), "{language:?}: {id}");
            }
            for clearing in CLEARINGS {
                let (id, values) = clearing_id(clearing);
                assert!(words.has(language, &id), "{language:?}: {id}");
                let said = words.clearing(language, clearing);
                for (name, value) in values {
                    assert!(said.contains(&value.to_string()), "{said}: {name}");
                }
            }
        }
    }
}
