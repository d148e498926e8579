//! The risk areas of a region: a dated list, put into force like a rule pack.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use crate::evidence::RiskLevel;
use crate::policy::{PolicyError, SourceDocument, check_range, read_own_json};
use crate::region::{AreaCode, RegionCode};

/// The most areas of one list.
pub const AREAS_MAX: usize = 4096;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AreasFile {
    format: u32,
    region: RegionCode,
    version: u32,
    effective_from: Timestamp,
    source: SourceDocument,
    areas: Vec<AreaEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AreaEntry {
    area: AreaCode,
    level: RiskLevel,
}

/// Which areas of a region are of which level of risk, from one time on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RiskAreas {
    region: RegionCode,
    version: u32,
    effective_from: Timestamp,
    source: SourceDocument,
    areas: BTreeMap<AreaCode, RiskLevel>,
}

impl RiskAreas {
    /// Reads a list from JSON and checks all of it.
    ///
    /// # Errors
    /// [`PolicyError`] names the place in the file and what to do there.
    pub fn parse(json: &[u8]) -> Result<Self, PolicyError> {
        let file: AreasFile = read_own_json(json)?;
        check_range("format", file.format, 1..=1)?;
        check_range("version", file.version, 1..=u32::MAX)?;
        file.source.check("source")?;
        if file.areas.len() > AREAS_MAX {
            return Err(PolicyError::inconsistent(
                "areas",
                format!("list {AREAS_MAX} areas or fewer; name a county instead of its streets"),
            ));
        }
        let mut areas = BTreeMap::new();
        for (index, entry) in file.areas.into_iter().enumerate() {
            if areas.insert(entry.area, entry.level).is_some() {
                return Err(PolicyError::inconsistent(
                    format!("areas[{index}].area"),
                    "list each area once",
                ));
            }
        }
        Ok(Self {
            region: file.region,
            version: file.version,
            effective_from: file.effective_from,
            source: file.source,
            areas,
        })
    }

    /// Its region.
    #[must_use]
    pub fn region(&self) -> &RegionCode {
        &self.region
    }

    /// Its version.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// From when it is in force.
    #[must_use]
    pub fn effective_from(&self) -> Timestamp {
        self.effective_from
    }

    /// The decision that it puts into data.
    #[must_use]
    pub fn source(&self) -> &SourceDocument {
        &self.source
    }

    /// The level of an area: its own, or that of the street or county around it; low where none is listed.
    #[must_use]
    pub fn level(&self, area: &AreaCode) -> RiskLevel {
        let text = area.as_str();
        [text.len(), 9, 6]
            .into_iter()
            .filter_map(|length| AreaCode::new(text.get(..length)?).ok())
            .find_map(|around| self.areas.get(&around).copied())
            .unwrap_or(RiskLevel::Low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(areas: &str) -> Result<RiskAreas, PolicyError> {
        RiskAreas::parse(
            format!(
                r#"{{"format":1,"region":"zhejiang","version":3,"effective_from":"2022-01-01T00:00:00+08:00",
                "source":{{"title":"t","issuer":"i","note":"n"}},"areas":[{areas}]}}"#
            )
            .as_bytes(),
        )
    }

    #[test]
    fn the_nearest_area_that_is_listed_says_the_level() {
        let listed = list(
            r#"{"area":"330106","level":"medium"},{"area":"330106003","level":"high"},
               {"area":"330106003001","level":"low"}"#,
        )
        .unwrap();
        for (area, level) in [
            ("330106", RiskLevel::Medium),
            ("330106001", RiskLevel::Medium),
            ("330106001001", RiskLevel::Medium),
            ("330106003", RiskLevel::High),
            ("330106003002", RiskLevel::High),
            ("330106003001", RiskLevel::Low),
            ("330105", RiskLevel::Low),
        ] {
            assert_eq!(listed.level(&AreaCode::new(area).unwrap()), level, "{area}");
        }
    }

    #[test]
    fn a_list_that_contradicts_itself_is_refused_at_its_place() {
        let twice = r#"{"area":"330106","level":"low"},{"area":"330106","level":"high"}"#;
        let refused = list(twice).unwrap_err().to_string();
        assert!(refused.contains("areas[1].area"), "{refused}");
        assert!(list(r#"{"area":"33010","level":"low"}"#).is_err());
        assert!(list(r#"{"area":"330106","level":"low","street":"x"}"#).is_err());
    }
}
