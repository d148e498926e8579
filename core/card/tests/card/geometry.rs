//! Nothing overlaps, nothing is cut, everything is large and clear enough: on every card there is.

use jiff::SignedDuration;
use liangma_card::{
    Absence, CardError, CardModel, ClockState, Code, Drawing, Fonts, Holder, Item, ItemId,
    Language, MissingCharacters, Rectangle, Scale, Scene, Validity, View, Weight, scene,
};
use liangma_domain::mask::MaskedName;

use crate::model::{COLOURS, DOCUMENTS, document, fonts, live, now, standard};

/// Names of 24 bytes, the most a masked name has, in the scripts that are widest.
const LONGEST: [&str; 5] = [
    "王*",
    "阿***·买****·艾*",
    "欧*********************",
    "M* W* M* W* M* W* M* W*",
    "Ö* Ü* Ä* É* Ñ* W*",
];

/// Every view, language and width that differ, with the longest content at each place.
fn cards() -> Vec<CardModel> {
    let mut cards = Vec::new();
    let far = Validity {
        works_offline_until: Some(now() + SignedDuration::from_hours(24 * 40)),
        updated_at: Some(now() - SignedDuration::from_hours(24 * 40)),
        clock: ClockState::Trusted,
    };
    let doubt = Validity {
        clock: ClockState::Unknown,
        ..far
    };
    for view in View::ALL {
        for language in Language::ALL {
            for width in [320, 321, 360, 393, 410, 411, 480, 1024] {
                for (index, name) in LONGEST.iter().enumerate() {
                    // A short code: this many long ones would take minutes, and geometry is the same.
                    let colour = COLOURS[index % 3];
                    let plain = CardModel {
                        code: Code::Live {
                            text: "LM1:SHORT".into(),
                            colour,
                        },
                        ..live(view, language, width, colour)
                    };
                    let (kind, visible) = DOCUMENTS[(index + width as usize) % 6];
                    let long = CardModel {
                        terminal_name: "健康码通行应用程序演示终端广西壮族自治区版本Health Code"
                            .into(),
                        name: MaskedName::from_text(name).unwrap(),
                        document: document(kind, visible),
                        sandbox: true,
                        holder: if index % 2 == 0 {
                            Holder::Group { people: 8 }
                        } else {
                            Holder::Ward
                        },
                        validity: if index % 3 == 0 { doubt } else { far },
                        ..plain.clone()
                    };
                    let absence = [
                        Absence::Expired,
                        Absence::StatusUpdated,
                        Absence::NotApplied,
                        Absence::Unavailable,
                    ];
                    let absent = CardModel {
                        code: Code::Absent(absence[index % 4]),
                        ..long.clone()
                    };
                    cards.extend([plain, long, absent]);
                }
            }
        }
    }
    cards
}

fn describe(model: &CardModel) -> String {
    format!(
        "{:?} {:?} {} {:?} {}",
        model.view, model.language, model.width, model.code, model.name
    )
}

fn scenes() -> impl Iterator<Item = (String, Scene)> {
    let standard = standard();
    cards().into_iter().map(move |model| {
        let what = describe(&model);
        let card = scene(&standard, &model).unwrap_or_else(|error| panic!("{what}: {error}"));
        (what, card)
    })
}

/// What is meant to lie on another item: text and shapes on their grounds.
fn is_ground(item: &Item) -> bool {
    matches!(
        item.id,
        ItemId::Page
            | ItemId::Band
            | ItemId::SandboxBox
            | ItemId::SandboxBarLeft
            | ItemId::SandboxBarRight
            | ItemId::Panel
            | ItemId::PanelShape
            | ItemId::AbsenceBox
    )
}

#[test]
fn everything_is_inside_the_card_and_nothing_overlaps() {
    for (what, card) in scenes() {
        let page = Rectangle::new(0.0, 0.0, card.width, card.height);
        for (index, item) in card.items.iter().enumerate() {
            assert!(
                page.holds(item.frame),
                "{what}: {} leaves the card",
                item.id
            );
            assert!(
                item.frame.width > 0.0 && item.frame.height > 0.0,
                "{what}: {} is empty",
                item.id
            );
            for other in &card.items[index + 1..] {
                let overlap = item.frame.meets(other.frame);
                let meant = is_ground(item) && item.frame.holds(other.frame);
                assert!(
                    !overlap || meant,
                    "{what}: {} and {} overlap",
                    item.id,
                    other.id
                );
            }
        }
    }
}

