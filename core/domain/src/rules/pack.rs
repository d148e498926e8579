//! A rule pack as it stands in its file, and everything that makes one refused.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::authority::{AuthorityKind, SubmissionTable};
use crate::bounded::{bounded_text, is_name_byte};
use crate::colour::{Colour, ColourEntry, ColourRegistry};
use crate::evidence::{ContactDegree, EvidenceKindName, InfectionStatus, IsolationForm, RiskLevel};
use crate::policy::{PolicyError, Source, SourceDocument, check_range, read_own_json, zone};
use crate::reason::Reason;
use crate::region::RegionCode;
use crate::rules::{Clearing, CountedFrom, RuleId};

bounded_text! {
    /// The name of a rule pack, such as `zhejiang-2020`.
    PackName, what "a pack name", longest 48, allowed "a-z, 0-9, '-', '_' and '.'", is_name_byte
}

/// How people under a rule are managed (Zhejiang second part). It is shown, and decides nothing here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Management {
    /// Treated in a designated medical institution.
    TreatedInHospital,
    /// Observed in a designated medical institution.
    ObservedInHospital,
    /// Isolated centrally or observed at home.
    IsolatedOrObserved,
    /// Isolated centrally.
    IsolatedCentrally,
    /// Observed at home.
    ObservedAtHome,
    /// Tested.
    Tested,
}

/// What evidence a rule looks for.
///
/// There is no trigger for visits, travel, vaccination or antibodies: no pack can make them set a colour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "evidence", rename_all = "snake_case", deny_unknown_fields)]
pub enum Trigger {
    /// An infection that stands at one of these.
    Infection {
        /// The states.
        status: Vec<InfectionStatus>,
    },
    /// A positive nucleic acid test.
    PositiveTest {},
    /// A contact.
    Contact {
        /// How close.
        degree: ContactDegree,
    },
    /// An order to isolate.
    IsolationOrder {
        /// Where.
        form: IsolationForm,
    },
    /// A stay abroad.
    StayAbroad {},
    /// The time of home observation that follows a stay abroad: it starts when these days since leaving have passed
    /// and central isolation is over.
    AfterStayAbroad {
        /// Whole civil days since leaving.
        days: u16,
    },
    /// Living in a risk area, with a test required.
    ResidenceInRiskArea {
        /// The level of the area.
        level: RiskLevel,
    },
    /// A connection with a severely affected area by provincial decision.
    AreaDecision {},
    /// Fever.
    Fever {
        /// With or without an epidemic history: stated with the fever, or on record within the days that count.
        epidemic_history: bool,
    },
    /// An assessment of risk.
    RiskAssessment {
        /// The level.
        level: RiskLevel,
        /// Whether a county must have verified it.
        verified: bool,
    },
    /// A decision on others.
    OtherDecision {},
    /// A colour set by hand.
    ManualDecision {},
}

/// What ends a rule for one piece of evidence. Of several, the first to come ends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "snake_case", deny_unknown_fields)]
pub enum End {
    /// This many whole civil days pass; the day itself is not counted.
    Days {
        /// How many.
        days: u16,
    },
    /// Isolation or observation is complete: the last day of the orders that belong to the evidence passes, or, without
    /// an order, these days; or the authority says that it is complete.
    Isolation {
        /// Days without an order; `None` leaves it open until there is one.
        days_without_order: Option<u16>,
    },
    /// The order itself is complete.
    Order {},
    /// Home observation is complete: the authority says so, or these days pass.
    Observation {
        /// Days.
        days: u16,
    },
    /// A negative test, sampled no more than these civil days before the evidence.
    NegativeTest {
        /// Days before the evidence at which a sample still counts; 0 counts from the evidence on.
        days_before: u16,
    },
    /// The fever ends.
    FeverEnded {},
    /// The infection comes to stand at one of these.
    Infection {
        /// The states.
        status: Vec<InfectionStatus>,
    },
    /// The decision reaches the end that it names.
    DecisionEnds {},
    /// These hours pass without laboratory or disease-control evidence.
    HoursWithoutFinding {
        /// How many.
        hours: u16,
        /// Days before the decision from which such evidence counts.
        days_before: u16,
    },
    /// Whoever decided withdraws the decision. Withdrawing evidence always ends what rests on it; this says so.
    Withdrawn {},
    /// A newer assessment.
    Reassessed {},
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its id, which decisions cite.
    pub id: RuleId,
    /// The sentence that it puts into data.
    pub source: Source,
    /// The evidence that it looks for.
    pub when: Trigger,
    /// The colour that it gives.
    pub colour: Colour,
    /// The reason that it gives.
    pub reason: Reason,
    /// What ends it.
    pub ends: Vec<End>,
    /// How people under it are managed.
    #[serde(default)]
    pub management: Option<Management>,
}

