//! What an event changes. Pure: the same state and event give the same state and effects.

use jiff::{SignedDuration, Timestamp};

use crate::{
    event::Event,
    known::Known,
    page::Page,
    state::{State, TEXT_MAX, TroubleOn, Working, key},
    task::{Effect, Outcome, Task, TaskName},
};

/// Between two announcements a screen reader is left in peace for so long (UX 2).
const QUIET: SignedDuration = SignedDuration::from_secs(10);
/// The action that gives up what is under way.
pub(crate) const CANCEL: &str = "cancel";

/// Takes an event in at a time; what is to happen outside comes back.
#[must_use]
pub fn update(mut state: State, event: &Event, at: Timestamp) -> (State, Vec<Effect>) {
    let mut effects = Vec::new();
    state.once = crate::state::Once::default();
    match event {
        Event::Learned { known } => learn(&mut state, known, &mut effects),
        Event::Done { task, outcome } => done(&mut state, *task, outcome, &mut effects),
        Event::Slow { task } => {
            if let Some(working) = &mut state.working
                && working.task == *task
            {
                working.slow = true;
            }
        }
        Event::Back => back(&mut state, &mut effects),
        Event::CameToFront => state.in_front = true,
        Event::WentToBack => state.in_front = false,
        Event::Pressed { widget } if widget == CANCEL => cancel(&mut state, &mut effects),
        Event::Pressed { .. } => {
            // A double tap finds the first tap at work, and does nothing.
            if state.working.is_none() {
                state.page().update(&mut state, event, &mut effects);
            }
        }
        Event::Typed {
            widget,
            text,
            revision,
        } => {
            typed(&mut state, widget, text, *revision);
            state.page().update(&mut state, event, &mut effects);
        }
        Event::Chosen { widget, chosen } => {
            let name = key(state.page(), widget);
            state.kept.chosen.insert(name, chosen.clone());
            state.page().update(&mut state, event, &mut effects);
        }
        Event::Switched { widget, on } => {
            let name = key(state.page(), widget);
            state.kept.switched.insert(name, *on);
            state.page().update(&mut state, event, &mut effects);
        }
    }
    pace(&mut state, at);
    (state, effects)
}

/// Begins a task by the person's wish.
pub(crate) fn begin(state: &mut State, task: Task, effects: &mut Vec<Effect>) {
    if state.working.is_some() {
        return;
    }
    state.trouble = None;
    state.working = Some(Working {
        task: task.name(),
        slow: false,
    });
    effects.push(Effect::Do { task });
}

fn typed(state: &mut State, widget: &str, text: &str, revision: u64) {
    let name = key(state.page(), widget);
    let entry = state.kept.texts.entry(name).or_default();
    // A late event of a text that was replaced since.
    if revision < entry.revision {
        return;
    }
    entry.revision = revision;
    entry.text = text.chars().take(TEXT_MAX).collect();
}

fn back(state: &mut State, effects: &mut Vec<Effect>) {
    if state.asking.take().is_some() {
        return;
    }
    if state.working.is_some() {
        cancel(state, effects);
        return;
    }
    if !state.pop() {
        effects.push(Effect::Leave);
    }
}

fn cancel(state: &mut State, effects: &mut Vec<Effect>) {
    if state.working.take().is_some() {
        effects.push(Effect::Cancel);
    }
}

fn done(state: &mut State, task: TaskName, outcome: &Outcome, effects: &mut Vec<Effect>) {
    // What the person gave up does not answer.
    if !state.is_doing(task) {
        return;
    }
    state.working = None;
    let page = state.page();
    if let Outcome::Failed { trouble } = outcome {
        state.trouble = Some(TroubleOn {
            page,
            trouble: trouble.clone(),
        });
    }
    page.done(state, task, outcome, effects);
}

/// Takes the terminal's new state in, and leaves pages that it has made untrue.
fn learn(state: &mut State, known: &Known, effects: &mut Vec<Effect>) {
    let before = std::mem::replace(&mut state.known, known.clone());
    announce_changes(state, &before);
    crate::route::settle(state, &before, effects);
}

fn announce_changes(state: &mut State, before: &Known) {
    let (Some(now), Some(then)) = (&state.known.code, &before.code) else {
        if state.known.code.is_some() && before.no_code.is_none() && state.page() == Page::Code {
            state.once.announce.push("announce-lit");
            state.once.tick = true;
        }
        return;
    };
    if now.colour != then.colour {
        state.once.announce.push("announce-colour-changed");
    }
}

/// Keeps announcements ten seconds apart: what would hurry a screen reader stays on the screen to be read.
fn pace(state: &mut State, at: Timestamp) {
    if state.once.announce.is_empty() {
        return;
    }
    if state
        .said_at
        .is_some_and(|said| at.duration_since(said).abs() < QUIET)
    {
        state.once.announce.clear();
    } else {
        state.once.announce.truncate(1);
        state.said_at = Some(at);
    }
}
