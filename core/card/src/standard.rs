//! The UI standard: what a card looks like, as data that a newer signed standard may replace.

use std::collections::BTreeMap;

use liangma_domain::colour::Colour;
use liangma_domain::identity::DocumentType;
use serde::{Deserialize, Serialize};

use crate::rgb::Rgb;

mod check;
mod fault;
mod words;

pub use fault::{Fault, STANDARD_LIMIT, StandardError};
pub use words::CardWords;

/// The view of a card: how much is on it and how large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// The view most people use.
    Normal,
    /// Larger letters and targets, for the elderly and for weak eyes.
    Care,
    /// Both languages, the kind of document and the offset from UTC, for people without a mainland identity card.
    International,
}

impl View {
    /// Every view.
    pub const ALL: [Self; 3] = [Self::Normal, Self::Care, Self::International];

    /// Name as in the standard.
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Care => "care",
            Self::International => "international",
        }
    }
}

/// A language a card can be drawn in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Language {
    /// Chinese, simplified characters.
    #[serde(rename = "zh-Hans")]
    ZhHans,
    /// Chinese, traditional characters.
    #[serde(rename = "zh-Hant")]
    ZhHant,
    /// English.
    #[serde(rename = "en")]
    En,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 3] = [Self::ZhHans, Self::ZhHant, Self::En];

    /// Language tag (BCP 47).
    pub fn tag(self) -> &'static str {
        match self {
            Self::ZhHans => "zh-Hans",
            Self::ZhHant => "zh-Hant",
            Self::En => "en",
        }
    }

    /// The language shown beside this one where a card shows both words.
    pub(crate) fn companion(self) -> Self {
        match self {
            Self::ZhHans | Self::ZhHant => Self::En,
            Self::En => Self::ZhHans,
        }
    }
}

/// One text in every language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Localised {
    /// Chinese, simplified.
    #[serde(rename = "zh-Hans")]
    pub zh_hans: String,
    /// Chinese, traditional.
    #[serde(rename = "zh-Hant")]
    pub zh_hant: String,
    /// English.
    pub en: String,
}

impl Localised {
    /// The text in one language.
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::ZhHans => &self.zh_hans,
            Language::ZhHant => &self.zh_hant,
            Language::En => &self.en,
        }
    }
}

/// The shape that carries a colour's meaning for eyes that do not see the colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// A disc with a tick cut out of it.
    TickInCircle,
    /// A triangle standing on its base.
    Triangle,
    /// A square.
    Square,
    /// A square standing on a corner: room for a fourth colour.
    Diamond,
    /// A disc with a bar cut out of it: no colour to show.
    DashInCircle,
}

/// How the panel looks for one colour, or where there is none.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Panel {
    /// Colour of the panel.
    pub panel: Rgb,
    /// Colour of the word and the shape on it.
    pub text: Rgb,
    /// Shape before the word.
    pub shape: Shape,
    /// Word on the panel.
    pub word: Localised,
    /// What a screen reader says.
    pub spoken: Localised,
}

/// A health-code colour as it is seen.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "ColourLine")]
pub struct ColourStyle {
    /// Number in the registry of the region profile.
    pub number: u8,
    /// Name in code and data, such as `green`.
    pub id: String,
    /// Its panel.
    pub panel: Panel,
}

/// A colour as it stands in the file: flat, and without `serde(flatten)`, which would lose the path of
/// a fault.
#[derive(Deserialize)]
struct ColourLine {
    number: u8,
    id: String,
    panel: Rgb,
    text: Rgb,
    shape: Shape,
    word: Localised,
    spoken: Localised,
}

impl From<ColourLine> for ColourStyle {
    fn from(line: ColourLine) -> Self {
        let ColourLine {
            number,
            id,
            panel,
            text,
            shape,
            word,
            spoken,
        } = line;
        Self {
            number,
            id,
            panel: Panel {
                panel,
                text,
                shape,
                word,
                spoken,
            },
        }
    }
}

