//! From a picture, a file or standard input to the text in the code.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use image::{DynamicImage, GrayImage, ImageReader, Limits, imageops};
use liangma_credential::{LIVE_PREFIX, Scanned, scan};

/// Files larger than this are no picture of one code.
const FILE_LIMIT: u64 = 32 * 1024 * 1024;
/// Pictures wider or higher than this are no picture of one code.
const SIDE_LIMIT: u32 = 12_000;
/// Memory that decoding one picture may take: 64 million pixels in three colours, and room.
const MEMORY_LIMIT: u64 = 200 * 1024 * 1024;
/// Pictures of more pixels than these are made smaller before a code is searched in them: their codes are
/// sharp enough, and the search takes time for each pixel.
const SEARCHED: u64 = 12_000_000;
/// Texts longer than this are none of our codes; the longest is a group of eight.
const TEXT_LIMIT: usize = 4_096;

/// Why no text came out of what was given.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// There is no such file, and it is no code text either.
    #[error("there is no such file, and a code text begins with LM1:")]
    NeitherFileNorText,
    /// The file could not be read.
    #[error("the file could not be read")]
    File(#[source] std::io::Error),
    /// The file is too large.
    #[error("the file is larger than {} MiB", FILE_LIMIT / 1024 / 1024)]
    TooLarge,
    /// The file is a picture, but a broken or too large one.
    #[error("the picture could not be decoded")]
    Picture(#[source] image::ImageError),
    /// The picture has no QR code that can be read.
    #[error("no QR code was found in the picture")]
    NoCode,
    /// The file is empty.
    #[error("it is empty")]
    Empty,
    /// The file is neither a picture nor text.
    #[error("it is neither a PNG or JPEG picture nor a text")]
    NeitherPictureNorText,
}

impl ReadError {
    /// What a person can do about it.
    pub(crate) fn next(&self) -> &'static str {
        match self {
            Self::NeitherFileNorText => {
                "check the file name; put a code text in quotes, so that the shell leaves it whole"
            }
            Self::File(_) => "check that it is a file you may read",
            Self::TooLarge => "give a picture of the code alone",
            Self::Picture(_) => "save the picture again as PNG or JPEG",
            Self::NoCode => {
                "take the picture again: the whole QR with its white edge, sharp, without glare (请擦屏幕或放大)"
            }
            Self::Empty => "give the text in the code or a picture of it",
            Self::NeitherPictureNorText => {
                "give a PNG or JPEG picture, or a text file with the code's text"
            }
        }
    }
}

/// Reads the text in a code from what was given on the command line.
///
/// `argument` is a text beginning with `LM1:`, `-` for standard input, or the path of a picture or
/// text file. A text is handed on as it is: whether it is a code is for the check to say.
pub(crate) fn read_argument(argument: &str) -> Result<String, ReadError> {
    if argument.starts_with(LIVE_PREFIX) {
        return Ok(argument.to_owned());
    }
    if argument == "-" {
        return from_bytes(&bounded(std::io::stdin().lock())?);
    }
    let file = match File::open(Path::new(argument)) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(ReadError::NeitherFileNorText);
        }
        Err(error) => return Err(ReadError::File(error)),
    };
    from_bytes(&bounded(file)?)
}

/// Reads everything up to the limit.
fn bounded(source: impl Read) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    source
        .take(FILE_LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(ReadError::File)?;
    if bytes.len() as u64 > FILE_LIMIT {
        return Err(ReadError::TooLarge);
    }
    Ok(bytes)
}

/// Finds the text in the bytes of a picture or of a text.
pub(crate) fn from_bytes(bytes: &[u8]) -> Result<String, ReadError> {
    if bytes.is_empty() {
        return Err(ReadError::Empty);
    }
    if image::guess_format(bytes).is_ok() {
        return from_picture(bytes);
    }
    if bytes.len() > TEXT_LIMIT {
        return Err(ReadError::NeitherPictureNorText);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| ReadError::NeitherPictureNorText)?;
    // A space is a character of base45, so that only the end of the line goes.
    let text = text
        .trim_start_matches('\u{feff}')
        .trim_end_matches(['\r', '\n']);
    if text.trim().is_empty() {
        return Err(ReadError::Empty);
    }
    Ok(text.to_owned())
}

fn from_picture(bytes: &[u8]) -> Result<String, ReadError> {
    let mut reader = ImageReader::new(Cursor::new(bytes));
    reader = reader.with_guessed_format().map_err(ReadError::File)?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_LIMIT);
    limits.max_image_height = Some(SIDE_LIMIT);
    limits.max_alloc = Some(MEMORY_LIMIT);
    reader.limits(limits);
    let picture = reader.decode().map_err(ReadError::Picture)?;
    let mut grey = flatten(picture);
    while u64::from(grey.width()) * u64::from(grey.height()) > SEARCHED {
        let (width, height) = grey.dimensions();
        grey = imageops::thumbnail(&grey, (width / 2).max(1), (height / 2).max(1));
    }
    let found = codes_in(&grey)
        .or_else(|| larger(&grey).and_then(|grey| codes_in(&grey)))
        .or_else(|| smaller(&grey).and_then(|grey| codes_in(&grey)));
    found.ok_or(ReadError::NoCode)
}

/// Shades of grey on white: what is transparent is paper.
fn flatten(picture: DynamicImage) -> GrayImage {
    if !picture.color().has_alpha() {
        return picture.into_luma8();
    }
    let shades = picture.into_luma_alpha8();
    GrayImage::from_fn(shades.width(), shades.height(), |x, y| {
        let [shade, cover] = shades.get_pixel(x, y).0.map(u32::from);
        let mixed = (shade * cover + 255 * (255 - cover)) / 255;
        image::Luma([u8::try_from(mixed).unwrap_or(u8::MAX)])
    })
}