/// The colour of everybody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Otherwise {
    /// Its id.
    pub id: RuleId,
    /// The sentence that it puts into data.
    pub source: Source,
    /// The colour.
    pub colour: Colour,
    /// The reason, which is `no_risk_found`.
    pub reason: Reason,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PackFile {
    format: u32,
    name: PackName,
    region: RegionCode,
    version: u32,
    effective_from: Timestamp,
    zone: String,
    source: SourceDocument,
    colours: Vec<ColourEntry>,
    epidemic_history_days: u16,
    submission: std::collections::BTreeMap<EvidenceKindName, Vec<AuthorityKind>>,
    rules: Vec<Rule>,
    otherwise: Otherwise,
}

/// The colour rules of a region.
#[derive(Debug, Clone, PartialEq)]
pub struct RulePack {
    name: PackName,
    region: RegionCode,
    version: u32,
    effective_from: Timestamp,
    zone_name: String,
    pub(super) zone: TimeZone,
    source: SourceDocument,
    colours: ColourRegistry,
    pub(super) epidemic_history_days: u16,
    submission: SubmissionTable,
    rules: Vec<Rule>,
    otherwise: Otherwise,
}

/// The longest that a colour set by hand stands without laboratory or disease-control evidence, in hours.
const LONGEST_MANUAL_RED: u16 = 48;

/// The most days that any rule counts.
const MOST_DAYS: u32 = 60;

