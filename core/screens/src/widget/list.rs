//! The list of widgets for those who build shells, `ui-spec/widgets.json`: made from the types, so that a new
//! widget or field fails here until it is listed.

use std::path::PathBuf;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::{Kind, Widget};

/// Kinds that a shell may lack, because they stand on pages only that check codes, and what it shows then.
const FALLBACKS: [(&str, &str); 4] = [
    ("batch_row", "label, error and hint as text"),
    ("picture_picker", "label and hint as text"),
    ("scanner", "label and hint as text"),
    ("verdict", "label, what to say and what to do as text"),
];

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../ui-spec/widgets.json")
}

#[test]
fn every_widget_and_field_is_listed_for_shells() {
    let made = format!("{:#}\n", list());
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(file(), &made).expect("the list is written");
    }
    let listed = std::fs::read_to_string(file()).expect("the list is there");
    assert!(
        listed == made,
        "a widget changed: BLESS=1 cargo test -p liangma-screens --lib widget, then teach every shell"
    );
}

/// The page for people has the same list, shorter.
#[test]
fn the_page_for_people_lists_every_widget() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/UI-STANDARD.md");
    let page = std::fs::read_to_string(&path).expect("the page is there");
    let list = list();
    let mut made = with_table(&page, "widget", &table_of_fields(&list["widget"]));
    made = with_table(&made, "kinds", &table_of_kinds(&list["kinds"]));
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &made).expect("the page is written");
    } else {
        assert!(
            page == made,
            "BLESS=1 cargo test -p liangma-screens --lib widget"
        );
    }
}

/// The page, with what stands between the marks of one table replaced.
fn with_table(page: &str, name: &str, table: &str) -> String {
    let mark = format!("<!-- made: {name} -->\n");
    let (before, rest) = page.split_once(&mark).expect("a mark");
    let (_, after) = rest.split_once("<!-- end -->").expect("its end");
    format!("{before}{mark}{table}<!-- end -->{after}")
}

fn table_of_fields(fields: &Value) -> String {
    let mut table = "| Field | Type | Meaning |\n|---|---|---|\n".to_owned();
    for (name, field) in fields.as_object().expect("fields") {
        let (kind, meaning) = (&field["type"], &field["meaning"]);
        let optional = if field["presence"] == "always" {
            ""
        } else {
            ", optional"
        };
        table += &format!(
            "| `{name}` | {}{optional} | {} |\n",
            plain(kind),
            plain(meaning)
        );
    }
    table
}

fn table_of_kinds(kinds: &Value) -> String {
    let mut table = "| Kind | Meaning | Fields (`?`: may be absent) |\n|---|---|---|\n".to_owned();
    for (name, kind) in kinds.as_object().expect("kinds") {
        let fields = kind["fields"].as_object().expect("fields").iter();
        let fields: Vec<String> = fields
            .map(|(name, field)| {
                let mark = if field["presence"] == "always" {
                    ""
                } else {
                    "?"
                };
                format!("`{name}{mark}` {}", plain(&field["type"]))
            })
            .collect();
        let mut meaning = plain(&kind["meaning"]).to_owned();
        if kind["fallback"].is_string() {
            meaning += &format!(" Fallback: {}.", plain(&kind["fallback"]));
        }
        table += &format!("| `{name}` | {meaning} | {} |\n", fields.join("; "));
    }
    table
}

fn plain(text: &Value) -> &str {
    text.as_str().expect("a text")
}