/// Small pictures are read better when each module covers more pixels.
fn larger(grey: &GrayImage) -> Option<GrayImage> {
    let (width, height) = grey.dimensions();
    (width.max(height) <= 1_500)
        .then(|| imageops::resize(grey, width * 2, height * 2, imageops::FilterType::Triangle))
}

/// Photographs are often sharper when they are smaller.
fn smaller(grey: &GrayImage) -> Option<GrayImage> {
    let (width, height) = grey.dimensions();
    (width.min(height) >= 800)
        .then(|| imageops::resize(grey, width / 2, height / 2, imageops::FilterType::Triangle))
}

/// What a camera saw at one moment.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    /// A code, with its text.
    Code(String),
    /// A code that cannot be read.
    Glimpsed,
    /// No code.
    Nothing,
}

/// Looks at one frame of a camera, in shades of grey, row after row.
///
/// `None` when the pixels do not fill the frame.
pub(crate) fn from_frame(width: u32, height: u32, pixels: Vec<u8>) -> Option<Frame> {
    // A buffer may be longer than its picture; a reader of codes takes none that is.
    let fills = u64::from(width) * u64::from(height) == pixels.len() as u64;
    let grey = GrayImage::from_raw(width, height, pixels).filter(|_| fills && width > 0)?;
    let found = look(&grey);
    Some(match (found.text, found.glimpsed) {
        (Some(text), _) => Frame::Code(text),
        (None, true) => Frame::Glimpsed,
        (None, false) => Frame::Nothing,
    })
}

fn codes_in(grey: &GrayImage) -> Option<String> {
    look(grey).text
}

struct Found {
    text: Option<String>,
    glimpsed: bool,
}

/// The text of the first of our codes in the picture, else of the first code at all: a payment code
/// beside ours must not hide it, and one alone deserves the answer that it is not ours.
fn look(grey: &GrayImage) -> Found {
    let (width, height) = (grey.width() as usize, grey.height() as usize);
    let mut reader = quircs::Quirc::default();
    let grids: Vec<_> = reader.identify(width, height, grey.as_raw()).collect();
    let mut texts: Vec<String> = grids
        .iter()
        .filter_map(|grid| grid.as_ref().ok()?.decode().ok())
        // Other people's codes hold any bytes; they deserve the answer that they are not ours.
        .map(|data| String::from_utf8_lossy(&data.payload).into_owned())
        .collect();
    let ours = texts
        .iter()
        .position(|text| !matches!(scan(text), Scanned::Other));
    Found {
        text: match ours {
            Some(position) => Some(texts.swap_remove(position)),
            None => texts.into_iter().next(),
        },
        glimpsed: !grids.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_of_nothing_but_the_corners_of_codes_is_soon_looked_through() {
        for module in [1, 2, 4] {
            let sheet = GrayImage::from_fn(1_600, 1_600, |x, y| {
                let (x, y) = (x / module % 9, y / module % 9);
                let ring = x < 7 && y < 7 && (x % 6 == 0 || y % 6 == 0);
                let stone = (2..5).contains(&x) && (2..5).contains(&y);
                image::Luma([if ring || stone { 0 } else { 255 }])
            });
            assert!(codes_in(&sheet).is_none());
        }
        let stripes = GrayImage::from_fn(1_600, 1_600, |x, _| {
            let dark = [0, 2, 3, 4, 6].contains(&(x % 10));
            image::Luma([if dark { 0 } else { 255 }])
        });
        assert!(codes_in(&stripes).is_none());
    }

    #[test]
    fn a_small_file_that_unfolds_into_a_huge_picture_is_refused() {
        let mut bytes = Vec::new();
        GrayImage::new(1, 1)
            .write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Png)
            .unwrap();
        // The header says that it is wider than any picture of a code.
        let side = SIDE_LIMIT + 1;
        bytes
            .get_mut(16..20)
            .unwrap()
            .copy_from_slice(&side.to_be_bytes());
        assert!(matches!(from_bytes(&bytes), Err(ReadError::Picture(_))));
    }

    #[test]
    fn a_text_keeps_its_spaces_and_loses_its_line_end() {
        assert_eq!(from_bytes(b"LM1:AB C \r\n").unwrap(), "LM1:AB C ");
    }

    #[test]
    fn a_text_on_the_command_line_is_taken_as_it_is() {
        assert_eq!(read_argument("LM1:XYZ").unwrap(), "LM1:XYZ");
    }

    #[test]
    fn neither_a_picture_nor_a_text_is_said_so() {
        assert!(matches!(
            from_bytes(&[0xff, 0xfe, 0x00]),
            Err(ReadError::NeitherPictureNorText)
        ));
        assert!(matches!(
            from_bytes(&[b'a'; 5_000]),
            Err(ReadError::NeitherPictureNorText)
        ));
        assert!(matches!(from_bytes(b"\n"), Err(ReadError::Empty)));
        assert!(matches!(
            read_argument("no-such-file.png"),
            Err(ReadError::NeitherFileNorText)
        ));
    }

    #[test]
    fn a_picture_without_a_code_is_said_so() {
        let mut bytes = Vec::new();
        GrayImage::from_pixel(64, 64, image::Luma([255]))
            .write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Png)
            .unwrap();
        assert!(matches!(from_bytes(&bytes), Err(ReadError::NoCode)));
    }

    #[test]
    fn a_broken_picture_is_said_so() {
        let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
        bytes.extend([0; 64]);
        assert!(matches!(from_bytes(&bytes), Err(ReadError::Picture(_))));
    }
}
