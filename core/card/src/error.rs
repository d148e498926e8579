//! Why no card can be laid out or drawn.

use thiserror::Error;

use crate::layout::TERMINAL_NAME_LIMIT;
use crate::model::NARROWEST;
use crate::qr::QrError;
use crate::scene::ItemId;

/// Why no card can be laid out or drawn.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CardError {
    /// Narrower than 320 points.
    #[error("lay out a card {width} points wide: the least is {NARROWEST}")]
    TooNarrow {
        /// The width given.
        width: u32,
    },
    /// No terminal name, or one longer than 40 characters.
    #[error("lay out a card: the terminal's name must have 1 to {TERMINAL_NAME_LIMIT} characters")]
    TerminalName,
    /// Not a time zone known here.
    #[error("lay out a card: the region's time zone is not known")]
    UnknownZone,
    /// A group of nobody, or of more than eight.
    #[error("lay out a card for {people} people: a group has 1 to 8")]
    GroupSize {
        /// The number given.
        people: u8,
    },
    /// The text of the code cannot be a QR code.
    #[error("lay out a card: {0}")]
    Qr(#[from] QrError),
    /// A text that may not be cut does not fit even at its smallest size.
    #[error("lay out a card: {item} does not fit its place")]
    DoesNotFit {
        /// Which part.
        item: ItemId,
    },
    /// No font given has one of the characters.
    #[error("draw a card: no font has character {position} of {item}")]
    MissingCharacter {
        /// Which part.
        item: ItemId,
        /// Which character of its text, from 0.
        position: usize,
    },
    /// A font that cannot be read.
    #[error("read a font: it is not OpenType or TrueType")]
    BadFont,
    /// No font at all.
    #[error("draw a card: no font was given")]
    NoFont,
    /// A picture too small for whole modules, or too large to make.
    #[error("draw a card: {width} x {height} pixels are outside what is drawn")]
    PictureSize {
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
    },
    /// More colours than a palette holds.
    #[error("draw a card: it has more colours than a palette holds")]
    TooManyColours,
    /// The picture could not be written.
    #[error("write a picture")]
    Encode,
}
