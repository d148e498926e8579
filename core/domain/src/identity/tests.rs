use jiff::civil::date;
use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::division::division;

const TODAY: Date = date(2026, 11, 21);

fn parse(kind: DocumentType, text: &str) -> Result<IdentityDocument, DocumentError> {
    IdentityDocument::parse(kind, text, TODAY)
}

use DocumentType::{
    ForeignPermanentResident, HongKongMacauTravelPermit, Passport, ResidencePermit,
    ResidentIdentity, TaiwanTravelPermit,
};

/// 17 digits with their check character.
fn with_check(digits: &str) -> String {
    "0123456789X"
        .chars()
        .map(|check| format!("{digits}{check}"))
        .find(|number| check::is_identity_check_right(number.as_bytes()))
        .unwrap()
}

#[rstest]
#[case::resident(
    ResidentIdentity,
    "11010519491231002X",
    "resident_identity|11010519491231002X"
)]
#[case::lower_case_x(
    ResidentIdentity,
    "11010519491231002x",
    "resident_identity|11010519491231002X"
)]
#[case::multiplication_sign(
    ResidentIdentity,
    "11010519491231002×",
    "resident_identity|11010519491231002X"
)]
#[case::spaces(
    ResidentIdentity,
    " 110105 1949 1231 002X\n",
    "resident_identity|11010519491231002X"
)]
#[case::hyphens(
    ResidentIdentity,
    "110105-19491231-002X",
    "resident_identity|11010519491231002X"
)]
#[case::full_width(
    ResidentIdentity,
    "１１０１０５１９４９１２３１００２Ｘ",
    "resident_identity|11010519491231002X"
)]
#[case::permanent_resident(
    ForeignPermanentResident,
    "911124198108030024",
    "foreign_permanent_resident|911124198108030024"
)]
#[case::permanent_resident_old(
    ForeignPermanentResident,
    "can 110081080310",
    "foreign_permanent_resident|CAN110081080310"
)]
#[case::hong_kong(
    HongKongMacauTravelPermit,
    "h12345678",
    "hong_kong_macau_travel_permit|H12345678"
)]
#[case::hong_kong_count(
    HongKongMacauTravelPermit,
    "H1234567801",
    "hong_kong_macau_travel_permit|H12345678"
)]
#[case::hong_kong_count_spaced(
    HongKongMacauTravelPermit,
    "H12345678 02",
    "hong_kong_macau_travel_permit|H12345678"
)]
#[case::macau_count_bracketed(
    HongKongMacauTravelPermit,
    "M12345678（02）",
    "hong_kong_macau_travel_permit|M12345678"
)]
#[case::taiwan(TaiwanTravelPermit, "01234567", "taiwan_travel_permit|01234567")]
#[case::taiwan_count(TaiwanTravelPermit, "0123456702", "taiwan_travel_permit|01234567")]
#[case::taiwan_letter(TaiwanTravelPermit, "01234567(B)", "taiwan_travel_permit|01234567")]
#[case::taiwan_count_and_letter(
    TaiwanTravelPermit,
    "0123456701(b)",
    "taiwan_travel_permit|01234567"
)]
#[case::chinese_passport(Passport, "CHN E12345678", "passport|CHN|E12345678")]
#[case::chinese_passport_letter(Passport, "chn-ea1234567", "passport|CHN|EA1234567")]
#[case::chinese_passport_official(Passport, "CHN-PE1234567", "passport|CHN|PE1234567")]
#[case::foreign_passport(Passport, "GBR 123 456 789", "passport|GBR|123456789")]
#[case::foreign_passport_check(Passport, "USA-L898902C3-6", "passport|USA|L898902C3")]
#[case::foreign_passport_zone(Passport, "USA/L898902C36", "passport|USA|L898902C3")]
#[case::foreign_passport_fillers(Passport, "USA:AB2134<<<5", "passport|USA|AB2134")]
#[case::germany(Passport, "D<<C01X00T47", "passport|DEU|C01X00T47")]
fn a_sound_number_has_one_form(
    #[case] kind: DocumentType,
    #[case] text: &str,
    #[case] canonical: &str,
) {
    let document = parse(kind, text).unwrap();
    assert_eq!(document.canonical().expose(), canonical);
    assert_eq!(document.document_type(), kind);
    assert_eq!(
        parse(kind, document.text().expose()).as_ref(),
        Ok(&document)
    );
}

