//! Reading a standard, and what a schema cannot say about it.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    CardWords, ColourStyle, DocumentWords, Inks, Language, Layout, Localised, MaskWords, Measures,
    Panel, Rgb, Standard, ViewStyle,
    fault::{CHARACTERS, FORMAT, Fault, Faults, NARROWEST, STANDARD_LIMIT, StandardError},
};
use crate::qr::QUIET_ZONE;
use crate::text::{named, shown};

const COLOURS: usize = 16;
const LAYOUTS: usize = 8;
const FAMILIES: usize = 12;
const WORDS: usize = 500;
/// WCAG 2.2, 1.4.3.
const CONTRAST: f64 = 4.5;
/// A scanner in weak light needs far more than a reader does.
const MODULE_CONTRAST: f64 = 15.0;
/// Nearer than this, in degrees, a decoration could be taken for a health-code colour.
const HUE_DISTANCE: f64 = 30.0;
const WIDEST: u16 = 480;
const SMALLEST_QR: u16 = 260;
/// What a finger hits, in points.
const SMALLEST_TARGET: u16 = 44;
/// What an unsteady finger hits.
const SMALLEST_CARE_TARGET: u16 = 60;
const GAPS: usize = 12;
/// Height of a line of text, in sizes.
pub(crate) const LINE: f32 = 1.2;

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
    measures: Measures,
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

/// Reads a standard, or its format alone; an error names the line.
fn read<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, StandardError> {
    serde_json::from_slice(bytes).map_err(|error| StandardError::Malformed {
        path: ".".into(),
        // It quotes the file.
        detail: named(&error.to_string()),
    })
}

/// The same for whoever writes one: an error names the field. Phones go without, since it is as large again.
fn read_for_its_author<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, StandardError> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        // Both quote the file.
        StandardError::Malformed {
            path: named(&error.path().to_string()),
            detail: named(&error.inner().to_string()),
        }
    })?;
    reader.end().map_err(|error| StandardError::Malformed {
        path: ".".into(),
        detail: error.to_string(),
    })?;
    Ok(value)
}

pub(super) fn parse(bytes: &[u8]) -> Result<Standard, StandardError> {
    check_format(bytes)?;
    let document: Document = read(bytes)?;
    let faults = check(&document);
    let Some(card) = faults.card else {
        let first = faults.found.0.into_iter().next();
        return Err(first.unwrap_or(StandardError::at("words", Fault::Missing)));
    };
    if let Some(first) = faults.found.0.into_iter().next() {
        return Err(first);
    }
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
        measures: document.measures,
        documents: document.documents,
        masks: document.masks,
        card,
        words: document.words,
    })
}

/// Everything that is wrong with a standard; where it cannot be read, what stops the reading and every
/// word that a language lacks.
pub(super) fn faults(bytes: &[u8]) -> Vec<StandardError> {
    let read = check_format(bytes).and_then(|()| read_for_its_author::<Document>(bytes));
    match read {
        Ok(document) => {
            let mut checked = check(&document);
            missing_beside_the_card(&document, &mut checked.found);
            checked.found.0
        }
        Err(error @ StandardError::Malformed { .. }) => {
            let mut missing = Faults::default();
            if let Ok(value) = serde_json::from_slice(bytes) {
                missing_words(&value, &mut String::new(), &mut missing);
            }
            if missing.0.is_empty() {
                vec![error]
            } else {
                missing.0
            }
        }
        Err(error) => vec![error],
    }
}

/// Words that a card does without and the built-in standard has: a shell may look for them.
fn missing_beside_the_card(document: &Document, faults: &mut Faults) {
    let Ok(built_in) = Standard::built_in() else {
        return;
    };
    let missing = built_in.words.keys().filter(|key| {
        !document.words.contains_key(*key) && !CardWords::NAMES.contains(&key.as_str())
    });
    for key in missing {
        faults.add(format!("words.{key}"), Fault::Missing);
    }
}

/// A text in some language that is not there in every one. The depth is the reader's: 128.
fn missing_words(value: &serde_json::Value, path: &mut String, faults: &mut Faults) {
    let length = path.len();
    match value {
        serde_json::Value::Object(fields) => {
            let tags = Language::ALL.map(Language::tag);
            if tags.iter().any(|tag| fields.contains_key(*tag)) {
                for tag in tags.iter().filter(|tag| !fields.contains_key(**tag)) {
                    faults.add(format!("{path}.{tag}"), Fault::Missing);
                }
            }
            for (name, inner) in fields {
                if length > 0 {
                    path.push('.');
                }
                path.push_str(&named(name));
                missing_words(inner, path, faults);
                path.truncate(length);
            }
        }
        serde_json::Value::Array(entries) => {
            for (index, inner) in entries.iter().enumerate() {
                path.push_str(&format!("[{index}]"));
                missing_words(inner, path, faults);
                path.truncate(length);
            }
        }
        _ => {}
    }
}

struct Checked {
    card: Option<CardWords>,
    found: Faults,
}