fn list() -> Value {
    let settings = || SchemaSettings::draft2020_12().for_serialize();
    let kinds = settings().into_generator().into_root_schema_for::<Kind>();
    let widget = settings().into_generator().into_root_schema_for::<Widget>();
    let (kinds, mut widget) = (kinds.to_value(), widget.to_value());
    // What differs from kind to kind stands with the kinds.
    for part in ["oneOf", "anyOf", "allOf"] {
        widget.as_object_mut().expect("a type").remove(part);
    }
    let mut types = Map::new();
    for (name, schema) in kinds["$defs"].as_object().expect("types beside") {
        if name != "Widget" {
            types.insert(name.clone(), described(schema));
        }
    }
    json!({
        "about": "Every kind of widget with its fields, for those who build shells; made from core/screens by \
                  a test. A shell draws each kind; where a kind has a fallback, it may show that instead.",
        "format": 1,
        "widget": fields(&widget, "kind"),
        "kinds": variants(&kinds, "kind", &FALLBACKS),
        "types": types,
    })
}

/// A record, a choice of words, or records told apart by a tag.
fn described(schema: &Value) -> Value {
    let tagged = schema["oneOf"][0]["properties"].is_object();
    if tagged {
        json!({ "meaning": meaning(schema), "tag": "to", "one_of": variants(schema, "to", &[]) })
    } else if let Some(words) = schema["oneOf"].as_array() {
        let words = words.iter().map(|word| {
            let value = word["const"].as_str().expect("a word").to_owned();
            (value, meaning(word))
        });
        json!({ "meaning": meaning(schema), "words": words.collect::<Map<_, _>>() })
    } else {
        json!({ "meaning": meaning(schema), "fields": fields(schema, "") })
    }
}

fn variants(schema: &Value, tag: &str, fallbacks: &[(&str, &str)]) -> Value {
    let variants = schema["oneOf"].as_array().expect("variants").iter();
    variants
        .map(|variant| {
            let name = variant["properties"][tag]["const"].as_str().expect("a tag");
            let mut described =
                json!({ "meaning": meaning(variant), "fields": fields(variant, tag) });
            if let Some((_, fallback)) = fallbacks.iter().find(|(kind, _)| *kind == name) {
                described["fallback"] = json!(fallback);
            }
            (name.to_owned(), described)
        })
        .collect::<Map<_, _>>()
        .into()
}

fn fields(schema: &Value, tag: &str) -> Value {
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let none = Map::new();
    let all = schema["properties"].as_object().unwrap_or(&none);
    all.iter()
        .filter(|(name, _)| *name != tag)
        .map(|(name, field)| {
            let (kind, nullable) = type_of(field);
            let presence = match (required.contains(&json!(name)), nullable) {
                (true, false) => "always",
                (true, true) => "null when there is none",
                (false, _) => "left out when there is none",
            };
            let field = json!({ "type": kind, "presence": presence, "meaning": meaning(field) });
            (name.clone(), field)
        })
        .collect::<Map<_, _>>()
        .into()
}

/// The type in plain words, and whether it may be null.
fn type_of(field: &Value) -> (String, bool) {
    if let Some(name) = field["$ref"].as_str() {
        return (name.replace("#/$defs/", ""), false);
    }
    if let Some(either) = field["anyOf"].as_array() {
        let (kind, _) = type_of(&either[0]);
        return (kind, either.iter().any(|one| one["type"] == "null"));
    }
    let (name, nullable) = match &field["type"] {
        Value::Array(either) => (&either[0], either.iter().any(|one| one == "null")),
        name => (name, false),
    };
    let kind = match name.as_str().expect("a type") {
        "string" => "text".to_owned(),
        "boolean" => "yes or no".to_owned(),
        "integer" => "whole number".to_owned(),
        "array" => format!("list of {}", type_of(&field["items"]).0),
        other => panic!("say what {other} is"),
    };
    (kind, nullable)
}

fn meaning(schema: &Value) -> Value {
    let said = schema["description"]
        .as_str()
        .expect("every field says what it means");
    // The names of events are those of Rust there.
    let said = said.replace("[`crate::Event::Pressed`]", "the event `pressed`");
    let said = said.replace("[`crate::Event::Typed`]", "the event `typed`");
    let said = said.replace("[`crate::Event::Switched`]", "the event `switched`");
    let said = said.replace("`None`", "absent");
    let plain = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(!plain.contains("crate::"), "shells do not know {plain}");
    plain.into()
}
