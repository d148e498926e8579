//! Child processes, their pipes, and the end of both.

use std::{
    env,
    fs::File,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use serde::Serialize;

use crate::{Outcome, line::Said};

/// A child that is running, or was.
pub(crate) struct Process {
    child: Child,
    listening: Option<JoinHandle<()>>,
    /// When it was started.
    pub(crate) began: Instant,
}

impl Process {
    /// Starts a child in a role. Everything that it says goes to `hear`, on a thread of its own, in order
    /// and to the last line, also after the child was killed; what `hear` gives back goes to the child.
    pub(crate) fn start<T: Serialize>(
        role: &str,
        setup: &T,
        errors: &Path,
        mut hear: impl FnMut(Said) -> Option<String> + Send + 'static,
    ) -> Outcome<Self> {
        let words = |error: std::io::Error| format!("a child cannot be started: {error}");
        let setup = serde_json::to_string(setup).map_err(|error| error.to_string())?;
        let errors = File::options()
            .create(true)
            .append(true)
            .open(errors)
            .map_err(words)?;
        let began = Instant::now();
        let mut child = Command::new(env::current_exe().map_err(words)?)
            .args([role, &setup])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .map_err(words)?;
        let (Some(mut to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("a child has no pipes".to_owned());
        };
        let listening = thread::spawn(move || {
            for line in BufReader::new(from).lines() {
                let Ok(line) = line else { break };
                let said = serde_json::from_str(&line).unwrap_or(Said::Fault {
                    what: "a line of a child cannot be read".to_owned(),
                });
                if let Some(answer) = hear(said) {
                    answer_child(&mut to, &answer);
                }
            }
        });
        Ok(Self {
            child,
            listening: Some(listening),
            began,
        })
    }

    /// Kills it at once, and waits until it is gone and everything that it said was heard. Gives the words
    /// for an end that came before.
    pub(crate) fn kill(&mut self) -> Option<String> {
        let ended_before = self.ended();
        // It may be gone already, which is as good.
        let _gone = self.child.kill();
        let _status = self.child.wait();
        self.hear_out();
        ended_before
    }

    /// Waits until it ends by itself, so long at most; whether it ended well.
    pub(crate) fn wait(&mut self, at_most: Duration) -> bool {
        let until = Instant::now() + at_most;
        while Instant::now() < until {
            if let Ok(Some(status)) = self.child.try_wait() {
                self.hear_out();
                return status.success();
            }
            thread::sleep(Duration::from_millis(10));
        }
        self.kill();
        false
    }

    /// How it ended, when it did.
    pub(crate) fn ended(&mut self) -> Option<String> {
        match self.child.try_wait() {
            Ok(Some(status)) => Some(format!("it ended by itself: {status}")),
            _ => None,
        }
    }

    fn hear_out(&mut self) {
        if let Some(listening) = self.listening.take() {
            let _heard = listening.join();
        }
    }
}

fn answer_child(to: &mut ChildStdin, answer: &str) {
    // A child that was killed meanwhile hears nothing any more.
    let _heard = writeln!(to, "{answer}").and_then(|()| to.flush());
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
