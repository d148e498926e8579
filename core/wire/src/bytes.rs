//! Bytes as they travel inside JSON: base64url without padding.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A byte string of any length, written in JSON as base64url without padding.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Bytes(pub Vec<u8>);

/// Exactly `N` bytes, written in JSON as base64url without padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FixedBytes<const N: usize>(pub [u8; N]);

impl Bytes {
    /// The text form used in JSON and in headers.
    #[must_use]
    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.0)
    }

    /// Reads the text form; `None` when it is not canonical base64url without padding.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok().map(Self)
    }
}

impl<const N: usize> FixedBytes<N> {
    /// The text form used in JSON and in headers.
    #[must_use]
    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Reads the text form; `None` when it is not canonical or not `N` bytes long.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_text(&text).ok_or_else(|| D::Error::custom("expected base64url without padding"))
    }
}

impl<const N: usize> Serialize for FixedBytes<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

impl<'de, const N: usize> Deserialize<'de> for FixedBytes<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_text(&text).ok_or_else(|| {
            D::Error::custom(format_args!(
                "expected {N} bytes as base64url without padding"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bytes_survive_the_text_form(bytes: Vec<u8>) {
            let bytes = Bytes(bytes);
            prop_assert_eq!(Bytes::from_text(&bytes.to_text()), Some(bytes));
        }

        #[test]
        fn a_text_that_is_read_is_written_the_same(text in "[A-Za-z0-9_=-]{0,24}") {
            if let Some(bytes) = Bytes::from_text(&text) {
                prop_assert_eq!(bytes.to_text(), text);
            }
        }
    }

    #[test]
    fn a_wrong_length_is_refused() {
        assert_eq!(FixedBytes::<4>::from_text("AAAA"), None);
        assert_eq!(FixedBytes::<3>::from_text("AAAA"), Some(FixedBytes([0; 3])));
    }
}
