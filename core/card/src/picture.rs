//! PNG pictures, as small in colours as what they show.

use png::{BitDepth, ColorType, Compression, Encoder, Filter};

use crate::error::CardError;
use crate::font::Fonts;
use crate::qr::{QUIET_ZONE, QrMatrix};
use crate::raster::{Canvas, MissingCharacters, Scale};
use crate::rgb::Rgb;
use crate::scene::Scene;

/// Most pixels on a side of a QR picture.
const LARGEST_SIDE: u32 = 8192;

/// Draws a scene and writes it as a PNG picture with a palette.
///
/// A character that no font has is an error; see [`Canvas`] for drawing `〓` instead.
///
/// # Errors
/// As [`Canvas::draw`].
pub fn png(scene: &Scene, fonts: &Fonts, scale: Scale) -> Result<Vec<u8>, CardError> {
    Canvas::draw(scene, fonts, scale, MissingCharacters::Refuse)?.to_png()
}

/// A QR code alone, black on white with its quiet zone, in one bit a pixel.
///
/// # Errors
/// [`CardError::PictureSize`] when a side would have no pixels or more than 8192.
pub fn qr_png(matrix: &QrMatrix, module_pixels: u32) -> Result<Vec<u8>, CardError> {
    let side = module_pixels.saturating_mul(matrix.full_size());
    if !(1..=LARGEST_SIDE).contains(&side) {
        return Err(CardError::PictureSize {
            width: side,
            height: side,
        });
    }
    let stride = (side as usize).div_ceil(8);
    let mut bits = vec![0xFF; stride * side as usize];
    let mut row = vec![0xFF_u8; stride];
    for module in 0..matrix.size() {
        row.fill(0xFF);
        for (first, length) in matrix.runs(module) {
            let start = (first + QUIET_ZONE) * module_pixels;
            for pixel in start..start + length * module_pixels {
                row[pixel as usize / 8] &= !(0x80 >> (pixel % 8));
            }
        }
        let top = ((module + QUIET_ZONE) * module_pixels) as usize * stride;
        for line in bits[top..top + module_pixels as usize * stride].chunks_mut(stride) {
            line.copy_from_slice(&row);
        }
    }
    encode(
        side,
        side,
        BitDepth::One,
        &[Rgb([0; 3]), Rgb([255; 3])],
        &bits,
    )
}

impl Canvas {
    /// The picture as PNG: a palette of the colours used, in as few bits a pixel as they need.
    ///
    /// # Errors
    /// [`CardError::Encode`] when the encoder fails.
    pub fn to_png(&self) -> Result<Vec<u8>, CardError> {
        let (width, height) = (self.width as u32, self.height as u32);
        if self.palette.len() > 16 {
            return encode(width, height, BitDepth::Eight, &self.palette, &self.pixels);
        }
        let (depth, each) = match self.palette.len() {
            0..=2 => (BitDepth::One, 8),
            3..=4 => (BitDepth::Two, 4),
            _ => (BitDepth::Four, 2),
        };
        let bits = 8 / each;
        let rows = self.pixels.chunks(self.width.max(1));
        let packed: Vec<u8> = rows
            .flat_map(|row| {
                row.chunks(each).map(move |group| {
                    let whole = group.iter().fold(0, |byte, index| byte << bits | index);
                    whole << (bits * (each - group.len()))
                })
            })
            .collect();
        encode(width, height, depth, &self.palette, &packed)
    }
}

fn encode(
    width: u32,
    height: u32,
    depth: BitDepth,
    palette: &[Rgb],
    data: &[u8],
) -> Result<Vec<u8>, CardError> {
    let mut out = Vec::with_capacity(32 * 1024);
    let mut encoder = Encoder::new(&mut out, width, height);
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(depth);
    encoder.set_palette(
        palette
            .iter()
            .flat_map(|colour| colour.0)
            .collect::<Vec<u8>>(),
    );
    encoder.set_compression(Compression::Fast);
    // A row of modules, and every row of flat colour, is the row above it again.
    encoder.set_filter(Filter::Up);
    let mut writer = encoder.write_header().map_err(|_| CardError::Encode)?;
    writer
        .write_image_data(data)
        .map_err(|_| CardError::Encode)?;
    writer.finish().map_err(|_| CardError::Encode)?;
    Ok(out)
}
