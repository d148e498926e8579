//! Administrative divisions (GB/T 2260), the abolished ones included.
//!
//! An identity number keeps the division of its first assignment, so a county dissolved in 1983 is
//! as valid as one that stands. `core/domain/data/README.md` names the sources and their licences.

use std::fmt;
use std::str::FromStr;

use liangma_packed::Packed;
use serde::{Deserialize, Serialize};

/// `code TAB latest name TAB year of the first table without it LF`, sorted by code.
static TABLE: Packed = Packed::new(include_bytes!(concat!(env!("OUT_DIR"), "/divisions")));

/// The year that the newest table describes (as of 30 June).
///
/// A number first assigned later may name a division that the table cannot know.
pub const TABLE_YEAR: i16 = 2023;

/// The six digits of a division: two each for province, prefecture and county.
///
/// Any six digits make a code; whether it is in the table is what [`division`] answers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct DivisionCode([u8; 6]);

impl DivisionCode {
    /// Takes exactly six ASCII digits.
    ///
    /// # Errors
    /// Anything else is a [`DivisionCodeError`].
    pub fn from_digits(digits: [u8; 6]) -> Result<Self, DivisionCodeError> {
        if digits.iter().all(u8::is_ascii_digit) {
            Ok(Self(digits))
        } else {
            Err(DivisionCodeError)
        }
    }

    /// The six digits as text.
    pub fn as_str(&self) -> &str {
        // Only digits get in, so this never falls back.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// What the code says about its place in the hierarchy.
    pub fn level(&self) -> Level {
        match &self.0 {
            [_, _, b'0', b'0', b'0', b'0'] => Level::Province,
            [_, _, _, _, b'0', b'0'] => Level::Prefecture,
            _ => Level::County,
        }
    }

    /// The code of the province it lies in (itself, for a province).
    pub const fn province(&self) -> Self {
        Self([self.0[0], self.0[1], b'0', b'0', b'0', b'0'])
    }

    /// The code of the prefecture it lies in (itself, for a prefecture or province).
    pub const fn prefecture(&self) -> Self {
        Self([self.0[0], self.0[1], self.0[2], self.0[3], b'0', b'0'])
    }

    /// Whether this division is `other` or lies inside it, judged by the digits.
    ///
    /// Administrators' territories and risk areas are compared with it.
    pub fn lies_in(&self, other: &Self) -> bool {
        match other.level() {
            Level::Province => self.province() == *other,
            Level::Prefecture => self.prefecture() == *other,
            Level::County => self == other,
        }
    }
}

impl fmt::Display for DivisionCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Debug for DivisionCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "DivisionCode({self})")
    }
}

/// Why a text is not the code of a division.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("read the division code: it must be six digits")]
pub struct DivisionCodeError;

impl FromStr for DivisionCode {
    type Err = DivisionCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_digits(text.as_bytes().try_into().map_err(|_| DivisionCodeError)?)
    }
}

