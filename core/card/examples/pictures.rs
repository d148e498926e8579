//! Writes cards to look at and to scan: `cargo run -p liangma-card --all-features --example pictures -- FOLDER`.
//!
//! For each colour, view and module size there is a PNG with the text beside it (`.txt`), and for each
//! colour, view and language a PNG, an SVG and a PDF, for `tests/readers/readers.py`, with the scene as JSON
//! for a glass to draw; then the QR codes alone, and cards in every state with their SVG (no `.txt`), for eyes
//! only.

use std::error::Error;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use liangma_card::{
    Absence, Canvas, CardModel, ClockState, Code, Drawing, Holder, ItemId, Language,
    MissingCharacters, QrMatrix, Scale, Scene, Standard, Validity, View, pdf, png, qr_png, scene,
    svg,
};
use liangma_domain::colour::Colour;
use liangma_domain::identity::DocumentType;
use liangma_domain::mask::{MaskedDocument, MaskedName};

const COLOURS: [(&str, Colour); 3] = [
    ("green", Colour::GREEN),
    ("yellow", Colour::YELLOW),
    ("red", Colour::RED),
];

/// 300 characters like those of a live code: QR version 10-M.
fn code_text(seed: u64) -> String {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut text = String::from("LM1:");
    while text.len() < 300 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let index = (state % ALPHABET.len() as u64) as usize;
        text.push(ALPHABET.get(index).copied().map_or('0', char::from));
    }
    text
}

