//! Passports, whose number means something only with the state that issued it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::check::is_passport_check_right;
use super::numbers::{exact_length, expect};
use super::{DocumentError, DocumentType, ExpectedCharacter, IdentityDocument};
use crate::sensitive::Sensitive;

/// The shortest passport number of any state.
const SHORTEST: usize = 5;
/// The longest, by ICAO 9303.
const LONGEST: usize = 9;

/// Who issues passports: the codes of ISO 3166-1 alpha-3 that issue any, and those that ICAO 9303
/// part 3, section 5 adds (kinds of British nationality, organisations, refugees, stateless people).
/// Kept sorted for its readers.
const ISSUERS: &str = "ABW AFG AGO AIA ALB AND ARE ARG ARM ASM ATG AUS AUT AZE BDI BEL BEN BFA BGD BGR BHR BHS \
    BIH BLR BLZ BMU BOL BRA BRB BRN BTN BWA CAF CAN CHE CHL CHN CIV CMR COD COG COK COL COM CPV CRI \
    CUB CUW CYM CYP CZE DEU DJI DMA DNK DOM DZA ECU EGY ERI ESH ESP EST ETH EUE FIN FJI FLK FRA FRO FSM \
    GAB GBD GBN GBO GBP GBR GBS GEO GGY GHA GIB GIN GMB GNB GNQ GRC GRD GRL GTM GUM GUY HND HRV HTI HUN \
    IDN IMN IND IRL IRN IRQ ISL ISR ITA JAM JEY JOR JPN KAZ KEN KGZ KHM KIR KNA KOR KWT LAO LBN LBR LBY \
    LCA LIE LKA LSO LTU LUX LVA MAR MCO MDA MDG MDV MEX MHL MKD MLI MLT MMR MNE MNG MNP MOZ MRT MSR MUS \
    MWI MYS NAM NCL NER NGA NIC NIU NLD NOR NPL NRU NZL OMN PAK PAN PCN PER PHL PLW PNG POL PRI PRK PRT \
    PRY PSE PYF QAT RKS ROU RUS RWA SAU SDN SEN SGP SHN SLB SLE SLV SMR SOM SRB SSD STP SUR SVK SVN SWE \
    SWZ SXM SYC SYR TCA TCD TGO THA TJK TKL TKM TLS TON TTO TUN TUR TUV TZA UGA UKR UNA UNK UNO URY USA \
    UZB VAT VCT VEN VGB VIR VNM VUT WLF WSM XBA XCC XCE XCO XDC XEC XES XIM XMP XOM XPO XXA XXB XXC XXX \
    YEM ZAF ZMB ZWE";

/// The state or organisation that issued a passport: three letters.
///
/// Germany, which passports write `D`, is `DEU` here. Reading one takes capital letters only.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct IssuingState([u8; 3]);

impl IssuingState {
    /// China, whose passport numbers have a form of their own. Hong Kong and Macau passports name it too.
    pub const CHINA: Self = Self(*b"CHN");

    /// The three letters.
    pub fn as_str(&self) -> &str {
        // Only letters get in, so this never falls back.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for IssuingState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Debug for IssuingState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "IssuingState({self})")
    }
}

impl FromStr for IssuingState {
    type Err = DocumentError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = match text.trim_end_matches('<') {
            "D" => "DEU",
            text => text,
        };
        let looks_like = match text {
            "" => return Err(DocumentError::MissingIssuer),
            // These people enter with a travel permit; their passports, if any, name China.
            "HKG" | "MAC" => Some(DocumentType::HongKongMacauTravelPermit),
            "TWN" => Some(DocumentType::TaiwanTravelPermit),
            _ => None,
        };
        if let Some(looks_like) = looks_like {
            return Err(DocumentError::NotThisKind { looks_like });
        }
        let code =
            <[u8; 3]>::try_from(text.as_bytes()).map_err(|_| DocumentError::UnknownIssuer)?;
        if ISSUERS.split_ascii_whitespace().any(|known| known == text) {
            Ok(Self(code))
        } else {
            Err(DocumentError::UnknownIssuer)
        }
    }
}

