//! The code: lit at once, with or without network. Under it what a person does with it, small facts, and
//! the ways to everything else.

use liangma_card::View;
use liangma_domain::tiles::{TestAge, Tiles, VaccinationStatus};

use crate::{
    event::Event,
    glance::Glance,
    known::Clock,
    page::Page,
    pages::{code::said, pressed},
    route,
    screen::Screen,
    state::State,
    task::{Effect, Task, TaskName},
    update::begin,
    widget::{CodePosition, Kind, Rank, Row, Tile, Tone, Widget},
};

pub(crate) use crate::pages::nothing_done as done;

const CARD: &str = "card";
const WHY: &str = "why";
const ENLARGE: &str = "enlarge";
const MOVE: &str = "move";
const REFRESH: &str = "refresh";
const READ_ALOUD: &str = "read-aloud";
const AGAIN: &str = "again";
const GO_ON: &str = "go-on";
const WITHOUT: &str = "without";
const CLOSED: &str = "look";
/// The state of a phone without a code, and of one whose hours are over.
pub(super) const NO_CODE: &str = "show.no_code";
const ENDED: &str = "show.ended";
const NEWER: &str = "show.from_newer_version";
/// From this on a wrong phone clock is worth a hint, in seconds.
const WALL_OFF: i64 = 60;
/// Below this the battery is low, in per cent.
const BATTERY_LOW: u8 = 10;
const GREEN: u8 = 1;

/// What a guest may open: nothing that outlasts ten minutes.
const FOR_GUESTS: [Page; 3] = [Page::Ready, Page::Without, Page::Hotlines];
/// Where a row of the list leads.
const ROWS: [(&str, &str, Page); 13] = [
    ("notices", "code-notices", Page::Notices),
    ("outbox", "code-outbox", Page::Outbox),
    ("declare-health", "health-title", Page::DeclareHealth),
    ("declare-trip", "trip-title", Page::DeclareTrip),
    ("ready", "code-ready", Page::Ready),
    (WITHOUT, "code-without", Page::Without),
    ("hotlines", "code-hotlines", Page::Hotlines),
    ("data", "code-data", Page::Data),
    ("document", "document-title", Page::ChangeDocument),
    ("devices", "code-devices", Page::Devices),
    ("guest", "code-guest", Page::Guest),
    ("check", "code-check", Page::Check),
    ("settings", "code-settings", Page::Settings),
];

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    let state = glance.state;
    let mut widgets = Vec::new();
    if let Some(code) = &state.known.code {
        widgets.push(said::card(glance, code, false));
        widgets.push(actions(glance, code.colour));
        widgets.extend(hints(glance));
        if glance.view() == View::Care {
            widgets.extend([refresh(glance, Rank::Secondary), place(glance)]);
        }
        widgets.push(glance.way(READ_ALOUD, "code-read-aloud", Rank::Quiet));
        widgets.extend(tiles(glance));
    } else {
        widgets.extend(no_code(glance));
        widgets.extend(hints(glance));
    }
    widgets.push(list(glance));
    let mut screen = glance.screen("code-title", widgets);
    if state.known.code.is_some() {
        said::lit(glance, &mut screen);
    }
    screen
}

/// The first actions: all in one row, or in the care view two that are large.
fn actions(glance: &Glance<'_>, colour: u8) -> Widget {
    let why = if colour == GREEN {
        "code-why"
    } else {
        "code-what-now"
    };
    let mut buttons = vec![
        glance.way(WHY, why, Rank::Primary),
        glance.way(ENLARGE, "code-enlarge", Rank::Secondary),
    ];
    if glance.view() != View::Care {
        buttons.extend([place(glance), refresh(glance, Rank::Secondary)]);
    }
    glance.section("actions", "code-actions", buttons)
}

fn refresh(glance: &Glance<'_>, rank: Rank) -> Widget {
    glance.button(REFRESH, "code-refresh", rank)
}

