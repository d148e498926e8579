//! What a card is about, before it is laid out.

use std::fmt;

use jiff::Timestamp;
use liangma_domain::colour::Colour;
use liangma_domain::mask::{MaskedDocument, MaskedName};

use crate::standard::{Language, View};

/// Narrowest card, in points.
pub const NARROWEST: u32 = 320;
/// Widest card, in points; a wider screen gets a card of this width.
pub const WIDEST: u32 = 480;

/// Everything a card shows.
#[derive(Clone, Debug)]
pub struct CardModel {
    /// How much is on it, and how large.
    pub view: View,
    /// Language of its words.
    pub language: Language,
    /// Width of the screen in points; from 320, and the card is never wider than 480.
    pub width: u32,
    /// Name of the application: a card always says that this is the health-code application
    /// (Guangxi article 25). 1 to 40 characters.
    pub terminal_name: String,
    /// The live code, or why there is none.
    pub code: Code,
    /// The person's masked name.
    pub name: MaskedName,
    /// The person's masked document.
    pub document: MaskedDocument,
    /// The time to show.
    pub now: Timestamp,
    /// Time zone of the region (IANA name).
    pub zone: String,
    /// How long the code is good for, and how old it is.
    pub validity: Validity,
    /// Whether this is a demonstration: then the card says so at three places.
    pub sandbox: bool,
    /// Whose code it is.
    pub holder: Holder,
}

/// The live code of a card. A colour exists only together with a code that can be scanned, so that no
/// card can show a stale colour.
#[derive(Clone, PartialEq, Eq)]
pub enum Code {
    /// A code to show.
    Live {
        /// Its text, in the alphanumeric set of QR codes.
        text: String,
        /// Its colour.
        colour: Colour,
    },
    /// Nothing to show.
    Absent(Absence),
}

impl fmt::Debug for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Live { colour, .. } => write!(formatter, "Live([hidden], {colour:?})"),
            Self::Absent(absence) => write!(formatter, "Absent({absence:?})"),
        }
    }
}

/// Why there is no code to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Absence {
    /// The hours it was signed for are over.
    Expired,
    /// It was recalled.
    StatusUpdated,
    /// Nobody has applied for one yet.
    NotApplied,
    /// It cannot be opened now: the phone is still locked, or its key store is busy.
    Unavailable,
}

/// Whose code a card shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Holder {
    /// The phone owner's.
    #[default]
    Own,
    /// A family member's, who is not the phone's owner.
    Ward,
    /// One code for several people.
    Group {
        /// How many, 1 to 8.
        people: u8,
    },
}

/// How much the phone's clock is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ClockState {
    /// It agrees with a signed time.
    #[default]
    Trusted,
    /// Carried over a restart without network: good enough to show a live code.
    Estimated,
    /// Not known: the code can be genuine, but not live.
    Unknown,
}

/// How long a code is good for, and how old it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Validity {
    /// Until when it works without network; only when everything for that is on the phone and the
    /// clock is not unknown.
    pub works_offline_until: Option<Timestamp>,
    /// When it was last renewed.
    pub updated_at: Option<Timestamp>,
    /// What the clock is worth.
    pub clock: ClockState,
}
