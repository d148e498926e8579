//! What a state looks like. Pure: the same state, standard and words give the same screen.

use liangma_card::{Standard, StateWords};

use crate::{glance::Glance, screen::Screen, state::State, words::Words};

/// Everything that is seen, of one version of the UI standard.
#[derive(Debug)]
pub struct Seen {
    /// Colours and layouts.
    pub standard: Standard,
    /// Words for states.
    pub states: StateWords,
    /// Words of the screens.
    pub words: Words,
}

/// The screen of a state.
#[must_use]
pub fn view(state: &State, seen: &Seen) -> Screen {
    let glance = Glance {
        state,
        standard: &seen.standard,
        states: &seen.states,
        words: &seen.words,
    };
    state.page().view(&glance)
}
