//! What may be shown of a name and of a document number.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::identity::{DocumentType, IdentityDocument};
use crate::name::{PersonName, is_chinese, is_initial, is_mark};

/// The most bytes of UTF-8 in a [`MaskedName`].
pub const MASKED_NAME_BYTES: usize = 24;
/// The most marks kept on the letter that is shown.
const MOST_MARKS: usize = 2;

/// A name as it is shown and as it stands in a credential: at most 24 bytes of UTF-8.
///
/// # What is kept
/// A name is a row of *parts* with one separator, a space or `·` (U+00B7), between two of them.
/// Each part is masked by itself, so that a name with `·` reads as one: `阿***·买**`.
/// - The first letter of the part stays, with up to two combining marks that follow it.
/// - If that letter is a Chinese character, kana or a Hangul syllable, one `*` follows for each other
///   letter of the part, and at least one.
/// - Otherwise (Latin and other alphabets) exactly one `*` follows, however long the part is: the
///   length of a Latin name would say nearly as much as the name.
///
/// # The cut to 24 bytes
/// Parts are taken from the left. A part is taken only if its separator, its first letter with marks
/// and its first `*` all fit; the first part that does not fit ends the mask. Further `*` of a part are
/// added one by one while they fit; the first that does not ends the mask. Characters are whole, nothing marks the cut, and
/// no part is ever shown without a `*`.
///
/// In ABNF over characters: `mask = part *(("·" / " ") part)`, `part = letter *2mark 1*"*"`. What a letter
/// and a mark are is said by ranges of code points, so that no two checkers differ by their Unicode version.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MaskedName(String);

/// Why a text is not a masked name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MaskedNameError {
    /// More than 24 bytes.
    #[error("read the masked name: it is longer than {MASKED_NAME_BYTES} bytes")]
    TooLong,
    /// Not a row of parts, each a letter and asterisks.
    #[error("read the masked name: it is not a letter and asterisks for each part")]
    NotAMask,
}

/// Masks a name and cuts it by the rule of [`MaskedName`].
pub fn mask_name(name: &PersonName) -> MaskedName {
    let text = name.text().expose();
    let mut mask = String::with_capacity(MASKED_NAME_BYTES);
    let mut rest = text.as_str();
    let mut pending = None;
    'parts: loop {
        let end = rest.find([' ', '·']).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        if let Some((initial, hidden)) = shown_of_part(part) {
            let separator = pending.map_or(0, char::len_utf8);
            if mask.len() + separator + initial.len() + 1 > MASKED_NAME_BYTES {
                break;
            }
            mask.extend(pending);
            mask.push_str(initial);
            mask.push('*');
            for _ in 1..hidden {
                if mask.len() == MASKED_NAME_BYTES {
                    break 'parts;
                }
                mask.push('*');
            }
        }
        let mut characters = after.chars();
        let Some(separator) = characters.next() else {
            break;
        };
        if !mask.is_empty() {
            pending = Some(separator);
        }
        rest = characters.as_str();
    }
    MaskedName(mask)
}

/// The first letter of a part with its marks, and how many asterisks stand for the others.
fn shown_of_part(part: &str) -> Option<(&str, usize)> {
    let (start, first) = part
        .char_indices()
        .find(|(_, character)| is_initial(*character) && is_mask_letter(*character))?;
    let after = &part[start + first.len_utf8()..];
    let marks: usize = after
        .chars()
        .take_while(|c| is_mark(*c) && is_mask_mark(*c))
        .take(MOST_MARKS)
        .map(char::len_utf8)
        .sum();
    let others = after
        .chars()
        .filter(|character| is_initial(*character))
        .count();
    let hidden = if is_one_character_a_syllable(first) {
        others.max(1)
    } else {
        1
    };
    Some((&part[start..start + first.len_utf8() + marks], hidden))
}

const fn is_one_character_a_syllable(character: char) -> bool {
    is_chinese(character)
        || matches!(character, '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{ac00}'..='\u{d7a3}')
}

impl MaskedName {
    /// Takes a text that is masked already, as a credential or a register holds it.
    ///
    /// # Errors
    /// [`MaskedNameError`] if it is too long or could show more than a mask may.
    pub fn from_text(text: &str) -> Result<Self, MaskedNameError> {
        if text.len() > MASKED_NAME_BYTES {
            return Err(MaskedNameError::TooLong);
        }
        if is_mask(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(MaskedNameError::NotAMask)
        }
    }

