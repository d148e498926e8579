//! What can be wrong with a document number, and what to do about it.

use std::fmt;

use super::DocumentType;

/// What should stand at a place of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExpectedCharacter {
    /// A digit.
    Digit,
    /// A digit or, as the last character only, `X`.
    DigitOrX,
    /// A letter from A to Z.
    Letter,
    /// A letter from A to Z but `I` and `O`, or a digit.
    DigitOrLetterButIO,
    /// A letter from A to Z or a digit.
    LetterOrDigit,
    /// `H` or `M`.
    HOrM,
    /// `E`, or before another `E` one of `D`, `S` and `P`.
    E,
    /// The digit 9.
    Nine,
}

impl fmt::Display for ExpectedCharacter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Digit => "a digit",
            Self::DigitOrX => "a digit or X",
            Self::Letter => "a letter from A to Z",
            Self::DigitOrLetterButIO => "a digit, or a letter other than I and O",
            Self::LetterOrDigit => "a letter from A to Z or a digit",
            Self::HOrM => "H (Hong Kong) or M (Macau)",
            Self::E => "E",
            Self::Nine => "9",
        })
    }
}

/// Why a text is not accepted as a document number.
///
/// No variant holds what was typed, and none tells what the right check character would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum DocumentError {
    /// Nothing was typed.
    #[error(
        "read the document number: nothing was typed; type the number as the document prints it"
    )]
    Empty,
    /// Longer than any number with any decoration.
    #[error("read the document number: it is far too long; type the number alone")]
    TooLong,
    /// Too many or too few characters; spaces, hyphens and issue counts are not counted.
    #[error("read the document number: {}", WrongLength { length: *length, expected: *expected })]
    WrongLength {
        /// How many characters there are.
        length: usize,
        /// How many the kind has: the nearest possible length.
        expected: usize,
    },
    /// A character that cannot stand at its place.
    #[error(
        "read the document number: character {position} must be {expected}; compare it with the document"
    )]
    BadCharacter {
        /// Counted from 1, without spaces, hyphens and the issuing state.
        position: usize,
        /// What should stand there.
        expected: ExpectedCharacter,
    },
    /// The check character does not fit the others: something was mistyped.
    #[error(
        "read the document number: two characters are swapped or one is wrong; compare each with the document"
    )]
    BadCheckDigit,
    /// The digits of the birth date are no day of the calendar, or one before 1900.
    #[error(
        "read the document number: characters {first} to {last} are no possible birth date; compare them with the document"
    )]
    ImpossibleBirthDate {
        /// Where the birth date starts, counted from 1.
        first: usize,
        /// Where it ends.
        last: usize,
    },
    /// The birth date lies after today.
    #[error(
        "read the document number: the birth date in characters {first} to {last} lies in the future; compare them with the document, and check the date of this device"
    )]
    BirthDateInFuture {
        /// Where the birth date starts, counted from 1.
        first: usize,
        /// Where it ends.
        last: usize,
    },
    /// The digits of the division are in no table since 1980.
    #[error(
        "read the document number: characters {first} to {last} name no division that ever was; compare them with the document"
    )]
    UnknownDivision {
        /// Where the division starts, counted from 1.
        first: usize,
        /// Where it ends.
        last: usize,
    },
    /// A number of the first generation, no longer a document since 2013.
    #[error(
        "read the document number: numbers of 15 digits are no longer documents; type the 18 characters of the present card, or go to a counter"
    )]
    FifteenDigits,
    /// A sound number of another kind.
    #[error("read the document number: this looks like a {}; choose that kind of document", looks_like.english())]
    NotThisKind {
        /// The kind it is a number of.
        looks_like: DocumentType,
    },
    /// A passport number without its state.
    #[error(
        "read the document number: the issuing state is missing; put the three letters that the passport prints as its country code before the number"
    )]
    MissingIssuer,
    /// No state or organisation has this code.
    #[error(
        "read the document number: no state has this country code; use the three letters that the passport prints as its country code"
    )]
    UnknownIssuer,
}

impl DocumentError {
    /// A stable name for programs and translations.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "document_empty",
            Self::TooLong => "document_too_long",
            Self::WrongLength { .. } => "document_wrong_length",
            Self::BadCharacter { .. } => "document_bad_character",
            Self::BadCheckDigit => "document_bad_check_digit",
            Self::ImpossibleBirthDate { .. } => "document_impossible_birth_date",
            Self::BirthDateInFuture { .. } => "document_birth_date_in_future",
            Self::UnknownDivision { .. } => "document_unknown_division",
            Self::FifteenDigits => "document_fifteen_digits",
            Self::NotThisKind { .. } => "document_not_this_kind",
            Self::MissingIssuer => "document_missing_issuer",
            Self::UnknownIssuer => "document_unknown_issuer",
        }
    }
}

/// Says by how much a length is wrong.
struct WrongLength {
    length: usize,
    expected: usize,
}

impl fmt::Display for WrongLength {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { length, expected } = self;
        let difference = length.abs_diff(*expected);
        let s = if difference == 1 { "" } else { "s" };
        let (word, look) = if length < expected {
            ("short", "look for what is missing")
        } else {
            ("long", "look for what is doubled")
        };
        write!(
            formatter,
            "it is {difference} character{s} too {word} ({length}, not {expected}); {look}"
        )
    }
}