/// Colours that are decoration or ink: none of them has the hue of a health-code colour.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Inks {
    /// The card itself.
    pub page: Rgb,
    /// Text that matters.
    pub ink: Rgb,
    /// Text that supports.
    pub quiet: Rgb,
    /// Thin lines.
    pub hairline: Rgb,
    /// The band that says what application this is.
    pub band: Rgb,
    /// Text on the band.
    pub band_text: Rgb,
    /// The marks of a sandbox card.
    pub sandbox: Rgb,
    /// Text on them.
    pub sandbox_text: Rgb,
    /// A dark module of the QR code.
    pub module: Rgb,
    /// Light modules and the quiet zone.
    pub module_ground: Rgb,
}

/// One view: its rules and its layouts by width.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ViewStyle {
    /// Smallest size, in points, to which a text may shrink.
    pub minimum_size: u16,
    /// Whether the panel carries the word in two languages.
    pub both_words: bool,
    /// Whether the clock carries its offset from UTC.
    pub zone: bool,
    /// Whether the kind of document stands before its number.
    pub document_label: bool,
    /// Layouts by rising width.
    pub layouts: Vec<Layout>,
}

/// Heights and text sizes, in points, for screens from one width up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Layout {
    /// Width this layout was made for; it serves wider screens up to the next layout.
    pub width: u16,
    /// Free space left and right of text.
    pub margin: u16,
    /// The band with the terminal's name.
    pub title: TitleRow,
    /// The colour panel.
    pub panel: PanelRow,
    /// Masked name and document.
    pub identity: IdentityRow,
    /// Date and time.
    pub clock: ClockRow,
    /// Side of the QR code with its quiet zone.
    pub qr: u16,
    /// Validity and age.
    pub validity: ValidityRow,
    /// Height the shell keeps for the first actions.
    pub actions: u16,
    /// Height the shell keeps for tiles; 0 when they scroll.
    pub tiles: u16,
}

/// Sizes of the title band.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct TitleRow {
    /// Height of the row.
    pub height: u16,
    /// Size of the text.
    pub size: u16,
}

/// Sizes of the colour panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct PanelRow {
    /// Height of the row.
    pub height: u16,
    /// Size of the word.
    pub size: u16,
    /// Side of the shape.
    pub shape: u16,
}

/// Sizes of the lines with name and document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct IdentityRow {
    /// Height of both lines.
    pub height: u16,
    /// Size of the name.
    pub name: u16,
    /// Size of the document number.
    pub document: u16,
}

/// Sizes of the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct ClockRow {
    /// Height of the row.
    pub height: u16,
    /// Size of the time.
    pub time: u16,
    /// Size of the date and of the offset from UTC.
    pub date: u16,
}

/// Sizes of the validity lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct ValidityRow {
    /// Height of all lines.
    pub height: u16,
    /// Size of the text.
    pub size: u16,
    /// One line side by side, or two.
    pub lines: u8,
}

/// Sizes that every shell keeps, in points.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Measures {
    /// Light modules around a QR code, in modules.
    pub quiet_zone: u16,
    /// Least side of what a finger hits.
    pub target: u16,
    /// The same in the care view.
    pub care_target: u16,
    /// Gaps, rising.
    pub spacing: Vec<u16>,
    /// Radius of rounded corners.
    pub corner: u16,
    /// Sizes of text, before a person's own setting enlarges them.
    #[serde(rename = "type")]
    pub type_scale: TypeScale,
    /// The same in the care view.
    pub care_type: TypeScale,
}

/// Sizes of text, in points, each at least the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct TypeScale {
    /// What stands alone, such as a clock or a verdict.
    pub display: u16,
    /// The title of a screen.
    pub title: u16,
    /// A heading.
    pub heading: u16,
    /// Running text.
    pub body: u16,
    /// What supports it.
    pub small: u16,
}

/// Short names of the kinds of identity document.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct DocumentWords {
    resident_identity: Localised,
    residence_permit: Localised,
    foreign_permanent_resident: Localised,
    hong_kong_macau_travel_permit: Localised,
    taiwan_travel_permit: Localised,
    passport: Localised,
}

