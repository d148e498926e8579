//! Who may submit which evidence.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::evidence::{AuthorityId, Evidence, EvidenceKindName};

/// The kind of a department or person that submits evidence (Guangxi articles 17-18, Shanxi article 26, Zhejiang third part).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AuthorityKind {
    /// A health commission or a medical institution.
    Health,
    /// A centre for disease control.
    DiseaseControl,
    /// A testing laboratory.
    Laboratory,
    /// A place of isolation, or the team that runs home observation.
    Isolation,
    /// Public security.
    PublicSecurity,
    /// Customs.
    Customs,
    /// Immigration and border inspection.
    Immigration,
    /// Road, rail, water and air transport.
    Transport,
    /// Communications administration.
    Communications,
    /// Big data administration.
    BigData,
    /// The headquarters or leading group of epidemic prevention and control.
    Headquarters,
    /// A partition administrator who may transcode.
    Administrator,
    /// The holder of the code, by declaration.
    Holder,
}

impl AuthorityKind {
    /// Whether what it finds is laboratory or disease-control evidence.
    #[must_use]
    pub fn examines(self) -> bool {
        matches!(self, Self::Health | Self::DiseaseControl | Self::Laboratory)
    }
}

/// Whether an authority may withdraw a piece of evidence.
///
/// Whoever submitted it may. Health and disease control may correct anything. The headquarters may take back decisions
/// on others, and an administrator who transcodes may lift what is not disease-control evidence (Guangxi article 15):
/// a case, a contact or an order is lifted by those who examine people. Nobody withdraws a withdrawal.
#[must_use]
pub fn may_withdraw(by: &AuthorityId, kind: AuthorityKind, evidence: &Evidence) -> bool {
    let name = evidence.kind.name();
    if name == EvidenceKindName::Withdrawal {
        return false;
    }
    if *by == evidence.authority {
        return true;
    }
    match kind {
        AuthorityKind::Health | AuthorityKind::DiseaseControl => true,
        AuthorityKind::Headquarters => {
            matches!(
                name,
                EvidenceKindName::OtherDecision | EvidenceKindName::ManualDecision
            )
        }
        AuthorityKind::Administrator => {
            !name.is_disease_control_evidence() && name != EvidenceKindName::OtherDecision
        }
        _ => false,
    }
}

/// Why a table of authorities is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SubmissionError {
    /// A kind of evidence that nobody may submit.
    #[error("say who may submit {0:?}; every kind of evidence needs an entry")]
    Missing(EvidenceKindName),
    /// Disease-control evidence from somebody who does not examine people.
    #[error(
        "let only health, disease_control and laboratory submit {0:?}; {1:?} does not examine people"
    )]
    NotExamining(EvidenceKindName, AuthorityKind),
    /// A declaration that a person cannot make.
    #[error("a holder declares symptoms and travel, not {0:?}; take holder out")]
    NotDeclarable(EvidenceKindName),
}

/// Which authority may submit which kind of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    try_from = "BTreeMap<EvidenceKindName, Vec<AuthorityKind>>",
    into = "BTreeMap<EvidenceKindName, Vec<AuthorityKind>>"
)]
pub struct SubmissionTable(BTreeMap<EvidenceKindName, Vec<AuthorityKind>>);

impl SubmissionTable {
    /// Checks a table and keeps it.
    ///
    /// # Errors
    /// [`SubmissionError`] when a kind is missing, or an authority could submit what it cannot know.
    pub fn new(
        table: BTreeMap<EvidenceKindName, Vec<AuthorityKind>>,
    ) -> Result<Self, SubmissionError> {
        for kind in EvidenceKindName::ALL {
            let authorities = table.get(kind).map(Vec::as_slice).unwrap_or_default();
            if authorities.is_empty() {
                return Err(SubmissionError::Missing(*kind));
            }
            for authority in authorities {
                if *authority == AuthorityKind::Holder && !kind.is_declarable() {
                    return Err(SubmissionError::NotDeclarable(*kind));
                }
                if kind.is_disease_control_evidence() && !authority.examines() {
                    return Err(SubmissionError::NotExamining(*kind, *authority));
                }
            }
        }
        Ok(Self(table))
    }

