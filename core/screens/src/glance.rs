//! What a page looks with: the state, the standard, and the words of one language.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use liangma_card::{Language, Standard, StateWords, View};
use liangma_domain::zone;

use crate::{
    page::Page,
    route,
    screen::{Back, Brightness, Haptic, Presentation, Screen},
    state::{Saying, State},
    task::{TaskName, Trouble},
    update::{CANCEL, GUEST_END, WAY_OUT},
    widget::{Action, Choosable, FieldPurpose, Kind, Rank, Row, Tone, Widget},
    words::{Args, Words},
};

/// The state of a phone without network, whose words speak of a code.
const UNREACHABLE: &str = "network.unreachable";

/// What a page looks with.
pub(crate) struct Glance<'a> {
    pub(crate) state: &'a State,
    pub(crate) standard: &'a Standard,
    pub(crate) states: &'a StateWords,
    pub(crate) words: &'a Words,
}

impl Glance<'_> {
    pub(crate) fn page(&self) -> Page {
        self.state.page()
    }

    pub(crate) fn language(&self) -> Language {
        self.state.kept.preferences.language
    }

    pub(crate) fn view(&self) -> View {
        self.state.kept.preferences.view
    }

    /// The words of an id.
    pub(crate) fn say(&self, id: &str) -> String {
        self.words.say(self.language(), id, &[])
    }

    /// The words of an id, with values in them.
    pub(crate) fn say_with(&self, id: &str, args: Args<'_>) -> String {
        self.words.say(self.language(), id, args)
    }

    /// A moment in the region's zone, in the person's words: day and minute.
    pub(crate) fn when(&self, at: Timestamp) -> String {
        let zone = zone::named(&self.state.known.zone).unwrap_or(TimeZone::UTC);
        let local = at.to_zoned(zone);
        self.say_with(
            "moment",
            &[
                ("month", local.strftime("%-m").to_string().as_str().into()),
                ("name", local.strftime("%b").to_string().as_str().into()),
                ("day", local.strftime("%-d").to_string().as_str().into()),
                ("time", local.strftime("%H:%M").to_string().as_str().into()),
            ],
        )
    }

    /// The day it is in the region's zone.
    pub(crate) fn today(&self) -> Date {
        let zone = zone::named(&self.state.known.zone).unwrap_or(TimeZone::UTC);
        self.state.at.to_zoned(zone).date()
    }

    /// A screen of the page in front, without widgets.
    pub(crate) fn screen(&self, title: &str, widgets: Vec<Widget>) -> Screen {
        let state = self.state;
        let mut screen = Screen {
            route: self.page().id().to_owned(),
            title: self.say(title),
            back: if state.kept.stack.len() > 1 {
                Back::Pop
            } else if state.known.guest_until.is_some() {
                Back::Held
            } else {
                Back::Leave
            },
            presentation: Presentation::Push,
            focus: self.focus(),
            capture: true,
            brightness: Brightness::AsItIs,
            keep_awake: false,
            announcements: state
                .once
                .announce
                .iter()
                .map(|saying| self.aloud(saying))
                .collect(),
            haptic: state.once.tick.then_some(Haptic::Tick),
            language: self.language(),
            view: self.view(),
            widgets,
        };
        screen.widgets.extend(self.guest());
        if let Some(progress) = self.progress() {
            screen.widgets.push(progress);
        }
        screen
    }

    /// How long a guest has, and the way to end it at once.
    fn guest(&self) -> Vec<Widget> {
        // Nothing beside the enlarged code: a stray touch leads nowhere there.
        let Some(until) = self.state.known.guest_until else {
            return Vec::new();
        };
        if self.page() == Page::Enlarged {
            return Vec::new();
        }
        let countdown = Kind::Countdown {
            until: until.to_string(),
            milestones: vec![60],
        };
        let rank = Rank::Secondary;
        let mut widgets = vec![
            Widget::new("guest-until", self.say("guest-until"), countdown),
            Widget::new(GUEST_END, self.say("guest-end"), Kind::Button { rank }),
        ];
        let words = [
            "guest-end-ask",
            "guest-end-text",
            "guest-end-yes",
            "not-now",
        ];
        widgets.extend(self.sheet(GUEST_END, words, true));
        widgets
    }

    fn aloud(&self, saying: &Saying) -> String {
        match saying {
            Saying::Expired => self.say("announce-expired"),
            Saying::ColourChanged => self.say("announce-colour-changed"),
            Saying::HourLeft => self.say("announce-hour-left"),
            Saying::Refresh(state) => self.state_words(state).0,
            Saying::Lit => self.say("announce-lit"),
        }
    }

    /// The field that is wrong takes the focus.
    fn focus(&self) -> Option<String> {
        let trouble = self.state.trouble_here()?;
        trouble.field.clone().or_else(|| Some("trouble".to_owned()))
    }

    /// What is under way, with a way out once it has lasted two seconds.
    fn progress(&self) -> Option<Widget> {
        let working = self.state.working.filter(|working| working.slow)?;
        let label = self.say(match working.task {
            TaskName::FaceCheck | TaskName::FaceResume => "progress-face",
            TaskName::Refresh if self.state.known.code.is_none() => "progress-make",
            TaskName::Refresh => "progress-refresh",
            _ => "progress",
        });
        let cancel = Some(Action {
            id: CANCEL.to_owned(),
            label: self.say("cancel"),
        });
        Some(Widget::new("progress", label, Kind::Progress { cancel }))
    }

    /// What went wrong on this page, when it is not one field's: what happened, and what to do.
    pub(crate) fn trouble(&self) -> Option<Widget> {
        let trouble = self.state.trouble_here()?;
        if trouble.field.is_some() {
            return None;
        }
        // Nobody is told that a code works which is not there yet.
        let mut notice = if trouble.state == UNREACHABLE && self.state.known.code.is_none() {
            self.notice("trouble", Tone::Trouble, "offline-yet", "offline-yet-act")
        } else {
            self.notice_of("trouble", trouble)
        };
        if let Kind::Notice { way_out, .. } = &mut notice.kind {
            *way_out = route::leads_to(&trouble.state).map(|_| self.action(WAY_OUT, "way-out"));
        }
        Some(notice)
    }

    /// A notice of a trouble, with the words of the standard.
    pub(crate) fn notice_of(&self, id: &str, trouble: &Trouble) -> Widget {
        let (happened, mut act) = self.state_words(&trouble.state);
        if let Some(seconds) = trouble.wait_seconds.filter(|seconds| *seconds > 0) {
            act = self.wait(seconds);
        }
        Widget::new(
            id,
            happened,
            Kind::Notice {
                tone: Tone::Trouble,
                act,
                way_out: None,
            },
        )
    }

    /// What to do when the platform asks to wait, in the unit that a person would use.
    fn wait(&self, seconds: u64) -> String {
        let (words, count) = match seconds {
            0..=90 => ("wait-seconds", seconds),
            91..=5_400 => ("wait-minutes", seconds.div_ceil(60)),
            _ => ("wait-hours", seconds.div_ceil(3_600)),
        };
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.say_with(words, &[("count", count.into())])
    }

    /// What happened in a state and what to do, by its id `group.code`.
    pub(crate) fn state_words(&self, state: &str) -> (String, String) {
        let language = self.language();
        state
            .split_once('.')
            .and_then(|(group, code)| self.states.of(group, code))
            .map_or_else(
                || (self.say("state-unknown"), self.say("state-unknown-act")),
                |text| {
                    (
                        text.happened.get(language).to_owned(),
                        text.act.get(language).to_owned(),
                    )
                },
            )
    }

    /// What is wrong with one field of this page, by the terminal's name of it.
    pub(crate) fn wrong(&self, field: &str) -> Option<String> {
        let trouble = self.state.trouble_here()?;
        if trouble.field.as_deref() != Some(field) {
            return None;
        }
        if let Some(reason) = &trouble.reason {
            let id = ["wrong-", &reason.replace('_', "-")].concat();
            if self.words.has(Language::ZhHans, &id) {
                return Some(self.say(&id));
            }
        }
        let (happened, act) = self.state_words(&trouble.state);
        let join = if self.language() == Language::En {
            " "
        } else {
            ""
        };
        Some(format!("{happened}{join}{act}"))
    }

    /// A short text.
    pub(crate) fn text(&self, id: &str, words: &str) -> Widget {
        Widget::new(id, self.say(words), Kind::Text)
    }

    /// A long text.
    pub(crate) fn long_text(&self, id: &str, words: &str) -> Widget {
        Widget::new(id, self.say(words), Kind::LongText)
    }

    /// A heading under the title.
    pub(crate) fn heading(&self, id: &str, words: &str) -> Widget {
        Widget::new(id, self.say(words), Kind::Heading { level: 2 })
    }

    /// A button. While something is under way it cannot be pressed, and says so.
    pub(crate) fn button(&self, id: &str, words: &str, rank: Rank) -> Widget {
        let busy = self.state.working.map(|_| self.say("wait-please"));
        Widget::new(id, self.say(words), Kind::Button { rank }).unless(busy)
    }

    /// A button that leads to another page or changes only the glass: a refresh under way does not hold it.
    pub(crate) fn way(&self, id: &str, words: &str, rank: Rank) -> Widget {
        let mut button = self.button(id, words, rank);
        if self.state.is_doing(TaskName::Refresh) {
            button.why_not = None;
        }
        button
    }

    /// A name and a value.
    pub(crate) fn pair(&self, id: &str, words: &str, value: impl Into<String>) -> Widget {
        let value = value.into();
        Widget::new(id, self.say(words), Kind::KeyValue { value })
    }

    /// A notice with words of the screens: what happened, and what to do.
    pub(crate) fn notice(&self, id: &str, tone: Tone, happened: &str, act: &str) -> Widget {
        let act = self.say(act);
        let way_out = None;
        Widget::new(id, self.say(happened), Kind::Notice { tone, act, way_out })
    }

    /// A notice with the words of a state of the standard, in a tone, with a way out of it.
    pub(crate) fn notice_in(
        &self,
        id: &str,
        tone: Tone,
        state: &str,
        way_out: Option<(&str, &str)>,
    ) -> Widget {
        let (happened, act) = self.state_words(state);
        let way_out = way_out.map(|(id, words)| self.action(id, words));
        Widget::new(id, happened, Kind::Notice { tone, act, way_out })
    }

    /// A button inside another widget.
    pub(crate) fn action(&self, id: &str, words: &str) -> Action {
        Action {
            id: id.to_owned(),
            label: self.say(words),
        }
    }

    /// Several widgets that belong together.
    pub(crate) fn section(&self, id: &str, words: &str, widgets: Vec<Widget>) -> Widget {
        Widget::new(id, self.say(words), Kind::Section { widgets })
    }

    /// A sheet that asks before something is done, while it asks.
    pub(crate) fn sheet(&self, asked: &str, words: [&str; 4], destructive: bool) -> Option<Widget> {
        if self.state.asking.as_deref() != Some(asked) {
            return None;
        }
        let [title, text, yes, no] = words;
        Some(Widget::new(
            "ask",
            self.say(title),
            Kind::Sheet {
                text: self.say(text),
                confirm: self.action(&format!("{asked}-yes"), yes),
                dismiss: self.action(&format!("{asked}-no"), no),
                destructive,
            },
        ))
    }

    /// A field of this page with what it holds.
    pub(crate) fn field(
        &self,
        id: &str,
        words: &str,
        purpose: FieldPurpose,
        longest: u32,
    ) -> Widget {
        let (text, revision) = self.state.typed(self.page(), id);
        Widget::new(
            id,
            self.say(words),
            Kind::Field {
                purpose,
                text: text.to_owned(),
                revision,
                longest,
                multiline: false,
            },
        )
        .wrong(self.wrong(id))
    }

    /// A flat choice of one, with what is chosen or else a default.
    pub(crate) fn one_of(
        &self,
        id: &str,
        words: &str,
        options: Vec<Choosable>,
        default: Option<&str>,
    ) -> Widget {
        let chosen = self
            .state
            .one_chosen(self.page(), id)
            .or(default)
            .map(|chosen| vec![chosen.to_owned()])
            .unwrap_or_default();
        Widget::new(
            id,
            self.say(words),
            Kind::Choice {
                several: false,
                searchable: false,
                path: Vec::new(),
                options,
                chosen,
            },
        )
        .wrong(self.wrong(id))
    }

    /// An option with words.
    pub(crate) fn option(&self, id: &str, words: &str) -> Choosable {
        Choosable {
            id: id.to_owned(),
            label: self.say(words),
        }
    }

    /// A choice of any number.
    pub(crate) fn any_of(&self, id: &str, words: &str, options: Vec<Choosable>) -> Widget {
        let mut widget = self.one_of(id, words, options, None);
        if let Kind::Choice {
            several, chosen, ..
        } = &mut widget.kind
        {
            *several = true;
            *chosen = self.state.chosen(self.page(), id).to_vec();
        }
        widget
    }

    /// A row of a list that leads somewhere.
    pub(crate) fn row(&self, id: &str, words: &str) -> Row {
        Row {
            id: id.to_owned(),
            title: self.say(words),
            detail: None,
            status: None,
            action: Some(self.say("open")),
        }
    }
}
