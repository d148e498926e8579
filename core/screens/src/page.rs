//! Every page, by its stable name, and the room in which it lives.

use serde::{Deserialize, Serialize};

use crate::{
    event::Event,
    glance::Glance,
    pages,
    screen::Screen,
    state::State,
    task::{Effect, Outcome, TaskName},
};

/// One list of all pages: variant, id, module. Each module has `view(&Glance) -> Screen` and
/// `update(&mut State, &Event, &mut Vec<Effect>)`, and `done(&mut State, TaskName, &Outcome, &mut Vec<Effect>)`
/// for the end of a task that began there.
macro_rules! pages {
    ($($(#[$doc:meta])* $variant:ident = $id:literal in $($module:ident)::+,)*) => {
        /// A page.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Page {
            $($(#[$doc])* #[serde(rename = $id)] $variant,)*
        }

        impl Page {
            /// Every page.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The stable name: the route of its screens.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self {
                    $(Self::$variant => $id,)*
                }
            }

            pub(crate) fn view(self, glance: &Glance<'_>) -> Screen {
                match self {
                    $(Self::$variant => pages::$($module)::+::view(glance),)*
                }
            }

            pub(crate) fn update(self, state: &mut State, event: &Event, effects: &mut Vec<Effect>) {
                match self {
                    $(Self::$variant => pages::$($module)::+::update(state, event, effects),)*
                }
            }

            pub(crate) fn done(
                self,
                state: &mut State,
                task: TaskName,
                outcome: &Outcome,
                effects: &mut Vec<Effect>,
            ) {
                match self {
                    $(Self::$variant => pages::$($module)::+::done(state, task, outcome, effects),)*
                }
            }
        }
    };
}

impl Page {
    /// Whether the code card stands on it.
    #[must_use]
    pub const fn has_card(self) -> bool {
        matches!(self, Self::Code | Self::Enlarged)
    }
}

pages! {
    /// Which language; the first page of all.
    Language = "first.language" in first::language,
    /// Which view.
    View = "first.view" in first::view_choice,
    /// What this is and is not, and who runs it.
    About = "first.about" in first::about,
    /// Name, document, phone, and how the code comes.
    Login = "login.person" in login::person,
    /// The code that came.
    LoginCode = "login.code" in login::code,
    /// The name cannot be typed: number and counter instead.
    CannotTypeName = "login.no-name" in login::no_name,
    /// The key is gone or the login has ended: what happened, and how to log in again.
    LoginAgain = "login.again" in login::again,
    /// Consent: to hold and show a code.
    ConsentHealthCode = "consent.health-code" in consents::health_code,
    /// Consent: to compare the face once.
    ConsentFaceCheck = "consent.face-check" in consents::face_check,
    /// Consent: to declare health.
    ConsentHealthDeclaration = "consent.health-declaration" in consents::health_declaration,
    /// Consent: to declare a trip.
    ConsentTripDeclaration = "consent.trip-declaration" in consents::trip_declaration,
    /// Applying for a code.
    Apply = "apply" in verification::apply,
    /// Face or counter.
    Verify = "verify" in verification::choose,
    /// The face check: who compares, and every way in which it ends.
    Face = "verify.face" in verification::face,
    /// What to show or say at a counter.
    Counter = "verify.counter" in verification::counter,
    /// Making the first code.
    MakeCode = "make-code" in verification::make_code,
    /// Declaring health.
    DeclareHealth = "declare.health" in declaration::health,
    /// Declaring a trip.
    DeclareTrip = "declare.trip" in declaration::trip,
    /// Another document.
    ChangeDocument = "document.change" in document,
    /// The code card.
    Code = "code" in code::card,
    /// The code over the whole glass.
    Enlarged = "code.enlarged" in code::enlarged,
    /// Somebody else's code on this phone.
    Guest = "guest" in code::guest,
    /// Why this colour, what clears it, what to do now.
    Why = "why" in code::why,
    /// "I think this is wrong".
    Wrong = "wrong" in code::wrong,
    /// What became of that.
    WrongSent = "wrong.sent" in code::wrong_sent,
    /// What works without network, and until when.
    Ready = "ready" in code::ready,
    /// What the person is to be told.
    Notices = "notices" in mine::notices,
    /// What waits to be sent or was refused.
    Outbox = "outbox" in mine::outbox,
    /// One of those.
    OutboxEntry = "outbox.entry" in mine::outbox_entry,
    /// Every way to pass without a code.
    Without = "without" in help::without,
    /// Whom to call.
    Hotlines = "hotlines" in help::hotlines,
    /// Checking somebody else's code.
    Check = "check" in help::check,
    /// What is held of the person.
    Data = "data" in mine::data,
    /// A copy of it.
    DataCopy = "data.copy" in mine::copy,
    /// To what the person agreed.
    DataConsents = "data.consents" in mine::consents,
    /// The person's devices.
    Devices = "devices" in mine::devices,
    /// Language, view, and where the code stands.
    Settings = "settings" in mine::settings,
    /// The terminal cannot be opened: what happened, and the ways on.
    Closed = "closed" in closed,
}
