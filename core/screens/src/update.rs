//! What an event changes. Pure: the same state and event give the same state and effects.

use jiff::{SignedDuration, Timestamp};

use crate::{
    collector::OF_A_SHIFT,
    event::Event,
    known::Known,
    page::Page,
    state::{REVISION_MAX, Saying, State, TEXT_MAX, TroubleOn, Working, key},
    task::{Effect, Outcome, Task, TaskName},
};

/// Between two announcements a screen reader is left in peace for so long (UX 2).
const QUIET: SignedDuration = SignedDuration::from_secs(10);
/// The state of a code whose hours are over.
const ENDED: &str = "show.ended";
/// The button that ends a guest's time, on every page of a guest.
pub(crate) const GUEST_END: &str = "guest-end";
/// The action that gives up what is under way.
pub(crate) const CANCEL: &str = "cancel";
/// The action of a notice that leads to the page where its trouble ends.
pub(crate) const WAY_OUT: &str = "way-out";
/// What a shell's shortcut presses, whatever page is in front: straight to the code, where there is one.
pub(crate) const SHOW_CODE: &str = "show-code";

/// Takes an event in at a time; what is to happen outside comes back.
#[must_use]
pub fn update(mut state: State, event: &Event, at: Timestamp) -> (State, Vec<Effect>) {
    let mut effects = Vec::new();
    state.once = crate::state::Once::default();
    state.at = at;
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
        Event::RanOut { widget } => {
            state.ran_out = Some(widget.clone());
            state.page().update(&mut state, event, &mut effects);
        }
        Event::Back => back(&mut state, &mut effects),
        Event::CameToFront => state.in_front = true,
        Event::WentToBack => {
            state.in_front = false;
            state.lit = false;
        }
        Event::Pressed { widget } if widget == CANCEL => cancel(&mut state, &mut effects),
        Event::Pressed { widget } if widget.starts_with(GUEST_END) => {
            guest_end(&mut state, widget, &mut effects);
        }
        Event::Pressed { widget } if widget == WAY_OUT => crate::route::way_out(&mut state),
        Event::Pressed { widget } if widget == SHOW_CODE => crate::route::show_code(&mut state),
        Event::Pressed { .. } => {
            // A double tap finds the first tap at work, and does nothing. A refresh holds nobody up.
            if state.working.is_none() || state.is_doing(TaskName::Refresh) {
                state.page().update(&mut state, event, &mut effects);
            }
        }
        // A reading that comes when nobody checks codes any more: somebody else's, and nothing of it is kept.
        Event::Typed { widget, .. } | Event::Switched { widget, .. }
            if OF_A_SHIFT.contains(&widget.as_str()) => {}
        Event::Typed {
            widget,
            text,
            revision,
        } => {
            enter(&mut state, |state| typed(state, widget, text, *revision));
            mended(&mut state, widget);
            state.page().update(&mut state, event, &mut effects);
        }
        Event::Chosen { widget, chosen } => {
            let name = key(state.page(), widget);
            enter(&mut state, |state| {
                state.kept.chosen.insert(name, chosen.clone());
            });
            mended(&mut state, widget);
            state.page().update(&mut state, event, &mut effects);
        }
        Event::Switched { widget, on } => {
            let name = key(state.page(), widget);
            enter(&mut state, |state| {
                state.kept.switched.insert(name, *on);
            });
            state.page().update(&mut state, event, &mut effects);
        }
    }
    light(&mut state);
    pace(&mut state, at);
    (state, effects)
}

/// Begins a task by the person's wish.
pub(crate) fn begin(state: &mut State, task: Task, effects: &mut Vec<Effect>) {
    if state.working.is_some() {
        return;
    }
    state.trouble = None;
    state.ran_out = None;
    state.working = Some(Working {
        task: task.name(),
        slow: false,
    });
    effects.push(Effect::Do { task });
}

/// Takes in what was entered, unless there is no room to keep it: no person comes that far, and whatever
/// else was entered would be kept no longer.
fn enter(state: &mut State, change: impl FnOnce(&mut State)) {
    let before = state.kept.clone();
    change(state);
    if !state.kept.fits() {
        state.kept = before;
    }
}

fn typed(state: &mut State, widget: &str, text: &str, revision: u64) {
    let name = key(state.page(), widget);
    let revision = revision.min(REVISION_MAX);
    let entry = state.kept.texts.entry(name).or_default();
    // A late event of a text that was replaced since.
    if revision < entry.revision {
        return;
    }
    entry.revision = revision;
    entry.text = text.chars().take(TEXT_MAX).collect();
}