/// The format comes first: a later format may have another shape altogether.
fn check_format(bytes: &[u8]) -> Result<(), StandardError> {
    if bytes.len() > STANDARD_LIMIT {
        return Err(StandardError::TooLarge { bytes: bytes.len() });
    }
    let Format { format } = read(bytes)?;
    if format != FORMAT {
        return Err(StandardError::at("format", Fault::UnknownFormat));
    }
    Ok(())
}

fn check(document: &Document) -> Checked {
    let mut found = Faults::default();
    let faults = &mut found;
    check_names(document, faults);
    check_texts(document, faults);
    check_inks(document, faults);
    check_colours(document, faults);
    let (views, measures) = (&document.views, &document.measures);
    for (name, view, target) in [
        ("normal", &views.normal, measures.target),
        ("care", &views.care, measures.care_target),
        ("international", &views.international, measures.target),
    ] {
        check_view(&format!("views.{name}"), view, target, faults);
    }
    check_measures(measures, views, faults);
    placeholders("masks.name", &document.masks.name, &["visible"], faults);
    placeholders(
        "masks.document",
        &document.masks.document,
        &["document", "head", "tail"],
        faults,
    );
    let card = CardWords::take(&document.words, faults);
    Checked { card, found }
}

fn check_names(document: &Document, faults: &mut Faults) {
    let plain = |text: &str| {
        (1..=40).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b' ' || b == b'-')
    };
    if !plain(&document.name) {
        faults.add("name", Fault::BadName);
    }
    if document.version == 0 {
        let (least, most) = (1, u16::MAX);
        faults.add("version", Fault::Range { least, most });
    }
    count("families", document.families.len(), FAMILIES, faults);
    for (index, family) in document.families.iter().enumerate() {
        if !plain(family) {
            faults.add(format!("families[{index}]"), Fault::BadName);
        }
    }
    count("colours", document.colours.len(), COLOURS, faults);
    count("words", document.words.len(), WORDS, faults);
}

fn count(path: &str, found: usize, most: usize, faults: &mut Faults) {
    if !(1..=most).contains(&found) {
        faults.add(path, Fault::BadCount { most });
    }
}

fn check_texts(document: &Document, faults: &mut Faults) {
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
            // What would be shown is what stands here: nothing unseen, no pile of marks.
            let seen = !one.trim().is_empty() && shown(one) == one;
            if one.chars().count() > CHARACTERS || !seen {
                faults.add(format!("{path}.{tag}"), Fault::BadText);
            }
        }
    }
}

fn languages(text: &Localised) -> [(&'static str, &str); 3] {
    [
        ("zh-Hans", &text.zh_hans),
        ("zh-Hant", &text.zh_hant),
        ("en", &text.en),
    ]
}

/// Every language has each placeholder once and no other.
pub(super) fn placeholders(path: &str, text: &Localised, expected: &[&str], faults: &mut Faults) {
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
            faults.add(format!("{path}.{tag}"), Fault::Placeholders { expected });
        }
    }
}

fn contrast(path: &str, text: Rgb, ground: Rgb, needed: f64, faults: &mut Faults) {
    let found = text.contrast(ground);
    if found >= needed {
        return;
    }
    let fault = Fault::Contrast {
        with: ground,
        contrast: format!("{found:.2}"),
        needed: format!("{needed}"),
    };
    faults.add(path, fault);
}

fn check_inks(document: &Document, faults: &mut Faults) {
    let inks = &document.inks;
    contrast("inks.ink", inks.ink, inks.page, CONTRAST, faults);
    contrast("inks.quiet", inks.quiet, inks.page, CONTRAST, faults);
    contrast("inks.ink", inks.ink, inks.band, CONTRAST, faults);
    contrast("inks.quiet", inks.quiet, inks.band, CONTRAST, faults);
    contrast(
        "inks.band_text",
        inks.band_text,
        inks.band,
        CONTRAST,
        faults,
    );
    contrast(
        "inks.sandbox_text",
        inks.sandbox_text,
        inks.sandbox,
        CONTRAST,
        faults,
    );
    contrast("inks.sandbox", inks.sandbox, inks.page, CONTRAST, faults);
    if inks.module_ground != Rgb([255; 3])
        || inks.module.contrast(inks.module_ground) < MODULE_CONTRAST
    {
        faults.add("inks.module", Fault::Modules);
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
                let colour = named(&style.id);
                faults.add(path, Fault::StatusHue { colour });
            }
        }
    }
}

