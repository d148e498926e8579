//! Plain words on the screen: colour only on a terminal, answers on standard output, the rest on standard error.

use std::fmt::{Arguments, Display};
use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};

use crate::failure::Failure;

const BOLD: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const CAREFUL: Style = AnsiColor::Yellow.on_default().bold();

/// Columns before everything that belongs to a heading.
const INDENT: usize = 4;
/// Columns of a label.
const LABEL: usize = 12;
/// Columns of a line.
const WIDTH: usize = 100;

/// How a line is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Something is as it should be.
    Good,
    /// Something needs attention.
    Careful,
    /// Something was refused or failed.
    Bad,
}

impl Tone {
    fn style(self) -> Style {
        match self {
            Self::Good => GOOD,
            Self::Careful => CAREFUL,
            Self::Bad => BAD,
        }
    }

    fn mark(self) -> &'static str {
        match self {
            Self::Good => "✓",
            Self::Careful => "!",
            Self::Bad => "✗",
        }
    }
}

/// Writes one line of an answer.
///
/// A reader that went away (`liangma check … | head -1`) is not a failure of ours, so that errors
/// of standard output are left alone.
fn write(words: Arguments<'_>) {
    let mut stdout = anstream::stdout().lock();
    let _gone_reader = writeln!(stdout, "{words}").and_then(|()| stdout.flush());
}

/// An empty line.
pub(crate) fn gap() {
    write(format_args!(""));
}

/// A heading.
pub(crate) fn heading(words: impl Display) {
    write(format_args!("{BOLD}{words}{BOLD:#}"));
}

/// A line as it is.
pub(crate) fn line(words: impl Display) {
    write(format_args!("{words}"));
}

/// The title of a numbered step.
pub(crate) fn step(number: usize, title: impl Display) {
    gap();
    write(format_args!("{BOLD}{number:>2}  {title}{BOLD:#}"));
}

/// A line within a step.
pub(crate) fn detail(words: impl Display) {
    let words = wrapped(&words.to_string(), INDENT);
    write(format_args!("{:INDENT$}{words}", ""));
}

/// A quieter line within a step.
pub(crate) fn aside(words: impl Display) {
    let words = wrapped(&words.to_string(), INDENT);
    write(format_args!("{:INDENT$}{FAINT}{words}{FAINT:#}", ""));
}

/// Something to copy: never broken into lines.
pub(crate) fn verbatim(words: impl Display) {
    write(format_args!("{:INDENT$}{words}", ""));
}

/// A line within a step that carries a tone; the mark says it without colour, too.
pub(crate) fn mark(tone: Tone, words: impl Display) {
    let style = tone.style();
    let words = wrapped(&words.to_string(), INDENT + 2);
    write(format_args!(
        "{:INDENT$}{style}{}{style:#} {words}",
        "",
        tone.mark()
    ));
}

/// A label with its value.
pub(crate) fn fact(label: &str, value: impl Display) {
    let value = wrapped(&value.to_string(), INDENT + LABEL + 1);
    write(format_args!(
        "{:INDENT$}{FAINT}{label:<LABEL$}{FAINT:#} {value}",
        ""
    ));
}

/// A line of a list that begins with something of one width, such as a time.
pub(crate) fn entry(first: &str, words: impl Display) {
    let words = wrapped(&words.to_string(), INDENT + first.len() + 2);
    write(format_args!("{:INDENT$}{first}  {words}", ""));
}

/// Breaks words between spaces so that lines stay readable, and indents all but the first.
fn wrapped(words: &str, indent: usize) -> String {
    let mut lines = String::with_capacity(words.len() + 32);
    // What stands in front of the words is theirs, so that a list stays a list.
    let body = words.trim_start_matches(' ');
    let lead = words.len() - body.len();
    lines.extend(std::iter::repeat_n(' ', lead));
    let mut column = indent + lead;
    for (position, word) in body.split(' ').enumerate() {
        let width: usize = word.chars().map(columns).sum();
        if position > 0 && column + 1 + width > WIDTH {
            lines.push('\n');
            lines.extend(std::iter::repeat_n(' ', indent + lead));
            column = indent + lead;
        } else if position > 0 {
            lines.push(' ');
            column += 1;
        }
        lines.push_str(word);
        column += width;
    }
    lines
}

/// Chinese characters and their punctuation take two columns on a terminal.
fn columns(character: char) -> usize {
    1 + usize::from(
        matches!(character, '\u{2e80}'..='\u{a4cf}' | '\u{ff00}'..='\u{ff60}' | '\u{20000}'..='\u{3ffff}'),
    )
}

/// Tells on standard error what went wrong, why, and what to do next.
pub(crate) fn failure(failure: &Failure) {
    let mut stderr = anstream::stderr().lock();
    let _gone_reader = (|| {
        writeln!(stderr, "{BAD}error:{BAD:#} {}", failure.what())?;
        for cause in failure.why() {
            writeln!(stderr, "  because: {cause}")?;
        }
        writeln!(stderr, "  {BOLD}what to do:{BOLD:#} {}", failure.next())
    })();
}

/// Tells something on standard error that is not part of the answer.
pub(crate) fn notice(tone: Tone, words: impl Display) {
    let style = tone.style();
    let mut stderr = anstream::stderr().lock();
    let _gone_reader = writeln!(stderr, "{style}{}{style:#} {words}", tone.mark());
}

/// A sign of life during long work: on a terminal only, and gone when the work is done.
pub(crate) struct Working(Option<ProgressBar>);

impl Working {
    /// Starts to show what is being done.
    pub(crate) fn on(words: impl Display) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("    {spinner} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        bar.set_message(words.to_string());
        bar.enable_steady_tick(Duration::from_millis(120));
        Self(Some(bar))
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_broken_between_words_and_indented() {
        let words = "word ".repeat(30);
        let lines: Vec<String> = wrapped(words.trim_end(), 10)
            .lines()
            .map(str::to_owned)
            .collect();
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| line.len() <= WIDTH));
        assert!(lines[1].starts_with("          word"));
    }

    #[test]
    fn chinese_characters_count_twice() {
        let words = format!("{} {}", "码".repeat(40), "码".repeat(10));
        assert_eq!(wrapped(&words, 0).lines().count(), 2);
    }

    #[test]
    fn a_word_that_is_too_long_stays_whole() {
        let word = "x".repeat(300);
        assert_eq!(wrapped(&word, 4), word);
    }
}