    /// The mask as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is said aloud: the letters that are shown, one for each part, without asterisks.
    ///
    /// A screen reader says "Wang, the rest hidden"; the words around it belong to the language.
    pub fn spoken_parts(&self) -> impl Iterator<Item = &str> {
        self.0
            .split([' ', '·'])
            .map(|part| part.trim_end_matches('*'))
    }
}

fn is_mask(text: &str) -> bool {
    text.split([' ', '·']).all(|part| {
        let shown = part.trim_end_matches('*');
        let mut letters = shown.chars();
        shown.len() < part.len()
            && letters.next().is_some_and(is_mask_letter)
            && letters.clone().count() <= MOST_MARKS
            && letters.all(is_mask_mark)
    })
}

/// Whether a character may be the letter of a part of a mask.
///
/// Whole ranges, wider than the letters in them: every letter of a name that is read lies in one, also of
/// Unicode versions to come, and what nobody sees or what turns the direction of writing lies in none.
/// The same ranges stand in `docs/PROTOCOL.md`, section 4.1.
const fn is_mask_letter(character: char) -> bool {
    !is_mask_mark(character)
        && matches!(
            character,
            'A'..='Z' | 'a'..='z' | '\u{aa}' | '\u{b5}' | '\u{ba}'
                | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{34e}' | '\u{350}'..='\u{61b}'
                | '\u{61d}'..='\u{115e}' | '\u{1161}'..='\u{17b3}' | '\u{17b6}'..='\u{180a}'
                | '\u{1810}'..='\u{1fff}' | '\u{2071}' | '\u{207f}' | '\u{2090}'..='\u{209f}'
                | '\u{2102}'..='\u{214f}' | '\u{2c00}'..='\u{2dff}' | '\u{2e2f}'
                | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3031}'..='\u{303c}'
                | '\u{3041}'..='\u{3163}' | '\u{3165}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}'
                | '\u{4e00}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fdff}'
                | '\u{fe70}'..='\u{fefc}' | '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}'
                | '\u{ff66}'..='\u{ff9f}' | '\u{ffa1}'..='\u{ffdc}'
                | '\u{10000}'..='\u{1342f}' | '\u{13460}'..='\u{1bc9f}' | '\u{1bca4}'..='\u{1cfff}'
                | '\u{1df00}'..='\u{1efff}' | '\u{20000}'..='\u{3ffff}'
        )
}

/// Whether a character may be a mark of a letter in a mask. Marks of other scripts are not shown.
const fn is_mask_mark(character: char) -> bool {
    matches!(
        character,
        // Accents of any script.
        '\u{300}'..='\u{34e}' | '\u{350}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}'
            | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}'
            // Cyrillic, Hebrew, Arabic.
            | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{610}'..='\u{61a}'
            | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e4}'
            | '\u{6e7}'..='\u{6e8}' | '\u{6ea}'..='\u{6ed}'
            // Devanagari to Sinhala.
            | '\u{900}'..='\u{903}' | '\u{93a}'..='\u{93c}' | '\u{93e}'..='\u{94f}'
            | '\u{981}'..='\u{983}' | '\u{9bc}' | '\u{9be}'..='\u{9cd}'
            | '\u{a01}'..='\u{a03}' | '\u{a3c}'..='\u{a51}' | '\u{a70}'..='\u{a71}'
            | '\u{a81}'..='\u{a83}' | '\u{abc}' | '\u{abe}'..='\u{acd}'
            | '\u{b01}'..='\u{b03}' | '\u{b3c}' | '\u{b3e}'..='\u{b57}'
            | '\u{b82}' | '\u{bbe}'..='\u{bcd}' | '\u{c00}'..='\u{c04}' | '\u{c3e}'..='\u{c56}'
            | '\u{c81}'..='\u{c83}' | '\u{cbc}' | '\u{cbe}'..='\u{cd6}'
            | '\u{d00}'..='\u{d03}' | '\u{d3e}'..='\u{d4d}' | '\u{dca}'..='\u{ddf}'
            // Thai, Lao, Tibetan, Myanmar, Khmer, Mongolian, Tai Tham, kana.
            | '\u{e31}' | '\u{e34}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}'
            | '\u{eb1}' | '\u{eb4}'..='\u{ebc}' | '\u{ec8}'..='\u{ece}'
            | '\u{f39}' | '\u{f71}'..='\u{f84}' | '\u{f8d}'..='\u{fbc}' | '\u{102b}'..='\u{103e}'
            | '\u{17b6}'..='\u{17d3}' | '\u{1885}'..='\u{1886}' | '\u{18a9}'
            | '\u{1a55}'..='\u{1a7f}' | '\u{3099}'..='\u{309a}'
    )
}

