//! Invented people, as many as there are numbers. The numbers are made up to be valid in form; nobody is
//! meant by them, and none of them is ever printed.

use async_trait::async_trait;
use jiff::{ToSpan as _, civil::date};
use liangma_domain::{
    identity::{DocumentType, IdentityDocument},
    name::PersonName,
    phone::Phone,
};
use liangma_platform::ports::{Claim, Messages, PortError, Register};
use liangma_terminal::LoginForm;
use liangma_wire::login::LoginChannel;

use crate::line::{Said, say};

const SURNAMES: [char; 8] = ['韦', '陈', '林', '周', '王', '黄', '吴', '赵'];
const GIVEN: [char; 8] = ['秀', '志', '晓', '福', '小', '建', '春', '文'];
/// Before the number of a person, in their phone number.
const PHONE: &str = "139";

/// What a person types.
pub(crate) struct Person {
    name: String,
    document: String,
    phone: String,
}

/// The person of a number.
pub(crate) fn person(number: u32) -> Person {
    let pick = |from: &[char; 8], by: u32| from[(by % 8) as usize];
    let born = date(1950, 1, 1).saturating_add((i64::from(number % 15_000)).days());
    let digits = format!("330106{}{:03}", born.strftime("%Y%m%d"), number % 1000);
    Person {
        name: [
            pick(&SURNAMES, number),
            pick(&GIVEN, number / 8),
            pick(&GIVEN, number / 64),
        ]
        .iter()
        .collect(),
        document: format!("{digits}{}", check_character(&digits)),
        phone: format!("{PHONE}{number:08}"),
    }
}

/// The check character of an identity number (GB 11643).
fn check_character(digits: &str) -> char {
    let sum: u32 = digits
        .bytes()
        .zip([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    char::from(b"10X98765432"[(sum % 11) as usize])
}

impl Person {
    /// What they type to log in.
    pub(crate) fn form(&self) -> LoginForm {
        LoginForm {
            name: self.name.clone(),
            document_type: DocumentType::ResidentIdentity,
            document_number: self.document.clone(),
            phone: self.phone.clone(),
            channel: LoginChannel::Sms,
        }
    }

    /// The number of their document.
    pub(crate) fn document(&self) -> &str {
        &self.document
    }

    fn claim(&self) -> Option<Claim> {
        let document = IdentityDocument::parse(
            DocumentType::ResidentIdentity,
            &self.document,
            date(2026, 1, 1),
        );
        Some(Claim {
            name: PersonName::parse(&self.name).ok()?,
            document: document.ok()?,
            phone: Phone::parse(&self.phone).ok()?,
        })
    }
}

/// Whose phone number it is.
fn number_of(phone: &Phone) -> Option<u32> {
    phone.number().expose().strip_prefix(PHONE)?.parse().ok()
}

/// The register of everybody who was invented.
pub(crate) struct Everybody;

#[async_trait]
impl Register for Everybody {
    async fn compare(&self, claim: &Claim) -> Result<Option<Claim>, PortError> {
        let known = number_of(&claim.phone).and_then(|number| person(number).claim());
        Ok(known.filter(|known| {
            known.name.matches(&claim.name)
                && known.document == claim.document
                && known.phone.number() == claim.phone.number()
        }))
    }

    async fn compare_without_name(&self, claim: &Claim) -> Result<Option<Claim>, PortError> {
        let known = number_of(&claim.phone).and_then(|number| person(number).claim());
        Ok(known.filter(|known| known.document == claim.document))
    }

    fn is_sandbox(&self) -> bool {
        true
    }
}

/// Messages go to the judge, who hands them to whom they are for.
pub(crate) struct ToTheJudge;

#[async_trait]
impl Messages for ToTheJudge {
    async fn send_login_code(
        &self,
        phone: &Phone,
        _channel: LoginChannel,
        code: &str,
    ) -> Result<(), PortError> {
        let person = number_of(phone).ok_or(PortError::Unknown("the trial"))?;
        say(&Said::Message {
            person,
            code: code.to_owned(),
        });
        Ok(())
    }

    fn is_sandbox(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_who_was_invented_is_valid_in_form_and_somebody_else() {
        let mut documents = std::collections::BTreeSet::new();
        for number in 0..2000 {
            let person = person(number);
            assert!(person.claim().is_some(), "{number}");
            assert!(documents.insert(person.document), "{number}");
        }
    }
}
