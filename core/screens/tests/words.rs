//! Every id that the screens say has words in every language, and no word is there for nothing.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use fluent_syntax::{ast, parser};
use liangma_card::Language;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The messages of one language, with the names of the values in them.
fn messages(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let folder = root().join("../../ui-spec/words").join(language.tag());
    let mut messages = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let resource = parser::parse(text.as_str()).unwrap();
        for entry in resource.body {
            if let ast::Entry::Message(message) = entry {
                let mut values = BTreeSet::new();
                values_in(message.value.as_ref().unwrap(), &mut values);
                let twice = messages.insert(message.id.name.to_owned(), values);
                assert!(twice.is_none(), "{} is there twice", message.id.name);
            }
        }
    }
    messages
}

fn values_in(pattern: &ast::Pattern<&str>, values: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        let ast::PatternElement::Placeable { expression } = element else {
            continue;
        };
        let (ast::Expression::Inline(inline)
        | ast::Expression::Select {
            selector: inline, ..
        }) = expression;
        if let ast::InlineExpression::VariableReference { id } = inline {
            values.insert(id.name.to_owned());
        }
        if let ast::Expression::Select { variants, .. } = expression {
            for variant in variants {
                values_in(&variant.value, values);
            }
        }
    }
}

/// The quoted ids in the source of the screens: lower case with a dash, as ids of words are.
fn quoted(folder: &Path, ids: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            quoted(&path, ids);
        } else {
            let text = fs::read_to_string(path).unwrap();
            // An id that is completed at run time stands before the brace: `reason-{}`.
            let quoted = text.split('"').skip(1).step_by(2);
            ids.extend(quoted.map(|id| id.split('{').next().unwrap_or(id).to_owned()));
        }
    }
}

#[test]
fn every_language_says_the_same_messages_with_the_same_values() {
    let chinese = messages(Language::ZhHans);
    assert!(!chinese.is_empty());
    for language in [Language::ZhHant, Language::En] {
        let other = messages(language);
        for (id, values) in &chinese {
            let theirs = other.get(id);
            assert!(theirs.is_some(), "{language:?} has no words for {id}");
            // English names a month where Chinese counts it.
            if id != "moment" {
                assert_eq!(theirs, Some(values), "{language:?}, {id}");
            }
        }
        assert_eq!(other.len(), chinese.len(), "{language:?} says more");
    }
}

#[test]
fn no_message_is_there_for_nothing() {
    let mut ids = BTreeSet::new();
    quoted(&root().join("src"), &mut ids);
    // Ids that end in a dash are completed with a code at run time: `reason-`, `reason-{code}`.
    let begins: Vec<_> = ids
        .iter()
        .filter_map(|id| id.split('{').next())
        .filter(|id| id.ends_with('-'))
        .collect();
    for id in messages(Language::ZhHans).keys() {
        let known = ids.contains(id) || begins.iter().any(|begin| id.starts_with(begin));
        assert!(known, "nothing says {id}");
    }
}
