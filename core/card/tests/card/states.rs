//! The table of words for states.

use liangma_card::{CodeShows, Language, StateWords, StateWordsError};
use rstest::rstest;

#[test]
fn the_built_in_words_are_read() {
    let words = StateWords::built_in().unwrap();
    assert_eq!(words.version(), 1);
    assert!(words.ids().count() > 100);
    let offline = words.of("network", "unreachable").unwrap();
    assert_eq!(offline.code_shows, CodeShows::Yes);
    assert_eq!(
        offline.happened.get(Language::ZhHans),
        "没有网络，不影响亮码。"
    );
    assert!(words.of("network", "no_such_state").is_none());
    assert!(words.without_code(Language::En).contains("identity card"));
}

#[rstest]
#[case(b"", StateWordsError::Unreadable)]
#[case(b"{}", StateWordsError::Unreadable)]
#[case(
    r#"{"$schema": "x", "format": 2, "version": 1, "states": {},
        "without_code": {"zh-Hans": "", "zh-Hant": "", "en": ""}}"#.as_bytes(),
    StateWordsError::OtherFormat
)]
fn other_words_are_not_taken(#[case] bytes: &[u8], #[case] expected: StateWordsError) {
    assert_eq!(StateWords::parse(bytes).unwrap_err(), expected);
}
