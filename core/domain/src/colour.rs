//! Colours of a code, and the registry of a profile that says which exist and which is worse.
//!
//! Vendors number colours differently, and a number read by the wrong table lets the wrong person
//! through. So a [`Colour`] has no number that can be compared or shown by accident: severity comes
//! from the rank in a [`ColourRegistry`], and the one accessor for the number is named for the codec.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::bounded::{bounded_text, is_name_byte};

bounded_text! {
    /// The id of a colour in a registry, such as `green`; words and shapes for it live in the UI standard.
    ColourId, what "a colour id", longest 24, allowed "a-z, 0-9, '-', '_' and '.'", is_name_byte
}

/// One colour of a code.
///
/// Green, yellow and red are the same in every profile; a profile may add others (Guangxi article 13).
/// There is deliberately no `Ord`: ask [`ColourRegistry::worse`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Colour(u8);

/// The highest number that a registry may give to a colour.
const HIGHEST_NUMBER: u8 = 63;

impl Colour {
    /// Low risk.
    pub const GREEN: Self = Self(1);
    /// Medium risk.
    pub const YELLOW: Self = Self(2);
    /// High risk.
    pub const RED: Self = Self(3);

    /// The colour with this number in the registry of its profile, or `None` outside 1 to 63.
    ///
    /// For the credential codec. Whether the profile knows the colour is asked of its registry.
    #[must_use]
    pub fn from_registry_number(number: u8) -> Option<Self> {
        (1..=HIGHEST_NUMBER)
            .contains(&number)
            .then_some(Self(number))
    }

    /// The number in the registry, for the credential codec only; it says nothing about severity.
    #[must_use]
    pub fn registry_number(self) -> u8 {
        self.0
    }
}

impl std::fmt::Display for Colour {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            Self::GREEN => formatter.write_str("green"),
            Self::YELLOW => formatter.write_str("yellow"),
            Self::RED => formatter.write_str("red"),
            Self(number) => write!(formatter, "added-{number}"),
        }
    }
}

/// A text is not the stored name of a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("use green, yellow, red, or added-N for a colour that a profile adds (N from 4 to 63)")]
pub struct ColourNameError;

impl std::str::FromStr for Colour {
    type Err = ColourNameError;
    fn from_str(text: &str) -> Result<Self, ColourNameError> {
        match text {
            "green" => return Ok(Self::GREEN),
            "yellow" => return Ok(Self::YELLOW),
            "red" => return Ok(Self::RED),
            _ => {}
        }
        let digits = text.strip_prefix("added-").ok_or(ColourNameError)?;
        // One spelling for each colour, so that stored texts can be compared: no sign, no leading zero.
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) || digits.starts_with('0') {
            return Err(ColourNameError);
        }
        match digits.parse() {
            Ok(number @ 4..=HIGHEST_NUMBER) => Ok(Self(number)),
            _ => Err(ColourNameError),
        }
    }
}

impl TryFrom<String> for Colour {
    type Error = ColourNameError;
    fn try_from(text: String) -> Result<Self, ColourNameError> {
        text.parse()
    }
}

impl From<Colour> for String {
    fn from(colour: Colour) -> String {
        colour.to_string()
    }
}

/// One line of a registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColourEntry {
    /// The colour.
    pub colour: Colour,
    /// Its id in the UI standard.
    pub id: ColourId,
    /// Its severity: a higher rank is worse.
    pub rank: u8,
}

/// Why a list of colours is no registry.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RegistryError {
    /// No colour, or more than eight.
    #[error("list 1 to 8 colours")]
    Count,
    /// A colour, an id or a rank stands twice.
    #[error("give each colour its own number, id and rank; {0} repeats one")]
    Repeated(ColourId),
    /// Green, yellow or red under another id.
    #[error("name {0} by its own id; its meaning is the same in every profile")]
    Renamed(Colour),
    /// Green, yellow and red out of order.
    #[error("rank green below yellow and yellow below red")]
    Order,
}

/// The colours that a profile uses, and which of two is worse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<ColourEntry>", into = "Vec<ColourEntry>")]
pub struct ColourRegistry(Vec<ColourEntry>);

impl ColourRegistry {
    /// Checks a list of colours and keeps it, mildest first.
    ///
    /// # Errors
    /// [`RegistryError`] when colours, ids or ranks repeat, or the three known colours are renamed or out of order.
    pub fn new(mut entries: Vec<ColourEntry>) -> Result<Self, RegistryError> {
        if entries.is_empty() || entries.len() > 8 {
            return Err(RegistryError::Count);
        }
        for (position, entry) in entries.iter().enumerate() {
            let repeated = |other: &&ColourEntry| {
                other.colour == entry.colour || other.id == entry.id || other.rank == entry.rank
            };
            if entries.iter().take(position).find(repeated).is_some() {
                return Err(RegistryError::Repeated(entry.id.clone()));
            }
            let known = matches!(entry.colour, Colour::GREEN | Colour::YELLOW | Colour::RED);
            if known && entry.id.as_str() != entry.colour.to_string() {
                return Err(RegistryError::Renamed(entry.colour));
            }
        }
        entries.sort_by_key(|entry| entry.rank);
        let known: Vec<u8> = entries
            .iter()
            .map(|entry| entry.colour.0)
            .filter(|number| *number <= 3)
            .collect();
        if !known.is_sorted() {
            return Err(RegistryError::Order);
        }
        Ok(Self(entries))
    }

