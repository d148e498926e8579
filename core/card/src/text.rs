//! Text from outside made safe to show, and text made to fit its place.

use crate::scene::{Overflow, Text, Weight};

/// Stands for a character that must not or cannot be shown: visible, and never mistaken for a letter.
pub const SUBSTITUTE: char = '〓';
/// Combining marks that may follow one letter; more would climb over the line above.
const MARKS: usize = 2;

/// Whether a character would be invisible, or change how its neighbours are laid out: controls,
/// bidirectional marks and overrides, zero-width characters, private use, noncharacters.
pub(crate) fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(u32::from(character),
            0xAD | 0x34F | 0x61C | 0x115F | 0x1160 | 0x17B4 | 0x17B5 | 0x180B..=0x180F | 0x200B..=0x200F
            | 0x2028..=0x202E | 0x2060..=0x206F | 0x3164 | 0xE000..=0xF8FF | 0xFDD0..=0xFDEF | 0xFE00..=0xFE0F
            | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB | 0xFFFE | 0xFFFF | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A
            | 0xE0000..=0xE0FFF | 0xF0000..=0x10FFFF)
}

fn is_mark(character: char) -> bool {
    matches!(u32::from(character),
        0x300..=0x36F | 0x483..=0x489 | 0x591..=0x5BD | 0x610..=0x61A | 0x64B..=0x65F | 0xE31 | 0xE34..=0xE3A
        | 0xE47..=0xE4E | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x20D0..=0x20FF | 0x302A..=0x302F | 0xFE20..=0xFE2F)
}

/// The text with every unseen character, and every mark beyond the second on a letter, replaced by
/// [`SUBSTITUTE`]; runs of replacements become one.
pub(crate) fn shown(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut marks = 0;
    for character in text.chars() {
        marks = if is_mark(character) { marks + 1 } else { 0 };
        let refused = is_unseen(character) || marks > MARKS || (marks > 0 && safe.is_empty());
        if !refused {
            safe.push(character);
        } else if !safe.ends_with(SUBSTITUTE) {
            safe.push(SUBSTITUTE);
        }
    }
    safe
}

/// A text from a file, to be named in an error: short, and nothing in it moves a cursor or hides.
pub(crate) fn named(text: &str) -> String {
    const LONGEST: usize = 200;
    let mut characters = text.chars();
    let mut safe = shown(&characters.by_ref().take(LONGEST).collect::<String>());
    if characters.next().is_some() {
        safe.push('…');
    }
    safe
}

/// Widths of text, in the unit of the size given.
pub trait Measure {
    /// Width of one line of text.
    fn width(&self, text: &str, size: f32, weight: Weight) -> f32;
}

/// Widths without a font at hand: those of Noto Sans CJK, and never less for the fonts of phones
/// when [`Estimate::padded`] is used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Estimate {
    stretch: f32,
}

impl Estimate {
    /// Close to Noto Sans CJK: for placing things beside each other.
    pub(crate) const fn close() -> Self {
        Self { stretch: 1.0 }
    }

    /// Room for wider Latin letters than Noto's: for saying that a text fits in any font.
    pub(crate) const fn padded() -> Self {
        Self { stretch: 1.1 }
    }

    fn advance(self, character: char, weight: Weight) -> f32 {
        let heavy = if weight == Weight::Bold { 0.035 } else { 0.0 };
        let narrow = match character {
            ' ' => 0.24,
            '!' | '\'' | ',' | '.' | ':' | ';' | 'I' | 'i' | 'j' | 'l' | '|' => 0.3,
            '(' | ')' | '-' | 'f' | 'r' | 't' | '/' => 0.38,
            '*' => 0.48,
            '0'..='9' => 0.56,
            'M' | 'W' | 'm' | 'w' | '@' | '%' => 0.89,
            'A'..='Z' => 0.66,
            ' '..='~' => 0.57,
            '\u{A1}'..='\u{B6}' | '\u{B8}'..='\u{24F}' => 0.7,
            // Everything else, with · and … as a Chinese font draws them, is a whole square.
            _ if is_mark(character) => return 0.0,
            _ => return 1.0,
        };
        (narrow + heavy) * self.stretch
    }
}

impl Measure for Estimate {
    fn width(&self, text: &str, size: f32, weight: Weight) -> f32 {
        text.chars()
            .map(|character| self.advance(character, weight))
            .sum::<f32>()
            * size
    }
}

/// What to draw so that a text stays within its room.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fitted {
    pub(crate) text: String,
    pub(crate) size: f32,
    /// How far the baseline moves up, because a smaller letter stands higher in the same row.
    pub(crate) lift: f32,
    pub(crate) width: f32,
}

/// Shrinks a text to its smallest size, then follows its rule; `None` when the rule is to refuse.
pub(crate) fn fit(text: &Text, room: f32, measure: &dyn Measure) -> Option<Fitted> {
    let natural = measure.width(&text.text, text.size, text.weight);
    let done = |line: String, size: f32| {
        let width = measure.width(&line, size, text.weight);
        Some(Fitted {
            text: line,
            size,
            lift: (text.size - size) * MIDDLE,
            width,
        })
    };
    if natural <= room {
        return done(text.text.clone(), text.size);
    }
    // A quarter of a point is finer than an eye can tell, and keeps sizes few.
    let smaller = (text.size * room / natural * 4.0).floor() / 4.0;
    if smaller >= text.minimum_size {
        return done(text.text.clone(), smaller);
    }
    match text.overflow {
        Overflow::Refuse => None,
        Overflow::Ellipsis => {
            let mut line = text.text.clone();
            while line.pop().is_some() {
                let cut = format!("{}…", line.trim_end());
                if measure.width(&cut, text.minimum_size, text.weight) <= room {
                    return done(cut, text.minimum_size);
                }
            }
            None
        }
    }
}

