//! Region profiles: limits, retention, colours in use, tiles and admission, as signed data.
//!
//! The signature is checked elsewhere; here the payload is read, and refused when it contradicts itself or
//! crosses a line that no region may cross: urgent care is never refused, a code is never the only way,
//! nothing is kept without an end.

mod admission;
mod limits;
mod retention;

pub use admission::{Admission, Measure};
pub use limits::Limits;
pub use retention::{AfterEpidemic, DataClass, RetentionRow};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::colour::{Colour, ColourEntry, ColourRegistry};
use crate::evidence::Evidence;
pub use crate::policy::PolicyError as ProfileError;
use crate::policy::{
    PolicyError, Reading, Source, SourceDocument, check_range, read_own_json, read_signed_json,
    zone,
};
pub use crate::region::ProfileName;
use crate::region::RegionCode;
use crate::rules::RulePack;
use crate::tiles::{TestAge, Tiles, VaccinationStatus, tiles};
use crate::venue::{AlertLevel, VenueClass};

/// A tile that a code may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TileName {
    /// How old the last negative test is.
    TestAge,
    /// Vaccination.
    Vaccination,
}

/// A way to pass without showing a code on a phone of one's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WayWithoutCode {
    /// Register with a valid identity document.
    RegisterWithIdentityDocument,
    /// Show a paper certificate of the community.
    CommunityCertificate,
    /// Show a paper certificate of a medical institution.
    MedicalCertificate,
    /// Show the travel card.
    TravelCard,
    /// Staff look the code up by document or face, with the person's authorisation, and register it on paper.
    StaffLookUpWithAuthorisation,
    /// A relative shows the code.
    RelativesPhone,
    /// The place scans the person's own mark.
    ReverseScan,
    /// A channel where no code is asked for.
    NoCodeChannel,
    /// Enter for a short time, masked, once the identity is checked.
    ShortStayMasked,
}

/// One way without a code, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithoutCode {
    /// The way.
    pub way: WayWithoutCode,
    /// Where it comes from.
    pub source: Source,
}

/// Codes of other regions that are taken, by mutual recognition or by conversion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recognition {
    /// The regions.
    pub regions: Vec<RegionCode>,
    /// Where this comes from.
    pub source: Source,
}

#[derive(Deserialize)]
struct ProfileFile {
    format: u32,
    name: ProfileName,
    region: RegionCode,
    version: u32,
    zone: String,
    source: SourceDocument,
    colours: Vec<ColourEntry>,
    tiles: Vec<TileName>,
    limits: Limits,
    retention: Vec<retention::RetentionLine>,
    after_epidemic: AfterEpidemic,
    without_code: Vec<WithoutCode>,
    recognition: Recognition,
    admission: Vec<admission::AdmissionRow>,
}

/// The policy of a region, apart from its colour rules.
#[derive(Debug, Clone, PartialEq)]
pub struct RegionProfile {
    name: ProfileName,
    region: RegionCode,
    version: u32,
    zone_name: String,
    zone: TimeZone,
    source: SourceDocument,
    colours: ColourRegistry,
    tiles: Vec<TileName>,
    limits: Limits,
    retention: Vec<RetentionRow>,
    after_epidemic: AfterEpidemic,
    without_code: Vec<WithoutCode>,
    recognition: Recognition,
    admission: admission::AdmissionTable,
}

impl RegionProfile {
    /// Reads a profile from JSON, for whoever signs it or puts it into force, and checks all of it. A field
    /// that this program does not know is refused: it is a slip of the pen, and what it was to say would not
    /// hold.
    ///
    /// # Errors
    /// [`ProfileError`] names the place in the file and what to do there.
    pub fn parse(json: &[u8]) -> Result<Self, ProfileError> {
        Self::check(read_own_json(json)?, Reading::OwnFile)
    }