/// What was wrong with a field is no longer said once the person changes it.
fn mended(state: &mut State, widget: &str) {
    let was_wrong = state
        .trouble_here()
        .is_some_and(|trouble| trouble.field.as_deref() == Some(widget));
    if was_wrong {
        state.trouble = None;
    }
}

fn back(state: &mut State, effects: &mut Vec<Effect>) {
    if state.asking.take().is_some() {
        return;
    }
    // A refresh goes on behind the pages over the code.
    let behind = state.is_doing(TaskName::Refresh) && state.page() != Page::Code;
    if state.working.is_some() && !behind {
        cancel(state, effects);
        return;
    }
    if state.pop() {
        return;
    }
    // Whoever closes a guest's screens is done with them.
    if state.known.guest_until.is_some() {
        guest_end(state, GUEST_END, effects);
    } else {
        effects.push(Effect::Leave);
    }
}

/// Asks before a guest's time ends; then it does, whatever is under way.
fn guest_end(state: &mut State, pressed: &str, effects: &mut Vec<Effect>) {
    if state.known.guest_until.is_none() || state.is_doing(TaskName::GuestEnd) {
        return;
    }
    let asked = state.asking.take().as_deref() == Some(GUEST_END);
    match pressed.strip_prefix(GUEST_END) {
        Some("") => state.asking = Some(GUEST_END.to_owned()),
        Some("-yes") if asked => {
            state.working = None;
            begin(state, Task::GuestEnd, effects);
        }
        _ => {}
    }
}

fn cancel(state: &mut State, effects: &mut Vec<Effect>) {
    if state.working.take().is_some() {
        effects.push(Effect::Cancel);
    }
}

fn done(state: &mut State, task: TaskName, outcome: &Outcome, effects: &mut Vec<Effect>) {
    // What the person gave up does not answer; a link that comes back after a restart does.
    let comes_back = task == TaskName::FaceResume && state.working.is_none();
    if !state.is_doing(task) && !comes_back {
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
    if task == TaskName::Refresh {
        state.fetched.refreshed = None;
        match outcome {
            Outcome::Refreshed { state: brought } => {
                state.fetched.refreshed = Some(brought.clone());
                state.unsaid.push(Saying::Refresh(brought.clone()));
            }
            Outcome::Failed { trouble } => {
                state.unsaid.push(Saying::Refresh(trouble.state.clone()));
            }
            _ => {}
        }
    }
    page.done(state, task, outcome, effects);
}

/// Takes the terminal's new state in, and leaves pages that it has made untrue.
fn learn(state: &mut State, known: &Known, effects: &mut Vec<Effect>) {
    let before = std::mem::replace(&mut state.known, known.clone());
    announce_changes(state, &before);
    // A network that is back needs no words about one that is gone.
    if before.offline && !known.offline {
        state.trouble = state
            .trouble
            .take()
            .filter(|on| !on.trouble.state.starts_with("network."));
    }
    crate::route::settle(state, &before, effects);
}

fn announce_changes(state: &mut State, before: &Known) {
    let Some(then) = &before.code else { return };
    let Some(now) = &state.known.code else {
        if state.known.no_code.as_deref() == Some(ENDED) {
            state.unsaid.push(Saying::Expired);
        }
        return;
    };
    if now.colour != then.colour {
        state.unsaid.push(Saying::ColourChanged);
    }
    if now.last_hour && !then.last_hour {
        state.unsaid.push(Saying::HourLeft);
    }
}

/// Says once that the code is lit, with one tick for the hand: when it comes up, and when the program comes
/// to the front with it.
fn light(state: &mut State) {
    if state.known.code.is_none() {
        state.lit = false;
    } else if state.in_front && state.page().has_card() && !state.lit {
        state.lit = true;
        state.once.tick = true;
        state.unsaid.push(Saying::Lit);
    }
}

/// Says one thing at a time, ten seconds apart; what would hurry a screen reader waits, the most urgent
/// first. In the back nothing is said and nothing is kept for later: the screen has it.
fn pace(state: &mut State, at: Timestamp) {
    if !state.in_front {
        state.unsaid.clear();
        return;
    }
    let early = state
        .said_at
        .is_some_and(|said| at.duration_since(said).abs() < QUIET);
    if early || state.unsaid.is_empty() {
        return;
    }
    state.unsaid.sort();
    state.unsaid.dedup();
    let saying = state.unsaid.remove(0);
    state.once.announce.push(saying);
    state.said_at = Some(at);
}