/// Height, in sizes, of the middle of a capital letter or a Chinese character above the baseline.
pub(crate) const MIDDLE: f32 = 0.37;

/// Breaks a text into at most `most` lines of about the same length: anywhere between Chinese
/// characters, else at spaces. What is left over stays on the last line, for its own fitting rule.
pub(crate) fn wrap(text: &str, room: f32, size: f32, most: usize) -> Vec<String> {
    let lines = filled(text, room, size, most);
    // The narrowest room that needs no more lines: no word is left alone on the last one.
    let narrower = (1..=20).map(|step| room * (1.0 - step as f32 * 0.03));
    let even = narrower
        .map(|room| filled(text, room, size, usize::MAX))
        .take_while(|even| even.len() <= lines.len())
        .last();
    even.filter(|_| lines.len() > 1).unwrap_or(lines)
}

fn filled(text: &str, room: f32, size: f32, most: usize) -> Vec<String> {
    let measure = Estimate::padded();
    let mut lines = vec![String::new()];
    for word in words(text) {
        let full = lines.len() == most;
        let Some(line) = lines.last_mut() else { break };
        let longer = format!("{line}{}", word.trim_end());
        let fits = measure.width(&longer, size, Weight::Regular) <= room;
        // A closing mark never begins a line.
        if fits || full || line.is_empty() || word.starts_with(['，', '。', ',', '.']) {
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    // The end of a line is pause enough; a comma there would pull the line off the middle.
    if let Some((_, others)) = lines.split_last_mut() {
        for line in others {
            line.truncate(line.trim_end_matches([' ', '，', ',']).len());
        }
    }
    lines
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut characters = rest.char_indices();
        let (_, first) = characters.next()?;
        let end = if first.is_ascii() {
            let stop = characters.find(|(_, c)| !c.is_ascii() || *c == ' ');
            stop.map_or(rest.len(), |(at, c)| if c == ' ' { at + 1 } else { at })
        } else {
            first.len_utf8()
        };
        let (word, after) = rest.split_at(end);
        rest = after;
        Some(word)
    })
}

/// Fills `{name}` in a template of the standard.
pub(crate) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        filled.push_str(
            values
                .iter()
                .find(|(key, _)| *key == name)
                .map_or("", |(_, value)| value),
        );
        rest = after;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rgb::Rgb;
    use crate::scene::Align;

    fn text(line: &str, overflow: Overflow) -> Text {
        Text {
            text: line.into(),
            size: 20.0,
            minimum_size: 12.0,
            weight: Weight::Regular,
            align: Align::Centre,
            baseline: 0.0,
            turned: false,
            ink: Rgb([0; 3]),
            ground: Rgb([255; 3]),
            overflow,
        }
    }

    #[test]
    fn unseen_characters_become_one_visible_mark() {
        assert_eq!(shown("A\u{202E}\u{2066}B\u{0}C"), "A〓B〓C");
        assert_eq!(
            shown("a\u{301}\u{302}\u{303}\u{304}b"),
            "a\u{301}\u{302}〓b"
        );
        assert_eq!(shown("\u{301}x"), "〓x");
        assert_eq!(shown("阿*·𠮷*"), "阿*·𠮷*");
    }

    #[test]
    fn a_long_text_shrinks_then_follows_its_rule() {
        let measure = Estimate::close();
        assert_eq!(
            fit(&text("张*", Overflow::Refuse), 100.0, &measure)
                .unwrap()
                .size,
            20.0
        );
        assert_eq!(
            fit(&text("一二三四五", Overflow::Refuse), 80.0, &measure)
                .unwrap()
                .size,
            16.0
        );
        assert_eq!(
            fit(&text("一二三四五六七", Overflow::Refuse), 60.0, &measure),
            None
        );
        let cut = fit(&text("一二三四五六七", Overflow::Ellipsis), 60.0, &measure).unwrap();
        assert_eq!((cut.text.as_str(), cut.size), ("一二三四…", 12.0));
    }

    #[test]
    fn lines_break_between_chinese_characters_and_at_spaces() {
        assert_eq!(
            wrap("没有码也能过，请出示身份证", 200.0, 16.0, 3),
            ["没有码也能过", "请出示身份证"]
        );
        assert_eq!(
            wrap("You can pass without a code", 190.0, 16.0, 3),
            ["You can pass", "without a code"]
        );
        assert_eq!(wrap("一二三四五六", 32.0, 16.0, 2), ["一二", "三四五六"]);
    }

    #[test]
    fn templates_are_filled_once() {
        assert_eq!(
            fill(
                "{name} 等 {count} 人",
                &[("name", "{count}"), ("count", "3")]
            ),
            "{count} 等 3 人"
        );
    }
}
