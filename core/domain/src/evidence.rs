//! Dated evidence: the closed list of what departments and holders can put on record about a person.

use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::bounded::{bounded_text, is_reference_byte};
use crate::colour::Colour;
use crate::region::AreaCode;

bounded_text! {
    /// The id of a case at the authority that answers for it; every entry about a person cites one.
    CaseId, what "a case id", longest 64, allowed "A-Z, a-z, 0-9, '-', '_', '.', ':' and '/'", is_reference_byte
}

bounded_text! {
    /// The id of an authority in the platform's list of authorities.
    AuthorityId, what "an authority id", longest 64, allowed "A-Z, a-z, 0-9, '-', '_', '.', ':' and '/'", is_reference_byte
}

bounded_text! {
    /// The written ground of a decision: its number or its place in a published list, never free text about a person.
    GroundCode, what "the ground of a decision", longest 64, allowed "A-Z, a-z, 0-9, '-', '_', '.', ':' and '/'", is_reference_byte
}

/// A text is not the id of a piece of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("use 32 lower-case hexadecimal digits as an evidence id")]
pub struct EvidenceIdError;

/// The id of one piece of evidence: 16 bytes, shown and stored as hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EvidenceId([u8; 16]);

impl EvidenceId {
    /// An id from bytes, which come from the platform's randomness and never from a document.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl std::fmt::Display for EvidenceId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl std::fmt::Debug for EvidenceId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "EvidenceId({self})")
    }
}

impl std::str::FromStr for EvidenceId {
    type Err = EvidenceIdError;
    fn from_str(text: &str) -> Result<Self, EvidenceIdError> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Ok(byte - b'0'),
            b'a'..=b'f' => Ok(byte - b'a' + 10),
            _ => Err(EvidenceIdError),
        };
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let pairs: &[[u8; 2]; 16] = pairs.try_into().map_err(|_| EvidenceIdError)?;
        if !rest.is_empty() {
            return Err(EvidenceIdError);
        }
        let mut bytes = [0; 16];
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for EvidenceId {
    type Error = EvidenceIdError;
    fn try_from(text: String) -> Result<Self, EvidenceIdError> {
        text.parse()
    }
}

impl From<EvidenceId> for String {
    fn from(id: EvidenceId) -> String {
        id.to_string()
    }
}

/// The result of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TestResult {
    /// Nothing found.
    Negative,
    /// Found.
    Positive,
}

/// The antibody that a test looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Antibody {
    /// Early antibodies.
    Igm,
    /// Late antibodies; vaccination gives them too.
    Igg,
    /// Both together.
    Total,
}

/// Where an infection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum InfectionStatus {
    /// A confirmed case.
    Confirmed,
    /// A suspected case.
    Suspected,
    /// An infected person without symptoms.
    Asymptomatic,
    /// Doctors have ruled an infection out.
    RuledOut,
    /// Cured and discharged.
    Discharged,
    /// Released from observation, never having fallen ill.
    Released,
}

/// How close a contact was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ContactDegree {
    /// With an infected person.
    Close,
    /// With a close contact.
    Secondary,
}

/// The form of isolation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum IsolationForm {
    /// In a central place.
    Central,
    /// Medical observation at home.
    Home,
}

/// A level of risk, of an area or of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RiskLevel {
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
}

/// How a person is connected with an area that a decision names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AreaConnection {
    /// Lived there.
    Residence,
    /// Travelled there.
    Travel,
    /// Was in contact with somebody from there.
    Contact,
}

macro_rules! evidence_kinds {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),* $(,)? }),+ $(,)?) => {
        /// What a piece of evidence says. In JSON the name of the kind stands in `kind`, its fields beside it.
        #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
        #[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
        pub enum EvidenceKind { $($(#[$doc])* $name { $($(#[$field_doc])* $field: $type),* }),+ }

        /// The name of a kind of evidence, without what it says.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum EvidenceKindName { $($(#[$doc])* $name),+ }

        impl EvidenceKindName {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The fields that stand beside `kind` in JSON, in the order of the declaration.
            #[must_use]
            pub const fn fields(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$(stringify!($field)),*]),+ }
            }
        }

        impl EvidenceKind {
            /// The name of this kind.
            #[must_use]
            pub fn name(&self) -> EvidenceKindName {
                match self { $(Self::$name { .. } => EvidenceKindName::$name),+ }
            }
        }
    };
}

