//! `liangma rules explain`: the colour that evidence gives, why, and what clears it.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use liangma_domain::evidence::{Evidence, EvidenceError, EvidenceKindName};
use liangma_domain::region::RegionCode;
use liangma_domain::rules::{
    ExplainedReason, Explanation, RulePack, built_in_pack, evaluate, explain,
};
use liangma_domain::zone;
use liangma_screens::Words;
use serde::Deserialize as _;
use serde_json::{Map, Value};

use crate::Outcome;
use crate::arguments::{ExplainArguments, RulesArguments, RulesCommand};
use crate::commands::check::built_in_words;
use crate::failure::{Failure, OrFail as _};
use crate::{output, words};

/// The longest evidence file.
const FILE_LIMIT: u64 = 4 * 1024 * 1024;
/// The most pieces of evidence in one file.
const COUNT_LIMIT: usize = 1_000;
/// The regions whose packs are built in.
const REGIONS: &str = "zhejiang, guangxi, shanxi, shandong";

/// Runs a question to the rules.
pub(crate) fn run(arguments: &RulesArguments) -> Outcome {
    match &arguments.command {
        RulesCommand::Explain(explain) => run_explain(explain),
    }
}

fn run_explain(arguments: &ExplainArguments) -> Outcome {
    let pack = pack(&arguments.region)?;
    let evidence = read_evidence(&arguments.evidence)?;
    let at = arguments.at.unwrap_or_else(Timestamp::now);
    let evaluation = evaluate(&pack, &evidence, at);
    let explanation = explain(&pack, &evaluation).or_fail(
        "the rules could not explain their own answer",
        "this is a mistake in the program; please report it",
    )?;
    if arguments.json {
        let answer = serde_json::to_string(&explanation).or_fail(
            "the answer could not be written as JSON",
            "this is a mistake in the program; please report it",
        )?;
        output::line(answer);
    } else {
        tell(&pack, &evidence, &explanation, &built_in_words()?);
    }
    Ok(ExitCode::SUCCESS)
}

fn pack(region: &str) -> Result<RulePack, Failure> {
    let code = RegionCode::new(region).or_unreadable(
        "the region is not a region code",
        format_args!("use one of {REGIONS}"),
    )?;
    let bytes = built_in_pack(&code).ok_or_else(|| {
        Failure::unreadable(
            format!("there is no rule pack for the region {code}"),
            format!("use one of {REGIONS}"),
        )
    })?;
    RulePack::parse(bytes).or_fail(
        format_args!("the built-in rule pack of {code} does not hold together"),
        "this is a mistake in the program; please report it",
    )
}

/// Reads a JSON array of evidence, filling in what a department's system would.
fn read_evidence(path: &Path) -> Result<Vec<Evidence>, Failure> {
    let standard_input = path == Path::new("-");
    let name = if standard_input {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    };
    let mut bytes = Vec::new();
    let read = if standard_input {
        std::io::stdin()
            .lock()
            .take(FILE_LIMIT + 1)
            .read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(FILE_LIMIT + 1).read_to_end(&mut bytes))
    };
    read.or_unreadable(
        format_args!("could not read the evidence from {name}"),
        "check the file name, or give - for standard input",
    )?;
    if bytes.len() as u64 > FILE_LIMIT {
        return Err(Failure::unreadable(
            format!(
                "the evidence in {name} is longer than {} MiB",
                FILE_LIMIT / 1024 / 1024
            ),
            "give the evidence of one person only",
        ));
    }
    // The detail names a place, never a value: what stands in such a file may be about somebody.
    let entries: Vec<Map<String, Value>> = serde_json::from_slice(&bytes).map_err(|error| {
        Failure::unreadable(
            format!(
                "{name} is not a JSON array of evidence (line {}, column {})",
                error.line(),
                error.column()
            ),
            "begin with an example from simulator/examples, such as fever.json",
        )
    })?;
    if entries.len() > COUNT_LIMIT {
        return Err(Failure::unreadable(
            format!("{name} holds more than {COUNT_LIMIT} pieces of evidence"),
            "give the evidence of one person only",
        ));
    }
    entries
        .into_iter()
        .enumerate()
        .map(|(position, entry)| read_entry(entry, position, &name))
        .collect()
}

