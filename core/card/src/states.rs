//! Words for every state that a person can meet, as data of the UI standard.

use std::collections::BTreeMap;

use liangma_packed::Packed;
use serde::Deserialize;

use crate::{Fault, Language, Localised, StandardError, text::shown};

/// The built-in table, as it stands in `ui-spec/words/states.json`.
static BUILT_IN: Packed = Packed::new(include_bytes!(concat!(env!("OUT_DIR"), "/states")));
/// Longest sentence in Chinese, in characters.
const CHINESE: usize = 25;
/// Longest sentence in English, in characters.
const ENGLISH: usize = 60;
/// The one format that this version reads.
const FORMAT: u32 = 1;

/// Whether a code that is on the phone still shows in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeShows {
    /// Live, as before.
    Yes,
    /// Genuine and not live: a person compares the identity card.
    NotLive,
    /// Not at all: [`StateWords::without_code`] is said beside it.
    No,
}

/// What is said of one state.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateText {
    /// Whether the code still shows.
    pub code_shows: CodeShows,
    /// What happened: one sentence.
    pub happened: Localised,
    /// What to do now: one sentence.
    pub act: Localised,
}

/// The table of words for states.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateWords {
    #[serde(rename = "$schema")]
    _schema: String,
    format: u32,
    version: u32,
    without_code: Localised,
    states: BTreeMap<String, BTreeMap<String, StateText>>,
}

/// Why a table of words is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StateWordsError {
    /// Not a table of words.
    #[error("read the words for states: they are not in the agreed form")]
    Unreadable,
    /// A table of a format that this version does not read.
    #[error("read the words for states: this version reads another format")]
    OtherFormat,
}

impl StateWords {
    /// The table that this version was built with.
    ///
    /// # Errors
    /// [`StateWordsError`], which a test of this crate rules out.
    pub fn built_in() -> Result<Self, StateWordsError> {
        Self::parse(Self::built_in_bytes())
    }

    /// The bytes of the table that this version was built with.
    #[must_use]
    pub fn built_in_bytes() -> &'static [u8] {
        BUILT_IN.text().as_bytes()
    }

    /// Reads a table.
    ///
    /// # Errors
    /// [`StateWordsError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, StateWordsError> {
        let words: Self = serde_json::from_slice(bytes).map_err(|_| StateWordsError::Unreadable)?;
        if words.format == FORMAT {
            Ok(words)
        } else {
            Err(StateWordsError::OtherFormat)
        }
    }

    /// This table, with the words of the built-in one where it lacks a state. Whether a code shows in a
    /// state is policy and stays as this program was built.
    pub(crate) fn over_built_in(mut self) -> Result<Self, StateWordsError> {
        for (group, codes) in Self::built_in()?.states {
            let ours = self.states.entry(group).or_default();
            for (code, built_in) in codes {
                ours.entry(code)
                    .and_modify(|text| text.code_shows = built_in.code_shows)
                    .or_insert(built_in);
            }
        }
        Ok(self)
    }

    /// Every sentence that is too long, or holds what is not seen, or markup.
    pub(crate) fn faults(&self) -> Vec<StandardError> {
        let mut faults = Vec::new();
        let mut look = |path: &str, text: &Localised| {
            for language in Language::ALL {
                let one = text.get(language);
                let longest = match language {
                    Language::ZhHans | Language::ZhHant => CHINESE,
                    Language::En => ENGLISH,
                };
                let plain = shown(one) == one && !one.contains(['{', '}', '<', '>', '%', '$', '*']);
                if !plain || !(2..=longest).contains(&one.chars().count()) {
                    let path = format!("states.{path}.{}", language.tag());
                    faults.push(StandardError::at(path, Fault::BadSentence { longest }));
                }
            }
        };
        look("without_code", &self.without_code);
        for (group, codes) in &self.states {
            for (code, text) in codes {
                let (group, code) = (shown(group), shown(code));
                look(&format!("{group}.{code}.happened"), &text.happened);
                look(&format!("{group}.{code}.act"), &text.act);
            }
        }
        faults
    }

    /// Every state that this program knows and the table does not.
    pub(crate) fn missing(&self) -> Vec<StandardError> {
        let Ok(built_in) = Self::built_in() else {
            return Vec::new();
        };
        built_in
            .ids()
            .filter(|(group, code)| self.of(group, code).is_none())
            .map(|(group, code)| {
                StandardError::at(format!("states.{group}.{code}"), Fault::Missing)
            })
            .collect()
    }

    /// The version of the table.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// What is said of a state, by the group and the code of its id.
    #[must_use]
    pub fn of(&self, group: &str, code: &str) -> Option<&StateText> {
        self.states.get(group)?.get(code)
    }

    /// How to pass where no code shows.
    #[must_use]
    pub fn without_code(&self, language: Language) -> &str {
        self.without_code.get(language)
    }

    /// The group and code of every state, in order.
    pub fn ids(&self) -> impl Iterator<Item = (&str, &str)> {
        self.states
            .iter()
            .flat_map(|(group, codes)| codes.keys().map(|code| (group.as_str(), code.as_str())))
    }
}
