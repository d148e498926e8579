//! What a check means for the person in front of the collector: come in or not, why, what to say, what to do.

use jiff::tz::TimeZone;
use liangma_card::Language;
use liangma_credential::{Checked, Freshness, Kind, Shown, Verdict};
use liangma_domain::profile::Admission;
use liangma_domain::tiles::{TestAge, Tiles, VaccinationStatus};
use liangma_screens::Words;
use liangma_screens::collector::Finding;
use serde_json::{Value, json};

use crate::output::Tone;
use crate::words;

/// What to say and what to do, in the words of the UI standard.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sentence {
    /// To say, in Chinese.
    pub(crate) say: String,
    /// The same in English.
    pub(crate) say_in_english: String,
    /// What the collector does.
    pub(crate) act: String,
}

impl Sentence {
    fn of(finding: Finding, words: &Words) -> Self {
        Self {
            say: finding.say(words, Language::ZhHans),
            say_in_english: finding.say(words, Language::En),
            act: finding.act(words, Language::En),
        }
    }
}

/// A check, judged for one place.
#[derive(Debug)]
pub(crate) struct Judgement {
    /// Whether the person may come in.
    pub(crate) accepted: bool,
    /// How it is shown.
    pub(crate) tone: Tone,
    /// The answer and why, in one line.
    pub(crate) headline: String,
    /// What to say and do.
    pub(crate) sentence: Sentence,
    /// What the place asks for.
    pub(crate) measures: Vec<&'static str>,
    /// What else the collector should know.
    pub(crate) notes: Vec<String>,
}

impl Judgement {
    /// Judges a check by what the place answers to its colour, and names the place.
    pub(crate) fn new(
        checked: &Checked,
        admission: Option<&Admission>,
        place: &str,
        words: &Words,
    ) -> Self {
        let finding = Finding::of(checked, admission);
        let (tone, headline) = match checked.verdict {
            Verdict::Genuine => of_genuine(checked, admission, place),
            verdict => of_refused(verdict),
        };
        Self {
            accepted: matches!(
                admission,
                Some(Admission::Admit | Admission::Restrict { .. })
            ),
            tone,
            headline,
            sentence: Sentence::of(finding, words),
            measures: match admission {
                Some(Admission::Restrict { measures } | Admission::Refuse { measures }) => measures
                    .iter()
                    .copied()
                    .map(crate::words::measure)
                    .collect(),
                _ => Vec::new(),
            },
            notes: notes(checked),
        }
    }
}

fn of_genuine(checked: &Checked, admission: Option<&Admission>, place: &str) -> (Tone, String) {
    let colour = checked
        .shown
        .as_ref()
        .map_or_else(String::new, |shown| words::colour(shown.colour));
    let (tone, answer) = match admission {
        Some(Admission::Admit) => (Tone::Good, "admitted"),
        Some(Admission::Restrict { .. }) => (Tone::Careful, "admitted with measures"),
        Some(Admission::Refuse { .. }) => (Tone::Bad, "not admitted"),
        None => (Tone::Bad, "the profile here has no say about this region"),
    };
    let headline = format!("{colour}, genuine and live: {answer} (place: {place})");
    (tone, headline)
}

fn of_refused(verdict: Verdict) -> (Tone, String) {
    match verdict {
        Verdict::NotOurs => (Tone::Careful, "not a health code".to_owned()),
        Verdict::Damaged => (
            Tone::Careful,
            "damaged: part of the code is missing or wrong".to_owned(),
        ),
        Verdict::UnsupportedVersion => (
            Tone::Careful,
            "a newer kind of code than this checker knows".to_owned(),
        ),
        Verdict::UnknownIssuer => (Tone::Bad, "signed by nobody in the trust list".to_owned()),
        Verdict::Forged => (
            Tone::Bad,
            "forged: the signature or the live value is not the issuer's and the holder's"
                .to_owned(),
        ),
        Verdict::Recalled => (
            Tone::Careful,
            "recalled: the holder's status has changed".to_owned(),
        ),
        Verdict::Expired { since_seconds } => (
            Tone::Careful,
            format!("expired: its hour ended {} ago", seconds(since_seconds)),
        ),
        Verdict::NotYetValid { in_seconds } => (
            Tone::Careful,
            format!("not yet valid: its hour begins in {}", seconds(in_seconds)),
        ),
        Verdict::NotLive {
            difference_seconds: Some(difference),
        } if difference < 0 => (
            Tone::Careful,
            format!("genuine, not live: shown {} from now", seconds(-difference)),
        ),
        Verdict::NotLive {
            difference_seconds: Some(difference),
        } => (
            Tone::Bad,
            format!(
                "genuine, not live: made for a moment {} ago, and a code lives 75 s",
                seconds(difference)
            ),
        ),
        Verdict::NotLive {
            difference_seconds: None,
        } => (
            Tone::Careful,
            "genuine, not live: the phone that shows it does not know the time".to_owned(),
        ),
        Verdict::Genuine => (Tone::Careful, "genuine".to_owned()),
    }
}

