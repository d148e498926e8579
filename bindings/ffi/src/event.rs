//! What a shell says to the core, and what the core asks of a shell.

use crate::error::{LiangmaError, Retry};

/// The longest id of a widget, and of a thing that is chosen, in bytes.
const LONGEST_ID: usize = 200;
/// The most things that are chosen at once.
const MOST_CHOSEN: usize = 200;
/// The longest text that is taken from a field, in bytes: four for each character that a field may hold.
const LONGEST_TEXT: usize = 4 * liangma_screens::TEXT_MAX;

/// Something that happened in a shell.
#[derive(Clone, PartialEq, uniffi::Enum)]
pub enum Event {
    /// A button, a row, a link or an action was pressed.
    Pressed {
        /// The id of the widget, the row or the action.
        widget: String,
    },
    /// A field holds another text. Send it when composition ends, not for each key of an input method.
    Typed {
        /// The id of the field.
        widget: String,
        /// All of its text now.
        text: String,
        /// Higher than the revision that the field had.
        revision: u64,
    },
    /// Other options are chosen; a date is one option. A step back in a tree chooses an id of its path.
    Chosen {
        /// The id of the choice or date.
        widget: String,
        /// The ids of everything that is chosen now.
        chosen: Vec<String>,
    },
    /// A switch or a consent was turned.
    Switched {
        /// Its id.
        widget: String,
        /// Whether it is on now.
        on: bool,
    },
    /// The back button or gesture.
    Back,
    /// The program came to the front.
    CameToFront,
    /// The program is no longer in front. Call `settle` too, and wait for it.
    WentToBack,
}

impl std::fmt::Debug for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What was typed or chosen stays out of logs.
        f.write_str(match self {
            Self::Pressed { .. } => "Pressed",
            Self::Typed { .. } => "Typed",
            Self::Chosen { .. } => "Chosen",
            Self::Switched { .. } => "Switched",
            Self::Back => "Back",
            Self::CameToFront => "CameToFront",
            Self::WentToBack => "WentToBack",
        })
    }
}

impl Event {
    /// The core's event, when it is not larger than anything a shell has to say.
    pub(crate) fn checked(self) -> Result<liangma_screens::Event, LiangmaError> {
        let fits = |id: &String| id.len() <= LONGEST_ID;
        let bounded = match &self {
            Self::Pressed { widget } | Self::Switched { widget, .. } => fits(widget),
            Self::Typed { widget, text, .. } => fits(widget) && text.len() <= LONGEST_TEXT,
            Self::Chosen { widget, chosen } => {
                fits(widget) && chosen.len() <= MOST_CHOSEN && chosen.iter().all(fits)
            }
            Self::Back | Self::CameToFront | Self::WentToBack => true,
        };
        if !bounded {
            return Err(LiangmaError::Input {
                code: "event.too_long".to_owned(),
                retry: Retry::AfterChange,
            });
        }
        use liangma_screens::Event as Core;
        Ok(match self {
            Self::Pressed { widget } => Core::Pressed { widget },
            Self::Typed {
                widget,
                text,
                revision,
            } => Core::Typed {
                widget,
                text,
                revision,
            },
            Self::Chosen { widget, chosen } => Core::Chosen { widget, chosen },
            Self::Switched { widget, on } => Core::Switched { widget, on },
            Self::Back => Core::Back,
            Self::CameToFront => Core::CameToFront,
            Self::WentToBack => Core::WentToBack,
        })
    }

    /// What of the core's events comes from a shell.
    #[cfg(feature = "rehearsal")]
    pub(crate) fn of_core(core: liangma_screens::Event) -> Option<Self> {
        use liangma_screens::Event as Core;
        Some(match core {
            Core::Pressed { widget } => Self::Pressed { widget },
            Core::Typed {
                widget,
                text,
                revision,
            } => Self::Typed {
                widget,
                text,
                revision,
            },
            Core::Chosen { widget, chosen } => Self::Chosen { widget, chosen },
            Core::Switched { widget, on } => Self::Switched { widget, on },
            Core::Back => Self::Back,
            Core::CameToFront => Self::CameToFront,
            Core::WentToBack => Self::WentToBack,
            Core::RanOut { .. } | Core::Learned { .. } | Core::Done { .. } | Core::Slow { .. } => {
                return None;
            }
        })
    }
}

/// Something that a shell does.
#[derive(Clone, PartialEq, uniffi::Enum)]
pub enum Effect {
    /// Says a text aloud, by the person's wish. A new text ends the one before.
    Speak {
        /// The text, in the language of the screen.
        text: String,
    },
    /// Opens a phone call or a page outside the program.
    Open {
        /// `tel:` or `https:`.
        address: String,
    },
    /// Closes the program: back on the first screen.
    Leave,
}

impl Effect {
    /// What of the core's effects is a shell's to do; `aloud` says what a widget has for a screen reader.
    pub(crate) fn of_core(
        core: &liangma_screens::Effect,
        aloud: impl FnOnce(&str) -> Option<String>,
    ) -> Option<Self> {
        use liangma_screens::Effect as Core;
        match core {
            Core::Speak { text } => Some(Self::Speak { text: text.clone() }),
            Core::ReadAloud { widget } => aloud(widget).map(|text| Self::Speak { text }),
            Core::Open { address } => Some(Self::Open {
                address: address.clone(),
            }),
            Core::Leave => Some(Self::Leave),
            Core::Do { .. } | Core::Cancel => None,
        }
    }
}

impl std::fmt::Debug for Effect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Speak { .. } => "Speak",
            Self::Open { .. } => "Open",
            Self::Leave => "Leave",
        })
    }
}
