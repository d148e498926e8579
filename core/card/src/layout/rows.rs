//! The rows of a card above and below the code.

use super::{GAP, RADIUS, Sheet, Style, half, inset};
use crate::lines::Lines;
use crate::scene::{Align, ItemId, Overflow, Rectangle, Text, Weight};
use crate::shapes;
use crate::text::{Estimate, MIDDLE, Measure, fit, shown};

/// Size of the marks in the band, as a share of the title's.
const MARK: f32 = 0.78;
/// Free space left and right of text in the box of a mark.
const MARK_PADDING: f32 = 8.0;
/// Free space around the panel: at its sides, above and below.
const PANEL_SIDE: f32 = 8.0;
const PANEL_ABOVE: f32 = 6.0;
const PANEL_BELOW: f32 = 2.0;
const PANEL_PADDING: f32 = 12.0;
/// The QR code brings its own free space, so what stands between panel and code moves down a little.
const DOWN: f32 = 3.0;

impl Sheet<'_> {
    pub(super) fn title(&mut self, row: Rectangle, lines: &Lines) {
        let inks = self.inks;
        let roomy = Estimate::padded();
        let size = f32::from(self.layout.title.size);
        let small = (size * MARK).max(f32::from(self.view.minimum_size));
        self.fill(ItemId::Band, row, inks.band, 0.0, inks.page);
        // The marks are measured first and the name gets what is left, so that a long name never hides
        // a mark.
        let sandbox = self.model.sandbox.then(|| {
            let mark = self
                .standard
                .card()
                .sandbox_mark
                .get(self.language)
                .to_owned();
            let width = roomy.width(&mark, small, Weight::Bold).ceil() + 2.0 * MARK_PADDING;
            (mark, width)
        });
        let holder = lines.holder.clone().map(|mark| {
            let width = roomy.width(&mark, small, Weight::Regular).ceil();
            (mark, width)
        });
        let taken: f32 = [&sandbox, &holder]
            .into_iter()
            .flatten()
            .map(|(_, width)| width + GAP)
            .sum();
        let name = shown(&self.model.terminal_name);
        let room = self.width - 2.0 * self.margin - taken;
        let name_width = roomy.width(&name, size, Weight::Bold).ceil().min(room);
        let mut left = half((self.width - name_width - taken) / 2.0);
        let frame = Rectangle::new(left, row.y, name_width, row.height);
        let style = Style::new(inks.band_text, inks.band);
        let text = self.line(name, size, frame, style.bold());
        self.text(
            ItemId::TerminalName,
            frame,
            Text {
                overflow: Overflow::Ellipsis,
                ..text
            },
        );
        left += name_width + GAP;
        if let Some((mark, width)) = holder {
            let frame = Rectangle::new(left, row.y, width, row.height);
            let text = self.line(mark, small, frame, style);
            self.text(ItemId::HolderMark, frame, text);
            left += width + GAP;
        }
        if let Some((mark, width)) = sandbox {
            let tall = (small * 1.7).min(row.height - 4.0).round();
            let frame = Rectangle::new(left, half(row.middle() - tall / 2.0), width, tall);
            self.fill(ItemId::SandboxBox, frame, inks.sandbox, 5.0, inks.band);
            let style = Style::new(inks.sandbox_text, inks.sandbox).bold();
            let text = self.line(mark, small, frame, style);
            self.text(ItemId::SandboxMark, inset(frame, 4.0), text);
        }
    }

    pub(super) fn panel(&mut self, row: Rectangle) {
        let style = self.panel_style().clone();
        let frame = Rectangle::new(
            PANEL_SIDE,
            row.y + PANEL_ABOVE,
            row.width - 2.0 * PANEL_SIDE,
            row.height - PANEL_ABOVE - PANEL_BELOW,
        );
        self.fill(ItemId::Panel, frame, style.panel, RADIUS, self.inks.page);
        let mut word = style.word.get(self.language).to_owned();
        if self.view.both_words {
            word = format!("{word} {}", style.word.get(self.language.companion()));
        }
        let side = f32::from(self.layout.panel.shape).min(frame.height - 8.0);
        let size = f32::from(self.layout.panel.size);
        let gap = (side * 0.4).round();
        let room = frame.width - 2.0 * PANEL_PADDING - side - gap;
        let close = Estimate::close().width(&word, size, Weight::Bold).min(room);
        let left = half((self.width - side - gap - close) / 2.0).max(frame.x + PANEL_PADDING);
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
        let width = Estimate::padded().width(&word, size, Weight::Bold).ceil();
        let width = width.min(frame.right() - PANEL_PADDING - start);
        let place = Rectangle::new(start, frame.y, width, frame.height);
        let letters = Style::new(style.text, style.panel)
            .bold()
            .align(Align::Start);
        let text = self.line(word, size, place, letters);
        self.text(ItemId::PanelWord, place, text);
    }

    pub(super) fn identity(&mut self, row: Rectangle, lines: &Lines) {
        let sizes = self.layout.identity;
        let (name, document) = (f32::from(sizes.name), f32::from(sizes.document));
        let tall = ((name + document) * 1.2).min(row.height).round();
        let top = half((row.middle() - tall / 2.0 + DOWN).min(row.bottom() - tall));
        let room = Rectangle {
            x: self.margin,
            width: self.width - 2.0 * self.margin,
            ..row
        };
        let upper = Rectangle {
            y: top,
            height: half(tall * name / (name + document)),
            ..room
        };
        let lower = Rectangle {
            y: upper.bottom(),
            height: tall - upper.height,
            ..room
        };
        let (ink, quiet, page) = (self.inks.ink, self.inks.quiet, self.inks.page);
        let mut text = self.line(lines.name.clone(), name, upper, Style::new(ink, page));
        if fit(&text, upper.width, &Estimate::padded()).is_none() {
            // The band says how many a group is; the name alone is what must be read here.
            text.text = shown(self.model.name.as_str());
        }
        self.text(ItemId::Name, upper, text);
        let mut number = self.model.document.display();
        if self.view.document_label {
            let kind = self.model.document.document_type();
            let label = self.standard.document(kind).get(self.language);
            number = format!("{label} {number}");
        }
        let text = self.line(shown(&number), document, lower, Style::new(quiet, page));
        self.text(ItemId::Document, lower, text);
    }

    pub(super) fn clock(&mut self, row: Rectangle, lines: &Lines) {
        let sizes = self.layout.clock;
        let (size, small) = (f32::from(sizes.time), f32::from(sizes.date));
        let (ink, quiet, page) = (self.inks.ink, self.inks.quiet, self.inks.page);
        let close = Estimate::close();
        let date = close.width(&lines.date, small, Weight::Regular);
        let time = close.width(&lines.time, size, Weight::Bold);
        let zone = if self.view.zone {
            GAP + close.width(&lines.offset, small, Weight::Regular)
        } else {
            0.0
        };
        // Date, time and offset stand in the middle as one group, on one baseline. The frame of the
        // time is wider than its digits are in Noto, for other fonts' digits.
        let left = ((self.width - date - GAP - time - zone) / 2.0).max(self.margin);
        let width = Estimate::padded()
            .width(&lines.time, size, Weight::Bold)
            .ceil();
        let height = (size * 1.2).min(row.height).round();
        let y = half((row.middle() - height / 2.0 + DOWN).min(row.bottom() - height));
        let start = half(left + date + GAP - (width - time) / 2.0);
        let middle = Rectangle::new(start, y, width, height);
        let before = Rectangle::new(self.margin, y, start - 3.0 - self.margin, height);
        let rest = self.width - self.margin - middle.right() - 3.0;
        let after = Rectangle::new(middle.right() + 3.0, y, rest, height);
        let baseline = half(middle.middle() + MIDDLE * size);
        let small_style = Style::new(quiet, page);
        let text = self.line(
            lines.date.clone(),
            small,
            before,
            small_style.align(Align::End),
        );
        self.text(ItemId::Date, before, Text { baseline, ..text });
        let text = self.line(
            lines.time.clone(),
            size,
            middle,
            Style::new(ink, page).bold(),
        );
        self.text(ItemId::Time, middle, text);
        if self.view.zone {
            let style = small_style.align(Align::Start);
            let text = self.line(lines.offset.clone(), small, after, style);
            self.text(ItemId::Zone, after, Text { baseline, ..text });
        }
    }

    pub(super) fn validity(&mut self, row: Rectangle, lines: &Lines) {
        let size = f32::from(self.layout.validity.size);
        let style = Style::new(self.inks.ink, self.inks.page);
        let quiet = Style::new(self.inks.quiet, self.inks.page);
        let room = Rectangle {
            x: self.margin,
            width: self.width - 2.0 * self.margin,
            ..row
        };
        let one_line = Rectangle {
            height: half((size * 1.25).min(row.height)),
            ..room
        };
        match (lines.validity.clone(), lines.updated.clone()) {
            (Some(validity), Some(updated)) if self.layout.validity.lines == 2 => {
                let height = half((size * 1.25).min(row.height / 2.0));
                let upper = Rectangle { height, ..room };
                let lower = Rectangle {
                    y: upper.bottom(),
                    ..upper
                };
                let text = self.line(validity, size, upper, style);
                self.text(ItemId::Validity, upper, text);
                let text = self.line(updated, size, lower, quiet);
                self.text(ItemId::Updated, lower, text);
            }
            (Some(validity), Some(updated)) => {
                // Side by side; each gets the share of the row that its length asks for.
                let padded = Estimate::padded();
                let one = padded.width(&validity, size, Weight::Regular);
                let two = padded.width(&updated, size, Weight::Regular);
                let width = half((room.width - GAP) * one / (one + two));
                let first = Rectangle { width, ..one_line };
                let x = first.right() + GAP;
                let second = Rectangle {
                    x,
                    width: room.right() - x,
                    ..one_line
                };
                let text = self.line(validity, size, first, style.align(Align::Start));
                self.text(ItemId::Validity, first, text);
                let text = self.line(updated, size, second, quiet.align(Align::End));
                self.text(ItemId::Updated, second, text);
            }
            (Some(validity), None) => {
                let text = self.line(validity, size, one_line, style);
                self.text(ItemId::Validity, one_line, text);
            }
            (None, Some(updated)) => {
                let text = self.line(updated, size, one_line, quiet);
                self.text(ItemId::Updated, one_line, text);
            }
            (None, None) => {}
        }
    }
}
