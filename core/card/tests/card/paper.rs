//! `docs/UI-STANDARD.md` says what the data says.

use std::fmt::Write as _;
use std::path::PathBuf;

use liangma_card::{Language, Standard, View};

/// The file, with what stands between the marks of one table replaced.
fn with_table(page: &str, name: &str, table: &str) -> String {
    let mark = format!("<!-- made: {name} -->\n");
    let (before, rest) = page.split_once(&mark).unwrap();
    let (_, after) = rest.split_once("<!-- end -->").unwrap();
    format!("{before}{mark}{table}<!-- end -->{after}")
}

fn colours(standard: &Standard) -> String {
    let mut table = "| Number | Colour | Panel | Text | Shape | Word | Spoken |\n|---|---|---|---|---|---|---|\n".to_owned();
    let listed = standard
        .colours()
        .iter()
        .map(|style| (style.number.to_string(), style.id.as_str(), &style.panel));
    let others = [
        ("no code", standard.no_colour()),
        ("not listed yet", standard.unlisted_colour()),
    ];
    for (number, name, panel) in
        listed.chain(others.map(|(name, panel)| (String::new(), name, panel)))
    {
        let shape = serde_json::to_value(panel.shape).unwrap();
        let words = Language::ALL.map(|language| panel.word.get(language));
        writeln!(
            table,
            "| {number} | {name} | `{}` | `{}` | {} | {} | {} |",
            panel.panel,
            panel.text,
            shape.as_str().unwrap().replace('_', " "),
            words.join(", "),
            panel.spoken.get(Language::En),
        )
        .unwrap();
    }
    table
}

fn card(standard: &Standard) -> String {
    let mut table = "| View, from width | Band | Panel | Name + document | Clock | Code | Validity | Actions | Tiles | Smallest letters |\n|---|---|---|---|---|---|---|---|---|---|\n".to_owned();
    for view in View::ALL {
        let style = standard.view(view);
        for row in &style.layouts {
            let tiles = if row.tiles == 0 {
                "scroll".into()
            } else {
                row.tiles.to_string()
            };
            writeln!(
                table,
                "| {}, {} | {} ({}) | {} ({}) | {} ({}/{}) | {} ({}) | {} | {} ({}) | {} | {tiles} | {} |",
                view.name(),
                row.width,
                row.title.height,
                row.title.size,
                row.panel.height,
                row.panel.size,
                row.identity.height,
                row.identity.name,
                row.identity.document,
                row.clock.height,
                row.clock.time,
                row.qr,
                row.validity.height,
                row.validity.size,
                row.actions,
                style.minimum_size,
            )
            .unwrap();
        }
    }
    table
}

fn sizes(standard: &Standard) -> String {
    let measures = standard.measures();
    let mut table = "| Points | normal, international | care |\n|---|---|---|\n".to_owned();
    let (plain, care) = (measures.type_scale, measures.care_type);
    for (name, plain, care) in [
        (
            "display: what stands alone, such as a verdict",
            plain.display,
            care.display,
        ),
        ("title of a screen", plain.title, care.title),
        ("heading", plain.heading, care.heading),
        ("body", plain.body, care.body),
        ("small", plain.small, care.small),
    ] {
        writeln!(table, "| {name} | {plain} | {care} |").unwrap();
    }
    writeln!(
        table,
        "| least target | {} | {} |",
        measures.target, measures.care_target
    )
    .unwrap();
    let gaps: Vec<String> = measures.spacing.iter().map(u16::to_string).collect();
    writeln!(table, "| gaps | {0} | {0} |", gaps.join(", ")).unwrap();
    writeln!(table, "| corner | {0} | {0} |", measures.corner).unwrap();
    writeln!(
        table,
        "| light modules around a code | {0} | {0} |",
        measures.quiet_zone
    )
    .unwrap();
    table
}

#[test]
fn the_page_for_people_says_what_the_data_says() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/UI-STANDARD.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let standard = Standard::built_in().unwrap();
    let tables = [
        ("colours", colours(&standard)),
        ("card", card(&standard)),
        ("sizes", sizes(&standard)),
    ];
    let made = tables.iter().fold(page.clone(), |page, (name, table)| {
        with_table(&page, name, table)
    });
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    assert!(
        page == made || std::env::var_os("BLESS").is_some(),
        "BLESS=1 cargo test -p liangma-card --test card paper"
    );
}
