//! From a model to a scene: where everything on a card stands.

use jiff::Zoned;
use jiff::tz::TimeZone;
use thiserror::Error;

use crate::model::{Absence, CardModel, ClockState, Code, Holder, NARROWEST, WIDEST};
use crate::qr::{LARGEST_GROUP, LARGEST_SINGLE, QrError, QrMatrix};
use crate::rgb::Rgb;
use crate::scene::{Align, Drawing, Item, ItemId, Overflow, Rectangle, Scene, Text, Weight};
use crate::shapes;
use crate::spoken;
use crate::standard::{Inks, Language, Layout, Panel, Standard, ViewStyle};
use crate::text::{Estimate, MIDDLE, Measure, fill, fit, shown, wrap};

/// Longest name of a terminal, in characters.
pub const TERMINAL_NAME_LIMIT: usize = 40;
/// Longest text of a code, in bytes.
pub const CODE_LIMIT: usize = 1024;
/// Radius of rounded corners.
const RADIUS: f32 = 10.0;
/// Gap between things that belong together.
const GAP: f32 = 10.0;

/// Why no card can be laid out or drawn.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CardError {
    /// Narrower than 320 points.
    #[error("lay out a card {width} points wide: the least is {NARROWEST}")]
    TooNarrow {
        /// The width given.
        width: u32,
    },
    /// No terminal name, or one longer than 40 characters.
    #[error("lay out a card: the terminal's name must have 1 to {TERMINAL_NAME_LIMIT} characters")]
    TerminalName,
    /// Not a time zone known here.
    #[error("lay out a card: the region's time zone is not known")]
    UnknownZone,
    /// A group of nobody, or of more than eight.
    #[error("lay out a card for {people} people: a group has 1 to 8")]
    GroupSize {
        /// The number given.
        people: u8,
    },
    /// The text of the code cannot be a QR code.
    #[error("lay out a card: {0}")]
    Qr(#[from] QrError),
    /// A text that may not be cut does not fit even at its smallest size.
    #[error("lay out a card: {item} does not fit its place")]
    DoesNotFit {
        /// Which part.
        item: ItemId,
    },
    /// No font given has one of the characters.
    #[error("draw a card: no font has character {position} of {item}")]
    MissingCharacter {
        /// Which part.
        item: ItemId,
        /// Which character of its text, from 0.
        position: usize,
    },
    /// A font that cannot be read.
    #[error("read a font: it is not OpenType or TrueType")]
    BadFont,
    /// No font at all.
    #[error("draw a card: no font was given")]
    NoFont,
    /// A picture too small for whole modules, or too large to make.
    #[error("draw a card: {width} x {height} pixels are outside what is drawn")]
    PictureSize {
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
    },
    /// More colours than a palette holds.
    #[error("draw a card: it has more colours than a palette holds")]
    TooManyColours,
    /// The picture could not be written.
    #[error("write a picture")]
    Encode,
}

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
    let zone = TimeZone::get(&model.zone).map_err(|_| CardError::UnknownZone)?;
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

/// The parts of a card that its words are made of; also for ears.
pub(crate) struct Lines {
    pub(crate) name: String,
    pub(crate) date: String,
    pub(crate) time: String,
    pub(crate) offset: String,
    pub(crate) validity: Option<String>,
    pub(crate) validity_spoken: Option<String>,
    pub(crate) updated: Option<String>,
    pub(crate) holder: Option<String>,
}