fn check_colours(document: &Document, faults: &mut Faults) {
    for (index, style) in document.colours.iter().enumerate() {
        let path = format!("colours[{index}]");
        let plain = (1..=32).contains(&style.id.len())
            && style
                .id
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !plain {
            faults.add(format!("{path}.id"), Fault::BadName);
        }
        if style.number == 0 {
            let (least, most) = (1, 255);
            faults.add(format!("{path}.number"), Fault::Range { least, most });
        }
        contrast(
            &format!("{path}.text"),
            style.panel.text,
            style.panel.panel,
            CONTRAST,
            faults,
        );
        for other in &document.colours[..index] {
            let mut shared = |field: &str| {
                let other = named(&other.id);
                faults.add(format!("{path}.{field}"), Fault::Shared { other });
            };
            if style.number == other.number {
                shared("number");
            }
            if style.id == other.id {
                shared("id");
            }
            if style.panel.shape == other.panel.shape {
                shared("shape");
            }
            if languages(&style.panel.word)
                .iter()
                .zip(languages(&other.panel.word))
                .any(|(one, two)| one.1 == two.1)
            {
                shared("word");
            }
        }
    }
    for (path, panel) in [
        ("no_colour", &document.no_colour),
        ("unlisted_colour", &document.unlisted_colour),
    ] {
        contrast(
            &format!("{path}.text"),
            panel.text,
            panel.panel,
            CONTRAST,
            faults,
        );
        if let Some(other) = document
            .colours
            .iter()
            .find(|style| style.panel.shape == panel.shape)
        {
            let other = named(&other.id);
            faults.add(format!("{path}.shape"), Fault::Shared { other });
        }
    }
}

fn check_view(path: &str, view: &ViewStyle, target: u16, faults: &mut Faults) {
    let layouts = format!("{path}.layouts");
    count(&layouts, view.layouts.len(), LAYOUTS, faults);
    let minimum = format!("{path}.minimum_size");
    range(&minimum, view.minimum_size, 8, 40, faults);
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
        faults.add(layouts, Fault::Order);
    }
    for (index, layout) in view.layouts.iter().enumerate() {
        let path = format!("{path}.layouts[{index}]");
        check_layout(&path, layout, (view.minimum_size, target), faults);
    }
}

fn check_layout(path: &str, layout: &Layout, (minimum, target): (u16, u16), faults: &mut Faults) {
    let line = |size: u16| (f32::from(size) * LINE).ceil() as u16;
    let mut sized = |field: &str, value: u16, least: u16, most: u16| {
        range(&format!("{path}.{field}"), value, least, most, faults);
    };
    let Layout {
        width,
        margin,
        title,
        panel,
        identity,
        clock,
        qr,
        validity,
        actions,
        tiles,
    } = *layout;
    sized("width", width, NARROWEST, WIDEST);
    sized("margin", margin, 8, 60);
    sized("qr", qr, SMALLEST_QR, width);
    sized("title.size", title.size, minimum, 96);
    sized("title.height", title.height, line(title.size), 200);
    sized("panel.size", panel.size, minimum, 96);
    sized("panel.shape", panel.shape, panel.size, 96);
    let tallest = panel.size.max(panel.shape);
    sized("panel.height", panel.height, line(tallest), 200);
    sized("identity.name", identity.name, minimum, 96);
    sized("identity.document", identity.document, minimum, 96);
    let both = u32::from(identity.name) + u32::from(identity.document);
    sized("identity.height", identity.height, lines(both), 200);
    sized("clock.time", clock.time, minimum, 96);
    sized("clock.date", clock.date, minimum, clock.time);
    sized("clock.height", clock.height, line(clock.time), 200);
    sized("validity.size", validity.size, minimum, 96);
    sized("validity.lines", validity.lines.into(), 1, 2);
    let all = u32::from(validity.size) * u32::from(validity.lines);
    sized("validity.height", validity.height, lines(all), 200);
    sized("actions", actions, target, 600);
    sized("tiles", tiles, 0, 600);
}

fn check_measures(measures: &Measures, views: &Views, faults: &mut Faults) {
    let mut sized = |field: &str, value: u16, least: u16, most: u16| {
        range(&format!("measures.{field}"), value, least, most, faults);
    };
    let drawn = u16::try_from(QUIET_ZONE).unwrap_or(u16::MAX);
    sized("quiet_zone", measures.quiet_zone, drawn, drawn);
    sized("target", measures.target, SMALLEST_TARGET, 96);
    sized(
        "care_target",
        measures.care_target,
        SMALLEST_CARE_TARGET,
        120,
    );
    sized("corner", measures.corner, 0, 32);
    for (index, gap) in measures.spacing.iter().enumerate() {
        sized(&format!("spacing[{index}]"), *gap, 1, 96);
    }
    for (name, scale, view) in [
        ("type", &measures.type_scale, &views.normal),
        ("care_type", &measures.care_type, &views.care),
    ] {
        let sizes = [
            ("small", scale.small, view.minimum_size),
            ("body", scale.body, scale.small),
            ("heading", scale.heading, scale.body),
            ("title", scale.title, scale.heading),
            ("display", scale.display, scale.title),
        ];
        for (field, size, least) in sizes {
            sized(&format!("{name}.{field}"), size, least, 96);
        }
    }
    count("measures.spacing", measures.spacing.len(), GAPS, faults);
    if !measures.spacing.is_sorted() {
        faults.add("measures.spacing", Fault::Order);
    }
}

/// The height of lines whose sizes have this sum.
fn lines(sizes: u32) -> u16 {
    (sizes as f32 * LINE).floor() as u16
}

fn range(path: &str, value: u16, least: u16, most: u16, faults: &mut Faults) {
    if !(least..=most).contains(&value) {
        faults.add(path, Fault::Range { least, most });
    }
}