/// Reads one entry. What an example may leave out is filled in: its id from its place, recorded when
/// it occurred, and a case and an authority called `example`.
fn read_entry(
    mut entry: Map<String, Value>,
    position: usize,
    name: &str,
) -> Result<Evidence, Failure> {
    let number = position + 1;
    if let Some(occurred) = entry.get("occurred_at").cloned() {
        entry.entry("recorded_at").or_insert(occurred);
    }
    entry
        .entry("id")
        .or_insert_with(|| Value::String(format!("{number:032x}")));
    for field in ["case_id", "authority"] {
        entry
            .entry(field)
            .or_insert_with(|| Value::String("example".to_owned()));
    }
    let advice = how_to_write(entry.get("kind"));
    let json = Value::Object(entry).to_string();
    match Evidence::parse(json.as_bytes()) {
        Ok(evidence) => Ok(evidence),
        // Lines and columns would be those of our own copy, so that the number of the entry says where.
        Err(EvidenceError::NotEvidence { .. }) => Err(Failure::unreadable(
            format!("entry {number} of {name} is not a whole piece of evidence"),
            advice,
        )),
        Err(error) => Err(Failure::unreadable(
            format!("entry {number} of {name} is refused"),
            "change the entry as the line above says",
        )
        .because(&error)),
    }
}

/// Which fields an entry of this kind has, or which kinds there are. What was given is not repeated.
fn how_to_write(kind: Option<&Value>) -> String {
    let known = kind.and_then(|kind| EvidenceKindName::deserialize(kind).ok());
    match known {
        Some(kind) => format!(
            "give occurred_at and the fields of {}: {}; nothing else belongs there",
            words::snake_name(&kind),
            kind.fields().join(", ")
        ),
        None => format!(
            "give kind as one of {}, with occurred_at and the fields of that kind",
            EvidenceKindName::ALL
                .iter()
                .map(words::snake_name)
                .collect::<Vec<_>>()
                .join(", ")
        ),
    }
}

fn tell(pack: &RulePack, evidence: &[Evidence], explanation: &Explanation, said: &Words) {
    // A pack that was parsed names a zone that is known.
    let zone = &zone::named(pack.zone_name()).unwrap_or(TimeZone::UTC);
    let at = explanation.evaluated_at;
    output::heading(format_args!(
        "The rules of {}, version {}, at {}",
        explanation.region,
        explanation.rule_version,
        words::time(at, zone)
    ));
    output::aside(format_args!(
        "{}, {}",
        explanation.document.title, explanation.document.issuer
    ));
    output::gap();
    output::line("Evidence");
    if evidence.is_empty() {
        output::detail("none was given");
    }
    for item in evidence {
        let later = if item.recorded_at > at {
            ", not known yet at that time"
        } else {
            ""
        };
        output::entry(
            &words::time(item.occurred_at, zone),
            format_args!(
                "{}, {}{later}",
                words::evidence(&item.kind),
                words::source(item)
            ),
        );
    }
    output::gap();
    output::line("Colour");
    output::mark(
        words::tone(explanation.colour),
        words::colour(explanation.colour),
    );
    output::gap();
    output::line("Why this colour (为什么是这个颜色)");
    for reason in &explanation.reasons {
        tell_reason(zone, reason, said);
    }
    output::gap();
    match explanation.next_change_at {
        Some(change) => output::line(format_args!(
            "With no new evidence the next change is at {}.",
            words::time(change, zone)
        )),
        None => output::line("With no new evidence nothing changes."),
    }
}

fn tell_reason(zone: &TimeZone, reason: &ExplainedReason, said: &Words) {
    let since = reason
        .since
        .map(|since| format!(", since {}", words::time(since, zone)))
        .unwrap_or_default();
    output::mark(
        words::tone(reason.colour),
        format_args!("{}{since}", words::reason(said, reason.reason)),
    );
    output::aside(format_args!(
        "  rule {}, {}: {}",
        reason.rule, reason.source.place, reason.source.sentence
    ));
    if let Some(reading) = &reason.source.own_reading {
        output::aside(format_args!("  our reading: {reading}"));
    }
    if let Some(ways) = words::clearings(said, &reason.cleared_by) {
        output::detail(format_args!("  what clears it (怎样恢复): {ways}"));
    }
    if let Some(clears_at) = reason.clears_at {
        output::detail(format_args!(
            "  by itself at {}, if nothing else is reported",
            words::time(clears_at, zone)
        ));
    }
}