    /// Reads a profile that somebody signed, perhaps for programs that are newer or older than this one, and
    /// checks what this one knows of it. What it does not know is left aside; what came after the profile was
    /// signed has the value that it had before it could be set.
    ///
    /// # Errors
    /// As [`RegionProfile::parse`].
    pub fn parse_signed(json: &[u8]) -> Result<Self, ProfileError> {
        Self::check(read_signed_json(json)?, Reading::SignedFile)
    }

    fn check(file: ProfileFile, reading: Reading) -> Result<Self, ProfileError> {
        check_range("format", file.format, 1..=1)?;
        check_range("version", file.version, 1..=u32::MAX)?;
        file.source.check("source")?;
        let zone = zone("zone", &file.zone)?;
        let colours = ColourRegistry::new(file.colours)
            .map_err(|error| PolicyError::inconsistent("colours", error.to_string()))?;
        let repeated = |index: usize, tile: &TileName| {
            file.tiles.iter().take(index).any(|earlier| earlier == tile)
        };
        if file
            .tiles
            .iter()
            .enumerate()
            .any(|(index, tile)| repeated(index, tile))
        {
            return Err(PolicyError::inconsistent("tiles", "name each tile once"));
        }
        file.limits.check("limits")?;
        let retention = retention::known(file.retention, reading)?;
        retention::check(&retention, &file.after_epidemic, reading)?;
        check_without_code(&file.without_code)?;
        file.recognition.source.check("recognition.source")?;
        check_range(
            "recognition.regions",
            u32::try_from(file.recognition.regions.len()).unwrap_or(u32::MAX),
            0..=64,
        )
        .map_err(|_| {
            PolicyError::inconsistent("recognition.regions", "name 64 regions or fewer")
        })?;
        let admission = admission::AdmissionTable::new(file.admission, &colours)?;
        Ok(Self {
            name: file.name,
            region: file.region,
            version: file.version,
            zone_name: file.zone,
            zone,
            source: file.source,
            colours,
            tiles: file.tiles,
            limits: file.limits,
            retention,
            after_epidemic: file.after_epidemic,
            without_code: file.without_code,
            recognition: file.recognition,
            admission,
        })
    }

    /// Its name, such as `zhejiang-2020`.
    #[must_use]
    pub fn name(&self) -> &ProfileName {
        &self.name
    }

    /// Its region.
    #[must_use]
    pub fn region(&self) -> &RegionCode {
        &self.region
    }

    /// Its version; a later one takes its place.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The IANA name of its zone.
    #[must_use]
    pub fn zone_name(&self) -> &str {
        &self.zone_name
    }

    /// Its zone, in which days are counted.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The document that it puts into data.
    #[must_use]
    pub fn source(&self) -> &SourceDocument {
        &self.source
    }

    /// The colours in use.
    #[must_use]
    pub fn colours(&self) -> &ColourRegistry {
        &self.colours
    }

    /// The tiles that a code may carry.
    #[must_use]
    pub fn allowed_tiles(&self) -> &[TileName] {
        &self.tiles
    }

    /// Its limits.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// How long each class of data is kept.
    #[must_use]
    pub fn retention(&self) -> &[RetentionRow] {
        &self.retention
    }

    /// The days that a class of data is kept; as few as any region may choose where a signed profile is older
    /// than the class.
    #[must_use]
    pub fn retention_days(&self, class: DataClass) -> u32 {
        self.retention
            .iter()
            .find(|row| row.class == class)
            .map_or(*class.range().start(), |row| row.days)
    }

    /// What happens after the epidemic.
    #[must_use]
    pub fn after_epidemic(&self) -> &AfterEpidemic {
        &self.after_epidemic
    }

    /// The ways to pass without a code; never empty.
    #[must_use]
    pub fn without_code(&self) -> &[WithoutCode] {
        &self.without_code
    }

    /// The codes of other regions that are taken.
    #[must_use]
    pub fn recognition(&self) -> &Recognition {
        &self.recognition
    }

