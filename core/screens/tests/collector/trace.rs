//! The golden trace of a door, `ui-spec/traces/a-phone-checks-codes-at-a-door.json`: its lists and codes are made
//! here, the screens that come of them in `tests/traces.rs`.

use std::{fs, path::PathBuf};

use liangma_domain::colour::Colour;
use serde_json::{Value, json};

use crate::world::{START, lists, paper, phone, time};

fn pressed(widget: &str) -> Value {
    json!({"event": {"event": "pressed", "widget": widget}})
}

fn chosen(widget: &str, chosen: &str) -> Value {
    json!({"event": {"event": "chosen", "widget": widget, "chosen": [chosen]}})
}

fn switched(widget: &str, on: bool) -> Value {
    json!({"event": {"event": "switched", "widget": widget, "on": on}})
}

/// What a camera, a picture or a person gave, so many seconds after the step before.
fn typed(after: i64, widget: &str, text: &str) -> Value {
    let event = json!({"event": "typed", "widget": widget, "text": text, "revision": 1});
    let mut step = json!({"event": event});
    if after > 0 {
        step["after"] = after.into();
    }
    step
}

fn steps() -> Vec<Value> {
    let green = phone(1, Colour::GREEN);
    let red = phone(2, Colour::RED);
    vec![
        chosen("venue", "school"),
        typed(0, "officer", "陈主任 分机 12"),
        pressed("begin"),
        switched("camera", true),
        pressed("torch"),
        typed(4, "scanner", ""),
        typed(1, "scanner", &green.slot(0)),
        pressed("speak"),
        typed(4, "scanner", &red.slot(0)),
        pressed("next"),
        typed(1, "scanner", &green.slot(0)),
        pressed("next"),
        typed(1, "picture", ""),
        typed(1, "picture", &paper(7)),
        typed(1, "text", "https://pay.example/t/4711"),
        switched("scanner", false),
        pressed("register"),
        pressed("registered"),
        pressed("shift"),
        pressed("sign-off"),
        pressed("keep"),
        json!({"event": {"event": "back"}}),
        pressed("shift"),
        pressed("sign-off"),
        pressed("wipe"),
    ]
}

#[test]
fn the_trace_of_a_door_has_the_lists_and_codes_of_this_world() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../ui-spec/traces/a-phone-checks-codes-at-a-door.json");
    assert_eq!(time(0).as_second(), START);
    let start = json!({
        "at": time(0),
        "language": "zh-Hans",
        "view": "normal",
        "checking": lists(),
    });
    let about = "A phone that is lent checks codes at the door of a school: by camera, from a picture and from a text; \
        then it may use no camera, somebody is registered instead, and the shift ends.";
    let steps = steps();
    let held: Value = fs::read(&path)
        .ok()
        .and_then(|text| serde_json::from_slice(&text).ok())
        .unwrap_or_default();
    let same_start = ["at", "checking"]
        .iter()
        .all(|name| held["start"][name] == start[name]);
    let held_steps = held["steps"].as_array().map_or(&[][..], Vec::as_slice);
    let same_steps = held_steps.len() == steps.len()
        && held_steps
            .iter()
            .zip(&steps)
            .all(|(held, step)| held["event"] == step["event"] && held["after"] == step["after"]);
    if same_start && same_steps {
        return;
    }
    assert!(
        std::env::var_os("BLESS").is_some(),
        "BLESS=1 cargo test -p liangma-screens --test collector, then the same with --test traces"
    );
    let trace = json!({"about": about, "start": start, "steps": steps});
    fs::write(path, trace.to_string()).unwrap();
}
