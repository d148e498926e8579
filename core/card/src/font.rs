//! Fonts for what Rust draws itself, with a cache of the letters already drawn.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use ab_glyph::{Font, FontVec, GlyphId, PxScale, point};

use crate::error::CardError;
use crate::scene::Weight;
use crate::text::{Measure, SUBSTITUTE};

/// Letters kept; about what twenty different cards need. Then the cache starts anew.
const CACHED: usize = 4096;
/// Places within a pixel at which a letter is drawn differently.
const PHASES: f32 = 4.0;

/// Fonts to draw with: for each weight a list, of which the first that has a character draws it.
pub struct Fonts {
    faces: Vec<FontVec>,
    regular: Vec<usize>,
    bold: Vec<usize>,
    cache: Mutex<HashMap<Key, Arc<Coverage>>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    face: usize,
    glyph: u16,
    size: u32,
    phase: u8,
}

/// How much of each pixel a letter covers, and where it stands relative to its origin on the baseline.
pub(crate) struct Coverage {
    pub(crate) left: i32,
    pub(crate) top: i32,
    pub(crate) width: usize,
    pub(crate) values: Vec<u8>,
}

/// A character found in a font.
#[derive(Clone, Copy)]
pub(crate) struct Found {
    face: usize,
    glyph: GlyphId,
    /// Width, in sizes.
    pub(crate) advance: f32,
}

#[cfg(feature = "pdf")]
impl Found {
    /// Which face of its fonts.
    pub(crate) fn face(self) -> usize {
        self.face
    }

    /// The number of the letter in it.
    pub(crate) fn number(self) -> u32 {
        self.glyph.0.into()
    }
}

impl Fonts {
    /// Fonts from the bytes of OpenType or TrueType files, best first. A line in bold that the
    /// bold fonts cannot draw whole is drawn with the regular ones.
    ///
    /// # Errors
    /// [`CardError::BadFont`] for bytes that are no font, [`CardError::NoFont`] without a regular one.
    pub fn new(regular: Vec<Vec<u8>>, bold: Vec<Vec<u8>>) -> Result<Self, CardError> {
        if regular.is_empty() {
            return Err(CardError::NoFont);
        }
        let count = regular.len();
        let faces: Vec<FontVec> = regular
            .into_iter()
            .chain(bold)
            .map(|bytes| FontVec::try_from_vec(bytes).map_err(|_| CardError::BadFont))
            .collect::<Result<_, _>>()?;
        let regular: Vec<usize> = (0..count).collect();
        let bold = (count..faces.len()).chain(0..count).collect();
        Ok(Self {
            faces,
            regular,
            bold,
            cache: Mutex::default(),
        })
    }

    /// The fonts this crate carries when built with the feature `font`: subsets of Noto Sans CJK SC
    /// under the SIL Open Font License (`ui-spec/fonts`).
    ///
    /// # Errors
    /// As [`Fonts::new`]; a test holds that it never fails.
    #[cfg(feature = "font")]
    pub fn embedded() -> Result<Self, CardError> {
        let regular = include_bytes!("../../../ui-spec/fonts/NotoSansSC-Regular.subset.otf");
        let bold = include_bytes!("../../../ui-spec/fonts/NotoSansSC-Bold.subset.otf");
        Self::new(vec![regular.to_vec()], vec![bold.to_vec()])
    }

    /// Whether some font has this character.
    pub fn has(&self, character: char) -> bool {
        self.find(character, Weight::Regular).is_some()
    }

    /// The bytes of each face, in the order of [`Found::face`].
    #[cfg(feature = "pdf")]
    pub(crate) fn bytes(&self) -> impl Iterator<Item = &[u8]> {
        self.faces.iter().map(FontVec::as_slice)
    }

    /// The weight in which a whole line can be drawn: one line never mixes two weights.
    pub(crate) fn weight_of(&self, line: &str, wanted: Weight) -> Weight {
        let bold = || {
            line.chars().all(|character| {
                self.find(character, Weight::Bold)
                    .is_some_and(|found| !self.regular.contains(&found.face))
            })
        };
        if wanted == Weight::Bold && bold() {
            Weight::Bold
        } else {
            Weight::Regular
        }
    }

    pub(crate) fn find(&self, character: char, weight: Weight) -> Option<Found> {
        let order = if weight == Weight::Bold {
            &self.bold
        } else {
            &self.regular
        };
        order.iter().find_map(|&face| {
            let font = self.faces.get(face)?;
            let glyph = font.glyph_id(character);
            let advance = font.h_advance_unscaled(glyph) / font.units_per_em()?;
            (glyph.0 != 0).then_some(Found {
                face,
                glyph,
                advance,
            })
        })
    }

    /// The letter at a size in pixels, its origin `x` pixels from the left; with the whole pixels of `x`.
    pub(crate) fn draw(&self, found: Found, size: f32, x: f32) -> (i32, Arc<Coverage>) {
        let whole = x.floor();
        let phase = ((x - whole) * PHASES).floor().clamp(0.0, PHASES - 1.0);
        let key = Key {
            face: found.face,
            glyph: found.glyph.0,
            size: size.to_bits(),
            phase: phase as u8,
        };
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(coverage) = cache.get(&key) {
            return (whole as i32, Arc::clone(coverage));
        }
        let coverage = Arc::new(self.cover(found, size, phase / PHASES));
        if cache.len() >= CACHED {
            cache.clear();
        }
        cache.insert(key, Arc::clone(&coverage));
        (whole as i32, coverage)
    }

    fn cover(&self, found: Found, size: f32, shift: f32) -> Coverage {
        let empty = Coverage {
            left: 0,
            top: 0,
            width: 0,
            values: Vec::new(),
        };
        let Some(font) = self.faces.get(found.face) else {
            return empty;
        };
        let Some(units) = font.units_per_em() else {
            return empty;
        };
        // ab_glyph scales by the height of a line, type designers by the em square.
        let scale = PxScale::from(size * font.height_unscaled() / units);
        let glyph = found
            .glyph
            .with_scale_and_position(scale, point(shift, 0.0));
        let Some(outlined) = font.outline_glyph(glyph) else {
            return empty;
        };
        let bounds = outlined.px_bounds();
        let (width, height) = (bounds.width() as usize, bounds.height() as usize);
        let mut values = vec![0; width * height];
        outlined.draw(|column, row, cover| {
            if let Some(value) = values.get_mut(row as usize * width + column as usize) {
                *value = (cover.clamp(0.0, 1.0) * 255.0) as u8;
            }
        });
        Coverage {
            left: bounds.min.x as i32,
            top: bounds.min.y as i32,
            width,
            values,
        }
    }
}

impl Measure for Fonts {
    fn width(&self, text: &str, size: f32, weight: Weight) -> f32 {
        let weight = self.weight_of(text, weight);
        let advance = |character| {
            self.find(character, weight)
                .or_else(|| self.find(SUBSTITUTE, weight))
        };
        text.chars()
            .map(|character| advance(character).map_or(1.0, |found| found.advance))
            .sum::<f32>()
            * size
    }
}

impl fmt::Debug for Fonts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Fonts({} faces)", self.faces.len())
    }
}