impl TryFrom<String> for IssuingState {
    type Error = DocumentError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<IssuingState> for String {
    fn from(state: IssuingState) -> Self {
        state.as_str().to_owned()
    }
}

/// Reads `GBR 123456789`, `CHN-E12345678`, `D<<-C01X00T478`, `GBR-123456789-7`.
///
/// The issuing state ends at the first space, hyphen, slash, colon or filler; a single digit behind a
/// hyphen, slash or filler at the end is the check digit, and so is the tenth character of a number.
pub(super) fn read_text(text: &str) -> Result<IdentityDocument, DocumentError> {
    let separators = [' ', '-', '/', ':', '<'];
    let (issuer, rest) = text
        .split_once(separators)
        .ok_or(DocumentError::MissingIssuer)?;
    let issuer: IssuingState = issuer.parse()?;
    let rest = rest.trim_matches(separators);
    let (number, check) = match rest.rsplit_once(['-', '/', '<']) {
        Some((number, check)) if matches!(check.as_bytes(), [b'0'..=b'9']) => {
            (number, check.chars().next())
        }
        _ => (rest, None),
    };
    let number: String = number.chars().filter(|c| !separators.contains(c)).collect();
    let number = Sensitive::new(number);
    read(issuer, number.expose(), check)
}

/// Reads a number without spaces; `check` is its check digit, if supplied.
pub(super) fn read(
    issuer: IssuingState,
    number: &str,
    check: Option<char>,
) -> Result<IdentityDocument, DocumentError> {
    // Ten characters are the field of the machine-readable zone: nine and the check digit.
    let (number, check) = match number.char_indices().nth(LONGEST) {
        Some((index, tenth @ '0'..='9')) if check.is_none() && index + 1 == number.len() => {
            (&number[..index], Some(tenth))
        }
        _ => (number, check),
    };
    let number = number.trim_end_matches('<');
    let length = number.chars().count();
    if length == 0 {
        return Err(DocumentError::Empty);
    }
    let expected = if issuer == IssuingState::CHINA {
        LONGEST
    } else {
        length.clamp(SHORTEST, LONGEST)
    };
    let characters = exact_length(number, expected)?;
    if issuer == IssuingState::CHINA {
        check_chinese_form(characters)?;
    } else {
        expect(characters, 0, ExpectedCharacter::LetterOrDigit, |byte| {
            byte.is_ascii_uppercase() || byte.is_ascii_digit()
        })?;
    }
    if let Some(check) = check {
        let check = u8::try_from(check).map_err(|_| DocumentError::BadCheckDigit)?;
        if !is_passport_check_right(characters, check) {
            return Err(DocumentError::BadCheckDigit);
        }
    }
    Ok(IdentityDocument {
        document_type: DocumentType::Passport,
        number: Sensitive::new(number.to_owned()),
        issuer: Some(issuer),
        birth_date: None,
        division: None,
    })
}

/// Whether a text has the form of a Chinese passport number, so that it is likely to be one.
pub(super) fn is_chinese_number(number: &str) -> bool {
    number.len() == LONGEST && check_chinese_form(number.as_bytes()).is_ok()
}

/// `E` and 8 digits, or `E`, a letter other than I and O, and 7 digits; for diplomats and officials
/// `DE`, `SE` or `PE` and 7 digits. Hong Kong and Macau passports are not accepted: their holders
/// have travel permits, whose number is for life.
fn check_chinese_form(characters: &[u8]) -> Result<(), DocumentError> {
    let official = matches!(characters, [b'D' | b'S' | b'P', b'E', ..]);
    if !official {
        expect(&characters[..1], 0, ExpectedCharacter::E, |byte| {
            *byte == b'E'
        })?;
        expect(
            &characters[1..2],
            1,
            ExpectedCharacter::DigitOrLetterButIO,
            |byte| {
                byte.is_ascii_digit() || byte.is_ascii_uppercase() && !matches!(byte, b'I' | b'O')
            },
        )?;
    }
    expect(
        &characters[2..],
        2,
        ExpectedCharacter::Digit,
        u8::is_ascii_digit,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_are_sorted_and_three_letters_each() {
        let issuers: Vec<&str> = ISSUERS.split_ascii_whitespace().collect();
        assert!(issuers.windows(2).all(|pair| pair[0] < pair[1]));
        for code in &issuers {
            let state: IssuingState = code.parse().unwrap();
            assert_eq!(state.as_str(), *code);
            let json = serde_json::to_string(&state).unwrap();
            assert_eq!(serde_json::from_str::<IssuingState>(&json).unwrap(), state);
        }
        assert!(issuers.len() > 200);
    }

    #[test]
    fn germany_has_one_code_however_it_is_written() {
        for text in ["D", "D<<", "DEU"] {
            assert_eq!(text.parse::<IssuingState>().unwrap().as_str(), "DEU");
        }
    }
}
