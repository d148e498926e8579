//! Mainland mobile numbers, to which one-time codes go.

use serde::{Deserialize, Serialize};

use crate::identity::normalise;
use crate::sensitive::Sensitive;

/// The longest text looked at, in bytes; a phone number with every allowed decoration is shorter.
pub const PHONE_INPUT_MAX: usize = 64;

/// A mainland mobile number: eleven digits, `1` then `3` to `9`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Phone(Sensitive<String>);

/// Why a text is not a mainland mobile number; never holds what was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// Nothing was typed.
    #[error("read the phone number: nothing was typed; type the 11 digits of a mobile number")]
    Empty,
    /// The number of digits is wrong; a `+86` in front is not counted.
    #[error(
        "read the phone number: it has {length} digits and needs 11; look for what is missing or doubled"
    )]
    WrongLength {
        /// How many characters there are.
        length: usize,
    },
    /// Something other than a digit.
    #[error("read the phone number: character {position} is not a digit; type digits only")]
    BadCharacter {
        /// Counted from 1, without spaces, hyphens and `+86`.
        position: usize,
    },
    /// Eleven digits that no mobile number has.
    #[error(
        "read the phone number: mobile numbers start with 13 to 19; a landline cannot receive the message, ask for a call or use a counter"
    )]
    NotMobile,
    /// A `+` with another country's number.
    #[error(
        "read the phone number: only numbers of mainland China (+86) receive messages; use a counter instead"
    )]
    AnotherCountry,
}

impl PhoneError {
    /// A stable name for programs and translations.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "phone_empty",
            Self::WrongLength { .. } => "phone_wrong_length",
            Self::BadCharacter { .. } => "phone_bad_character",
            Self::NotMobile => "phone_not_mobile",
            Self::AnotherCountry => "phone_another_country",
        }
    }
}

impl Phone {
    /// Reads a number as people type it: full-width digits, spaces, hyphens, `+86`, `0086` or `86`.
    ///
    /// # Errors
    /// A [`PhoneError`] that says what to mend.
    pub fn parse(text: &str) -> Result<Self, PhoneError> {
        if text.len() > PHONE_INPUT_MAX {
            return Err(PhoneError::WrongLength {
                length: text.chars().count(),
            });
        }
        let text = normalise(text);
        let compact: String = text
            .chars()
            .filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.'))
            .collect();
        let compact = Sensitive::new(compact);
        let compact = compact.expose().as_str();
        let national = if let Some(rest) = compact.strip_prefix('+') {
            rest.strip_prefix("86").ok_or(PhoneError::AnotherCountry)?
        } else if let Some(rest) = compact.strip_prefix("0086") {
            rest
        } else {
            match compact.strip_prefix("86") {
                Some(rest) if rest.len() == 11 => rest,
                _ => compact,
            }
        };
        if national.is_empty() {
            return Err(PhoneError::Empty);
        }
        if let Some(index) = national.chars().position(|c| !c.is_ascii_digit()) {
            return Err(PhoneError::BadCharacter {
                position: index + 1,
            });
        }
        if national.len() != 11 {
            return Err(PhoneError::WrongLength {
                length: national.len(),
            });
        }
        if !matches!(national.as_bytes(), [b'1', b'3'..=b'9', ..]) {
            return Err(PhoneError::NotMobile);
        }
        Ok(Self(Sensitive::new(national.to_owned())))
    }

    /// The eleven digits.
    pub const fn number(&self) -> &Sensitive<String> {
        &self.0
    }

    /// The number as it may be shown: the first three and the last four digits, `138****5678`.
    pub fn masked(&self) -> MaskedPhone {
        let digits = self.0.expose();
        let head = digits.get(..3).unwrap_or_default();
        let tail = digits.get(7..).unwrap_or_default();
        MaskedPhone(format!("{head}****{tail}"))
    }
}

