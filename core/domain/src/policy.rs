//! What rule packs and region profiles have in common: bounded JSON, clear refusals, named sources.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a pack or a profile is refused. Each names the place in the file and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PolicyError {
    /// The file is longer than any policy needs to be.
    #[error("keep the file within {longest} bytes")]
    TooLong {
        /// The longest that is read, in bytes.
        longest: usize,
    },
    /// Something is no JSON, or is not what stands at that place.
    #[error("read {path}: {detail}")]
    NotReadable {
        /// The place, such as `rules[3].ends[0]`.
        path: String,
        /// What was expected there.
        detail: String,
    },
    /// Readable, but it contradicts itself or a limit that no policy may cross.
    #[error("accept {path}: {advice}")]
    Inconsistent {
        /// The place.
        path: String,
        /// What to do.
        advice: String,
    },
}

impl PolicyError {
    /// A stable code for clients.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "policy_too_long",
            Self::NotReadable { .. } => "policy_not_readable",
            Self::Inconsistent { .. } => "policy_inconsistent",
        }
    }

    pub(crate) fn inconsistent(path: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::Inconsistent {
            path: path.into(),
            advice: advice.into(),
        }
    }
}

/// The longest pack or profile, in bytes.
pub const LONGEST_POLICY: usize = 256 * 1024;

/// Whose file is read, which decides what a field means that this program does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// The file of whoever puts it into force here: such a field is a slip of the pen, and is refused.
    OwnFile,
    /// A file that somebody signed, perhaps for newer programs than this: such a field is for those.
    SignedFile,
}

fn check_length(json: &[u8]) -> Result<(), PolicyError> {
    if json.len() > LONGEST_POLICY {
        return Err(PolicyError::TooLong {
            longest: LONGEST_POLICY,
        });
    }
    Ok(())
}

/// Reads one JSON value with nothing after it: a file that somebody signed ([`Reading::SignedFile`]). Its
/// error names the line. Whoever wants the field too reads as [`read_own_json`] does; that way of reading is
/// as large again, and phones go without it.
pub(crate) fn read_signed_json<T: DeserializeOwned>(json: &[u8]) -> Result<T, PolicyError> {
    check_length(json)?;
    serde_json::from_slice(json).map_err(|error| PolicyError::NotReadable {
        path: ".".to_owned(),
        detail: error.to_string(),
    })
}

/// Reads one JSON value with nothing after it: the file of whoever puts it into force
/// ([`Reading::OwnFile`]). Its error names the field.
pub(crate) fn read_own_json<T: DeserializeOwned>(json: &[u8]) -> Result<T, PolicyError> {
    check_length(json)?;
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let mut track = serde_path_to_error::Track::new();
    let mut unknown = None;
    let value = serde_ignored::deserialize(
        serde_path_to_error::Deserializer::new(&mut deserializer, &mut track),
        |path| {
            unknown.get_or_insert_with(|| path.to_string());
        },
    )
    .map_err(|error: serde_json::Error| PolicyError::NotReadable {
        path: track.path().to_string(),
        detail: error.to_string(),
    })?;
    deserializer
        .end()
        .map_err(|error| PolicyError::NotReadable {
            path: ".".to_owned(),
            detail: error.to_string(),
        })?;
    match unknown {
        Some(path) => Err(PolicyError::NotReadable {
            path,
            detail: "no such field; look for a slip of the pen".to_owned(),
        }),
        None => Ok(value),
    }
}

/// Where a rule or a limit comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The article, or the part and paragraph.
    pub place: String,
    /// The sentence as it stands there.
    pub sentence: String,
    /// What the text leaves open and this policy fills in; `None` where the text says it all.
    #[serde(default)]
    pub own_reading: Option<String>,
}

impl Source {
    pub(crate) fn check(&self, path: &str) -> Result<(), PolicyError> {
        check_text(&format!("{path}.place"), &self.place, 120)?;
        check_text(&format!("{path}.sentence"), &self.sentence, 400)?;
        self.own_reading
            .iter()
            .try_for_each(|text| check_text(&format!("{path}.own_reading"), text, 400))
    }
}

/// The document that a policy puts into data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceDocument {
    /// Its title.
    pub title: String,
    /// Who issued it.
    pub issuer: String,
    /// What to know about this reading of it.
    pub note: String,
}

impl SourceDocument {
    pub(crate) fn check(&self, path: &str) -> Result<(), PolicyError> {
        check_text(&format!("{path}.title"), &self.title, 200)?;
        check_text(&format!("{path}.issuer"), &self.issuer, 200)?;
        check_text(&format!("{path}.note"), &self.note, 800)
    }
}

/// One readable line of bounded length.
pub(crate) fn check_text(path: &str, text: &str, longest: usize) -> Result<(), PolicyError> {
    let length = text.chars().count();
    if text.trim().is_empty() || length > longest || text.chars().any(char::is_control) {
        return Err(PolicyError::inconsistent(
            path,
            format!("write one line of 1 to {longest} characters"),
        ));
    }
    Ok(())
}

/// A whole number between two bounds.
pub(crate) fn check_range(
    path: &str,
    value: u32,
    range: std::ops::RangeInclusive<u32>,
) -> Result<(), PolicyError> {
    if range.contains(&value) {
        return Ok(());
    }
    Err(PolicyError::inconsistent(
        path,
        format!("give a number from {} to {}", range.start(), range.end()),
    ))
}

/// The zone of this IANA name, where a region has it.
pub(crate) fn zone(path: &str, name: &str) -> Result<jiff::tz::TimeZone, PolicyError> {
    let unknown = || {
        PolicyError::inconsistent(
            path,
            format!("name one of {}", crate::zone::ZONES.join(", ")),
        )
    };
    crate::zone::named(name).ok_or_else(unknown)
}
