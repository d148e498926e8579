//! Names of people: of one or many parts, in any script, typed in many ways.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::sensitive::Sensitive;

/// The longest text looked at, in bytes.
pub const NAME_INPUT_MAX: usize = 1024;
/// The longest name, in characters. The longest names on identity cards have about 30.
pub const LONGEST_NAME: usize = 100;
/// The most combining marks on one letter. Tibetan and Thai need up to four.
const MOST_MARKS: usize = 4;
/// The dot between the syllables of a Tibetan name; part of the writing, not a separator of parts.
const TIBETAN_SYLLABLE_MARK: char = '\u{f0b}';

/// The name of a person, brought to one form.
///
/// - Unicode NFC; variation selectors dropped, compatibility radicals replaced by the character.
/// - Every look-alike of the middle dot is `·` (U+00B7), also a full stop next to a Chinese character.
/// - Full-width Latin letters, hyphens and apostrophes are the plain ones.
/// - Spaces: none at the ends, next to `·` or `-`, or between Chinese characters; one elsewhere.
///
/// Letter case is kept as typed; compare with [`PersonName::matches`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PersonName(Sensitive<String>);

/// Why a text is not accepted as a name; never holds what was typed.
///
/// Positions count from 1, without the spaces in front.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing was typed.
    #[error("read the name: nothing was typed; type the name as the document prints it")]
    Empty,
    /// Longer than any name.
    #[error("read the name: it is longer than {LONGEST_NAME} characters; type the name alone")]
    TooLong,
    /// A digit, a symbol, an emoji, or a mark without its letter.
    #[error(
        "read the name: character {position} cannot stand in a name; type letters, spaces, hyphens, apostrophes or · only"
    )]
    BadCharacter {
        /// Where it stands.
        position: usize,
    },
    /// A line break, a tab or another control character.
    #[error(
        "read the name: character {position} is a line break or control character; type the name in one line"
    )]
    ControlCharacter {
        /// Where it stands.
        position: usize,
    },
    /// A character that nobody sees or that turns the direction of writing.
    #[error(
        "read the name: character {position} is invisible; delete it, or type the name instead of pasting it"
    )]
    HiddenCharacter {
        /// Where it stands.
        position: usize,
    },
    /// A character that only one computer system knows (private use).
    #[error(
        "read the name: character {position} is known to one system only; choose \"I cannot type my name\" and go to a counter"
    )]
    PrivateCharacter {
        /// Where it stands.
        position: usize,
    },
    /// More accents on one letter than any script has.
    #[error(
        "read the name: too many marks stand on one letter at character {position}; type the name as the document prints it"
    )]
    TooManyMarks {
        /// Where the first mark too many stands.
        position: usize,
    },
}

impl NameError {
    /// A stable name for programs and translations.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "name_empty",
            Self::TooLong => "name_too_long",
            Self::BadCharacter { .. } => "name_bad_character",
            Self::ControlCharacter { .. } => "name_control_character",
            Self::HiddenCharacter { .. } => "name_hidden_character",
            Self::PrivateCharacter { .. } => "name_private_character",
            Self::TooManyMarks { .. } => "name_too_many_marks",
        }
    }
}

impl PersonName {
    /// Reads a name and brings it to one form.
    ///
    /// # Errors
    /// A [`NameError`] that says which character is wrong and what to do.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let text =
            text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'));
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if text.len() > NAME_INPUT_MAX {
            return Err(NameError::TooLong);
        }
        let plain = Sensitive::new(plain_characters(text)?);
        let tidy = Sensitive::new(tidy_separators(plain.expose()));
        let name: String = tidy.expose().nfc().collect();
        let name = Sensitive::new(name);
        if !name.expose().chars().any(is_initial) {
            return Err(NameError::Empty);
        }
        if name.expose().chars().count() > LONGEST_NAME {
            return Err(NameError::TooLong);
        }
        Ok(Self(name))
    }

    /// The name in its one form.
    pub const fn text(&self) -> &Sensitive<String> {
        &self.0
    }

    /// Its parts: what stands between spaces or `·`.
    pub fn parts(&self) -> Vec<&str> {
        self.0
            .expose()
            .split([' ', '·'])
            .filter(|part| part.chars().any(is_initial))
            .collect()
    }

    /// Whether two names are the same but for letter case, spaces, dots, hyphens and apostrophes.
    ///
    /// Registers differ in those: some drop the `·`, passports print capitals only.
    pub fn matches(&self, other: &Self) -> bool {
        self.matching_form() == other.matching_form()
    }

    /// The form in which names are compared and hashed: capital letters and their marks alone.
    pub fn matching_form(&self) -> Sensitive<String> {
        let letters = self
            .0
            .expose()
            .chars()
            .filter(|c| c.is_alphabetic() || is_combining_mark(*c));
        Sensitive::new(letters.flat_map(char::to_uppercase).nfc().collect())
    }
}