    /// What a place of this class answers to a colour.
    #[must_use]
    pub fn admission(&self, colour: Colour, venue: VenueClass, alert: AlertLevel) -> Admission {
        self.admission.admission(colour, venue, alert)
    }

    /// Where that answer comes from, or `None` for a colour that the profile does not use.
    #[must_use]
    pub fn admission_source(
        &self,
        colour: Colour,
        venue: VenueClass,
        alert: AlertLevel,
    ) -> Option<&Source> {
        self.admission.source(colour, venue, alert)
    }

    /// The tiles as of a time that this region lets a code carry, or `None` when it allows none.
    #[must_use]
    pub fn tiles(&self, evidence: &[Evidence], at: Timestamp) -> Option<Tiles> {
        if self.tiles.is_empty() {
            return None;
        }
        let mut shown = tiles(evidence, at);
        if !self.tiles.contains(&TileName::TestAge) {
            shown.test_age = TestAge::None;
        }
        if !self.tiles.contains(&TileName::Vaccination) {
            shown.vaccination = VaccinationStatus::Unknown;
        }
        Some(shown)
    }

    /// Checks that a pack and this profile speak of the same region, zone and colours, and that evidence is kept
    /// for as long as the pack counts days.
    ///
    /// # Errors
    /// [`ProfileError`] names the place in the profile that differs.
    pub fn check_pack(&self, pack: &RulePack) -> Result<(), ProfileError> {
        if self.region != *pack.region() {
            return Err(PolicyError::inconsistent(
                "region",
                "put a pack and a profile of one region into force together",
            ));
        }
        if self.zone_name != pack.zone_name() {
            return Err(PolicyError::inconsistent(
                "zone",
                "count days in one zone in the pack and in the profile",
            ));
        }
        if self.colours != *pack.colours() {
            return Err(PolicyError::inconsistent(
                "colours",
                "list the same colours in the pack and in the profile",
            ));
        }
        let needed = pack.days_of_evidence_needed();
        if self.retention_days(DataClass::Evidence) < needed {
            return Err(PolicyError::inconsistent(
                "retention",
                format!("keep evidence for {needed} days or more; the pack counts that far back"),
            ));
        }
        Ok(())
    }
}

/// A code is never the only voucher (Guangxi article 11, Shanxi article 11).
fn check_without_code(ways: &[WithoutCode]) -> Result<(), PolicyError> {
    if !ways
        .iter()
        .any(|row| row.way == WayWithoutCode::RegisterWithIdentityDocument)
    {
        return Err(PolicyError::inconsistent(
            "without_code",
            "let people register with an identity document; a code is never the only voucher",
        ));
    }
    for (index, row) in ways.iter().enumerate() {
        row.source.check(&format!("without_code[{index}].source"))?;
        if ways
            .iter()
            .take(index)
            .any(|earlier| earlier.way == row.way)
        {
            return Err(PolicyError::inconsistent(
                format!("without_code[{index}]"),
                "name each way once",
            ));
        }
    }
    Ok(())
}

/// The profile with this name that the program carries, as the JSON that gets signed.
#[must_use]
pub fn built_in_profile(name: &str) -> Option<&'static [u8]> {
    BUILT_IN
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, json)| *json)
}

/// The names of the profiles that the program carries.
pub fn built_in_profile_names() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|(name, _)| *name)
}

const BUILT_IN: &[(&str, &[u8])] = &[
    (
        "zhejiang-2020",
        include_bytes!("../profiles/zhejiang-2020.json"),
    ),
    (
        "guangxi-2022",
        include_bytes!("../profiles/guangxi-2022.json"),
    ),
    (
        "shanxi-2022",
        include_bytes!("../profiles/shanxi-2022.json"),
    ),
    (
        "shandong-2020",
        include_bytes!("../profiles/shandong-2020.json"),
    ),
];

#[cfg(test)]
mod tests;
