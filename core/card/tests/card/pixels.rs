//! What cameras see.

use std::io::Cursor;

use jiff::SignedDuration;
use liangma_card::{
    Canvas, CardError, CardModel, Language, MissingCharacters, QrMatrix, Scale, View, png, qr_png,
    scene,
};
use liangma_domain::mask::MaskedName;
use rstest::rstest;

use crate::model::{COLOURS, code_text, fonts, live, standard};

fn read(picture: &[u8]) -> String {
    let picture = image::load_from_memory(picture).unwrap().to_luma8();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let mut reader = quircs::Quirc::default();
    let mut codes = reader.identify(width, height, picture.as_raw());
    let code = codes.next().unwrap().unwrap().decode().unwrap();
    assert!(codes.next().is_none(), "one code");
    String::from_utf8(code.payload).unwrap()
}

#[rstest]
fn a_card_is_read_back_exactly(
    #[values(View::Normal, View::Care, View::International)] view: View,
    #[values(3, 4, 6)] module: u32,
) {
    let (standard, fonts) = (standard(), fonts());
    for sandbox in [false, true] {
        for colour in COLOURS {
            let model = CardModel {
                sandbox,
                ..live(view, Language::ZhHans, 320, colour)
            };
            let card = scene(&standard, &model).unwrap();
            let scale = Scale::for_modules(&card, module).unwrap();
            assert_eq!(read(&png(&card, &fonts, scale).unwrap()), code_text());
        }
    }
}

#[test]
fn modules_are_whole_pixels_of_the_size_asked_for_at_every_width() {
    let (standard, fonts) = (standard(), fonts());
    let dark = standard.inks().module.0;
    for width in (320..=480).step_by(9) {
        let card = scene(
            &standard,
            &live(View::Normal, Language::En, width, COLOURS[0]),
        )
        .unwrap();
        for module in 3..=6 {
            let scale = Scale::for_modules(&card, module).unwrap();
            let canvas = Canvas::draw(&card, &fonts, scale, MissingCharacters::Refuse).unwrap();
            let (row_length, _) = canvas.size();
            let pixels = canvas.to_rgb();
            let columns = || {
                let dark_pixels = pixels
                    .chunks(3)
                    .enumerate()
                    .filter(|(_, pixel)| *pixel == dark);
                dark_pixels.map(|(index, _)| index % row_length)
            };
            let side = columns().max().unwrap() - columns().min().unwrap() + 1;
            assert_eq!(
                side,
                57 * module as usize,
                "{width} points, {module} pixels"
            );
        }
    }
}

#[rstest]
fn a_code_alone_is_read_back_exactly(#[values(3, 4, 5, 8)] module: u32) {
    let matrix = QrMatrix::alphanumeric(&code_text(), 10).unwrap();
    assert_eq!(read(&qr_png(&matrix, module).unwrap()), code_text());
}

#[test]
fn a_code_alone_has_one_bit_a_pixel_and_whole_modules() {
    let matrix = QrMatrix::alphanumeric("LM1:A", 10).unwrap();
    let picture = qr_png(&matrix, 3).unwrap();
    let header = png::Decoder::new(Cursor::new(&picture))
        .read_info()
        .unwrap();
    assert_eq!(header.info().bit_depth, png::BitDepth::One);
    let pixels = image::load_from_memory(&picture).unwrap().to_luma8();
    assert_eq!(pixels.width(), 3 * (21 + 8));
    for (x, y, pixel) in pixels.enumerate_pixels() {
        let (column, row) = ((x / 3).wrapping_sub(4), (y / 3).wrapping_sub(4));
        assert_eq!(pixel.0[0] == 0, matrix.is_dark(column, row), "{x}, {y}");
    }
    assert!(matches!(
        qr_png(&matrix, 0),
        Err(CardError::PictureSize { .. })
    ));
    assert!(matches!(
        qr_png(&matrix, u32::MAX),
        Err(CardError::PictureSize { .. })
    ));
}

#[test]
fn a_picture_has_a_palette_and_shows_what_the_canvas_shows() {
    let (standard, fonts) = (standard(), fonts());
    let card = scene(
        &standard,
        &live(View::Normal, Language::ZhHans, 320, COLOURS[0]),
    )
    .unwrap();
    let canvas = Canvas::draw(&card, &fonts, Scale::new(1.5), MissingCharacters::Refuse).unwrap();
    let picture = canvas.to_png().unwrap();
    let header = png::Decoder::new(Cursor::new(&picture))
        .read_info()
        .unwrap();
    assert_eq!(header.info().color_type, png::ColorType::Indexed);
    let decoded = image::load_from_memory(&picture).unwrap().to_rgb8();
    assert_eq!(
        (decoded.width() as usize, decoded.height() as usize),
        canvas.size()
    );
    assert!(decoded.into_raw() == canvas.to_rgb());
}

