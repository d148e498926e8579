//! A scene: what is on a card and where, in points, so that a canvas of any kind can draw it without
//! deciding anything.

use std::fmt;

use serde::Serialize;

use crate::qr::QrMatrix;
use crate::rgb::Rgb;
use crate::standard::Language;

/// A rectangle in points; the origin is the top left corner of the card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Rectangle {
    /// Left edge.
    pub x: f32,
    /// Upper edge.
    pub y: f32,
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
}

impl Rectangle {
    /// A rectangle from its upper left corner and its size.
    pub const fn new(x: f32, y: f32, width: f32, height: f32) -> Self {
        Self {
            x,
            y,
            width,
            height,
        }
    }

    /// Right edge.
    pub fn right(self) -> f32 {
        self.x + self.width
    }

    /// Lower edge.
    pub fn bottom(self) -> f32 {
        self.y + self.height
    }

    /// Whether `other` lies wholly inside.
    pub fn holds(self, other: Self) -> bool {
        const GRAIN: f32 = 0.01;
        other.x >= self.x - GRAIN
            && other.y >= self.y - GRAIN
            && other.right() <= self.right() + GRAIN
            && other.bottom() <= self.bottom() + GRAIN
    }

    /// Whether the two share an area.
    pub fn meets(self, other: Self) -> bool {
        const GRAIN: f32 = 0.01;
        self.x + GRAIN < other.right()
            && other.x + GRAIN < self.right()
            && self.y + GRAIN < other.bottom()
            && other.y + GRAIN < self.bottom()
    }

    pub(crate) fn middle(self) -> f32 {
        self.y + self.height / 2.0
    }
}

/// Where the text stands in the width of its frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    /// At the left edge.
    Start,
    /// In the middle.
    Centre,
    /// At the right edge.
    End,
}

/// Weight of the letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// Running weight.
    Regular,
    /// Bold.
    Bold,
}

/// What to do when a text does not fit even at its smallest size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Overflow {
    /// Do not draw the card: a cut text would say something else.
    Refuse,
    /// End the text with `…`.
    Ellipsis,
}

/// One line of text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Text {
    /// What it says; no unseen characters.
    pub text: String,
    /// Size wanted, in points.
    pub size: f32,
    /// Smallest size to which it may shrink to stay in the width of its frame.
    pub minimum_size: f32,
    /// Weight.
    pub weight: Weight,
    /// Place in the width of the frame.
    pub align: Align,
    /// Where letters stand, at the size wanted: distance from the top of the card. A text that shrinks
    /// moves up by 0.37 of what it loses, so that it stays in the middle of its row.
    pub baseline: f32,
    /// Whether the line is turned a quarter to the left (read from the bottom up) in the middle of its
    /// frame; the frame's height is then its room, and `baseline` counts from the left edge of the card.
    pub turned: bool,
    /// Colour of the letters.
    pub ink: Rgb,
    /// Colour of what lies under them: for contrast, and for smoothing edges.
    pub ground: Rgb,
    /// The rule when it does not fit.
    pub overflow: Overflow,
}

/// One step of an outline, in points.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Begins a new outline here.
    Move(f32, f32),
    /// Straight to here.
    Line(f32, f32),
    /// A cubic curve: two control points, then the end.
    Curve(f32, f32, f32, f32, f32, f32),
    /// Back to where the outline began.
    Close,
}

/// What an item draws.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Drawing {
    /// The whole frame in one colour, its corners rounded.
    Fill {
        /// Its colour.
        colour: Rgb,
        /// Radius of the corners.
        radius: f32,
        /// Colour of what lies under the corners.
        ground: Rgb,
    },
    /// An outline filled by the non-zero rule.
    Outline {
        /// The outline.
        steps: Vec<Step>,
        /// Its colour.
        colour: Rgb,
        /// Colour of what lies under it.
        ground: Rgb,
    },
    /// One line of text.
    Text(Text),
    /// A QR code, as large as whole modules allow with a quiet zone of 4, in the middle of the frame.
    Qr {
        /// The modules.
        matrix: QrMatrix,
        /// Dark modules.
        dark: Rgb,
        /// Light modules and the quiet zone: fills the whole frame.
        light: Rgb,
    },
}

