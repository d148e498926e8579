//! Reading a standard, and what a schema cannot say about it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use thiserror::Error;

use super::{
    CardWords, ColourStyle, DocumentWords, Inks, Layout, Localised, MaskWords, Panel, Rgb,
    Standard, ViewStyle,
};

/// Largest standard that is read, in bytes.
pub const STANDARD_LIMIT: usize = 256 * 1024;
const FORMAT: u32 = 1;
const COLOURS: usize = 16;
const LAYOUTS: usize = 8;
const FAMILIES: usize = 12;
const WORDS: usize = 500;
const CHARACTERS: usize = 120;
/// WCAG 2.2, 1.4.3.
const CONTRAST: f64 = 4.5;
/// A scanner in weak light needs far more than a reader does.
const MODULE_CONTRAST: f64 = 15.0;
/// Nearer than this, in degrees, a decoration could be taken for a health-code colour.
const HUE_DISTANCE: f64 = 30.0;
const NARROWEST: u16 = 320;
const WIDEST: u16 = 480;
const SMALLEST_QR: u16 = 260;
/// Height of a line of text, in sizes.
pub(crate) const LINE: f32 = 1.2;

/// Why a standard was not taken.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum StandardError {
    /// More than [`STANDARD_LIMIT`] bytes.
    #[error("read a UI standard of {bytes} bytes: the limit is {STANDARD_LIMIT}")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Not JSON, or not of the shape of a standard.
    #[error("read the UI standard at {path}: {detail}")]
    Malformed {
        /// Where.
        path: String,
        /// What the reader expected.
        detail: String,
    },
    /// The right shape with a value that will not do.
    #[error("accept the UI standard at {path}: {fault}")]
    Fault {
        /// Where.
        path: String,
        /// What is wrong there.
        fault: Fault,
    },
}

/// What is wrong with a value of a standard.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Fault {
    /// A format this program does not know.
    #[error("this format is not known here; only {FORMAT} is")]
    UnknownFormat,
    /// Something the card needs is not there.
    #[error("it is missing")]
    Missing,
    /// Empty, too long, or holding characters that are not seen.
    #[error("a text must have 1 to {CHARACTERS} visible characters")]
    BadText,
    /// A name that would not be safe to put in a document.
    #[error("only letters, digits, spaces and hyphens may stand here")]
    BadName,
    /// A list with too few or too many entries.
    #[error("a list here has 1 to {most} entries")]
    BadCount {
        /// The most it may have.
        most: usize,
    },
    /// A placeholder is missing or unknown.
    #[error("the placeholders must be exactly {expected}")]
    Placeholders {
        /// Which are needed.
        expected: String,
    },
    /// Text that could not be read on its ground.
    #[error("contrast with {with} is {contrast}, and {needed} is needed")]
    Contrast {
        /// The other colour.
        with: Rgb,
        /// What it is.
        contrast: String,
        /// What it must be.
        needed: String,
    },
    /// Decoration that could be taken for a health-code colour.
    #[error("its hue is that of the colour {colour}")]
    StatusHue {
        /// Which colour.
        colour: String,
    },
    /// Modules are near black on pure white.
    #[error("modules must be near black on #FFFFFF")]
    Modules,
    /// Two colours share what must tell them apart.
    #[error("it is the same as that of {other}")]
    Shared {
        /// The other colour.
        other: String,
    },
    /// A number outside its range.
    #[error("it must be between {least} and {most}")]
    Range {
        /// Smallest value.
        least: u16,
        /// Largest value.
        most: u16,
    },
    /// Layouts are not in rising order of width, or the first is not for the narrowest screen.
    #[error("layouts start at {NARROWEST} and rise in width")]
    Order,
}

impl StandardError {
    pub(super) fn at(path: impl Into<String>, fault: Fault) -> Self {
        Self::Fault {
            path: path.into(),
            fault,
        }
    }
}

#[derive(Deserialize)]
struct Format {
    format: u32,
}

#[derive(Deserialize)]
struct Document {
    name: String,
    version: u32,
    families: Vec<String>,
    inks: Inks,
    colours: Vec<ColourStyle>,
    no_colour: Panel,
    unlisted_colour: Panel,
    views: Views,
    documents: DocumentWords,
    masks: MaskWords,
    words: BTreeMap<String, Localised>,
}

#[derive(Deserialize)]
struct Views {
    normal: ViewStyle,
    care: ViewStyle,
    international: ViewStyle,
}

