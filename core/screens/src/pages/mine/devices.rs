//! The person's devices: which they are, and how to end one that is lost or was never theirs.

use crate::{
    event::Event,
    glance::Glance,
    pages::pressed,
    screen::Screen,
    state::State,
    task::{Device, Effect, Outcome, Task, TaskName},
    update::begin,
    widget::{Kind, Rank, Row, Tone, Widget},
};

const LOOK: &str = "look";
const DEVICE: &str = "device-";
const ENDED: &str = "ended";

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    let state = glance.state;
    let mut widgets = vec![glance.text("about", "devices-about")];
    widgets.extend(glance.trouble());
    if let Some(devices) = &state.fetched.devices {
        let rows = devices.iter().map(|device| row(glance, device)).collect();
        let more = false;
        widgets.push(Widget::new(
            "devices",
            glance.say("code-devices"),
            Kind::List { rows, more },
        ));
    } else if state.known.offline && state.working.is_none() && glance.trouble().is_none() {
        widgets.push(glance.notice("offline", Tone::Calm, "offline", "devices-offline-act"));
    }
    widgets.push(glance.button(LOOK, "devices-look", Rank::Secondary));
    if let Some(asked) = &state.asking {
        let this = state.fetched.devices.iter().flatten();
        let this = this
            .filter(|device| device.this_device)
            .any(|device| *asked == id(device));
        let text = if this {
            "devices-end-this-text"
        } else {
            "devices-end-text"
        };
        let words = ["devices-end-ask", text, "devices-end", "not-now"];
        widgets.extend(glance.sheet(asked, words, true));
    }
    glance.screen("code-devices", widgets)
}

fn id(device: &Device) -> String {
    format!("{DEVICE}{}", device.id)
}

fn row(glance: &Glance<'_>, device: &Device) -> Row {
    let title = if device.this_device {
        "devices-this"
    } else {
        "devices-other"
    };
    let status = match device.standing.as_str() {
        "verified" => "devices-verified",
        ENDED => "devices-ended",
        _ => "devices-unverified",
    };
    let since = glance.when(device.enrolled_at);
    Row {
        id: id(device),
        title: glance.say(title),
        detail: Some(glance.say_with("devices-since", &[("time", since.into())])),
        status: Some(glance.say(status)),
        action: (device.standing != ENDED).then(|| glance.say("devices-end")),
    }
}

pub(crate) fn update(state: &mut State, event: &Event, effects: &mut Vec<Effect>) {
    let Some(pressed) = pressed(event) else {
        return;
    };
    if pressed == LOOK {
        begin(state, Task::Devices, effects);
        return;
    }
    let device = state
        .fetched
        .devices
        .iter()
        .flatten()
        .filter(|device| device.standing != ENDED)
        .find(|device| {
            pressed.strip_prefix(DEVICE).is_some_and(|rest| {
                rest.strip_prefix(device.id.as_str())
                    .is_some_and(|rest| matches!(rest, "" | "-yes" | "-no"))
            })
        })
        .cloned();
    let Some(device) = device else { return };
    let asked = id(&device);
    if pressed == asked {
        state.asking = Some(asked);
    } else if state.asking.take().as_deref() == Some(asked.as_str()) && pressed.ends_with("-yes") {
        let device = device.id;
        begin(state, Task::EndDevice { device }, effects);
    }
}

pub(crate) fn done(
    state: &mut State,
    _task: TaskName,
    outcome: &Outcome,
    _effects: &mut Vec<Effect>,
) {
    if let Outcome::Devices { devices } = outcome {
        state.fetched.devices = Some(devices.clone());
    }
}
