//! A scene as PDF: one page, tagged in reading order, with the letters that it uses inside.

use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Transform};
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, SpanTag, Tag, TagGroup, TagTree,
};
use krilla::text::{Font, GlyphId, KrillaGlyph};

use crate::error::CardError;
use crate::font::Fonts;
use crate::qr::{QUIET_ZONE, QrMatrix};
use crate::rgb::Rgb;
use crate::scene::{Align, Drawing, Item, ItemId, Rectangle, Scene, Spoken, Step, Text};
use crate::shapes::rounded;
use crate::text::fit;

/// Draws a scene as a PDF page of the card's size, one point a point.
///
/// What a screen reader says is the text of the tags, in the scene's order; everything else on the page is
/// decoration to it. A character that no font has is an error, as in [`png`](crate::png()).
///
/// # Errors
/// [`CardError`].
pub fn pdf(scene: &Scene, fonts: &Fonts) -> Result<Vec<u8>, CardError> {
    let faces = fonts
        .bytes()
        .map(|bytes| Font::new(bytes.to_vec().into(), 0).ok_or(CardError::BadFont))
        .collect::<Result<Vec<_>, _>>()?;
    let mut document = Document::new();
    let settings = PageSettings::from_wh(scene.width, scene.height).ok_or(CardError::Encode)?;
    let said = {
        let mut page = document.start_page_with(settings);
        let said = draw(page.surface(), scene, fonts, &faces)?;
        page.finish();
        said
    };
    let title = scene.reading_order.first();
    document.set_metadata(
        Metadata::new()
            .title(title.map_or_else(String::new, |spoken| spoken.label.clone()))
            .language(scene.language.tag().to_owned()),
    );
    document.set_tag_tree(tree(scene, said));
    document.finish().map_err(|_| CardError::Encode)
}

/// Draws every item; what stands for each thing that is said, where that is drawn.
fn draw(
    surface: Surface<'_>,
    scene: &Scene,
    fonts: &Fonts,
    faces: &[Font],
) -> Result<Vec<Option<Identifier>>, CardError> {
    let mut sheet = Sheet {
        surface,
        fonts,
        faces,
        language: scene.language.tag(),
    };
    let mut said = vec![None; scene.reading_order.len()];
    for item in &scene.items {
        let place = scene
            .reading_order
            .iter()
            .position(|spoken| spoken.item == item.id);
        let identifier = sheet.tagged(item, place.is_some())?;
        if let Some(slot) = place.and_then(|place| said.get_mut(place)) {
            *slot = Some(identifier);
        }
    }
    sheet.surface.finish();
    Ok(said)
}

fn tree(scene: &Scene, said: Vec<Option<Identifier>>) -> TagTree {
    let mut tree = TagTree::new().with_lang(Some(scene.language.tag().to_owned()));
    for (Spoken { item, label }, identifier) in scene.reading_order.iter().zip(said) {
        let label = Some(label.clone());
        let mut group = if *item == ItemId::Qr {
            TagGroup::new(Tag::Figure(label))
        } else {
            TagGroup::new(Tag::P.with_alt_text(label))
        };
        if let Some(identifier) = identifier {
            group.push(identifier);
            tree.push(group);
        }
    }
    tree
}

struct Sheet<'a> {
    surface: Surface<'a>,
    fonts: &'a Fonts,
    faces: &'a [Font],
    language: &'static str,
}

