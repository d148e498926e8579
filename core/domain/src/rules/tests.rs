//! Stories: evidence told in local time, and the colour that follows.

mod engine;
mod packs;
mod properties;
mod regions;
mod zhejiang;

use jiff::Timestamp;
use jiff::civil::DateTime;

use super::*;
use crate::colour::Colour;
use crate::evidence::{
    AuthorityId, CaseId, ContactDegree, Evidence, EvidenceId, EvidenceKind, GroundCode,
    InfectionStatus, IsolationForm, Origin, RiskLevel, TestResult,
};
use crate::reason::Reason;
use crate::region::{AreaCode, RegionCode};

pub(super) fn pack(region: &str) -> RulePack {
    RulePack::parse(built_in_pack(&RegionCode::new(region).unwrap()).unwrap()).unwrap()
}

/// A time in Asia/Shanghai, such as `08-01 09:30` of the year 2020.
pub(super) fn time(text: &str) -> Timestamp {
    let local: DateTime = format!("2020-{}:00", text.replace(' ', "T"))
        .parse()
        .unwrap();
    local
        .to_zoned(crate::zone::named("Asia/Shanghai").unwrap())
        .unwrap()
        .timestamp()
}

fn local(at: Timestamp) -> String {
    at.to_zoned(crate::zone::named("Asia/Shanghai").unwrap())
        .strftime("%m-%d %H:%M")
        .to_string()
}

/// One person's evidence, and the pack that reads it.
pub(super) struct Story {
    pub(super) pack: RulePack,
    pub(super) evidence: Vec<Evidence>,
}

impl Story {
    pub(super) fn in_region(region: &str) -> Self {
        Self {
            pack: pack(region),
            evidence: Vec::new(),
        }
    }

    /// Evidence that is recorded as it occurs.
    pub(super) fn with(self, when: &str, kind: EvidenceKind) -> Self {
        self.recorded(when, when, Origin::Finding, kind)
    }

    pub(super) fn declared(self, when: &str, kind: EvidenceKind) -> Self {
        self.recorded(when, when, Origin::Declaration, kind)
    }

    pub(super) fn recorded(
        mut self,
        occurred: &str,
        recorded: &str,
        origin: Origin,
        kind: EvidenceKind,
    ) -> Self {
        let item = Evidence {
            id: id(u8::try_from(self.evidence.len()).unwrap() + 1),
            occurred_at: time(occurred),
            recorded_at: time(recorded),
            case_id: CaseId::new("case-1").unwrap(),
            authority: AuthorityId::new("hangzhou-cdc").unwrap(),
            origin,
            kind,
        };
        assert_eq!(item.check(), Ok(()));
        self.evidence.push(item);
        self
    }

    pub(super) fn evaluate(&self, when: &str) -> Evaluation {
        evaluate(&self.pack, &self.evidence, time(when))
    }

    pub(super) fn colour(&self, when: &str) -> Colour {
        self.evaluate(when).colour()
    }

    pub(super) fn reasons(&self, when: &str) -> Vec<Reason> {
        self.evaluate(when)
            .reasons()
            .iter()
            .map(|statement| statement.reason)
            .collect()
    }

    /// Everything that the passing of time alone does from a time on, one line for each change.
    pub(super) fn timeline(&self, from: &str) -> String {
        let mut lines = Vec::new();
        let mut at = Some(time(from));
        while let Some(now) = at {
            let evaluation = evaluate(&self.pack, &self.evidence, now);
            let reasons: Vec<String> = evaluation
                .reasons()
                .iter()
                .map(|statement| match statement.clears_at {
                    Some(clears_at) => format!("{} until {}", statement.rule, local(clears_at)),
                    None => statement.rule.to_string(),
                })
                .collect();
            lines.push(format!(
                "{} {}: {}",
                local(now),
                evaluation.colour(),
                reasons.join(", ")
            ));
            at = evaluation.next_change_at();
            assert!(lines.len() < 50, "time never settles");
        }
        lines.join("\n")
    }
}

pub(super) fn id(number: u8) -> EvidenceId {
    EvidenceId::from_bytes([number; 16])
}

fn area() -> AreaCode {
    AreaCode::new("110106").unwrap()
}

fn ground() -> GroundCode {
    GroundCode::new("ZJ-2020-4").unwrap()
}

pub(super) fn test(result: TestResult) -> EvidenceKind {
    EvidenceKind::NucleicAcidTest { result }
}

pub(super) fn infection(status: InfectionStatus) -> EvidenceKind {
    EvidenceKind::Infection { status }
}

pub(super) fn contact(degree: ContactDegree) -> EvidenceKind {
    EvidenceKind::Contact { degree }
}

pub(super) fn order(form: IsolationForm, until: &str) -> EvidenceKind {
    EvidenceKind::IsolationOrder {
        form,
        until: format!("2020-{until}").parse().unwrap(),
    }
}

pub(super) fn completed(form: IsolationForm) -> EvidenceKind {
    EvidenceKind::IsolationCompleted { form }
}

pub(super) fn abroad(left_at: &str) -> EvidenceKind {
    EvidenceKind::StayAbroad {
        left_at: time(left_at),
    }
}

pub(super) fn lives_in(level: RiskLevel) -> EvidenceKind {
    EvidenceKind::ResidenceInRiskArea {
        level,
        area: area(),
        test_required: true,
    }
}

pub(super) fn fever(fever: bool, epidemic_history: bool) -> EvidenceKind {
    EvidenceKind::Symptom {
        fever,
        epidemic_history,
    }
}

pub(super) fn assessed(level: RiskLevel, verified: bool) -> EvidenceKind {
    EvidenceKind::RiskAssessment {
        level,
        verified_by: verified.then(|| AreaCode::new("140105").unwrap()),
    }
}

pub(super) fn decided(colour: Colour, until: Option<&str>) -> EvidenceKind {
    EvidenceKind::OtherDecision {
        colour,
        ground: ground(),
        until: until.map(time),
    }
}

pub(super) fn by_hand(colour: Colour, until: Option<&str>) -> EvidenceKind {
    EvidenceKind::ManualDecision {
        colour,
        ground: ground(),
        until: until.map(time),
    }
}

pub(super) fn withdrawn(number: u8) -> EvidenceKind {
    EvidenceKind::Withdrawal {
        of: id(number),
        ground: ground(),
    }
}