impl TryFrom<String> for DivisionCode {
    type Error = DivisionCodeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<DivisionCode> for String {
    fn from(code: DivisionCode) -> Self {
        code.as_str().to_owned()
    }
}

/// How high a division stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Province, autonomous region, municipality, special administrative region.
    Province,
    /// City, prefecture, league; also the placeholder rows between a municipality and its districts.
    Prefecture,
    /// County, district, county-level city, banner.
    County,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Division {
    /// Its code.
    pub code: DivisionCode,
    /// The latest name that the tables give it, in Chinese.
    pub name: &'static str,
    /// Its level.
    pub level: Level,
    /// The year of the first table without it, so it was dissolved or re-coded in or shortly before
    /// that year; `None` while in force.
    pub abolished: Option<i16>,
    /// The next division up that is in the table; `None` for a province.
    pub parent: Option<DivisionCode>,
}

/// Looks a code up in the table: abolished divisions too, `None` if no table since 1980 has it.
pub fn division(code: &DivisionCode) -> Option<Division> {
    let mut rest = TABLE.text();
    // Lines differ in length, so the search halves the text and steps back to the line's start.
    while !rest.is_empty() {
        let middle = rest.floor_char_boundary(rest.len() / 2);
        let start = rest[..middle].rfind('\n').map_or(0, |newline| newline + 1);
        let end = rest[start..]
            .find('\n')
            .map_or(rest.len(), |length| start + length + 1);
        let line = rest[start..end].trim_end();
        let digits = line.get(..6)?;
        match digits.cmp(code.as_str()) {
            std::cmp::Ordering::Less => rest = &rest[end..],
            std::cmp::Ordering::Greater => rest = &rest[..start],
            std::cmp::Ordering::Equal => return row(line),
        }
    }
    None
}

/// Every division of the table, by rising code; abolished ones and placeholders included.
pub fn divisions() -> impl Iterator<Item = Division> {
    TABLE.text().lines().filter_map(row)
}

fn row(line: &'static str) -> Option<Division> {
    let mut fields = line.split('\t');
    let code: DivisionCode = fields.next()?.parse().ok()?;
    let name = fields.next()?;
    let abolished = fields.next().and_then(|year| year.parse().ok());
    let level = code.level();
    let parent = match level {
        Level::Province => None,
        Level::Prefecture => Some(code.province()),
        Level::County if division(&code.prefecture()).is_some() => Some(code.prefecture()),
        Level::County => Some(code.province()),
    };
    Some(Division {
        code,
        name,
        level,
        abolished,
        parent,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn code(text: &str) -> DivisionCode {
        text.parse().unwrap()
    }

    #[rstest]
    #[case::province("330000", "浙江省", Level::Province, None, None)]
    #[case::prefecture("450100", "南宁市", Level::Prefecture, None, Some("450000"))]
    #[case::county("330106", "西湖区", Level::County, None, Some("330100"))]
    #[case::merged_in_2010("110103", "崇文区", Level::County, Some(2010), Some("110100"))]
    #[case::merged_by_2023("330103", "下城区", Level::County, Some(2023), Some("330100"))]
    #[case::abolished_prefecture("341400", "巢湖市", Level::Prefecture, Some(2011), Some("340000"))]
    #[case::newest("659012", "白杨市", Level::County, None, Some("659000"))]
    #[case::city_without_counties("441900", "东莞市", Level::Prefecture, None, Some("440000"))]
    #[case::hong_kong("810000", "香港特别行政区", Level::Province, None, None)]
    #[case::taiwan_permit("830000", "台湾居民居住证", Level::Province, None, None)]
    #[case::first_row("110000", "北京市", Level::Province, None, None)]
    fn a_division_is_found(
        #[case] text: &str,
        #[case] name: &str,
        #[case] level: Level,
        #[case] abolished: Option<i16>,
        #[case] parent: Option<&str>,
    ) {
        let found = division(&code(text)).unwrap();
        assert_eq!(
            (found.code, found.name, found.level),
            (code(text), name, level)
        );
        assert_eq!(
            (found.abolished, found.parent),
            (abolished, parent.map(code))
        );
    }

    #[rstest]
    #[case::before_the_first("000000")]
    #[case::between("110120")]
    #[case::no_such_province("990000")]
    #[case::development_zone("130171")]
    fn a_code_of_no_table_is_not_found(#[case] text: &str) {
        assert_eq!(division(&code(text)), None);
    }

    #[test]
    fn every_row_is_well_formed_sorted_and_found_and_every_parent_exists() {
        let all: Vec<Division> = divisions().collect();
        assert_eq!(all.len(), TABLE.text().lines().count());
        assert!(
            all.len() > 6_900,
            "abolished divisions are missing: {}",
            all.len()
        );
        assert!(all.windows(2).all(|pair| pair[0].code < pair[1].code));
        for row in &all {
            assert_eq!(division(&row.code).as_ref(), Some(row));
            assert!(!row.name.is_empty() && row.name.chars().all(char::is_alphabetic));
            assert!(
                row.abolished
                    .is_none_or(|year| (1981..=TABLE_YEAR).contains(&year))
            );
            if let Some(parent) = row.parent {
                assert!(division(&parent).is_some(), "{row:?}");
                assert!(row.code.lies_in(&parent));
            }
        }
        let in_force = all.iter().filter(|row| row.abolished.is_none());
        assert_eq!(
            in_force
                .clone()
                .filter(|row| row.level == Level::Province)
                .count(),
            35
        );
        assert!(in_force.filter(|row| row.level == Level::County).count() > 2_840);
    }

    #[rstest]
    #[case("450102", "450000", true)]
    #[case("450102", "450100", true)]
    #[case("450102", "450102", true)]
    #[case("450000", "450102", false)]
    #[case("450102", "450200", false)]
    #[case("450102", "440000", false)]
    fn territory_is_compared_by_digits(
        #[case] inner: &str,
        #[case] outer: &str,
        #[case] expected: bool,
    ) {
        assert_eq!(code(inner).lies_in(&code(outer)), expected);
    }

    #[rstest]
    #[case("")]
    #[case("33010")]
    #[case("3301060")]
    #[case("33010a")]
    #[case("王王")]
    fn a_code_is_six_digits(#[case] text: &str) {
        assert_eq!(text.parse::<DivisionCode>(), Err(DivisionCodeError));
    }

    proptest! {
        #[test]
        fn the_search_agrees_with_a_scan(number in 100_000_u32..1_000_000) {
            let wanted = code(&number.to_string());
            let scanned = TABLE.text().lines().any(|line| line.starts_with(wanted.as_str()));
            prop_assert_eq!(division(&wanted).is_some(), scanned);
        }
    }
}
