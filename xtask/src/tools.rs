//! Installing what the tests need. Everything but Debian packages stays under `target/`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::run::{Outcome, cargo, command, exists, run, target};

/// Programs from Debian, with the package that holds each.
const DEBIAN: &[(&str, &str)] = &[
    ("zbarimg", "zbar-tools"),
    ("strace", "strace"),
    ("python3", "python3"),
    ("g++", "g++"),
    ("rsvg-convert", "librsvg2-bin"),
    ("pdftoppm", "poppler-utils"),
    ("chromium", "chromium"),
    ("node", "nodejs"),
    ("npm", "npm"),
    ("mvn", "maven"),
    ("javac", "default-jdk-headless"),
];

/// Fonts that a browser needs to show Chinese, by a file that the package holds.
const FONTS: (&str, &str) = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "fonts-noto-cjk",
);

/// Tools from crates.io that are installed under `target/tools`.
const CARGO_TOOLS: &[(&str, &str)] = &[
    ("cargo-deny", "0.20.2"),
    ("cargo-fuzz", "0.13.2"),
    ("cargo-llvm-cov", "0.9.1"),
    ("cargo-mutants", "27.1.0"),
];

/// Maven, as quiet as a test run wants it.
pub(crate) fn maven() -> Command {
    let mut maven = command("mvn");
    maven.args(["--quiet", "--batch-mode", "--no-transfer-progress"]);
    // A compiler of its own: one that is shared goes on when everything else has ended.
    maven.arg("-Dkotlin.compiler.daemon=false");
    maven
}

/// Installs missing Debian packages; needs root or sudo.
pub(crate) fn debian() -> Outcome<()> {
    let mut missing: Vec<&str> = DEBIAN
        .iter()
        .filter(|(program, _)| !exists(program))
        .map(|(_, package)| *package)
        .collect();
    if !python_has("venv") || !python_has("ensurepip") {
        missing.push("python3-venv");
    }
    if !Path::new(FONTS.0).exists() {
        missing.push(FONTS.1);
    }
    install(&missing)
}

/// The folder with the LLVM tools of the version that this compiler was built with.
pub(crate) fn llvm() -> Outcome<PathBuf> {
    let version = crate::run::output(command("rustc").arg("-vV"))?;
    let major = version
        .lines()
        .find_map(|line| line.strip_prefix("LLVM version: "))
        .and_then(|version| version.split('.').next())
        .ok_or("rustc does not say which LLVM it was built with")?;
    let folder = PathBuf::from(format!("/usr/lib/llvm-{major}/bin"));
    if !folder.join("llvm-cov").exists() {
        install(&[&format!("llvm-{major}")])?;
    }
    Ok(folder)
}

/// Installs Debian packages.
pub(crate) fn install(packages: &[&str]) -> Outcome<()> {
    if packages.is_empty() {
        return Ok(());
    }
    if !exists("apt-get") {
        return Err(format!(
            "these programs are missing and this is not a Debian machine: install {} and run again",
            packages.join(", ")
        ));
    }
    let apt = |arguments: &[&str]| {
        let mut apt = if is_root() || !exists("sudo") {
            command("apt-get")
        } else {
            let mut sudo = command("sudo");
            sudo.arg("apt-get");
            sudo
        };
        apt.env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(Stdio::null());
        run(apt.args(arguments))
    };
    apt(&["update", "-q"])?;
    let mut install = vec!["install", "-q", "-y", "--no-install-recommends"];
    install.extend(packages);
    apt(&install)
}

/// Whether this runs with the rights of root.
pub(crate) fn is_root() -> bool {
    crate::run::output(command("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

fn python_has(module: &str) -> bool {
    command("python3")
        .args(["-c", &format!("import {module}")])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// A Python of our own with the packages of a `requirements.txt`; returns its interpreter.
pub(crate) fn python(name: &str, requirements: &str) -> Outcome<PathBuf> {
    let folder = target().join("python").join(name);
    let python = folder.join("bin/python");
    let wanted = fs::read_to_string(crate::run::root().join(requirements))
        .map_err(|error| format!("cannot read {requirements}: {error}"))?;
    let mark = folder.join("installed.txt");
    if fs::read_to_string(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    run(command("python3")
        .args(["-m", "venv", "--clear"])
        .arg(&folder))?;
    run(command(&python)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-r",
        ])
        .arg(requirements))?;
    fs::write(&mark, wanted)
        .map_err(|error| format!("cannot write {}: {error}", mark.display()))?;
    Ok(python)
}

/// The packages of a folder's `package-lock.json`, installed under `target/node`; returns that folder.
pub(crate) fn node(name: &str, folder: &str) -> Outcome<PathBuf> {
    let installed = target().join("node").join(name);
    let from = crate::run::root().join(folder);
    let lock = "package-lock.json";
    let read = |path: &Path| fs::read(path).ok();
    // npm writes this file last.
    let is_installed = installed.join("node_modules/.package-lock.json").exists()
        && read(&installed.join(lock)) == read(&from.join(lock));
    if !is_installed {
        fs::create_dir_all(&installed)
            .map_err(|error| format!("cannot make {}: {error}", installed.display()))?;
        for file in ["package.json", lock] {
            fs::copy(from.join(file), installed.join(file))
                .map_err(|error| format!("cannot copy {folder}/{file}: {error}"))?;
        }
        run(command("npm")
            .args(["ci", "--silent", "--no-audit", "--no-fund", "--prefix"])
            .arg(&installed))?;
    }
    Ok(installed)
}

/// A tool from crates.io; returns its program.
pub(crate) fn cargo_tool(name: &str) -> Outcome<PathBuf> {
    let version = CARGO_TOOLS
        .iter()
        .find(|(tool, _)| *tool == name)
        .map(|(_, version)| *version)
        .ok_or_else(|| format!("no version is stated for the tool {name}"))?;
    let folder = target().join("tools");
    let program = folder.join("bin").join(name);
    if !program.exists() {
        run(cargo()
            .args([
                "install",
                "--quiet",
                "--locked",
                name,
                "--version",
                version,
                "--root",
            ])
            .arg(&folder))?;
    }
    Ok(program)
}