#[test]
fn a_number_tells_birth_date_and_division() {
    let document = parse(ResidentIdentity, "11010519491231002X").unwrap();
    assert_eq!(document.birth_date(), Some(date(1949, 12, 31)));
    assert_eq!(
        document.division().map(DivisionCode::as_str),
        Some("110105")
    );
    let document = parse(ForeignPermanentResident, "911124198108030024").unwrap();
    assert_eq!(document.birth_date(), Some(date(1981, 8, 3)));
    assert_eq!(
        document.division().map(DivisionCode::as_str),
        Some("110000")
    );
    let document = parse(Passport, "GBR-123456789").unwrap();
    assert_eq!((document.birth_date(), document.division()), (None, None));
    assert_eq!(document.issuer().unwrap().as_str(), "GBR");
}

#[rstest]
#[case::abolished_in_2010("110103")]
#[case::abolished_in_1983("130121")]
#[case::hundred_years("330106")]
fn abolished_divisions_stay_valid(#[case] code: &str) {
    assert!(parse(ResidentIdentity, &with_check(&format!("{code}19800101001"))).is_ok());
}

#[test]
fn a_child_may_come_from_a_county_newer_than_the_table() {
    let newer = with_check("65322820250101001");
    assert!(division(&"653228".parse().unwrap()).is_none());
    assert!(parse(ResidentIdentity, &newer).is_ok());
    let older = with_check("65322819800101001");
    let unknown = DocumentError::UnknownDivision { first: 1, last: 6 };
    assert_eq!(parse(ResidentIdentity, &older), Err(unknown));
    let nowhere = with_check("99322820250101001");
    assert!(parse(ResidentIdentity, &nowhere).is_err());
}

use DocumentError::{
    BadCharacter, BadCheckDigit, BirthDateInFuture, Empty, FifteenDigits, ImpossibleBirthDate,
    MissingIssuer, NotThisKind, TooLong, UnknownDivision, UnknownIssuer, WrongLength,
};
use ExpectedCharacter as Expected;

