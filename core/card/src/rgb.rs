//! Colours of the screen, and how far apart they are.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A colour of the screen in sRGB, written `#RRGGBB`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rgb(pub [u8; 3]);

impl Rgb {
    /// Reads `#RRGGBB`; nothing else is taken.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let value = u32::from_str_radix(digits, 16).ok()?;
        let [_, red, green, blue] = value.to_be_bytes();
        Some(Self([red, green, blue]))
    }

    /// Relative luminance as WCAG 2.2 defines it: 0 is black, 1 is white.
    pub fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        let [red, green, blue] = self.0;
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    /// Contrast with `other` as WCAG 2.2 defines it: 1 for the same colour, 21 for black on white.
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// Hue in degrees, or nothing for a colour that the eye takes for grey, white or black.
    pub fn hue(self) -> Option<f64> {
        let [red, green, blue] = self.0.map(f64::from);
        let most = red.max(green).max(blue);
        let spread = most - red.min(green).min(blue);
        if spread < 24.0 {
            return None;
        }
        let sixth = if most == red {
            (green - blue) / spread
        } else if most == green {
            (blue - red) / spread + 2.0
        } else {
            (red - green) / spread + 4.0
        };
        Some((sixth * 60.0).rem_euclid(360.0))
    }

    /// This colour moved `share` (0 to 1) of the way to `other`.
    pub(crate) fn towards(self, other: Self, share: f32) -> Self {
        let mut mixed = [0; 3];
        for (index, channel) in mixed.iter_mut().enumerate() {
            let (from, to) = (f32::from(self.0[index]), f32::from(other.0[index]));
            *channel = (from + (to - from) * share).round().clamp(0.0, 255.0) as u8;
        }
        Self(mixed)
    }
}

impl fmt::Display for Rgb {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(formatter, "#{red:02X}{green:02X}{blue:02X}")
    }
}

impl fmt::Debug for Rgb {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Serialize for Rgb {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rgb {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("expected a colour written #RRGGBB"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_agrees_with_published_figures() {
        let white = Rgb([255; 3]);
        for (text, published) in [
            ("#008000", 5.14),
            ("#007A33", 5.48),
            ("#C8102E", 5.88),
            ("#8A6100", 5.54),
            ("#FFB400", 1.78),
        ] {
            let contrast = Rgb::parse(text).unwrap().contrast(white);
            assert!((contrast - published).abs() < 0.01, "{text}: {contrast}");
        }
        assert!((white.contrast(Rgb([0; 3])) - 21.0).abs() < 1e-9);
    }

    #[test]
    fn only_six_digits_after_a_hash_are_a_colour() {
        for text in [
            "",
            "#",
            "007A33",
            "#07A",
            "#007A3",
            "#007A333",
            "#00_A33",
            "#+07A33",
            "#００７A33",
        ] {
            assert_eq!(Rgb::parse(text), None, "{text}");
        }
    }

    #[test]
    fn greys_have_no_hue() {
        assert_eq!(Rgb([120; 3]).hue(), None);
        assert_eq!(Rgb([255, 0, 0]).hue(), Some(0.0));
        assert_eq!(Rgb([0, 0, 255]).hue(), Some(240.0));
    }
}
