//! Regions and the areas inside them, by code.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::bounded::{bounded_text, is_name_byte};

bounded_text! {
    /// A region that runs a health code of its own, such as `zhejiang`.
    RegionCode, what "a region", longest 32, allowed "a-z, 0-9, '-', '_' and '.'", is_name_byte
}

bounded_text! {
    /// The name of a region profile, such as `zhejiang-2020`.
    ProfileName, what "a profile name", longest 48, allowed "a-z, 0-9, '-', '_' and '.'", is_name_byte
}

/// An area code was not 6, 9 or 12 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("use 6, 9 or 12 digits as an area code (county, street or village)")]
pub struct AreaCodeError;

/// A statistical area code: 6 digits for a county, 9 for a street, 12 for a village or community.
///
/// Risk areas are drawn down to the street and the community, below what a division code can say.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AreaCode(String);

impl AreaCode {
    /// Takes 6, 9 or 12 digits.
    ///
    /// # Errors
    /// [`AreaCodeError`] for anything else.
    pub fn new(text: impl Into<String>) -> Result<Self, AreaCodeError> {
        let text = text.into();
        if matches!(text.len(), 6 | 9 | 12) && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(text))
        } else {
            Err(AreaCodeError)
        }
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The six digits of the county that the area lies in.
    #[must_use]
    pub fn county(&self) -> &str {
        self.0.get(..6).unwrap_or_default()
    }
}

impl TryFrom<String> for AreaCode {
    type Error = AreaCodeError;
    fn try_from(text: String) -> Result<Self, AreaCodeError> {
        Self::new(text)
    }
}

impl From<AreaCode> for String {
    fn from(code: AreaCode) -> String {
        code.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_area_is_a_county_a_street_or_a_community() {
        assert_eq!(
            AreaCode::new("330106").map(|area| area.county().to_owned()),
            Ok("330106".to_owned())
        );
        assert_eq!(
            AreaCode::new("330106109").map(|area| area.county().to_owned()),
            Ok("330106".to_owned())
        );
        for wrong in ["", "3301", "33010A", "3301061", "３３０１０６"] {
            assert_eq!(AreaCode::new(wrong), Err(AreaCodeError));
        }
    }

    #[test]
    fn a_region_with_a_space_or_of_great_length_is_refused() {
        assert!(RegionCode::new("zhejiang").is_ok());
        assert!(RegionCode::new("zhe jiang").is_err());
        assert!(RegionCode::new("z".repeat(33)).is_err());
        assert!(RegionCode::new("").is_err());
    }
}