#[test]
fn text_lies_on_the_ground_it_says_and_stands_out_from_it() {
    for (what, card) in scenes() {
        for (index, item) in card.items.iter().enumerate() {
            let Drawing::Text(text) = &item.drawing else {
                continue;
            };
            let under = card.items[..index]
                .iter()
                .rev()
                .find(|ground| ground.frame.holds(item.frame))
                .unwrap();
            let Drawing::Fill { colour, .. } = under.drawing else {
                panic!("{what}: {} lies on {}", item.id, under.id)
            };
            assert_eq!(colour, text.ground, "{what}: {}", item.id);
            assert!(text.ink.contrast(text.ground) >= 4.5, "{what}: {}", item.id);
            assert!(text.minimum_size >= 8.0 && text.minimum_size <= text.size);
        }
    }
}

#[test]
fn letters_stay_in_their_rows() {
    for (what, card) in scenes() {
        for item in &card.items {
            let Drawing::Text(text) = &item.drawing else {
                continue;
            };
            let (near, far) = if text.turned {
                (item.frame.x, item.frame.right())
            } else {
                (item.frame.y, item.frame.bottom())
            };
            // A capital or a Chinese character reaches 0.85 above the baseline at most, a comma 0.2 below.
            assert!(
                text.baseline - 0.85 * text.size >= near - 1.0,
                "{what}: {} rises out",
                item.id
            );
            assert!(
                text.baseline + 0.2 * text.size <= far + 1.0,
                "{what}: {} falls out",
                item.id
            );
        }
    }
}

#[test]
fn every_text_fits_in_our_own_fonts_without_a_missing_character() {
    let fonts = fonts();
    for (what, card) in scenes().step_by(7) {
        liangma_card::Canvas::draw(&card, &fonts, Scale::new(1.0), MissingCharacters::Refuse)
            .unwrap_or_else(|error| panic!("{what}: {error}"));
    }
}

#[test]
fn a_whole_card_with_its_first_action_fits_the_smallest_phone() {
    let standard = standard();
    for view in View::ALL {
        for language in Language::ALL {
            let model = CardModel {
                sandbox: true,
                ..live(view, language, 320, COLOURS[0])
            };
            let card = scene(&standard, &model).unwrap();
            let actions = f32::from(standard.view(view).layouts[0].actions);
            assert!(
                card.height + actions <= 568.0,
                "{view:?}: {}",
                card.height + actions
            );
        }
    }
}

#[test]
fn the_longest_card_shows_what_a_gate_looks_at_on_the_smallest_phone() {
    let standard = standard();
    let smallest = cards().into_iter().filter(|model| model.width == 320);
    for model in smallest {
        let card = scene(&standard, &model).unwrap();
        let actions = standard.view(model.view).layouts[0].actions;
        assert!(
            card.height + f32::from(actions) <= 568.0,
            "{}",
            describe(&model)
        );
        for part in [ItemId::Panel, ItemId::Name, ItemId::Time, ItemId::Qr] {
            // Where there is no code, its place has other items.
            let Some(item) = card.item(part) else {
                continue;
            };
            assert!(item.frame.right() <= 320.0 && item.frame.bottom() <= card.height);
        }
    }
}

#[test]
fn the_code_never_shrinks_and_modules_are_at_least_four_points() {
    let standard = standard();
    for view in View::ALL {
        for width in (320..=480).step_by(10) {
            let card = scene(&standard, &live(view, Language::En, width, COLOURS[0])).unwrap();
            let code = card.item(ItemId::Qr).unwrap();
            assert!(code.frame.width >= 260.0 && code.frame.width == code.frame.height);
            let Drawing::Qr {
                matrix,
                dark,
                light,
            } = &code.drawing
            else {
                panic!("not a code")
            };
            assert!(matrix.version() <= 10);
            assert!(code.frame.width / matrix.full_size() as f32 >= 4.0);
            assert!(dark.luminance() < 0.02 && light.luminance() == 1.0);
        }
    }
}

#[test]
fn care_view_letters_are_large() {
    let standard = standard();
    for layout in &standard.view(View::Care).layouts {
        let sizes = [
            layout.title.size,
            layout.identity.name,
            layout.identity.document,
            layout.validity.size,
            layout.clock.date,
        ];
        assert!(sizes.iter().all(|size| *size >= 18));
        assert!(layout.panel.size >= 30 && layout.clock.time >= 30);
    }
}

