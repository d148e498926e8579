//! The interface document (OpenAPI 3.1), made from the operations that the router is made from and
//! from the types that they read and write.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use axum::body::Bytes;
use liangma_wire::{
    problem::{PROBLEM_MEDIA_TYPE, Problem, ProblemCode},
    signed_request::{NEXT_NONCE_HEADER, NONCE_HEADER, Nonce, SESSION_HEADER, SIGNATURE_HEADER},
    trust::CBOR_MEDIA_TYPE,
};
use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::{
    around::REQUEST_ID,
    operation::{Answered, Caller, Operation, SchemaOf, Taken},
    operations::operations,
    request::{JSON, JSON_LIMIT, LARGE_BATCH_LIMIT, MAKE_CODE_LIMIT},
};

/// `GET`: the interface document.
pub(super) const OPENAPI_PATH: &str = "/openapi.json";

const ABOUT: &str = "The interface between health-code terminals, counters, departments and a platform. \
Operations carry the names of GB/T 38963 where it has one.\n\n\
**Signed requests.** A device signs with ES256 (`r | s`) over six lines, joined by line feeds: \
`liangma/request/1`, method, path with query, SHA-256 of the body in lower-case hexadecimal, session, nonce. \
Session, nonce and signature travel as headers; a nonce counts once. Somebody with a duty signs in the same way \
and gives `principal:` and their name as the session.\n\n\
**Problems.** Whatever is refused is refused with a problem document (RFC 9457) whose `code` is stable; \
`retry_after` and the header of that name say how long to wait. An address that is not listed here answers \
404 `not_found`; a method that is not listed answers 405 `method_not_allowed` and names in `Allow` those that are. \
`HEAD` is answered wherever `GET` is.\n\n\
**Bytes** stand in JSON and in headers as base64url without padding; other spellings of the same bytes are refused. \
Times are those of RFC 3339. CBOR bodies are described as JSON would write them: an integer key as its decimal \
digits, a byte string as a string with `contentEncoding`.";

/// The document, as it is served.
pub(super) fn document() -> Bytes {
    static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| {
        let text = serde_json::to_vec(&interface_document()).unwrap_or_default();
        Bytes::from(text)
    });
    DOCUMENT.clone()
}

/// The interface document of this release (OpenAPI 3.1).
#[must_use]
pub fn interface_document() -> Value {
    let mut schemas = Schemas::new();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for operation in operations() {
        let described = describe(&operation, &mut schemas);
        paths
            .entry(operation.path)
            .or_default()
            .insert(operation.method.to_owned(), described);
    }
    let nonce = schemas.nonce();
    let problems = std::mem::take(&mut schemas.problems);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Liangma platform",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            "description": ABOUT,
        },
        "servers": [{ "url": "/" }],
        "tags": [
            { "name": "login", "description": "Real-name login, by message, by voice or at a counter." },
            { "name": "application", "description": "The application, completed by a face check or at a counter." },
            { "name": "devices", "description": "One's own devices, consents and data." },
            { "name": "health", "description": "What a person declares, and what follows." },
            { "name": "codes", "description": "Make code and verify code." },
            { "name": "evidence", "description": "Signed evidence of departments." },
            { "name": "rules", "description": "Changes of the rules and of the risk areas, by two people." },
            { "name": "trust", "description": "Signed files for everybody who checks codes." },
            { "name": "running", "description": "The platform itself." },
        ],
        "paths": paths,
        "components": {
            "schemas": schemas.definitions(),
            "responses": problems,
            "headers": {
                "NextNonce": {
                    "description": "The nonce for the next signed request.",
                    "schema": nonce,
                },
                "RetryAfter": {
                    "description": "Seconds to wait before another try.",
                    "schema": { "type": "integer", "minimum": 0 },
                },
                "RequestId": {
                    "description": "Names this request in the platform's log; random.",
                    "schema": { "type": "string" },
                },
                "RequestId": {
                    "description": "Names the request where the platform logs it; random.",
                    "schema": { "type": "string", "pattern": "^[0-9a-f]{16}$" },
                },
                "CacheControl": {
                    "description": "`no-store`, save for files that everybody may have.",
                    "schema": { "type": "string" },
                },
            },
            "securitySchemes": {
                "readToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The read token of a login. It can change nothing and obtain no code.",
                },
                "session": {
                    "type": "apiKey",
                    "in": "header",
                    "name": SESSION_HEADER,
                    "description": "The session of a login; `principal:` and a name for somebody with a duty.",
                },
                "nonce": {
                    "type": "apiKey",
                    "in": "header",
                    "name": NONCE_HEADER,
                    "description": "A nonce of the platform that has not been used.",
                },
                "signature": {
                    "type": "apiKey",
                    "in": "header",
                    "name": SIGNATURE_HEADER,
                    "description": "The signature over the request, `r | s`, 64 bytes as base64url.",
                },
            },
        },
    })
}

