//! The screens of a collector.

use jiff::Timestamp;
use liangma_card::{Language, Panel, Standard, View};
use liangma_credential::CheckerClock;
use liangma_domain::{
    colour::Colour,
    venue::{AlertLevel, VenueClass},
};

use super::{
    Camera, Collector, Finding, Front, HINT_AFTER, LISTS_OLD, LISTS_TOO_OLD, Page, finding::Masked,
    name_of, within,
};
use crate::{
    screen::{Back, Brightness, Presentation, Screen},
    widget::{Action, Choosable, FieldPurpose, Kind, Rank, Row, Tile, Tone, Widget},
    words::{Args, Words},
};

pub(super) const BEGIN: &str = "begin";
pub(super) const NEXT: &str = "next";
pub(super) const REGISTER: &str = "register";
pub(super) const REGISTERED: &str = "registered";
pub(super) const SHIFT: &str = "shift";
pub(super) const SIGN_OFF: &str = "sign-off";
pub(super) const WIPE: &str = "wipe";
pub(super) const KEEP: &str = "keep";
pub(super) const BACK: &str = "back";
pub(super) const TORCH: &str = "torch";
pub(super) const CAMERA: &str = "camera";
/// The scanner. What it reads is typed into it, empty where it sees a code and cannot read it; it is switched
/// off where the camera cannot be had.
pub const SCANNER: &str = "scanner";
/// The place for a picture. What is in it is typed into it, empty where there is no code in it, or more than one.
pub const PICTURE: &str = "picture";
pub(super) const TEXT: &str = "text";
/// The widgets of which what is entered is somebody else's, or of this shift alone; no page of a phone has one.
pub(crate) const OF_A_SHIFT: [&str; 5] = [SCANNER, PICTURE, TEXT, OFFICER, CAMERA];
pub(super) const VENUE: &str = "venue";
pub(super) const ALERT: &str = "alert";
pub(super) const OFFICER: &str = "officer";
pub(super) const LANGUAGE: &str = "language";
/// What is to be said to the person is said by the device.
pub(super) const SPEAK: &str = "speak";

/// Longer than any code, so that one that is too long is judged and not cut.
const TEXT_LONGEST: u32 = 4_000;
/// The shape of every verdict without a colour.
const QUESTION_MARK: &str = "question_mark";

impl Collector {
    /// The screen at a moment, by the device's clock.
    #[must_use]
    pub fn view(&self, clock: CheckerClock, standard: &Standard, words: &Words) -> Screen {
        let look = Look {
            collector: self,
            at: clock.now,
            in_doubt: clock.in_doubt,
            standard,
            words,
        };
        match self.page {
            Page::Start => look.start(),
            Page::Scan => look.scan(),
            Page::Register => look.register(),
            Page::Shift => look.shift(),
        }
    }
}

struct Look<'a> {
    collector: &'a Collector,
    at: Timestamp,
    in_doubt: bool,
    standard: &'a Standard,
    words: &'a Words,
}