impl Sheet<'_> {
    fn tagged(&mut self, item: &Item, is_said: bool) -> Result<Identifier, CardError> {
        let tag = match &item.drawing {
            _ if !is_said => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Other)),
            Drawing::Text(_) => ContentTag::Span(SpanTag::empty().with_lang(Some(self.language))),
            _ => ContentTag::Other,
        };
        let identifier = self.surface.start_tagged(tag);
        let drawn = self.item(item);
        self.surface.end_tagged();
        drawn.map(|()| identifier)
    }

    fn item(&mut self, item: &Item) -> Result<(), CardError> {
        match &item.drawing {
            Drawing::Fill { colour, radius, .. } => {
                self.outline(&rounded(item.frame, *radius), *colour);
            }
            Drawing::Outline { steps, colour, .. } => self.outline(steps, *colour),
            Drawing::Text(text) => self.text(item, text)?,
            Drawing::Qr {
                matrix,
                dark,
                light,
            } => {
                self.outline(&rounded(item.frame, 0.0), *light);
                self.outline(&modules(item.frame, matrix), *dark);
            }
        }
        Ok(())
    }

    fn ink(&mut self, colour: Rgb) {
        let [red, green, blue] = colour.0;
        self.surface.set_fill(Some(Fill {
            paint: rgb::Color::new(red, green, blue).into(),
            rule: FillRule::NonZero,
            ..Fill::default()
        }));
    }

    fn outline(&mut self, steps: &[Step], colour: Rgb) {
        let mut path = PathBuilder::new();
        for step in steps {
            match *step {
                Step::Move(x, y) => path.move_to(x, y),
                Step::Line(x, y) => path.line_to(x, y),
                Step::Curve(a, b, c, d, x, y) => path.cubic_to(a, b, c, d, x, y),
                Step::Close => path.close(),
            }
        }
        self.ink(colour);
        // An outline without a step draws nothing.
        if let Some(path) = path.finish() {
            self.surface.draw_path(&path);
        }
    }

    fn text(&mut self, item: &Item, text: &Text) -> Result<(), CardError> {
        let frame = item.frame;
        let room = if text.turned {
            frame.height
        } else {
            frame.width
        };
        let fitted = fit(text, room, self.fonts).ok_or(CardError::DoesNotFit { item: item.id })?;
        let spare = (room - fitted.width)
            * match text.align {
                Align::Start => 0.0,
                Align::Centre => 0.5,
                Align::End => 1.0,
            };
        let weight = self.fonts.weight_of(&fitted.text, text.weight);
        let baseline = text.baseline - fitted.lift;
        if text.turned {
            // A quarter to the left: along the line is up.
            let turn = Transform::from_row(0.0, -1.0, 1.0, 0.0, baseline, frame.bottom() - spare);
            self.surface.push_transform(&turn);
        }
        self.ink(text.ink);
        let (mut x, y) = if text.turned {
            (0.0, 0.0)
        } else {
            (frame.x + spare, baseline)
        };
        for (position, character) in fitted.text.chars().enumerate() {
            let missing = CardError::MissingCharacter {
                item: item.id,
                position,
            };
            let found = self.fonts.find(character, weight);
            let drawn = found.and_then(|found| Some((found, self.faces.get(found.face())?)));
            let Some((found, face)) = drawn else {
                if text.turned {
                    self.surface.pop();
                }
                return Err(missing);
            };
            let mut buffer = [0; 4];
            let one = character.encode_utf8(&mut buffer);
            let glyph = KrillaGlyph::new(
                GlyphId::new(found.number()),
                found.advance,
                0.0,
                0.0,
                0.0,
                0..one.len(),
                None,
            );
            let start = Point::from_xy(x, y);
            self.surface
                .draw_glyphs(start, &[glyph], face.clone(), one, fitted.size, false);
            x += found.advance * fitted.size;
        }
        if text.turned {
            self.surface.pop();
        }
        Ok(())
    }
}

/// The dark modules as one outline, whole points a module where the frame allows.
fn modules(frame: Rectangle, matrix: &QrMatrix) -> Vec<Step> {
    let exact = frame.width / matrix.full_size() as f32;
    let module = if exact >= 2.0 { exact.floor() } else { exact };
    let quiet =
        (frame.width - module * matrix.full_size() as f32) / 2.0 + module * QUIET_ZONE as f32;
    let (left, top) = (frame.x + quiet, frame.y + quiet);
    let mut steps = Vec::new();
    for row in 0..matrix.size() {
        for (first, length) in matrix.runs(row) {
            let (x, y) = (left + first as f32 * module, top + row as f32 * module);
            let run = Rectangle::new(x, y, length as f32 * module, module);
            steps.extend(rounded(run, 0.0));
        }
    }
    steps
}
