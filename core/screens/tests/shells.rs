//! One contract of widgets: every shell that is here draws every kind of `ui-spec/widgets.json`, so that a new
//! widget fails until each of them can draw it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use liangma_card::Standard;
use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn list() -> Value {
    serde_json::from_slice(&fs::read(root().join("ui-spec/widgets.json")).unwrap()).unwrap()
}

fn kinds() -> BTreeSet<String> {
    list()["kinds"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect()
}

/// Kinds that a shell may lack.
fn with_fallback() -> BTreeSet<String> {
    let list = list();
    let kinds = list["kinds"].as_object().unwrap().iter();
    kinds
        .filter(|(_, kind)| kind["fallback"].is_string())
        .map(|(name, _)| name.clone())
        .collect()
}

#[derive(Clone, Copy)]
enum Dialect {
    /// A table `const kinds = { heading: …, field, list(w) {…} };`, with two spaces before each name.
    Script,
    /// `is Kind.KeyValue ->`.
    Kotlin,
    /// `case .keyValue(let value), .other:`.
    Swift,
    /// `Kind::KeyValue`, where the core makes widgets.
    Rust,
}

/// The kinds that a source draws.
fn drawn(source: &str, dialect: Dialect) -> BTreeSet<String> {
    match dialect {
        Dialect::Script => source
            .lines()
            .skip_while(|line| !line.to_lowercase().starts_with("const kinds = {"))
            .skip(1)
            .take_while(|line| *line != "};")
            .filter_map(|line| {
                let line = line.strip_prefix("  ")?;
                let name = word(line)?;
                line[name.len()..]
                    .starts_with([':', '(', ','])
                    .then_some(name)
            })
            .collect(),
        // Kotlin's `Rows` is the list: see bindings/ffi/uniffi.toml.
        Dialect::Kotlin => after(&source.replace("is Kind.Rows", "is Kind.List"), "is Kind."),
        Dialect::Swift => {
            let cases = source
                .lines()
                .filter(|line| line.trim_start().starts_with("case ."));
            cases
                .flat_map(|line| after(&line.replace(", .", " case ."), "case ."))
                .collect()
        }
        Dialect::Rust => after(source, "Kind::"),
    }
}

/// The names that follow a mark, with underscores between words.
fn after(source: &str, mark: &str) -> BTreeSet<String> {
    source
        .split(mark)
        .skip(1)
        .filter_map(|rest| word(rest).map(|name| snake(&name)))
        .collect()
}

fn word(text: &str) -> Option<String> {
    let word: String = text
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect();
    word.starts_with(|c: char| c.is_ascii_alphabetic())
        .then_some(word)
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(character.to_ascii_lowercase());
    }
    snake
}

/// Everything below a path whose name ends so, as one text; nothing where the shell is not there.
fn sources(path: &Path, ending: &str) -> String {
    if path.is_file() {
        return fs::read_to_string(path).unwrap();
    }
    let Ok(entries) = fs::read_dir(path) else {
        return String::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.is_dir() || path.to_string_lossy().ends_with(ending))
        .map(|path| sources(&path, ending))
        .collect()
}

#[test]
fn every_shell_draws_every_widget() {
    let (kinds, fallbacks) = (kinds(), with_fallback());
    for (path, ending, dialect) in [
        ("simulator/web/widgets.js", ".js", Dialect::Script),
        ("android/app/src/main", ".kt", Dialect::Kotlin),
        ("ios/Sources", ".swift", Dialect::Swift),
    ] {
        let source = sources(&root().join(path), ending);
        if source.is_empty() {
            assert!(
                !path.starts_with("simulator"),
                "the browser's shell is here"
            );
            continue;
        }
        let drawn = drawn(&source, dialect);
        let lacking: Vec<_> = kinds
            .difference(&drawn)
            .filter(|k| !fallbacks.contains(*k))
            .collect();
        assert!(lacking.is_empty(), "{path} does not draw {lacking:?}");
    }
}

#[test]
fn the_collectors_page_draws_what_the_core_puts_on_it() {
    let page = sources(&root().join("simulator/web/collector.js"), ".js");
    let drawn = drawn_by_core("core/screens/src/collector");
    let lacking: Vec<_> = drawn
        .difference(&self::drawn(&page, Dialect::Script))
        .cloned()
        .collect();
    assert_eq!(lacking, Vec::<String>::new());
}

