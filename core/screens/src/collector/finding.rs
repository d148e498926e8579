//! What a check means for the person in front: one of a closed list, each with a sentence to say and a
//! thing to do. None accuses anybody, and no dead end is without a way to pass.

use jiff::SignedDuration;
use liangma_card::Language;
use liangma_credential::{Checked, CheckedPaper, CodeId, PaperSerial, SecondLook, Verdict};
use liangma_domain::{
    colour::{Colour, ColourRegistry},
    mask::{MaskedDocument, MaskedName},
    profile::Admission,
};

use super::{CLEARS_OTHER, CLEARS_PASS, measures};
use crate::words::Words;

/// A phone whose clock differs by no more than this passes when the identity card is its holder's.
pub const CLOCK_BOUND_SECONDS: i64 = 120;

macro_rules! findings {
    ($($(#[$doc:meta])* $variant:ident = $id:literal,)*) => {
        /// What a check means for the person in front.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Finding {
            $($(#[$doc])* $variant,)*
        }

        impl Finding {
            /// Every finding, in the order of the totals.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The stable name, as in the ids of words.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self {
                    $(Self::$variant => $id,)*
                }
            }
        }
    };
}

findings! {
    /// Genuine, live, and let in.
    ComeIn = "come-in",
    /// Let in with what the place asks for.
    Measures = "measures",
    /// Genuine and live; this place does not let this colour in.
    StepAside = "step-aside",
    /// The place of this device has no say about codes of that region.
    Elsewhere = "elsewhere",
    /// Its hour is over.
    GoOnline = "go-online",
    /// Not live, seen for the first time.
    ShowAgain = "show-again",
    /// Not live, and it stood still.
    StoodStill = "stood-still",
    /// The clocks differ by two minutes or less: the identity card decides.
    ClockNear = "clock-near",
    /// The clocks differ by more.
    ClockFar = "clock-far",
    /// The phone does not know the time.
    NoClock = "no-clock",
    /// It is this device whose clock is off.
    OwnClock = "own-clock",
    /// The status has changed.
    StatusChanged = "status-changed",
    /// Some other code, often for payment.
    AnotherCode = "another-code",
    /// Cut, smudged or mistyped.
    Damaged = "damaged",
    /// A picture without a code.
    NothingRead = "nothing-read",
    /// Newer than this device.
    Newer = "newer",
    /// Its issuer is not in the lists here.
    UnknownIssuer = "unknown-issuer",
    /// The signature is not the issuer's, or the value not the holder's.
    NotAccepted = "not-accepted",
    /// A paper code that holds: the status is not on it.
    Paper = "paper",
    /// A paper code that is over or void.
    PaperOver = "paper-over",
    /// Written into the register instead.
    Registered = "registered",
}

impl Finding {
    /// What a check means where nobody looks a second time.
    #[must_use]
    pub fn of(checked: &Checked, admission: Option<&Admission>) -> Self {
        Self::after(checked, SecondLook::CannotTell, admission)
    }

    /// What a check means, with what the second look at the same code told.
    #[must_use]
    pub fn after(checked: &Checked, look: SecondLook, admission: Option<&Admission>) -> Self {
        match checked.verdict {
            Verdict::NotOurs => Self::AnotherCode,
            Verdict::Damaged => Self::Damaged,
            Verdict::UnsupportedVersion => Self::Newer,
            Verdict::UnknownIssuer => Self::UnknownIssuer,
            Verdict::Forged => Self::NotAccepted,
            Verdict::Recalled => Self::StatusChanged,
            Verdict::Expired { .. } => Self::GoOnline,
            Verdict::NotYetValid { in_seconds } => Self::clocks(in_seconds),
            Verdict::NotLive {
                difference_seconds: None,
            } => Self::NoClock,
            Verdict::NotLive {
                difference_seconds: Some(seconds),
            } => match look {
                SecondLook::Copy => Self::StoodStill,
                SecondLook::ClockDiffers { .. } | SecondLook::CompareIdentityCard => {
                    Self::clocks(seconds)
                }
                // Nobody has a value of a slot that is still to come but the phone itself.
                SecondLook::CannotTell if seconds < 0 => Self::clocks(seconds),
                SecondLook::CannotTell => Self::ShowAgain,
            },
            Verdict::Genuine => match admission {
                Some(Admission::Admit) => Self::ComeIn,
                Some(Admission::Restrict { .. }) if checked.flags.clock_in_doubt => Self::OwnClock,
                Some(Admission::Restrict { .. }) => Self::Measures,
                Some(Admission::Refuse { .. }) => Self::StepAside,
                None => Self::Elsewhere,
            },
        }
    }

    fn clocks(seconds: i64) -> Self {
        if seconds.abs() <= CLOCK_BOUND_SECONDS {
            Self::ClockNear
        } else {
            Self::ClockFar
        }
    }

    /// Whether it may be this device's clock that is wrong.
    pub(super) const fn is_about_time(self) -> bool {
        matches!(
            self,
            Self::GoOnline | Self::ShowAgain | Self::StoodStill | Self::ClockNear | Self::ClockFar
        )
    }

    /// How often the hand feels it, and so which of the two sounds: 1 is the sound of passing; 2 and 3 are
    /// the other one, and only the hand tells a person to be helped aside from all else.
    #[must_use]
    pub const fn pulses(self) -> u8 {
        match self {
            Self::ComeIn | Self::Registered => 1,
            Self::StepAside => 3,
            _ => 2,
        }
    }

    /// Whether the way on is the register.
    #[must_use]
    pub const fn offers_register(self) -> bool {
        !matches!(self, Self::ComeIn | Self::Registered)
    }

    /// Whether name and document are compared with the identity card.
    const fn compares(self) -> bool {
        matches!(
            self,
            Self::ClockNear
                | Self::ClockFar
                | Self::NoClock
                | Self::OwnClock
                | Self::Paper
                | Self::StoodStill
        )
    }

    /// In a word or two.
    #[must_use]
    pub fn word(self, words: &Words, language: Language) -> String {
        words.say(language, &["collector-word-", self.id()].concat(), &[])
    }

    /// The sentence to say to the person.
    #[must_use]
    pub fn say(self, words: &Words, language: Language) -> String {
        words.say(language, &["collector-say-", self.id()].concat(), &[])
    }

    /// What the collector does.
    #[must_use]
    pub fn act(self, words: &Words, language: Language) -> String {
        words.say(language, &["collector-act-", self.id()].concat(), &[])
    }
}

/// What a code is known by for some seconds. Of what is not ours, nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Code(CodeId),
    Paper(PaperSerial),
    Nothing,
}