#[rstest]
fn a_tick_of_the_clock_redraws_a_band_and_gives_the_same_card(
    #[values(View::Normal, View::Care, View::International)] view: View,
    #[values(1.0, 2.625, 3.0)] scale: f32,
) {
    let (standard, fonts) = (standard(), fonts());
    let before = live(view, Language::En, 360, COLOURS[1]);
    let after = CardModel {
        now: before.now + SignedDuration::from_secs(1),
        ..before.clone()
    };
    let (one, two) = (
        scene(&standard, &before).unwrap(),
        scene(&standard, &after).unwrap(),
    );
    assert_eq!(one.difference(&one), None);
    let band = one.difference(&two).unwrap();
    assert!(band.height <= 60.0 && band.width < 200.0, "{band:?}");
    let draw =
        |card| Canvas::draw(card, &fonts, Scale::new(scale), MissingCharacters::Refuse).unwrap();
    let mut canvas = draw(&one);
    canvas.redraw(&two, &fonts, band).unwrap();
    assert!(canvas.to_rgb() == draw(&two).to_rgb());
    assert!(canvas.to_rgb() != draw(&one).to_rgb());
}

#[test]
fn a_character_without_a_font_is_an_error_or_a_visible_mark() {
    let (standard, fonts) = (standard(), fonts());
    let model = CardModel {
        name: MaskedName::from_text("𠮷*").unwrap(),
        ..live(View::Normal, Language::ZhHans, 320, COLOURS[0])
    };
    assert!(!fonts.has('𠮷') && fonts.has('王'));
    let card = scene(&standard, &model).unwrap();
    let error = png(&card, &fonts, Scale::new(1.0)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "draw a card: no font has character 0 of name"
    );
    let canvas = Canvas::draw(
        &card,
        &fonts,
        Scale::new(1.0),
        MissingCharacters::Substitute,
    )
    .unwrap();
    assert_eq!(canvas.substituted(), 1);
    let marked = CardModel {
        name: MaskedName::from_text("王*").unwrap(),
        ..model
    };
    let other = scene(&standard, &marked).unwrap();
    let other = Canvas::draw(
        &other,
        &fonts,
        Scale::new(1.0),
        MissingCharacters::Substitute,
    )
    .unwrap();
    assert_eq!(other.substituted(), 0);
    assert!(canvas.to_rgb() != other.to_rgb());
}

#[test]
fn a_second_font_draws_what_the_first_has_not() {
    let regular =
        include_bytes!("../../../../ui-spec/fonts/NotoSansSC-Regular.subset.otf").to_vec();
    let bold = include_bytes!("../../../../ui-spec/fonts/NotoSansSC-Bold.subset.otf").to_vec();
    // The small font first: what it lacks comes from the second.
    let fonts = liangma_card::Fonts::new(vec![bold, regular], vec![]).unwrap();
    assert!(fonts.has('龚'));
    let model = CardModel {
        name: MaskedName::from_text("龚*").unwrap(),
        ..live(View::Normal, Language::ZhHans, 320, COLOURS[0])
    };
    png(
        &scene(&standard(), &model).unwrap(),
        &fonts,
        Scale::new(1.0),
    )
    .unwrap();
}

#[test]
fn pictures_too_small_for_whole_modules_or_too_large_are_refused() {
    let (standard, fonts) = (standard(), fonts());
    let card = scene(
        &standard,
        &live(View::Normal, Language::En, 320, COLOURS[0]),
    )
    .unwrap();
    assert!(matches!(
        png(&card, &fonts, Scale::new(0.3)),
        Err(CardError::PictureSize { .. })
    ));
    assert!(matches!(
        png(&card, &fonts, Scale::new(16.0)),
        Err(CardError::PictureSize { .. })
    ));
    for odd in [f32::NAN, f32::INFINITY, -1.0] {
        let _ = png(&card, &fonts, Scale::new(odd));
    }
}

#[test]
fn our_fonts_have_the_beginning_of_every_common_name() {
    let fonts = fonts();
    let surnames = include_str!("../../../../ui-spec/fonts/surnames.txt");
    let common = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常陳張劉黃趙吳楊許鄭謝羅葉蘇呂盧鍾譚陸範韋賈鄒龍顧龔錢嚴";
    let listed = surnames
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::chars);
    for character in listed.chain(common.chars()).filter(|c| !c.is_whitespace()) {
        assert!(fonts.has(character), "{character}");
    }
}