/// Checks each character and replaces look-alikes; positions are those of the text in NFC.
fn plain_characters(text: &str) -> Result<String, NameError> {
    let mut plain = String::with_capacity(text.len());
    let mut marks = 0;
    let mut may_take_mark = false;
    for (index, typed) in text.nfc().enumerate() {
        let position = index + 1;
        if is_variation_selector(typed) {
            continue;
        }
        let character = replacement(typed);
        if is_combining_mark(character) && !is_hidden(character) {
            marks += 1;
            if !may_take_mark {
                return Err(NameError::BadCharacter { position });
            }
            if marks > MOST_MARKS {
                return Err(NameError::TooManyMarks { position });
            }
        } else if is_letter(character) {
            marks = 0;
            may_take_mark = true;
        } else if matches!(
            character,
            ' ' | '·' | '-' | '\'' | '.' | TIBETAN_SYLLABLE_MARK
        ) {
            may_take_mark = false;
        } else if character.is_control() || matches!(character, '\u{2028}' | '\u{2029}') {
            return Err(NameError::ControlCharacter { position });
        } else if is_hidden(character) {
            return Err(NameError::HiddenCharacter { position });
        } else if is_private(character) {
            return Err(NameError::PrivateCharacter { position });
        } else {
            return Err(NameError::BadCharacter { position });
        }
        plain.push(character);
    }
    Ok(plain)
}

/// Brings every run of spaces, dots, hyphens and apostrophes to one form.
fn tidy_separators(plain: &str) -> String {
    let mut tidy = String::with_capacity(plain.len());
    let mut run = String::new();
    for character in plain.chars() {
        if matches!(character, ' ' | '·' | '-' | '\'' | '.') {
            run.push(character);
            continue;
        }
        let before = tidy.chars().next_back();
        tidy.push_str(separator(&run, before, Some(character)));
        run.clear();
        tidy.push(character);
    }
    let before = tidy.chars().next_back();
    tidy.push_str(separator(&run, before, None));
    tidy
}

fn separator(run: &str, before: Option<char>, after: Option<char>) -> &'static str {
    let chinese_before = before.is_some_and(is_chinese);
    let chinese_after = after.is_some_and(is_chinese);
    let chinese = chinese_before || chinese_after;
    let [space, dot, hyphen, apostrophe, stop] =
        [' ', '·', '-', '\'', '.'].map(|separator| run.contains(separator));
    match (before, after) {
        // "'t Hooft"
        (None, _) if apostrophe && !chinese => "'",
        // "John Smith Jr."
        (Some(_), None) if stop && !chinese => ".",
        (None, _) | (_, None) => "",
        _ if dot || stop && chinese => "·",
        _ if hyphen => "-",
        _ if space && chinese_before && chinese_after => "",
        _ => match (stop, space, apostrophe) {
            (false, false, false) => "",
            (false, false, true) => "'",
            (false, true, false) => " ",
            (false, true, true) => " '",
            (true, false, false) => ".",
            (true, false, true) => ".'",
            (true, true, false) => ". ",
            (true, true, true) => ". '",
        },
    }
}

/// The character that a look-alike stands for.
fn replacement(character: char) -> char {
    match character {
        // Middle dots: bullets, katakana, half-width, hyphenation point, operators, Greek, runes, …
        '\u{b7}' | '\u{387}' | '\u{5c1}' | '\u{1427}' | '\u{16eb}' | '\u{2022}' | '\u{2023}'
        | '\u{2024}' | '\u{2027}' | '\u{2218}' | '\u{2219}' | '\u{22c5}' | '\u{25cf}'
        | '\u{25e6}' | '\u{2981}' | '\u{2e30}' | '\u{2e31}' | '\u{2e33}' | '\u{30fb}'
        | '\u{318d}' | '\u{a78f}' | '\u{fe52}' | '\u{ff65}' | '\u{10101}' => '·',
        '\u{f0c}' => TIBETAN_SYLLABLE_MARK,
        // Full stops.
        '\u{3002}' | '\u{ff61}' => '.',
        // Hyphens and dashes.
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' => '-',
        // Apostrophes and what is typed for them.
        '\u{60}' | '\u{b4}' | '\u{2b9}' | '\u{2bb}' | '\u{2bc}' | '\u{2018}' | '\u{2019}'
        | '\u{201b}' | '\u{2032}' => '\'',
        // Full-width forms of ASCII.
        '\u{ff01}'..='\u{ff5e}' => match char::from_u32(character as u32 - 0xfee0) {
            Some(plain) if plain != character => replacement(plain),
            _ => character,
        },
        // Radicals that look like the character they are the radical of.
        '\u{2e80}'..='\u{2fdf}' => std::iter::once(character)
            .nfkc()
            .next()
            .unwrap_or(character),
        _ if character.is_whitespace()
            && !character.is_control()
            && !matches!(character, '\u{2028}' | '\u{2029}') =>
        {
            ' '
        }
        _ => character,
    }
}

