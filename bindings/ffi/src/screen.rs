//! The contract with a shell: what a screen is, in terms that any glass can draw and any screen reader can say.

use crate::{
    mirror::mirror,
    widget::{CodePosition, Widget},
};

mirror! {
    /// A whole screen.
    pub struct Screen = liangma_screens::Screen {
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
        pub view: GlassView,
        /// What is on it, in order of reading.
        pub widgets: Vec<Widget>,
    }

    /// What the back button does.
    pub enum Back = liangma_screens::Back {
        /// Goes to the screen before: send the event `Back`.
        Pop,
        /// Leaves the program, as at the first screen.
        Leave,
        /// Asks first or does nothing, as the screen says: send the event `Back` all the same.
        Held,
    }

    /// How a screen comes up.
    pub enum Presentation = liangma_screens::Presentation {
        /// Over the one before, to which back leads.
        Push,
        /// In place of the one before.
        Replace,
        /// Over the one before, which stays visible behind it.
        Modal,
    }

    /// How bright the glass is.
    pub enum Brightness = liangma_screens::Brightness {
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
    pub enum Haptic = liangma_screens::Haptic {
        /// One tick: the code is lit.
        Tick,
    }

    /// A language of texts.
    pub enum Language = liangma_card::Language {
        /// Chinese, simplified characters: `zh-Hans`.
        ZhHans,
        /// Chinese, traditional characters: `zh-Hant`.
        ZhHant,
        /// English: `en`.
        En,
    }

    /// How much is on the glass, and how large.
    pub enum GlassView = liangma_card::View {
        /// For most people.
        Normal,
        /// Large, and little at a time.
        Care,
        /// Chinese and English side by side.
        International,
    }

    /// How the person likes the glass.
    pub struct Preferences = liangma_screens::Preferences {
        /// The language.
        pub language: Language,
        /// The view.
        pub view: GlassView,
        /// Where the code stands.
        pub code_position: CodePosition,
    }
}
