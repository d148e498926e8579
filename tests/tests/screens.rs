//! The driver against the real platform: a person's hand on the glass, and nothing else.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[expect(dead_code, reason = "the region and the people of it are used here")]
mod world;

use std::{path::Path, sync::Arc, time::Duration};

use jiff::Timestamp;
use liangma_card::{Language, Standard, StateWords, View};
use liangma_credential::{CheckerClock, Verdict, check};
use liangma_platform::sandbox::face_provider::ChosenOutcome;
use liangma_screens::{
    Back, CodePosition, Effect, Event, Kind, Preferences, Screen, Seen, Widget, Words,
    driver::{Glass, Phone},
};
use liangma_terminal::Terminal;
use liangma_wire::counter::{
    COUNTER_LOGIN_CODES_PATH, CounterLoginCodeRequest, CounterLoginCodeResponse, CounterReference,
};
use tempfile::TempDir;
use tokio::sync::watch;

use world::{Region, known};

/// A glass that keeps the screen in front.
struct Pane(watch::Sender<Option<Screen>>);

impl Glass for Pane {
    fn show(&self, screen: &Screen) {
        self.0.send_replace(Some(screen.clone()));
    }

    fn perform(&self, _effect: &Effect) {}
}

/// A person with a phone in hand. Counts what the hand does.
struct Hand {
    phone: Phone,
    pane: watch::Receiver<Option<Screen>>,
    taps: u32,
    typed: u32,
}

impl Hand {
    async fn unpack(region: &Region, outcome: ChosenOutcome, folder: &Path) -> Self {
        let (config, ports) = region.fit_out(region.address.clone(), outcome, folder);
        let seen = Seen {
            standard: Standard::built_in().unwrap(),
            states: StateWords::built_in().unwrap(),
            words: Words::built_in().unwrap(),
        };
        let preferences = Preferences {
            language: Language::ZhHans,
            view: View::Normal,
            code_position: CodePosition::Top,
        };
        let (sender, pane) = watch::channel(None);
        let glass = Arc::new(Pane(sender));
        let phone = Phone::start(config, ports, preferences, Arc::new(seen), glass).await;
        Self {
            phone,
            pane,
            taps: 0,
            typed: 0,
        }
    }

    /// Waits until the screen is as wanted.
    async fn sees(&mut self, what: &str, wanted: impl Fn(&Screen) -> bool) -> Screen {
        let seen = self
            .pane
            .wait_for(|screen| screen.as_ref().is_some_and(&wanted));
        let seen = tokio::time::timeout(Duration::from_secs(30), seen).await;
        let screen = self.phone.screen();
        let ids: Vec<_> = screen.widgets.iter().map(|one| &one.id).collect();
        assert!(
            seen.is_ok(),
            "never saw {what}: {} has {ids:?}",
            screen.route
        );
        screen
    }

    /// Presses a button once it can be pressed on a page.
    async fn press(&mut self, route: &str, id: &str) {
        let free = |screen: &Screen| screen.route == route && has(&screen.widgets, id);
        self.sees(&format!("{id} on {route}"), free).await;
        self.taps += 1;
        self.phone.send(Event::Pressed {
            widget: id.to_owned(),
        });
    }

    async fn type_into(&mut self, route: &str, id: &str, text: &str) {
        self.sees(route, |screen| screen.route == route).await;
        self.typed += 1;
        self.phone.send(Event::Typed {
            widget: id.to_owned(),
            text: text.to_owned(),
            revision: 1,
        });
        let holds = |one: &Widget| {
            one.id == id && matches!(&one.kind, Kind::Field { text: held, .. } if held == text)
        };
        self.sees("what was typed", |screen| screen.widgets.iter().any(holds))
            .await;
    }

    /// A camera or a picture gives a text; an empty one is of a code that cannot be read.
    fn reads(&self, id: &str, text: &str) {
        self.phone.send(Event::Typed {
            widget: id.to_owned(),
            text: text.to_owned(),
            revision: 1,
        });
    }

    async fn begin(&mut self) {
        for page in ["first.language", "first.view", "first.about"] {
            self.press(page, "on").await;
        }
    }

    async fn log_in(&mut self, region: &Region, who: &str) {
        let person = known(who);
        let page = "login.person";
        self.type_into(page, "name", person.name).await;
        self.type_into(page, "document_number", person.document_number)
            .await;
        self.type_into(page, "phone", person.phone).await;
        self.press(page, "send").await;
        self.sees("the page for the code", |screen| {
            screen.route == "login.code"
        })
        .await;
        let code = region.login_code(who).await;
        self.type_into("login.code", "code", &code).await;
        self.press("login.code", "log-in").await;
    }