fn read<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, StandardError> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let mut detail = error.inner().to_string();
        if let Some((end, _)) = detail.char_indices().nth(200) {
            detail.truncate(end);
        }
        StandardError::Malformed {
            path: error.path().to_string(),
            detail,
        }
    })?;
    reader.end().map_err(|error| StandardError::Malformed {
        path: ".".into(),
        detail: error.to_string(),
    })?;
    Ok(value)
}

pub(super) fn parse(bytes: &[u8]) -> Result<Standard, StandardError> {
    if bytes.len() > STANDARD_LIMIT {
        return Err(StandardError::TooLarge { bytes: bytes.len() });
    }
    // The format comes first: a later format may have another shape altogether.
    let Format { format } = read(bytes)?;
    if format != FORMAT {
        return Err(StandardError::at("format", Fault::UnknownFormat));
    }
    let document: Document = read(bytes)?;
    check_names(&document)?;
    check_texts(&document)?;
    check_inks(&document)?;
    check_colours(&document)?;
    for (name, view) in [
        ("normal", &document.views.normal),
        ("care", &document.views.care),
        ("international", &document.views.international),
    ] {
        check_view(&format!("views.{name}"), view)?;
    }
    placeholders("masks.name", &document.masks.name, &["visible"])?;
    placeholders(
        "masks.document",
        &document.masks.document,
        &["document", "head", "tail"],
    )?;
    let card = CardWords::take(&document.words)?;
    Ok(Standard {
        name: document.name,
        version: document.version,
        families: document.families,
        inks: document.inks,
        colours: document.colours,
        no_colour: document.no_colour,
        unlisted_colour: document.unlisted_colour,
        normal: document.views.normal,
        care: document.views.care,
        international: document.views.international,
        documents: document.documents,
        masks: document.masks,
        card,
        words: document.words,
    })
}

fn check_names(document: &Document) -> Result<(), StandardError> {
    let plain = |text: &str| {
        (1..=40).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b' ' || b == b'-')
    };
    if !plain(&document.name) {
        return Err(StandardError::at("name", Fault::BadName));
    }
    if document.version == 0 {
        return Err(StandardError::at(
            "version",
            Fault::Range {
                least: 1,
                most: u16::MAX,
            },
        ));
    }
    count("families", document.families.len(), FAMILIES)?;
    for (index, family) in document.families.iter().enumerate() {
        if !plain(family) {
            return Err(StandardError::at(
                format!("families[{index}]"),
                Fault::BadName,
            ));
        }
    }
    count("colours", document.colours.len(), COLOURS)?;
    count("words", document.words.len(), WORDS)
}

fn count(path: &str, found: usize, most: usize) -> Result<(), StandardError> {
    if (1..=most).contains(&found) {
        Ok(())
    } else {
        Err(StandardError::at(path, Fault::BadCount { most }))
    }
}

fn check_texts(document: &Document) -> Result<(), StandardError> {
    let mut texts: Vec<(String, &Localised)> = Vec::new();
    for (index, style) in document.colours.iter().enumerate() {
        texts.push((format!("colours[{index}].word"), &style.panel.word));
        texts.push((format!("colours[{index}].spoken"), &style.panel.spoken));
    }
    for (path, panel) in [
        ("no_colour", &document.no_colour),
        ("unlisted_colour", &document.unlisted_colour),
    ] {
        texts.push((format!("{path}.word"), &panel.word));
        texts.push((format!("{path}.spoken"), &panel.spoken));
    }
    let documents = &document.documents;
    for (path, text) in [
        ("documents.resident_identity", &documents.resident_identity),
        ("documents.residence_permit", &documents.residence_permit),
        (
            "documents.foreign_permanent_resident",
            &documents.foreign_permanent_resident,
        ),
        (
            "documents.hong_kong_macau_travel_permit",
            &documents.hong_kong_macau_travel_permit,
        ),
        (
            "documents.taiwan_travel_permit",
            &documents.taiwan_travel_permit,
        ),
        ("documents.passport", &documents.passport),
        ("masks.name", &document.masks.name),
        ("masks.document", &document.masks.document),
    ] {
        texts.push((path.to_owned(), text));
    }
    texts.extend(
        document
            .words
            .iter()
            .map(|(key, text)| (format!("words.{key}"), text)),
    );
    for (path, text) in texts {
        for (tag, one) in languages(text) {
            let visible = !one.trim().is_empty() && one.chars().all(|c| !crate::text::is_unseen(c));
            if !visible || one.chars().count() > CHARACTERS {
                return Err(StandardError::at(format!("{path}.{tag}"), Fault::BadText));
            }
        }
    }
    Ok(())
}