/// The types that stand in the document, each once: as they are read, and as they are written.
struct Schemas {
    read: SchemaGenerator,
    written: SchemaGenerator,
    /// Refusals, which many operations share.
    problems: Map<String, Value>,
}

impl Schemas {
    fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            })
        };
        Self {
            read: settings().for_deserialize().into_generator(),
            written: settings().for_serialize().into_generator(),
            problems: Map::new(),
        }
    }

    fn taken(&mut self, schema: SchemaOf) -> Value {
        schema(&mut self.read).to_value()
    }

    fn answered(&mut self, schema: SchemaOf) -> Value {
        schema(&mut self.written).to_value()
    }

    fn problem(&mut self) -> Value {
        self.written.subschema_for::<Problem>().to_value()
    }

    fn nonce(&mut self) -> Value {
        self.written.subschema_for::<Nonce>().to_value()
    }

    fn definitions(mut self) -> Map<String, Value> {
        let mut all = self.read.take_definitions(true);
        // What is read and written alike has one name; the same name for two forms is a fault that a
        // test finds.
        for (name, schema) in self.written.take_definitions(true) {
            all.entry(name).or_insert(schema);
        }
        for schema in all.values_mut() {
            plain_words(schema);
            number_bounds(schema);
        }
        all
    }
}