impl fmt::Display for MaskedName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<MaskedName> for String {
    fn from(mask: MaskedName) -> Self {
        mask.0
    }
}

impl TryFrom<String> for MaskedName {
    type Error = MaskedNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::from_text(&text)
    }
}

/// How a kind of document is masked: the same width for every number of the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocumentMask {
    /// Characters in all, whatever the length of the number.
    pub width: usize,
    /// Characters shown in front.
    pub head: usize,
    /// Characters shown at the end.
    pub tail: usize,
}

impl DocumentMask {
    /// The mask of a kind: two and two, for passports one and two.
    pub const fn of(document_type: DocumentType) -> Self {
        match document_type {
            DocumentType::ResidentIdentity
            | DocumentType::ResidencePermit
            | DocumentType::ForeignPermanentResident => Self {
                width: 18,
                head: 2,
                tail: 2,
            },
            DocumentType::HongKongMacauTravelPermit => Self {
                width: 9,
                head: 2,
                tail: 2,
            },
            DocumentType::TaiwanTravelPermit => Self {
                width: 8,
                head: 2,
                tail: 2,
            },
            DocumentType::Passport => Self {
                width: 9,
                head: 1,
                tail: 2,
            },
        }
    }
}

/// A document as it is shown: its kind and the characters that stay visible.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "MaskedDocumentFields", into = "MaskedDocumentFields")]
pub struct MaskedDocument {
    document_type: DocumentType,
    visible: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MaskedDocumentFields {
    document_type: DocumentType,
    visible: String,
}

/// The visible characters do not fit the kind of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "read the masked document: this kind shows exactly {expected} characters, capital letters and digits"
)]
pub struct MaskedDocumentError {
    /// How many characters the kind shows.
    pub expected: usize,
}

/// Masks a document.
pub fn mask_document(document: &IdentityDocument) -> MaskedDocument {
    let document_type = document.document_type();
    let mask = DocumentMask::of(document_type);
    let number = document.number().expose();
    // Numbers are ASCII, and longer than what is shown of them.
    let head = number.get(..mask.head).unwrap_or_default();
    let tail = number
        .get(number.len().saturating_sub(mask.tail)..)
        .unwrap_or_default();
    MaskedDocument {
        document_type,
        visible: format!("{head}{tail}"),
    }
}

impl MaskedDocument {
    /// Takes the visible characters alone, as a credential holds them: `112X`, for a passport `E78`.
    ///
    /// # Errors
    /// [`MaskedDocumentError`] if their number or alphabet is not that of the kind.
    pub fn from_visible(
        document_type: DocumentType,
        visible: &str,
    ) -> Result<Self, MaskedDocumentError> {
        let mask = DocumentMask::of(document_type);
        let expected = mask.head + mask.tail;
        let right = visible.len() == expected
            && visible
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
        if right {
            Ok(Self {
                document_type,
                visible: visible.to_owned(),
            })
        } else {
            Err(MaskedDocumentError { expected })
        }
    }

    /// The kind of document.
    pub const fn document_type(&self) -> DocumentType {
        self.document_type
    }

    /// The visible characters alone, without asterisks.
    pub fn visible(&self) -> &str {
        &self.visible
    }

    /// The text to show, at the fixed width of the kind: `11**************2X`.
    pub fn display(&self) -> String {
        let mask = DocumentMask::of(self.document_type);
        let (head, tail) = self.visible.split_at(mask.head);
        format!(
            "{head}{}{tail}",
            "*".repeat(mask.width - mask.head - mask.tail)
        )
    }
}

impl From<MaskedDocument> for MaskedDocumentFields {
    fn from(mask: MaskedDocument) -> Self {
        Self {
            document_type: mask.document_type,
            visible: mask.visible,
        }
    }
}

impl TryFrom<MaskedDocumentFields> for MaskedDocument {
    type Error = MaskedDocumentError;

