//! Looking for what identifies people where it must not be.

use std::path::{Path, PathBuf};

use crate::world::known;

/// Who is looked for.
pub(crate) const PEOPLE: [&str; 3] = ["green", "yellow", "foreigner"];

/// The ways in which a text may stand somewhere.
fn disguises(text: &str) -> Vec<Vec<u8>> {
    let escaped = |upper: bool| -> String {
        text.encode_utf16()
            .map(|unit| {
                let letter = char::from_u32(unit.into()).filter(char::is_ascii);
                match letter {
                    Some(letter) => letter.to_string(),
                    None if upper => format!("\\u{unit:04X}"),
                    None => format!("\\u{unit:04x}"),
                }
            })
            .collect()
    };
    let percent: String = text
        .bytes()
        .map(|byte| match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect();
    let utf16 = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let listed = format!("{:?}", text.as_bytes());
    let hex = data_encoding::HEXLOWER.encode(text.as_bytes());
    vec![
        text.as_bytes().to_vec(),
        escaped(true).into_bytes(),
        escaped(false).into_bytes(),
        percent.to_lowercase().into_bytes(),
        percent.into_bytes(),
        utf16,
        listed.trim_matches(['[', ']']).as_bytes().to_vec(),
        hex.into_bytes(),
    ]
}

/// What must stand nowhere: name, number and phone, and the telling half of the number.
pub(crate) fn secrets() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let of = |who| {
        let person = known(who);
        let number = person.document_number;
        [
            ("the name", person.name),
            ("the document number", number),
            ("half of the document number", &number[number.len() / 2..]),
            ("the phone number", person.phone),
        ]
        .map(|(what, text)| (who, what, text))
    };
    PEOPLE
        .into_iter()
        .flat_map(of)
        .flat_map(|(who, what, text)| disguises(text).into_iter().map(move |d| (who, what, d)))
        .collect()
}

/// What is found of anybody, without repeating it.
pub(crate) fn found_in(bytes: &[u8]) -> Vec<String> {
    secrets()
        .into_iter()
        .filter(|(_, _, secret)| bytes.windows(secret.len()).any(|window| window == secret))
        .map(|(who, what, _)| format!("{what} of {who}"))
        .collect()
}

/// Every file in a folder and below.
pub(crate) fn files_under(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files_under(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}