/// Takes out of descriptions what means something in the source alone.
fn plain_words(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match value {
                    Value::String(text) if key == "description" => {
                        *text = text
                            .replace("[`", "`")
                            .replace("`]", "`")
                            .replace("`None`", "`null`");
                    }
                    _ => plain_words(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(plain_words),
        _ => {}
    }
}

/// Writes the bounds of an unsigned number as bounds; by its format alone few would know them.
fn number_bounds(value: &mut Value) {
    match value {
        Value::Object(map) => {
            let most = match map.get("format").and_then(Value::as_str) {
                Some("uint8") => Some(u64::from(u8::MAX)),
                Some("uint16") => Some(u64::from(u16::MAX)),
                Some("uint32") => Some(u64::from(u32::MAX)),
                Some("uint" | "uint64") => Some(u64::MAX),
                _ => None,
            };
            if let Some(most) = most {
                map.remove("format");
                map.entry("maximum").or_insert(most.into());
            }
            map.values_mut().for_each(number_bounds);
        }
        Value::Array(values) => values.iter_mut().for_each(number_bounds),
        _ => {}
    }
}

fn describe(operation: &Operation, schemas: &mut Schemas) -> Value {
    let mut about = String::new();
    if let Some(name) = operation.standard {
        about = format!("GB/T 38963 *{name}*. ");
    }
    about.push_str(operation.about);
    let mut described = json!({
        "operationId": operation.id,
        "tags": [operation.group],
        "summary": operation.summary,
        "description": about,
        "security": security(operation.caller),
        "responses": responses(operation, schemas),
    });
    if !operation.parameters.is_empty() {
        described["parameters"] = operation.parameters.clone().into();
    }
    if let Some(body) = request_body(operation, schemas) {
        described["requestBody"] = body;
    }
    described
}

fn is_signed(caller: Caller) -> bool {
    matches!(caller, Caller::Device | Caller::Principal)
}

fn security(caller: Caller) -> Value {
    match caller {
        Caller::Anyone | Caller::Authority => json!([]),
        Caller::Reader => json!([{ "readToken": [] }]),
        Caller::Device | Caller::Principal => {
            json!([{ "session": [], "nonce": [], "signature": [] }])
        }
    }
}

fn request_body(operation: &Operation, schemas: &mut Schemas) -> Option<Value> {
    let (media_type, limit, media) = match operation.takes {
        Taken::Nothing => return None,
        Taken::Json(schema) => (JSON, JSON_LIMIT, json!({ "schema": schemas.taken(schema) })),
        Taken::Cbor(schema) => (
            CBOR_MEDIA_TYPE,
            MAKE_CODE_LIMIT,
            json!({ "schema": schemas.taken(schema) }),
        ),
        Taken::Signed(about, payload) => (
            CBOR_MEDIA_TYPE,
            LARGE_BATCH_LIMIT,
            json!({ "schema": {
                "type": "string",
                "format": "binary",
                "description": about,
                "x-payload": schemas.taken(payload),
            } }),
        ),
    };
    Some(json!({
        "required": true,
        "description": format!("At most {limit} bytes."),
        "content": { media_type: media },
    }))
}

fn responses(operation: &Operation, schemas: &mut Schemas) -> Value {
    let mut responses = BTreeMap::new();
    if let Some(good) = good_response(operation, schemas) {
        responses.insert("200".to_owned(), good);
    }
    let problems = operation.problems();
    let statuses: BTreeSet<u16> = problems.iter().map(|code| code.status()).collect();
    for status in statuses {
        let codes: Vec<ProblemCode> = problems
            .iter()
            .copied()
            .filter(|code| code.status() == status)
            .collect();
        let names: Vec<&str> = codes.iter().map(|code| code.code()).collect();
        let signed = if is_signed(operation.caller) {
            ".signed"
        } else {
            ""
        };
        let name = format!("{status}.{}{signed}", names.join("."));
        if !schemas.problems.contains_key(&name) {
            let response = problem_response(operation, status, &codes, schemas);
            schemas.problems.insert(name.clone(), response);
        }
        let reference = json!({ "$ref": format!("#/components/responses/{name}") });
        responses.insert(status.to_string(), reference);
    }
    json!(responses)
}

fn headers(operation: &Operation, good: bool) -> Map<String, Value> {
    let reference = |name: &str| json!({ "$ref": format!("#/components/headers/{name}") });
    let mut headers = Map::new();
    headers.insert("cache-control".to_owned(), reference("CacheControl"));
    headers.insert(REQUEST_ID.to_string(), reference("RequestId"));
    headers.insert("x-request-id".to_owned(), reference("RequestId"));
    if is_signed(operation.caller) {
        headers.insert(
            NEXT_NONCE_HEADER.to_owned(),
            if good {
                json!({
                    "required": true,
                    "description": "The nonce for the next signed request.",
                    "schema": { "type": "string" },
                })
            } else {
                reference("NextNonce")
            },
        );
    }
    headers
}

fn good_response(operation: &Operation, schemas: &mut Schemas) -> Option<Value> {
    let (media_type, schema) = match operation.answers {
        Answered::NotYet => return None,
        Answered::Text => ("text/plain", json!({ "type": "string", "const": "ok\n" })),
        Answered::Document => (JSON, json!({ "type": "object" })),
        Answered::Json(schema) => (JSON, schemas.answered(schema)),
        Answered::Cbor(schema) => (CBOR_MEDIA_TYPE, schemas.answered(schema)),
        Answered::Public(about) => (
            CBOR_MEDIA_TYPE,
            json!({ "type": "string", "format": "binary", "description": about }),
        ),
    };
    let mut response = json!({
        "description": operation.summary,
        "headers": headers(operation, true),
        "content": { media_type: { "schema": schema } },
    });
    let links: Map<String, Value> = operation
        .links
        .iter()
        .map(|link| {
            let mut described = json!({ "operationId": link.to, "description": link.about });
            if let Some(body) = &link.body {
                described["requestBody"] = body.clone();
            }
            (link.to.to_owned(), described)
        })
        .collect();
    if !links.is_empty() {
        response["links"] = links.into();
    }
    Some(response)
}

fn problem_response(
    operation: &Operation,
    status: u16,
    codes: &[ProblemCode],
    schemas: &mut Schemas,
) -> Value {
    let titles: Vec<String> = codes
        .iter()
        .map(|code| format!("`{}`: {}.", code.code(), code.title()))
        .collect();
    let names: Vec<&str> = codes.iter().map(|code| code.code()).collect();
    let mut headers = headers(operation, false);
    if matches!(status, 429 | 503) {
        headers.insert(
            "retry-after".to_owned(),
            json!({ "$ref": "#/components/headers/RetryAfter" }),
        );
    }
    json!({
        "description": titles.join(" "),
        "headers": headers,
        "content": { PROBLEM_MEDIA_TYPE: { "schema": {
            "allOf": [
                schemas.problem(),
                { "properties": { "status": { "const": status }, "code": { "enum": names } } },
            ],
        } } },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_has_one_form_in_the_document_whether_it_is_read_or_written() {
        let mut schemas = Schemas::new();
        for operation in operations() {
            describe(&operation, &mut schemas);
        }
        let read = schemas.read.take_definitions(true);
        for (name, schema) in schemas.written.take_definitions(true) {
            if let Some(other) = read.get(&name) {
                assert_eq!(*other, schema, "{name}");
            }
        }
    }

    #[test]
    fn every_operation_has_a_name_of_its_own_a_group_and_words() {
        let operations = operations();
        let names: BTreeSet<&str> = operations.iter().map(|operation| operation.id).collect();
        assert_eq!(names.len(), operations.len());
        for operation in &operations {
            assert!(!operation.group.is_empty(), "{}", operation.id);
            assert!(!operation.summary.is_empty(), "{}", operation.id);
            for link in &operation.links {
                assert!(names.contains(link.to), "{}", link.to);
            }
        }
    }
}