/// How a mask is spoken: with placeholders for what is visible.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MaskWords {
    /// `{visible}`: the visible characters of a name.
    pub name: Localised,
    /// `{document}`, `{head}`, `{tail}`: kind, first and last visible characters.
    pub document: Localised,
}

/// A whole UI standard, parsed and checked.
#[derive(Clone, Debug)]
pub struct Standard {
    name: String,
    version: u32,
    families: Vec<String>,
    inks: Inks,
    colours: Vec<ColourStyle>,
    no_colour: Panel,
    unlisted_colour: Panel,
    normal: ViewStyle,
    care: ViewStyle,
    international: ViewStyle,
    measures: Measures,
    documents: DocumentWords,
    masks: MaskWords,
    card: CardWords,
    words: BTreeMap<String, Localised>,
}

impl Standard {
    /// Reads and checks a standard (JSON, at most [`STANDARD_LIMIT`] bytes).
    ///
    /// # Errors
    /// [`StandardError`] names the path of the first fault, or the line where it cannot be read at all.
    pub fn parse(bytes: &[u8]) -> Result<Self, StandardError> {
        check::parse(bytes)
    }

    /// Everything that [`Standard::parse`] refuses in a standard, for whoever writes one; nothing when it is
    /// taken. What does not fit on a card is found by [`Standard::unfit`].
    #[must_use]
    pub fn faults(bytes: &[u8]) -> Vec<StandardError> {
        check::faults(bytes)
    }

    /// The bytes of the standard this program was built with.
    pub fn built_in_bytes() -> &'static [u8] {
        include_bytes!("../../../ui-spec/standard.json")
    }

    /// The standard this program was built with.
    ///
    /// # Errors
    /// As [`Standard::parse`]; a test holds that it never fails for a released file.
    pub fn built_in() -> Result<Self, StandardError> {
        Self::parse(Self::built_in_bytes())
    }

    /// Name of the standard.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Rising version.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Font families for renderers that use the viewer's fonts, best first.
    pub fn families(&self) -> &[String] {
        &self.families
    }

    /// Decoration and inks.
    pub fn inks(&self) -> &Inks {
        &self.inks
    }

    /// The health-code colours listed here.
    pub fn colours(&self) -> &[ColourStyle] {
        &self.colours
    }

    /// The panel for a colour; nothing when this standard is older than the colour.
    pub fn colour(&self, colour: Colour) -> Option<&ColourStyle> {
        self.colours
            .iter()
            .find(|style| style.number == colour.registry_number())
    }

    /// The panel where no live code is there to show.
    pub fn no_colour(&self) -> &Panel {
        &self.no_colour
    }

    /// The panel for a colour this standard does not list: the scan decides.
    pub fn unlisted_colour(&self) -> &Panel {
        &self.unlisted_colour
    }

    /// One view's rules.
    pub fn view(&self, view: View) -> &ViewStyle {
        match view {
            View::Normal => &self.normal,
            View::Care => &self.care,
            View::International => &self.international,
        }
    }

    /// Sizes that every shell keeps.
    pub fn measures(&self) -> &Measures {
        &self.measures
    }

    /// The short name of a kind of document.
    pub fn document(&self, document: DocumentType) -> &Localised {
        match document {
            DocumentType::ResidentIdentity => &self.documents.resident_identity,
            DocumentType::ResidencePermit => &self.documents.residence_permit,
            DocumentType::ForeignPermanentResident => &self.documents.foreign_permanent_resident,
            DocumentType::HongKongMacauTravelPermit => {
                &self.documents.hong_kong_macau_travel_permit
            }
            DocumentType::TaiwanTravelPermit => &self.documents.taiwan_travel_permit,
            DocumentType::Passport => &self.documents.passport,
        }
    }

    /// How masks are spoken.
    pub fn masks(&self) -> &MaskWords {
        &self.masks
    }

    /// The words the card itself uses.
    pub fn card(&self) -> &CardWords {
        &self.card
    }

    /// Any word of the standard by its key.
    pub fn word(&self, key: &str) -> Option<&Localised> {
        self.words.get(key)
    }
}
