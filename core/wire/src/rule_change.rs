//! Changes of what decides colours: rule packs and risk areas. Two people of different units answer for each,
//! one of them of a health authority; then it is in force from its own `effective_from` on.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::bytes::FixedBytes;

/// `POST`, signed by a principal: a rule pack or a list of risk areas is to change. Idempotent by its digest.
pub const RULE_CHANGES_PATH: &str = "/v1/rules/changes";
/// `POST`, signed by a principal: a second person approves or refuses a change that waits.
pub const RULE_APPROVALS_PATH: &str = "/v1/rules/approvals";
/// How long a change waits for a second person, in seconds: three days, as a batch of evidence does.
pub const RULE_CHANGE_WAITS_SECONDS: i64 = crate::evidence::BATCH_WAITS_SECONDS;

/// What is to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RuleSubject {
    /// The rule pack of the region.
    RulePack,
    /// The list of risk areas of the region.
    RiskAreas,
}

/// A change that somebody answers for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RuleChangeRequest {
    /// What is to change.
    pub subject: RuleSubject,
    /// The whole new file, byte for byte as it is to be in force: JSON as text.
    #[cfg_attr(feature = "openapi", schemars(length(max = 262_144)))]
    pub file: String,
}

/// A second person answers for a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RuleApprovalRequest {
    /// SHA-256 of the file, so that nobody approves what they did not see.
    pub digest: FixedBytes<32>,
    /// Approved, or refused.
    pub approve: bool,
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RuleChangeState {
    /// A second person, of a different unit, has to approve it; one of the two is of health.
    WaitingForApproval,
    /// It comes into force at its `effective_from`.
    Approved,
    /// It came into force; a later version may have taken its place.
    InForce,
    /// It was refused, and never comes into force.
    Refused,
}

/// The answer to a change, and to its approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RuleChangeReport {
    /// What changes.
    pub subject: RuleSubject,
    /// SHA-256 of the file; an approval names it.
    pub digest: FixedBytes<32>,
    /// The version that the file gives itself, which every decision by it cites.
    pub version: u32,
    /// From when on it is in force, once it is approved.
    pub effective_from: Timestamp,
    /// What became of it.
    pub state: RuleChangeState,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_of_a_change_is_written_as_published() {
        let report = RuleChangeReport {
            subject: RuleSubject::RulePack,
            digest: FixedBytes([7; 32]),
            version: 2,
            effective_from: "2022-03-01T00:00:00Z".parse().unwrap(),
            state: RuleChangeState::Approved,
        };
        let text = serde_json::to_string_pretty(&report).unwrap();
        assert_eq!(
            serde_json::from_str::<RuleChangeReport>(&text).unwrap(),
            report
        );
        insta::assert_snapshot!(text, @r#"
        {
          "subject": "rule_pack",
          "digest": "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc",
          "version": 2,
          "effective_from": "2022-03-01T00:00:00Z",
          "state": "approved"
        }
        "#);
    }

    #[test]
    fn an_unknown_field_of_a_change_is_refused() {
        let text = r#"{"subject":"rule_pack","file":"{}","effective_from":"2022-03-01T00:00:00Z"}"#;
        assert!(serde_json::from_str::<RuleChangeRequest>(text).is_err());
    }
}
