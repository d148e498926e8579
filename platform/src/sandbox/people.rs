//! Invented people. The numbers are made up to be valid in form; nobody is meant by them.

use jiff::{SignedDuration, Timestamp, civil::Date};
use liangma_domain::{
    evidence::{ContactDegree, EvidenceKind, IsolationForm, TestResult},
    identity::{DocumentType, IdentityDocument},
    name::PersonName,
    phone::Phone,
};

use super::{SandboxAuthority, SandboxError};
use crate::ports::Claim;

/// One invented person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SandboxPerson {
    /// A short name for commands and tests, such as `green`.
    pub key: &'static str,
    /// The name.
    pub name: &'static str,
    /// The kind of identity document.
    pub document_type: DocumentType,
    /// Its number, as it is typed.
    pub document_number: &'static str,
    /// The registered phone number.
    pub phone: &'static str,
    /// What this person is there to show.
    pub about: &'static str,
}

const PEOPLE: &[SandboxPerson] = &[
    SandboxPerson {
        key: "green",
        name: "韦秀英",
        document_type: DocumentType::ResidentIdentity,
        document_number: "330106198503126120",
        phone: "13800000001",
        about: "nothing found; a negative test and three doses on record",
    },
    SandboxPerson {
        key: "yellow",
        name: "陈志强",
        document_type: DocumentType::ResidentIdentity,
        document_number: "330102199007154316",
        phone: "13800000002",
        about: "has a fever, no epidemic history",
    },
    SandboxPerson {
        key: "red",
        name: "林晓梅",
        document_type: DocumentType::ResidentIdentity,
        document_number: "330203197811025622",
        phone: "13800000003",
        about: "close contact, ordered into central isolation",
    },
    SandboxPerson {
        key: "elder",
        name: "周福生",
        document_type: DocumentType::ResidentIdentity,
        document_number: "330104194202083410",
        phone: "13800000004",
        about: "over eighty; the care view",
    },
    SandboxPerson {
        key: "child",
        name: "王小满",
        document_type: DocumentType::ResidentIdentity,
        document_number: "330108201505200029",
        phone: "13800000005",
        about: "a child, with the phone number of a parent",
    },
    SandboxPerson {
        key: "foreigner",
        name: "Maria Garcia Lopez",
        document_type: DocumentType::Passport,
        document_number: "ESP-XDA123456",
        phone: "13800000006",
        about: "a passport; the international view",
    },
    SandboxPerson {
        key: "long-name",
        name: "阿卜杜拉·买买提江·吐尔逊",
        document_type: DocumentType::ResidentIdentity,
        document_number: "653101198809213513",
        phone: "13800000007",
        about: "a long name in parts",
    },
    SandboxPerson {
        key: "rare-name",
        name: "𠮷𩙿翔",
        document_type: DocumentType::ResidentIdentity,
        document_number: "330381199312240014",
        phone: "13800000008",
        about: "characters outside the basic plane",
    },
];

/// Everybody in the sandbox's register.
#[must_use]
pub fn people() -> &'static [SandboxPerson] {
    PEOPLE
}

/// One of them by key.
#[must_use]
pub fn person(key: &str) -> Option<&'static SandboxPerson> {
    PEOPLE.iter().find(|person| person.key == key)
}

impl SandboxPerson {
    fn claim(&self, today: Date) -> Option<Claim> {
        Some(Claim {
            name: PersonName::parse(self.name).ok()?,
            document: IdentityDocument::parse(self.document_type, self.document_number, today)
                .ok()?,
            phone: Phone::parse(self.phone).ok()?,
        })
    }

    /// What is on record about the person when the sandbox begins: who says it, how long ago it was,
    /// and what it says.
    pub(super) fn first_evidence(
        &self,
        now: Timestamp,
    ) -> Vec<(SandboxAuthority, SignedDuration, EvidenceKind)> {
        let hours = SignedDuration::from_hours;
        let negative = EvidenceKind::NucleicAcidTest {
            result: TestResult::Negative,
        };
        match self.key {
            "green" => vec![
                (SandboxAuthority::Laboratory, hours(10), negative),
                (
                    SandboxAuthority::Health,
                    hours(24 * 200),
                    EvidenceKind::Vaccination {
                        doses: 3,
                        course: 2,
                    },
                ),
            ],
            "yellow" => vec![(
                SandboxAuthority::Health,
                hours(5),
                EvidenceKind::Symptom {
                    fever: true,
                    epidemic_history: false,
                },
            )],
            "red" => {
                let end = now.saturating_add(hours(24 * 12)).unwrap_or(now);
                let until = end.to_zoned(jiff::tz::TimeZone::UTC).date();
                vec![
                    (
                        SandboxAuthority::DiseaseControl,
                        hours(30),
                        EvidenceKind::Contact {
                            degree: ContactDegree::Close,
                        },
                    ),
                    (
                        SandboxAuthority::DiseaseControl,
                        hours(26),
                        EvidenceKind::IsolationOrder {
                            form: IsolationForm::Central,
                            until,
                        },
                    ),
                ]
            }
            "elder" => vec![(SandboxAuthority::Laboratory, hours(40), negative)],
            _ => Vec::new(),
        }
    }
}

pub(super) fn claims(today: Date) -> Result<Vec<Claim>, SandboxError> {
    PEOPLE
        .iter()
        .map(|person| {
            person
                .claim(today)
                .ok_or(SandboxError::PersonNotValid(person.key))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_a_valid_name_document_and_phone() {
        for person in people() {
            assert!(
                person.claim(jiff::civil::date(2026, 1, 1)).is_some(),
                "{}",
                person.key
            );
        }
    }

    #[test]
    fn nobody_shares_a_document_or_a_phone() {
        for (position, person) in people().iter().enumerate() {
            for other in &people()[..position] {
                assert_ne!(person.document_number, other.document_number);
                assert_ne!(person.phone, other.phone);
                assert_ne!(person.key, other.key);
            }
        }
    }
}
