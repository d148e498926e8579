//! Authorities of the sandbox, whose keys the sandbox holds itself.

use std::path::Path;

use jiff::Timestamp;
use liangma_credential::{BatchId, EvidenceBatch};
use liangma_crypto::{PublicKey, Randomness, SigningKey, Suite, sha256};
use liangma_domain::{
    authority::AuthorityKind,
    evidence::{CaseId, EvidenceKind},
};
use liangma_wire::{
    evidence::{BadRows, BatchBody, BatchReport, EvidenceEntry},
    signed_request::{Nonce, PRINCIPAL_PREFIX, signing_message},
};

use super::{Sandbox, SandboxPerson, people};
use crate::{
    config::{Duty, Principal},
    error::{Failure, Internal},
    face_http::FaceProviderAddressError,
    keys,
    platform::OpenError,
};

/// Why something in the sandbox did not work.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The platform does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The provider's address cannot be used.
    #[error(transparent)]
    FaceProvider(#[from] FaceProviderAddressError),
    /// An invented person is not valid.
    #[error("read the invented person `{0}`")]
    PersonNotValid(&'static str),
    /// There is no such authority.
    #[error("find that authority in the sandbox")]
    NoSuchAuthority,
    /// A batch could not be made, or a request not signed.
    #[error("sign as an authority of the sandbox")]
    Sign,
    /// A batch was refused.
    #[error("submit a batch of evidence: {0}")]
    Refused(&'static str),
    /// Something failed inside.
    #[error(transparent)]
    Inside(#[from] Internal),
}

/// An authority of the sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SandboxAuthority {
    /// The health commission.
    Health,
    /// The centre for disease control.
    DiseaseControl,
    /// A laboratory.
    Laboratory,
    /// Customs.
    Customs,
    /// Public security.
    PublicSecurity,
    /// The headquarters of epidemic prevention.
    Headquarters,
    /// A partition administrator, who may transcode by hand.
    Administrator,
    /// The counter.
    Counter,
}

impl SandboxAuthority {
    /// Every authority.
    pub const ALL: [Self; 8] = [
        Self::Health,
        Self::DiseaseControl,
        Self::Laboratory,
        Self::Customs,
        Self::PublicSecurity,
        Self::Headquarters,
        Self::Administrator,
        Self::Counter,
    ];

    /// Its id.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Health => "health-commission",
            Self::DiseaseControl => "disease-control",
            Self::Laboratory => "laboratory",
            Self::Customs => "customs",
            Self::PublicSecurity => "public-security",
            Self::Headquarters => "headquarters",
            Self::Administrator => "administrator",
            Self::Counter => "counter",
        }
    }

    const fn kind(self) -> AuthorityKind {
        match self {
            Self::Health => AuthorityKind::Health,
            Self::DiseaseControl => AuthorityKind::DiseaseControl,
            Self::Laboratory => AuthorityKind::Laboratory,
            Self::Customs => AuthorityKind::Customs,
            Self::PublicSecurity => AuthorityKind::PublicSecurity,
            Self::Headquarters => AuthorityKind::Headquarters,
            Self::Administrator | Self::Counter => AuthorityKind::Administrator,
        }
    }

    fn duties(self) -> Vec<Duty> {
        match self {
            Self::Counter => vec![Duty::Counter],
            Self::Health | Self::DiseaseControl | Self::Headquarters => vec![
                Duty::SubmitEvidence,
                Duty::ApproveEvidence,
                Duty::ChangeRules,
            ],
            _ => vec![Duty::SubmitEvidence, Duty::ApproveEvidence],
        }
    }
}

/// Somebody with a duty in the sandbox, and their key.
#[derive(Debug)]
pub struct SandboxPrincipal {
    authority: SandboxAuthority,
    key: SigningKey,
}

impl SandboxPrincipal {
    /// The authority it belongs to.
    #[must_use]
    pub const fn authority(&self) -> SandboxAuthority {
        self.authority
    }