fn languages(text: &Localised) -> [(&'static str, &str); 3] {
    [
        ("zh-Hans", &text.zh_hans),
        ("zh-Hant", &text.zh_hant),
        ("en", &text.en),
    ]
}

/// Every language has each placeholder once and no other.
pub(super) fn placeholders(
    path: &str,
    text: &Localised,
    expected: &[&str],
) -> Result<(), StandardError> {
    for (tag, one) in languages(text) {
        let mut found: Vec<&str> = one
            .split('{')
            .skip(1)
            .map(|part| part.split_once('}').map_or("", |(name, _)| name))
            .collect();
        found.sort_unstable();
        let mut wanted = expected.to_vec();
        wanted.sort_unstable();
        if found != wanted {
            let expected = if wanted.is_empty() {
                "none".to_owned()
            } else {
                format!("{{{}}}", wanted.join("}, {"))
            };
            return Err(StandardError::at(
                format!("{path}.{tag}"),
                Fault::Placeholders { expected },
            ));
        }
    }
    Ok(())
}

fn contrast(path: &str, text: Rgb, ground: Rgb, needed: f64) -> Result<(), StandardError> {
    let found = text.contrast(ground);
    if found >= needed {
        return Ok(());
    }
    let fault = Fault::Contrast {
        with: ground,
        contrast: format!("{found:.2}"),
        needed: format!("{needed}"),
    };
    Err(StandardError::at(path, fault))
}

fn check_inks(document: &Document) -> Result<(), StandardError> {
    let inks = &document.inks;
    contrast("inks.ink", inks.ink, inks.page, CONTRAST)?;
    contrast("inks.quiet", inks.quiet, inks.page, CONTRAST)?;
    contrast("inks.ink", inks.ink, inks.band, CONTRAST)?;
    contrast("inks.quiet", inks.quiet, inks.band, CONTRAST)?;
    contrast("inks.band_text", inks.band_text, inks.band, CONTRAST)?;
    contrast(
        "inks.sandbox_text",
        inks.sandbox_text,
        inks.sandbox,
        CONTRAST,
    )?;
    contrast("inks.sandbox", inks.sandbox, inks.page, CONTRAST)?;
    if inks.module_ground != Rgb([255; 3])
        || inks.module.contrast(inks.module_ground) < MODULE_CONTRAST
    {
        return Err(StandardError::at("inks.module", Fault::Modules));
    }
    for (name, decoration) in [
        ("page", inks.page),
        ("ink", inks.ink),
        ("quiet", inks.quiet),
        ("hairline", inks.hairline),
        ("band", inks.band),
        ("band_text", inks.band_text),
        ("sandbox", inks.sandbox),
        ("no_colour", document.no_colour.panel),
        ("unlisted_colour", document.unlisted_colour.panel),
    ] {
        for style in &document.colours {
            let Some((one, two)) = decoration.hue().zip(style.panel.panel.hue()) else {
                continue;
            };
            let distance = (one - two).abs();
            if distance.min(360.0 - distance) < HUE_DISTANCE {
                let path = if name.ends_with("_colour") {
                    format!("{name}.panel")
                } else {
                    format!("inks.{name}")
                };
                return Err(StandardError::at(
                    path,
                    Fault::StatusHue {
                        colour: style.id.clone(),
                    },
                ));
            }
        }
    }
    Ok(())
}

fn check_colours(document: &Document) -> Result<(), StandardError> {
    for (index, style) in document.colours.iter().enumerate() {
        let path = format!("colours[{index}]");
        let plain = (1..=32).contains(&style.id.len())
            && style
                .id
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !plain {
            return Err(StandardError::at(format!("{path}.id"), Fault::BadName));
        }
        if style.number == 0 {
            return Err(StandardError::at(
                format!("{path}.number"),
                Fault::Range {
                    least: 1,
                    most: 255,
                },
            ));
        }
        contrast(
            &format!("{path}.text"),
            style.panel.text,
            style.panel.panel,
            CONTRAST,
        )?;
        for other in &document.colours[..index] {
            let shared = |field: &str| {
                Err(StandardError::at(
                    format!("{path}.{field}"),
                    Fault::Shared {
                        other: other.id.clone(),
                    },
                ))
            };
            if style.number == other.number {
                return shared("number");
            }
            if style.id == other.id {
                return shared("id");
            }
            if style.panel.shape == other.panel.shape {
                return shared("shape");
            }
            if languages(&style.panel.word)
                .iter()
                .zip(languages(&other.panel.word))
                .any(|(one, two)| one.1 == two.1)
            {
                return shared("word");
            }
        }
    }
    for (path, panel) in [
        ("no_colour", &document.no_colour),
        ("unlisted_colour", &document.unlisted_colour),
    ] {
        contrast(&format!("{path}.text"), panel.text, panel.panel, CONTRAST)?;
        if let Some(other) = document
            .colours
            .iter()
            .find(|style| style.panel.shape == panel.shape)
        {
            return Err(StandardError::at(
                format!("{path}.shape"),
                Fault::Shared {
                    other: other.id.clone(),
                },
            ));
        }
    }
    let mut numbers = BTreeSet::new();
    if document
        .colours
        .iter()
        .all(|style| numbers.insert(style.number))
    {
        Ok(())
    } else {
        Err(StandardError::at("colours", Fault::Order))
    }
}

fn check_view(path: &str, view: &ViewStyle) -> Result<(), StandardError> {
    count(&format!("{path}.layouts"), view.layouts.len(), LAYOUTS)?;
    range(&format!("{path}.minimum_size"), view.minimum_size, 8, 40)?;
    let rising = view
        .layouts
        .windows(2)
        .all(|pair| pair[0].width < pair[1].width);
    if !rising
        || view
            .layouts
            .first()
            .is_none_or(|first| first.width != NARROWEST)
    {
        return Err(StandardError::at(format!("{path}.layouts"), Fault::Order));
    }
    view.layouts
        .iter()
        .enumerate()
        .try_for_each(|(index, layout)| {
            check_layout(
                &format!("{path}.layouts[{index}]"),
                layout,
                view.minimum_size,
            )
        })
}

fn check_layout(path: &str, layout: &Layout, minimum: u16) -> Result<(), StandardError> {
    let line = |size: u16| (f32::from(size) * LINE).ceil() as u16;
    let at = |field: &str| format!("{path}.{field}");
    range(&at("width"), layout.width, NARROWEST, WIDEST)?;
    range(&at("margin"), layout.margin, 8, 60)?;
    range(&at("qr"), layout.qr, SMALLEST_QR, layout.width)?;
    range(&at("title.size"), layout.title.size, minimum, 96)?;
    range(
        &at("title.height"),
        layout.title.height,
        line(layout.title.size),
        200,
    )?;
    range(&at("panel.size"), layout.panel.size, minimum, 96)?;
    range(
        &at("panel.shape"),
        layout.panel.shape,
        layout.panel.size,
        96,
    )?;
    range(
        &at("panel.height"),
        layout.panel.height,
        line(layout.panel.size.max(layout.panel.shape)),
        200,
    )?;
    range(&at("identity.name"), layout.identity.name, minimum, 96)?;
    range(
        &at("identity.document"),
        layout.identity.document,
        minimum,
        96,
    )?;
    let lines = (f32::from(layout.identity.name + layout.identity.document) * LINE).floor() as u16;
    range(&at("identity.height"), layout.identity.height, lines, 200)?;
    range(&at("clock.time"), layout.clock.time, minimum, 96)?;
    range(
        &at("clock.date"),
        layout.clock.date,
        minimum,
        layout.clock.time,
    )?;
    range(
        &at("clock.height"),
        layout.clock.height,
        line(layout.clock.time),
        200,
    )?;
    range(&at("validity.size"), layout.validity.size, minimum, 96)?;
    range(&at("validity.lines"), layout.validity.lines.into(), 1, 2)?;
    let lines =
        (f32::from(layout.validity.size) * LINE * f32::from(layout.validity.lines)).floor() as u16;
    range(&at("validity.height"), layout.validity.height, lines, 200)?;
    range(&at("actions"), layout.actions, 44, 600)?;
    range(&at("tiles"), layout.tiles, 0, 600)
}

fn range(path: &str, value: u16, least: u16, most: u16) -> Result<(), StandardError> {
    if (least..=most).contains(&value) {
        Ok(())
    } else {
        Err(StandardError::at(path, Fault::Range { least, most }))
    }
}