#[rstest]
#[case::nothing(ResidentIdentity, "", Empty)]
#[case::only_spaces(TaiwanTravelPermit, " \u{3000}-", Empty)]
#[case::fifteen(ResidentIdentity, "110105491231002", FifteenDigits)]
#[case::fifteen_permit(ResidencePermit, "110105491231002", FifteenDigits)]
#[case::one_short(ResidentIdentity, "1101051949123100X", WrongLength { length: 17, expected: 18 })]
#[case::two_long(ResidentIdentity, "1101051949123100200X", WrongLength { length: 20, expected: 18 })]
#[case::letter_for_zero(ResidentIdentity, "11O10519491231002X", BadCharacter { position: 3, expected: Expected::Digit })]
#[case::wide_character(ResidentIdentity, "1101051949123王002X", BadCharacter { position: 14, expected: Expected::LetterOrDigit })]
#[case::wrong_last(ResidentIdentity, "11010519491231002A", BadCharacter { position: 18, expected: Expected::DigitOrX })]
#[case::x_too_early(ResidentIdentity, "1101051949123100X2", BadCharacter { position: 17, expected: Expected::Digit })]
#[case::wrong_check(ResidentIdentity, "110105194912310021", BadCheckDigit)]
#[case::swapped(ResidentIdentity, "11010519491231020X", BadCheckDigit)]
#[case::february(ResidentIdentity, "11010519490230002X", ImpossibleBirthDate { first: 7, last: 14 })]
#[case::month_13(ResidentIdentity, "11010519491331002X", ImpossibleBirthDate { first: 7, last: 14 })]
#[case::too_old(ResidentIdentity, "11010518991231002X", ImpossibleBirthDate { first: 7, last: 14 })]
#[case::tomorrow(ResidentIdentity, "11010520261122002X", BirthDateInFuture { first: 7, last: 14 })]
#[case::no_division(ResidentIdentity, "99010519491231002X", UnknownDivision { first: 1, last: 6 })]
#[case::no_county(ResidentIdentity, "11012019491231002X", UnknownDivision { first: 1, last: 6 })]
#[case::permit_elsewhere(ResidencePermit, "84000019491231002X", UnknownDivision { first: 1, last: 6 })]
#[case::foreigner_not_nine(ForeignPermanentResident, "811124198108030024", BadCharacter { position: 1, expected: Expected::Nine })]
#[case::foreigner_province(ForeignPermanentResident, "919924198108030024", UnknownDivision { first: 2, last: 3 })]
#[case::foreigner_check(ForeignPermanentResident, "911124198108030025", BadCheckDigit)]
#[case::foreigner_old_short(ForeignPermanentResident, "CAN11008108031", WrongLength { length: 14, expected: 15 })]
#[case::foreigner_old_letter(ForeignPermanentResident, "CA1110081080310", BadCharacter { position: 3, expected: Expected::Letter })]
#[case::hong_kong_letter(HongKongMacauTravelPermit, "K12345678", BadCharacter { position: 1, expected: Expected::HOrM })]
#[case::hong_kong_digit(HongKongMacauTravelPermit, "H1234567A", BadCharacter { position: 9, expected: Expected::Digit })]
#[case::hong_kong_count_of_one(HongKongMacauTravelPermit, "H123456781", WrongLength { length: 10, expected: 9 })]
#[case::taiwan_short(TaiwanTravelPermit, "1234567", WrongLength { length: 7, expected: 8 })]
#[case::passport_no_issuer(Passport, "123456789", MissingIssuer)]
#[case::passport_no_issuer_h(Passport, "H12345678", MissingIssuer)]
#[case::passport_no_number(Passport, "GBR-", Empty)]
#[case::passport_unknown_issuer(Passport, "QQQ-123456789", UnknownIssuer)]
#[case::passport_taiwan(Passport, "TWN-123456789", NotThisKind { looks_like: TaiwanTravelPermit })]
#[case::passport_long(Passport, "GBR-12345678901", WrongLength { length: 11, expected: 9 })]
#[case::passport_letter_too_many(Passport, "GBR-123456789A", WrongLength { length: 10, expected: 9 })]
#[case::passport_short(Passport, "GBR-123", WrongLength { length: 3, expected: 5 })]
#[case::passport_check(Passport, "USA-L898902C3-5", BadCheckDigit)]
#[case::passport_zone_check(Passport, "USA-L898902C35", BadCheckDigit)]
#[case::passport_character(Passport, "USA-L898902_3", BadCharacter { position: 8, expected: Expected::LetterOrDigit })]
#[case::chinese_first(Passport, "CHN-H12345678", BadCharacter { position: 1, expected: Expected::E })]
#[case::chinese_letter_i(Passport, "CHN-EI1234567", BadCharacter { position: 2, expected: Expected::DigitOrLetterButIO })]
#[case::chinese_letter_o(Passport, "CHN-EO1234567", BadCharacter { position: 2, expected: Expected::DigitOrLetterButIO })]
#[case::chinese_digit(Passport, "CHN-EA123456B", BadCharacter { position: 9, expected: Expected::Digit })]
#[case::chinese_short(Passport, "CHN-E1234567", WrongLength { length: 8, expected: 9 })]
fn what_is_wrong_is_said_precisely(
    #[case] kind: DocumentType,
    #[case] text: &str,
    #[case] error: DocumentError,
) {
    assert_eq!(parse(kind, text), Err(error));
    assert!(error.code().starts_with("document_"));
    let sentence = error.to_string();
    assert!(
        sentence.starts_with("read the document number: "),
        "{sentence}"
    );
    assert!(sentence.contains("; "), "no way out in: {sentence}");
}

#[test]
fn far_too_long_text_is_refused_unread() {
    assert_eq!(
        parse(ResidentIdentity, &"1".repeat(1_000_000)),
        Err(TooLong)
    );
    assert_eq!(
        IdentityDocument::passport(&"A".repeat(1000), "1", None),
        Err(TooLong)
    );
}

#[test]
fn a_sound_number_of_another_kind_is_recognised() {
    let resident = "11010519491231002X".to_owned();
    let permit = with_check("81000019900101001");
    let foreigner = "911124198108030024".to_owned();
    let [hong_kong, taiwan, chinese] = ["H12345678", "12345678", "E12345678"].map(str::to_owned);
    let cases = [
        (ResidentIdentity, &permit, ResidencePermit),
        (ResidentIdentity, &foreigner, ForeignPermanentResident),
        (ResidentIdentity, &hong_kong, HongKongMacauTravelPermit),
        (ResidentIdentity, &chinese, Passport),
        (ResidencePermit, &resident, ResidentIdentity),
        (ForeignPermanentResident, &resident, ResidentIdentity),
        (HongKongMacauTravelPermit, &taiwan, TaiwanTravelPermit),
        (HongKongMacauTravelPermit, &chinese, Passport),
        (TaiwanTravelPermit, &hong_kong, HongKongMacauTravelPermit),
        (TaiwanTravelPermit, &resident, ResidentIdentity),
        (Passport, &resident, ResidentIdentity),
        (Passport, &permit, ResidencePermit),
    ];
    for (asked, text, looks_like) in cases {
        let error = parse(asked, text).unwrap_err();
        assert_eq!(error, NotThisKind { looks_like }, "asked for {asked:?}");
        assert!(error.to_string().contains("this looks like a "), "{error}");
    }
    // Eight digits of an identity number are a part of it, not a permit.
    let short = WrongLength {
        length: 8,
        expected: 18,
    };
    assert_eq!(parse(ResidentIdentity, &taiwan), Err(short));
}

