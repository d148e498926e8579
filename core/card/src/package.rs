//! One version of the UI standard as it travels: colours and layouts, words for states, and words of the
//! screens, in one file, so that no phone ever has one without the others.

use serde::Deserialize;
use serde_json::value::RawValue;
use thiserror::Error;

use crate::rehearse::Unfit;
use crate::standard::{Fault, Language, Localised, Standard, StandardError};
use crate::states::{StateWords, StateWordsError};
use crate::text::{named, shown};

/// Largest package that is read, in bytes: what a signed file can carry.
pub const PACKAGE_LIMIT: usize = 1024 * 1024;
/// The one format that this version reads.
const FORMAT: u32 = 1;
/// Largest table of words of one language, in bytes.
const WORDS_LIMIT: usize = 192 * 1024;
/// Longest line of words, in characters.
const LINE_LIMIT: usize = 1000;
/// How deep choices may stand in choices.
const DEPTH: usize = 4;

/// A package that was read: its standard draws every card, and its words hold nothing that is not seen.
#[derive(Debug)]
pub struct Package {
    /// Colours, layouts and the words of the card. Its version is the package's.
    pub standard: Standard,
    /// Words for states; where the package lacks a state, those that this program was built with.
    pub states: StateWords,
    /// Words of the screens, as Fluent text. Not read here.
    pub words: Localised,
}

/// Why a package is not taken. What was in use stays in use.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum PackageError {
    /// More than [`PACKAGE_LIMIT`] bytes.
    #[error("read a UI standard of {bytes} bytes: the limit is {PACKAGE_LIMIT}")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Not JSON, or not of the shape of a package.
    #[error("read the package of a UI standard: {detail}")]
    Malformed {
        /// What the reader expected.
        detail: String,
    },
    /// A package of a format that this version does not read.
    #[error("read the package of a UI standard: format {0} is not known here; only {FORMAT} is")]
    OtherFormat(u32),
    /// Its standard is not taken.
    #[error(transparent)]
    Standard(#[from] StandardError),
    /// A card cannot be drawn by it.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// Its words for states are not taken.
    #[error(transparent)]
    States(#[from] StateWordsError),
}

/// A package as it stands in the file.
#[derive(Deserialize)]
struct Parts<'a> {
    #[serde(borrow)]
    standard: &'a RawValue,
    #[serde(borrow)]
    states: &'a RawValue,
    words: Localised,
}

#[derive(Deserialize)]
struct Format {
    format: u32,
}

fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, PackageError> {
    serde_json::from_slice(bytes).map_err(|error| PackageError::Malformed {
        detail: named(&error.to_string()),
    })
}

fn parts(bytes: &[u8]) -> Result<Parts<'_>, PackageError> {
    if bytes.len() > PACKAGE_LIMIT {
        return Err(PackageError::TooLarge { bytes: bytes.len() });
    }
    // The format comes first: a later format may have another shape altogether.
    let Format { format } = read(bytes)?;
    if format != FORMAT {
        return Err(PackageError::OtherFormat(format));
    }
    read(bytes)
}

impl Package {
    /// Reads a package (JSON, at most [`PACKAGE_LIMIT`] bytes), and lays every kind of card out by it.
    ///
    /// # Errors
    /// [`PackageError`] names the first thing that is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, PackageError> {
        let parts = parts(bytes)?;
        let standard = Standard::parse(parts.standard.get().as_bytes())?;
        standard.rehearse()?;
        let states = StateWords::parse(parts.states.get().as_bytes())?;
        let bad = states.faults().into_iter().chain(faults_of(&parts.words));
        if let Some(first) = bad.into_iter().next() {
            return Err(first.into());
        }
        Ok(Self {
            standard,
            states: states.over_built_in()?,
            words: parts.words,
        })
    }

    /// Everything that is wrong with a package, but for what only a reader of Fluent sees in its words.
    #[must_use]
    pub fn faults(bytes: &[u8]) -> Vec<PackageError> {
        let parts = match parts(bytes) {
            Ok(parts) => parts,
            Err(error) => return vec![error],
        };
        let standard = parts.standard.get().as_bytes();
        let mut all: Vec<PackageError> = Vec::new();
        all.extend(Standard::faults(standard).into_iter().map(Into::into));
        if let Ok(standard) = Standard::parse(standard) {
            all.extend(standard.unfit().into_iter().map(Into::into));
        }
        match StateWords::parse(parts.states.get().as_bytes()) {
            Ok(states) => {
                let found = states.faults().into_iter().chain(states.missing());
                all.extend(found.map(Into::into));
            }
            Err(error) => all.push(error.into()),
        }
        all.extend(faults_of(&parts.words).into_iter().map(Into::into));
        all
    }

    /// The words of a package by themselves, for whoever reads Fluent; `None` when it has no such words.
    #[must_use]
    pub fn words(bytes: &[u8]) -> Option<Localised> {
        parts(bytes).ok().map(|parts| parts.words)
    }
}

/// What no text may hold, whatever it says: unseen characters, piles of marks, and nesting by which a
/// reader could be exhausted.
fn faults_of(words: &Localised) -> Vec<StandardError> {
    let bad = |language: Language| {
        let text = words.get(language);
        let path = format!("words.{}", language.tag());
        if text.len() > WORDS_LIMIT {
            return Some(StandardError::at(path, Fault::BadText));
        }
        let wrong = text.split('\n').position(|line| {
            line.chars().count() > LINE_LIMIT || shown(line) != line || line.contains('\\')
        });
        let wrong = wrong.or_else(|| deep(text))?;
        Some(StandardError::at(
            format!("{path} line {}", wrong + 1),
            Fault::BadWords,
        ))
    };
    Language::ALL.into_iter().filter_map(bad).collect()
}

/// The line, from 0, on which braces stand too deep in braces.
fn deep(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    text.split('\n').position(|line| {
        line.chars().any(|character| {
            match character {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth > DEPTH
        })
    })
}