    fn try_from(fields: MaskedDocumentFields) -> Result<Self, Self::Error> {
        Self::from_visible(fields.document_type, &fields.visible)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn masked(text: &str) -> MaskedName {
        mask_name(&PersonName::parse(text).unwrap())
    }

    #[rstest]
    #[case::two("王明", "王*")]
    #[case::three("王小明", "王**")]
    #[case::compound_surname("欧阳小明", "欧***")]
    #[case::one("王", "王*")]
    #[case::outside_the_bmp("𠮷小明", "𠮷**")]
    #[case::ethnic("阿依努尔·买买提", "阿***·买**")]
    #[case::three_parts("阿卜杜·热合曼·买买提", "阿**·热**·买**")]
    #[case::cut_in_asterisks("古丽米热·阿卜杜热合曼江买买提艾力木拉提", "古***·阿*************")]
    #[case::cut_before_a_part("一二·三四·五六·七八·九十", "一*·三*·五*·七*")]
    #[case::latin("John Smith", "J* S*")]
    #[case::latin_dots("Maria·da Silva", "M*·d* S*")]
    #[case::latin_hyphen("Anne-Marie O'Neill", "A* O*")]
    #[case::initial("John Q. Smith", "J* Q* S*")]
    #[case::leading_apostrophe("'t Hooft", "t* H*")]
    #[case::many_parts("A B C D E F G H I J K", "A* B* C* D* E* F* G* H*")]
    #[case::accent("Élodie", "É*")]
    #[case::mark_without_composition("M\u{304}\u{302}\u{303}ara", "M\u{304}\u{302}*")]
    #[case::korean("김철수", "김**")]
    #[case::cyrillic("Иван Петров", "И* П*")]
    fn a_name_is_masked_part_by_part(#[case] text: &str, #[case] expected: &str) {
        let mask = masked(text);
        assert_eq!(mask.as_str(), expected);
        assert_eq!(MaskedName::from_text(expected), Ok(mask));
    }

    #[rstest]
    #[case("王小明", &["王"])]
    #[case("阿依努尔·买买提", &["阿", "买"])]
    #[case("John Smith", &["J", "S"])]
    fn what_is_spoken_has_no_asterisks(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(masked(text).spoken_parts().collect::<Vec<_>>(), expected);
    }

    #[rstest]
    #[case::empty("")]
    #[case::whole_name("王小明")]
    #[case::whole_latin("John S*")]
    #[case::part_without_asterisk("J* S")]
    #[case::asterisk_first("*王")]
    #[case::asterisk_between("王*明")]
    #[case::double_separator("J*  S*")]
    #[case::separator_at_the_end("J* ")]
    #[case::line_break("王*\n")]
    #[case::turned_direction("王\u{202e}*")]
    #[case::digit("1*")]
    #[case::mark_first("\u{301}*")]
    #[case::circled_letter("\u{24b6}*")]
    #[case::mathematical_letter("\u{1d400}*")]
    #[case::roman_number("\u{2160}*")]
    #[case::invisible_letter("\u{3164}*")]
    #[case::two_letters("AB*")]
    #[case::zero_width_joiner("A\u{200d}*")]
    #[case::variation_selector("A\u{fe0f}*")]
    #[case::three_marks("e\u{301}\u{302}\u{303}*")]
    fn a_text_that_shows_more_than_a_mask_is_refused(#[case] text: &str) {
        assert_eq!(MaskedName::from_text(text), Err(MaskedNameError::NotAMask));
    }

    /// Every letter there is, alone and with every mark that is kept.
    #[test]
    fn whatever_name_is_read_its_mask_is_one() {
        let mut letters = 0;
        for letter in ('\0'..=char::MAX).filter(|character| is_initial(*character)) {
            let name = PersonName::parse(&letter.to_string());
            if let Ok(name) = name {
                letters += 1;
                let mask = mask_name(&name);
                assert_eq!(
                    MaskedName::from_text(mask.as_str()),
                    Ok(mask),
                    "U+{:04X}",
                    u32::from(letter)
                );
            }
        }
        assert!(letters > 130_000, "only {letters} letters were tried");
        let marks: Vec<char> = ('\0'..=char::MAX).filter(|c| is_mark(*c)).collect();
        for letter in ['A', '王', 'ก', 'བ', 'ا', 'ᠪ', 'ꀀ', '각'] {
            for mark in &marks {
                if let Ok(name) = PersonName::parse(&format!("{letter}{mark}{mark}x {mark}")) {
                    let mask = mask_name(&name);
                    assert_eq!(MaskedName::from_text(mask.as_str()), Ok(mask));
                }
            }
        }
        assert!(marks.iter().filter(|mark| is_mask_mark(**mark)).count() > 700);
    }

    #[test]
    fn nothing_hidden_is_a_letter_or_a_mark_of_a_mask() {
        let hidden = ('\0'..=char::MAX)
            .filter(|character| is_mask_letter(*character) || is_mask_mark(*character))
            .find(|character| {
                matches!(
                    PersonName::parse(&format!("A{character}B")),
                    Err(crate::name::NameError::HiddenCharacter { .. }
                        | crate::name::NameError::ControlCharacter { .. }
                        | crate::name::NameError::PrivateCharacter { .. })
                )
            });
        assert_eq!(hidden, None);
    }

    #[test]
    fn twenty_four_bytes_are_the_most() {
        let longest = format!("王{}", "*".repeat(21));
        assert_eq!(masked(&"王".repeat(40)).as_str(), longest);
        assert!(MaskedName::from_text(&longest).is_ok());
        assert_eq!(
            MaskedName::from_text(&format!("{longest}*")),
            Err(MaskedNameError::TooLong)
        );
    }

    #[rstest]
    #[case(
        DocumentType::ResidentIdentity,
        "11010519491231002X",
        "112X",
        "11**************2X"
    )]
    #[case(
        DocumentType::ForeignPermanentResident,
        "911124198108030024",
        "9124",
        "91**************24"
    )]
    #[case(
        DocumentType::ForeignPermanentResident,
        "CAN110081080310",
        "CA10",
        "CA**************10"
    )]
    #[case(
        DocumentType::HongKongMacauTravelPermit,
        "H12345678",
        "H178",
        "H1*****78"
    )]
    #[case(DocumentType::TaiwanTravelPermit, "12345678", "1278", "12****78")]
    #[case(DocumentType::Passport, "CHN-E12345678", "E78", "E******78")]
    #[case(DocumentType::Passport, "GBR-L89C3", "LC3", "L******C3")]
    fn a_document_is_masked_at_the_width_of_its_kind(
        #[case] document_type: DocumentType,
        #[case] number: &str,
        #[case] visible: &str,
        #[case] shown: &str,
    ) {
        let today = date(2026, 1, 1);
        let mask = mask_document(&IdentityDocument::parse(document_type, number, today).unwrap());
        assert_eq!((mask.visible(), mask.display().as_str()), (visible, shown));
        assert_eq!(
            MaskedDocument::from_visible(document_type, visible),
            Ok(mask)
        );
    }

    #[rstest]
    #[case(DocumentType::ResidentIdentity, "112")]
    #[case(DocumentType::ResidentIdentity, "11002")]
    #[case(DocumentType::ResidentIdentity, "112x")]
    #[case(DocumentType::ResidentIdentity, "王X")]
    #[case(DocumentType::Passport, "E178")]
    fn visible_characters_must_fit_the_kind(#[case] kind: DocumentType, #[case] visible: &str) {
        assert!(MaskedDocument::from_visible(kind, visible).is_err());
    }

    #[test]
    fn masks_have_a_fixed_json_form() {
        let document =
            MaskedDocument::from_visible(DocumentType::ResidentIdentity, "112X").unwrap();
        insta::assert_json_snapshot!((masked("王小明"), &document), @r#"
        [
          "王**",
          {
            "document_type": "resident_identity",
            "visible": "112X"
          }
        ]
        "#);
        let smuggled = r#"{"document_type":"passport","visible":"E12345678"}"#;
        assert!(serde_json::from_str::<MaskedDocument>(smuggled).is_err());
        assert!(serde_json::from_str::<MaskedName>("\"王小明\"").is_err());
    }

    proptest! {
        #[test]
        fn a_mask_fits_is_valid_and_shows_one_letter_a_part(text in "[王小明𠮷阿A-Za-zéＡ\u{301}\u{302}가·' .-]{1,40}") {
            if let Ok(name) = PersonName::parse(&text) {
                let mask = mask_name(&name);
                prop_assert!(mask.as_str().len() <= MASKED_NAME_BYTES);
                prop_assert_eq!(MaskedName::from_text(mask.as_str()), Ok(mask.clone()));
                let shown = mask.as_str().chars().filter(|c| is_initial(*c)).count();
                prop_assert!(shown <= name.parts().len());
                for (spoken, part) in mask.spoken_parts().zip(name.parts()) {
                    prop_assert!(part.contains(spoken));
                }
            }
        }

        #[test]
        fn any_name_that_is_read_can_be_masked(text in "\\PC{1,16}") {
            if let Ok(name) = PersonName::parse(&text) {
                let mask = mask_name(&name);
                prop_assert_eq!(MaskedName::from_text(mask.as_str()), Ok(mask));
            }
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = MaskedName::from_text(&text);
            let _ = MaskedDocument::from_visible(DocumentType::Passport, &text);
        }
    }
}
