//! The benches of the budgets, each beside its peer or limit in the same run.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use clap::ValueEnum;

use crate::{
    bindings,
    run::{Outcome, cargo, command, root, run_long, target},
    swift, tools,
};

/// Runs the benches; each prints its own rows of `what | ours | peer | ratio | budget`.
pub(crate) fn bench() -> Outcome<()> {
    run_long(cargo().args(["bench", "--quiet", "--package", "liangma-tests"]))
}

/// A language whose bindings are measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Side {
    /// Kotlin on the JVM.
    Kotlin,
    /// Swift on Linux.
    Swift,
}

impl Side {
    /// The name that stands in the table.
    fn name(self) -> &'static str {
        match self {
            Self::Kotlin => "Kotlin on the JVM",
            Self::Swift => "Swift on Linux",
        }
    }

    /// Builds this side against the library of the release profile, which is also that of the Rust side; the
    /// command that runs it. `None` where the machine lacks its compiler, which was said aloud.
    fn build(self) -> Outcome<Option<Command>> {
        match self {
            Self::Kotlin => kotlin().map(Some),
            Self::Swift => swift::beside(),
        }
    }
}

/// Measures each language beside Rust. What a side has to do stands in `tests/benches/bindings.rs`.
pub(crate) fn bench_ffi(only: &[Side]) -> Outcome<()> {
    // The platform on which each side gets its code.
    run_long(cargo().args(["build", "--quiet", "--package", "liangma"]))?;
    run_long(
        cargo()
            .args(["build", "--quiet", "--release", "--package", "liangma-ffi"])
            // As the generated code has it.
            .args(["--features", "rehearsal"]),
    )?;
    let mut programs = Vec::new();
    for &side in Side::value_variants() {
        if (only.is_empty() || only.contains(&side))
            && let Some(command) = side.build()?
        {
            programs.push(program(side.name(), &command)?);
        }
    }
    run_long(
        cargo()
            .args(["bench", "--quiet", "--package", "liangma-tests"])
            .args(["--bench", "bindings", "--"])
            .args(programs),
    )
}

/// Builds the Kotlin side; the command that runs it.
fn kotlin() -> Outcome<Command> {
    let generated = bindings::generate("kotlin")?;
    let out = target().join("beside/kotlin");
    let list = out.join("dependencies.txt");
    let define = |name: &str, path: &Path| format!("-D{name}={}", path.display());
    run_long(
        tools::maven()
            .args(["--file", "bindings/kotlin/pom.xml"])
            .arg(define("liangma.generated", &generated))
            .arg(define("liangma.out", &out))
            .arg(define("mdep.outputFile", &list))
            .args(["test-compile", "dependency:build-classpath"]),
    )?;
    let dependencies = fs::read_to_string(&list)
        .map_err(|error| format!("cannot read {}: {error}", list.display()))?;
    let [tests, classes] = ["test-classes", "classes"].map(|part| out.join(part));
    let path = [&tests, &classes].map(|part| part.display().to_string());
    let mut java = command("java");
    java.arg(define("jna.library.path", &target().join("release")))
        .arg(define("liangma.root", &root()))
        .arg(define("liangma.program", &target().join("debug/liangma")))
        .args([
            "-cp",
            &format!("{}:{}", path.join(":"), dependencies.trim()),
        ])
        .arg("org.liangma.BesideKt");
    Ok(java)
}

/// Writes a command down as a program whose name is that of the side.
fn program(name: &str, command: &Command) -> Outcome<PathBuf> {
    let folder = target().join("beside");
    let file = folder.join(format!("{name}.sh"));
    let text = script(command);
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(&file, text))
        .and_then(|()| executable(&file))
        .map_err(|error| format!("cannot write {}: {error}", file.display()))?;
    Ok(file)
}

fn script(command: &Command) -> String {
    let quoted = |word: &std::ffi::OsStr| {
        let word = word.to_string_lossy();
        format!("'{}'", word.replace('\'', r"'\''"))
    };
    let mut text = "#!/bin/sh\n".to_owned();
    if let Some(folder) = command.get_current_dir() {
        text += &format!("cd {}\n", quoted(folder.as_os_str()));
    }
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            text += &format!("export {}={}\n", name.to_string_lossy(), quoted(value));
        }
    }
    let words: Vec<String> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(quoted)
        .collect();
    text += &format!("exec {}\n", words.join(" "));
    text
}

#[cfg(unix)]
fn executable(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(file, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn executable(_file: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_written_as_the_shell_reads_it() {
        let mut command = Command::new("say");
        command
            .current_dir("/a b")
            .env("X", "it's")
            .args(["1 2", ""]);
        assert_eq!(
            script(&command),
            "#!/bin/sh\ncd '/a b'\nexport X='it'\\''s'\nexec 'say' '1 2' ''\n"
        );
    }
}
