//! From a model to a scene: where everything on a card stands.

use jiff::Zoned;
use liangma_domain::zone;

use crate::error::CardError;
use crate::model::{CardModel, Code, Holder, NARROWEST, WIDEST};
use crate::rgb::Rgb;
use crate::scene::{Align, Drawing, Item, ItemId, Overflow, Rectangle, Scene, Step, Text, Weight};
use crate::spoken;
use crate::standard::{Inks, Language, Layout, Panel, Standard, ViewStyle};
use crate::text::{Estimate, MIDDLE, fit};

mod code;
mod rows;

/// Longest name of a terminal, in characters.
pub const TERMINAL_NAME_LIMIT: usize = 40;
/// Longest text of a code, in bytes.
pub const CODE_LIMIT: usize = 1024;
/// Radius of rounded corners.
const RADIUS: f32 = 10.0;
/// Gap between things that belong together.
const GAP: f32 = 10.0;

/// Lays out a card.
///
/// # Errors
/// [`CardError`] when the model is outside its bounds, or a text that must not be cut has no room.
pub fn scene(standard: &Standard, model: &CardModel) -> Result<Scene, CardError> {
    let width = model.width.min(WIDEST);
    if width < NARROWEST {
        return Err(CardError::TooNarrow { width });
    }
    let characters = model
        .terminal_name
        .chars()
        .take(TERMINAL_NAME_LIMIT + 1)
        .count();
    if !(1..=TERMINAL_NAME_LIMIT).contains(&characters) || model.terminal_name.trim().is_empty() {
        return Err(CardError::TerminalName);
    }
    if let Holder::Group { people } = model.holder
        && !(1..=8).contains(&people)
    {
        return Err(CardError::GroupSize { people });
    }
    let zone = zone::named(&model.zone).ok_or(CardError::UnknownZone)?;
    let view = standard.view(model.view);
    let Some(layout) = view
        .layouts
        .iter()
        .rev()
        .find(|layout| u32::from(layout.width) <= width)
    else {
        return Err(CardError::TooNarrow { width });
    };
    let mut sheet = Sheet {
        standard,
        model,
        view,
        layout,
        inks: standard.inks(),
        language: model.language,
        now: model.now.to_zoned(zone),
        width: width as f32,
        margin: f32::from(layout.margin),
        items: Vec::with_capacity(24),
    };
    sheet.draw()
}

pub(crate) struct Sheet<'a> {
    pub(crate) standard: &'a Standard,
    pub(crate) model: &'a CardModel,
    pub(crate) view: &'a ViewStyle,
    layout: &'a Layout,
    inks: &'a Inks,
    pub(crate) language: Language,
    pub(crate) now: Zoned,
    width: f32,
    margin: f32,
    items: Vec<Item>,
}

impl Sheet<'_> {
    fn draw(&mut self) -> Result<Scene, CardError> {
        let lines = self.lines();
        let qr_side = f32::from(self.layout.qr) + self.width - f32::from(self.layout.width);
        let rows = [
            f32::from(self.layout.title.height),
            f32::from(self.layout.panel.height),
            f32::from(self.layout.identity.height),
            f32::from(self.layout.clock.height),
            qr_side,
            f32::from(self.layout.validity.height),
        ];
        let height: f32 = rows.iter().sum();
        let mut top = 0.0;
        let mut row = |height: f32| {
            top += height;
            Rectangle::new(0.0, top - height, self.width, height)
        };
        let [title, panel, identity, clock, qr, validity] = rows.map(&mut row);
        let page = Rectangle::new(0.0, 0.0, self.width, height);
        self.fill(ItemId::Page, page, self.inks.page, 0.0, self.inks.page);
        self.title(title, &lines);
        self.panel(panel);
        self.identity(identity, &lines);
        self.clock(clock, &lines);
        self.code(Rectangle::new(
            (self.width - qr_side) / 2.0,
            qr.y,
            qr_side,
            qr_side,
        ))?;
        self.validity(validity, &lines);
        let reading_order = spoken::reading_order(self, &lines);
        let items = std::mem::take(&mut self.items);
        for item in &items {
            if let Drawing::Text(text) = &item.drawing {
                let room = if text.turned {
                    item.frame.height
                } else {
                    item.frame.width
                };
                fit(text, room, &Estimate::padded())
                    .ok_or(CardError::DoesNotFit { item: item.id })?;
            }
        }
        Ok(Scene {
            width: self.width,
            height,
            language: self.language,
            families: self.standard.families().to_vec(),
            items,
            reading_order,
        })
    }

    pub(crate) fn panel_style(&self) -> &Panel {
        match &self.model.code {
            Code::Live { colour, .. } => self
                .standard
                .colour(*colour)
                .map_or(self.standard.unlisted_colour(), |style| &style.panel),
            Code::Absent(_) => self.standard.no_colour(),
        }
    }

    /// A line of text in the middle of the height of its frame.
    fn line(&self, text: String, size: f32, frame: Rectangle, style: Style) -> Text {
        Text {
            text,
            size,
            minimum_size: f32::from(self.view.minimum_size).min(size),
            weight: style.weight,
            align: style.align,
            baseline: half(frame.middle() + MIDDLE * size),
            turned: false,
            ink: style.ink,
            ground: style.ground,
            overflow: Overflow::Refuse,
        }
    }

    fn text(&mut self, id: ItemId, frame: Rectangle, text: Text) {
        let drawing = Drawing::Text(text);
        self.items.push(Item { id, frame, drawing });
    }

    fn fill(&mut self, id: ItemId, frame: Rectangle, colour: Rgb, radius: f32, ground: Rgb) {
        let drawing = Drawing::Fill {
            colour,
            radius,
            ground,
        };
        self.items.push(Item { id, frame, drawing });
    }

    fn outline(
        &mut self,
        id: ItemId,
        frame: Rectangle,
        steps: Vec<Step>,
        colour: Rgb,
        ground: Rgb,
    ) {
        let drawing = Drawing::Outline {
            steps,
            colour,
            ground,
        };
        self.items.push(Item { id, frame, drawing });
    }
}

/// How a line is drawn, beside its size and place.
#[derive(Clone, Copy)]
struct Style {
    ink: Rgb,
    ground: Rgb,
    weight: Weight,
    align: Align,
}

impl Style {
    /// Regular weight, in the middle.
    fn new(ink: Rgb, ground: Rgb) -> Self {
        Self {
            ink,
            ground,
            weight: Weight::Regular,
            align: Align::Centre,
        }
    }

    fn bold(self) -> Self {
        Self {
            weight: Weight::Bold,
            ..self
        }
    }

    fn align(self, align: Align) -> Self {
        Self { align, ..self }
    }
}

fn half(value: f32) -> f32 {
    (value * 2.0).round() / 2.0
}

fn inset(frame: Rectangle, by: f32) -> Rectangle {
    Rectangle::new(
        frame.x + by,
        frame.y + by,
        frame.width - 2.0 * by,
        frame.height - 2.0 * by,
    )
}
