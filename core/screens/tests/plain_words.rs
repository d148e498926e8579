//! The words that a person sees, on every screen of every trace: short sentences, a cause and an act for
//! every notice, and no id where words are missing (UX 7.7).
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{fs, path::PathBuf};

use serde_json::Value;

/// Most characters of a sentence in Chinese, as words are counted there: letters and digits of a number or
/// a date count as one.
const LONGEST_SENTENCE: usize = 25;

/// Every screen of every trace with the name of its file.
fn screens() -> Vec<(String, Value)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../ui-spec/traces");
    let mut screens = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let trace: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let steps = trace["steps"].as_array().unwrap().iter();
        let shown = steps
            .map(|step| &step["screen"])
            .chain([&trace["start"]["screen"]]);
        screens.extend(shown.map(|screen| (name.clone(), screen.clone())));
    }
    assert!(screens.len() > 100, "the traces are there");
    screens
}

/// Every widget, also those inside others.
fn widgets<'a>(inside: &'a Value, all: &mut Vec<&'a Value>) {
    for widget in inside["widgets"].as_array().into_iter().flatten() {
        all.push(widget);
        widgets(widget, all);
    }
}

/// The texts that the screens make: not what a person typed, and not documents.
fn texts(value: &Value, found: &mut Vec<String>) {
    const SAID: [&str; 18] = [
        "title",
        "label",
        "spoken",
        "hint",
        "why_not",
        "error",
        "act",
        "say",
        "detail",
        "status",
        "action",
        "value",
        "age",
        "what",
        "hours",
        "text_alternative",
        "announcements",
        "text",
    ];
    match value {
        Value::Object(fields) => {
            let typed = matches!(
                fields.get("kind").and_then(Value::as_str),
                Some("field" | "document" | "batch_row")
            );
            for (name, value) in fields {
                match value {
                    Value::String(text) if SAID.contains(&name.as_str()) => {
                        if !(typed && name == "text") {
                            found.push(text.clone());
                        }
                    }
                    Value::Array(lines) if name == "announcements" => {
                        found.extend(lines.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    _ => texts(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        _ => {}
    }
}

/// Characters of a sentence; a row of letters and digits counts as one.
fn length(sentence: &str) -> usize {
    let mut count = 0;
    let mut in_row = false;
    for character in sentence.chars() {
        let row = character.is_ascii_alphanumeric() || matches!(character, ':' | '.' | '-');
        let skipped = row && in_row;
        if !skipped && !character.is_whitespace() {
            count += 1;
        }
        in_row = row;
    }
    count
}

#[test]
fn every_sentence_of_every_screen_in_chinese_is_short() {
    let mut long = Vec::new();
    for (file, screen) in screens() {
        if screen["language"] == "en" {
            continue;
        }
        let mut found = Vec::new();
        texts(&screen, &mut found);
        for text in found {
            for sentence in text.split(['。', '？', '；', '\n']) {
                if length(sentence) > LONGEST_SENTENCE {
                    long.push(format!("{file}: {sentence}"));
                }
            }
        }
    }
    long.sort();
    long.dedup();
    assert!(long.is_empty(), "too long:\n{}", long.join("\n"));
}

#[test]
fn every_notice_has_a_cause_and_an_act() {
    let mut notices = 0;
    for (file, screen) in screens() {
        let mut all = Vec::new();
        widgets(&screen, &mut all);
        for notice in all.iter().filter(|widget| widget["kind"] == "notice") {
            notices += 1;
            let said = |field: &str| notice[field].as_str().unwrap_or_default();
            assert!(!said("label").is_empty(), "{file}: {notice} has no cause");
            assert!(!said("act").is_empty(), "{file}: {notice} has no act");
            assert_ne!(said("label"), said("act"), "{file}");
        }
    }
    assert!(notices > 20, "the traces have notices");
}

#[test]
fn no_text_shouts_and_none_is_an_id_without_words() {
    for (file, screen) in screens() {
        let mut found = Vec::new();
        texts(&screen, &mut found);
        for text in found {
            assert!(!text.contains(['!', '！']), "{file} shouts: {text}");
        }
        let mut all = Vec::new();
        widgets(&screen, &mut all);
        for widget in all {
            let label = widget["label"].as_str().unwrap_or_default();
            let id = label.contains('-')
                && label
                    .chars()
                    .all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '-');
            assert!(!id, "{file} has no words for {label}");
        }
    }
}

#[test]
fn nothing_spoken_has_an_asterisk() {
    for (file, screen) in screens() {
        let mut all = Vec::new();
        widgets(&screen, &mut all);
        for widget in all {
            let lines = widget["reading_order"].as_array().into_iter().flatten();
            for line in lines.chain([&widget["spoken"]]).filter_map(Value::as_str) {
                assert!(!line.contains('*'), "{file}: {line}");
            }
        }
    }
}

/// Syllables of an English word, as schools count them: groups of vowels, without a silent e at the end.
fn syllables(word: &str) -> usize {
    let spoken = match word.strip_suffix('e') {
        Some(short) if word.len() > 3 && !word.ends_with("le") => short,
        _ => word,
    };
    let vowel = |character: char| matches!(character, 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
    let groups = spoken.split(|character| !vowel(character));
    groups.filter(|group| !group.is_empty()).count().max(1)
}

/// The school grade after Flesch and Kincaid, of whole sentences: labels of a few words count for nothing.
fn grade(text: &str) -> Option<f64> {
    let (mut sentences, mut words, mut sounds) = (0, 0, 0);
    for sentence in text.split(['.', '?', ':', ';', '\n']) {
        let of = sentence
            .split(|character: char| !character.is_ascii_alphabetic() && character != '\'')
            .filter(|word| !word.is_empty())
            .map(str::to_ascii_lowercase);
        let counts: Vec<usize> = of.map(|word| syllables(&word)).collect();
        if counts.len() > 4 {
            sentences += 1;
            words += counts.len();
            sounds += counts.iter().sum::<usize>();
        }
    }
    let (sentences, words, sounds) = (f64::from(sentences), words as f64, sounds as f64);
    (sentences > 0.0).then(|| 0.39 * words / sentences + 11.8 * sounds / words - 15.59)
}

#[test]
fn the_english_of_every_flow_is_read_at_grade_six() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../ui-spec/words/en");
    let mut hardest: f64 = 0.0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let source = fs::read_to_string(&path).unwrap();
        let said: Vec<&str> = source
            .lines()
            .filter_map(|line| Some(line.split_once(" = ")?.1))
            .collect();
        if let Some(grade) = grade(&said.join("\n")) {
            assert!(grade <= 6.0, "{}: grade {grade:.1}", path.display());
            hardest = hardest.max(grade);
        }
    }
    assert!(hardest > 1.0, "nothing was weighed");
    let hard =
        "The aforementioned administrative authorisation necessitates documentary verification.";
    assert!(grade(hard).unwrap() > 6.0, "the measure measures");
}
