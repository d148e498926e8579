//! Drawing: a card and a code to PNG, a tick of the clock, and the QR matrix, each beside a peer.

use std::error::Error;
use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageFormat, Luma, RgbImage};
use jiff::{SignedDuration, Timestamp};
use liangma_card::{
    Canvas, CardModel, ClockState, Code, Fonts, Holder, Language, MissingCharacters, QUIET_ZONE,
    QrMatrix, Scale, Standard, Validity, View, qr_png, scene,
};
use liangma_domain::colour::Colour;
use liangma_domain::identity::DocumentType;
use liangma_domain::mask::{MaskedDocument, MaskedName};
use liangma_tests::measure::{Row, markdown_head, side_by_side};

/// As long as a live code: QR version 10-M.
fn code_text() -> String {
    let alphabet = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    let body =
        (0..296_usize).filter_map(|index| alphabet.get((index * index * 7 + index * 3) % 45));
    "LM1:"
        .chars()
        .chain(body.map(|byte| char::from(*byte)))
        .collect()
}

fn model() -> Result<CardModel, Box<dyn Error>> {
    let now: Timestamp = "2026-03-08T06:21:37Z".parse()?;
    Ok(CardModel {
        view: View::Normal,
        language: Language::ZhHans,
        width: 411,
        terminal_name: "浙江健康码".into(),
        code: Code::Live {
            text: code_text(),
            colour: Colour::GREEN,
        },
        name: MaskedName::from_text("王*")?,
        document: MaskedDocument::from_visible(DocumentType::ResidentIdentity, "112X")?,
        now,
        zone: "Asia/Shanghai".into(),
        validity: Validity {
            works_offline_until: Some(now + SignedDuration::from_hours(14)),
            updated_at: Some(now),
            clock: ClockState::Trusted,
        },
        sandbox: false,
        holder: Holder::Own,
    })
}

/// PNG as `image` writes it when nobody chooses anything.
fn with_defaults(picture: &DynamicImage) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    // A failure would show as a picture of no bytes, which main refuses before it measures.
    picture
        .write_to(&mut out, ImageFormat::Png)
        .map_or(Vec::new(), |()| out.into_inner())
}

/// A code drawn pixel by pixel, in a byte of grey for each.
fn code_with_defaults(matrix: &QrMatrix, module: u32) -> Vec<u8> {
    let side = matrix.full_size() * module;
    let picture = GrayImage::from_fn(side, side, |x, y| {
        let (column, row) = (
            (x / module).wrapping_sub(QUIET_ZONE),
            (y / module).wrapping_sub(QUIET_ZONE),
        );
        Luma([if matrix.is_dark(column, row) { 0 } else { 255 }])
    });
    with_defaults(&picture.into())
}

#[expect(clippy::print_stdout, reason = "a bench is read on standard output")]
fn main() -> Result<(), Box<dyn Error>> {
    let standard = Standard::built_in()?;
    let fonts = Fonts::embedded()?;
    let before = model()?;
    let after = CardModel {
        now: before.now + SignedDuration::from_secs(1),
        ..before.clone()
    };
    let (card, next) = (scene(&standard, &before)?, scene(&standard, &after)?);
    let matrix = QrMatrix::alphanumeric(&code_text(), 10)?;
    let text = code_text();
    let draw = |scale| Canvas::draw(&card, &fonts, Scale::new(scale), MissingCharacters::Refuse);
    let peer = |scale| {
        draw(scale).ok().and_then(|canvas| {
            let (width, height) = canvas.size();
            let picture = RgbImage::from_raw(width as u32, height as u32, canvas.to_rgb())?;
            Some(with_defaults(&picture.into()))
        })
    };
    let ours = draw(2.0)?.to_png()?;
    let theirs = peer(2.0).ok_or("the peer could not draw")?;
    if image::load_from_memory(&ours)?.to_rgb8() != image::load_from_memory(&theirs)?.to_rgb8() {
        return Err("the two pictures differ".into());
    }
    if code_with_defaults(&matrix, 6).is_empty() {
        return Err("the peer could not draw the code".into());
    }
    let mut rows: Vec<Row> = Vec::new();
    for scale in [2.0, 3.0] {
        rows.push(side_by_side(
            &format!("card of 411 points to PNG, {scale} px a point"),
            Some(1.0 / 3.0),
            || draw(scale).and_then(|canvas| canvas.to_png()),
            "the same pixels, `image` defaults",
            || peer(scale),
        ));
    }
    rows.push(side_by_side(
        "QR code 10-M to PNG, 6 px a module, 1-bit palette",
        Some(1.0 / 3.0),
        || qr_png(&matrix, 6),
        "`image` defaults",
        || code_with_defaults(&matrix, 6),
    ));
    let band = card.difference(&next).ok_or("a tick changes nothing")?;
    let mut canvas = draw(3.0)?;
    let frame = vec![0x5A_u8; canvas.size().0 * canvas.size().1 * 4];
    let mut copy = frame.clone();
    let mut odd = false;
    rows.push(side_by_side(
        "a tick of the clock: its band drawn again, 3 px a point",
        Some(0.15),
        || {
            odd = !odd;
            canvas.redraw(if odd { &next } else { &card }, &fonts, band)
        },
        "copying the frame of 4 bytes a pixel",
        || copy.copy_from_slice(&frame),
    ));
    rows.push(side_by_side(
        "QR matrix 10-M from 300 characters",
        None,
        || QrMatrix::alphanumeric(&text, 10),
        "`fast_qr`",
        || {
            fast_qr::QRBuilder::new(text.as_str())
                .ecl(fast_qr::ECL::M)
                .build()
        },
    ));
    println!("{}", markdown_head());
    for row in rows {
        println!("{}", row.markdown());
    }
    println!(
        "\ncard at 2 px a point: {} bytes; with `image` defaults {} bytes",
        ours.len(),
        theirs.len()
    );
    Ok(())
}