evidence_kinds! {
    /// A nucleic acid test; it occurred when the sample was taken.
    NucleicAcidTest {
        /// The result.
        result: TestResult,
    },
    /// An antibody test; it sets no colour by itself.
    AntibodyTest {
        /// The antibody looked for.
        antibody: Antibody,
        /// The result.
        result: TestResult,
    },
    /// The state of an infection.
    Infection {
        /// Where it stands from now on.
        status: InfectionStatus,
    },
    /// Contact with an infection, established by case investigation; it occurred at the last contact.
    Contact {
        /// How close.
        degree: ContactDegree,
    },
    /// An order to isolate, from the time it occurred.
    IsolationOrder {
        /// Where.
        form: IsolationForm,
        /// The last civil day of it, in the region's zone.
        until: Date,
    },
    /// The required isolation or observation is complete.
    IsolationCompleted {
        /// Where.
        form: IsolationForm,
    },
    /// A stay outside the country.
    StayAbroad {
        /// When the person left the last foreign place.
        left_at: Timestamp,
    },
    /// Living in an area of risk; it occurred when the person was last there.
    ResidenceInRiskArea {
        /// The level of the area by the national standard.
        level: RiskLevel,
        /// The area.
        area: AreaCode,
        /// Whether the rules require a test of this person.
        test_required: bool,
    },
    /// A connection with a severely affected area that the province took into red management.
    AreaDecision {
        /// The area.
        area: AreaCode,
        /// How the person is connected with it.
        connection: AreaConnection,
        /// The published decision.
        decision: GroundCode,
    },
    /// Fever, or its end.
    Symptom {
        /// Whether there is a fever.
        fever: bool,
        /// Whether the person has an epidemic history, as far as whoever submits knows.
        epidemic_history: bool,
    },
    /// Vaccination; it sets no colour, and shows as a tile.
    Vaccination {
        /// Doses received, 1 to 9.
        doses: u8,
        /// Doses of the full course, 1 to 3.
        course: u8,
    },
    /// A trip; it sets no colour.
    Travel {
        /// Where to.
        area: AreaCode,
    },
    /// An assessment of a person's risk.
    RiskAssessment {
        /// The level.
        level: RiskLevel,
        /// The county that verified it, once one has (Shanxi article 16).
        verified_by: Option<AreaCode>,
    },
    /// A decision on others who must be managed under a colour.
    OtherDecision {
        /// The colour, never green.
        colour: Colour,
        /// Its ground.
        ground: GroundCode,
        /// When it ends by itself.
        until: Option<Timestamp>,
    },
    /// A colour set by an administrator by hand.
    ManualDecision {
        /// The colour, never green: a wrong colour is lifted by withdrawing what set it.
        colour: Colour,
        /// Its ground.
        ground: GroundCode,
        /// When it ends by itself.
        until: Option<Timestamp>,
    },
    /// Takes back an earlier piece of evidence; also how a decision is withdrawn and a code transcoded to green.
    Withdrawal {
        /// What is taken back.
        of: EvidenceId,
        /// Why.
        ground: GroundCode,
    },
}

impl EvidenceKindName {
    /// Whether it is disease-control evidence, which only those who examine people may submit.
    ///
    /// Everything that can hold a red for longer than 48 hours is of such a kind, except a record of the border:
    /// nobody can order isolation or assess a risk for another reason than the epidemic (Shanxi article 4).
    #[must_use]
    pub fn is_disease_control_evidence(self) -> bool {
        matches!(
            self,
            Self::NucleicAcidTest
                | Self::AntibodyTest
                | Self::Infection
                | Self::Contact
                | Self::IsolationOrder
                | Self::AreaDecision
                | Self::RiskAssessment
        )
    }

    /// Whether a holder may declare it about themselves.
    #[must_use]
    pub fn is_declarable(self) -> bool {
        matches!(self, Self::Symptom | Self::Travel)
    }
}

impl EvidenceKind {
    /// Whether it is laboratory or disease-control evidence of a risk, which lets a manual red stand longer.
    #[must_use]
    pub fn is_finding_of_risk(&self) -> bool {
        match self {
            Self::NucleicAcidTest { result } | Self::AntibodyTest { result, .. } => {
                *result == TestResult::Positive
            }
            Self::Infection { status } => {
                matches!(
                    status,
                    InfectionStatus::Confirmed
                        | InfectionStatus::Suspected
                        | InfectionStatus::Asymptomatic
                )
            }
            Self::Contact { .. } => true,
            _ => false,
        }
    }
}

