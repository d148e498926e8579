//! The words of the screens: Fluent messages, by language, as data of the UI standard.
//!
//! A message has one id in every language. A further language is a further folder of
//! `ui-spec/words`; a text that a language lacks is said in simplified Chinese.

use std::collections::BTreeMap;

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use liangma_card::Language;
use liangma_packed::Packed;
use unic_langid::LanguageIdentifier;

/// Values in a message, by name.
pub(crate) type Args<'a> = &'a [(&'a str, FluentValue<'a>)];

/// The words of the screens, in every language.
pub struct Words(BTreeMap<&'static str, FluentBundle<FluentResource>>);

/// Why words are not taken.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum WordsError {
    /// A file is not Fluent.
    #[error("read the words of {language}: line {line} is not in the agreed form")]
    Unreadable {
        /// The language.
        language: &'static str,
        /// The line, from 1.
        line: usize,
    },
    /// A message is there twice.
    #[error("read the words of {language}: a message is there twice")]
    Twice {
        /// The language.
        language: &'static str,
    },
}

/// The words that this version was built with: all files of a language, one for each flow.
macro_rules! built_in {
    ($language:literal) => {
        Packed::new(include_bytes!(concat!(env!("OUT_DIR"), "/", $language)))
    };
}

static BUILT_IN: [(Language, Packed); 3] = [
    (Language::ZhHans, built_in!("zh-Hans")),
    (Language::ZhHant, built_in!("zh-Hant")),
    (Language::En, built_in!("en")),
];

impl Words {
    /// The words that this version was built with.
    ///
    /// # Errors
    /// [`WordsError`], which a test of this crate rules out.
    pub fn built_in() -> Result<Self, WordsError> {
        Self::parse(Self::built_in_texts())
    }

    /// The text of the words that this version was built with.
    pub(crate) fn built_in_texts() -> [(Language, &'static str); 3] {
        BUILT_IN
            .each_ref()
            .map(|(language, packed)| (*language, packed.text()))
    }

    /// Reads the words of each language.
    ///
    /// # Errors
    /// [`WordsError`].
    pub fn parse<'a>(
        texts: impl IntoIterator<Item = (Language, &'a str)>,
    ) -> Result<Self, WordsError> {
        let mut bundles = BTreeMap::new();
        for (language, text) in texts {
            bundles.insert(language.tag(), bundle(language, text)?);
        }
        Ok(Self(bundles))
    }

    /// Reads the words of each language; what one lacks is said in the words of this version.
    ///
    /// # Errors
    /// [`WordsError`].
    pub(crate) fn over_built_in<'a>(
        texts: impl IntoIterator<Item = (Language, &'a str)>,
    ) -> Result<Self, WordsError> {
        let mut words = Self::built_in()?;
        for (language, text) in texts {
            // Read by itself first: a message that is there twice is a slip of the pen.
            bundle(language, text)?;
            let resource = resource(language, text)?;
            if let Some(bundle) = words.0.get_mut(language.tag()) {
                bundle.add_resource_overriding(resource);
            }
        }
        Ok(words)
    }

    /// Whether a language has words of this id.
    #[must_use]
    pub fn has(&self, language: Language, id: &str) -> bool {
        self.0
            .get(language.tag())
            .is_some_and(|bundle| bundle.has_message(id))
    }

    /// The words of an id; in simplified Chinese where the language lacks them.
    pub(crate) fn say(&self, language: Language, id: &str, args: Args<'_>) -> String {
        let said = [language, Language::ZhHans]
            .into_iter()
            .find_map(|language| self.said(language, id, args));
        said.unwrap_or_else(|| {
            tracing::warn!(id, "there are no words for this");
            id.to_owned()
        })
    }

    fn said(&self, language: Language, id: &str, args: Args<'_>) -> Option<String> {
        let bundle = self.0.get(language.tag())?;
        let pattern = bundle.get_message(id)?.value()?;
        let args: FluentArgs<'_> = args.iter().cloned().collect();
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(&args), &mut errors);
        Some(text.into_owned())
    }
}

fn resource(language: Language, text: &str) -> Result<FluentResource, WordsError> {
    FluentResource::try_new(text.to_owned()).map_err(|(_, errors)| {
        let at = errors.first().map_or(0, |error| error.pos.start);
        let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
        WordsError::Unreadable {
            language: language.tag(),
            line,
        }
    })
}

fn bundle(language: Language, text: &str) -> Result<FluentBundle<FluentResource>, WordsError> {
    let tag = language.tag();
    let locale: LanguageIdentifier = tag.parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![locale]);
    // No text of ours runs from right to left, and names are checked at the door.
    bundle.set_use_isolating(false);
    bundle
        .add_resource(resource(language, text)?)
        .map_err(|_| WordsError::Twice { language: tag })?;
    Ok(bundle)
}

impl std::fmt::Debug for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Words({:?})", self.0.keys())
    }
}