/// What else the collector should know.
fn notes(checked: &Checked) -> Vec<String> {
    let flags = &checked.flags;
    let mut notes = Vec::new();
    if flags.sandbox {
        notes.push("sandbox: an invented person, of no value outside a demonstration".to_owned());
    }
    match flags.trust_age {
        Freshness::Current => {}
        Freshness::NotCurrent => notes.push("the trust list is more than 2 hours old".to_owned()),
        Freshness::Unchecked => {
            notes.push("the trust list is more than a day old: fetch a new one".to_owned());
        }
    }
    match flags.recall_age {
        Freshness::Current => {}
        Freshness::NotCurrent => notes.push("the recall list is more than 2 hours old".to_owned()),
        Freshness::Unchecked => notes.push(
            "recalls are unchecked: there is no recall list, or it is more than a day old"
                .to_owned(),
        ),
    }
    if flags.seen_recently {
        notes.push("the same code was seen within the last 75 seconds".to_owned());
    }
    notes
}

/// A length of time as a person says it.
fn seconds(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// Label and value of everything that a code shows, for the screen.
pub(crate) fn facts(shown: &Shown, zone: &TimeZone) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("colour", words::colour(shown.colour)),
        ("name", shown.name.to_string()),
        ("document", shown.document.display()),
    ];
    if shown.kind != Kind::SelfCode {
        facts.push(("of", kind(shown.kind).to_owned()));
    }
    for member in &shown.members {
        facts.push((
            "member",
            format!(
                "{}, {}, {}",
                words::colour(member.colour),
                member.name,
                member.document.display()
            ),
        ));
    }
    if let Some(tiles) = &shown.tiles {
        facts.push(("last test", test_age(tiles).to_owned()));
        facts.push(("vaccination", vaccination(tiles).to_owned()));
    }
    facts.push(("hour", words::time(shown.hour.start(), zone)));
    facts.push((
        "issued by",
        format!("{}, profile {}", shown.region, shown.profile),
    ));
    facts
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::SelfCode => "the holder",
        Kind::Ward => "somebody in the holder's care",
        Kind::Group => "a group",
    }
}

fn test_age(tiles: &Tiles) -> &'static str {
    match tiles.test_age {
        TestAge::None => "none known",
        TestAge::Within24h => "within 24 hours, negative",
        TestAge::Within48h => "within 48 hours, negative",
        TestAge::Within72h => "within 72 hours, negative",
        TestAge::Older => "older than 72 hours",
    }
}

fn vaccination(tiles: &Tiles) -> &'static str {
    match tiles.vaccination {
        VaccinationStatus::Unknown => "none known",
        VaccinationStatus::Partial => "begun",
        VaccinationStatus::Full => "complete",
        VaccinationStatus::Booster => "complete, with booster",
    }
}

/// The same for programs.
pub(crate) fn to_json(
    judgement: &Judgement,
    checked: &Checked,
    admission: Option<&Admission>,
) -> Value {
    let (difference, since, until) = match checked.verdict {
        Verdict::NotLive { difference_seconds } => (difference_seconds, None, None),
        Verdict::Expired { since_seconds } => (None, Some(since_seconds), None),
        Verdict::NotYetValid { in_seconds } => (None, None, Some(in_seconds)),
        _ => (None, None, None),
    };
    let shown = checked.shown.as_ref().map(|shown| {
        json!({
            "kind": shown.kind.code(),
            "colour": shown.colour,
            "name": shown.name.as_str(),
            "document": shown.document.display(),
            "members": shown.members.iter().map(|member| json!({
                "colour": member.colour,
                "name": member.name.as_str(),
                "document": member.document.display(),
            })).collect::<Vec<_>>(),
            "tiles": shown.tiles,
            "hour": shown.hour.start(),
            "region": shown.region.as_str(),
            "profile": shown.profile.as_str(),
        })
    });
    json!({
        "accepted": judgement.accepted,
        "verdict": checked.verdict.code(),
        "difference_seconds": difference,
        "expired_since_seconds": since,
        "valid_in_seconds": until,
        "flags": {
            "trust_age": checked.flags.trust_age.code(),
            "recall_age": checked.flags.recall_age.code(),
            "clock_in_doubt": checked.flags.clock_in_doubt,
            "seen_recently": checked.flags.seen_recently,
            "sandbox": checked.flags.sandbox,
        },
        "shown": shown,
        "admission": admission,
        "why": judgement.headline,
        "say": judgement.sentence.say,
        "say_in_english": judgement.sentence.say_in_english,
        "do": judgement.sentence.act,
    })
}
