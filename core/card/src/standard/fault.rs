//! Why a standard was not taken, in words that say where and what to do.

use thiserror::Error;

use super::Rgb;
use crate::text::named;

/// Largest standard that is read, in bytes.
pub const STANDARD_LIMIT: usize = 256 * 1024;
/// The format that is read.
pub(super) const FORMAT: u32 = 1;
/// The longest text of a standard.
pub(super) const CHARACTERS: usize = 120;
/// The narrowest screen, in points.
pub(super) const NARROWEST: u16 = 320;

/// Why a standard was not taken.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum StandardError {
    /// More than [`STANDARD_LIMIT`] bytes.
    #[error("read a UI standard of {bytes} bytes: the limit is {STANDARD_LIMIT}")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Not JSON, or not of the shape of a standard.
    #[error("read the UI standard at {path}: {detail}")]
    Malformed {
        /// Where.
        path: String,
        /// What the reader expected.
        detail: String,
    },
    /// The right shape with a value that will not do.
    #[error("accept the UI standard at {path}: {fault}")]
    Fault {
        /// Where.
        path: String,
        /// What is wrong there.
        fault: Fault,
    },
}

/// What is wrong with a value of a standard.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Fault {
    /// A format this program does not know.
    #[error("this format is not known here; only {FORMAT} is")]
    UnknownFormat,
    /// Something the card needs is not there.
    #[error("it is missing")]
    Missing,
    /// Empty, too long, or holding characters that are not seen or pile up on one letter.
    #[error(
        "a text must have 1 to {CHARACTERS} visible characters, and no pile of marks on one letter"
    )]
    BadText,
    /// Words of the screens that hold what is not seen, or nest too deep.
    #[error(
        "words must have visible characters only, no escapes, no long lines, and no deep nesting"
    )]
    BadWords,
    /// Words for a state that are too long or hold what a plain sentence does not.
    #[error("a sentence must have 2 to {longest} visible characters, and no markup")]
    BadSentence {
        /// The most characters.
        longest: usize,
    },
    /// A name that would not be safe to put in a document.
    #[error("only letters, digits, spaces and hyphens may stand here")]
    BadName,
    /// A list with too few or too many entries.
    #[error("a list here has 1 to {most} entries")]
    BadCount {
        /// The most it may have.
        most: usize,
    },
    /// A placeholder is missing or unknown.
    #[error("the placeholders must be exactly {expected}")]
    Placeholders {
        /// Which are needed.
        expected: String,
    },
    /// Text that could not be read on its ground.
    #[error("contrast with {with} is {contrast}, and {needed} is needed")]
    Contrast {
        /// The other colour.
        with: Rgb,
        /// What it is.
        contrast: String,
        /// What it must be.
        needed: String,
    },
    /// Decoration that could be taken for a health-code colour.
    #[error("its hue is that of the colour {colour}")]
    StatusHue {
        /// Which colour.
        colour: String,
    },
    /// Modules are near black on pure white.
    #[error("modules must be near black on #FFFFFF")]
    Modules,
    /// Two colours share what must tell them apart.
    #[error("it is the same as that of {other}")]
    Shared {
        /// The other colour.
        other: String,
    },
    /// A number outside its range.
    #[error("it must be between {least} and {most}")]
    Range {
        /// Smallest value.
        least: u16,
        /// Largest value.
        most: u16,
    },
    /// Layouts are not in rising order of width, or the first is not for the narrowest screen.
    #[error("layouts start at {NARROWEST} and rise in width, and gaps rise")]
    Order,
}

impl StandardError {
    /// Whether it is about how words of the screens are written.
    #[must_use]
    pub fn is_of_words(&self) -> bool {
        matches!(
            self,
            Self::Fault {
                fault: Fault::BadWords,
                ..
            }
        )
    }

    pub(crate) fn at(path: impl Into<String>, fault: Fault) -> Self {
        Self::Fault {
            path: named(&path.into()),
            fault,
        }
    }
}

/// What was found wrong so far: a person who mends a standard wants all of it at once.
#[derive(Default)]
pub(super) struct Faults(pub(super) Vec<StandardError>);

impl Faults {
    pub(super) fn add(&mut self, path: impl Into<String>, fault: Fault) {
        self.0.push(StandardError::at(path, fault));
    }
}
