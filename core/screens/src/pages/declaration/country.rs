//! Choosing a country.

use liangma_card::Language;
use liangma_packed::Packed;

use crate::{
    glance::Glance,
    widget::{Choosable, Kind, Widget},
};

/// `code TAB simplified TAB traditional TAB English LF`, sorted by code.
static TABLE: Packed = Packed::new(include_bytes!(concat!(env!("OUT_DIR"), "/countries")));

/// A choice of the country that a trip began in.
pub(super) fn choice(glance: &Glance<'_>, id: &str, words: &str) -> Widget {
    let page = glance.page();
    let searched = glance.state.text(page, id).trim().to_lowercase();
    let options = countries(glance.language())
        .filter(|one| one.label.to_lowercase().contains(&searched))
        .collect();
    let chosen = glance.state.chosen(page, id).to_vec();
    Widget::new(
        id,
        glance.say(words),
        Kind::Choice {
            several: false,
            searchable: true,
            path: Vec::new(),
            options,
            chosen,
        },
    )
    .wrong(glance.wrong(id))
    .sensitive()
}

fn countries(language: Language) -> impl Iterator<Item = Choosable> {
    let column = match language {
        Language::ZhHans => 1,
        Language::ZhHant => 2,
        Language::En => 3,
    };
    TABLE.text().lines().filter_map(move |line| {
        let mut fields = line.split('\t');
        let id = fields.next()?.to_owned();
        let label = fields.nth(column - 1)?.to_owned();
        Some(Choosable { id, label })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_has_a_name_of_its_own_in_every_language() {
        for language in Language::ALL {
            let all: Vec<_> = countries(language).collect();
            assert!(all.len() > 190, "{language:?}");
            let names: std::collections::BTreeSet<_> = all.iter().map(|one| &one.label).collect();
            assert_eq!(names.len(), all.len(), "{language:?}");
            assert!(all.windows(2).all(|pair| pair[0].id < pair[1].id));
            for one in &all {
                let is_code = one.id.len() == 3 && one.id.bytes().all(|b| b.is_ascii_uppercase());
                assert!(is_code && !one.label.is_empty(), "{}", one.id);
            }
            // A trip within China names divisions.
            for here in ["CHN", "HKG", "MAC", "TWN"] {
                assert!(all.iter().all(|one| one.id != here));
            }
        }
    }
}
