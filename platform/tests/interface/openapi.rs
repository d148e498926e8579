//! The interface document: every operation is in it, and every answer that any test here gets is one
//! that it describes.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{LazyLock, Mutex, PoisonError},
};

use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use jsonschema::Validator;
use liangma_credential::Verdict;
use liangma_platform::interface_document;
use liangma_wire::{code::VERDICTS, problem::ProblemCode};
use serde_json::{Value, json};

use crate::harness::{Answer, World};

static DOCUMENT: LazyLock<Value> = LazyLock::new(interface_document);
/// Reading a schema costs more than using it: each is kept.
static VALIDATORS: LazyLock<Mutex<HashMap<String, &'static Validator>>> =
    LazyLock::new(Mutex::default);

const METHODS: [Method; 7] = [
    Method::GET,
    Method::POST,
    Method::PUT,
    Method::DELETE,
    Method::PATCH,
    Method::OPTIONS,
    Method::TRACE,
];

fn operations() -> impl Iterator<Item = (&'static str, &'static str, &'static Value)> {
    DOCUMENT["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().iter();
            methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
        })
}

fn validator(name: &str, schema: &Value) -> &'static Validator {
    let mut validators = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
    validators.entry(name.to_owned()).or_insert_with(|| {
        let whole = json!({ "components": DOCUMENT["components"], "allOf": [schema] });
        let validator = jsonschema::options()
            .should_validate_formats(true)
            .build(&whole)
            .unwrap();
        Box::leak(Box::new(validator))
    })
}

/// The thing itself, or what a reference leads to.
fn resolved(value: &'static Value) -> &'static Value {
    match value["$ref"].as_str() {
        Some(reference) => DOCUMENT.pointer(&reference[1..]).unwrap(),
        None => value,
    }
}

/// What the document says of a path, in which a part may stand for what the asker puts there.
fn described(path: &str) -> Option<&'static Value> {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    paths.get(path).or_else(|| {
        let parts: Vec<&str> = path.split('/').collect();
        let found = paths.iter().find(|(template, _)| {
            let template: Vec<&str> = template.split('/').collect();
            template.len() == parts.len()
                && template
                    .iter()
                    .zip(&parts)
                    .all(|(wanted, part)| wanted == part || wanted.starts_with('{'))
        });
        found.map(|(_, methods)| methods)
    })
}

/// Fails the test when an answer is not as the document says. Called for every answer of the harness.
pub(crate) fn assert_documented(method: &Method, path: &str, answer: &Answer) {
    let Some(methods) = described(path) else {
        assert_eq!(answer.code(), "not_found", "{path} is not in the document");
        return;
    };
    let method = match *method {
        Method::HEAD => "get".to_owned(),
        _ => method.as_str().to_ascii_lowercase(),
    };
    let Some(operation) = methods.get(&method) else {
        assert_eq!(answer.code(), "method_not_allowed", "{method} {path}");
        return;
    };
    let place = format!("{method} {path} {}", answer.status.as_u16());
    let response = resolved(&operation["responses"][answer.status.as_str()]);
    assert!(response.is_object(), "{place} is not in the document");
    let media_type = answer.headers["content-type"].to_str().unwrap();
    let media_type = media_type.split(';').next().unwrap();
    let media = &response["content"][media_type];
    assert!(
        media.is_object(),
        "{place}: {media_type} is not in the document"
    );
    for (name, header) in response["headers"].as_object().unwrap() {
        let present = answer.headers.contains_key(name);
        assert!(
            present || header["required"] != true,
            "{place} lacks {name}"
        );
    }
    if media_type.ends_with("json") && !answer.body.is_empty() {
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        let faults: Vec<String> = validator(&place, &media["schema"])
            .iter_errors(&body)
            .map(|error| format!("{} at {}", error.schema_path(), error.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{place} ({}): {faults:?}", body["code"]);
    }
}

#[tokio::test]
async fn every_operation_of_the_document_is_there_and_no_other_method_is() {
    let world = World::new().await;
    let mut seen = 0;
    for (path, _, _) in operations() {
        let listed: Vec<Method> = operations()
            .filter(|(other, _, _)| *other == path)
            .map(|(_, method, _)| method.to_ascii_uppercase().parse().unwrap())
            .collect();
        for method in METHODS {
            let request = Request::builder()
                .method(&method)
                .uri(path)
                .body(Body::empty())
                .unwrap();
            let answer = world.send(request).await;
            if listed.contains(&method) {
                seen += 1;
                assert!(
                    answer.status.is_success()
                        // Nobody has put one there.
                        || path == liangma_wire::trust::STANDARD_PATH
                        || !["not_found", "method_not_allowed"].contains(&answer.code()),
                    "{method} {path}"
                );
                continue;
            }
            assert_eq!(
                answer.status,
                StatusCode::METHOD_NOT_ALLOWED,
                "{method} {path}"
            );
            let allowed = answer.headers["allow"].to_str().unwrap();
            let mut allowed: Vec<&str> = allowed.split(',').map(str::trim).collect();
            allowed.retain(|method| *method != "HEAD");
            allowed.sort_unstable();
            let mut listed: Vec<&str> = listed.iter().map(Method::as_str).collect();
            listed.sort_unstable();
            assert_eq!(allowed, listed, "{path}");
        }
    }
    assert!(seen >= operations().count());
}

#[tokio::test]
async fn the_document_is_served_as_it_is_committed_and_may_be_kept() {
    let world = World::new().await;
    let answer = world.get("/openapi.json").await;
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(answer.headers["cache-control"], "public, max-age=3600");
    let served: Value = answer.json();
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    let text = format!("{}\n", serde_json::to_string_pretty(&served).unwrap());
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    assert!(
        std::fs::read_to_string(&file).unwrap() == text,
        "the interface has changed: `cargo xtask bless` writes docs/openapi.json anew"
    );
}

#[test]
fn every_problem_code_stands_at_an_operation_or_belongs_to_none() {
    let text = DOCUMENT["components"]["responses"].to_string();
    for code in ProblemCode::ALL {
        let stands = text.contains(&format!("\"{}\"", code.code()));
        let belongs_to_none = matches!(code, ProblemCode::MethodNotAllowed);
        assert_ne!(stands, belongs_to_none, "{}", code.code());
    }
}

#[test]
fn the_verdicts_of_the_document_are_those_of_the_check() {
    let all = [
        Verdict::NotOurs,
        Verdict::Damaged,
        Verdict::UnsupportedVersion,
        Verdict::UnknownIssuer,
        Verdict::Forged,
        Verdict::Recalled,
        Verdict::Expired { since_seconds: 60 },
        Verdict::NotYetValid { in_seconds: 31 },
        Verdict::NotLive {
            difference_seconds: None,
        },
        Verdict::Genuine,
    ];
    assert_eq!(all.map(Verdict::code), VERDICTS);
}

#[test]
fn the_operations_of_the_standard_carry_its_names() {
    let names: Vec<&str> = operations()
        .filter_map(|(_, _, operation)| {
            let text = operation["description"].as_str()?;
            text.strip_prefix("GB/T 38963 *")?.split(" (").next()
        })
        .collect();
    for name in [
        "declare health",
        "declare trip",
        "query health information",
        "apply for invocation",
        "make code",
        "verify code",
        "correct",
    ] {
        assert!(names.contains(&name), "{name}");
    }
}
