use crate::{
    DecodeError, Slot, base45,
    cbor::{Reader, Writer},
    credential::CREDENTIAL_LIMIT,
};

/// What the text of a live code begins with.
pub const LIVE_PREFIX: &str = "LM1:";
/// The most characters of any code text, prefix included.
pub const TEXT_LIMIT: usize = 1_200;
/// The most bytes behind the base45 of any code.
const ENVELOPE_LIMIT: usize = CREDENTIAL_LIMIT + 24;

/// A value of the chain with the slot that reveals it: k and c_{k+1}.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revealed {
    /// The slot, 0 to 239.
    pub k: u8,
    /// c_{k+1}.
    pub value: [u8; 16],
}

/// The text of a live code, for the QR symbol. Without a revealed value it is genuine and not live.
#[must_use]
pub fn live_code_text(credential: &[u8], revealed: Option<Revealed>) -> String {
    text(LIVE_PREFIX, credential, revealed)
}

pub(crate) fn text(prefix: &str, credential: &[u8], revealed: Option<Revealed>) -> String {
    let bytes = envelope(credential, revealed);
    let mut text = String::from(prefix);
    base45::encode_to(&bytes, &mut text);
    text
}

/// `[credential]` or `[credential, k, c_{k+1}]`.
pub(crate) fn envelope(credential: &[u8], revealed: Option<Revealed>) -> Vec<u8> {
    let writer = Writer::default();
    match revealed {
        Some(revealed) => writer
            .array(3)
            .bytes(credential)
            .unsigned(revealed.k)
            .bytes(&revealed.value),
        None => writer.array(1).bytes(credential),
    }
    .finish()
}

/// Reads an envelope in place.
pub(crate) fn read_envelope(bytes: &[u8]) -> Result<(&[u8], Option<Revealed>), DecodeError> {
    let mut reader = Reader::bounded(bytes, "a code", ENVELOPE_LIMIT)?;
    let length = reader.array()?;
    let credential = reader.bytes()?;
    let revealed = match length {
        1 => None,
        3 => {
            let k = reader.small()?;
            if k > Slot::LAST {
                return Err(reader.malformed());
            }
            Some(Revealed {
                k,
                value: reader.byte_array()?,
            })
        }
        _ => return Err(reader.malformed()),
    };
    reader.finish()?;
    Ok((credential, revealed))
}

/// What a scanned text begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scanned<'a> {
    /// A live code, with what follows the prefix.
    Live(&'a str),
    /// A paper code.
    Paper(&'a str),
    /// A venue code.
    Venue(&'a str),
    /// One of ours, of a version that is not known here.
    Newer,
    /// Something else: a payment code, a web address. Nothing of it should be kept.
    Other,
}

/// Tells codes apart by `LM`, an optional `P` or `V`, one to three digits without a leading zero, and `:`.
#[must_use]
pub fn scan(text: &str) -> Scanned<'_> {
    let Some((prefix, rest)) = text.split_once(':') else {
        return Scanned::Other;
    };
    let Some(after) = prefix.strip_prefix("LM") else {
        return Scanned::Other;
    };
    let kind = after.trim_start_matches(['P', 'V']);
    let letters = &after[..after.len() - kind.len()];
    let is_version = matches!(kind.as_bytes(), [b'1'..=b'9', digits @ ..] if digits.len() < 3 && digits.iter().all(u8::is_ascii_digit));
    match (letters, kind) {
        ("", "1") => Scanned::Live(rest),
        ("P", "1") => Scanned::Paper(rest),
        ("V", "1") => Scanned::Venue(rest),
        ("" | "P" | "V", _) if is_version => Scanned::Newer,
        _ => Scanned::Other,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("LM1:AB", Scanned::Live("AB"))]
    #[case("LM1:", Scanned::Live(""))]
    #[case("LM1:A:B", Scanned::Live("A:B"))]
    #[case("LMP1:AB", Scanned::Paper("AB"))]
    #[case("LMV1:AB", Scanned::Venue("AB"))]
    #[case("LM2:AB", Scanned::Newer)]
    #[case("LM999:AB", Scanned::Newer)]
    #[case("LMP2:AB", Scanned::Newer)]
    #[case("LM1000:AB", Scanned::Other)]
    #[case("LM01:AB", Scanned::Other)]
    #[case("LM0:AB", Scanned::Other)]
    #[case("LM:AB", Scanned::Other)]
    #[case("LMPV1:AB", Scanned::Other)]
    #[case("lm1:AB", Scanned::Other)]
    #[case(" LM1:AB", Scanned::Other)]
    #[case("LM1", Scanned::Other)]
    #[case("HC1:6BF", Scanned::Other)]
    #[case("https://example.org/LM1:", Scanned::Other)]
    #[case("", Scanned::Other)]
    #[case("码:", Scanned::Other)]
    fn a_text_is_told_by_its_prefix(#[case] text: &str, #[case] expected: Scanned<'_>) {
        assert_eq!(scan(text), expected);
    }

    #[test]
    fn an_envelope_holds_the_longest_credential_with_its_value_and_no_longer_one() {
        let revealed = Revealed {
            k: Slot::LAST,
            value: [7; 16],
        };
        let longest = [0; CREDENTIAL_LIMIT];
        let bytes = envelope(&longest, Some(revealed));
        assert_eq!(
            read_envelope(&bytes),
            Ok((longest.as_slice(), Some(revealed)))
        );
        let longer = envelope(&[0; CREDENTIAL_LIMIT + 2], Some(revealed));
        assert_eq!(
            read_envelope(&longer),
            Err(DecodeError::TooLong {
                what: "a code",
                limit: 724
            })
        );
    }
}