fn place(glance: &Glance<'_>) -> Widget {
    let now = match glance.state.kept.preferences.code_position {
        CodePosition::Top => "position-top",
        CodePosition::Middle => "position-middle",
        CodePosition::Bottom => "position-bottom",
        CodePosition::Turned => "position-turned",
    };
    let now = glance.say(now);
    glance
        .way(MOVE, "code-move", Rank::Secondary)
        .hinted(glance.say_with("code-move-now", &[("place", now.into())]))
}

/// What is worth knowing beside the code; none of it keeps the code from being shown.
fn hints(glance: &Glance<'_>) -> Vec<Widget> {
    let known = &glance.state.known;
    let mut hints: Vec<_> = glance.trouble().into_iter().collect();
    if let Some(closed) = &known.closed {
        let way_out = Some((CLOSED, "code-look"));
        hints.push(glance.notice_in("closed", Tone::Trouble, &closed.state, way_out));
    }
    let by_hand = glance.state.is_doing(TaskName::Refresh);
    if by_hand || known.refreshing {
        // After two seconds the progress says the same, with a way out.
        let said = glance.state.working.is_some_and(|working| working.slow);
        if !said && known.code.is_some() {
            hints.push(glance.text("updating", "code-updating"));
        }
    } else if let Some(brought) = &glance.state.fetched.refreshed {
        hints.push(glance.notice_in("refreshed", Tone::Calm, brought, None));
    } else if hints.is_empty() {
        hints.extend(network(glance));
    }
    if known.code.is_some() {
        hints.extend(clock(glance));
    }
    if known
        .battery_percent
        .is_some_and(|percent| percent < BATTERY_LOW)
    {
        hints.push(glance.notice("battery", Tone::Calm, "battery-low", "battery-low-act"));
    }
    hints
}

fn network(glance: &Glance<'_>) -> Option<Widget> {
    let known = &glance.state.known;
    // Where the time is not known, a person must compare: the hint about the clock says so.
    let live = known.code.as_ref().is_none_or(|code| code.live);
    if known.offline && live {
        let words = if known.code.is_some() {
            ["offline", "offline-act"]
        } else {
            ["offline-no-code", "offline-no-code-act"]
        };
        return Some(glance.notice("offline", Tone::Calm, words[0], words[1]));
    }
    let trouble = known.refresh_trouble.as_deref()?;
    let way_out = Some((REFRESH, "code-refresh"));
    Some(glance.notice_in("refresh-trouble", Tone::Careful, trouble, way_out))
}

fn clock(glance: &Glance<'_>) -> Option<Widget> {
    let known = &glance.state.known;
    let (tone, state) = match known.clock {
        Clock::Unknown => (Tone::Careful, "clock.unknown"),
        Clock::Estimated => (Tone::Calm, "clock.estimated"),
        Clock::Trusted => {
            let off = known.wall_ahead_seconds.unwrap_or(0).abs();
            if off < WALL_OFF {
                return None;
            }
            (Tone::Calm, "clock.wall_off")
        }
    };
    let way_out = (known.clock != Clock::Trusted).then_some((REFRESH, "code-refresh"));
    Some(glance.notice_in("clock", tone, state, way_out))
}

/// Why there is no code, what to do, and that nobody needs one.
fn no_code(glance: &Glance<'_>) -> Vec<Widget> {
    let known = &glance.state.known;
    let state = known.no_code.as_deref().unwrap_or(NO_CODE);
    let mut widgets = vec![glance.notice_in("no-code", Tone::Careful, state, None)];
    widgets.extend(match state {
        NO_CODE if route::next(glance.state) != Page::Code => {
            Some(glance.way(GO_ON, "code-go-on", Rank::Primary))
        }
        NO_CODE | ENDED => Some(refresh(glance, Rank::Primary)),
        NEWER => None,
        _ => Some(glance.button(AGAIN, "code-again", Rank::Primary)),
    });
    let without = glance.states.without_code(glance.language()).to_owned();
    widgets.push(Widget::new("without-code", without, Kind::Text));
    widgets.push(glance.way(WITHOUT, "code-without", Rank::Secondary));
    widgets
}

