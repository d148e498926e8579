//! The six kinds of identity document, read from what people type, scan or copy.

mod check;
mod error;
mod normal;
mod numbers;
mod passport;

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use error::{DocumentError, ExpectedCharacter};
pub(crate) use normal::normalise;
pub use passport::IssuingState;

use crate::division::DivisionCode;
use crate::sensitive::Sensitive;

/// The longest text looked at, in bytes; every number with every allowed decoration is shorter.
pub const DOCUMENT_INPUT_MAX: usize = 128;

/// A kind of identity document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum DocumentType {
    /// Resident identity number of a citizen (GB 11643): 18 characters.
    ResidentIdentity = 1,
    /// Residence permit for people from Hong Kong, Macau or Taiwan: 18 characters from `81`, `82`, `83`.
    ResidencePermit = 2,
    /// Permanent resident card for foreigners: 18 characters from `9`; before December 2023, 3 letters
    /// and 12 digits.
    ForeignPermanentResident = 3,
    /// Mainland travel permit for people from Hong Kong (`H`) or Macau (`M`), and 8 digits.
    HongKongMacauTravelPermit = 4,
    /// Mainland travel permit for people from Taiwan: 8 digits.
    TaiwanTravelPermit = 5,
    /// Passport of any state, China's included; the issuing state belongs to the number.
    Passport = 6,
}

impl DocumentType {
    /// Every kind, by rising number.
    pub const ALL: [Self; 6] = [
        Self::ResidentIdentity,
        Self::ResidencePermit,
        Self::ForeignPermanentResident,
        Self::HongKongMacauTravelPermit,
        Self::TaiwanTravelPermit,
        Self::Passport,
    ];

    /// The number of the kind in a credential, 1 to 6.
    pub const fn as_number(self) -> u8 {
        self as u8
    }

    /// The kind that has this number in a credential.
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::ResidentIdentity),
            2 => Some(Self::ResidencePermit),
            3 => Some(Self::ForeignPermanentResident),
            4 => Some(Self::HongKongMacauTravelPermit),
            5 => Some(Self::TaiwanTravelPermit),
            6 => Some(Self::Passport),
            _ => None,
        }
    }

    /// Its name in serde and in lookup keys.
    pub const fn id(self) -> &'static str {
        match self {
            Self::ResidentIdentity => "resident_identity",
            Self::ResidencePermit => "residence_permit",
            Self::ForeignPermanentResident => "foreign_permanent_resident",
            Self::HongKongMacauTravelPermit => "hong_kong_macau_travel_permit",
            Self::TaiwanTravelPermit => "taiwan_travel_permit",
            Self::Passport => "passport",
        }
    }

    /// What it is called in an English sentence.
    pub(crate) const fn english(self) -> &'static str {
        match self {
            Self::ResidentIdentity => "resident identity number",
            Self::ResidencePermit => "residence permit for Hong Kong, Macau or Taiwan residents",
            Self::ForeignPermanentResident => "foreign permanent resident card",
            Self::HongKongMacauTravelPermit => "travel permit for Hong Kong or Macau residents",
            Self::TaiwanTravelPermit => "travel permit for Taiwan residents",
            Self::Passport => "passport",
        }
    }
}

/// An identity document whose number was read and checked as far as the number alone allows.
///
/// The number is in one form: two ways of typing one document give equal values. Whether the
/// document exists, and whose it is, only the population register knows.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct IdentityDocument {
    document_type: DocumentType,
    number: Sensitive<String>,
    issuer: Option<IssuingState>,
    birth_date: Option<Date>,
    division: Option<DivisionCode>,
}

/// Shows the kind alone.
impl fmt::Debug for IdentityDocument {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "IdentityDocument({} [hidden])",
            self.document_type.id()
        )
    }
}

impl IdentityDocument {
    /// Reads a number of the given kind as people type it.
    ///
    /// Full-width digits and letters, spaces, hyphens, a lower-case `x` and what looks like an `X` are
    /// brought to one form. The issue count that travel permits print behind the number (`H12345678 01`,
    /// `12345678(B)`) is dropped: it changes with every renewal, and one person would become two.
    ///
    /// A passport is typed with the three letters of the issuing state in front, and, if wanted, the
    /// check digit of its machine-readable zone behind: `GBR 123456789`, `CHN-E12345678`,
    /// `GBR-123456789-7`. [`IdentityDocument::passport`] takes the three separately.
    ///
    /// `today` is the civil day in the region's zone; a birth date after it is refused.
    ///
    /// # Errors
    /// A [`DocumentError`] that says what is wrong and what to do, and never holds what was typed.
    pub fn parse(
        document_type: DocumentType,
        text: &str,
        today: Date,
    ) -> Result<Self, DocumentError> {
        if text.len() > DOCUMENT_INPUT_MAX {
            return Err(DocumentError::TooLong);
        }
        let text = Sensitive::new(normalise(text));
        let text = text.expose().as_str();
        if !text.bytes().any(|byte| byte.is_ascii_alphanumeric()) && text.is_ascii() {
            return Err(DocumentError::Empty);
        }
        match read(document_type, text, today) {
            Ok(document) => Ok(document),
            Err(error @ DocumentError::FifteenDigits) => Err(error),
            Err(error) => match looks_like(document_type, text, today) {
                Some(looks_like) => Err(DocumentError::NotThisKind { looks_like }),
                None => Err(error),
            },
        }
    }

