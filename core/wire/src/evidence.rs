//! Evidence from departments: signed batches in, a report for each row back.

use jiff::Timestamp;
use liangma_domain::{
    evidence::{CaseId, EvidenceId, EvidenceKind},
    identity::DocumentType,
};
use serde::{Deserialize, Serialize};

use crate::{bytes::FixedBytes, personal::Personal};

/// `POST`: a signed batch (`COSE_Sign1`, PROTOCOL), whose body is the JSON of [`BatchBody`].
/// Idempotent by authority and batch number.
pub const EVIDENCE_BATCHES_PATH: &str = "/v1/evidence/batches";
/// `POST`, signed by a principal: a second person approves or refuses a batch that waits.
pub const EVIDENCE_APPROVALS_PATH: &str = "/v1/evidence/approvals";
/// The most entries of one batch.
pub const BATCH_ENTRIES_MAX: usize = 100_000;
/// How long a batch waits for a second person, in seconds: three days. What it says is out of date by then,
/// and is looked at anew by whoever submits it again.
pub const BATCH_WAITS_SECONDS: i64 = 3 * 86_400;

/// The number that an authority gives to a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct BatchId(pub FixedBytes<16>);

/// What a batch says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BatchBody {
    /// What happens to the good rows when some are bad.
    pub when_rows_are_bad: BadRows,
    /// One or more entries; how many are taken at once is bounded.
    #[cfg_attr(feature = "openapi", schemars(length(min = 1, max = BATCH_ENTRIES_MAX)))]
    pub entries: Vec<EvidenceEntry>,
}

/// What happens to the good rows of a batch when some are bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum BadRows {
    /// The good rows are kept.
    KeepGood,
    /// None is kept.
    KeepNone,
}

/// One piece of evidence about one person. The fields of the kind stand beside these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(extend("unevaluatedProperties" = false)))]
pub struct EvidenceEntry {
    /// The kind of the person's identity document.
    pub document_type: DocumentType,
    /// Its number.
    pub document_number: Personal<String>,
    /// When it happened: the sample, the last contact, the start of an order.
    pub occurred_at: Timestamp,
    /// The case that answers for it.
    pub case_id: CaseId,
    /// What it says.
    #[serde(flatten)]
    pub kind: EvidenceKind,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum BatchState {
    /// A second person, of a different unit, has to approve it; one of the two is of health.
    WaitingForApproval,
    /// It is decided, and its good rows are put into force one after another; asking again tells when all
    /// are. Nothing can stop it, a power cut neither.
    Applying,
    /// Its good rows are in force.
    Applied,
    /// Nothing of it was kept.
    Refused,
}

/// The answer to a batch, and to its approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct BatchReport {
    /// The batch.
    pub batch: BatchId,
    /// What became of it.
    pub state: BatchState,
    /// SHA-256 of the batch body; an approval names it.
    pub digest: FixedBytes<32>,
    /// One line for each row, in order.
    pub rows: Vec<RowReport>,
}

/// What became of one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RowReport {
    /// The position in the batch, from 0.
    pub row: u32,
    /// The id of the evidence of a good row; a withdrawal names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceId>,
    /// The field at fault of a bad row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The stable reason of a bad row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A second person answers for a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BatchApprovalRequest {
    /// The authority that submitted it.
    #[cfg_attr(
        feature = "openapi",
        schemars(regex(pattern = "^[A-Za-z0-9._-]{1,64}$"))
    )]
    pub authority: String,
    /// The batch.
    pub batch: BatchId,
    /// SHA-256 of the batch body, so that nobody approves what they did not see.
    pub digest: FixedBytes<32>,
    /// Approved, or refused.
    pub approve: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_body_is_written_as_published() {
        let body = BatchBody {
            when_rows_are_bad: BadRows::KeepGood,
            entries: vec![EvidenceEntry {
                document_type: DocumentType::ResidentIdentity,
                document_number: "11010519491231002X".to_owned().into(),
                occurred_at: "2022-03-01T08:00:00Z".parse().unwrap(),
                case_id: CaseId::new("hz-2022-17").unwrap(),
                kind: EvidenceKind::Contact {
                    degree: liangma_domain::evidence::ContactDegree::Close,
                },
            }],
        };
        let text = serde_json::to_string_pretty(&body).unwrap();
        assert_eq!(serde_json::from_str::<BatchBody>(&text).unwrap(), body);
        insta::assert_snapshot!(text);
    }

    #[test]
    fn an_unknown_field_of_an_entry_is_refused() {
        let text = r#"{"document_type":"resident_identity","document_number":"1",
            "occurred_at":"2022-03-01T08:00:00Z","case_id":"c","kind":"contact","degree":"close",
            "colour":"red"}"#;
        assert!(serde_json::from_str::<EvidenceEntry>(text).is_err());
    }
}
