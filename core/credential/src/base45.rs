//! Base45 (RFC 9285) with exactly one text for each sequence of bytes.
//!
//! Written here because common decoders accept a last group of two characters above 255 and cut it,
//! which would give one code several texts.

use crate::DecodeError;

const ALPHABET: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const NOT_A_CHARACTER: u8 = 0xff;
const VALUES: [u8; 256] = {
    let mut values = [NOT_A_CHARACTER; 256];
    let mut value = 0;
    while value < ALPHABET.len() {
        values[ALPHABET[value] as usize] = value as u8;
        value += 1;
    }
    values
};
const BASE: u32 = ALPHABET.len() as u32;
const MALFORMED: DecodeError = DecodeError::malformed("base45");

/// Writes bytes as base45.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::new();
    encode_to(bytes, &mut text);
    text
}

pub(crate) fn encode_to(bytes: &[u8], text: &mut String) {
    let character = |value: u32| char::from(ALPHABET[(value % BASE) as usize]);
    let (pairs, last) = bytes.as_chunks::<2>();
    for pair in pairs {
        let value = u32::from(u16::from_be_bytes(*pair));
        text.push(character(value));
        text.push(character(value / BASE));
        text.push(character(value / (BASE * BASE)));
    }
    if let [last] = last {
        let value = u32::from(*last);
        text.push(character(value));
        text.push(character(value / BASE));
    }
}

/// Reads base45, refusing characters outside the alphabet (lower case too), groups of three above
/// 65,535, last groups of two above 255, and a single last character.
///
/// # Errors
/// [`DecodeError::Malformed`].
pub fn decode(text: &str) -> Result<Vec<u8>, DecodeError> {
    let value = |byte: u8| match VALUES[usize::from(byte)] {
        NOT_A_CHARACTER => Err(MALFORMED),
        value => Ok(u32::from(value)),
    };
    let (groups, last) = text.as_bytes().as_chunks::<3>();
    let mut bytes = Vec::with_capacity(text.len());
    for &[a, b, c] in groups {
        let group = value(a)? + value(b)? * BASE + value(c)? * BASE * BASE;
        let pair = u16::try_from(group).map_err(|_| MALFORMED)?;
        bytes.extend_from_slice(&pair.to_be_bytes());
    }
    match *last {
        [] => {}
        [a, b] => {
            let group = value(a)? + value(b)? * BASE;
            bytes.push(u8::try_from(group).map_err(|_| MALFORMED)?);
        }
        _ => return Err(MALFORMED),
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    // RFC 9285, sections 4.3 and 4.4.
    #[rstest]
    #[case(b"AB", "BB8")]
    #[case(b"Hello!!", "%69 VD92EX0")]
    #[case(b"base-45", "UJCLQE7W581")]
    #[case(b"ietf!", "QED8WEX0")]
    #[case(b"", "")]
    fn the_examples_of_the_rfc_hold(#[case] bytes: &[u8], #[case] text: &str) {
        assert_eq!(encode(bytes), text);
        assert_eq!(decode(text).unwrap(), bytes);
    }

    #[rstest]
    #[case::group_of_65536("GGW")]
    #[case::largest_group(":::")]
    #[case::last_group_of_256("V5")]
    #[case::largest_last_group("::")]
    #[case::one_character("0")]
    #[case::one_character_over("BB80")]
    #[case::lower_case("bb8")]
    #[case::underscore("B_8")]
    #[case::not_ascii("码")]
    #[case::line_end("BB8\n")]
    fn a_second_text_for_the_same_bytes_is_refused(#[case] text: &str) {
        assert_eq!(decode(text), Err(MALFORMED));
    }

    proptest! {
        #[test]
        fn bytes_come_back(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let text = encode(&bytes);
            prop_assert_eq!(decode(&text).unwrap(), &bytes[..]);
            prop_assert_eq!(text, ::base45::encode(&bytes));
        }

        #[test]
        fn an_accepted_text_is_the_only_one(text in "[0-9A-Z $%*+./:-]{0,20}") {
            if let Ok(bytes) = decode(&text) {
                prop_assert_eq!(encode(&bytes), text);
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            let _ = decode(&text);
        }
    }
}