#[test]
fn errors_read_as_sentences() {
    insta::assert_snapshot!(WrongLength { length: 17, expected: 18 }, @"read the document number: it is 1 character too short (17, not 18); look for what is missing");
    insta::assert_snapshot!(WrongLength { length: 20, expected: 18 }, @"read the document number: it is 2 characters too long (20, not 18); look for what is doubled");
    insta::assert_snapshot!(BadCharacter { position: 3, expected: Expected::Digit }, @"read the document number: character 3 must be a digit; compare it with the document");
    insta::assert_snapshot!(NotThisKind { looks_like: ResidencePermit }, @"read the document number: this looks like a residence permit for Hong Kong, Macau or Taiwan residents; choose that kind of document");
    insta::assert_snapshot!(BadCheckDigit, @"read the document number: two characters are swapped or one is wrong; compare each with the document");
}

#[rstest]
#[case(ResidentIdentity, "11010519491231002X", true)]
#[case(ForeignPermanentResident, "911124198108030024", true)]
#[case(ForeignPermanentResident, "CAN110081080310", false)]
#[case(HongKongMacauTravelPermit, "H12345678", true)]
#[case(TaiwanTravelPermit, "12345678", true)]
#[case(Passport, "GBR-123456789", false)]
fn only_numbers_for_life_are_keys(
    #[case] kind: DocumentType,
    #[case] text: &str,
    #[case] stable: bool,
) {
    assert_eq!(parse(kind, text).unwrap().is_stable_key(), stable);
}

#[rstest]
#[case::day_before(date(2024, 2, 28), 3)]
#[case::leap_birthday(date(2024, 2, 29), 4)]
#[case::common_year(date(2025, 2, 28), 4)]
#[case::common_year_after(date(2025, 3, 1), 5)]
fn age_is_counted_in_completed_years(#[case] day: Date, #[case] age: u16) {
    let document = parse(ResidentIdentity, &with_check("33010620200229001")).unwrap();
    assert_eq!(document.age_on(day), Some(age));
    assert_eq!(document.age_on(date(2020, 2, 28)), None);
    assert_eq!(parse(Passport, "GBR-123456789").unwrap().age_on(day), None);
}