    /// Reads a passport whose issuing state, number and check digit come separately, as from a form
    /// or from the machine-readable zone (ICAO 9303 part 3, weights 7, 3, 1).
    ///
    /// # Errors
    /// A [`DocumentError`], as [`IdentityDocument::parse`].
    pub fn passport(
        issuer: &str,
        number: &str,
        check_digit: Option<char>,
    ) -> Result<Self, DocumentError> {
        if issuer.len() > DOCUMENT_INPUT_MAX || number.len() > DOCUMENT_INPUT_MAX {
            return Err(DocumentError::TooLong);
        }
        let issuer = normalise(issuer).parse()?;
        let number = Sensitive::new(numbers::compact(&normalise(number)));
        passport::read(issuer, number.expose(), check_digit)
    }

    /// The kind.
    pub const fn document_type(&self) -> DocumentType {
        self.document_type
    }

    /// The number in its one form: capital letters and digits, no issue count, no issuing state.
    pub const fn number(&self) -> &Sensitive<String> {
        &self.number
    }

    /// The state that issued a passport; `None` for the other kinds.
    pub const fn issuer(&self) -> Option<IssuingState> {
        self.issuer
    }

    /// The birth date, where the number holds it.
    pub const fn birth_date(&self) -> Option<Date> {
        self.birth_date
    }

    /// The division of first assignment, where the number holds it; it may be abolished.
    pub const fn division(&self) -> Option<&DivisionCode> {
        self.division.as_ref()
    }

    /// Whether the person keeps this number for life.
    ///
    /// A new passport has a new number, and so had a renewed permanent resident card of the old form:
    /// records must not be joined by them.
    pub fn is_stable_key(&self) -> bool {
        match self.document_type {
            DocumentType::Passport => false,
            DocumentType::ForeignPermanentResident => {
                self.number.expose().len() == numbers::IDENTITY_LENGTH
            }
            _ => true,
        }
    }

    /// The number as [`IdentityDocument::parse`] takes it back: for a passport with the issuing state
    /// (`GBR-123456789`), for other kinds the number alone.
    pub fn text(&self) -> Sensitive<String> {
        let number = self.number.expose();
        Sensitive::new(match self.issuer {
            Some(issuer) => format!("{issuer}-{number}"),
            None => number.clone(),
        })
    }

    /// The text whose keyed hash looks a person up: `kind|number`, `passport|GBR|123456789`.
    pub fn canonical(&self) -> Sensitive<String> {
        let kind = self.document_type.id();
        let number = self.number.expose();
        Sensitive::new(match self.issuer {
            Some(issuer) => format!("{kind}|{issuer}|{number}"),
            None => format!("{kind}|{number}"),
        })
    }

    /// Completed years of age on a day, where the number holds the birth date.
    ///
    /// A year is completed on the birthday; for 29 February in a common year on 1 March.
    pub fn age_on(&self, day: Date) -> Option<u16> {
        let birth = self.birth_date?;
        let had_birthday = (day.month(), day.day()) >= (birth.month(), birth.day());
        u16::try_from(day.year() - birth.year() - i16::from(!had_birthday)).ok()
    }
}

fn read(
    document_type: DocumentType,
    text: &str,
    today: Date,
) -> Result<IdentityDocument, DocumentError> {
    if document_type == DocumentType::Passport {
        return passport::read_text(text);
    }
    let number = Sensitive::new(numbers::compact(text));
    let number = number.expose().as_str();
    match document_type {
        DocumentType::ResidentIdentity => numbers::resident_identity(number, today),
        DocumentType::ResidencePermit => numbers::residence_permit(number, today),
        DocumentType::ForeignPermanentResident => {
            numbers::foreign_permanent_resident(number, today)
        }
        DocumentType::HongKongMacauTravelPermit => numbers::hong_kong_macau_travel_permit(number),
        DocumentType::TaiwanTravelPermit | DocumentType::Passport => {
            numbers::taiwan_travel_permit(number)
        }
    }
}

/// The other kind that a refused text is a sound number of, if one is likely.
///
/// Eight digits alone are a guess: they count only where a permit or passport was asked for.
fn looks_like(asked: DocumentType, text: &str, today: Date) -> Option<DocumentType> {
    let likely = |kind: DocumentType| match kind {
        _ if kind == asked => false,
        DocumentType::TaiwanTravelPermit => asked == DocumentType::HongKongMacauTravelPermit,
        // A passport number typed without its state may well be `H` or `M` and eight digits.
        DocumentType::HongKongMacauTravelPermit => asked != DocumentType::Passport,
        DocumentType::Passport => passport::is_chinese_number(&numbers::compact(text)),
        _ => true,
    };
    DocumentType::ALL
        .into_iter()
        .filter(|kind| likely(*kind))
        .find(|kind| *kind == DocumentType::Passport || read(*kind, text, today).is_ok())
}

#[cfg(test)]
mod tests;