impl Look<'_> {
    fn language(&self) -> Language {
        self.collector.language
    }

    fn say(&self, id: &str) -> String {
        self.words.say(self.language(), id, &[])
    }

    fn say_with(&self, id: &str, args: Args<'_>) -> String {
        self.words.say(self.language(), id, args)
    }

    fn screen(&self, route: &str, title: &str, back: Back, widgets: Vec<Widget>) -> Screen {
        Screen {
            route: route.to_owned(),
            title: self.say(title),
            back,
            presentation: Presentation::Replace,
            focus: None,
            capture: false,
            brightness: Brightness::AsItIs,
            keep_awake: true,
            announcements: Vec::new(),
            haptic: None,
            language: self.language(),
            view: self.collector.lent.unwrap_or(View::Normal),
            widgets,
        }
    }

    fn button(&self, id: &str, words: &str, rank: Rank) -> Widget {
        Widget::new(id, self.say(words), Kind::Button { rank })
    }

    fn action(&self, id: &str, words: &str) -> Action {
        Action {
            id: id.to_owned(),
            label: self.say(words),
        }
    }

    fn text(&self, id: &str, words: &str) -> Widget {
        Widget::new(id, self.say(words), Kind::Text)
    }

    fn one_of(&self, id: &str, words: &str, options: Vec<Choosable>, chosen: String) -> Widget {
        Widget::new(
            id,
            self.say(words),
            Kind::Choice {
                several: false,
                searchable: options.len() > 8,
                path: Vec::new(),
                options,
                chosen: vec![chosen],
            },
        )
    }

    fn start(&self) -> Screen {
        let collector = self.collector;
        let venues = VenueClass::ALL.iter().map(|venue| Choosable {
            id: name_of(venue),
            label: self.say(&["collector-venue-", &name_of(venue)].concat()),
        });
        let alerts = AlertLevel::ALL.iter().map(|alert| Choosable {
            id: name_of(alert),
            label: self.say(&["collector-alert-", &name_of(alert)].concat()),
        });
        let languages = Language::ALL.iter().map(|language| Choosable {
            id: language.tag().to_owned(),
            label: self.words.say(*language, "collector-language-name", &[]),
        });
        let (officer, revision) = &collector.officer;
        let mut widgets: Vec<_> = self.own_clock().into_iter().collect();
        widgets.extend(self.lists());
        widgets.extend([
            self.one_of(
                VENUE,
                "collector-venue",
                venues.collect(),
                name_of(&collector.venue),
            ),
            self.one_of(
                ALERT,
                "collector-alert",
                alerts.collect(),
                name_of(&collector.alert),
            ),
            Widget::new(
                OFFICER,
                self.say("collector-officer"),
                Kind::Field {
                    purpose: FieldPurpose::Text,
                    text: officer.clone(),
                    revision: *revision,
                    longest: 40,
                    multiline: false,
                },
            )
            .hinted(self.say("collector-officer-hint")),
            self.one_of(
                LANGUAGE,
                "collector-language",
                languages.collect(),
                self.language().tag().to_owned(),
            ),
            self.text("nothing-kept", "collector-nothing-kept"),
            self.button(BEGIN, "collector-begin", Rank::Primary),
        ]);
        self.screen(
            "collector.start",
            "collector-start-title",
            self.collector.lent.map_or(Back::Leave, |_| Back::Pop),
            widgets,
        )
    }

    fn scan(&self) -> Screen {
        let mut widgets = match self.collector.front(self.at) {
            Some(front) => self.verdict(front),
            None => Vec::new(),
        };
        widgets.extend(self.own_clock());
        widgets.extend(self.ways_to_read());
        widgets.extend(self.lists());
        widgets.push(self.button(SHIFT, "collector-shift", Rank::Quiet));
        let back = self.collector.lent.map_or(Back::Held, |_| Back::Pop);
        let announcements = match widgets.first() {
            Some(verdict) if self.collector.is_new => announced(verdict),
            _ => Vec::new(),
        };
        Screen {
            announcements,
            ..self.screen("collector.scan", "collector-scan-title", back, widgets)
        }
    }

    /// Camera, picture, text: whatever the device has.
    fn ways_to_read(&self) -> Vec<Widget> {
        let camera = self.collector.camera;
        let switch = Kind::Switch {
            on: camera == Camera::On,
        };
        let mut widgets = vec![
            self.scanner(),
            Widget::new(CAMERA, self.say("collector-camera"), switch),
        ];
        match camera {
            Camera::On => {
                widgets.push(self.button(TORCH, "collector-torch", Rank::Secondary));
            }
            Camera::Missing => {
                let label = "collector-no-camera";
                let act = match self.collector.lent {
                    None => "collector-no-camera-act",
                    Some(_) => "collector-no-camera-lent-act",
                };
                widgets.push(self.notice("no-camera", Tone::Careful, self.say(label), act));
            }
            Camera::Off => {}
        }
        let field = Kind::Field {
            purpose: FieldPurpose::Text,
            text: String::new(),
            revision: self.collector.pasted,
            longest: TEXT_LONGEST,
            multiline: false,
        };
        widgets.extend([
            Widget::new(PICTURE, self.say("collector-picture"), Kind::PicturePicker),
            Widget::new(TEXT, self.say("collector-text"), field),
        ]);
        // Only a device of the collector's own listens to a reader all the time.
        if self.collector.lent.is_none()
            && let Some(text) = widgets.last_mut()
        {
            text.hint = Some(self.say("collector-text-hint"));
        }
        widgets
    }

    fn scanner(&self) -> Widget {
        let collector = self.collector;
        let kind = Kind::Scanner {
            torch: collector.torch,
        };
        let why_not = match collector.camera {
            Camera::On => None,
            Camera::Off => Some("collector-camera-off"),
            Camera::Missing => Some("collector-no-camera"),
        };
        let scanner = Widget::new(SCANNER, self.say("collector-scanner"), kind)
            .unless(why_not.map(|words| self.say(words)));
        let in_front = collector.front(self.at).is_some();
        let idle = why_not.is_some();
        if in_front || idle || within(collector.waiting_since, self.at, HINT_AFTER) {
            return scanner;
        }
        let glimpsed = collector
            .glimpsed_at
            .is_some_and(|seen| within(seen, self.at, HINT_AFTER));
        scanner.hinted(self.say(if glimpsed {
            "collector-hint-glimpsed"
        } else {
            "collector-hint"
        }))
    }

    fn verdict(&self, front: &Front) -> Vec<Widget> {
        let answer = &front.answer;
        let finding = answer.finding;
        let say = finding.say(self.words, self.language());
        let panel = answer.colour.map(|colour| self.panel(colour));
        let (word, spoken, shape) = match panel {
            Some(panel) => (
                panel.word.get(self.language()).to_owned(),
                panel.spoken.get(self.language()).to_owned(),
                name_of(&panel.shape),
            ),
            None => {
                let word = finding.word(self.words, self.language());
                (word.clone(), word, QUESTION_MARK.to_owned())
            }
        };
        let clears_after = u32::try_from(answer.clears_after().as_secs()).ok();
        let kind = Kind::Verdict {
            colour: answer.colour.map_or(0, Colour::registry_number),
            shape,
            say,
            act: finding.act(self.words, self.language()),
            clears_after,
            pulses: finding.pulses(),
        };
        let mut widgets = vec![Widget::new(verdict_id(front), word, kind).spoken(spoken)];
        if !answer.measures.is_empty() {
            let rows = answer.measures.iter().map(|measure| Row {
                id: format!("measure-{measure}"),
                title: self.say(&["collector-measure-", measure].concat()),
                detail: None,
                status: None,
                action: None,
            });
            let kind = Kind::List {
                rows: rows.collect(),
                more: false,
            };
            widgets.push(Widget::new("rule", self.say("collector-rule"), kind));
        }
        let officer = self.collector.officer.0.trim();
        if finding == Finding::StepAside && !officer.is_empty() {
            widgets.push(Widget::new(
                "call-officer",
                self.say("collector-call-officer"),
                Kind::KeyValue {
                    value: officer.to_owned(),
                },
            ));
        }
        if let Some(seconds) = answer
            .difference
            .filter(|_| matches!(finding, Finding::ClockNear | Finding::ClockFar))
        {
            let text = self.say_with(
                "collector-difference",
                &[("minutes", minutes(seconds).into())],
            );
            widgets.push(Widget::new("difference", text, Kind::Text));
        }
        for (number, person) in answer.people.iter().enumerate() {
            widgets.extend(self.person(number, person));
        }
        if answer.seen_recently {
            widgets.push(self.text("seen-recently", "collector-seen-recently"));
        }
        if answer.sandbox {
            widgets.push(self.text("sandbox", "collector-sandbox"));
        }
        widgets.push(self.button(NEXT, "collector-next", Rank::Primary));
        if finding.offers_register() {
            widgets.push(self.button(REGISTER, "collector-register", Rank::Secondary));
        }
        widgets.push(self.button(SPEAK, "collector-speak", Rank::Quiet));
        widgets
    }

    fn panel(&self, colour: Colour) -> &Panel {
        self.standard
            .colour(colour)
            .map_or(self.standard.unlisted_colour(), |style| &style.panel)
    }

    /// Masked name and document, to be compared with the identity card and gone with the verdict.
    fn person(&self, number: usize, person: &Masked) -> [Widget; 2] {
        let masks = self.standard.masks();
        let visible: Vec<&str> = person.name.spoken_parts().collect();
        let document = self
            .standard
            .document(person.document.document_type())
            .get(self.language());
        let shown = person.document.display();
        let apart = |text: &str| {
            let characters: Vec<String> = text.chars().map(String::from).collect();
            characters.join(" ")
        };
        let (head, tail) = shown.split_once('*').unwrap_or_default();
        let spoken_name = masks
            .name
            .get(self.language())
            .replace("{visible}", &visible.join(" "));
        let spoken_document = masks
            .document
            .get(self.language())
            .replace("{document}", document)
            .replace("{head}", &apart(head))
            .replace("{tail}", &apart(tail.trim_start_matches('*')));
        [
            Widget::new(
                format!("name-{number}"),
                self.say("collector-name"),
                Kind::KeyValue {
                    value: person.name.to_string(),
                },
            )
            .spoken(spoken_name)
            .sensitive(),
            Widget::new(
                format!("document-{number}"),
                document,
                Kind::KeyValue { value: shown },
            )
            .spoken(spoken_document)
            .sensitive(),
        ]
    }

    /// How old the lists are, and what to do about it.
    fn lists(&self) -> Vec<Widget> {
        let at = self.collector.checker.trust().lists_confirmed_at();
        let age = at.map(|at| self.at.duration_since(at));
        let hours = age.map_or(0, |age| age.as_hours().max(0));
        let text = match age {
            None => self.say("collector-lists-none"),
            Some(_) => self.say_with("collector-lists-age", &[("hours", hours.into())]),
        };
        let (tone, act) = match age {
            Some(age) if age < LISTS_OLD => return vec![Widget::new("lists", text, Kind::Text)],
            Some(age) if age < LISTS_TOO_OLD => (Tone::Careful, "collector-lists-old"),
            _ => (Tone::Trouble, "collector-lists-too-old"),
        };
        vec![self.notice("lists", tone, text, act)]
    }

    fn notice(&self, id: &str, tone: Tone, label: String, act: &str) -> Widget {
        let kind = Kind::Notice {
            tone,
            act: self.say(act),
            way_out: None,
        };
        Widget::new(id, label, kind)
    }

    /// That the time here is not known, or is another than on the phones of three people.
    fn own_clock(&self) -> Option<Widget> {
        let Some(minutes) = self.collector.drift.minutes_off() else {
            let (label, act) = ("collector-clock-doubt", "collector-clock-doubt-act");
            let doubt = self.in_doubt;
            return doubt.then(|| self.notice("own-clock", Tone::Careful, self.say(label), act));
        };
        let label = if minutes > 0 {
            "collector-clock-ahead"
        } else {
            "collector-clock-behind"
        };
        let label = self.say_with(label, &[("minutes", minutes.abs().into())]);
        Some(self.notice("own-clock", Tone::Trouble, label, "collector-clock-act"))
    }

    fn register(&self) -> Screen {
        let widgets = vec![
            Widget::new(
                "say",
                self.say("collector-register-say"),
                Kind::Heading { level: 2 },
            ),
            self.text("compare", "collector-register-compare"),
            self.text("write", "collector-register-write"),
            self.text("pass", "collector-register-pass"),
            self.button(REGISTERED, "collector-registered", Rank::Primary),
            self.button(BACK, "collector-back", Rank::Secondary),
        ];
        self.screen(
            "collector.register",
            "collector-register-title",
            Back::Pop,
            widgets,
        )
    }

    fn shift(&self) -> Screen {
        let totals = &self.collector.totals;
        let tile = |name: String, count: u32| Tile {
            name,
            value: count.to_string(),
            age: None,
        };
        let mut tiles = vec![tile(self.say("collector-total"), totals.all())];
        let found = Finding::ALL.iter().map(|finding| {
            let word = finding.word(self.words, self.language());
            tile(word, totals.of(*finding))
        });
        tiles.extend(found.filter(|tile| tile.value != "0"));
        let hours = totals.by_hour(self.collector.profile.zone()).into_iter();
        let points = hours.map(|(hour, count)| tile(hour, count)).collect();
        let mut widgets = vec![
            Widget::new(
                "totals",
                self.say("collector-totals"),
                Kind::Totals { totals: tiles },
            ),
            Widget::new(
                "by-hour",
                self.say("collector-by-hour"),
                Kind::Chart { points },
            ),
            self.text("hand-in", "collector-hand-in"),
            self.button(SIGN_OFF, "collector-sign-off", Rank::Destructive),
            self.button(BACK, "collector-back", Rank::Primary),
        ];
        if self.collector.asking {
            let kind = Kind::Sheet {
                text: self.say("collector-wipe-text"),
                confirm: self.action(WIPE, "collector-wipe"),
                dismiss: self.action(KEEP, "collector-keep"),
                destructive: true,
            };
            widgets.push(Widget::new(
                "sign-off-sheet",
                self.say("collector-sign-off"),
                kind,
            ));
        }
        self.screen(
            "collector.shift",
            "collector-shift-title",
            Back::Pop,
            widgets,
        )
    }
}

/// What a screen reader says when a verdict comes: the word of the panel, and what to do.
fn announced(verdict: &Widget) -> Vec<String> {
    match &verdict.kind {
        Kind::Verdict { act, .. } => {
            let word = verdict.spoken.as_ref().unwrap_or(&verdict.label);
            vec![word.clone(), act.clone()]
        }
        _ => Vec::new(),
    }
}

/// The id of a verdict: another one for each.
pub(super) fn verdict_id(front: &Front) -> String {
    format!("verdict-{}", front.number)
}

/// Whole minutes between two clocks, at least one.
fn minutes(seconds: i64) -> i64 {
    ((seconds.abs() + 30) / 60).max(1)
}
