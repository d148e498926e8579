//! Who may submit which evidence.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::evidence::EvidenceKindName;

/// The kind of a department or person that submits evidence (Guangxi articles 17-18, Shanxi article 26, Zhejiang third part).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
