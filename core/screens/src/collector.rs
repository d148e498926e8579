//! The collector: what a person who checks codes at a door sees, says and does.
//!
//! Pure, like the phone's screens, and in their words: [`Collector::update`] takes an event with the clock of
//! that moment; [`Collector::view`] gives the screen of a moment. What a camera or a hand-held reader reads
//! comes as a text typed into [`SCANNER`], what is in a picture as one typed into [`PICTURE`]. Nothing is
//! stored: no name, no history, no frame. In memory are the verdict in front, the marks of codes seen within
//! seconds, three differences of clocks, and counts.

mod drift;
mod finding;
mod lists;
mod seen;
mod totals;
mod view;

use jiff::{SignedDuration, Timestamp};
use liangma_card::{Language, View};
pub use liangma_credential::CheckerClock;
use liangma_credential::{
    Checker, Scanned, SecondLook, TrustStore, Verdict, admit, check_paper, scan,
};
use liangma_domain::{
    profile::{Admission, RegionProfile},
    venue::{AlertLevel, VenueClass},
};

pub(crate) use self::view::OF_A_SHIFT;
use self::{drift::Drift, finding::Answer, seen::Seen};
pub use self::{
    finding::{CLOCK_BOUND_SECONDS, Finding},
    lists::Lists,
    totals::Totals,
    view::{PICTURE, SCANNER},
};
use crate::{event::Event, state::REVISION_MAX, task::Effect};

/// After a verdict, no code is read for this long: the person before takes the phone away.
pub const REARM: SignedDuration = SignedDuration::from_millis(1_200);
/// A code that gives the same answer again within this time is passed over.
pub const SAME_CODE: SignedDuration = SignedDuration::from_secs(5);
/// A green verdict goes by itself after this.
pub const CLEARS_PASS: SignedDuration = SignedDuration::from_secs(3);
/// Every other verdict goes after this, when nobody taps.
pub const CLEARS_OTHER: SignedDuration = SignedDuration::from_secs(30);
/// A hint comes when nothing could be read for this long.
pub const HINT_AFTER: SignedDuration = SignedDuration::from_secs(3);
/// From this age on, the lists are said to be old.
pub const LISTS_OLD: SignedDuration = SignedDuration::from_hours(24);
/// From this age on, the collector is told firmly to fetch new ones.
pub const LISTS_TOO_OLD: SignedDuration = SignedDuration::from_hours(72);
/// The most characters of an officer's name and number.
const OFFICER_MAX: usize = 40;

/// Where a text came from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// A camera that runs on, or a reader that types: what it reads twice was read once.
    Camera,
    /// A picture or a text that the collector gave on purpose; it is always answered.
    Given,
}

/// The pages of a collector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Page {
    /// Before the shift: which place.
    Start,
    /// Scanning.
    Scan,
    /// A person is written into the register instead.
    Register,
    /// The counts of the shift.
    Shift,
}

/// The camera of the device, as its shell tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Camera {
    Off,
    On,
    /// There is none, or it may not be used.
    Missing,
}

/// A verdict in front of the collector.
#[derive(Debug)]
struct Front {
    /// Counts verdicts, so that a shell knows a new one from an old one.
    number: u64,
    at: Timestamp,
    answer: Answer,
}

/// A collector's device during a shift.
#[derive(Debug)]
pub struct Collector {
    checker: Checker,
    profile: RegionProfile,
    language: Language,
    /// How large everything is on the phone that is lent; `None` on a device of the collector's own.
    lent: Option<View>,
    page: Page,
    venue: VenueClass,
    alert: AlertLevel,
    officer: (String, u64),
    torch: bool,
    camera: Camera,
    /// The highest revision of the field into which a text is pasted.
    pasted: u64,
    asking: bool,
    front: Option<Front>,
    /// Whether the verdict in front came with the last event: said once by a screen reader.
    is_new: bool,
    verdicts: u64,
    seen: Seen,
    drift: Drift,
    totals: Totals,
    /// Since when nothing was read, and when a code was last glimpsed.
    waiting_since: Timestamp,
    glimpsed_at: Option<Timestamp>,
}

impl Collector {
    /// A device before the shift, with what it trusts and the profile of its region.
    #[must_use]
    pub fn new(
        trust: TrustStore,
        profile: RegionProfile,
        language: Language,
        at: Timestamp,
    ) -> Self {
        Self {
            checker: Checker::new(trust),
            profile,
            language,
            lent: None,
            page: Page::Start,
            venue: VenueClass::OtherPublic,
            alert: AlertLevel::Normal,
            officer: (String::new(), 0),
            torch: false,
            camera: Camera::Off,
            pasted: 0,
            asking: false,
            front: None,
            is_new: false,
            verdicts: 0,
            seen: Seen::default(),
            drift: Drift::default(),
            totals: Totals::default(),
            waiting_since: at,
            glimpsed_at: None,
        }
    }

