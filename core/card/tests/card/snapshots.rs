//! Scenes and SVG as reviewed by people.

use liangma_card::{Absence, CardModel, Code, Holder, Language, Scene, View, scene, svg};
use liangma_domain::identity::DocumentType;
use liangma_domain::mask::MaskedName;
use serde_json::Value;

use crate::model::{COLOURS, document, live, standard};

/// The scene as JSON, without the rows of the code and the steps of outlines.
fn readable(card: &Scene) -> Value {
    let mut json = serde_json::to_value(card).unwrap();
    for item in json["items"].as_array_mut().unwrap() {
        let drawing = &mut item["drawing"];
        if drawing["qr"].is_object() {
            drawing["qr"]["matrix"]
                .as_object_mut()
                .unwrap()
                .remove("rows");
        }
        if drawing["outline"].is_object() {
            let steps = drawing["outline"]["steps"].as_array().unwrap().len();
            drawing["outline"]["steps"] = steps.into();
        }
    }
    json
}

#[test]
fn a_scene_as_a_shell_gets_it() {
    let card = scene(
        &standard(),
        &live(View::Normal, Language::ZhHans, 320, COLOURS[0]),
    )
    .unwrap();
    insta::assert_json_snapshot!("scene-green-normal-320", readable(&card));
}

#[test]
fn a_scene_of_a_foreign_visitor_in_the_sandbox() {
    let model = CardModel {
        sandbox: true,
        terminal_name: "Health Code".into(),
        name: MaskedName::from_text("J* S*").unwrap(),
        document: document(DocumentType::Passport, "P45"),
        ..live(View::International, Language::En, 411, COLOURS[2])
    };
    let card = scene(&standard(), &model).unwrap();
    insta::assert_json_snapshot!("scene-red-international-411-sandbox", readable(&card));
}

#[test]
fn svg_for_each_colour_and_view() {
    let standard = standard();
    for (colour, name) in COLOURS.into_iter().zip(["green", "yellow", "red"]) {
        for view in View::ALL {
            // A short code keeps the snapshot short; whole codes are read back elsewhere.
            let code = Code::Live {
                text: "LM1:SHORT".into(),
                colour,
            };
            let model = CardModel {
                code,
                ..live(view, Language::ZhHans, 320, colour)
            };
            let drawn = svg(&scene(&standard, &model).unwrap());
            insta::assert_snapshot!(format!("svg-{name}-{}", view.name()), drawn);
        }
    }
}

fn spoken(model: &CardModel) -> String {
    let card = scene(&standard(), model).unwrap();
    let line = |spoken: &liangma_card::Spoken| format!("{}: {}", spoken.item, spoken.label);
    card.reading_order
        .iter()
        .map(line)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn a_screen_reader_says_masks_in_words() {
    let model = live(View::Normal, Language::ZhHans, 320, COLOURS[0]);
    insta::assert_snapshot!(spoken(&model), @r"
    terminal_name: 浙江健康码
    panel: 绿码，圆圈打勾
    name: 王，其余隐藏
    document: 身份证，开头 1 1，末尾 2 X，中间隐藏
    time: 时间 2026-03-08, 14:21:37
    qr: 二维码，请对着扫码的人
    validity: 可离线使用至 明天 04:21
    updated: 更新于 14:04
    ");
    let model = CardModel {
        language: Language::En,
        view: View::International,
        name: MaskedName::from_text("阿***·买****").unwrap(),
        holder: Holder::Group { people: 3 },
        sandbox: true,
        ..model
    };
    insta::assert_snapshot!(spoken(&model), @r"
    terminal_name: 浙江健康码
    sandbox_mark: For demonstration. Not a real health code
    holder_mark: 3 people
    panel: Green code, a tick in a circle
    name: 阿 买, the rest hidden, group of 3
    document: ID card, begins 1 1, ends 2 X, the middle hidden
    time: Time 2026-03-08, 14:21:37 UTC+8
    qr: The code. Turn it to the person who scans
    validity: Works offline until tomorrow 04:21
    updated: Updated 14:04
    ");
}

#[test]
fn a_card_without_a_code_says_what_to_do() {
    let model = CardModel {
        code: Code::Absent(Absence::Expired),
        ..live(View::Care, Language::En, 320, COLOURS[0])
    };
    insta::assert_snapshot!(spoken(&model), @r"
    terminal_name: 浙江健康码
    panel: There is no valid code now
    name: 王, the rest hidden
    document: ID card, begins 1 1, ends 2 X, the middle hidden
    time: Time 2026-03-08, 14:21:37
    absence_title: Code expired
    absence_do: Go online and refresh
    absence_way_0: You can pass without a code. Show your ID
    updated: Updated 14:04
    ");
}

#[test]
fn nothing_spoken_has_an_asterisk() {
    for language in Language::ALL {
        for (kind, visible) in crate::model::DOCUMENTS {
            let model = CardModel {
                document: document(kind, visible),
                ..live(View::Normal, language, 320, COLOURS[1])
            };
            assert!(!spoken(&model).contains('*'));
        }
    }
}