fn model(view: View, colour: Colour, seed: u64) -> Result<CardModel, Box<dyn Error>> {
    let now: Timestamp = "2026-03-08T06:21:37Z".parse()?;
    let international = view == View::International;
    let (name, document) = if international {
        (
            "J* S*",
            MaskedDocument::from_visible(DocumentType::Passport, "P45")?,
        )
    } else {
        (
            "王*",
            MaskedDocument::from_visible(DocumentType::ResidentIdentity, "112X")?,
        )
    };
    Ok(CardModel {
        view,
        language: if international {
            Language::En
        } else {
            Language::ZhHans
        },
        width: 320,
        terminal_name: if international {
            "Health Code"
        } else {
            "浙江健康码"
        }
        .into(),
        code: Code::Live {
            text: code_text(seed),
            colour,
        },
        name: MaskedName::from_text(name)?,
        document,
        now,
        zone: "Asia/Shanghai".into(),
        validity: Validity {
            works_offline_until: Some(now + SignedDuration::from_hours(14)),
            updated_at: Some(now - SignedDuration::from_mins(17)),
            clock: ClockState::Trusted,
        },
        sandbox: false,
        holder: Holder::Own,
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("usage: pictures FOLDER")?);
    std::fs::create_dir_all(&folder)?;
    to_scan(&folder)?;
    to_look_at(&folder)
}

fn to_scan(folder: &Path) -> Result<(), Box<dyn Error>> {
    let standard = Standard::built_in()?;
    let fonts = liangma_card::Fonts::embedded()?;
    let mut seed = 0;
    for (name, colour) in COLOURS {
        for view in View::ALL {
            for pixels in [3, 4, 6] {
                seed += 1;
                let model = model(view, colour, seed)?;
                let card = scene(&standard, &model)?;
                let scale = Scale::for_modules(&card, pixels).ok_or("a live card has a code")?;
                let stem = folder.join(format!("card-{name}-{}-{pixels}px", view.name()));
                std::fs::write(stem.with_extension("png"), png(&card, &fonts, scale)?)?;
                std::fs::write(stem.with_extension("txt"), code_text(seed))?;
            }
        }
    }
    for (name, colour) in COLOURS {
        for view in View::ALL {
            for language in Language::ALL {
                seed += 1;
                let model = CardModel {
                    language,
                    ..model(view, colour, seed)?
                };
                let card = scene(&standard, &model)?;
                let stem = folder.join(format!("page-{name}-{}-{}", view.name(), language.tag()));
                let smallest = Scale::for_modules(&card, 3).ok_or("a live card has a code")?;
                std::fs::write(stem.with_extension("png"), png(&card, &fonts, smallest)?)?;
                std::fs::write(stem.with_extension("svg"), svg(&card))?;
                std::fs::write(stem.with_extension("pdf"), pdf(&card, &fonts)?)?;
                std::fs::write(stem.with_extension("json"), serde_json::to_vec(&card)?)?;
                std::fs::write(stem.with_extension("txt"), code_text(seed))?;
            }
        }
    }
    for pixels in [3, 4, 6] {
        seed += 1;
        let matrix = QrMatrix::alphanumeric(&code_text(seed), 10)?;
        let stem = folder.join(format!("qr-{pixels}px"));
        std::fs::write(stem.with_extension("png"), qr_png(&matrix, pixels)?)?;
        std::fs::write(stem.with_extension("txt"), code_text(seed))?;
    }
    Ok(())
}

fn to_look_at(folder: &Path) -> Result<(), Box<dyn Error>> {
    let mut cards: Vec<(String, CardModel)> = Vec::new();
    for (index, (name, colour)) in COLOURS.into_iter().enumerate() {
        for view in View::ALL {
            for width in [320, 360, 411] {
                let look = CardModel {
                    width,
                    ..model(view, colour, index as u64 + 90)?
                };
                cards.push((format!("look-{name}-{}-{width}", view.name()), look));
            }
        }
    }
    for view in View::ALL {
        for width in [320, 411] {
            let sandbox = CardModel {
                width,
                sandbox: true,
                ..model(view, Colour::GREEN, 7)?
            };
            cards.push((format!("look-sandbox-{}-{width}", view.name()), sandbox));
        }
    }
    for (name, absence) in [
        ("expired", Absence::Expired),
        ("updated", Absence::StatusUpdated),
        ("not-applied", Absence::NotApplied),
        ("unavailable", Absence::Unavailable),
    ] {
        for view in View::ALL {
            let absent = CardModel {
                code: Code::Absent(absence),
                sandbox: view == View::International,
                ..model(view, Colour::GREEN, 8)?
            };
            cards.push((format!("look-{name}-{}", view.name()), absent));
        }
    }
    let long = "这是一个名字特别特别长的健康码应用程序演示终端";
    let group = CardModel {
        holder: Holder::Group { people: 5 },
        code: Code::Live {
            text: code_text(9).repeat(2),
            colour: Colour::YELLOW,
        },
        ..model(View::Normal, Colour::YELLOW, 9)?
    };
    let ward = CardModel {
        holder: Holder::Ward,
        ..model(View::Care, Colour::GREEN, 10)?
    };
    let unknown = Validity {
        clock: ClockState::Unknown,
        ..ward.validity
    };
    let crowded = CardModel {
        terminal_name: long.into(),
        sandbox: true,
        holder: Holder::Ward,
        language: Language::ZhHant,
        name: MaskedName::from_text("阿***·买****·艾*")?,
        validity: unknown,
        ..model(View::Normal, Colour::RED, 11)?
    };
    cards.extend([
        ("look-group".into(), group),
        ("look-ward".into(), ward),
        ("look-crowded".into(), crowded),
    ]);
    let standard = Standard::built_in()?;
    let fonts = liangma_card::Fonts::embedded()?;
    for (name, model) in cards {
        let card: Scene = scene(&standard, &model)?;
        let canvas = Canvas::draw(&card, &fonts, Scale::new(2.0), MissingCharacters::Refuse)?;
        std::fs::write(folder.join(format!("{name}.png")), canvas.to_png()?)?;
        std::fs::write(folder.join(format!("{name}.svg")), svg(&card))?;
        debug_assert!(
            card.item(ItemId::Page)
                .is_some_and(|page| matches!(page.drawing, Drawing::Fill { .. }))
        );
    }
    Ok(())
}