    /// The same on a person's own phone, seen as they see it: back on the first page leads back to the phone.
    #[must_use]
    pub const fn lent(mut self, view: View) -> Self {
        self.lent = Some(view);
        self
    }

    /// What it trusts, to take newer lists.
    pub const fn trust_mut(&mut self) -> &mut TrustStore {
        self.checker.trust_mut()
    }

    /// Takes another profile of its region, when a newer one is in force.
    pub fn set_profile(&mut self, profile: RegionProfile) {
        self.profile = profile;
    }

    /// The counts of the shift.
    #[must_use]
    pub const fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Something happened, by the device's clock. [`Effect::Leave`] comes back when the person is done.
    #[must_use]
    pub fn update(&mut self, event: &Event, clock: CheckerClock) -> Vec<Effect> {
        let at = clock.now;
        let mut effects = Vec::new();
        self.is_new = false;
        match event {
            Event::Pressed { widget } => self.pressed(widget, at, &mut effects),
            Event::Back => self.pressed(view::BACK, at, &mut effects),
            Event::Chosen { widget, chosen } => {
                if let Some(chosen) = chosen.first() {
                    self.chosen(widget, chosen);
                }
            }
            Event::Typed {
                widget,
                text,
                revision,
            } => self.typed(widget, text, (*revision).min(REVISION_MAX), clock),
            Event::Switched { widget, on } => self.switched(widget, *on, at),
            _ => {}
        }
        effects
    }

    /// The screen was shown: a verdict is announced once.
    pub const fn was_shown(&mut self) {
        self.is_new = false;
    }

    /// When the screen changes by itself, if nothing happens before.
    #[must_use]
    pub fn due(&self, at: Timestamp) -> Option<Timestamp> {
        if self.page != Page::Scan {
            return None;
        }
        let after = |since: Timestamp, time| since.checked_add(time).ok().filter(|due| *due > at);
        match self.front(at) {
            Some(front) => after(front.at, front.answer.clears_after()),
            None => after(self.waiting_since, HINT_AFTER)
                .or_else(|| after(self.glimpsed_at?, HINT_AFTER)),
        }
    }

    /// The verdict in front at a moment.
    fn front(&self, at: Timestamp) -> Option<&Front> {
        self.front
            .as_ref()
            .filter(|front| within(front.at, at, front.answer.clears_after()))
    }

    fn read(&mut self, text: &str, source: Source, clock: CheckerClock) {
        let at = clock.now;
        if self.page != Page::Scan {
            return;
        }
        self.wait_from(at);
        let armed = self
            .front
            .as_ref()
            .is_none_or(|front| !within(front.at, at, REARM));
        let answer = self.judge(text, clock);
        let again = self.seen.again(&answer, at);
        if source != Source::Given && (again || !armed) {
            return;
        }
        self.seen.note(&answer, at);
        self.totals.count(answer.finding, at);
        self.show(answer, at);
    }

    fn judge(&mut self, text: &str, clock: CheckerClock) -> Answer {
        if matches!(scan(text), Scanned::Paper(_)) {
            return Answer::of_paper(&check_paper(text, self.checker.trust(), clock));
        }
        let checked = self.checker.check(text, clock);
        if let (Some(code), Some(seconds)) =
            (checked.code_id(), checked.difference_seconds(clock.now))
        {
            self.drift.note(code, seconds);
        }
        // What is not a code, or is live, does not end the second look at the one before.
        let look = match checked.verdict {
            Verdict::NotLive { .. } => self.checker.second_look(&checked, clock.now),
            _ => SecondLook::CannotTell,
        };
        let admission = admit(&checked, &self.profile, self.venue, self.alert);
        let mut answer = Answer::of(&checked, look, admission.as_ref(), self.profile.colours());
        if answer.finding.is_about_time() && self.drift.minutes_off().is_some() {
            answer.finding = Finding::OwnClock;
        }
        answer
    }

    fn show(&mut self, answer: Answer, at: Timestamp) {
        self.verdicts += 1;
        self.is_new = true;
        self.front = Some(Front {
            number: self.verdicts,
            at,
            answer,
        });
    }

    fn wait_from(&mut self, at: Timestamp) {
        self.waiting_since = at;
        self.glimpsed_at = None;
    }

