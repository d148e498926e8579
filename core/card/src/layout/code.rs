//! The place of the QR code: the code, or why there is none; and the marks beside it.

use super::{CODE_LIMIT, GAP, RADIUS, Sheet, Style, half, inset};
use crate::error::CardError;
use crate::model::{Absence, Code, Holder};
use crate::qr::{LARGEST_GROUP, LARGEST_SINGLE, QrError, QrMatrix};
use crate::scene::{Drawing, Item, ItemId, Rectangle, Text, Weight};
use crate::text::{Estimate, MIDDLE, Measure, wrap};

impl Sheet<'_> {
    pub(super) fn code(&mut self, frame: Rectangle) -> Result<(), CardError> {
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
        let (ink, quiet, ground) = (self.inks.ink, self.inks.quiet, self.inks.band);
        let place = inset(frame, 10.0);
        self.fill(ItemId::AbsenceBox, place, ground, RADIUS, self.inks.page);
        let size = f32::from(self.layout.panel.size).min(28.0);
        let small = f32::from(self.layout.validity.size).max(16.0);
        let room = Rectangle::new(frame.x + 20.0, frame.y, frame.width - 40.0, 0.0);
        let words = self.standard.card().pass_without_code.get(self.language);
        let way = wrap(words, room.width, small, 3);
        let (first, second, other) = (size * 1.5, (small + 2.0) * 1.4, small * 1.4);
        let apart = GAP * 1.6;
        let whole = first + second + apart + other * way.len() as f32;
        let mut y = frame.middle() - whole / 2.0;
        let mut next = |height: f32| {
            let top = half(y);
            y += height;
            Rectangle {
                y: top,
                height: half(y) - top,
                ..room
            }
        };
        let style = Style::new(ink, ground);
        let place = next(first);
        let text = self.line(title, size, place, style.bold());
        self.text(ItemId::AbsenceTitle, place, text);
        let place = next(second);
        let text = self.line(act, small + 2.0, place, style);
        self.text(ItemId::AbsenceDo, place, text);
        next(apart);
        for (line, words) in (0..).zip(way) {
            let place = next(other);
            let text = self.line(words, small, place, Style::new(quiet, ground));
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

    /// Beside the code and as tall, so that no picture of the code can be cut out without them.
    fn sandbox_bars(&mut self, code: Rectangle) {
        let (ink, ground, page) = (self.inks.sandbox_text, self.inks.sandbox, self.inks.page);
        let mark = self.standard.card().sandbox_mark.get(self.language);
        let bar = (code.x - 4.0).clamp(12.0, 20.0);
        let size = (bar * 0.7).round();
        let height = code.height - 16.0;
        // The mark is said again along the whole bar.
        let once = Estimate::padded().width(mark, size, Weight::Bold) + size;
        let times = ((height / once) as usize).max(1);
        let marks = vec![mark; times].join("   ");
        let apart = (code.x - bar) / 2.0;
        for (bar_id, text_id, x) in [
            (ItemId::SandboxBarLeft, ItemId::SandboxTextLeft, half(apart)),
            (
                ItemId::SandboxBarRight,
                ItemId::SandboxTextRight,
                half(code.right() + apart),
            ),
        ] {
            let frame = Rectangle::new(x, code.y + 8.0, bar, height);
            self.fill(bar_id, frame, ground, 4.0, page);
            let text = Text {
                turned: true,
                minimum_size: 8.0,
                baseline: half(frame.x + frame.width / 2.0 + MIDDLE * size),
                ..self.line(marks.clone(), size, frame, Style::new(ink, ground).bold())
            };
            self.text(text_id, frame, text);
        }
    }
}
