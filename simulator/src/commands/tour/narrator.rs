//! Tells the tour on the screen and keeps what was told for `transcript.json`.

use std::collections::BTreeMap;
use std::fmt::Display;

use jiff::Timestamp;
use serde::Serialize;

use crate::output::{self, Tone};

/// Everything that was told.
#[derive(Debug, Serialize)]
pub(crate) struct Transcript {
    /// The program and its version.
    program: &'static str,
    /// When the tour began.
    started_at: Timestamp,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
    /// Whose code, as the command line named them.
    person: String,
    /// When the code was lit, for `liangma check --at`.
    #[serde(skip_serializing_if = "Option::is_none")]
    lit_at: Option<Timestamp>,
    /// Whether every step did what it should.
    completed: bool,
    /// The steps.
    steps: Vec<Step>,
}

/// One step.
#[derive(Debug, Default, Serialize)]
struct Step {
    title: String,
    told: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    facts: BTreeMap<String, String>,
    seconds: f64,
}

/// Says each step and records it.
#[derive(Debug)]
pub(crate) struct Narrator {
    transcript: Transcript,
    step_began: std::time::Instant,
}

impl Narrator {
    /// Begins to tell.
    pub(crate) fn new(person: &str, started_at: Timestamp) -> Self {
        Self {
            transcript: Transcript {
                program: concat!("liangma ", env!("CARGO_PKG_VERSION")),
                started_at,
                ended_at: None,
                person: person.to_owned(),
                lit_at: None,
                completed: false,
                steps: Vec::new(),
            },
            step_began: std::time::Instant::now(),
        }
    }

    /// Begins the next step.
    pub(crate) fn step(&mut self, title: impl Display) {
        self.close_step();
        output::step(self.transcript.steps.len() + 1, &title);
        self.transcript.steps.push(Step {
            title: title.to_string(),
            ..Step::default()
        });
    }

    /// Says a sentence of the step.
    pub(crate) fn say(&mut self, words: impl Display) {
        output::detail(&words);
        self.keep(words.to_string());
    }

    /// Says something that helps to understand, more quietly.
    pub(crate) fn explain(&mut self, words: impl Display) {
        output::aside(&words);
        self.keep(words.to_string());
    }

    /// Says how something came out.
    pub(crate) fn outcome(&mut self, tone: Tone, words: impl Display) {
        output::mark(tone, &words);
        self.keep(words.to_string());
    }

    /// Names a value.
    pub(crate) fn fact(&mut self, label: &str, value: impl Display) {
        output::fact(label, &value);
        if let Some(step) = self.transcript.steps.last_mut() {
            step.facts.insert(label.to_owned(), value.to_string());
        }
    }

    /// Notes when the code was lit.
    pub(crate) fn lit(&mut self, at: Timestamp) {
        self.transcript.lit_at = Some(at);
    }

    /// Ends the telling; `completed` when every step did what it should.
    pub(crate) fn end(mut self, completed: bool, ended_at: Timestamp) -> Transcript {
        self.close_step();
        self.transcript.completed = completed;
        self.transcript.ended_at = Some(ended_at);
        self.transcript
    }

    fn keep(&mut self, words: String) {
        if let Some(step) = self.transcript.steps.last_mut() {
            step.told.push(words);
        }
    }

    fn close_step(&mut self) {
        if let Some(step) = self.transcript.steps.last_mut() {
            step.seconds = (self.step_began.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
        }
        self.step_began = std::time::Instant::now();
    }
}