#[test]
fn kinds_keep_their_numbers_and_names() {
    let ids = DocumentType::ALL.map(|kind| {
        assert_eq!(DocumentType::from_number(kind.as_number()), Some(kind));
        assert_eq!(
            serde_json::to_string(&kind).unwrap(),
            format!("\"{}\"", kind.id())
        );
        format!("{} {}", kind.as_number(), kind.id())
    });
    insta::assert_snapshot!(ids.join("\n"), @r"
    1 resident_identity
    2 residence_permit
    3 foreign_permanent_resident
    4 hong_kong_macau_travel_permit
    5 taiwan_travel_permit
    6 passport
    ");
    assert_eq!(
        DocumentType::from_number(0).or(DocumentType::from_number(7)),
        None
    );
}

/// Identity numbers with a sound birth date in a county that exists.
fn identity_numbers() -> impl Strategy<Value = String> {
    (
        "(110105|330106|450102|370102)",
        1900_u16..2026,
        1_u8..=12,
        1_u8..=28,
        0_u16..1000,
    )
        .prop_map(|(county, year, month, day, sequence)| {
            with_check(&format!("{county}{year}{month:02}{day:02}{sequence:03}"))
        })
}

proptest! {
    #[test]
    fn no_text_panics(kind in 1_u8..=6, text in any::<String>(), check in any::<Option<char>>()) {
        let kind = DocumentType::from_number(kind).unwrap();
        let _ = parse(kind, &text);
        let _ = IdentityDocument::passport("CHN", &text, check);
        let _ = IdentityDocument::passport(&text, "E12345678", check);
    }

    #[test]
    fn no_text_of_likely_characters_panics(kind in 1_u8..=6, text in "[A-Z0-9王<() /:-]{0,24}") {
        let kind = DocumentType::from_number(kind).unwrap();
        if let Ok(document) = parse(kind, &text) {
            prop_assert_eq!(parse(kind, document.text().expose()), Ok(document));
        }
    }

    #[test]
    fn the_check_catches_each_wrong_character(number in identity_numbers()) {
        prop_assert!(parse(ResidentIdentity, &number).is_ok());
        for (place, right) in number.char_indices() {
            for other in "0123456789X".chars().filter(|other| *other != right) {
                let mut wrong = number.clone();
                wrong.replace_range(place..=place, other.encode_utf8(&mut [0; 4]));
                prop_assert!(parse(ResidentIdentity, &wrong).is_err(), "place {}", place);
                if place == 17 || other != 'X' {
                    prop_assert!(!check::is_identity_check_right(wrong.as_bytes()));
                }
            }
        }
    }

    #[test]
    fn the_check_catches_each_swap_of_neighbours(number in identity_numbers()) {
        for place in 0..17 {
            let mut swapped = number.clone().into_bytes();
            swapped.swap(place, place + 1);
            if swapped == number.as_bytes() {
                continue;
            }
            prop_assert!(parse(ResidentIdentity, std::str::from_utf8(&swapped).unwrap()).is_err());
            if !swapped[..17].contains(&b'X') {
                prop_assert!(!check::is_identity_check_right(&swapped), "place {}", place);
            }
        }
    }

    #[test]
    fn the_passport_check_catches_each_wrong_digit(number in "[0-9]{9}") {
        let right = ('0'..='9').find(|digit| check::is_passport_check_right(number.as_bytes(), *digit as u8));
        prop_assert!(IdentityDocument::passport("GBR", &number, right).is_ok());
        for (place, digit) in number.char_indices() {
            for other in ('0'..='9').filter(|other| *other != digit) {
                let mut wrong = number.clone();
                wrong.replace_range(place..=place, other.encode_utf8(&mut [0; 4]));
                prop_assert_eq!(IdentityDocument::passport("GBR", &wrong, right), Err(BadCheckDigit));
            }
        }
    }

    #[test]
    fn the_right_check_character_is_never_told(number in identity_numbers()) {
        for typed in "0123456789X".chars().filter(|typed| !number.ends_with(*typed)) {
            let error = parse(ResidentIdentity, &format!("{}{typed}", &number[..17])).unwrap_err();
            prop_assert_eq!(error, BadCheckDigit);
            let printed = format!("{error} {error:?}");
            prop_assert!(!printed.contains(|c: char| c.is_ascii_digit() || c == 'X'), "{}", printed);
        }
    }

    #[test]
    fn neither_document_nor_error_prints_what_was_typed(number in identity_numbers(), kind in 1_u8..=6, place in 0_usize..18) {
        let document = parse(ResidentIdentity, &number).unwrap();
        let printed = format!("{document:?} {document:#?} {:?} {} {:?}", document.number(), document.number(), document.canonical());
        prop_assert!(!printed.contains(&number[..6]) && !printed.contains(&number[6..14]), "{}", printed);
        let kind = DocumentType::from_number(kind).unwrap();
        for mistyped in [number.replace('0', "O"), number[..place].to_owned(), format!("{number}{number}")] {
            if let Err(error) = parse(kind, &mistyped) {
                let printed = format!("{error} {error:?}");
                for part in number.as_bytes().windows(4) {
                    prop_assert!(!printed.contains(std::str::from_utf8(part).unwrap()), "{}", printed);
                }
            }
        }
    }

    #[test]
    fn issue_counts_never_make_two_people(number in "[0-9]{8}", count in "[0-9]{2}", letter in "[A-Z]") {
        let one = parse(TaiwanTravelPermit, &number).unwrap();
        for text in [format!("{number}{count}"), format!("{number}({letter})"), format!("{number}({count})"), format!("{number}{count}({letter})")] {
            prop_assert_eq!(parse(TaiwanTravelPermit, &text), Ok(one.clone()));
        }
        let one = parse(HongKongMacauTravelPermit, &format!("H{number}")).unwrap();
        for text in [format!("H{number}{count}"), format!("H{number} ({count})")] {
            prop_assert_eq!(parse(HongKongMacauTravelPermit, &text), Ok(one.clone()));
        }
    }

    #[test]
    fn the_mask_never_shows_more_than_its_head_and_tail(number in identity_numbers()) {
        let document = parse(ResidentIdentity, &number).unwrap();
        let shown = crate::mask::mask_document(&document).display();
        prop_assert_eq!(shown.len(), 18);
        prop_assert_eq!(shown.matches('*').count(), 14);
        prop_assert!(shown.starts_with(&number[..2]) && shown.ends_with(&number[16..]));
    }
}