/// A phone number with its four middle digits hidden.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MaskedPhone(String);

impl MaskedPhone {
    /// The text to show.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<MaskedPhone> for String {
    fn from(mask: MaskedPhone) -> Self {
        mask.0
    }
}

/// A text is not a masked phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("read the masked phone number: it must be three digits, four asterisks, four digits")]
pub struct MaskedPhoneError;

impl TryFrom<String> for MaskedPhone {
    type Error = MaskedPhoneError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let right = text.len() == 11
            && text.bytes().enumerate().all(|(index, byte)| match index {
                3..=6 => byte == b'*',
                _ => byte.is_ascii_digit(),
            });
        if right {
            Ok(Self(text))
        } else {
            Err(MaskedPhoneError)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("13812345678")]
    #[case::spaced("138 1234 5678")]
    #[case::hyphens("138-1234-5678")]
    #[case::country("+86 138 1234 5678")]
    #[case::country_bracketed("(+86)13812345678")]
    #[case::country_zeros("008613812345678")]
    #[case::country_bare("8613812345678")]
    #[case::full_width("+86 13812345678")]
    #[case::copied_from_contacts("\u{202d}+86 138 1234 5678\u{202c}")]
    fn a_mobile_number_is_read_however_it_is_typed(#[case] text: &str) {
        let phone = Phone::parse(text).unwrap();
        assert_eq!(phone.number().expose(), "13812345678");
        assert_eq!(phone.masked().as_str(), "138****5678");
    }

    #[rstest]
    #[case::nothing("", PhoneError::Empty)]
    #[case::only_country("+86", PhoneError::Empty)]
    #[case::short("1381234567", PhoneError::WrongLength { length: 10 })]
    #[case::long("138123456789", PhoneError::WrongLength { length: 12 })]
    #[case::letter("1381234567O", PhoneError::BadCharacter { position: 11 })]
    #[case::landline("02088888888", PhoneError::NotMobile)]
    #[case::service("12345678901", PhoneError::NotMobile)]
    #[case::hong_kong("+852 5123 4567", PhoneError::AnotherCountry)]
    fn anything_else_is_refused_with_the_reason(#[case] text: &str, #[case] error: PhoneError) {
        assert_eq!(Phone::parse(text), Err(error));
        assert!(error.code().starts_with("phone_"));
    }

    #[test]
    fn a_flood_is_refused_without_reading_it() {
        let flood = "1".repeat(100_000);
        assert_eq!(
            Phone::parse(&flood),
            Err(PhoneError::WrongLength { length: 100_000 })
        );
    }

    #[rstest]
    #[case("138****567")]
    #[case("138*****678")]
    #[case("13812345678")]
    #[case("王*")]
    fn a_text_that_is_no_mask_is_refused(#[case] text: &str) {
        assert_eq!(
            MaskedPhone::try_from(text.to_owned()),
            Err(MaskedPhoneError)
        );
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = Phone::parse(&text);
        }

        #[test]
        fn the_mask_hides_four_digits_and_debug_hides_all(number in "1[3-9][0-9]{9}") {
            let phone = Phone::parse(&number).unwrap();
            let mask = phone.masked();
            prop_assert_eq!(mask.as_str(), format!("{}****{}", &number[..3], &number[7..]));
            let printed = format!("{phone:?}");
            prop_assert!(!printed.contains(&number));
            prop_assert_eq!(MaskedPhone::try_from(String::from(mask.clone())), Ok(mask));
        }

        #[test]
        fn no_error_prints_what_was_typed(digits in "[2-9]{4,20}", bad in "[A-Z王*\u{0}]") {
            for text in [digits.clone(), format!("+{digits}"), format!("{digits}{bad}{digits}")] {
                let error = Phone::parse(&text).unwrap_err();
                let printed = format!("{error} {error:?}");
                prop_assert!(!printed.contains(&digits), "{}", printed);
            }
        }
    }
}
