//! A newer version of the UI standard, read for the screens.

use std::collections::{BTreeMap, BTreeSet};

use fluent_syntax::ast::{
    CallArguments, Entry, Expression, InlineExpression, Pattern, PatternElement,
};
use liangma_card::{
    Fault, Language, Localised, PACKAGE_LIMIT, Package, PackageError, Standard, StandardError,
    StateWords,
};
use serde::{Deserialize, Serialize, de::IgnoredAny};
use thiserror::Error;

use crate::{
    view::Seen,
    words::{Words, WordsError},
};

/// The most characters of one message with all its choices.
const MESSAGE_LIMIT: usize = 3000;

/// Why a version of the UI standard is not shown. The one before stays.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SeenError {
    /// The package is not taken.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// Its words of the screens are not taken.
    #[error(transparent)]
    Words(#[from] WordsError),
    /// A message that lacks something or says too much.
    #[error("accept the words of {language}: {id} {fault}")]
    Message {
        /// In this language.
        language: &'static str,
        /// The message.
        id: String,
        /// What is wrong.
        fault: MessageFault,
    },
    /// It is not newer than the one in use.
    #[error("take version {found} of the UI standard: version {held} is in use")]
    NotNewer {
        /// The version in use.
        held: u32,
        /// The version that came.
        found: u32,
    },
}

/// What is wrong with a message.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum MessageFault {
    /// It is not there.
    #[error("is missing")]
    Missing,
    /// It has a value that no screen fills in.
    #[error("uses ${0}, which no screen fills in")]
    UnknownValue(String),
    /// It is longer than a screen is.
    #[error("has more than {MESSAGE_LIMIT} characters")]
    TooLong,
}

impl Seen {
    /// What this program was built with.
    ///
    /// # Errors
    /// [`SeenError`], which tests rule out.
    pub fn built_in() -> Result<Self, SeenError> {
        Ok(Self {
            standard: Standard::built_in().map_err(PackageError::from)?,
            states: StateWords::built_in().map_err(PackageError::from)?,
            words: Words::built_in()?,
        })
    }

    /// Reads a package that is newer than the version in use. A message or a state that it lacks is said in
    /// the words that this program was built with: it may be older than the program.
    ///
    /// # Errors
    /// [`SeenError`].
    pub fn newer(package: &[u8], held: u32) -> Result<Self, SeenError> {
        let Package {
            standard,
            states,
            words,
        } = Package::parse(package)?;
        let found = standard.version();
        if found <= held {
            return Err(SeenError::NotNewer { held, found });
        }
        if let Some(error) = message_faults(&words)
            .into_iter()
            .find(|error| !matches!(error, SeenError::Message { fault, .. } if *fault == MessageFault::Missing))
        {
            return Err(error);
        }
        Ok(Self {
            standard,
            states,
            words: Words::over_built_in(texts(&words))?,
        })
    }
}

/// What a version of the UI standard must do, by what it breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Text is read on its ground, and modules by a scanner.
    Contrast,
    /// Letters, targets and the code are large enough, and rows hold what stands in them.
    Size,
    /// The code has a quiet zone of four light modules.
    QuietZone,
    /// A shape and a word say what a colour says.
    ColourOnly,
    /// Every text is there in every language.
    MissingWords,
    /// No decoration has the hue of a health-code colour.
    StatusColour,
    /// Every text fits its place in every view, language and width.
    DoesNotFit,
    /// Texts are plain: nothing unseen, no markup, the right placeholders, a fair length.
    Text,
    /// The file has the agreed form.
    Form,
}

impl Rule {
    /// Its name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Contrast => "contrast",
            Self::Size => "size",
            Self::QuietZone => "quiet_zone",
            Self::ColourOnly => "colour_only",
            Self::MissingWords => "missing_words",
            Self::StatusColour => "status_colour",
            Self::DoesNotFit => "does_not_fit",
            Self::Text => "text",
            Self::Form => "form",
        }
    }
}

impl SeenError {
    /// The rule that is broken.
    #[must_use]
    pub fn rule(&self) -> Rule {
        match self {
            Self::Package(PackageError::Standard(StandardError::Fault { path, fault })) => {
                rule_of(path, fault)
            }
            Self::Package(PackageError::Unfit(_)) => Rule::DoesNotFit,
            Self::Message {
                fault: MessageFault::Missing,
                ..
            } => Rule::MissingWords,
            Self::Message { .. } => Rule::Text,
            Self::Package(_) | Self::Words(_) | Self::NotNewer { .. } => Rule::Form,
        }
    }
}

fn rule_of(path: &str, fault: &Fault) -> Rule {
    match fault {
        _ if path.ends_with("quiet_zone") => Rule::QuietZone,
        Fault::Contrast { .. } | Fault::Modules => Rule::Contrast,
        Fault::Range { .. } => Rule::Size,
        Fault::Shared { .. } => Rule::ColourOnly,
        Fault::Missing => Rule::MissingWords,
        Fault::StatusHue { .. } => Rule::StatusColour,
        Fault::BadText
        | Fault::BadWords
        | Fault::BadSentence { .. }
        | Fault::BadName
        | Fault::Placeholders { .. } => Rule::Text,
        Fault::UnknownFormat | Fault::BadCount { .. } | Fault::Order => Rule::Form,
    }
}