/// Where a piece of evidence comes from.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A department found it.
    #[default]
    Finding,
    /// The holder declared it.
    Declaration,
    /// It was derived from venue visits. It may help an investigation; it never sets or clears a colour.
    VenueVisit,
}

/// One dated piece of evidence about one person, without the person.
///
/// JSON is flat: these fields, plus `kind` and the fields of the kind. What is impossible in itself cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(try_from = "UncheckedEvidence")]
pub struct Evidence {
    /// Its id.
    pub id: EvidenceId,
    /// When it happened: the sample, the last contact, the start of an order.
    pub occurred_at: Timestamp,
    /// When the platform recorded it. An evaluation as of an earlier time does not see it.
    pub recorded_at: Timestamp,
    /// The case that it belongs to.
    pub case_id: CaseId,
    /// Who answers for it.
    pub authority: AuthorityId,
    /// Where it comes from.
    pub origin: Origin,
    /// What it says.
    #[serde(flatten)]
    pub kind: EvidenceKind,
}

/// `deny_unknown_fields` stands on the kind: what these fields leave over is given to it.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
struct UncheckedEvidence {
    id: EvidenceId,
    occurred_at: Timestamp,
    recorded_at: Timestamp,
    case_id: CaseId,
    authority: AuthorityId,
    #[serde(default)]
    origin: Origin,
    #[serde(flatten)]
    kind: EvidenceKind,
}

impl TryFrom<UncheckedEvidence> for Evidence {
    type Error = EvidenceError;
    fn try_from(unchecked: UncheckedEvidence) -> Result<Self, EvidenceError> {
        let UncheckedEvidence {
            id,
            occurred_at,
            recorded_at,
            case_id,
            authority,
            origin,
            kind,
        } = unchecked;
        let evidence = Self {
            id,
            occurred_at,
            recorded_at,
            case_id,
            authority,
            origin,
            kind,
        };
        evidence.check()?;
        Ok(evidence)
    }
}

/// Why a piece of evidence is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EvidenceError {
    /// More than [`Evidence::LONGEST_JSON`] bytes.
    #[error("send one piece of evidence in 4096 bytes of JSON or less")]
    TooLong,
    /// Not the JSON of a piece of evidence. It names the place and never a value.
    #[error("send evidence as JSON with the fields of its kind (line {line}, column {column})")]
    NotEvidence {
        /// The line of the mistake.
        line: usize,
        /// The column of the mistake.
        column: usize,
    },
    /// A time outside the years that can matter.
    #[error("give {field} between 2019-12-01 and 2100-01-01")]
    ImpossibleTime {
        /// The field.
        field: &'static str,
    },
    /// Something that is said to have happened after it was recorded.
    #[error(
        "record evidence after it occurred; only orders and decisions may start up to 30 days later"
    )]
    RecordedBeforeItOccurred,
    /// An isolation order that ends before it starts or lasts beyond reason.
    #[error("let isolation end 0 to 180 days after it starts")]
    IsolationLength,
    /// A decision whose end does not lie after its start.
    #[error("let a decision end after it starts, and within 180 days")]
    DecisionLength,
    /// A decision that would set green.
    #[error("decide on red or yellow; to lift a colour, withdraw the evidence that set it")]
    DecisionForGreen,
    /// A residence in an area of low risk.
    #[error("report residence in medium- or high-risk areas only")]
    AreaOfLowRisk,
    /// Doses that no course has.
    #[error("give 1 to 9 doses and a course of 1 to 3")]
    Doses,
    /// A declaration of something that a holder cannot declare.
    #[error("a holder declares symptoms and travel only")]
    NotDeclarable,
    /// Evidence that withdraws itself.
    #[error("withdraw another piece of evidence, not this one")]
    WithdrawsItself,
}

/// 2019-12-01, before which nothing here can have happened, and 2100-01-01, in Unix seconds.
const POSSIBLE_SECONDS: std::ops::Range<i64> = 1_575_158_400..4_102_444_800;

/// How far clocks of departments may differ from the platform's.
const CLOCK_LEEWAY: SignedDuration = SignedDuration::from_mins(10);

/// How far ahead an order or a decision may start.
const LONGEST_NOTICE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The longest that one order or decision may last.
const LONGEST_DAYS: i64 = 180;

impl Evidence {
    /// The longest JSON of one piece of evidence, in bytes.
    pub const LONGEST_JSON: usize = 4096;

