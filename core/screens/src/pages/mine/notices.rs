//! What the person is to be told: what happened, when, and what to do.

use liangma_terminal::NoticeKind;
use liangma_wire::device::DeviceNoticeKind;

use crate::{
    event::Event,
    glance::Glance,
    page::Page,
    pages::pressed,
    screen::Screen,
    state::State,
    task::{Effect, Task},
    update::begin,
    widget::{Rank, Tone},
};

pub(crate) use crate::pages::nothing_done as done;

const SEEN: &str = "seen";
const REFRESH: &str = "refresh";
const WHY: &str = "why";
const OUTBOX: &str = "outbox";
const DEVICES: &str = "devices";

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    let mut widgets: Vec<_> = glance.trouble().into_iter().collect();
    let notices = &glance.state.known.notices;
    if notices.is_empty() {
        widgets.push(glance.text("none", "notices-none"));
    } else {
        widgets.extend(notices.iter().enumerate().rev().map(|(number, notice)| {
            let id = format!("notice-{number}");
            let state = notice.kind.state_id().to_string();
            glance
                .notice_in(&id, tone(notice.kind), &state, way_out(notice.kind))
                .hinted(glance.when(notice.at))
        }));
        widgets.push(glance.button(SEEN, "notices-seen", Rank::Primary));
    }
    glance.screen("code-notices", widgets)
}

fn tone(kind: NoticeKind) -> Tone {
    match kind {
        NoticeKind::CodeUpdated | NoticeKind::ClockWasAhead | NoticeKind::StoreRepaired => {
            Tone::Calm
        }
        _ => Tone::Careful,
    }
}

fn way_out(kind: NoticeKind) -> Option<(&'static str, &'static str)> {
    match kind {
        NoticeKind::CodeUpdated => Some((WHY, "code-why")),
        NoticeKind::SendingRefused | NoticeKind::SendingSetAside | NoticeKind::StoreRepaired => {
            Some((OUTBOX, "code-outbox"))
        }
        NoticeKind::StoreRolledBack | NoticeKind::Device(DeviceNoticeKind::StripRecalled) => {
            Some((REFRESH, "code-refresh"))
        }
        NoticeKind::Device(DeviceNoticeKind::DeviceEnrolled) => Some((DEVICES, "code-devices")),
        NoticeKind::Device(DeviceNoticeKind::DeviceEnded) | NoticeKind::ClockWasAhead => None,
    }
}

pub(crate) fn update(state: &mut State, event: &Event, effects: &mut Vec<Effect>) {
    match pressed(event) {
        Some(SEEN) => begin(state, Task::NoticesSeen, effects),
        Some(REFRESH) => begin(state, Task::Refresh, effects),
        Some(WHY) => state.push(Page::Why),
        Some(OUTBOX) => state.push(Page::Outbox),
        Some(DEVICES) => {
            state.push(Page::Devices);
            begin(state, Task::Devices, effects);
        }
        _ => {}
    }
}
