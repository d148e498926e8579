//! What happens to a phone: by the person's hand, by the terminal, by the shell.

use serde::{Deserialize, Serialize};

use crate::{
    known::Known,
    task::{Outcome, TaskName},
};

/// Something that happened. Printing it shows what kind it is and nothing that was typed.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A button, a row, a link or an action was pressed.
    Pressed {
        /// The id of the widget, the row or the action.
        widget: String,
    },
    /// A field holds another text. Sent when composition ends, not for each key of an input method.
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
    /// A countdown came to its end.
    RanOut {
        /// Its id.
        widget: String,
    },
    /// The back button or gesture.
    Back,
    /// The program came to the front.
    CameToFront,
    /// The program is no longer in front.
    WentToBack,
    /// The terminal's state is another.
    Learned {
        /// All of it.
        known: Box<Known>,
    },
    /// A task ended.
    Done {
        /// Which.
        task: TaskName,
        /// How.
        outcome: Outcome,
    },
    /// A task has lasted two seconds.
    Slow {
        /// Which.
        task: TaskName,
    },
}

impl std::fmt::Debug for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Pressed { widget } => write!(f, "Pressed({widget})"),
            Self::Typed { widget, .. } => write!(f, "Typed({widget}, [hidden])"),
            Self::Chosen { widget, .. } => write!(f, "Chosen({widget}, [hidden])"),
            Self::Switched { widget, .. } => write!(f, "Switched({widget}, [hidden])"),
            Self::RanOut { widget } => write!(f, "RanOut({widget})"),
            Self::Back => f.write_str("Back"),
            Self::CameToFront => f.write_str("CameToFront"),
            Self::WentToBack => f.write_str("WentToBack"),
            Self::Learned { .. } => f.write_str("Learned([hidden])"),
            Self::Done { task, outcome } => write!(f, "Done({task:?}, {outcome:?})"),
            Self::Slow { task } => write!(f, "Slow({task:?})"),
        }
    }
}