fn tiles(glance: &Glance<'_>) -> Option<Widget> {
    let known = &glance.state.known;
    let Tiles {
        test_age,
        vaccination,
    } = known.tiles?;
    let age = known
        .code
        .as_ref()
        .and_then(|code| code.explained_at)
        .map(|at| glance.say_with("tile-as-of", &[("time", glance.when(at).into())]));
    let test = match test_age {
        TestAge::None => "test-none",
        TestAge::Within24h => "test-24",
        TestAge::Within48h => "test-48",
        TestAge::Within72h => "test-72",
        TestAge::Older => "test-older",
    };
    let vaccination = match vaccination {
        VaccinationStatus::Unknown => "vaccination-unknown",
        VaccinationStatus::Partial => "vaccination-partial",
        VaccinationStatus::Full => "vaccination-full",
        VaccinationStatus::Booster => "vaccination-booster",
    };
    let tile = |name, value| Tile {
        name: glance.say(name),
        value: glance.say(value),
        age: age.clone(),
    };
    let tiles = vec![
        tile("tile-test", test),
        tile("tile-vaccination", vaccination),
    ];
    Some(Widget::new(
        "tiles",
        glance.say("tiles"),
        Kind::Tiles { tiles },
    ))
}

/// The rows of this person.
fn rows(state: &State) -> impl Iterator<Item = &'static (&'static str, &'static str, Page)> {
    let guest = state.known.guest_until.is_some();
    let allowed = move |page: &Page| !guest || FOR_GUESTS.contains(page);
    ROWS.iter().filter(move |(_, _, page)| allowed(page))
}

fn list(glance: &Glance<'_>) -> Widget {
    let known = &glance.state.known;
    let rows = rows(glance.state)
        .map(|(id, words, page)| {
            let count = match page {
                Page::Notices => known.notices.len(),
                Page::Outbox => known.outbox.len(),
                _ => 0,
            };
            Row {
                status: (count > 0)
                    .then(|| glance.say_with("how-many", &[("count", count.into())])),
                ..glance.row(id, words)
            }
        })
        .collect();
    let more = false;
    Widget::new("more", glance.say("code-more"), Kind::List { rows, more })
}

pub(crate) fn update(state: &mut State, event: &Event, effects: &mut Vec<Effect>) {
    let Some(id) = pressed(event) else { return };
    match id {
        CARD | ENLARGE if state.known.code.is_some() => state.push(Page::Enlarged),
        WHY => state.push(Page::Why),
        MOVE => {
            let position = &mut state.kept.preferences.code_position;
            *position = match position {
                CodePosition::Top => CodePosition::Middle,
                CodePosition::Middle => CodePosition::Bottom,
                CodePosition::Bottom => CodePosition::Turned,
                CodePosition::Turned => CodePosition::Top,
            };
        }
        REFRESH => {
            state.fetched.refreshed = None;
            begin(state, Task::Refresh, effects);
        }
        READ_ALOUD => effects.push(Effect::ReadAloud {
            widget: CARD.to_owned(),
        }),
        AGAIN => begin(state, Task::Open, effects),
        GO_ON => route::go_on(state, effects),
        CLOSED => state.push(Page::Closed),
        _ => {
            let row = rows(state).find(|(row, ..)| *row == id);
            if let Some((_, _, page)) = row {
                open(state, *page, effects);
            }
        }
    }
}

/// Opens a page; one that shows what the platform has asks for it at once.
fn open(state: &mut State, page: Page, effects: &mut Vec<Effect>) {
    state.push(page);
    if page == Page::Devices {
        begin(state, Task::Devices, effects);
    }
}