/// Selects one drawing of a character; names are compared without it.
const fn is_variation_selector(character: char) -> bool {
    matches!(character, '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Invisible characters and those that turn the direction of writing.
const fn is_hidden(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}' | '\u{13430}'..='\u{1345f}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e00ff}' | '\u{e01f0}'..='\u{e0fff}'
    )
}

const fn is_private(character: char) -> bool {
    matches!(character, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}

/// A letter of any script; not letters drawn in circles or as mathematical symbols.
fn is_letter(character: char) -> bool {
    character.is_alphabetic()
        && !is_hidden(character)
        && !matches!(character, '\u{2160}'..='\u{2188}' | '\u{24b6}'..='\u{24e9}'
            | '\u{1d400}'..='\u{1d7ff}' | '\u{1f130}'..='\u{1f189}')
}

/// A letter that can stand first: not a mark.
pub(crate) fn is_initial(character: char) -> bool {
    is_letter(character) && !is_combining_mark(character)
}

/// Whether the character is a mark that belongs to the letter before it.
pub(crate) fn is_mark(character: char) -> bool {
    is_combining_mark(character) && !is_hidden(character) && !is_variation_selector(character)
}

/// A Chinese character, the blocks outside the BMP included.
pub(crate) const fn is_chinese(character: char) -> bool {
    matches!(
        character,
        '\u{3005}' | '\u{3007}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
            | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn read(text: &str) -> String {
        PersonName::parse(text).unwrap().text().expose().clone()
    }

    #[rstest]
    #[case::plain("王小明", "王小明")]
    #[case::spaces(" 王 小\u{3000}明 ", "王小明")]
    #[case::byte_order_mark("\u{feff}王小明\u{200b}", "王小明")]
    #[case::ethnic("阿依努尔·买买提", "阿依努尔·买买提")]
    #[case::bullet("阿依努尔•买买提", "阿依努尔·买买提")]
    #[case::katakana_dot("阿依努尔 ・ 买买提", "阿依努尔·买买提")]
    #[case::full_stop("阿依努尔.买买提", "阿依努尔·买买提")]
    #[case::chinese_full_stop("阿依努尔。买买提", "阿依努尔·买买提")]
    #[case::doubled("阿依努尔··买买提·", "阿依努尔·买买提")]
    #[case::outside_the_bmp("𠮷田𬎆", "𠮷田𬎆")]
    #[case::variation_selector("葛\u{e0100}小明", "葛小明")]
    #[case::radical("⽅小明", "方小明")]
    #[case::compatibility("\u{f90a}小明", "金小明")]
    #[case::latin("  John   Q. Smith ", "John Q. Smith")]
    #[case::full_width("ＪＯＨＮ　ＳＭＩＴＨ", "JOHN SMITH")]
    #[case::hyphen("Anne\u{2010}Marie O\u{2019}Neill", "Anne-Marie O'Neill")]
    #[case::leading_apostrophe("\u{2019}t Hooft", "'t Hooft")]
    #[case::suffix("John Smith Jr.", "John Smith Jr.")]
    #[case::composed("Nguye\u{302}\u{303}n Va\u{306}n", "Nguy\u{1ec5}n V\u{103}n")]
    #[case::tibetan("བསྟན་འཛིན", "བསྟན་འཛིན")]
    #[case::mongolian_selector("ᠪᠠ\u{180b}ᠲᠤ", "ᠪᠠᠲᠤ")]
    #[case::one_letter("O", "O")]
    fn a_name_is_brought_to_one_form(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(read(text), expected);
    }

    #[rstest]
    #[case::nothing("", NameError::Empty)]
    #[case::only_spaces(" \u{3000}\t", NameError::Empty)]
    #[case::only_separators("·-.", NameError::Empty)]
    #[case::digit("王小1明", NameError::BadCharacter { position: 3 })]
    #[case::emoji("王😀", NameError::BadCharacter { position: 2 })]
    #[case::asterisk("王*", NameError::BadCharacter { position: 2 })]
    #[case::markup("<b>王", NameError::BadCharacter { position: 1 })]
    #[case::mathematical("𝐉ohn", NameError::BadCharacter { position: 1 })]
    #[case::mark_alone("王 \u{301}", NameError::BadCharacter { position: 3 })]
    #[case::line_break("王\n小明", NameError::ControlCharacter { position: 2 })]
    #[case::nul("王\0", NameError::ControlCharacter { position: 2 })]
    #[case::escape("王\u{1b}[31m", NameError::ControlCharacter { position: 2 })]
    #[case::line_separator("王\u{2028}明", NameError::ControlCharacter { position: 2 })]
    #[case::turned_direction("王\u{202e}明", NameError::HiddenCharacter { position: 2 })]
    #[case::isolate("John\u{2066}Smith", NameError::HiddenCharacter { position: 5 })]
    #[case::zero_width("王\u{200b}明", NameError::HiddenCharacter { position: 2 })]
    #[case::hangul_filler("王\u{3164}", NameError::HiddenCharacter { position: 2 })]
    #[case::tag("王\u{e0041}", NameError::HiddenCharacter { position: 2 })]
    #[case::private("王\u{e815}", NameError::PrivateCharacter { position: 2 })]
    #[case::private_plane("王\u{f0000}", NameError::PrivateCharacter { position: 2 })]
    #[case::flood_of_marks("x\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}", NameError::TooManyMarks { position: 6 })]
    fn hostile_or_mistyped_names_are_refused(#[case] text: &str, #[case] error: NameError) {
        assert_eq!(PersonName::parse(text), Err(error));
        assert!(error.code().starts_with("name_"));
    }

    #[rstest]
    #[case(LONGEST_NAME, true)]
    #[case(LONGEST_NAME + 1, false)]
    #[case(1_000_000, false)]
    fn names_are_bounded(#[case] length: usize, #[case] accepted: bool) {
        assert_eq!(PersonName::parse(&"王".repeat(length)).is_ok(), accepted);
    }

    #[rstest]
    #[case("John Smith", "JOHN SMITH", true)]
    #[case("阿依努尔·买买提", "阿依努尔买买提", true)]
    #[case("Anne-Marie", "ANNE MARIE", true)]
    #[case("Nguyễn", "NGUYE\u{302}\u{303}N", true)]
    #[case("王小明", "王小朋", false)]
    #[case("Müller", "Muller", false)]
    fn names_match_but_for_case_and_separators(
        #[case] one: &str,
        #[case] other: &str,
        #[case] same: bool,
    ) {
        let [one, other] = [one, other].map(|text| PersonName::parse(text).unwrap());
        assert_eq!(one.matches(&other), same);
    }

    #[test]
    fn parts_stand_between_spaces_and_dots() {
        assert_eq!(
            PersonName::parse("阿依努尔·买买提").unwrap().parts(),
            ["阿依努尔", "买买提"]
        );
        assert_eq!(
            PersonName::parse("John Q. O'Neill").unwrap().parts(),
            ["John", "Q.", "O'Neill"]
        );
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = PersonName::parse(&text);
        }

        #[test]
        fn reading_twice_changes_nothing(text in "[\u{20}-\u{7e}王小明𠮷·・。é\u{301}\u{302}Ａ．’ᄀ각\u{fe00}Ⅻǆ]{1,20}") {
            if let Ok(name) = PersonName::parse(&text) {
                let again = PersonName::parse(name.text().expose());
                prop_assert_eq!(again.map(|again| again.text().expose().clone()), Ok(name.text().expose().clone()));
            }
        }

        #[test]
        fn any_accepted_text_is_stable(text in "\\PC{1,12}") {
            if let Ok(name) = PersonName::parse(&text) {
                let again = PersonName::parse(name.text().expose()).unwrap();
                prop_assert_eq!(again.text().expose(), name.text().expose());
                prop_assert!(again.matches(&name));
            }
        }

        #[test]
        fn neither_name_nor_error_prints_what_was_typed(text in "[王李\u{20000}-\u{20010}A-Z]{3,12}", bad in "[0-9\u{0}\u{202e}\u{e000}]") {
            let name = PersonName::parse(&text).unwrap();
            prop_assert_eq!(format!("{name:?}"), "PersonName([hidden])");
            let error = PersonName::parse(&format!("{text}{bad}{text}")).unwrap_err();
            let printed = format!("{error} {error:?}");
            prop_assert!(!printed.contains(&text));
        }
    }
}
