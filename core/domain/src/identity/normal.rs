//! One form for what people type.

/// Brings typed text to one form: full-width forms to ASCII, letters to capitals, look-alikes of `X`
/// and of the hyphen replaced, invisible characters dropped, each run of spaces one space, none at the
/// ends. Anything else stays, so that an error can name its place.
pub(crate) fn normalise(text: &str) -> String {
    let mut normal = String::with_capacity(text.len());
    for character in text.chars().filter_map(replacement) {
        if character != ' ' || !(normal.is_empty() || normal.ends_with(' ')) {
            normal.push(character);
        }
    }
    if normal.ends_with(' ') {
        normal.pop();
    }
    normal
}

fn replacement(character: char) -> Option<char> {
    let character = match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(character as u32 - 0xfee0).unwrap_or(character),
        _ => character,
    };
    Some(match character {
        // Invisible, and brought along by copying from contacts and web pages.
        '\u{ad}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}' => return None,
        // Multiplication sign, Roman ten, Greek and Cyrillic letters.
        '\u{d7}' | '\u{2169}' | '\u{2179}' | '\u{3a7}' | '\u{3c7}' | '\u{425}' | '\u{445}' => 'X',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' => '-',
        _ if character.is_whitespace() => ' ',
        _ => character.to_ascii_uppercase(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::full_width("１１０ｘＸ－（", "110XX-(")]
    #[case::spaces("\u{3000} 1 \t\u{a0} 2\n", "1 2")]
    #[case::looks_like_x("× Ⅹ х Χ", "X X X X")]
    #[case::invisible("\u{202d}1\u{200b}2\u{202c}\u{feff}", "12")]
    #[case::others_stay("1王é", "1王é")]
    fn typed_text_has_one_form(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(normalise(text), expected);
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(text in any::<String>()) {
            let once = normalise(&text);
            prop_assert_eq!(normalise(&once), once);
        }
    }
}