    /// The name in the header of signed requests.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}-1", self.authority.id())
    }

    /// The public half of its key.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        self.key.public_key()
    }

    pub(super) fn registered(&self) -> Principal {
        Principal {
            id: self.id(),
            authority: self.authority.id().to_owned(),
            kind: self.authority.kind(),
            unit: self.authority.id().to_owned(),
            public_key: *self.key.public_key(),
            duties: self.authority.duties(),
        }
    }

    /// Signs a request as this principal: gives the session header and the signature.
    ///
    /// # Errors
    /// [`SandboxError::Sign`].
    pub fn sign_request(
        &self,
        method: &str,
        path_and_query: &str,
        body: &[u8],
        nonce: &Nonce,
    ) -> Result<(String, [u8; 64]), SandboxError> {
        let session = format!("{PRINCIPAL_PREFIX}{}", self.id());
        let message = signing_message(method, path_and_query, body, &session, nonce);
        let signature = self.key.sign(&message).map_err(|_| SandboxError::Sign)?;
        Ok((session, signature))
    }

    /// Signs a batch of evidence as this principal.
    ///
    /// # Errors
    /// [`SandboxError::Sign`].
    pub fn sign_batch(
        &self,
        id: [u8; 16],
        issued: Timestamp,
        body: &BatchBody,
    ) -> Result<Vec<u8>, SandboxError> {
        let body = serde_json::to_vec(body).map_err(|_| SandboxError::Sign)?;
        self.sign_batch_bytes(id, issued, body)
    }

    /// Signs the bytes of a batch body, whatever they say.
    ///
    /// # Errors
    /// [`SandboxError::Sign`].
    pub fn sign_batch_bytes(
        &self,
        id: [u8; 16],
        issued: Timestamp,
        body: Vec<u8>,
    ) -> Result<Vec<u8>, SandboxError> {
        EvidenceBatch {
            id: BatchId(id),
            authority: self.authority.id().to_owned(),
            principal: self.id(),
            issued,
            body,
        }
        .sign(&self.key)
        .map(|signed| signed.bytes().to_vec())
        .map_err(|_| SandboxError::Sign)
    }
}

pub(super) fn open(
    data_dir: &Path,
    randomness: &dyn Randomness,
) -> Result<Vec<SandboxPrincipal>, SandboxError> {
    let folder = data_dir.join("sandbox");
    crate::platform::make_private_folder(&folder).map_err(OpenError::from)?;
    SandboxAuthority::ALL
        .into_iter()
        .map(|authority| {
            let path = folder.join(format!("{}.key", authority.id()));
            let key = keys::private_key_or_new(&path, Suite::P256, randomness)?;
            Ok(SandboxPrincipal { authority, key })
        })
        .collect()
}

impl Sandbox {
    /// Submits one piece of evidence about an invented person, as an authority would over the interface.
    ///
    /// # Errors
    /// [`SandboxError::Refused`] names the problem.
    pub async fn submit(
        &self,
        authority: SandboxAuthority,
        person: &SandboxPerson,
        occurred_at: Timestamp,
        kind: EvidenceKind,
    ) -> Result<BatchReport, SandboxError> {
        let mut id = [0; 16];
        self.platform
            .ports
            .randomness
            .fill(&mut id)
            .map_err(|error| SandboxError::Inside(error.into()))?;
        self.submit_as(id, authority, person, occurred_at, kind)
            .await
    }

    async fn submit_as(
        &self,
        id: [u8; 16],
        authority: SandboxAuthority,
        person: &SandboxPerson,
        occurred_at: Timestamp,
        kind: EvidenceKind,
    ) -> Result<BatchReport, SandboxError> {
        let body = BatchBody {
            when_rows_are_bad: BadRows::KeepNone,
            entries: vec![EvidenceEntry {
                document_type: person.document_type,
                document_number: person.document_number.to_owned().into(),
                occurred_at,
                case_id: CaseId::new("sandbox-1").map_err(|_| SandboxError::Sign)?,
                kind,
            }],
        };
        let batch = self
            .principal(authority)?
            .sign_batch(id, self.platform.now(), &body)?;
        self.platform
            .submit_evidence(&batch)
            .await
            .map_err(|failure| match failure {
                Failure::Internal(error) => SandboxError::Inside(error),
                Failure::Problem(problem) => SandboxError::Refused(problem.code.code()),
            })
    }

    /// The first evidence, once: its batch numbers follow from the person, so that a second start adds
    /// nothing.
    pub(super) async fn submit_first_evidence(&self, now: Timestamp) -> Result<(), SandboxError> {
        for person in people() {
            for (number, (authority, ago, kind)) in (0u8..).zip(person.first_evidence(now)) {
                let hash = sha256(&[b"sandbox evidence\0", person.key.as_bytes(), &[number]]);
                let mut id = [0; 16];
                id.copy_from_slice(&hash[..16]);
                let known = self
                    .platform
                    .storage
                    .batch(authority.id().to_owned(), id)
                    .await
                    .map_err(|error| SandboxError::Inside(error.into()))?;
                if known.is_none() {
                    let occurred_at = now.saturating_sub(ago).unwrap_or(now);
                    self.submit_as(id, authority, person, occurred_at, kind)
                        .await?;
                }
            }
        }
        Ok(())
    }
}
