//! Choosing a division: down from the province, or by a part of its name.

use liangma_domain::division::{Division, DivisionCode, Level, division, divisions};

use crate::{
    glance::Glance,
    widget::{Choosable, Kind, Widget},
};

/// The most that a search offers; a longer part of the name leaves fewer.
const MOST_FOUND: usize = 30;
/// Numbers of residence permits begin with it; nobody comes from there.
const PERMITS: &str = "830000";

/// A choice of a division in force.
pub(super) fn choice(glance: &Glance<'_>, id: &str, words: &str) -> Widget {
    let page = glance.page();
    let chosen = glance
        .state
        .one_chosen(page, id)
        .and_then(|code| code.parse().ok())
        .and_then(|code: DivisionCode| division(&code));
    let searched = glance.state.text(page, id).trim();
    let (path, options) = if searched.is_empty() {
        browse(chosen)
    } else {
        (Vec::new(), found(searched))
    };
    Widget::new(
        id,
        glance.say(words),
        Kind::Choice {
            several: false,
            searchable: true,
            path,
            options,
            chosen: chosen.map(|one| one.code.to_string()).into_iter().collect(),
        },
    )
    .wrong(glance.wrong(id))
    .sensitive()
}

/// What was chosen goes on to be a place to name: everything below a province, and a province that has
/// nothing below it.
pub(super) fn is_exact(code: &str) -> bool {
    let found = code.parse().ok().and_then(|code| division(&code));
    found.is_some_and(|one| one.level != Level::Province || below(Some(one.code)).is_empty())
}

/// The way down to what is chosen, and what may be chosen next.
fn browse(chosen: Option<Division>) -> (Vec<Choosable>, Vec<Choosable>) {
    let Some(chosen) = chosen else {
        return (Vec::new(), options(below(None)));
    };
    let mut path = above(chosen);
    let mut next = below(Some(chosen.code));
    if next.is_empty() {
        // The last step: it stays among its neighbours, chosen.
        next = below(path.last().map(|one| one.code));
    } else {
        path.push(chosen);
    }
    (options(path), options(next))
}

/// Those above a division, the province first; rows that only order the table are left out.
fn above(of: Division) -> Vec<Division> {
    let mut above = Vec::new();
    let mut parent = of.parent;
    while let Some(found) = parent.and_then(|code| division(&code)) {
        parent = found.parent;
        if !is_placeholder(&found) {
            above.insert(0, found);
        }
    }
    above
}

/// The divisions right below one, or all provinces.
fn below(parent: Option<DivisionCode>) -> Vec<Division> {
    in_force()
        .filter(|one| match parent {
            None => one.level == Level::Province,
            Some(parent) => {
                one.code.lies_in(&parent)
                    && above(*one).last().is_some_and(|last| last.code == parent)
            }
        })
        .collect()
}

fn in_force() -> impl Iterator<Item = Division> {
    divisions().filter(|one| one.abolished.is_none() && !is_placeholder(one))
}

/// "Districts", "counties", "directly below the province": rows of the table that are no place.
fn is_placeholder(one: &Division) -> bool {
    let orders = one.name == "市辖区" || one.name == "县" || one.name.contains("直辖");
    one.code.as_str() == PERMITS || (one.level == Level::Prefecture && orders)
}

/// Divisions whose name has what was typed, those that begin with it first, with where they lie.
fn found(searched: &str) -> Vec<Choosable> {
    let mut found: Vec<_> = in_force()
        .filter(|one| one.name.contains(searched))
        .collect();
    found.sort_by_key(|one| !one.name.starts_with(searched));
    found
        .into_iter()
        .take(MOST_FOUND)
        .map(|one| {
            let above = above(one);
            let names = above.iter().chain([&one]).map(|one| one.name);
            Choosable {
                id: one.code.to_string(),
                label: names.collect::<Vec<_>>().join(" "),
            }
        })
        .collect()
}

fn options(divisions: Vec<Division>) -> Vec<Choosable> {
    divisions
        .into_iter()
        .map(|one| Choosable {
            id: one.code.to_string(),
            label: one.name.to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn browsed(code: &str) -> (Vec<String>, Vec<String>) {
        let chosen = code.parse().ok().and_then(|code| division(&code));
        let (path, options) = browse(chosen);
        let labels = |all: Vec<Choosable>| all.into_iter().map(|one| one.label).collect();
        (labels(path), labels(options))
    }

    #[test]
    fn one_goes_down_from_the_province_to_the_county() {
        let (path, provinces) = browsed("");
        assert!(path.is_empty());
        assert_eq!(provinces.len(), 34, "{provinces:?}");
        let (path, prefectures) = browsed("330000");
        assert_eq!(path, ["浙江省"]);
        assert!(prefectures.contains(&"杭州市".to_owned()));
        let (path, counties) = browsed("330100");
        assert_eq!(path, ["浙江省", "杭州市"]);
        assert!(counties.contains(&"西湖区".to_owned()));
        // 下城区 was merged away: nobody comes from there now.
        assert!(!counties.contains(&"下城区".to_owned()));
        assert_eq!(browsed("330106"), (path, counties));
    }

    #[test]
    fn rows_that_are_no_place_are_left_out() {
        let (path, districts) = browsed("110000");
        assert_eq!(path, ["北京市"]);
        assert!(districts.contains(&"东城区".to_owned()));
        let (path, neighbours) = browsed("110101");
        assert_eq!((path, neighbours), (vec!["北京市".to_owned()], districts));
        let (_, chongqing) = browsed("500000");
        assert!(chongqing.contains(&"城口县".to_owned()));
        assert!(browsed("460000").1.contains(&"五指山市".to_owned()));
    }

    #[test]
    fn a_place_is_exact_below_the_province_or_where_nothing_is_below() {
        for (code, exact) in [
            ("330000", false),
            ("330100", true),
            ("330106", true),
            ("810000", true),
            ("710000", true),
            ("000000", false),
            ("", false),
        ] {
            assert_eq!(is_exact(code), exact, "{code}");
        }
    }

    #[test]
    fn a_part_of_the_name_finds_a_place_and_says_where_it_lies() {
        let found = found("西湖");
        let labels: Vec<_> = found.iter().map(|one| one.label.as_str()).collect();
        let expected = [
            "浙江省 杭州市 西湖区",
            "江西省 南昌市 西湖区",
            "湖北省 武汉市 东西湖区",
        ];
        assert_eq!(labels, expected);
        assert_eq!(super::found("区").len(), MOST_FOUND);
        assert!(super::found("没有的地方").is_empty());
    }
}
