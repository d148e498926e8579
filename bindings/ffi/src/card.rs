//! The code card as the core laid it out: where everything stands, in which colour, and what is said.
//!
//! A shell draws the items in order and decides nothing. The card comes only so, with the band that
//! identifies the application (Guangxi article 25); there is no way to get the bare code.

use liangma_card::{Align, Drawing, Overflow, Rgb, Weight};

use crate::{
    mirror::{Mirror, mirror},
    screen::Language,
};

mirror! {
    /// A rectangle in points; the origin is the top left corner of the card.
    pub struct CardRectangle = liangma_card::Rectangle {
        /// Left edge.
        pub x: f32,
        /// Upper edge.
        pub y: f32,
        /// Width.
        pub width: f32,
        /// Height.
        pub height: f32,
    }

    /// A whole card. It shows a person's code: keep it out of logs and files.
    pub struct CardScene = liangma_card::Scene {
        /// Width in points.
        pub width: f32,
        /// Height in points.
        pub height: f32,
        /// Language of the words.
        pub language: Language,
        /// Font families that fit, best first.
        pub families: Vec<String>,
        /// What to draw, in order: later ones over earlier ones.
        pub items: Vec<CardItem>,
        /// What a screen reader says, in order.
        pub reading_order: Vec<CardSpoken>,
    }

    /// One thing to draw.
    pub struct CardItem = liangma_card::Item {
        /// Stable name of the part, such as `band`, `qr` or `time`.
        pub id: String,
        /// Its place; nothing is drawn outside.
        pub frame: CardRectangle,
        /// What to draw there.
        pub drawing: CardDrawing,
    }

    /// What a screen reader says at one place.
    pub struct CardSpoken = liangma_card::Spoken {
        /// The item it stands for, by its name.
        pub item: String,
        /// What is said.
        pub label: String,
    }
}

impl Mirror<liangma_card::ItemId> for String {
    fn mirror(core: liangma_card::ItemId) -> Self {
        core.to_string()
    }
}

/// What an item draws. Colours are sRGB as `0xRRGGBB`, always opaque, and the same in dark mode.
#[derive(Clone, Debug, PartialEq, uniffi::Enum)]
pub enum CardDrawing {
    /// The whole frame in one colour, its corners rounded.
    Fill {
        /// Its colour.
        colour: u32,
        /// Radius of the corners, in points.
        radius: f32,
    },
    /// An outline filled by the non-zero rule.
    Outline {
        /// The outline.
        steps: Vec<CardStep>,
        /// Its colour.
        colour: u32,
    },
    /// One line of text.
    Text {
        /// What it says.
        text: String,
        /// Size wanted, in points.
        size: f32,
        /// Smallest size to which it may shrink to stay in the width of its frame.
        minimum_size: f32,
        /// Whether the letters are bold.
        bold: bool,
        /// Place in the width of the frame.
        align: CardAlign,
        /// Where letters stand at the size wanted: distance from the top of the card, in points. A text that
        /// shrinks moves up by 0.37 of what it loses, so that it stays in the middle of its row.
        baseline: f32,
        /// Whether the line is turned a quarter to the left (read from the bottom up) in the middle of its
        /// frame; the frame's height is then its room, and `baseline` counts from the left edge of the card.
        turned: bool,
        /// Colour of the letters.
        ink: u32,
        /// What to do when it does not fit even at its smallest size: true ends it with `…`, false means that
        /// the card is not to be drawn, because a cut text would say something else.
        ellipsis: bool,
    },
    /// A QR code, as large as whole pixels for each module allow with a quiet zone of 4 modules, in the middle
    /// of the frame. `light` fills the whole frame first.
    Qr {
        /// One string for each row of modules: `#` dark, `.` light; without the quiet zone.
        rows: Vec<String>,
        /// Dark modules.
        dark: u32,
        /// Light modules and the quiet zone.
        light: u32,
    },
}

/// One step of an outline, in points from the top left corner of the card.
#[derive(Clone, Debug, PartialEq, uniffi::Enum)]
pub enum CardStep {
    /// Begins a new outline here.
    Move {
        /// To the right.
        x: f32,
        /// Down.
        y: f32,
    },
    /// Straight to here.
    Line {
        /// To the right.
        x: f32,
        /// Down.
        y: f32,
    },
    /// A cubic curve: two control points, then the end.
    Curve {
        /// First control point, to the right.
        x1: f32,
        /// First control point, down.
        y1: f32,
        /// Second control point, to the right.
        x2: f32,
        /// Second control point, down.
        y2: f32,
        /// The end, to the right.
        x: f32,
        /// The end, down.
        y: f32,
    },
    /// Back to where the outline began.
    Finish,
}

/// Where a text stands in the width of its frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum CardAlign {
    /// At the left edge.
    Start,
    /// In the middle.
    Centre,
    /// At the right edge.
    End,
}

/// The card at one moment.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct CardFrame {
    /// All of it.
    pub scene: CardScene,
    /// What is different from the frame before, and alone has to be drawn again: the whole card on the first
    /// frame; `null` when nothing is different.
    pub redraw: Option<CardRectangle>,
    /// Milliseconds until the clock on the card shows another second: ask for the next frame then.
    pub next_in_milliseconds: u32,
}

fn colour(rgb: Rgb) -> u32 {
    let [red, green, blue] = rgb.0;
    u32::from_be_bytes([0, red, green, blue])
}

impl Mirror<Drawing> for CardDrawing {
    fn mirror(core: Drawing) -> Self {
        match core {
            Drawing::Fill {
                colour: fill,
                radius,
                ground: _,
            } => Self::Fill {
                colour: colour(fill),
                radius,
            },
            Drawing::Outline {
                steps,
                colour: fill,
                ground: _,
            } => Self::Outline {
                steps: Mirror::mirror(steps),
                colour: colour(fill),
            },
            Drawing::Text(text) => Self::Text {
                text: text.text,
                size: text.size,
                minimum_size: text.minimum_size,
                bold: text.weight == Weight::Bold,
                align: match text.align {
                    Align::Start => CardAlign::Start,
                    Align::Centre => CardAlign::Centre,
                    Align::End => CardAlign::End,
                },
                baseline: text.baseline,
                turned: text.turned,
                ink: colour(text.ink),
                ellipsis: text.overflow == Overflow::Ellipsis,
            },
            Drawing::Qr {
                matrix,
                dark,
                light,
            } => {
                let row = |row| {
                    (0..matrix.size())
                        .map(|column| {
                            if matrix.is_dark(column, row) {
                                '#'
                            } else {
                                '.'
                            }
                        })
                        .collect()
                };
                Self::Qr {
                    rows: (0..matrix.size()).map(row).collect(),
                    dark: colour(dark),
                    light: colour(light),
                }
            }
        }
    }
}

impl Mirror<liangma_card::Step> for CardStep {
    fn mirror(core: liangma_card::Step) -> Self {
        use liangma_card::Step;
        match core {
            Step::Move(x, y) => Self::Move { x, y },
            Step::Line(x, y) => Self::Line { x, y },
            Step::Curve(x1, y1, x2, y2, x, y) => Self::Curve {
                x1,
                y1,
                x2,
                y2,
                x,
                y,
            },
            Step::Close => Self::Finish,
        }
    }
}