    /// Reads and checks one piece of evidence.
    ///
    /// # Errors
    /// [`EvidenceError`] says what to change and never repeats what was sent.
    pub fn parse(json: &[u8]) -> Result<Self, EvidenceError> {
        if json.len() > Self::LONGEST_JSON {
            return Err(EvidenceError::TooLong);
        }
        let unchecked: UncheckedEvidence =
            serde_json::from_slice(json).map_err(|error| EvidenceError::NotEvidence {
                line: error.line(),
                column: error.column(),
            })?;
        unchecked.try_into()
    }

    /// Checks everything that the types leave open.
    ///
    /// # Errors
    /// [`EvidenceError`] for the first thing that is wrong.
    pub fn check(&self) -> Result<(), EvidenceError> {
        check_time("occurred_at", self.occurred_at)?;
        check_time("recorded_at", self.recorded_at)?;
        let notice = self.recorded_at.duration_until(self.occurred_at);
        let longest_notice = match self.kind {
            EvidenceKind::IsolationOrder { .. }
            | EvidenceKind::OtherDecision { .. }
            | EvidenceKind::ManualDecision { .. }
            | EvidenceKind::AreaDecision { .. } => LONGEST_NOTICE,
            _ => CLOCK_LEEWAY,
        };
        if notice > longest_notice {
            return Err(EvidenceError::RecordedBeforeItOccurred);
        }
        if self.origin == Origin::Declaration && !self.kind.name().is_declarable() {
            return Err(EvidenceError::NotDeclarable);
        }
        self.check_kind()
    }

    fn check_kind(&self) -> Result<(), EvidenceError> {
        match &self.kind {
            EvidenceKind::IsolationOrder { until, .. } => {
                // Zones differ by a day at most, so the exact day is left to the engine, which knows the zone.
                let starts = jiff::tz::TimeZone::UTC.to_datetime(self.occurred_at).date();
                let days = (*until - starts).get_days();
                if !(-1..=LONGEST_DAYS).contains(&i64::from(days)) {
                    return Err(EvidenceError::IsolationLength);
                }
            }
            EvidenceKind::StayAbroad { left_at } => {
                check_time("left_at", *left_at)?;
                if self.recorded_at.duration_until(*left_at) > CLOCK_LEEWAY {
                    return Err(EvidenceError::RecordedBeforeItOccurred);
                }
            }
            EvidenceKind::ResidenceInRiskArea {
                level: RiskLevel::Low,
                ..
            } => {
                return Err(EvidenceError::AreaOfLowRisk);
            }
            EvidenceKind::Vaccination { doses, course }
                if !(1..=9).contains(doses) || !(1..=3).contains(course) =>
            {
                return Err(EvidenceError::Doses);
            }
            EvidenceKind::OtherDecision { colour, until, .. }
            | EvidenceKind::ManualDecision { colour, until, .. } => {
                if *colour == Colour::GREEN {
                    return Err(EvidenceError::DecisionForGreen);
                }
                if let Some(until) = until {
                    let lasts = self.occurred_at.duration_until(*until);
                    if !lasts.is_positive() || lasts > SignedDuration::from_hours(LONGEST_DAYS * 24)
                    {
                        return Err(EvidenceError::DecisionLength);
                    }
                }
            }
            EvidenceKind::Withdrawal { of, .. } if *of == self.id => {
                return Err(EvidenceError::WithdrawsItself);
            }
            _ => {}
        }
        Ok(())
    }
}

fn check_time(field: &'static str, time: Timestamp) -> Result<(), EvidenceError> {
    if POSSIBLE_SECONDS.contains(&time.as_second()) {
        Ok(())
    } else {
        Err(EvidenceError::ImpossibleTime { field })
    }
}

/// What an evaluation as of a time may look at: recorded by then, not withdrawn, not from visits.
///
/// A withdrawal cannot itself be withdrawn; submit the evidence again instead.
pub(crate) fn known(evidence: &[Evidence], at: Timestamp) -> Vec<&Evidence> {
    let recorded = || evidence.iter().filter(|item| item.recorded_at <= at);
    let withdrawn: std::collections::BTreeSet<EvidenceId> = recorded()
        .filter_map(|item| match &item.kind {
            EvidenceKind::Withdrawal { of, .. } if item.origin == Origin::Finding => Some(*of),
            _ => None,
        })
        .collect();
    recorded()
        .filter(|item| item.origin != Origin::VenueVisit && !withdrawn.contains(&item.id))
        .collect()
}

#[cfg(test)]
mod tests;
