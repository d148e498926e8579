//! English words for what the domain decides, with the Chinese terms that stand on the card.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use liangma_card::Language;
use liangma_domain::colour::Colour;
use liangma_domain::evidence::{
    ContactDegree, Evidence, EvidenceKind, InfectionStatus, IsolationForm, Origin, RiskLevel,
    TestResult,
};
use liangma_domain::profile::Measure;
use liangma_domain::reason::Reason;
use liangma_domain::rules::Clearing;
use liangma_screens::Words;
use serde::Serialize;
use serde_json::Value;

use crate::output::Tone;

/// A colour as it is called on the card.
pub(crate) fn colour(colour: Colour) -> String {
    match colour {
        Colour::GREEN => "green (绿码)".to_owned(),
        Colour::YELLOW => "yellow (黄码)".to_owned(),
        Colour::RED => "red (红码)".to_owned(),
        other => format!("{other} (a colour that the profile adds)"),
    }
}

/// The tone of a colour on a terminal.
pub(crate) fn tone(colour: Colour) -> Tone {
    match colour {
        Colour::GREEN => Tone::Good,
        Colour::YELLOW => Tone::Careful,
        _ => Tone::Bad,
    }
}

/// A reason, in the words that the phone's screens have for it.
pub(crate) fn reason(words: &Words, reason: Reason) -> String {
    inside(&words.reason(Language::En, reason))
}

/// Everything that clears a reason, each way by itself; `None` when there is none.
pub(crate) fn clearings(words: &Words, ways: &[Clearing]) -> Option<String> {
    let ways: Vec<String> = ways
        .iter()
        .map(|way| inside(&words.clearing(Language::En, *way)))
        .collect();
    (!ways.is_empty()).then(|| ways.join("; or "))
}

/// A text as it stands inside a sentence: it begins small.
fn inside(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_lowercase);
    first.chain(letters).collect()
}

/// What a place asks for.
pub(crate) fn measure(measure: Measure) -> &'static str {
    match measure {
        Measure::WearMask => "wear a mask all the way",
        Measure::TakeTemperature => "take the temperature",
        Measure::ShowIdentityDocument => "show the identity document",
        Measure::RegisterOnPaper => "write the visit into the paper register",
        Measure::ShowNegativeTest => "show a recent negative test",
        Measure::TestAtServicePoint => "take a test at a local service point",
        Measure::SeparateEntrance => "use the separate entrance",
        Measure::ReportToHealth => "tell the local health authority",
        Measure::PointToPointTransport => "be taken from point to point, not by public means",
        Measure::ClosedManagement => "stay under closed management all the way",
    }
}

/// A piece of evidence in few words.
pub(crate) fn evidence(kind: &EvidenceKind) -> String {
    let result = |result: TestResult| match result {
        TestResult::Negative => "negative",
        TestResult::Positive => "positive",
    };
    let form = |form: IsolationForm| match form {
        IsolationForm::Central => "central isolation",
        IsolationForm::Home => "home observation",
    };
    let level = |level: RiskLevel| match level {
        RiskLevel::Low => "low",
        RiskLevel::Medium => "medium",
        RiskLevel::High => "high",
    };
    match kind {
        EvidenceKind::NucleicAcidTest { result: found } => {
            format!("{} nucleic acid test", result(*found))
        }
        EvidenceKind::AntibodyTest { result: found, .. } => {
            format!("{} antibody test", result(*found))
        }
        EvidenceKind::Infection { status } => match status {
            InfectionStatus::Confirmed => "infection confirmed",
            InfectionStatus::Suspected => "infection suspected",
            InfectionStatus::Asymptomatic => "infection without symptoms",
            InfectionStatus::RuledOut => "infection ruled out",
            InfectionStatus::Discharged => "cured and discharged",
            InfectionStatus::Released => "released from observation in hospital",
        }
        .to_owned(),
        EvidenceKind::Contact {
            degree: ContactDegree::Close,
        } => "close contact with an infected person".to_owned(),
        EvidenceKind::Contact {
            degree: ContactDegree::Secondary,
        } => "contact with a close contact".to_owned(),
        EvidenceKind::IsolationOrder {
            form: ordered,
            until,
        } => {
            format!("{} ordered until {until}", form(*ordered))
        }
        EvidenceKind::IsolationCompleted { form: ordered } => {
            format!("{} complete", form(*ordered))
        }
        EvidenceKind::StayAbroad { .. } => "stay abroad".to_owned(),
        EvidenceKind::ResidenceInRiskArea {
            level: risk,
            test_required,
            ..
        } => {
            let test = if *test_required {
                ", test required"
            } else {
                ""
            };
            format!("living in a {}-risk area{test}", level(*risk))
        }
        EvidenceKind::AreaDecision { .. } => {
            "connection with an area under a provincial decision".to_owned()
        }
        EvidenceKind::Symptom { fever: true, .. } => "fever".to_owned(),
        EvidenceKind::Symptom { fever: false, .. } => "no fever".to_owned(),
        EvidenceKind::Vaccination { doses, course } => {
            format!("vaccination, {doses} of a course of {course}")
        }
        EvidenceKind::Travel { .. } => "trip".to_owned(),
        EvidenceKind::RiskAssessment { level: risk, .. } => {
            format!("assessed at {} risk", level(*risk))
        }
        EvidenceKind::OtherDecision { colour, .. } => format!("decision: {colour}"),
        EvidenceKind::ManualDecision { colour, .. } => format!("decision by hand: {colour}"),
        EvidenceKind::Withdrawal { .. } => "withdrawal of earlier evidence".to_owned(),
    }
}

/// Where a piece of evidence comes from.
pub(crate) fn source(evidence: &Evidence) -> String {
    match evidence.origin {
        Origin::Finding => format!("reported by {}", evidence.authority),
        Origin::Declaration => "declared by the person".to_owned(),
        Origin::VenueVisit => "from venue visits, which never set a colour".to_owned(),
    }
}

/// A time in a zone, to the minute, with the zone's offset.
pub(crate) fn time(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone())
        .strftime("%Y-%m-%d %H:%M %:z")
        .to_string()
}

/// The name of a value of a closed list, as it is written in JSON and on the command line.
pub(crate) fn snake_name<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(name)) => name,
        _ => String::new(),
    }
}
