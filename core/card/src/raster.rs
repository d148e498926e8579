//! A scene as pixels: a palette and one index a pixel, so that little is copied and little compressed.

use ab_glyph_rasterizer::{Rasterizer, point};

use crate::error::CardError;
use crate::font::Fonts;
use crate::qr::{QUIET_ZONE, QrMatrix};
use crate::rgb::Rgb;
use crate::scene::{Align, Drawing, Item, Rectangle, Scene, Step, Text};
use crate::shapes::rounded;
use crate::text::{SUBSTITUTE, fit};

/// Steps from a ground to an ink; edges of letters use those between.
const STEPS: usize = 15;
/// Smallest module, in pixels, that a camera can be asked to read.
const SMALLEST_MODULE: u32 = 2;
/// Most pixels of one picture.
const LARGEST: u64 = 24_000_000;
const DENSEST: f32 = 16.0;

/// Device pixels a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale(f32);

impl Scale {
    /// A scale, cut to 0.25 to 16.
    pub fn new(pixels_a_point: f32) -> Self {
        Self(if pixels_a_point.is_finite() {
            pixels_a_point.clamp(0.25, DENSEST)
        } else {
            1.0
        })
    }

    /// The smallest scale at which a module of the scene's QR code is this many pixels; nothing for a
    /// scene without a code.
    pub fn for_modules(scene: &Scene, pixels: u32) -> Option<Self> {
        scene.items.iter().find_map(|item| match &item.drawing {
            Drawing::Qr { matrix, .. } => Some(Self::new(
                (pixels * matrix.full_size()) as f32 / item.frame.width,
            )),
            _ => None,
        })
    }
}

/// What to do about a character that no font has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingCharacters {
    /// Refuse to draw the card, with an error that says where.
    #[default]
    Refuse,
    /// Draw `〓` in its place, and count it.
    Substitute,
}

/// A drawn card.
#[derive(Clone)]
pub struct Canvas {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) pixels: Vec<u8>,
    pub(crate) palette: Vec<Rgb>,
    ramps: Vec<(Rgb, Rgb, u8)>,
    scale: f32,
    missing: MissingCharacters,
    substituted: usize,
    clip: Clip,
}

/// Pixels that may be touched: left, top, right, bottom.
#[derive(Clone, Copy)]
struct Clip {
    left: i32,
    top: i32,
    right: i32,
    bottom: i32,
}

impl std::fmt::Debug for Canvas {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Canvas({} x {})", self.width, self.height)
    }
}

impl Canvas {
    /// Draws a whole scene.
    ///
    /// # Errors
    /// [`CardError`] when a module would be smaller than two pixels, the picture too large, a character
    /// missing (and not to be substituted), or a text that must not be cut has no room in these fonts.
    pub fn draw(
        scene: &Scene,
        fonts: &Fonts,
        scale: Scale,
        missing: MissingCharacters,
    ) -> Result<Self, CardError> {
        let size = |points: f32| (points * scale.0).round().max(0.0) as u32;
        let (width, height) = (size(scene.width), size(scene.height));
        if width == 0 || height == 0 || u64::from(width) * u64::from(height) > LARGEST {
            return Err(CardError::PictureSize { width, height });
        }
        let mut canvas = Self {
            width: width as usize,
            height: height as usize,
            pixels: vec![0; width as usize * height as usize],
            palette: Vec::with_capacity(128),
            ramps: Vec::with_capacity(8),
            scale: scale.0,
            missing,
            substituted: 0,
            clip: Clip {
                left: 0,
                top: 0,
                right: width as i32,
                bottom: height as i32,
            },
        };
        for item in &scene.items {
            canvas.item(item, fonts)?;
        }
        Ok(canvas)
    }

    /// Draws a part of a scene anew, as [`Scene::difference`] names it: for a clock, a band of pixels
    /// instead of a card.
    ///
    /// # Errors
    /// As [`Canvas::draw`]; the canvas may then be half drawn.
    pub fn redraw(
        &mut self,
        scene: &Scene,
        fonts: &Fonts,
        part: Rectangle,
    ) -> Result<(), CardError> {
        let whole = self.clip;
        self.clip = Clip {
            left: (part.x * self.scale).floor().max(0.0) as i32,
            top: (part.y * self.scale).floor().max(0.0) as i32,
            right: ((part.right() * self.scale).ceil() as i32).min(whole.right),
            bottom: ((part.bottom() * self.scale).ceil() as i32).min(whole.bottom),
        };
        let touched = scene.items.iter().filter(|item| item.frame.meets(part));
        let drawn = touched
            .into_iter()
            .try_for_each(|item| self.item(item, fonts));
        self.clip = whole;
        drawn
    }