impl RulePack {
    /// Reads a pack from JSON and checks all of it. The signature is checked elsewhere.
    ///
    /// # Errors
    /// [`PolicyError`] names the place in the file and what to do there.
    pub fn parse(json: &[u8]) -> Result<Self, PolicyError> {
        let file: PackFile = read_own_json(json)?;
        check_range("format", file.format, 1..=1)?;
        check_range("version", file.version, 1..=u32::MAX)?;
        check_range(
            "epidemic_history_days",
            file.epidemic_history_days.into(),
            1..=MOST_DAYS,
        )?;
        file.source.check("source")?;
        let zone = zone("zone", &file.zone)?;
        let colours = ColourRegistry::new(file.colours)
            .map_err(|error| PolicyError::inconsistent("colours", error.to_string()))?;
        let submission = SubmissionTable::new(file.submission)
            .map_err(|error| PolicyError::inconsistent("submission", error.to_string()))?;
        check_otherwise(&file.otherwise, &colours)?;
        if file.rules.len() > 128 {
            return Err(PolicyError::inconsistent(
                "rules",
                "write 128 rules or fewer",
            ));
        }
        for (index, rule) in file.rules.iter().enumerate() {
            let path = format!("rules[{index}]");
            let earlier = file.rules.iter().take(index);
            if rule.id == file.otherwise.id || earlier.clone().any(|earlier| earlier.id == rule.id)
            {
                return Err(PolicyError::inconsistent(
                    format!("{path}.id"),
                    "give each rule an id of its own",
                ));
            }
            check_rule(&path, rule, &colours)?;
        }
        Ok(Self {
            name: file.name,
            region: file.region,
            version: file.version,
            effective_from: file.effective_from,
            zone_name: file.zone,
            zone,
            source: file.source,
            colours,
            epidemic_history_days: file.epidemic_history_days,
            submission,
            rules: file.rules,
            otherwise: file.otherwise,
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &PackName {
        &self.name
    }

    /// Its region.
    #[must_use]
    pub fn region(&self) -> &RegionCode {
        &self.region
    }

    /// Its version, which every evaluation cites.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// From when it may be in force.
    #[must_use]
    pub fn effective_from(&self) -> Timestamp {
        self.effective_from
    }

    /// The IANA name of the zone in which it counts days.
    #[must_use]
    pub fn zone_name(&self) -> &str {
        &self.zone_name
    }

    /// The document that it puts into data.
    #[must_use]
    pub fn source(&self) -> &SourceDocument {
        &self.source
    }

    /// The colours that it knows, and which is worse.
    #[must_use]
    pub fn colours(&self) -> &ColourRegistry {
        &self.colours
    }

    /// Its rules, in the order of the file.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule with this id, except the one for everybody else.
    #[must_use]
    pub fn rule(&self, id: &RuleId) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == *id)
    }

    /// The colour of everybody else.
    #[must_use]
    pub fn otherwise(&self) -> &Otherwise {
        &self.otherwise
    }

    /// Whether an authority of this kind may submit evidence of that kind.
    #[must_use]
    pub fn may_submit(&self, authority: AuthorityKind, kind: EvidenceKindName) -> bool {
        self.submission.may_submit(authority, kind)
    }

    /// How many days back the pack counts at most, so that evidence is kept as long.
    #[must_use]
    pub fn days_of_evidence_needed(&self) -> u32 {
        let of_end = |end: &End| match end {
            End::Days { days } | End::Observation { days } => u32::from(*days),
            End::Isolation { days_without_order } => days_without_order.map_or(0, u32::from),
            End::NegativeTest { days_before } | End::HoursWithoutFinding { days_before, .. } => {
                u32::from(*days_before)
            }
            _ => 0,
        };
        let of_rule = |rule: &Rule| {
            let before = match rule.when {
                Trigger::AfterStayAbroad { days } => u32::from(days) + 1,
                _ => 0,
            };
            before + rule.ends.iter().map(of_end).max().unwrap_or(0) + 1
        };
        self.rules
            .iter()
            .map(of_rule)
            .max()
            .unwrap_or(0)
            .max(self.epidemic_history_days.into())
    }
}

fn check_otherwise(otherwise: &Otherwise, colours: &ColourRegistry) -> Result<(), PolicyError> {
    otherwise.source.check("otherwise.source")?;
    if otherwise.reason != Reason::NoRiskFound {
        return Err(PolicyError::inconsistent(
            "otherwise.reason",
            "give no_risk_found to everybody else",
        ));
    }
    if otherwise.colour != colours.mildest() {
        return Err(PolicyError::inconsistent(
            "otherwise.colour",
            "give the mildest colour to everybody else",
        ));
    }
    Ok(())
}

fn check_rule(path: &str, rule: &Rule, colours: &ColourRegistry) -> Result<(), PolicyError> {
    rule.source.check(&format!("{path}.source"))?;
    if !colours.contains(rule.colour) {
        return Err(PolicyError::inconsistent(
            format!("{path}.colour"),
            "use a colour that stands in colours",
        ));
    }
    if rule.colour == colours.mildest() {
        return Err(PolicyError::inconsistent(
            format!("{path}.colour"),
            "leave the mildest colour to otherwise; a rule sets a worse one",
        ));
    }
    if !reason_fits(rule.reason, &rule.when) {
        return Err(PolicyError::inconsistent(
            format!("{path}.reason"),
            format!(
                "give a reason that the evidence shows; {:?} does not follow from it",
                rule.reason
            ),
        ));
    }
    check_trigger(path, &rule.when)?;
    if rule.ends.is_empty() || rule.ends.len() > 8 {
        return Err(PolicyError::inconsistent(
            format!("{path}.ends"),
            "say in 1 to 8 ways what ends it; no colour is without a way out",
        ));
    }
    for (index, end) in rule.ends.iter().enumerate() {
        let path = format!("{path}.ends[{index}]");
        if rule
            .ends
            .iter()
            .take(index)
            .any(|earlier| std::mem::discriminant(earlier) == std::mem::discriminant(end))
        {
            return Err(PolicyError::inconsistent(
                path,
                "name each kind of end once",
            ));
        }
        check_end(&path, end, &rule.when)?;
    }
    if rule.colour != Colour::YELLOW && is_decision(&rule.when) {
        let limited = rule
            .ends
            .iter()
            .any(|end| matches!(end, End::HoursWithoutFinding { hours, .. } if *hours <= LONGEST_MANUAL_RED));
        if !limited {
            return Err(PolicyError::inconsistent(
                format!("{path}.ends"),
                format!(
                    "add hours_without_finding of {LONGEST_MANUAL_RED} or less; a decision alone does not hold a red for longer"
                ),
            ));
        }
    }
    Ok(())
}

fn is_decision(trigger: &Trigger) -> bool {
    matches!(
        trigger,
        Trigger::OtherDecision {} | Trigger::ManualDecision {}
    )
}

fn reason_fits(reason: Reason, trigger: &Trigger) -> bool {
    match trigger {
        Trigger::Infection { status } => {
            !status.is_empty()
                && status.iter().all(|status| {
                    matches!(
                        (status, reason),
                        (InfectionStatus::Confirmed, Reason::ConfirmedCase)
                            | (InfectionStatus::Suspected, Reason::SuspectedCase)
                            | (InfectionStatus::Asymptomatic, Reason::AsymptomaticInfection)
                            | (
                                InfectionStatus::Discharged | InfectionStatus::Released,
                                Reason::Convalescence
                            )
                    )
                })
        }
        Trigger::PositiveTest {} => reason == Reason::PositiveTest,
        Trigger::Contact {
            degree: ContactDegree::Close,
        } => reason == Reason::CloseContact,
        Trigger::Contact {
            degree: ContactDegree::Secondary,
        } => reason == Reason::SecondaryContact,
        Trigger::IsolationOrder {
            form: IsolationForm::Central,
        } => reason == Reason::OrderedIsolation,
        Trigger::IsolationOrder {
            form: IsolationForm::Home,
        } => reason == Reason::HomeObservation,
        Trigger::StayAbroad {} => reason == Reason::ArrivedFromAbroad,
        Trigger::AfterStayAbroad { .. } => reason == Reason::HomeObservation,
        Trigger::ResidenceInRiskArea {
            level: RiskLevel::High,
        } => {
            matches!(reason, Reason::LivesInHighRiskArea | Reason::TestDue)
        }
        Trigger::ResidenceInRiskArea {
            level: RiskLevel::Medium,
        } => {
            matches!(reason, Reason::LivesInMediumRiskArea | Reason::TestDue)
        }
        Trigger::RiskAssessment {
            level: RiskLevel::High,
            ..
        } => reason == Reason::AssessedHighRisk,
        Trigger::RiskAssessment {
            level: RiskLevel::Medium,
            ..
        } => reason == Reason::AssessedMediumRisk,
        Trigger::ResidenceInRiskArea {
            level: RiskLevel::Low,
        }
        | Trigger::RiskAssessment {
            level: RiskLevel::Low,
            ..
        } => false,
        Trigger::AreaDecision {} => reason == Reason::SevereAreaDecision,
        Trigger::Fever { .. } => reason == Reason::Fever,
        Trigger::OtherDecision {} => matches!(
            reason,
            Reason::OtherRedDecision | Reason::OtherYellowDecision
        ),
        Trigger::ManualDecision {} => reason == Reason::ManualDecision,
    }
}

fn check_trigger(path: &str, trigger: &Trigger) -> Result<(), PolicyError> {
    match trigger {
        Trigger::AfterStayAbroad { days } => {
            check_range(&format!("{path}.when.days"), (*days).into(), 1..=MOST_DAYS)
        }
        _ => Ok(()),
    }
}

fn check_end(path: &str, end: &End, trigger: &Trigger) -> Result<(), PolicyError> {
    let days = |name: &str, days: u16, least: u32| {
        check_range(&format!("{path}.{name}"), days.into(), least..=MOST_DAYS)
    };
    let only = |fits: bool, advice: &str| {
        if fits {
            Ok(())
        } else {
            Err(PolicyError::inconsistent(path, advice))
        }
    };
    match end {
        End::Days { days: count } | End::Observation { days: count } => days("days", *count, 1),
        End::Isolation {
            days_without_order: Some(count),
        } => days("days_without_order", *count, 1),
        End::NegativeTest { days_before } => days("days_before", *days_before, 0),
        End::Isolation {
            days_without_order: None,
        }
        | End::Withdrawn {} => Ok(()),
        End::Order {} => only(
            matches!(trigger, Trigger::IsolationOrder { .. }),
            "use order only in a rule on isolation orders",
        ),
        End::FeverEnded {} => only(
            matches!(trigger, Trigger::Fever { .. }),
            "use fever_ended only in a rule on fever",
        ),
        End::Infection { status } => only(
            !status.is_empty(),
            "name at least one state of the infection",
        ),
        End::DecisionEnds {} => only(
            is_decision(trigger),
            "use decision_ends only in a rule on decisions",
        ),
        End::HoursWithoutFinding { hours, days_before } => {
            only(
                is_decision(trigger),
                "use hours_without_finding only in a rule on decisions",
            )?;
            check_range(&format!("{path}.hours"), (*hours).into(), 1..=168)?;
            days("days_before", *days_before, 0)
        }
        End::Reassessed {} => only(
            matches!(trigger, Trigger::RiskAssessment { .. }),
            "use reassessed only in a rule on assessments",
        ),
    }
}

impl Rule {
    /// What can take its reason away, for people to read.
    #[must_use]
    pub fn cleared_by(&self) -> Vec<Clearing> {
        let from = match self.when {
            Trigger::StayAbroad {} => CountedFrom::LeavingAbroad,
            Trigger::AfterStayAbroad { .. } => CountedFrom::EndOfIsolation,
            _ => CountedFrom::Evidence,
        };
        let mut clearings: Vec<Clearing> = Vec::new();
        for end in &self.ends {
            match end {
                End::Days { days } => clearings.push(Clearing::DaysElapsed { days: *days, from }),
                End::Isolation { .. } => clearings.push(Clearing::IsolationCompleted),
                End::Order {} => clearings.push(match self.when {
                    Trigger::IsolationOrder {
                        form: IsolationForm::Home,
                    } => Clearing::ObservationCompleted,
                    _ => Clearing::IsolationCompleted,
                }),
                End::Observation { .. } => clearings.push(Clearing::ObservationCompleted),
                End::NegativeTest { .. } => clearings.push(Clearing::NegativeTest),
                End::FeverEnded {} => clearings.push(Clearing::FeverEnded),
                End::Infection { status } => {
                    clearings.extend(status.iter().filter_map(|status| match status {
                        InfectionStatus::RuledOut => Some(Clearing::InfectionRuledOut),
                        InfectionStatus::Discharged => Some(Clearing::Discharged),
                        InfectionStatus::Released => Some(Clearing::ReleasedFromObservation),
                        // Another kind of case takes its place: no way out.
                        InfectionStatus::Confirmed
                        | InfectionStatus::Suspected
                        | InfectionStatus::Asymptomatic => None,
                    }))
                }
                End::DecisionEnds {} => clearings.push(Clearing::DecisionEnds),
                End::HoursWithoutFinding { hours, .. } => {
                    clearings.push(Clearing::HoursWithoutFinding { hours: *hours });
                }
                End::Withdrawn {} => clearings.push(Clearing::DecisionWithdrawn),
                End::Reassessed {} => clearings.push(Clearing::Reassessed),
            }
        }
        clearings.dedup();
        clearings
    }
}

/// The pack of a region that the program carries, as the JSON that gets signed.
#[must_use]
pub fn built_in_pack(region: &RegionCode) -> Option<&'static [u8]> {
    match region.as_str() {
        "zhejiang" => Some(include_bytes!("../../packs/zhejiang.json")),
        "guangxi" => Some(include_bytes!("../../packs/guangxi.json")),
        "shanxi" => Some(include_bytes!("../../packs/shanxi.json")),
        "shandong" => Some(include_bytes!("../../packs/shandong.json")),
        _ => None,
    }
}
