//! The numbers of the kinds other than passports.

use jiff::civil::Date;

use super::check::is_identity_check_right;
use super::{DocumentError, DocumentType, ExpectedCharacter, IdentityDocument};
use crate::division::{DivisionCode, TABLE_YEAR, division};
use crate::sensitive::Sensitive;

/// Characters of an identity number.
pub(super) const IDENTITY_LENGTH: usize = 18;
/// Nobody alive was born earlier.
const FIRST_BIRTH_YEAR: i16 = 1900;
/// The divisions that residence permits print: Hong Kong, Macau, Taiwan.
const PERMIT_DIVISIONS: [&str; 3] = ["810000", "820000", "830000"];

/// Drops the spaces and hyphens of normalised text.
pub(super) fn compact(text: &str) -> String {
    text.chars()
        .filter(|character| !matches!(character, ' ' | '-'))
        .collect()
}

/// GB 11643: division, birth date, sequence, check character.
pub(super) fn resident_identity(
    number: &str,
    today: Date,
) -> Result<IdentityDocument, DocumentError> {
    let digits = identity_characters(number)?;
    let code = division_of(digits, 0, 6)?;
    let birth_date = birth_date(digits, 6, today)?;
    // A number given after the table was made may name a newer county; its province is known.
    let may_be_newer = birth_date.year() >= TABLE_YEAR && division(&code.province()).is_some();
    let of_a_permit = PERMIT_DIVISIONS.contains(&code.as_str());
    if of_a_permit || division(&code).is_none() && !may_be_newer {
        return Err(DocumentError::UnknownDivision { first: 1, last: 6 });
    }
    checked(DocumentType::ResidentIdentity, number, birth_date, code)
}

/// The same form, in the three divisions of the permit alone.
pub(super) fn residence_permit(
    number: &str,
    today: Date,
) -> Result<IdentityDocument, DocumentError> {
    let digits = identity_characters(number)?;
    let code = division_of(digits, 0, 6)?;
    if !PERMIT_DIVISIONS.contains(&code.as_str()) {
        return Err(DocumentError::UnknownDivision { first: 1, last: 6 });
    }
    let birth_date = birth_date(digits, 6, today)?;
    checked(DocumentType::ResidencePermit, number, birth_date, code)
}

/// Since December 2023 `9`, province (2), nationality (3), birth date (8), sequence (3), check; before,
/// three letters of nationality and twelve digits.
pub(super) fn foreign_permanent_resident(
    number: &str,
    today: Date,
) -> Result<IdentityDocument, DocumentError> {
    if number.starts_with(|first: char| first.is_ascii_uppercase()) {
        let old = exact_length(number, 15)?;
        expect(
            &old[..3],
            0,
            ExpectedCharacter::Letter,
            u8::is_ascii_uppercase,
        )?;
        expect(&old[3..], 3, ExpectedCharacter::Digit, u8::is_ascii_digit)?;
        return Ok(IdentityDocument {
            document_type: DocumentType::ForeignPermanentResident,
            number: Sensitive::new(number.to_owned()),
            issuer: None,
            birth_date: None,
            division: None,
        });
    }
    let digits = identity_characters(number)?;
    expect(&digits[..1], 0, ExpectedCharacter::Nine, |byte| {
        *byte == b'9'
    })?;
    let province = division_of(digits, 1, 2)?;
    if division(&province).is_none() {
        return Err(DocumentError::UnknownDivision { first: 2, last: 3 });
    }
    let birth_date = birth_date(digits, 6, today)?;
    checked(
        DocumentType::ForeignPermanentResident,
        number,
        birth_date,
        province,
    )
}

/// `H` or `M` and eight digits; two more digits, or a count in brackets, are the issue count.
pub(super) fn hong_kong_macau_travel_permit(
    number: &str,
) -> Result<IdentityDocument, DocumentError> {
    let number = without_issue_count(number, 9);
    let characters = exact_length(number, 9)?;
    expect(&characters[..1], 0, ExpectedCharacter::HOrM, |byte| {
        matches!(byte, b'H' | b'M')
    })?;
    expect(
        &characters[1..],
        1,
        ExpectedCharacter::Digit,
        u8::is_ascii_digit,
    )?;
    Ok(travel_permit(
        DocumentType::HongKongMacauTravelPermit,
        number,
    ))
}

/// Eight digits; two more digits, or a count or letter in brackets, are the issue count.
pub(super) fn taiwan_travel_permit(number: &str) -> Result<IdentityDocument, DocumentError> {
    let number = without_issue_count(number, 8);
    let digits = exact_length(number, 8)?;
    expect(digits, 0, ExpectedCharacter::Digit, u8::is_ascii_digit)?;
    Ok(travel_permit(DocumentType::TaiwanTravelPermit, number))
}

