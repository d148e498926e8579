use std::collections::BTreeSet;

use liangma_wire::problem::Problem;
use serde_json::Value;

use super::*;
use crate::FieldError;

const LANGUAGES: [&str; 3] = ["zh-Hans", "zh-Hant", "en"];

fn table() -> Value {
    serde_json::from_str(include_str!("../../../../ui-spec/words/states.json")).unwrap()
}

fn schema() -> Value {
    serde_json::from_str(include_str!("../../../../ui-spec/words/states.schema.json")).unwrap()
}

fn words(table: &Value, id: StateId) -> &Value {
    let found = &table["states"][id.group()][id.code()];
    assert!(found.is_object(), "no words for {id}");
    found
}

/// Every sentence with its language.
fn sentences(table: &Value) -> Vec<(&'static str, String)> {
    let mut texts = vec![&table["without_code"]];
    for id in StateId::all() {
        let words = words(table, id);
        texts.extend([&words["happened"], &words["act"]]);
    }
    texts
        .into_iter()
        .flat_map(|text| LANGUAGES.map(|language| (language, text[language].as_str())))
        .map(|(language, text)| (language, text.unwrap().to_owned()))
        .collect()
}

#[test]
fn the_words_agree_with_their_schema() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let table = table();
    let faults: Vec<String> = validator
        .iter_errors(&table)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn the_schema_refuses_a_placeholder_a_shout_and_a_long_sentence() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    for (language, text) in [
        ("en", "Dear {name}, wait."),
        ("en", "Wait!"),
        ("en", "No full stop"),
        ("en", &format!("{}.", "long ".repeat(20))),
        ("zh-Hans", "请等一等！"),
        ("zh-Hant", &format!("{}。", "長".repeat(25))),
        ("en", ""),
    ] {
        let mut table = table();
        table["states"]["key"]["busy"]["act"][language] = text.into();
        assert!(!validator.is_valid(&table), "{text}");
    }
}

#[test]
fn every_state_has_words_in_every_language_and_no_words_are_without_a_state() {
    let table = table();
    let ids: BTreeSet<(String, String)> = StateId::all()
        .map(|id| {
            words(&table, id);
            (id.group().to_owned(), id.code().to_owned())
        })
        .collect();
    assert_eq!(ids.len(), StateId::all().count(), "an id is there twice");
    let written: BTreeSet<(String, String)> = table["states"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(group, codes)| {
            let codes = codes.as_object().unwrap();
            codes.keys().map(|code| (group.clone(), code.clone()))
        })
        .collect();
    // Words for the codes of a newer platform may be there already.
    let orphans: Vec<_> = written
        .difference(&ids)
        .filter(|(group, _)| group != "problem")
        .collect();
    assert!(orphans.is_empty(), "{orphans:?}");
}

#[test]
fn words_hold_no_number_but_the_service_line_and_no_letters_of_another_script() {
    for (language, text) in sentences(&table()) {
        let rest = text.replace("12345", "");
        assert!(!rest.chars().any(|c| c.is_ascii_digit()), "{text}");
        let foreign = |c: char| (language == "en") != c.is_ascii();
        assert!(!rest.chars().any(foreign), "{language}: {text}");
    }
}

#[test]
fn words_accuse_nobody_and_speak_no_jargon() {
    let unwanted = [
        "假",
        "伪",
        "作弊",
        "非法",
        "错误代码",
        "令牌",
        "证书",
        "会话",
        "服务器",
        "超时",
        "fake",
        "fraud",
        "cheat",
        "illegal",
        "error",
        "invalid",
        "token",
        "certificate",
        "session",
        "server",
        "timeout",
        "nonce",
        "retry",
    ];
    for (_, text) in sentences(&table()) {
        let lower = text.to_lowercase();
        assert!(!unwanted.iter().any(|word| lower.contains(word)), "{text}");
    }
}

#[test]
fn a_network_that_fails_never_takes_the_code_away() {
    let table = table();
    for id in StateId::all().filter(|id| ["network", "tls", "problem"].contains(&id.group())) {
        assert_eq!(words(&table, id)["code_shows"], "yes", "{id}");
    }
    assert_eq!(words(&table, clock::UNKNOWN)["code_shows"], "not_live");
}

#[test]
fn an_error_has_the_id_of_what_it_wraps() {
    let problem = |code| ClientError::Problem(Box::new(Problem::new(code)));
    for &code in ProblemCode::ALL {
        let error = TerminalError::from(problem(code));
        assert_eq!(error.state_id(), StateId::of_problem(code));
        assert_eq!(error.code(), code.code());
    }
    let status = |status| ClientError::Status {
        status,
        retry_after: None,
    };
    for (error, id) in [
        (status(503), "network.crowded"),
        (status(429), "network.crowded"),
        (status(500), "network.platform_down"),
        (status(599), "network.platform_down"),
        (status(403), "network.blocked"),
        (ClientError::Tls(TlsRefusal::Expired), "tls.expired"),
        (KeyStoreError::Busy.into(), "signing.busy"),
    ] {
        assert_eq!(TerminalError::from(error).state_id().to_string(), id);
    }
    let field = FieldError {
        field: "code",
        reason: "code_not_digits",
    };
    assert_eq!(TerminalError::from(field).code(), "field");
    assert_eq!(ShowError::Keys(KeyState::Lost).state_id(), key::LOST);
}

#[test]
fn of_a_refresh_what_matters_most_is_said() {
    let mut outcome = RefreshOutcome::default();
    assert_eq!(outcome.code(), "nothing_new");
    outcome.hours_added = 3;
    assert_eq!(outcome.code(), "hours_added");
    outcome.strip_began = true;
    assert_eq!(outcome.code(), "strip_began");
    outcome.explanation_changed = true;
    assert_eq!(outcome.code(), "explanation_changed");
}