/// Stable name of a part of the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemId {
    /// The card itself.
    Page,
    /// The band that identifies the application.
    Band,
    /// Name of the terminal.
    TerminalName,
    /// The box of the mark of a demonstration card, in the band.
    SandboxBox,
    /// The mark of a demonstration card, in the band.
    SandboxMark,
    /// The bar left of the QR code on a demonstration card.
    SandboxBarLeft,
    /// Its text.
    SandboxTextLeft,
    /// The bar right of the QR code on a demonstration card.
    SandboxBarRight,
    /// Its text.
    SandboxTextRight,
    /// Whose code it is, when not the phone owner's own.
    HolderMark,
    /// The colour panel.
    Panel,
    /// The shape on the panel.
    PanelShape,
    /// What is cut out of the shape.
    PanelShapeDetail,
    /// The word on the panel.
    PanelWord,
    /// The masked name.
    Name,
    /// The masked document.
    Document,
    /// The line over the clock.
    ClockLine,
    /// Date.
    Date,
    /// Time to the second.
    Time,
    /// Offset from UTC.
    Zone,
    /// The QR code.
    Qr,
    /// The box that stands where the QR code would be.
    AbsenceBox,
    /// Why there is no code.
    AbsenceTitle,
    /// What to do.
    AbsenceDo,
    /// The way on without a code, line by line.
    AbsenceWay(u8),
    /// Until when the code works offline, or that the clock is in doubt.
    Validity,
    /// When the code was renewed.
    Updated,
}

impl fmt::Display for ItemId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::AbsenceWay(line) = self {
            return write!(formatter, "absence_way_{line}");
        }
        // The variant's name in snake case, as in JSON.
        for (index, letter) in format!("{self:?}").chars().enumerate() {
            if letter.is_ascii_uppercase() && index > 0 {
                write!(formatter, "_")?;
            }
            write!(formatter, "{}", letter.to_ascii_lowercase())?;
        }
        Ok(())
    }
}

/// One thing to draw. Items are drawn in order, later ones over earlier ones.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Item {
    /// Which part it is.
    pub id: ItemId,
    /// Its place; nothing is drawn outside.
    pub frame: Rectangle,
    /// What to draw there.
    pub drawing: Drawing,
}

/// What a screen reader says at one place, in reading order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Spoken {
    /// The item it stands for.
    pub item: ItemId,
    /// What is said.
    pub label: String,
}

/// A whole card.
#[derive(Clone, PartialEq, Serialize)]
pub struct Scene {
    /// Width in points.
    pub width: f32,
    /// Height in points.
    pub height: f32,
    /// Language of the words.
    pub language: Language,
    /// Font families for renderers that use the viewer's fonts, best first.
    pub families: Vec<String>,
    /// What to draw, in order.
    pub items: Vec<Item>,
    /// What is said, in order.
    pub reading_order: Vec<Spoken>,
}

impl fmt::Debug for Scene {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A scene shows a person's code: its text stays out of logs.
        formatter
            .debug_struct("Scene")
            .field("width", &self.width)
            .field("height", &self.height)
            .field("items", &self.items.len())
            .finish_non_exhaustive()
    }
}

impl Scene {
    /// The item of this name.
    pub fn item(&self, id: ItemId) -> Option<&Item> {
        self.items.iter().find(|item| item.id == id)
    }

    /// The smallest rectangle that holds everything that is different in `next`: what a canvas has to
    /// draw again. Nothing when the two look the same; the whole card when its size changes.
    pub fn difference(&self, next: &Self) -> Option<Rectangle> {
        if (self.width, self.height) != (next.width, next.height) {
            return Some(Rectangle::new(0.0, 0.0, next.width, next.height));
        }
        let gone = self.items.iter().filter(|item| !next.items.contains(item));
        let new = next.items.iter().filter(|item| !self.items.contains(item));
        gone.chain(new).map(|item| item.frame).reduce(|one, two| {
            let (x, y) = (one.x.min(two.x), one.y.min(two.y));
            Rectangle::new(
                x,
                y,
                one.right().max(two.right()) - x,
                one.bottom().max(two.bottom()) - y,
            )
        })
    }
}
