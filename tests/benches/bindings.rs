//! One screen and one live code across each language's bindings, beside the same call in Rust.
//!
//! Each argument is a program that holds one language's side: `cargo xtask bench-ffi` builds them. Such a
//! program goes from nothing to a lit code by itself, calls often enough to be warm, and writes the line
//! `ready`. From then on it reads lines, `screen` or `code`; for each it makes that call for some
//! milliseconds and writes how many microseconds one took. It ends with its input.

use std::{
    error::Error,
    io::{BufRead as _, BufReader, Lines, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use liangma_card::{Language, View};
use liangma_platform::sandbox::face_provider::ChosenOutcome;
use liangma_screens::{
    CodePosition, Effect, Event, Preferences, Screen, Seen,
    driver::{Glass, Phone},
};
use liangma_tests::measure::{ROUNDS, iterations, markdown_head, of_rounds, once};

#[expect(
    clippy::unwrap_used,
    dead_code,
    reason = "the region and the phones of the end-to-end tests"
)]
#[path = "../tests/world/mod.rs"]
mod world;

/// The card's width in points.
const WIDTH: u32 = 360;

/// What is called: a side's word for it, and the table's.
const CALLS: [(&str, &str); 2] = [
    ("screen", "one screen, as its widgets"),
    ("code", "one live code, as its drawing"),
];

/// The other side, in a process of its own.
struct Side {
    name: String,
    process: Child,
    asked: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Side {
    fn start(program: &Path) -> Result<Self, Box<dyn Error>> {
        let mut process = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let asked = process.stdin.take().ok_or("a side has no input")?;
        let said = process.stdout.take().ok_or("a side has no output")?;
        let name = program
            .file_stem()
            .ok_or("a side has no name")?
            .to_string_lossy();
        let mut side = Self {
            name: name.into_owned(),
            process,
            asked,
            answers: BufReader::new(said).lines(),
        };
        while side.line()? != "ready" {}
        Ok(side)
    }

    fn line(&mut self) -> Result<String, Box<dyn Error>> {
        let line = self.answers.next().ok_or("a side ended too early")?;
        Ok(line?)
    }

    /// Microseconds of one call.
    fn once(&mut self, call: &str) -> Result<f64, Box<dyn Error>> {
        writeln!(self.asked, "{call}")?;
        Ok(self.line()?.parse()?)
    }

    fn end(self) -> Result<(), Box<dyn Error>> {
        let Self {
            mut process, asked, ..
        } = self;
        drop(asked);
        let status = process.wait()?;
        status.success().then_some(()).ok_or("a side failed".into())
    }
}

/// A glass that nobody looks at.
struct Dark;

impl Glass for Dark {
    fn show(&self, _screen: &Screen) {}

    fn perform(&self, _effect: &Effect) {}
}

/// A phone with its code in front, as every side has one, and no network any more.
async fn lit() -> Result<(Phone, Arc<tempfile::TempDir>), Box<dyn Error>> {
    let region = world::Region::start().await;
    let phone = world::Phone::unpack(&region, ChosenOutcome::Pass).await;
    phone.live(&region, "green").await;
    let (config, ports, folder) = phone.put_away(&region);
    region.stop().await;
    let preferences = Preferences {
        language: Language::ZhHans,
        view: View::Normal,
        code_position: CodePosition::Top,
    };
    let seen = Arc::new(Seen::built_in()?);
    let phone = Phone::start(config, ports, preferences, seen, Arc::new(Dark)).await;
    for _ in 0..200 {
        let screen = phone.screen();
        if screen.route == "code" {
            return Ok((phone, folder));
        }
        if screen.route.starts_with("first.") {
            phone.send(Event::Pressed {
                widget: "on".to_owned(),
            });
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(format!("the phone stays at {}", phone.screen().route).into())
}

#[expect(clippy::print_stdout, reason = "a bench is read on standard output")]
fn main() -> Result<(), Box<dyn Error>> {
    let programs = std::env::args().skip(1).filter(|one| one != "--bench");
    let mut sides = programs
        .map(|program| Side::start(Path::new(&program)))
        .collect::<Result<Vec<_>, _>>()?;
    if sides.is_empty() {
        println!("no language to compare with: cargo xtask bench-ffi builds them");
        return Ok(());
    }
    let runtime = tokio::runtime::Runtime::new()?;
    let (phone, _folder) = runtime.block_on(lit())?;
    if phone.card(WIDTH)?.is_none() {
        return Err("there is no code to be measured".into());
    }
    println!("{}", markdown_head());
    for side in &mut sides {
        for (call, words) in CALLS {
            let mut screen = || drop(phone.screen());
            let mut code = || drop(phone.card(WIDTH));
            let ours: &mut dyn FnMut() = if call == "screen" {
                &mut screen
            } else {
                &mut code
            };
            let mut ours = || ours();
            let times = iterations(&mut ours);
            let (mut here, mut there) = (Vec::new(), Vec::new());
            for round in 0..ROUNDS {
                if round % 2 == 0 {
                    there.push(side.once(call)?);
                    here.push(once(&mut ours, times));
                } else {
                    here.push(once(&mut ours, times));
                    there.push(side.once(call)?);
                }
            }
            let what = format!("{}: {words}", side.name);
            let row = of_rounds(&what, None, &there, "the same call in Rust", &here);
            println!("{}", row.markdown());
        }
    }
    sides.into_iter().try_for_each(Side::end)
}