/// Everything that is wrong with a package, or with a standard by itself, for whoever writes one. Nothing
/// when it would be taken and lacks no words.
#[must_use]
pub fn faults(file: &[u8]) -> Vec<SeenError> {
    #[derive(Deserialize)]
    struct Kind {
        standard: Option<IgnoredAny>,
    }
    let by_itself = file.len() <= PACKAGE_LIMIT
        && serde_json::from_slice::<Kind>(file).is_ok_and(|kind| kind.standard.is_none());
    let mut all: Vec<SeenError> = if by_itself {
        faults_of_standard(file)
    } else {
        Package::faults(file).into_iter().map(Into::into).collect()
    };
    if let Some(words) = Package::words(file).filter(|_| !by_itself) {
        // Unseen characters and deep nesting were told above; a reader of Fluent must not meet them.
        let safe = !all.iter().any(|error| {
            matches!(error, SeenError::Package(PackageError::Standard(inner)) if inner.is_of_words())
        });
        if safe {
            all.extend(message_faults(&words));
        }
    }
    all
}

fn faults_of_standard(file: &[u8]) -> Vec<SeenError> {
    let mut all: Vec<PackageError> = Standard::faults(file).into_iter().map(Into::into).collect();
    if let Ok(standard) = Standard::parse(file) {
        all.extend(standard.unfit().into_iter().map(Into::into));
    }
    all.into_iter().map(Into::into).collect()
}

/// The built-in version as a package: where a newer one begins.
///
/// # Errors
/// When the files that this program was built with are not JSON, which tests rule out.
pub fn built_in_package() -> Result<Vec<u8>, serde_json::Error> {
    let standard: serde_json::Value = serde_json::from_slice(Standard::built_in_bytes())?;
    let states: serde_json::Value = serde_json::from_slice(StateWords::built_in_bytes())?;
    let words: BTreeMap<&str, &str> = Words::built_in_texts()
        .into_iter()
        .map(|(language, text)| (language.tag(), text))
        .collect();
    serde_json::to_vec_pretty(&serde_json::json!({
        "format": 1,
        "standard": standard,
        "states": states,
        "words": words,
    }))
}

fn texts(words: &Localised) -> [(Language, &str); 3] {
    Language::ALL.map(|language| (language, words.get(language)))
}

fn message_faults(words: &Localised) -> Vec<SeenError> {
    let built_in = Words::built_in_texts();
    let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (_, text) in built_in {
        let Ok(messages) = messages(text) else {
            continue;
        };
        for (id, message) in messages {
            known.entry(id).or_default().extend(message.values);
        }
    }
    let mut faults = Vec::new();
    for (language, text) in texts(words) {
        let found = match messages(text) {
            Ok(found) => found,
            Err(line) => {
                let language = language.tag();
                faults.push(WordsError::Unreadable { language, line }.into());
                continue;
            }
        };
        let mut add = |id: &str, fault| {
            faults.push(SeenError::Message {
                language: language.tag(),
                id: id.chars().take(80).collect(),
                fault,
            });
        };
        for id in known.keys().filter(|id| !found.contains_key(*id)) {
            add(id, MessageFault::Missing);
        }
        for (id, message) in &found {
            if message.characters > MESSAGE_LIMIT {
                add(id, MessageFault::TooLong);
            }
            let filled_in = known.get(id);
            for value in &message.values {
                if filled_in.is_some_and(|values| !values.contains(value)) {
                    let name = value.chars().take(40).collect();
                    add(id, MessageFault::UnknownValue(name));
                }
            }
        }
    }
    faults
}

/// A message: which values it has, and how long it is with all its choices.
#[derive(Default)]
struct Message {
    values: BTreeSet<String>,
    characters: usize,
}

/// The messages of one text; else the line, from 1, that is not Fluent.
fn messages(text: &str) -> Result<BTreeMap<String, Message>, usize> {
    let resource = fluent_syntax::parser::parse(text).map_err(|(_, errors)| {
        let at = errors.first().map_or(0, |error| error.pos.start);
        text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
    })?;
    let mut messages = BTreeMap::new();
    for entry in resource.body {
        if let Entry::Message(message) = entry
            && let Some(pattern) = message.value
        {
            let mut read = Message::default();
            read.pattern(&pattern);
            messages.insert(message.id.name.to_owned(), read);
        }
    }
    Ok(messages)
}

impl Message {
    fn pattern(&mut self, pattern: &Pattern<&str>) {
        for element in &pattern.elements {
            match element {
                PatternElement::TextElement { value } => self.characters += value.chars().count(),
                PatternElement::Placeable { expression } => self.expression(expression),
            }
        }
    }

    fn expression(&mut self, expression: &Expression<&str>) {
        match expression {
            Expression::Inline(inline) => self.inline(inline),
            Expression::Select { selector, variants } => {
                self.inline(selector);
                for variant in variants {
                    self.pattern(&variant.value);
                }
            }
        }
    }

    fn inline(&mut self, inline: &InlineExpression<&str>) {
        match inline {
            InlineExpression::VariableReference { id } => {
                self.values.insert(id.name.to_owned());
            }
            InlineExpression::StringLiteral { value }
            | InlineExpression::NumberLiteral { value } => {
                self.characters += value.chars().count();
            }
            InlineExpression::FunctionReference { arguments, .. } => self.arguments(arguments),
            InlineExpression::TermReference { arguments, .. } => {
                if let Some(arguments) = arguments {
                    self.arguments(arguments);
                }
            }
            InlineExpression::MessageReference { .. } => {}
            InlineExpression::Placeable { expression } => self.expression(expression),
        }
    }

    fn arguments(&mut self, arguments: &CallArguments<&str>) {
        for inline in &arguments.positional {
            self.inline(inline);
        }
        for named in &arguments.named {
            self.inline(&named.value);
        }
    }
}