    /// From the login to a lit code, by face.
    async fn verify(&mut self, who: &str, region: &Region) {
        self.log_in(region, who).await;
        self.press("consent.health-code", "agree").await;
        self.press("verify", "face").await;
        self.press("consent.face-check", "agree").await;
        self.press("verify.face", "go").await;
        self.is_lit().await;
    }

    async fn is_lit(&mut self) {
        self.sees("the code", |screen| {
            screen.route == "code" && screen.widgets.iter().any(|one| one.id == "card")
        })
        .await;
    }
}

/// Whether something of this id is there to be pressed: a button, a row, or a sheet's answer.
fn has(widgets: &[Widget], id: &str) -> bool {
    widgets.iter().any(|one| match &one.kind {
        Kind::Section { widgets } => has(widgets, id),
        Kind::List { rows, .. } => rows.iter().any(|row| row.id == id),
        Kind::Sheet {
            confirm, dismiss, ..
        } => confirm.id == id || dismiss.id == id,
        _ => one.id == id && one.why_not.is_none(),
    })
}

fn widget<'a>(screen: &'a Screen, id: &str) -> &'a Widget {
    screen.widgets.iter().find(|one| one.id == id).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hand_goes_from_the_first_start_to_a_lit_code_within_twelve_taps_and_five_fields() {
    let region = Region::start().await;
    let folder = TempDir::new().unwrap();
    let mut hand = Hand::unpack(&region, ChosenOutcome::Pass, folder.path()).await;
    hand.begin().await;
    hand.log_in(&region, "green").await;
    hand.press("consent.health-code", "agree").await;
    hand.press("verify", "face").await;
    hand.press("consent.face-check", "agree").await;
    hand.press("verify.face", "go").await;
    // One more at the provider's page.
    hand.taps += 1;
    hand.is_lit().await;
    assert!(
        hand.taps <= 12 && hand.typed <= 5,
        "{} taps, {} fields",
        hand.taps,
        hand.typed
    );

    let scene = hand.phone.card(320).unwrap();
    assert!(scene.is_some(), "the card is drawn");
    let collector = region.collector().await;
    let shown = hand.phone.terminal().unwrap().show().unwrap();
    let clock = CheckerClock::trusted(Timestamp::now());
    assert_eq!(
        check(&shown.text, &collector, clock).verdict,
        Verdict::Genuine
    );

    // Started again without network, it is lit at once.
    hand.phone.settle().await;
    drop(hand);
    let region = region.unplug().await;
    let mut hand = Hand::unpack(&region, ChosenOutcome::Pass, folder.path()).await;
    hand.is_lit().await;
    region.plug_in().await.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_face_that_does_not_fit_leads_to_the_counter_and_what_was_typed_survives_a_restart() {
    let region = Region::start().await;
    let folder = TempDir::new().unwrap();
    let mut hand = Hand::unpack(&region, ChosenOutcome::Fail, folder.path()).await;
    hand.begin().await;
    hand.type_into("login.person", "name", known("elder").name)
        .await;
    hand.phone.settle().await;
    drop(hand);

    let mut hand = Hand::unpack(&region, ChosenOutcome::Fail, folder.path()).await;
    let kept = hand.phone.screen();
    let name = &widget(&kept, "name").kind;
    assert!(matches!(name, Kind::Field { text, .. } if text == known("elder").name));
    hand.log_in(&region, "elder").await;
    hand.press("consent.health-code", "agree").await;
    hand.press("verify", "face").await;
    hand.press("consent.face-check", "agree").await;
    hand.press("verify.face", "go").await;
    let ended = hand
        .sees("how the face check ended", |screen| {
            screen.widgets.iter().any(|one| one.id == "ended")
        })
        .await;
    assert_eq!(ended.focus.as_deref(), Some("ended"));
    hand.press("verify.face", "counter").await;
    hand.press("verify.counter", "through").await;
    let waits = hand
        .sees("that the counter has not finished", |screen| {
            screen.widgets.iter().any(|one| one.id == "waits")
        })
        .await;
    assert!(matches!(widget(&waits, "handle").kind, Kind::Qr { .. }));
    let digits = match &widget(&waits, "digits").kind {
        Kind::KeyValue { value } => value.replace(' ', ""),
        _ => String::new(),
    };
    let said = CounterReference::Spoken(digits.into());
    assert!(region.approve_at_counter(said, "elder").await);
    hand.press("verify.counter", "through").await;
    hand.is_lit().await;
    region.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_that_cannot_be_opened_says_so_at_the_start_and_the_code_shows_behind_it() {
    let region = Region::start().await;
    let folder = TempDir::new().unwrap();
    let mut hand = Hand::unpack(&region, ChosenOutcome::Pass, folder.path()).await;
    hand.begin().await;
    hand.verify("green", &region).await;
    hand.phone.settle().await;
    drop(hand);

    // Another program has the store.
    let (config, ports) =
        region.fit_out(region.address.clone(), ChosenOutcome::Pass, folder.path());
    let other = Terminal::open(config, ports).await.unwrap();
    let mut hand = Hand::unpack(&region, ChosenOutcome::Pass, folder.path()).await;
    assert_eq!(hand.phone.screen().route, "closed");
    hand.phone.send(Event::Back);
    hand.is_lit().await;
    assert!(hand.phone.card(320).unwrap().is_some());
    drop(other);
    hand.phone.send(Event::Pressed {
        widget: "look".to_owned(),
    });
    hand.press("closed", "again").await;
    hand.is_lit().await;
    hand.phone.settle().await;
    drop(hand);

    // The keys are gone: there is nothing behind that page.
    std::fs::remove_file(folder.path().join("keys.json")).unwrap();
    let hand = Hand::unpack(&region, ChosenOutcome::Pass, folder.path()).await;
    let screen = hand.phone.screen();
    assert_eq!(
        (screen.route.as_str(), screen.back),
        ("closed", Back::Leave)
    );
    assert_eq!(hand.phone.card(320).unwrap(), None);
    region.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_shows_a_code_on_a_friends_phone_and_nothing_of_it_stays() {
    let region = Region::start().await;
    let folder = TempDir::new().unwrap();
    let guests = folder.path().join("store-guest");
    let mut hand = Hand::unpack(&region, ChosenOutcome::Pass, folder.path()).await;
    hand.begin().await;
    hand.verify("green", &region).await;
    let owners = hand.phone.terminal().unwrap().show().unwrap();

    hand.press("code", "guest").await;
    hand.press("guest", "begin").await;
    hand.verify("elder", &region).await;
    assert!(guests.exists(), "the guest has a folder of their own");
    let shown = hand.phone.terminal().unwrap().show().unwrap();
    assert_ne!(shown.document, owners.document, "it is the guest's code");
    let collector = region.collector().await;
    let clock = CheckerClock::trusted(Timestamp::now());
    assert_eq!(
        check(&shown.text, &collector, clock).verdict,
        Verdict::Genuine
    );

    hand.press("code", "guest-end").await;
    hand.press("code", "guest-end-yes").await;
    hand.sees("the owner's code again", |screen| {
        screen.route == "code" && screen.widgets.iter().all(|one| one.id != "guest-end")
    })
    .await;
    hand.is_lit().await;
    let again = hand.phone.terminal().unwrap().show().unwrap();
    assert_eq!(again.document, owners.document);
    let gone = async {
        while guests.exists() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let gone = tokio::time::timeout(Duration::from_secs(20), gone).await;
    assert!(gone.is_ok(), "nothing of the guest is on the disk");
    region.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_is_lent_checks_codes_at_a_door_also_without_network_and_keeps_nothing() {
    let region = Region::start().await;
    let folder = TempDir::new().unwrap();
    let mut hand = Hand::unpack(&region, ChosenOutcome::Pass, folder.path()).await;
    hand.begin().await;
    hand.verify("green", &region).await;
    let code = |hand: &Hand| hand.phone.terminal().unwrap().show().unwrap().text;

    hand.press("code", "check").await;
    hand.press("check", "check-begin").await;
    let start = hand.sees("the first page", on("collector.start")).await;
    assert_eq!(start.back, Back::Pop);
    assert_eq!(hand.phone.card(320).unwrap(), None, "no card stands there");
    assert!(
        matches!(&widget(&start, "lists").kind, Kind::Text),
        "the lists have just come"
    );
    hand.press("collector.start", "begin").await;
    // A shell sends what it reads as a text for the widget that reads it.
    hand.reads("scanner", &code(&hand));
    let verdict = hand.sees("a verdict", says("请进")).await;
    assert_eq!(verdict.announcements.len(), 2);
    hand.sees("that it goes by itself", |screen| {
        verdict_of(screen).is_none()
    })
    .await;
    hand.reads("picture", "");
    hand.sees("that the picture has none", says("请再亮一次"))
        .await;
    hand.reads("text", "https://pay.example/t/4711");
    hand.sees("a payment code", says("这像是别的码")).await;

    // The shortcut leads to one's own code, and ends it.
    hand.phone.send(Event::Pressed {
        widget: "show-code".to_owned(),
    });
    hand.is_lit().await;
    // A picture that was still being read, a frame that was under way: too late, and kept nowhere.
    for widget in ["scanner", "picture", "text"] {
        hand.reads(widget, "https://pay.example/t/4711");
    }
    hand.press("code", "check").await;
    hand.press("check", "check-begin").await;
    hand.press("collector.start", "begin").await;
    hand.sees("the scanner", on("collector.scan")).await;
    hand.phone.settle().await;
    let terminal = hand.phone.terminal().unwrap();
    let draft = terminal.draft("screens").await.unwrap().unwrap_or_default();
    let export = terminal.export().await.unwrap();
    assert!(draft.contains("check"), "the page that was left is kept");
    for kept in [draft, export] {
        assert!(
            !kept.contains("pay.example"),
            "nothing that was read is kept"
        );
    }
    drop(terminal);
    drop(hand);

    // Killed meanwhile: it begins where it was lent, and without network the lists of before count.
    let region = region.unplug().await;
    let mut hand = Hand::unpack(&region, ChosenOutcome::Pass, folder.path()).await;
    hand.press("check", "check-begin").await;
    hand.press("collector.start", "begin").await;
    hand.reads("scanner", &code(&hand));
    hand.sees("a verdict", says("请进")).await;
    hand.press("collector.scan", "shift").await;
    hand.press("collector.shift", "sign-off").await;
    hand.press("collector.shift", "wipe").await;
    hand.is_lit().await;
    region.plug_in().await.stop().await;
}

fn on(route: &str) -> impl Fn(&Screen) -> bool {
    move |screen| screen.route == route
}

/// A screen with a verdict that says this to the person.
fn says(wanted: &str) -> impl Fn(&Screen) -> bool {
    move |screen| verdict_of(screen).is_some_and(|said| said == wanted)
}

fn verdict_of(screen: &Screen) -> Option<&str> {
    screen.widgets.iter().find_map(|one| match &one.kind {
        Kind::Verdict { say, .. } => Some(say.as_str()),
        _ => None,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hand_learns_who_decided_and_what_becomes_of_saying_that_it_is_wrong() {
    let region = Region::start().await;
    let folder = TempDir::new().unwrap();
    let mut hand = Hand::unpack(&region, ChosenOutcome::Pass, folder.path()).await;
    hand.begin().await;
    hand.verify("red", &region).await;
    let from = hand.taps;
    hand.press("code", "why").await;
    let why = hand
        .sees("the reasons", |screen| screen.route == "why")
        .await;
    let reason = &widget(&why, "reason-0").kind;
    let Kind::Section { widgets } = reason else {
        unreachable!("a reason is a section");
    };
    assert!(
        widgets.iter().any(|one| one.id == "office-0-0"),
        "who decided is told"
    );
    hand.press("why", "wrong").await;
    hand.press("wrong", "send").await;
    assert_eq!(hand.taps - from, 3, "at most four taps, nothing typed");
    let sent = hand
        .sees("what became of it", |screen| screen.route == "wrong.sent")
        .await;
    assert!(sent.widgets.iter().any(|one| one.id == "trouble"));
    hand.press("wrong.sent", "outbox").await;
    hand.sees("that it is kept", |screen| {
        screen.route == "outbox" && screen.widgets.iter().any(|one| one.id == "entries")
    })
    .await;
    region.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_whose_name_cannot_be_typed_logs_in_by_number_and_counter() {
    let region = Region::start().await;
    let folder = TempDir::new().unwrap();
    let mut hand = Hand::unpack(&region, ChosenOutcome::Pass, folder.path()).await;
    hand.begin().await;
    hand.press("login.person", "cannot-type").await;
    hand.press("login.no-name", "on").await;
    let person = known("rare-name");
    let page = "login.person";
    hand.type_into(page, "document_number", person.document_number)
        .await;
    hand.type_into(page, "phone", person.phone).await;
    hand.press(page, "send").await;
    let code_page = hand
        .sees("the page for the code", |screen| {
            screen.route == "login.code"
        })
        .await;
    assert!(matches!(
        widget(&code_page, "attempt").kind,
        Kind::Qr { .. }
    ));
    let terminal = hand.phone.terminal().unwrap();
    let attempt = terminal.state().await.unwrap().login.unwrap().attempt;
    let request = CounterLoginCodeRequest {
        attempt,
        document_type: person.document_type,
        document_number: person.document_number.to_owned().into(),
    };
    let answer = region.at_counter(COUNTER_LOGIN_CODES_PATH, &request).await;
    let told = answer.bytes().await.unwrap();
    let told: CounterLoginCodeResponse = serde_json::from_slice(&told).unwrap();
    hand.type_into("login.code", "code", told.code.expose())
        .await;
    hand.press("login.code", "log-in").await;
    hand.press("consent.health-code", "agree").await;
    hand.sees("face or counter", |screen| screen.route == "verify")
        .await;
    region.stop().await;
}