/// A person of whom a code speaks, masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Masked {
    pub(super) name: MaskedName,
    pub(super) document: MaskedDocument,
}

/// A finding with what is shown beside it while it is in front.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) finding: Finding,
    /// The colour that the panel shows; `None` for the grey one.
    pub(super) colour: Option<Colour>,
    /// Whose identity card is compared.
    pub(super) people: Vec<Masked>,
    /// What the place asks for, by name.
    pub(super) measures: Vec<String>,
    /// Seconds between the clocks, where that is the matter.
    pub(super) difference: Option<i64>,
    /// The same code was here within 75 seconds.
    pub(super) seen_recently: bool,
    /// An invented person.
    pub(super) sandbox: bool,
    pub(super) mark: Mark,
}

impl Answer {
    pub(super) const fn bare(finding: Finding) -> Self {
        Self {
            finding,
            colour: None,
            people: Vec::new(),
            measures: Vec::new(),
            difference: None,
            seen_recently: false,
            sandbox: false,
            mark: Mark::Nothing,
        }
    }

    pub(super) fn of(
        checked: &Checked,
        look: SecondLook,
        admission: Option<&Admission>,
        colours: &ColourRegistry,
    ) -> Self {
        let finding = Finding::after(checked, look, admission);
        let mut answer = Self::bare(finding);
        answer.measures = measures(admission);
        answer.seen_recently = checked.flags.seen_recently && finding == Finding::ComeIn;
        answer.sandbox = checked.flags.sandbox;
        answer.mark = checked.code_id().map_or(Mark::Nothing, Mark::Code);
        if let Verdict::NotLive { difference_seconds } = checked.verdict {
            answer.difference = difference_seconds;
        }
        let Some(shown) = &checked.shown else {
            return answer;
        };
        if matches!(
            finding,
            Finding::ComeIn | Finding::Measures | Finding::StepAside
        ) {
            let members = shown.members.iter().map(|member| member.colour);
            answer.colour = colours.worst(members.chain([shown.colour]));
        }
        if finding.compares() || answer.asks_for_identity() || answer.seen_recently {
            let masked = |name: &MaskedName, document: &MaskedDocument| Masked {
                name: name.clone(),
                document: document.clone(),
            };
            let members = shown.members.iter();
            answer.people = std::iter::once(masked(&shown.name, &shown.document))
                .chain(members.map(|member| masked(&member.name, &member.document)))
                .collect();
        }
        answer
    }

    pub(super) fn of_paper(checked: &CheckedPaper) -> Self {
        let mut answer = Self::bare(match checked.verdict {
            Verdict::Genuine => Finding::Paper,
            Verdict::Recalled | Verdict::Expired { .. } | Verdict::NotYetValid { .. } => {
                Finding::PaperOver
            }
            Verdict::UnknownIssuer => Finding::UnknownIssuer,
            Verdict::Forged => Finding::NotAccepted,
            Verdict::UnsupportedVersion => Finding::Newer,
            Verdict::NotOurs | Verdict::Damaged | Verdict::NotLive { .. } => Finding::Damaged,
        });
        answer.sandbox = checked.flags.sandbox;
        if let Some(shown) = &checked.shown {
            answer.mark = Mark::Paper(shown.serial);
            if answer.finding == Finding::Paper {
                answer.people = vec![Masked {
                    name: shown.name.clone(),
                    document: shown.document.clone(),
                }];
            }
        }
        answer
    }

    fn asks_for_identity(&self) -> bool {
        self.measures
            .iter()
            .any(|measure| measure == "show_identity_document")
    }

    pub(super) const fn clears_after(&self) -> SignedDuration {
        if matches!(self.finding, Finding::ComeIn) && !self.seen_recently {
            CLEARS_PASS
        } else {
            CLEARS_OTHER
        }
    }
}
