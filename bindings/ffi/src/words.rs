//! Words for every state and error that a person can meet.

use std::sync::OnceLock;

use liangma_card::{CodeShows, StateWords};

use crate::{mirror::mirror, screen::Language};

/// What to say to a person about a state or an error.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct StateText {
    /// Whether a code that is on the phone still shows.
    pub code_shows: CodeStillShows,
    /// What happened: one sentence.
    pub happened: String,
    /// What to do now: one sentence.
    pub act: String,
}

mirror! {
    /// Whether a code that is on the phone still shows in a state.
    pub enum CodeStillShows = liangma_card::CodeShows {
        /// Live, as before.
        Yes,
        /// Genuine and not live: a person compares the identity card.
        NotLive,
        /// Not at all.
        No,
    }
}

/// The words for the code of an error or the id of a state, `group.code`; `null` when there are none.
#[uniffi::export]
pub fn words_of_state(code: &str, language: Language) -> Option<StateText> {
    static WORDS: OnceLock<Option<StateWords>> = OnceLock::new();
    let words = WORDS.get_or_init(|| StateWords::built_in().ok()).as_ref()?;
    let (group, code) = match code.split_once('.')? {
        // What exactly is wrong with a field is said beside the field.
        ("field", _) => ("terminal", "field"),
        other => other,
    };
    let text = words.of(group, code)?;
    let language = match language {
        Language::ZhHans => liangma_card::Language::ZhHans,
        Language::ZhHant => liangma_card::Language::ZhHant,
        Language::En => liangma_card::Language::En,
    };
    Some(StateText {
        code_shows: match text.code_shows {
            CodeShows::Yes => CodeStillShows::Yes,
            CodeShows::NotLive => CodeStillShows::NotLive,
            CodeShows::No => CodeStillShows::No,
        },
        happened: text.happened.get(language).to_owned(),
        act: text.act.get(language).to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_words_and_what_is_unknown_has_none() {
        for code in ["network.unreachable", "field.name.empty", "key.lost"] {
            for language in [Language::ZhHans, Language::ZhHant, Language::En] {
                let text = words_of_state(code, language).expect("words");
                assert!(!text.happened.is_empty() && !text.act.is_empty(), "{code}");
            }
        }
        assert_eq!(words_of_state("network", Language::En), None);
        assert_eq!(words_of_state("no.such", Language::En), None);
    }
}
