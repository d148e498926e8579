//! From what the phone shows to pictures in files.

use liangma_card::{Canvas, CardModel, Fonts, MissingCharacters, Scale, Standard, scene, svg};

use crate::failure::{Failure, OrFail as _};

/// Device pixels for one module of the QR: about what a phone of today gives it; readers manage three.
const MODULE_PIXELS: u32 = 12;
/// Device pixels for one point where there is no QR.
const PLAIN_SCALE: f32 = 2.0;
/// A mistake of ours, whatever it is.
const REPORT: &str = "this is a mistake in the program; please report it";

/// A card, drawn.
#[derive(Debug)]
pub(crate) struct Pictures {
    /// As pixels.
    pub(crate) png: Vec<u8>,
    /// As lines.
    pub(crate) svg: String,
    /// Width and height of the pixels.
    pub(crate) size: (usize, usize),
    /// Characters that the font subset lacks, drawn as `〓` in the PNG.
    pub(crate) substituted: usize,
}

/// Draws a card by the built-in UI standard.
pub(crate) fn draw(model: &CardModel) -> Result<Pictures, Failure> {
    let what = "the card could not be drawn";
    let standard = Standard::built_in().or_fail(what, REPORT)?;
    let fonts = Fonts::embedded().or_fail(what, REPORT)?;
    let card = scene(&standard, model).or_fail(what, REPORT)?;
    let scale = Scale::for_modules(&card, MODULE_PIXELS).unwrap_or_else(|| Scale::new(PLAIN_SCALE));
    // A rare character is the person's right: the card is drawn all the same, and the phone's own
    // fonts have it.
    let canvas =
        Canvas::draw(&card, &fonts, scale, MissingCharacters::Substitute).or_fail(what, REPORT)?;
    Ok(Pictures {
        png: canvas.to_png().or_fail(what, REPORT)?,
        svg: svg(&card),
        size: canvas.size(),
        substituted: canvas.substituted(),
    })
}
