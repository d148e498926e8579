//! QR matrices: error correction M, alphanumeric or byte mode, the smallest version that fits.

use std::fmt;

use qrcode::bits::Bits;
use qrcode::types::QrError as Failure;
use qrcode::{Color, EcLevel, QrCode, Version};
use serde::{Serialize, Serializer};
use thiserror::Error;

/// Light modules around the code that a scanner needs on each side.
pub const QUIET_ZONE: u32 = 4;
/// Largest version of one person's code: at 320 points a module is then 4 points.
pub const LARGEST_SINGLE: i16 = 10;
/// Largest version of a group's code.
pub const LARGEST_GROUP: i16 = 17;

/// Why a text cannot be a QR code here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum QrError {
    /// A character outside the alphanumeric set of QR codes.
    #[error("make a QR code: the text has a character outside 0-9 A-Z and $%*+-./: and space")]
    NotAlphanumeric,
    /// More text than the largest version allowed takes.
    #[error("make a QR code: {length} characters are too many for version {version}-M")]
    TooLong {
        /// Length of the text.
        length: usize,
        /// Largest version allowed.
        version: i16,
    },
    /// Nothing to encode.
    #[error("make a QR code: there is no text")]
    Empty,
    /// The matrix maker failed in a way it should not.
    #[error("make a QR code: the matrix maker failed")]
    Maker,
}

/// The modules of a QR code, without quiet zone.
#[derive(Clone, PartialEq, Eq)]
pub struct QrMatrix {
    version: i16,
    size: u32,
    dark: Vec<bool>,
}

impl QrMatrix {
    /// The code for a text of QR's alphanumeric set, in the smallest version up to `largest` (1 to 40).
    ///
    /// # Errors
    /// [`QrError`] when the text is empty, not alphanumeric, or too long.
    pub fn alphanumeric(text: &str, largest: i16) -> Result<Self, QrError> {
        if text.is_empty() {
            return Err(QrError::Empty);
        }
        let allowed = |byte: u8| {
            byte.is_ascii_digit() || byte.is_ascii_uppercase() || b"$%*+-./: ".contains(&byte)
        };
        if !text.bytes().all(allowed) {
            return Err(QrError::NotAlphanumeric);
        }
        Self::smallest(text, largest, Bits::push_alphanumeric_data)
    }

    /// The code for any text, byte by byte, in the smallest version up to `largest` (1 to 40).
    ///
    /// # Errors
    /// [`QrError`] when the text is empty or too long.
    pub fn of_bytes(text: &str, largest: i16) -> Result<Self, QrError> {
        if text.is_empty() {
            return Err(QrError::Empty);
        }
        Self::smallest(text, largest, Bits::push_byte_data)
    }

    fn smallest(
        text: &str,
        largest: i16,
        push: fn(&mut Bits, &[u8]) -> Result<(), Failure>,
    ) -> Result<Self, QrError> {
        for number in 1..=largest.clamp(1, 40) {
            let mut bits = Bits::new(Version::Normal(number));
            let filled =
                push(&mut bits, text.as_bytes()).and_then(|()| bits.push_terminator(EcLevel::M));
            match filled {
                Ok(()) => {
                    let code = QrCode::with_bits(bits, EcLevel::M).map_err(|_| QrError::Maker)?;
                    let size = u32::try_from(code.width()).map_err(|_| QrError::Maker)?;
                    let dark = code
                        .into_colors()
                        .into_iter()
                        .map(|colour| colour == Color::Dark)
                        .collect();
                    return Ok(Self {
                        version: number,
                        size,
                        dark,
                    });
                }
                Err(Failure::DataTooLong) => {}
                Err(_) => return Err(QrError::Maker),
            }
        }
        Err(QrError::TooLong {
            length: text.chars().count(),
            version: largest,
        })
    }

    /// Version, 1 to 40.
    pub fn version(&self) -> i16 {
        self.version
    }

    /// Modules on a side, without quiet zone.
    pub fn size(&self) -> u32 {
        self.size
    }

    /// Modules on a side with the quiet zone.
    pub fn full_size(&self) -> u32 {
        self.size + 2 * QUIET_ZONE
    }

    /// Whether a module is dark; outside the code everything is light.
    pub fn is_dark(&self, column: u32, row: u32) -> bool {
        column < self.size && row < self.size && self.dark[(row * self.size + column) as usize]
    }

    /// Runs of dark modules in one row, as (first column, length).
    pub fn runs(&self, row: u32) -> impl Iterator<Item = (u32, u32)> + '_ {
        let mut column = 0;
        std::iter::from_fn(move || {
            while column < self.size && !self.is_dark(column, row) {
                column += 1;
            }
            let first = column;
            while self.is_dark(column, row) {
                column += 1;
            }
            (column > first).then_some((first, column - first))
        })
    }
}

impl fmt::Debug for QrMatrix {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "QrMatrix(version {})", self.version)
    }
}

/// As version, size and one string a row: `#` dark, `.` light.
impl Serialize for QrMatrix {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Rows {
            version: i16,
            size: u32,
            rows: Vec<String>,
        }
        let row = |row| {
            (0..self.size)
                .map(|column| if self.is_dark(column, row) { '#' } else { '.' })
                .collect()
        };
        Rows {
            version: self.version,
            size: self.size,
            rows: (0..self.size).map(row).collect(),
        }
        .serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_version_is_taken() {
        // ISO/IEC 18004: 262 alphanumeric characters are the most of 9-M, 311 of 10-M.
        assert_eq!(
            QrMatrix::alphanumeric(&"A".repeat(262), 10)
                .unwrap()
                .version(),
            9
        );
        assert_eq!(
            QrMatrix::alphanumeric(&"A".repeat(263), 10)
                .unwrap()
                .version(),
            10
        );
        assert_eq!(
            QrMatrix::alphanumeric(&"A".repeat(311), 10).unwrap().size(),
            57
        );
        assert_eq!(
            QrMatrix::alphanumeric(&"A".repeat(312), 10),
            Err(QrError::TooLong {
                length: 312,
                version: 10
            })
        );
    }

    #[test]
    fn other_characters_are_refused() {
        for text in ["lm1:abc", "LM1:é", "LM1:\0", "码"] {
            assert_eq!(
                QrMatrix::alphanumeric(text, 10),
                Err(QrError::NotAlphanumeric),
                "{text}"
            );
        }
        assert_eq!(QrMatrix::alphanumeric("", 10), Err(QrError::Empty));
    }

    #[test]
    fn runs_are_the_dark_modules() {
        let matrix = QrMatrix::alphanumeric("LM1:HELLO", 10).unwrap();
        for row in 0..matrix.size() {
            let mut dark = vec![false; matrix.size() as usize];
            for (first, length) in matrix.runs(row) {
                dark[first as usize..(first + length) as usize].fill(true);
            }
            let found: Vec<bool> = (0..matrix.size())
                .map(|column| matrix.is_dark(column, row))
                .collect();
            assert_eq!(dark, found);
        }
    }
}
