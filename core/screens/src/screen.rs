//! The contract with a shell: what a screen is, in terms that any glass can draw and any screen reader
//! can say. Nothing here decides; nothing in a shell may.
//!
//! Plain data of names, texts, numbers and lists, so that the same types exist in Rust, Kotlin, Swift and
//! the browser.

use liangma_card::{Language, View};
use serde::{Deserialize, Serialize};

use crate::widget::{Kind, Widget};

/// A whole screen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Screen {
    /// Which screen it is: stable, such as `login.person`. Two screens of one route are the same screen
    /// with other contents: a shell keeps focus and scroll.
    pub route: String,
    /// Title, in the person's language; also what a screen reader says first.
    pub title: String,
    /// What the back button does.
    pub back: Back,
    /// How the screen comes up.
    pub presentation: Presentation,
    /// The widget that takes the focus when the screen comes up, or after an error.
    pub focus: Option<String>,
    /// Whether the picture may be captured: false keeps it out of screenshots and recents.
    pub capture: bool,
    /// How bright the glass is.
    pub brightness: Brightness,
    /// Whether the glass stays lit.
    pub keep_awake: bool,
    /// What a screen reader says once, now.
    pub announcements: Vec<String>,
    /// What the hand feels once, now.
    pub haptic: Option<Haptic>,
    /// Language of the texts.
    pub language: Language,
    /// How large everything is.
    pub view: View,
    /// What is on it, in order of reading.
    pub widgets: Vec<Widget>,
}

impl Screen {
    /// What is said of a widget: its order of reading, what a verdict has to say to the person, or its spoken
    /// label; `None` when there is none of this id.
    #[must_use]
    pub fn aloud(&self, id: &str) -> Option<String> {
        let widget = self.widgets.iter().find(|widget| widget.id == id)?;
        let said = widget.spoken.as_ref().unwrap_or(&widget.label);
        Some(match &widget.kind {
            Kind::CodeCard { reading_order, .. } => reading_order.join("\n"),
            Kind::Verdict { say, .. } => say.clone(),
            _ => said.clone(),
        })
    }
}

/// What the back button does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Back {
    /// Goes to the screen before: send [`crate::Event::Back`].
    Pop,
    /// Leaves the program, as at the first screen.
    Leave,
    /// Asks first or does nothing, as the screen says: send [`crate::Event::Back`] all the same.
    Held,
}

/// How a screen comes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presentation {
    /// Over the one before, to which back leads.
    Push,
    /// In place of the one before.
    Replace,
    /// Over the one before, which stays visible behind it.
    Modal,
}

/// How bright the glass is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "level", rename_all = "snake_case")]
pub enum Brightness {
    /// As the person has it.
    AsItIs,
    /// Raised while in front, and put back on leaving or after a time.
    Raised {
        /// Seconds until it is put back.
        seconds: u32,
        /// Highest per cent when the battery is below 10 %.
        low_battery_percent: u8,
    },
}

/// What the hand feels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Haptic {
    /// One tick: the code is lit.
    Tick,
}