#[test]
fn a_page_of_the_phone_has_no_widget_that_a_shell_may_lack() {
    let made = drawn_by_core("core/screens/src/pages");
    assert!(made.contains("code_card"), "the pages were read");
    let lacking: Vec<_> = made.intersection(&with_fallback()).cloned().collect();
    assert_eq!(lacking, Vec::<String>::new());
}

/// The kinds that a folder of the core makes.
fn drawn_by_core(folder: &str) -> BTreeSet<String> {
    let made = drawn(&sources(&root().join(folder), ".rs"), Dialect::Rust);
    let made: BTreeSet<_> = made.intersection(&kinds()).cloned().collect();
    assert!(made.len() > 5, "{folder} was read");
    made
}

#[test]
fn a_browser_draws_no_widget_that_is_gone() {
    for page in ["simulator/web/widgets.js", "simulator/web/collector.js"] {
        let drawn = drawn(&sources(&root().join(page), ".js"), Dialect::Script);
        let gone: Vec<_> = drawn.difference(&kinds()).cloned().collect();
        assert_eq!(gone, Vec::<String>::new(), "{page}");
    }
}

/// Fields that this shell has no use for.
const UNUSED: [&str; 4] = [
    // Two buttons beside it give and refuse.
    "consent.given",
    // Which version was agreed to is the core's to keep.
    "consent.version",
    // Fields of PDFs and pictures that are chosen elsewhere.
    "attachments.most",
    // Spoken by the clock of the page itself.
    "countdown.milestones",
];

#[test]
fn the_browser_reads_every_field() {
    let glass: String = ["widgets.js", "phone.js", "card.js"]
        .map(|name| sources(&root().join("simulator/web").join(name), ".js"))
        .concat();
    let (list, fallbacks) = (list(), with_fallback());
    let mut unread = Vec::new();
    for (kind, described) in list["kinds"].as_object().unwrap() {
        let fields = described["fields"].as_object().unwrap().keys();
        for field in fields.filter(|_| !fallbacks.contains(kind)) {
            let read = glass.contains(&format!(".{field}"))
                || glass.contains(&format!("{{ {field}"))
                || glass.contains(&format!(" {field} }}"))
                || glass.contains(&format!(", {field},"));
            if !read {
                unread.push(format!("{kind}.{field}"));
            }
        }
    }
    unread.retain(|field| !UNUSED.contains(&field.as_str()));
    assert_eq!(unread, Vec::<String>::new());
}

#[test]
fn a_shell_that_lacks_a_widget_is_found_in_each_language() {
    let of = |names: &[&str]| {
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<BTreeSet<_>>()
    };
    let script = "const kinds = {\n  heading: (w) => 1,\n    inner: 1,\n  field,\n  key_value(w) {\n  },\n};\n  no: 1";
    assert_eq!(
        drawn(script, Dialect::Script),
        of(&["heading", "field", "key_value"])
    );
    let kotlin = "is Kind.Text, is Kind.LongText -> 1\n is Kind.Rows -> 2";
    assert_eq!(
        drawn(kotlin, Dialect::Kotlin),
        of(&["text", "long_text", "list"])
    );
    let swift = "        case .text, .longText: 1\n case .tiles(let tiles), .totals(let tiles):\n if case .no = x";
    assert_eq!(
        drawn(swift, Dialect::Swift),
        of(&["text", "long_text", "tiles", "totals"])
    );
}

#[test]
fn the_browsers_letters_and_targets_are_those_of_the_standard() {
    let css = sources(&root().join("simulator/web/phone.css"), ".css");
    let standard = Standard::built_in().unwrap();
    let measures = standard.measures();
    let plain = (measures.type_scale.body, measures.target);
    let care = (measures.care_type.body, measures.care_target);
    for (size, target) in [plain, care] {
        // Letters follow the browser's own size, which is 16 points unless a person changed it.
        let size = f32::from(size) / 16.0;
        let set = format!("--size: {size}rem; --target: {target}px;");
        assert!(css.contains(&set), "phone.css has not {set}");
    }
}