    /// Whether an authority of this kind may submit evidence of that kind.
    #[must_use]
    pub fn may_submit(&self, authority: AuthorityKind, kind: EvidenceKindName) -> bool {
        self.0
            .get(&kind)
            .is_some_and(|authorities| authorities.contains(&authority))
    }
}

impl TryFrom<BTreeMap<EvidenceKindName, Vec<AuthorityKind>>> for SubmissionTable {
    type Error = SubmissionError;
    fn try_from(
        table: BTreeMap<EvidenceKindName, Vec<AuthorityKind>>,
    ) -> Result<Self, SubmissionError> {
        Self::new(table)
    }
}

impl From<SubmissionTable> for BTreeMap<EvidenceKindName, Vec<AuthorityKind>> {
    fn from(table: SubmissionTable) -> Self {
        table.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{EvidenceError, EvidenceKind};

    fn evidence(kind: &str) -> Result<Evidence, EvidenceError> {
        Evidence::parse(
            format!(
                r#"{{"id":"000102030405060708090a0b0c0d0e0f","occurred_at":"2020-08-01T08:00:00Z",
                    "recorded_at":"2020-08-01T09:00:00Z","case_id":"c","authority":"hangzhou-cdc",{kind}}}"#
            )
            .as_bytes(),
        )
    }

    #[test]
    fn evidence_is_withdrawn_by_its_author_by_doctors_or_within_an_office() {
        let author = AuthorityId::new("hangzhou-cdc").unwrap();
        let other = AuthorityId::new("ningbo-office").unwrap();
        let contact = evidence(r#""kind":"contact","degree":"close""#).unwrap();
        let fever = evidence(r#""kind":"symptom","fever":true,"epidemic_history":false"#).unwrap();
        let decision =
            evidence(r#""kind":"other_decision","colour":"red","ground":"x","until":null"#)
                .unwrap();
        for item in [&contact, &fever, &decision] {
            assert!(may_withdraw(&author, AuthorityKind::Transport, item));
            assert!(may_withdraw(&other, AuthorityKind::DiseaseControl, item));
            assert!(!may_withdraw(&other, AuthorityKind::PublicSecurity, item));
            assert!(!may_withdraw(&other, AuthorityKind::Holder, item));
        }
        let by = |kind| [&contact, &fever, &decision].map(|item| may_withdraw(&other, kind, item));
        assert_eq!(by(AuthorityKind::Administrator), [false, true, false]);
        assert_eq!(by(AuthorityKind::Headquarters), [false, false, true]);
    }

    #[test]
    fn nobody_withdraws_a_withdrawal() {
        let author = AuthorityId::new("hangzhou-cdc").unwrap();
        let withdrawal =
            evidence(r#""kind":"withdrawal","of":"ff0102030405060708090a0b0c0d0e0f","ground":"x""#)
                .unwrap();
        assert!(matches!(withdrawal.kind, EvidenceKind::Withdrawal { .. }));
        assert!(!may_withdraw(&author, AuthorityKind::Health, &withdrawal));
    }

    #[test]
    fn the_stored_names_of_authorities_do_not_change() {
        insta::assert_json_snapshot!([
            AuthorityKind::Health,
            AuthorityKind::DiseaseControl,
            AuthorityKind::Laboratory,
            AuthorityKind::Isolation,
            AuthorityKind::PublicSecurity,
            AuthorityKind::Customs,
            AuthorityKind::Immigration,
            AuthorityKind::Transport,
            AuthorityKind::Communications,
            AuthorityKind::BigData,
            AuthorityKind::Headquarters,
            AuthorityKind::Administrator,
            AuthorityKind::Holder,
        ]);
    }
}
