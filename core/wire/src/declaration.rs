//! Declare health, declare trip, query: what a person says, and what the platform answers.

use jiff::Timestamp;
use liangma_domain::{
    authority::AuthorityKind,
    evidence::{AuthorityId, EvidenceId, Origin},
    rules::Evaluation,
    tiles::Tiles,
};
use serde::{Deserialize, Serialize};

use crate::bytes::FixedBytes;

/// GB/T 38963 *declare health*. `POST`, signed, idempotent.
pub const DECLARE_HEALTH_PATH: &str = "/v1/health-declarations";
/// GB/T 38963 *declare trip*. `POST`, signed, idempotent.
pub const DECLARE_TRIP_PATH: &str = "/v1/trip-declarations";
/// GB/T 38963 *query health information*. `GET`, read token.
pub const QUERY_PATH: &str = "/v1/health";
/// GB/T 38963 *apply for invocation*. `POST`; answers `not_yet`.
pub const INVOCATION_PATH: &str = "/v1/invocations";
/// GB/T 38963 *correct*. `POST`; answers `not_yet`.
pub const CORRECT_PATH: &str = "/v1/corrections";

/// A symptom of the closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Symptom {
    /// A temperature of 37.3 degrees or more, or a feeling of fever.
    Fever,
    /// A cough.
    Cough,
    /// Tiredness.
    Fatigue,
    /// Loss of smell or taste.
    SmellOrTasteLoss,
    /// Difficulty breathing.
    Breathlessness,
}

/// A person declares their health (GB/T 38962: temperature, symptoms, high-risk contact).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HealthDeclaration {
    /// Tenths of a degree Celsius, 340 to 430, where it was taken.
    #[cfg_attr(feature = "openapi", schemars(range(min = 340, max = 430)))]
    #[serde(default, deserialize_with = "crate::whole_number::optional")]
    pub temperature_tenths: Option<u16>,
    /// Each symptom once.
    #[cfg_attr(feature = "openapi", schemars(extend("uniqueItems" = true)))]
    pub symptoms: Vec<Symptom>,
    /// Contact with somebody at high risk in the last 14 days.
    pub high_risk_contact: bool,
    /// When this was so.
    pub observed_at: Timestamp,
}

/// A person declares a trip ("declare on arrival").
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TripDeclaration {
    /// Division left, six digits; `None` when the trip began abroad.
    #[cfg_attr(feature = "openapi", schemars(regex(pattern = "^[0-9]{6}$")))]
    pub from_division: Option<String>,
    /// Country left, three letters of ISO 3166, when the trip began abroad.
    #[cfg_attr(feature = "openapi", schemars(regex(pattern = "^[A-Z]{3}$")))]
    pub from_country: Option<String>,
    /// Division arrived in, six digits.
    #[cfg_attr(feature = "openapi", schemars(regex(pattern = "^[0-9]{6}$")))]
    pub to_division: String,
    /// When the person arrived.
    pub arrived_at: Timestamp,
}

// What a person says of their health and ways is shown by no log line and no failed assertion.
impl std::fmt::Debug for HealthDeclaration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HealthDeclaration([hidden])")
    }
}

impl std::fmt::Debug for TripDeclaration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TripDeclaration([hidden])")
    }
}

/// Names a recorded declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct DeclarationId(pub FixedBytes<8>);

/// A declaration was recorded, and the evaluation renewed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct DeclarationResponse {
    /// The receipt number; the same for the same idempotency key.
    pub declaration: DeclarationId,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// Who answers for one piece of evidence: whom to ask, and who can take it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct EvidenceSource {
    /// The evidence, as the reasons name it.
    pub evidence: EvidenceId,
    /// The authority that answers for it.
    pub authority: AuthorityId,
    /// What kind of office that is; an older platform, or one that knows it no more, says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<AuthorityKind>,
    /// Whether it was found, or declared by the person.
    pub origin: Origin,
}

/// The rule book that the rules in force put into data: the ground of every reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RuleBook {
    /// Its title.
    pub title: String,
    /// Who issued it.
    pub issuer: String,
}

/// What the platform holds about the asker's health, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct HealthResponse {
    /// The colour with its reasons, what clears it and when.
    pub evaluation: Evaluation,
    /// Who answers for the evidence that the reasons rest on; an older platform says nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<EvidenceSource>,
    /// The rule book that every rule named in a reason comes from; an older platform says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule_book: Option<RuleBook>,
    /// Test age and vaccination.
    pub tiles: Tiles,
    /// The region profile that applies.
    pub profile: String,
    /// Version of this answer: rises with every change that the phone must fetch.
    pub version: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_a_declaration_prints_nothing_of_it() {
        let declaration = HealthDeclaration {
            temperature_tenths: Some(389),
            symptoms: vec![Symptom::Fever],
            high_risk_contact: true,
            observed_at: Timestamp::UNIX_EPOCH,
        };
        assert_eq!(format!("{declaration:?}"), "HealthDeclaration([hidden])");
        let trip = TripDeclaration {
            from_division: Some("330106".to_owned()),
            from_country: None,
            to_division: "450103".to_owned(),
            arrived_at: Timestamp::UNIX_EPOCH,
        };
        assert_eq!(format!("{trip:?}"), "TripDeclaration([hidden])");
    }
}
