//! The opaque id by which a person is known inside the system.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Names one person everywhere: records, families, evidence.
///
/// Sixteen random bytes given by the platform. It is never derived from a document, so that it
/// says nothing about the person, survives a new passport, and cannot be guessed from a number.
/// As text (`Display`, serde) it is 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct PersonId([u8; 16]);

impl PersonId {
    /// Wraps sixteen bytes that the caller drew at random.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The sixteen bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for PersonId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PersonId({self})")
    }
}

impl From<PersonId> for String {
    fn from(id: PersonId) -> Self {
        id.to_string()
    }
}

/// Why a text is not a person id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("read the person id: it must be 32 lower-case hexadecimal digits")]
pub struct PersonIdError;

impl FromStr for PersonId {
    type Err = PersonIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = <&[u8; 32]>::try_from(text.as_bytes()).map_err(|_| PersonIdError)?;
        let mut bytes = [0; 16];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            for digit in pair {
                let value = match digit {
                    b'0'..=b'9' => digit - b'0',
                    b'a'..=b'f' => digit - b'a' + 10,
                    _ => return Err(PersonIdError),
                };
                *byte = *byte << 4 | value;
            }
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for PersonId {
    type Error = PersonIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    proptest! {
        #[test]
        fn an_id_survives_text_and_json(bytes: [u8; 16]) {
            let id = PersonId::from_bytes(bytes);
            prop_assert_eq!(id.to_string().parse(), Ok(id));
            let json = serde_json::to_string(&id).unwrap();
            prop_assert_eq!(serde_json::from_str::<PersonId>(&json).unwrap(), id);
        }
    }

    #[test]
    fn the_text_form_is_lower_case_hexadecimal() {
        let id = PersonId::from_bytes(*b"\x00\x01\xfe\xffabcdefghijkl");
        assert_eq!(id.to_string(), "0001feff6162636465666768696a6b6c");
        assert_eq!(
            serde_json::to_string(&id).unwrap(),
            "\"0001feff6162636465666768696a6b6c\""
        );
    }

    #[rstest]
    #[case::empty("")]
    #[case::short("0001feff6162636465666768696a6b6")]
    #[case::long("0001feff6162636465666768696a6b6c0")]
    #[case::upper_case("0001FEFF6162636465666768696A6B6C")]
    #[case::not_hexadecimal("0001feff6162636465666768696a6b6g")]
    #[case::wide("0001feff6162636465666768696a6b王")]
    fn any_other_text_is_refused(#[case] text: &str) {
        assert_eq!(text.parse::<PersonId>(), Err(PersonIdError));
    }
}