fn travel_permit(document_type: DocumentType, number: &str) -> IdentityDocument {
    IdentityDocument {
        document_type,
        number: Sensitive::new(number.to_owned()),
        issuer: None,
        birth_date: None,
        division: None,
    }
}

/// Drops `(B)`, `(01)`, `01` or both behind a permit number of `length` characters.
fn without_issue_count(number: &str, length: usize) -> &str {
    let bracketed = number
        .strip_suffix(')')
        .and_then(|open| open.rsplit_once('('));
    let number = match bracketed {
        Some((before, count))
            if matches!(count.len(), 1 | 2)
                && count.bytes().all(|byte| byte.is_ascii_alphanumeric()) =>
        {
            before
        }
        _ => number,
    };
    match number.split_at_checked(length) {
        Some((before, count)) if count.len() == 2 && count.bytes().all(|b| b.is_ascii_digit()) => {
            before
        }
        _ => number,
    }
}

/// 17 digits and a digit or `X`; the digits alone are returned with the check character.
fn identity_characters(number: &str) -> Result<&[u8], DocumentError> {
    if number.len() == 15 && number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(DocumentError::FifteenDigits);
    }
    let characters = exact_length(number, IDENTITY_LENGTH)?;
    let (digits, check) = characters.split_at(IDENTITY_LENGTH - 1);
    expect(digits, 0, ExpectedCharacter::Digit, u8::is_ascii_digit)?;
    expect(check, 17, ExpectedCharacter::DigitOrX, |byte| {
        byte.is_ascii_digit() || *byte == b'X'
    })?;
    Ok(characters)
}

/// The characters, if they are `expected` many and ASCII.
pub(super) fn exact_length(number: &str, expected: usize) -> Result<&[u8], DocumentError> {
    let length = number.chars().count();
    if length != expected {
        return Err(DocumentError::WrongLength { length, expected });
    }
    match number.chars().position(|character| !character.is_ascii()) {
        None => Ok(number.as_bytes()),
        Some(index) => Err(DocumentError::BadCharacter {
            position: index + 1,
            expected: ExpectedCharacter::LetterOrDigit,
        }),
    }
}

/// Refuses the first character that is not as expected; `offset` characters stand before the slice.
pub(super) fn expect(
    characters: &[u8],
    offset: usize,
    expected: ExpectedCharacter,
    fits: impl Fn(&u8) -> bool,
) -> Result<(), DocumentError> {
    match characters.iter().position(|character| !fits(character)) {
        Some(index) => Err(DocumentError::BadCharacter {
            position: offset + index + 1,
            expected,
        }),
        None => Ok(()),
    }
}

fn division_of(digits: &[u8], start: usize, length: usize) -> Result<DivisionCode, DocumentError> {
    let mut code = [b'0'; 6];
    for (place, digit) in code.iter_mut().zip(digits.iter().skip(start).take(length)) {
        *place = *digit;
    }
    DivisionCode::from_digits(code).map_err(|_| DocumentError::UnknownDivision {
        first: start + 1,
        last: start + length,
    })
}

/// The eight digits of a day, from the zero-based `start`.
fn birth_date(digits: &[u8], start: usize, today: Date) -> Result<Date, DocumentError> {
    let number = |from: usize, length: usize| {
        digits
            .iter()
            .skip(start + from)
            .take(length)
            .fold(0_i16, |sum, digit| sum * 10 + i16::from(digit & 0x0f))
    };
    let [first, last] = [start + 1, start + 8];
    let impossible = DocumentError::ImpossibleBirthDate { first, last };
    let [month, day] =
        [number(4, 2), number(6, 2)].map(|pair| i8::try_from(pair).unwrap_or_default());
    let date = Date::new(number(0, 4), month, day).map_err(|_| impossible)?;
    if date.year() < FIRST_BIRTH_YEAR {
        return Err(impossible);
    }
    if date > today {
        return Err(DocumentError::BirthDateInFuture { first, last });
    }
    Ok(date)
}

fn checked(
    document_type: DocumentType,
    number: &str,
    birth_date: Date,
    division: DivisionCode,
) -> Result<IdentityDocument, DocumentError> {
    if !is_identity_check_right(number.as_bytes()) {
        return Err(DocumentError::BadCheckDigit);
    }
    Ok(IdentityDocument {
        document_type,
        number: Sensitive::new(number.to_owned()),
        issuer: None,
        birth_date: Some(birth_date),
        division: Some(division),
    })
}