#[test]
fn a_card_says_which_application_it_is_and_whose_code_it_shows() {
    let standard = standard();
    let ward = CardModel {
        holder: Holder::Ward,
        ..live(View::Normal, Language::ZhHans, 320, COLOURS[0])
    };
    let card = scene(&standard, &ward).unwrap();
    assert!(card.item(ItemId::TerminalName).is_some());
    assert!(card.item(ItemId::HolderMark).is_some());
    assert!(card.item(ItemId::SandboxMark).is_none());
}

#[test]
fn a_sandbox_card_says_so_at_three_places_whatever_its_state() {
    let standard = standard();
    for (what, card) in scenes().filter(|(what, _)| !what.contains("王*")) {
        for id in [
            ItemId::SandboxMark,
            ItemId::SandboxTextLeft,
            ItemId::SandboxTextRight,
        ] {
            let Some(Item {
                drawing: Drawing::Text(text),
                ..
            }) = card.item(id)
            else {
                panic!("{what}: {id}")
            };
            assert!(
                text.text
                    .contains(standard.card().sandbox_mark.get(card.language))
            );
            assert_eq!(text.weight, Weight::Bold);
        }
    }
}

#[test]
fn without_a_live_code_no_health_colour_is_anywhere() {
    let standard = standard();
    let panels: Vec<_> = standard
        .colours()
        .iter()
        .map(|style| style.panel.panel)
        .collect();
    for (what, card) in scenes().filter(|(what, _)| what.contains("Absent")) {
        for item in &card.items {
            let used = match &item.drawing {
                Drawing::Fill { colour, ground, .. } | Drawing::Outline { colour, ground, .. } => {
                    [*colour, *ground]
                }
                Drawing::Text(text) => [text.ink, text.ground],
                Drawing::Qr { .. } => panic!("{what}: there is a code"),
            };
            assert!(
                used.iter().all(|colour| !panels.contains(colour)),
                "{what}: {}",
                item.id
            );
        }
        for style in standard.colours() {
            let word = style.panel.word.get(card.language);
            let said = |text: &str| text.contains(word);
            assert!(
                !card.reading_order.iter().any(|spoken| said(&spoken.label)),
                "{what}"
            );
        }
    }
}

#[test]
fn a_colour_newer_than_the_standard_leaves_the_scan_to_decide() {
    let colour = liangma_domain::colour::Colour::from_registry_number(9).unwrap();
    let standard = standard();
    let card = scene(&standard, &live(View::Normal, Language::En, 320, colour)).unwrap();
    let Some(Item {
        drawing: Drawing::Text(word),
        ..
    }) = card.item(ItemId::PanelWord)
    else {
        panic!("no word")
    };
    assert_eq!(word.text, "Scan to check");
    assert!(card.item(ItemId::Qr).is_some());
}

#[test]
fn models_outside_their_bounds_are_refused() {
    let standard = standard();
    let good = live(View::Normal, Language::En, 320, COLOURS[0]);
    let refused = |model: CardModel| scene(&standard, &model).unwrap_err();
    assert_eq!(
        refused(CardModel {
            width: 319,
            ..good.clone()
        }),
        CardError::TooNarrow { width: 319 }
    );
    for name in ["", "   ", &"码".repeat(41)] {
        assert_eq!(
            refused(CardModel {
                terminal_name: name.into(),
                ..good.clone()
            }),
            CardError::TerminalName
        );
    }
    assert_eq!(
        refused(CardModel {
            zone: "Asia/Nowhere".into(),
            ..good.clone()
        }),
        CardError::UnknownZone
    );
    let group = Holder::Group { people: 9 };
    assert_eq!(
        refused(CardModel {
            holder: group,
            ..good.clone()
        }),
        CardError::GroupSize { people: 9 }
    );
    let long = Code::Live {
        text: "A".repeat(312),
        colour: COLOURS[0],
    };
    assert!(matches!(
        refused(CardModel { code: long, ..good }),
        CardError::Qr(_)
    ));
}

#[test]
fn fonts_that_are_no_fonts_are_refused() {
    assert_eq!(Fonts::new(vec![], vec![]).unwrap_err(), CardError::NoFont);
    assert_eq!(
        Fonts::new(vec![vec![0; 100]], vec![]).unwrap_err(),
        CardError::BadFont
    );
}