    /// Green, yellow and red.
    #[must_use]
    pub fn three_colours() -> Self {
        let entry = |colour: Colour, rank| ColourEntry {
            colour,
            id: ColourId(colour.to_string()),
            rank,
        };
        Self(vec![
            entry(Colour::GREEN, 10),
            entry(Colour::YELLOW, 20),
            entry(Colour::RED, 30),
        ])
    }

    /// All colours, mildest first.
    #[must_use]
    pub fn entries(&self) -> &[ColourEntry] {
        &self.0
    }

    /// The line of a colour, or `None` when this profile does not use it.
    #[must_use]
    pub fn entry(&self, colour: Colour) -> Option<&ColourEntry> {
        self.0.iter().find(|entry| entry.colour == colour)
    }

    /// Whether the profile uses the colour.
    #[must_use]
    pub fn contains(&self, colour: Colour) -> bool {
        self.entry(colour).is_some()
    }

    /// The severity of a colour; a colour that the profile does not use ranks worse than all it does.
    #[must_use]
    pub fn rank(&self, colour: Colour) -> u8 {
        self.entry(colour).map_or(u8::MAX, |entry| entry.rank)
    }

    /// The worse of two colours.
    #[must_use]
    pub fn worse(&self, one: Colour, other: Colour) -> Colour {
        if self.rank(other) > self.rank(one) {
            other
        } else {
            one
        }
    }

    /// The worst of some colours, or `None` of none.
    #[must_use]
    pub fn worst(&self, colours: impl IntoIterator<Item = Colour>) -> Option<Colour> {
        colours
            .into_iter()
            .reduce(|one, other| self.worse(one, other))
    }

    /// The mildest colour.
    #[must_use]
    pub fn mildest(&self) -> Colour {
        self.0.first().map_or(Colour::GREEN, |entry| entry.colour)
    }
}

impl TryFrom<Vec<ColourEntry>> for ColourRegistry {
    type Error = RegistryError;
    fn try_from(entries: Vec<ColourEntry>) -> Result<Self, RegistryError> {
        Self::new(entries)
    }
}

impl From<ColourRegistry> for Vec<ColourEntry> {
    fn from(registry: ColourRegistry) -> Self {
        registry.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, id: &str, rank: u8) -> ColourEntry {
        ColourEntry {
            colour: name.parse().unwrap(),
            id: ColourId::new(id).unwrap(),
            rank,
        }
    }

    #[test]
    fn a_colour_is_stored_by_name_and_comes_back() {
        for number in 1..=63 {
            let colour = Colour::from_registry_number(number).unwrap();
            let json = serde_json::to_string(&colour).unwrap();
            assert_eq!(serde_json::from_str::<Colour>(&json).unwrap(), colour);
        }
        assert_eq!(serde_json::to_string(&Colour::RED).unwrap(), r#""red""#);
        for wrong in [
            "3",
            r#""3""#,
            r#""added-3""#,
            r#""added-04""#,
            r#""added-64""#,
            r#""added-+4""#,
            r#""Red""#,
        ] {
            assert!(serde_json::from_str::<Colour>(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Colour::from_registry_number(0), None);
        assert_eq!(Colour::from_registry_number(64), None);
    }

    #[test]
    fn severity_comes_from_the_rank_and_not_from_the_number() {
        let registry = ColourRegistry::new(vec![
            entry("green", "green", 1),
            entry("added-4", "orange", 25),
            entry("yellow", "yellow", 20),
            entry("red", "red", 30),
        ])
        .unwrap();
        let orange = Colour::from_registry_number(4).unwrap();
        assert_eq!(registry.worse(orange, Colour::RED), Colour::RED);
        assert_eq!(registry.worse(orange, Colour::YELLOW), orange);
        assert_eq!(
            registry.worst([Colour::GREEN, orange, Colour::YELLOW]),
            Some(orange)
        );
        assert_eq!(registry.mildest(), Colour::GREEN);
    }

    #[test]
    fn a_colour_nobody_knows_is_treated_as_the_worst() {
        let unknown = Colour::from_registry_number(9).unwrap();
        assert_eq!(
            ColourRegistry::three_colours().worse(Colour::RED, unknown),
            unknown
        );
    }

    #[test]
    fn a_registry_that_could_mislead_is_refused() {
        let swapped = vec![entry("green", "green", 9), entry("red", "red", 2)];
        assert_eq!(ColourRegistry::new(swapped), Err(RegistryError::Order));
        let renamed = vec![entry("green", "red", 1)];
        assert_eq!(
            ColourRegistry::new(renamed),
            Err(RegistryError::Renamed(Colour::GREEN))
        );
        let twice = vec![entry("green", "green", 1), entry("yellow", "yellow", 1)];
        assert!(matches!(
            ColourRegistry::new(twice),
            Err(RegistryError::Repeated(_))
        ));
        assert_eq!(ColourRegistry::new(Vec::new()), Err(RegistryError::Count));
    }

    #[test]
    fn the_three_colours_are_a_registry_by_its_own_rules() {
        let three = ColourRegistry::three_colours();
        assert_eq!(ColourRegistry::new(three.entries().to_vec()), Ok(three));
    }
}
