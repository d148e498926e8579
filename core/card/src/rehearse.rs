//! Tries a standard before it is used.

use jiff::Timestamp;
use liangma_domain::colour::Colour;
use liangma_domain::identity::DocumentType;
use liangma_domain::mask::{MaskedDocument, MaskedName};
use thiserror::Error;

use crate::error::CardError;
use crate::layout::scene;
use crate::model::{Absence, CardModel, ClockState, Code, Holder, Validity};
use crate::standard::{Language, Standard, View};

/// The longest masked name and the longest shown document.
const NAME: &str = "M* W* M* W* M* W* M* W*";
const DOCUMENT: (DocumentType, &str) = (DocumentType::ResidencePermit, "8300");
/// An evening, so that the times shown are tomorrow's: the longest.
const EVENING: i64 = 1_772_978_400;
const DAY: i64 = 86_400;
const ABSENCES: [Absence; 4] = [
    Absence::Expired,
    Absence::StatusUpdated,
    Absence::NotApplied,
    Absence::Unavailable,
];

/// A card that a standard cannot draw.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("draw a card by this standard in the {} view, {}, {width} points wide: {cause}", view.name(), language.tag())]
pub struct Unfit {
    /// In this view.
    pub view: View,
    /// In this language.
    pub language: Language,
    /// At this width.
    pub width: u32,
    /// For this cause.
    pub cause: CardError,
}

impl Standard {
    /// Lays out every kind of card by this standard with the longest content. To be called before a
    /// newer standard replaces the one in use: a word too long for its place must be found then, and
    /// not at a gate.
    ///
    /// # Errors
    /// [`Unfit`] names the first card that cannot be laid out.
    pub fn rehearse(&self) -> Result<(), Unfit> {
        match self.tried().next() {
            None => Ok(()),
            Some(unfit) => Err(unfit),
        }
    }

    /// Every card that cannot be laid out, each cause once in a view, a language and a width.
    #[must_use]
    pub fn unfit(&self) -> Vec<Unfit> {
        let mut all: Vec<Unfit> = Vec::new();
        for unfit in self.tried() {
            if !all.contains(&unfit) {
                all.push(unfit);
            }
        }
        all
    }

    fn tried(&self) -> impl Iterator<Item = Unfit> {
        let places = View::ALL.into_iter().flat_map(move |view| {
            let widths = self.view(view).layouts.iter().map(|layout| layout.width);
            widths.flat_map(move |width| Language::ALL.map(|language| (view, language, width)))
        });
        places.flat_map(move |(view, language, width)| {
            let width = u32::from(width);
            models(self, view, language, width)
                .into_iter()
                .filter_map(move |model| {
                    let cause = scene(self, &model).err()?;
                    Some(Unfit {
                        view,
                        language,
                        width,
                        cause,
                    })
                })
        })
    }
}

fn models(standard: &Standard, view: View, language: Language, width: u32) -> Vec<CardModel> {
    let time = |second| Timestamp::from_second(second).unwrap_or_default();
    let Ok(name) = MaskedName::from_text(NAME) else {
        return Vec::new();
    };
    let Ok(document) = MaskedDocument::from_visible(DOCUMENT.0, DOCUMENT.1) else {
        return Vec::new();
    };
    let listed = standard.colours().iter().map(|style| style.number);
    let unlisted = (1..=63).rev().find(|number| {
        standard
            .colours()
            .iter()
            .all(|style| style.number != *number)
    });
    let codes = listed
        .chain(unlisted)
        .filter_map(Colour::from_registry_number)
        .map(|colour| Code::Live {
            text: "LM1:".into(),
            colour,
        })
        .chain(ABSENCES.map(Code::Absent));
    let clocks = [ClockState::Trusted, ClockState::Unknown];
    codes
        .zip(clocks.into_iter().cycle())
        .flat_map(|(code, clock)| {
            let model = CardModel {
                view,
                language,
                width,
                terminal_name: "码".repeat(40),
                code,
                name: name.clone(),
                document: document.clone(),
                now: time(EVENING),
                zone: "Asia/Shanghai".into(),
                validity: Validity {
                    works_offline_until: Some(time(EVENING + DAY)),
                    updated_at: Some(time(EVENING - DAY)),
                    clock,
                },
                sandbox: true,
                holder: Holder::Group { people: 8 },
            };
            let surely = Validity {
                clock: ClockState::Trusted,
                ..model.validity
            };
            let ward = CardModel {
                holder: Holder::Ward,
                validity: surely,
                ..model.clone()
            };
            [model, ward]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_content_is_there_to_rehearse_with() {
        let standard = Standard::built_in().unwrap();
        let models = models(&standard, View::Care, Language::En, 320);
        assert_eq!(
            models.len(),
            2 * (standard.colours().len() + 1 + ABSENCES.len())
        );
    }

    #[test]
    fn the_built_in_standard_draws_every_card() {
        assert_eq!(Standard::built_in().unwrap().rehearse(), Ok(()));
    }

    #[test]
    fn a_word_too_long_for_its_place_is_found_before_it_is_used() {
        let text = std::str::from_utf8(Standard::built_in_bytes()).unwrap();
        let long = text.replace(
            "Not ready now",
            "This code is not ready to be shown just now",
        );
        let unfit = Standard::parse(long.as_bytes())
            .unwrap()
            .rehearse()
            .unwrap_err();
        assert_eq!(
            unfit.to_string(),
            "draw a card by this standard in the normal view, en, 320 points wide: \
             lay out a card: absence_title does not fit its place"
        );
    }
}
