//! Short bounded texts that name things: one rule for all of them.

use thiserror::Error;

/// A text that should name something is empty, too long, or holds a character that names do not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("use 1 to {longest} characters of {allowed} as {what}")]
pub struct BoundedTextError {
    /// What the text was to name, such as "a rule id".
    pub what: &'static str,
    /// The longest text that is taken, in bytes.
    pub longest: usize,
    /// The characters that are taken, in words.
    pub allowed: &'static str,
}

/// Makes a newtype over a short ASCII text, checked where it is made and where it is read.
macro_rules! bounded_text {
    ($(#[$doc:meta])* $name:ident, what $what:literal, longest $longest:literal, allowed $allowed:literal, $is_allowed:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Takes the text when it keeps the bounds of its kind.
            ///
            /// # Errors
            /// Says which characters and how many are taken; never repeats what was given.
            pub fn new(text: impl Into<String>) -> Result<Self, $crate::bounded::BoundedTextError> {
                let text: String = text.into();
                let is_allowed: fn(u8) -> bool = $is_allowed;
                if text.is_empty() || text.len() > $longest || !text.bytes().all(is_allowed) {
                    return Err($crate::bounded::BoundedTextError { what: $what, longest: $longest, allowed: $allowed });
                }
                Ok(Self(text))
            }

            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::bounded::BoundedTextError;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::new(text)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::bounded::BoundedTextError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }

        #[cfg(feature = "openapi")]
        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $crate::openapi::bounded_text_schema($longest, $is_allowed)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.0
            }
        }
    };
}

pub(crate) use bounded_text;

/// Lower-case names with hyphens or underscores, as used in files that people write.
pub(crate) fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.')
}

/// References that other systems hand out.
pub(crate) fn is_reference_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':' | b'/')
}
