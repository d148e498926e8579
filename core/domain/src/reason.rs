//! The closed list of lawful reasons for a colour.

use serde::{Deserialize, Serialize};

/// Why a code has its colour. A colour without one of these cannot be built.
///
/// The list is closed on purpose: there is no reason here that is not about the epidemic
/// (Guangxi article 22, Shanxi article 4), so no pack and no administrator can name another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// Nothing on record sets another colour.
    NoRiskFound,
    /// A confirmed case.
    ConfirmedCase,
    /// A suspected case.
    SuspectedCase,
    /// An infection without symptoms.
    AsymptomaticInfection,
    /// A positive test that nobody has classified yet.
    PositiveTest,
    /// Cured and discharged, in the time of convalescence.
    Convalescence,
    /// A close contact of an infected person.
    CloseContact,
    /// A contact of a close contact.
    SecondaryContact,
    /// Lived abroad within the days that count.
    ArrivedFromAbroad,
    /// Isolation in a central place, by order.
    OrderedIsolation,
    /// Medical observation at home.
    HomeObservation,
    /// Fever.
    Fever,
    /// Lives in a medium-risk area and is due a test.
    LivesInMediumRiskArea,
    /// Lives in a high-risk area and is due a test.
    LivesInHighRiskArea,
    /// A test is due.
    TestDue,
    /// Has been to, or in touch with, a severely affected area that the province took into red.
    SevereAreaDecision,
    /// Assessed as high risk.
    AssessedHighRisk,
    /// Assessed as medium risk.
    AssessedMediumRisk,
    /// Others who must be managed as red.
    OtherRedDecision,
    /// Others who must be managed as yellow.
    OtherYellowDecision,
    /// An administrator changed the colour by hand.
    ManualDecision,
}

impl Reason {
    /// Every reason, in the order of the list.
    pub const ALL: &'static [Self] = &[
        Self::NoRiskFound,
        Self::ConfirmedCase,
        Self::SuspectedCase,
        Self::AsymptomaticInfection,
        Self::PositiveTest,
        Self::Convalescence,
        Self::CloseContact,
        Self::SecondaryContact,
        Self::ArrivedFromAbroad,
        Self::OrderedIsolation,
        Self::HomeObservation,
        Self::Fever,
        Self::LivesInMediumRiskArea,
        Self::LivesInHighRiskArea,
        Self::TestDue,
        Self::SevereAreaDecision,
        Self::AssessedHighRisk,
        Self::AssessedMediumRisk,
        Self::OtherRedDecision,
        Self::OtherYellowDecision,
        Self::ManualDecision,
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_names_of_reasons_do_not_change() {
        insta::assert_json_snapshot!(Reason::ALL);
    }

    #[test]
    fn a_reason_outside_the_list_cannot_be_read() {
        assert!(serde_json::from_str::<Reason>(r#""petition""#).is_err());
        assert!(serde_json::from_str::<Reason>("0").is_err());
    }
}