pub(crate) struct Sheet<'a> {
    pub(crate) standard: &'a Standard,
    pub(crate) model: &'a CardModel,
    pub(crate) view: &'a ViewStyle,
    layout: &'a Layout,
    inks: &'a Inks,
    pub(crate) language: Language,
    now: Zoned,
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

    fn lines(&self) -> Lines {
        let words = self.standard.card();
        let say = |template: &crate::standard::Localised, values: &[(&str, &str)]| {
            fill(template.get(self.language), values)
        };
        let validity = &self.model.validity;
        let live = matches!(self.model.code, Code::Live { .. });
        let in_doubt = validity.clock == ClockState::Unknown;
        let until = validity
            .works_offline_until
            .filter(|_| live && !in_doubt)
            .map(|at| self.moment(at));
        let doubt = in_doubt.then(|| words.time_may_be_off.get(self.language).to_owned());
        let people = match self.model.holder {
            Holder::Group { people } => people.to_string(),
            Holder::Own | Holder::Ward => String::new(),
        };
        let name = shown(self.model.name.as_str());
        Lines {
            name: match self.model.holder {
                Holder::Group { people: 2.. } => {
                    say(&words.group_name, &[("name", &name), ("count", &people)])
                }
                Holder::Group { .. } | Holder::Own | Holder::Ward => name,
            },
            date: self.now.strftime("%Y-%m-%d").to_string(),
            time: self.now.strftime("%H:%M:%S").to_string(),
            offset: offset(self.now.offset().seconds()),
            validity: until
                .as_ref()
                .map(|at| say(&words.offline_until, &[("time", at)]))
                .or_else(|| doubt.clone()),
            validity_spoken: until
                .map(|at| say(&words.works_offline_until, &[("time", &at)]))
                .or(doubt),
            updated: validity
                .updated_at
                .map(|at| say(&words.updated, &[("time", &self.moment(at))])),
            holder: match self.model.holder {
                Holder::Own => None,
                Holder::Ward => Some(words.ward_mark.get(self.language).to_owned()),
                Holder::Group { .. } => Some(say(&words.group_mark, &[("count", &people)])),
            },
        }
    }

    /// A time in the region's zone: the hour alone today, in words tomorrow, else with its date.
    fn moment(&self, at: jiff::Timestamp) -> String {
        let at = at.to_zoned(self.now.time_zone().clone());
        let time = at.strftime("%H:%M").to_string();
        if at.date() == self.now.date() {
            time
        } else if self
            .now
            .date()
            .tomorrow()
            .is_ok_and(|tomorrow| tomorrow == at.date())
        {
            fill(
                self.standard.card().tomorrow.get(self.language),
                &[("time", &time)],
            )
        } else {
            format!("{} {time}", at.strftime("%m-%d"))
        }
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

    fn title(&mut self, row: Rectangle, lines: &Lines) {
        let inks = self.inks;
        let size = f32::from(self.layout.title.size);
        let name = shown(&self.model.terminal_name);
        self.fill(ItemId::Band, row, inks.band, 0.0, inks.page);
        // The marks come first: whatever is left is the name's, so that a long name never hides a mark.
        let small = (size * 0.78).max(f32::from(self.view.minimum_size));
        let mut marks = Vec::new();
        if self.model.sandbox {
            marks.push(
                self.standard
                    .card()
                    .sandbox_mark
                    .get(self.language)
                    .to_owned(),
            );
        }
        let holder = lines.holder.clone();
        let roomy = Estimate::padded();
        let mark_widths: Vec<f32> = marks
            .iter()
            .map(|mark| up(roomy.width(mark, small, Weight::Bold)) + 2.0 * 8.0)
            .collect();
        let holder_width = holder
            .as_ref()
            .map_or(0.0, |mark| up(roomy.width(mark, small, Weight::Regular)));
        let taken: f32 = mark_widths.iter().map(|width| width + GAP).sum::<f32>()
            + if holder.is_some() {
                holder_width + GAP
            } else {
                0.0
            };
        let room = self.width - 2.0 * self.margin - taken;
        let name_width = up(roomy.width(&name, size, Weight::Bold)).min(room);
        let mut left = half((self.width - name_width - taken) / 2.0);
        let frame = Rectangle::new(left, row.y, name_width, row.height);
        let text = self.line(
            name,
            size,
            frame,
            Align::Centre,
            Weight::Bold,
            inks.band_text,
            inks.band,
        );
        self.text(
            ItemId::TerminalName,
            frame,
            Text {
                overflow: Overflow::Ellipsis,
                ..text
            },
        );
        left += name_width + GAP;
        if let Some(mark) = holder {
            let frame = Rectangle::new(left, row.y, holder_width, row.height);
            let text = self.line(
                mark,
                small,
                frame,
                Align::Centre,
                Weight::Regular,
                inks.band_text,
                inks.band,
            );
            self.text(ItemId::HolderMark, frame, text);
            left += holder_width + GAP;
        }
        for (mark, width) in marks.into_iter().zip(mark_widths) {
            let tall = (small * 1.7).min(row.height - 4.0).round();
            let frame = Rectangle::new(left, half(row.middle() - tall / 2.0), width, tall);
            self.fill(ItemId::SandboxBox, frame, inks.sandbox, 5.0, inks.band);
            let text = self.line(
                mark,
                small,
                frame,
                Align::Centre,
                Weight::Bold,
                inks.sandbox_text,
                inks.sandbox,
            );
            self.text(ItemId::SandboxMark, inset(frame, 4.0), text);
        }
    }

    fn panel(&mut self, row: Rectangle) {
        let style = self.panel_style().clone();
        let frame = Rectangle::new(8.0, row.y + 6.0, row.width - 16.0, row.height - 8.0);
        self.fill(ItemId::Panel, frame, style.panel, RADIUS, self.inks.page);
        let mut word = style.word.get(self.language).to_owned();
        if self.view.both_words {
            word = format!("{word} {}", style.word.get(self.language.companion()));
        }
        let side = f32::from(self.layout.panel.shape).min(frame.height - 8.0);
        let size = f32::from(self.layout.panel.size);
        let gap = (side * 0.4).round();
        let room = frame.width - 2.0 * 12.0 - side - gap;
        let measured = Estimate::close().width(&word, size, Weight::Bold);
        let padded = Estimate::padded().width(&word, size, Weight::Bold);
        let left = half((self.width - side - gap - measured.min(room)) / 2.0).max(frame.x + 12.0);
        let shape = Rectangle::new(left, half(frame.middle() - side / 2.0), side, side);
        let (body, detail) = shapes::outlines(style.shape, shape);
        self.outline(ItemId::PanelShape, shape, body, style.text, style.panel);
        if let Some(detail) = detail {
            self.outline(
                ItemId::PanelShapeDetail,
                shape,
                detail,
                style.panel,
                style.text,
            );
        }
        let start = shape.right() + gap;
        let width = up(padded).min(frame.right() - 12.0 - start);
        let place = Rectangle::new(start, frame.y, width, frame.height);
        let text = self.line(
            word,
            size,
            place,
            Align::Start,
            Weight::Bold,
            style.text,
            style.panel,
        );
        self.text(ItemId::PanelWord, place, text);
    }

    fn identity(&mut self, row: Rectangle, lines: &Lines) {
        let (name, document) = (
            f32::from(self.layout.identity.name),
            f32::from(self.layout.identity.document),
        );
        let share = name / (name + document);
        let room = self.width - 2.0 * self.margin;
        // Both lines stand in the middle of the row, a little apart from the panel above.
        let tall = ((name + document) * 1.25).min(row.height).round();
        let top = half(row.middle() - tall / 2.0);
        let upper = Rectangle::new(self.margin, top, room, half(tall * share));
        let lower = Rectangle::new(
            self.margin,
            upper.bottom(),
            room,
            top + tall - upper.bottom(),
        );
        let (ink, quiet, page) = (self.inks.ink, self.inks.quiet, self.inks.page);
        let text = self.line(
            lines.name.clone(),
            name,
            upper,
            Align::Centre,
            Weight::Regular,
            ink,
            page,
        );
        self.text(ItemId::Name, upper, text);
        let mut number = self.model.document.display();
        if self.view.document_label {
            let label = self
                .standard
                .document(self.model.document.document_type())
                .get(self.language);
            number = format!("{label} {number}");
        }
        let text = self.line(
            shown(&number),
            document,
            lower,
            Align::Centre,
            Weight::Regular,
            quiet,
            page,
        );
        self.text(ItemId::Document, lower, text);
    }

    fn clock(&mut self, row: Rectangle, lines: &Lines) {
        let (size, small) = (
            f32::from(self.layout.clock.time),
            f32::from(self.layout.clock.date),
        );
        let page = self.inks.page;
        let close = Estimate::close();
        let padded = Estimate::padded();
        let date = close.width(&lines.date, small, Weight::Regular);
        let time = close.width(&lines.time, size, Weight::Bold);
        let zone = if self.view.zone {
            close.width(&lines.offset, small, Weight::Regular)
        } else {
            0.0
        };
        let zone_gap = if self.view.zone { GAP } else { 0.0 };
        let whole = date + GAP + time + zone_gap + zone;
        // Room for other fonts' digits: frames are wider than Noto's, and open to the outside.
        let time_frame = half(((self.width - whole) / 2.0).max(self.margin) + date + GAP);
        let time_width = up(padded.width(&lines.time, size, Weight::Bold));
        let baseline = half(row.middle() + MIDDLE * size);
        let left = Rectangle::new(
            self.margin,
            row.y,
            time_frame - GAP - self.margin,
            row.height,
        );
        let centre = Rectangle::new(time_frame, row.y, time_width, row.height);
        let ends = self.width - self.margin;
        let right = Rectangle::new(
            centre.right() + 2.0,
            row.y,
            ends - centre.right() - 2.0,
            row.height,
        );
        let (ink, quiet) = (self.inks.ink, self.inks.quiet);
        let on = |text: Text| Text { baseline, ..text };
        let text = self.line(
            lines.date.clone(),
            small,
            left,
            Align::End,
            Weight::Regular,
            quiet,
            page,
        );
        self.text(ItemId::Date, left, on(text));
        let text = self.line(
            lines.time.clone(),
            size,
            centre,
            Align::Start,
            Weight::Bold,
            ink,
            page,
        );
        self.text(ItemId::Time, centre, on(text));
        if self.view.zone {
            let text = self.line(
                lines.offset.clone(),
                small,
                right,
                Align::Start,
                Weight::Regular,
                quiet,
                page,
            );
            self.text(ItemId::Zone, right, on(text));
        }
    }

    fn code(&mut self, frame: Rectangle) -> Result<(), CardError> {
        match &self.model.code {
            Code::Live { text, .. } => {
                let largest = if matches!(self.model.holder, Holder::Group { .. }) {
                    LARGEST_GROUP
                } else {
                    LARGEST_SINGLE
                };
                if text.len() > CODE_LIMIT {
                    return Err(QrError::TooLong {
                        length: text.len(),
                        version: largest,
                    }
                    .into());
                }
                let matrix = QrMatrix::alphanumeric(text, largest)?;
                let drawing = Drawing::Qr {
                    matrix,
                    dark: self.inks.module,
                    light: self.inks.module_ground,
                };
                self.items.push(Item {
                    id: ItemId::Qr,
                    frame,
                    drawing,
                });
            }
            Code::Absent(absence) => self.absence(frame, *absence),
        }
        if self.model.sandbox {
            self.sandbox_bars(frame);
        }
        Ok(())
    }

    fn absence(&mut self, frame: Rectangle, absence: Absence) {
        let (title, act) = self.absence_words(absence);
        let (ink, quiet, ground) = (self.inks.ink, self.inks.quiet, self.inks.module_ground);
        self.fill(
            ItemId::AbsenceBox,
            inset(frame, 8.0),
            ground,
            RADIUS,
            self.inks.page,
        );
        let size = f32::from(self.layout.panel.size).min(26.0);
        let small = f32::from(self.layout.validity.size).max(16.0);
        let room = Rectangle::new(frame.x + 16.0, frame.y, frame.width - 32.0, 0.0);
        let way = wrap(
            self.standard.card().pass_without_code.get(self.language),
            room.width,
            small,
            3,
        );
        let (first, second, other) = (size * 1.5, small * 1.4 + 2.0, small * 1.4);
        let whole = first + second + GAP * 1.5 + other * way.len() as f32;
        let mut y = half(frame.middle() - whole / 2.0);
        let mut next = |height: f32| {
            y += height;
            Rectangle {
                y: half(y - height),
                height: half(height),
                ..room
            }
        };
        let place = next(first);
        let text = self.line(title, size, place, Align::Centre, Weight::Bold, ink, ground);
        self.text(ItemId::AbsenceTitle, place, text);
        let place = next(second);
        let text = self.line(
            act,
            small + 2.0,
            place,
            Align::Centre,
            Weight::Regular,
            ink,
            ground,
        );
        self.text(ItemId::AbsenceDo, place, text);
        next(GAP * 1.5);
        for (line, words) in (0..).zip(way) {
            let place = next(other);
            let text = self.line(
                words,
                small,
                place,
                Align::Centre,
                Weight::Regular,
                quiet,
                ground,
            );
            self.text(ItemId::AbsenceWay(line), place, text);
        }
    }

    pub(crate) fn absence_words(&self, absence: Absence) -> (String, String) {
        let words = self.standard.card();
        let (title, act) = match absence {
            Absence::Expired => (&words.expired, &words.expired_do),
            Absence::StatusUpdated => (&words.status_updated, &words.status_updated_do),
            Absence::NotApplied => (&words.not_applied, &words.not_applied_do),
            Absence::Unavailable => (&words.unavailable, &words.unavailable_do),
        };
        (
            title.get(self.language).to_owned(),
            act.get(self.language).to_owned(),
        )
    }

    /// Beside the code, so that no picture of the code can be cut out without them.
    fn sandbox_bars(&mut self, code: Rectangle) {
        let inks = self.inks;
        let mark = self
            .standard
            .card()
            .sandbox_mark
            .get(self.language)
            .to_owned();
        let bar = (code.x - 6.0).clamp(12.0, 20.0);
        let sides = [
            (
                ItemId::SandboxBarLeft,
                ItemId::SandboxTextLeft,
                half((code.x - bar) / 2.0),
            ),
            (
                ItemId::SandboxBarRight,
                ItemId::SandboxTextRight,
                half(code.right() + (code.x - bar) / 2.0),
            ),
        ];
        for (box_id, text_id, x) in sides {
            let frame = Rectangle::new(x, code.y + 8.0, bar, code.height - 16.0);
            self.fill(box_id, frame, inks.sandbox, 4.0, inks.page);
            let size = (bar * 0.66).round();
            let text = Text {
                turned: true,
                minimum_size: 8.0,
                baseline: half(frame.x + frame.width / 2.0 + MIDDLE * size),
                ..self.line(
                    mark.clone(),
                    size,
                    frame,
                    Align::Centre,
                    Weight::Bold,
                    inks.sandbox_text,
                    inks.sandbox,
                )
            };
            self.text(text_id, frame, text);
        }
    }

    fn validity(&mut self, row: Rectangle, lines: &Lines) {
        let size = f32::from(self.layout.validity.size);
        let (ink, quiet, page) = (self.inks.ink, self.inks.quiet, self.inks.page);
        let room = Rectangle {
            x: self.margin,
            width: self.width - 2.0 * self.margin,
            ..row
        };
        let both = lines.validity.as_ref().zip(lines.updated.as_ref());
        let (first, second, one, two) = match both {
            Some(_) if self.layout.validity.lines == 2 => {
                let tall = half((size * 1.25).min(row.height / 2.0));
                let top = half(row.middle() - tall);
                let upper = Rectangle {
                    y: top,
                    height: tall,
                    ..room
                };
                (
                    upper,
                    Rectangle {
                        y: top + tall,
                        ..upper
                    },
                    Align::Centre,
                    Align::Centre,
                )
            }
            Some((validity, updated)) => {
                // Side by side; each gets the share of the row that its length asks for.
                let padded = Estimate::padded();
                let (one, two) = (
                    padded.width(validity, size, Weight::Regular),
                    padded.width(updated, size, Weight::Regular),
                );
                let left = half((room.width - GAP) * one / (one + two));
                let first = Rectangle {
                    width: left,
                    ..room
                };
                let start = first.right() + GAP;
                (
                    first,
                    Rectangle {
                        x: start,
                        width: room.right() - start,
                        ..room
                    },
                    Align::Start,
                    Align::End,
                )
            }
            None => (room, room, Align::Centre, Align::Centre),
        };
        if let Some(validity) = lines.validity.clone() {
            let text = self.line(validity, size, first, one, Weight::Regular, ink, page);
            self.text(ItemId::Validity, first, text);
        }
        if let Some(updated) = lines.updated.clone() {
            let text = self.line(updated, size, second, two, Weight::Regular, quiet, page);
            self.text(ItemId::Updated, second, text);
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "a line of text has this many properties; each call sets all"
    )]
    fn line(
        &self,
        text: String,
        size: f32,
        frame: Rectangle,
        align: Align,
        weight: Weight,
        ink: Rgb,
        ground: Rgb,
    ) -> Text {
        let minimum_size = f32::from(self.view.minimum_size).min(size);
        let baseline = half(frame.middle() + MIDDLE * size);
        let overflow = Overflow::Refuse;
        Text {
            text,
            size,
            minimum_size,
            weight,
            align,
            baseline,
            turned: false,
            ink,
            ground,
            overflow,
        }
    }

    fn text(&mut self, id: ItemId, frame: Rectangle, text: Text) {
        self.items.push(Item {
            id,
            frame,
            drawing: Drawing::Text(text),
        });
    }

    fn fill(&mut self, id: ItemId, frame: Rectangle, colour: Rgb, radius: f32, ground: Rgb) {
        self.items.push(Item {
            id,
            frame,
            drawing: Drawing::Fill {
                colour,
                radius,
                ground,
            },
        });
    }

    fn outline(
        &mut self,
        id: ItemId,
        frame: Rectangle,
        steps: Vec<crate::scene::Step>,
        colour: Rgb,
        ground: Rgb,
    ) {
        self.items.push(Item {
            id,
            frame,
            drawing: Drawing::Outline {
                steps,
                colour,
                ground,
            },
        });
    }
}

/// `UTC+8`, `UTC-3:30`, `UTC`.
fn offset(seconds: i32) -> String {
    let minutes = seconds.abs() / 60;
    let sign = if seconds < 0 { '-' } else { '+' };
    match (minutes / 60, minutes % 60) {
        (0, 0) => "UTC".to_owned(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, rest) => format!("UTC{sign}{hours}:{rest:02}"),
    }
}

fn half(value: f32) -> f32 {
    (value * 2.0).round() / 2.0
}

fn up(value: f32) -> f32 {
    value.ceil()
}

fn inset(frame: Rectangle, by: f32) -> Rectangle {
    Rectangle::new(
        frame.x + by,
        frame.y + by,
        frame.width - 2.0 * by,
        frame.height - 2.0 * by,
    )
}
