//! The JSON of a vector, and what the code under test answers to it.

use jiff::Timestamp;
use liangma_credential::{
    CheckerClock, Flags, Member, Shown, TrustStore, VenueForm, Verdict, Visit, check, check_paper,
    check_venue,
};
use liangma_domain::mask::MaskedDocument;
use serde_json::{Value, json};

use crate::fixtures::Fixtures;

/// A text, what is trusted, a clock, and the verdict that the author of the case expects.
pub(crate) struct LiveCase {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) trust: String,
    pub(crate) now: i64,
    pub(crate) clock_in_doubt: bool,
    pub(crate) verdict: String,
}

pub(crate) fn live_file(about: &str, fixtures: &Fixtures, cases: Vec<LiveCase>) -> Value {
    file("live", about, fixtures, cases)
}

/// Flags and contents are filled in from the code under test; the verdict has to be the expected one.
pub(crate) fn file(kind: &str, about: &str, fixtures: &Fixtures, cases: Vec<LiveCase>) -> Value {
    let cases: Vec<_> = cases
        .into_iter()
        .map(|case| {
            let clock = CheckerClock {
                now: Timestamp::from_second(case.now).unwrap(),
                in_doubt: case.clock_in_doubt,
            };
            let answer = answer(kind, &case.text, fixtures.trust(&case.trust), clock);
            assert_eq!(answer["verdict"], case.verdict, "{kind}: {}", case.name);
            json!({
                "name": case.name,
                "text": case.text,
                "trust": case.trust,
                "now": case.now,
                "clock_in_doubt": case.clock_in_doubt,
                "expect": answer,
            })
        })
        .collect();
    json!({"kind": kind, "about": about, "cases": cases})
}

pub(crate) fn answer(kind: &str, text: &str, trust: &TrustStore, clock: CheckerClock) -> Value {
    match kind {
        "live" => {
            let checked = check(text, trust, clock);
            with_verdict(
                checked.verdict,
                checked.flags,
                checked.shown.as_ref().map(shown),
            )
        }
        "paper" => {
            let checked = check_paper(text, trust, clock);
            let shown = checked.shown.map(|shown| {
                json!({
                    "serial": data_encoding::HEXLOWER.encode(&shown.serial.0),
                    "name": shown.name.as_str(),
                    "document": document(&shown.document),
                    "valid_until": shown.valid_until.as_second(),
                    "region": shown.region.as_str(),
                    "profile": shown.profile.as_str(),
                })
            });
            with_verdict(checked.verdict, checked.flags, shown)
        }
        "venue" => {
            let checked = check_venue(text, trust, clock);
            let shown = checked.shown.map(|shown| {
                let claims = &shown.claims;
                json!({
                    "venue": data_encoding::HEXLOWER.encode(&claims.venue.0),
                    "class": liangma_credential::VENUE_CLASS_NUMBERS.iter().find(|(_, class)| *class == claims.class).map(|(number, _)| number),
                    "name": claims.name,
                    "division": claims.division,
                    "form": match claims.form { VenueForm::Printed { .. } => "printed", VenueForm::Rotating { .. } => "rotating" },
                    "visit": match shown.visit { Visit::Proven => "proven", Visit::Unproven => "unproven" },
                    "region": shown.region.as_str(),
                    "profile": shown.profile.as_str(),
                })
            });
            with_verdict(checked.verdict, checked.flags, shown)
        }
        other => panic!("unknown kind {other}"),
    }
}

fn with_verdict(verdict: Verdict, flags: Flags, shown: Option<Value>) -> Value {
    let seconds = match verdict {
        Verdict::Expired { since_seconds } => Some(since_seconds),
        Verdict::NotYetValid { in_seconds } => Some(in_seconds),
        Verdict::NotLive { difference_seconds } => difference_seconds,
        _ => None,
    };
    json!({
        "verdict": verdict.code(),
        "seconds": seconds,
        "flags": {
            "trust_age": flags.trust_age.code(),
            "recall_age": flags.recall_age.code(),
            "clock_in_doubt": flags.clock_in_doubt,
            "sandbox": flags.sandbox,
        },
        "shown": shown,
    })
}

fn document(document: &MaskedDocument) -> Value {
    json!({
        "type": document.document_type().as_number(),
        "visible": document.visible(),
        "display": document.display(),
    })
}

fn shown(shown: &Shown) -> Value {
    let member = |member: &Member| {
        json!({
            "colour": member.colour.registry_number(),
            "name": member.name.as_str(),
            "document": document(&member.document),
        })
    };
    json!({
        "kind": shown.kind.code(),
        "colour": shown.colour.registry_number(),
        "name": shown.name.as_str(),
        "document": document(&shown.document),
        "tiles": shown.tiles.map(|tiles| json!([tiles.test_age.registry_number(), tiles.vaccination.registry_number()])),
        "members": shown.members.iter().map(member).collect::<Vec<_>>(),
        "hour": shown.hour.0,
        "region": shown.region.as_str(),
        "profile": shown.profile.as_str(),
    })
}