    /// Characters drawn as `〓` because no font has them.
    pub fn substituted(&self) -> usize {
        self.substituted
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// The pixels as red, green and blue, row by row.
    pub fn to_rgb(&self) -> Vec<u8> {
        let colour = |index: &u8| {
            self.palette
                .get(usize::from(*index))
                .map_or([0; 3], |colour| colour.0)
        };
        self.pixels.iter().flat_map(colour).collect()
    }

    fn item(&mut self, item: &Item, fonts: &Fonts) -> Result<(), CardError> {
        match &item.drawing {
            Drawing::Fill {
                colour,
                radius,
                ground,
            } => self.fill(item.frame, *colour, *radius, *ground),
            Drawing::Outline {
                steps,
                colour,
                ground,
            } => self.outline(steps, *colour, *ground),
            Drawing::Text(text) => self.text(item, text, fonts),
            Drawing::Qr {
                matrix,
                dark,
                light,
            } => self.qr(item.frame, matrix, *dark, *light),
        }
    }

    /// The index of a colour.
    fn colour(&mut self, colour: Rgb) -> Result<u8, CardError> {
        let index = match self.palette.iter().position(|known| *known == colour) {
            Some(index) => index,
            None => {
                self.palette.push(colour);
                self.palette.len() - 1
            }
        };
        u8::try_from(index).map_err(|_| CardError::TooManyColours)
    }

    /// The index of the first step from a ground to an ink; the last is [`STEPS`] after it.
    fn ramp(&mut self, ground: Rgb, ink: Rgb) -> Result<u8, CardError> {
        if let Some((_, _, first)) = self
            .ramps
            .iter()
            .find(|(one, two, _)| (*one, *two) == (ground, ink))
        {
            return Ok(*first);
        }
        let first = u8::try_from(self.palette.len()).map_err(|_| CardError::TooManyColours)?;
        if self.palette.len() + STEPS >= 256 {
            return Err(CardError::TooManyColours);
        }
        self.palette
            .extend((0..=STEPS).map(|step| ground.towards(ink, step as f32 / STEPS as f32)));
        self.ramps.push((ground, ink, first));
        Ok(first)
    }

    fn fill(
        &mut self,
        frame: Rectangle,
        colour: Rgb,
        radius: f32,
        ground: Rgb,
    ) -> Result<(), CardError> {
        if radius > 0.0 {
            let steps = rounded(frame, radius);
            return self.outline(&steps, colour, ground);
        }
        let index = self.colour(colour)?;
        let edge = |points: f32| (points * self.scale).round() as i32;
        let (left, right) = (edge(frame.x), edge(frame.right()));
        self.block(left, edge(frame.y), right, edge(frame.bottom()), index);
        Ok(())
    }

    fn block(&mut self, left: i32, top: i32, right: i32, bottom: i32, index: u8) {
        let clip = self.clip;
        let (left, right) = (left.max(clip.left), right.min(clip.right));
        if left >= right {
            return;
        }
        for row in top.max(clip.top)..bottom.min(clip.bottom) {
            let start = row as usize * self.width;
            self.pixels[start + left as usize..start + right as usize].fill(index);
        }
    }

    fn outline(&mut self, steps: &[Step], colour: Rgb, ground: Rgb) -> Result<(), CardError> {
        let first = self.ramp(ground, colour)?;
        let Some(bounds) = bounds(steps) else {
            return Ok(());
        };
        let scale = self.scale;
        let (left, top) = ((bounds.x * scale).floor(), (bounds.y * scale).floor());
        let width = ((bounds.right() * scale).ceil() - left).clamp(1.0, 8192.0) as usize;
        let height = ((bounds.bottom() * scale).ceil() - top).clamp(1.0, 8192.0) as usize;
        let mut rasterizer = Rasterizer::new(width, height);
        let at = |x: f32, y: f32| point(x * scale - left, y * scale - top);
        let (mut begin, mut last) = (point(0.0, 0.0), point(0.0, 0.0));
        for step in steps {
            match *step {
                Step::Move(x, y) => {
                    begin = at(x, y);
                    last = begin;
                }
                Step::Line(x, y) => {
                    rasterizer.draw_line(last, at(x, y));
                    last = at(x, y);
                }
                Step::Curve(a, b, c, d, x, y) => {
                    rasterizer.draw_cubic(last, at(a, b), at(c, d), at(x, y));
                    last = at(x, y);
                }
                Step::Close => {
                    rasterizer.draw_line(last, begin);
                    last = begin;
                }
            }
        }
        let (left, top) = (left as i32, top as i32);
        let (clip, stride, pixels) = (self.clip, self.width, &mut self.pixels);
        rasterizer.for_each_pixel_2d(|column, row, cover| {
            let (x, y) = (left + column as i32, top + row as i32);
            let step = (cover.clamp(0.0, 1.0) * STEPS as f32).round() as u8;
            if step > 0 && x >= clip.left && x < clip.right && y >= clip.top && y < clip.bottom {
                pixels[y as usize * stride + x as usize] = first + step;
            }
        });
        Ok(())
    }

    fn qr(
        &mut self,
        frame: Rectangle,
        matrix: &QrMatrix,
        dark: Rgb,
        light: Rgb,
    ) -> Result<(), CardError> {
        let (dark, light) = (self.colour(dark)?, self.colour(light)?);
        let edge = |points: f32| (points * self.scale).round() as i32;
        let (left, top) = (edge(frame.x), edge(frame.y));
        // The side is rounded by itself: edges rounded apart could cost a pixel, and with it a pixel of
        // every module.
        let side = edge(frame.width);
        let module = side / matrix.full_size() as i32;
        if module < SMALLEST_MODULE as i32 {
            return Err(CardError::PictureSize {
                width: self.width as u32,
                height: self.height as u32,
            });
        }
        self.block(left, top, left + side, top + side, light);
        let quiet = (side - module * matrix.full_size() as i32) / 2 + module * QUIET_ZONE as i32;
        for row in 0..matrix.size() {
            let y = top + quiet + row as i32 * module;
            if y + module <= self.clip.top || y >= self.clip.bottom {
                continue;
            }
            for (first, length) in matrix.runs(row) {
                let x = left + quiet + first as i32 * module;
                self.block(x, y, x + length as i32 * module, y + module, dark);
            }
        }
        Ok(())
    }

    fn text(&mut self, item: &Item, text: &Text, fonts: &Fonts) -> Result<(), CardError> {
        let room = if text.turned {
            item.frame.height
        } else {
            item.frame.width
        };
        let fitted = fit(text, room, fonts).ok_or(CardError::DoesNotFit { item: item.id })?;
        let first = self.ramp(text.ground, text.ink)?;
        let spare = (room - fitted.width)
            * match text.align {
                Align::Start => 0.0,
                Align::Centre => 0.5,
                Align::End => 1.0,
            };
        let size = fitted.size * self.scale;
        let weight = fonts.weight_of(&fitted.text, text.weight);
        let start = if text.turned {
            -item.frame.bottom()
        } else {
            item.frame.x
        };
        let mut x = (start + spare) * self.scale;
        let baseline = ((text.baseline - fitted.lift) * self.scale).round() as i32;
        for (position, character) in fitted.text.chars().enumerate() {
            let found = match fonts.find(character, weight) {
                Some(found) => found,
                None => {
                    let missing = CardError::MissingCharacter {
                        item: item.id,
                        position,
                    };
                    if self.missing == MissingCharacters::Refuse {
                        return Err(missing);
                    }
                    self.substituted += 1;
                    fonts.find(SUBSTITUTE, weight).ok_or(missing)?
                }
            };
            let (whole, coverage) = fonts.draw(found, size, x);
            let (left, top) = (whole + coverage.left, baseline + coverage.top);
            let rows = coverage.values.chunks(coverage.width.max(1));
            for (row, values) in (0..).zip(rows) {
                for (column, value) in (0..).zip(values) {
                    let step = (usize::from(*value) * STEPS + 127) / 255;
                    // Turned a quarter to the left: along the line is up, below the line is right.
                    let (x, y) = if text.turned {
                        (top + row, -(left + column) - 1)
                    } else {
                        (left + column, top + row)
                    };
                    self.dot(x, y, first, step as u8);
                }
            }
            x += found.advance * size;
        }
        Ok(())
    }

    fn dot(&mut self, x: i32, y: i32, first: u8, step: u8) {
        let clip = self.clip;
        if step == 0 || x < clip.left || x >= clip.right || y < clip.top || y >= clip.bottom {
            return;
        }
        let pixel = &mut self.pixels[y as usize * self.width + x as usize];
        // Where two letters touch, the darker edge wins.
        let under = pixel
            .checked_sub(first)
            .filter(|under| usize::from(*under) <= STEPS)
            .unwrap_or(0);
        *pixel = first + step.max(under);
    }
}

fn bounds(steps: &[Step]) -> Option<Rectangle> {
    let mut corners: Option<(f32, f32, f32, f32)> = None;
    let mut take = |x: f32, y: f32| {
        let (left, top, right, bottom) = corners.unwrap_or((x, y, x, y));
        corners = Some((left.min(x), top.min(y), right.max(x), bottom.max(y)));
    };
    for step in steps {
        match *step {
            Step::Move(x, y) | Step::Line(x, y) => take(x, y),
            Step::Curve(a, b, c, d, x, y) => {
                take(a, b);
                take(c, d);
                take(x, y);
            }
            Step::Close => {}
        }
    }
    corners.map(|(left, top, right, bottom)| Rectangle::new(left, top, right - left, bottom - top))
}