    fn typed(&mut self, widget: &str, text: &str, revision: u64, clock: CheckerClock) {
        match widget {
            view::SCANNER if text.is_empty() => self.glimpsed_at = Some(clock.now),
            view::SCANNER => self.read(text, Source::Camera, clock),
            view::PICTURE if text.is_empty() && self.page == Page::Scan => {
                self.show(Answer::bare(Finding::NothingRead), clock.now);
            }
            view::PICTURE => self.read(text, Source::Given, clock),
            view::OFFICER => {
                self.officer = (text.chars().take(OFFICER_MAX).collect(), revision);
            }
            view::TEXT => {
                self.pasted = revision;
                let text = text.trim_matches(['\r', '\n']);
                if !text.is_empty() {
                    self.read(text, Source::Given, clock);
                }
            }
            _ => {}
        }
    }

    fn switched(&mut self, widget: &str, on: bool, at: Timestamp) {
        self.camera = match (widget, on) {
            (view::CAMERA, true) => Camera::On,
            (view::CAMERA, false) => Camera::Off,
            // The shell says so of the scanner itself.
            (view::SCANNER, false) => Camera::Missing,
            _ => return,
        };
        self.torch = false;
        self.wait_from(at);
    }

    fn pressed(&mut self, widget: &str, at: Timestamp, effects: &mut Vec<Effect>) {
        match (self.page, widget) {
            // A shift is not lost by a step back.
            (Page::Start, view::BACK) if self.totals.all() > 0 => {
                self.go(Page::Shift, at);
                self.asking = true;
            }
            (Page::Start, view::BACK) => effects.push(Effect::Leave),
            (Page::Start, view::BEGIN) => self.go(Page::Scan, at),
            (Page::Scan, view::NEXT) => self.go(Page::Scan, at),
            // A tap on the verdict itself.
            (Page::Scan, _)
                if self
                    .front(at)
                    .is_some_and(|front| view::verdict_id(front) == widget) =>
            {
                self.go(Page::Scan, at);
            }
            (Page::Scan, view::REGISTER) => self.go(Page::Register, at),
            (Page::Scan, view::TORCH) if self.camera == Camera::On => self.torch = !self.torch,
            (Page::Scan, view::SPEAK) => {
                let verdict = self.front(at).map(view::verdict_id);
                effects.extend(verdict.map(|widget| Effect::ReadAloud { widget }));
            }
            (Page::Scan, view::BACK) if self.lent.is_some() => self.go(Page::Start, at),
            (Page::Scan, view::SHIFT) => self.go(Page::Shift, at),
            (Page::Register, view::REGISTERED) => {
                self.totals.count(Finding::Registered, at);
                self.go(Page::Scan, at);
            }
            (Page::Shift, view::SIGN_OFF) => self.asking = true,
            (Page::Shift, view::KEEP | view::BACK) if self.asking => self.asking = false,
            (Page::Shift, view::WIPE) if self.asking => {
                self.sign_off(at);
                effects.push(Effect::Leave);
            }
            (Page::Register | Page::Shift, view::BACK) => self.go(Page::Scan, at),
            _ => {}
        }
    }

    fn chosen(&mut self, widget: &str, chosen: &str) {
        match widget {
            view::VENUE => self.venue = by_name(VenueClass::ALL, chosen).unwrap_or(self.venue),
            view::ALERT => self.alert = by_name(AlertLevel::ALL, chosen).unwrap_or(self.alert),
            view::LANGUAGE => {
                let named = Language::ALL.iter().find(|known| known.tag() == chosen);
                self.language = named.copied().unwrap_or(self.language);
            }
            _ => {}
        }
    }

    fn go(&mut self, page: Page, at: Timestamp) {
        self.page = page;
        self.front = None;
        self.asking = false;
        self.wait_from(at);
    }

    /// The end of the shift: nothing of it stays.
    fn sign_off(&mut self, at: Timestamp) {
        self.go(Page::Start, at);
        self.totals = Totals::default();
        self.seen = Seen::default();
        self.drift = Drift::default();
        self.officer = (String::new(), (self.officer.1 + 1).min(REVISION_MAX));
        self.camera = Camera::Off;
        self.torch = false;
        self.checker.forget();
    }
}

/// Whether a moment lies within a time after another. A clock that was set back has left it.
fn within(since: Timestamp, at: Timestamp, time: SignedDuration) -> bool {
    let elapsed = at.duration_since(since);
    !elapsed.is_negative() && elapsed < time
}

/// The stored name of a value, such as `nursing_home`.
fn name_of<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

fn by_name<T: Copy + serde::Serialize>(all: &[T], name: &str) -> Option<T> {
    all.iter().copied().find(|value| name_of(value) == name)
}

/// The names of what a place asks for.
fn measures(admission: Option<&Admission>) -> Vec<String> {
    match admission {
        Some(Admission::Restrict { measures } | Admission::Refuse { measures }) => {
            measures.iter().map(name_of).collect()
        }
        _ => Vec::new(),
    }
}
