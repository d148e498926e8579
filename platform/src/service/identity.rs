//! What a person is called and by what document they are known: read at the door, kept sealed.

use liangma_domain::{
    identity::{DocumentType, IdentityDocument},
    mask::{MaskedDocument, MaskedName, mask_document, mask_name},
    name::PersonName,
    person::PersonId,
    phone::Phone,
};
use liangma_wire::{
    personal::Personal,
    problem::{Problem, ProblemCode},
};
use serde::{Deserialize, Serialize};

use crate::{
    error::Failure, platform::Platform, ports::Claim, storage::SealedPerson, vault::Place,
};

/// The identity of a person in clear, for as long as one operation lasts.
pub(crate) struct Identity {
    pub(crate) claim: Claim,
}

/// How an identity is stored, inside its seal.
#[derive(Serialize, Deserialize)]
struct StoredIdentity {
    name: Personal<String>,
    document_type: DocumentType,
    document: Personal<String>,
    phone: Personal<String>,
}

/// How a document is stored, inside its seal; an identity can be read as one.
#[derive(Serialize, Deserialize)]
struct StoredDocument {
    document_type: DocumentType,
    document: Personal<String>,
}

impl Identity {
    pub(crate) fn masked_name(&self) -> MaskedName {
        mask_name(&self.claim.name)
    }

    pub(crate) fn masked_document(&self) -> MaskedDocument {
        mask_document(&self.claim.document)
    }
}

fn invalid(field: &str, code: &str, advice: &dyn std::fmt::Display) -> Failure {
    Problem::new(ProblemCode::InvalidField)
        .with_field(field, code)
        .with_detail(advice.to_string())
        .into()
}

impl Platform {
    /// Today in the region's zone, by which birth dates are judged.
    pub(crate) fn today(&self) -> jiff::civil::Date {
        self.now().to_zoned(self.profile.zone().clone()).date()
    }

    pub(crate) fn read_document(
        &self,
        document_type: DocumentType,
        number: &str,
    ) -> Result<IdentityDocument, Failure> {
        IdentityDocument::parse(document_type, number, self.today())
            .map_err(|error| invalid("document_number", error.code(), &error))
    }

    pub(crate) fn read_claim(
        &self,
        name: &str,
        document_type: DocumentType,
        number: &str,
        phone: &str,
    ) -> Result<Claim, Failure> {
        Ok(Claim {
            name: PersonName::parse(name).map_err(|error| invalid("name", error.code(), &error))?,
            document: self.read_document(document_type, number)?,
            phone: Phone::parse(phone).map_err(|error| invalid("phone", error.code(), &error))?,
        })
    }

    /// The document alone, of somebody who never logged in.
    pub(super) fn seal_document(
        &self,
        person: PersonId,
        document: &IdentityDocument,
    ) -> Result<SealedPerson, Failure> {
        let stored = StoredDocument {
            document_type: document.document_type(),
            document: document.text().expose().clone().into(),
        };
        Ok(SealedPerson {
            identity: None,
            document: Some(self.seal_json(Place::Document, person, &stored)?),
        })
    }

    /// The document of somebody, from what is kept of them; `None` where nothing is.
    pub(crate) fn document_of(
        &self,
        person: PersonId,
        sealed: &SealedPerson,
    ) -> Result<Option<IdentityDocument>, Failure> {
        let (place, sealed) = match (&sealed.identity, &sealed.document) {
            (Some(identity), _) => (Place::Identity, identity),
            (None, Some(document)) => (Place::Document, document),
            (None, None) => return Ok(None),
        };
        let damaged = || Failure::internal("read a stored document");
        let plain = self.vault.open(place, person.as_bytes(), sealed)?;
        let stored: StoredDocument = serde_json::from_slice(&plain).map_err(|_| damaged())?;
        IdentityDocument::parse(stored.document_type, stored.document.expose(), self.today())
            .map(Some)
            .map_err(|_| damaged())
    }

    fn seal_json(
        &self,
        place: Place,
        person: PersonId,
        stored: &impl Serialize,
    ) -> Result<Vec<u8>, Failure> {
        let plain = zeroize::Zeroizing::new(
            serde_json::to_vec(stored).map_err(|_| Failure::internal("write an identity"))?,
        );
        let randomness = &*self.ports.randomness;
        Ok(self
            .vault
            .seal(place, person.as_bytes(), &plain, randomness)?)
    }

    /// What is kept of somebody's identity, sealed to their id.
    pub(super) fn seal_identity(
        &self,
        person: PersonId,
        claim: &Claim,
    ) -> Result<Vec<u8>, Failure> {
        let stored = StoredIdentity {
            name: claim.name.text().expose().clone().into(),
            document_type: claim.document.document_type(),
            document: claim.document.text().expose().clone().into(),
            phone: claim.phone.number().expose().clone().into(),
        };
        self.seal_json(Place::Identity, person, &stored)
    }

    pub(crate) async fn identity_of(&self, person: PersonId) -> Result<Identity, Failure> {
        let sealed = self.storage.identity(person).await?;
        self.open_identity(person, sealed)
    }

    pub(crate) fn open_identity(
        &self,
        person: PersonId,
        sealed: Option<Vec<u8>>,
    ) -> Result<Identity, Failure> {
        let damaged = || Failure::internal("read a stored identity");
        let sealed = sealed.ok_or_else(damaged)?;
        let plain = self
            .vault
            .open(Place::Identity, person.as_bytes(), &sealed)?;
        let stored: StoredIdentity = serde_json::from_slice(&plain).map_err(|_| damaged())?;
        Ok(Identity {
            claim: Claim {
                name: PersonName::parse(stored.name.expose()).map_err(|_| damaged())?,
                document: IdentityDocument::parse(
                    stored.document_type,
                    stored.document.expose(),
                    self.today(),
                )
                .map_err(|_| damaged())?,
                phone: Phone::parse(stored.phone.expose()).map_err(|_| damaged())?,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_stored_as_it_always_was() {
        let stored = StoredIdentity {
            name: "韦秀英".to_owned().into(),
            document_type: DocumentType::Passport,
            document: "ESP-XDA123456".to_owned().into(),
            phone: "13800000001".to_owned().into(),
        };
        let text = serde_json::to_string(&stored).unwrap();
        insta::assert_snapshot!(text, @r#"{"name":"韦秀英","document_type":"passport","document":"ESP-XDA123456","phone":"13800000001"}"#);
        let read: StoredIdentity = serde_json::from_str(&text).unwrap();
        assert_eq!(read.document.expose(), "ESP-XDA123456");
    }
}
