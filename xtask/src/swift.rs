//! Swift on Linux: Debian's own compiler, in a folder under `target/` that is entered by `chroot`.
//!
//! A machine that has Swift already, as a Mac has, uses its own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::run::{Outcome, command, exists, output, root, run, target};

/// The release of Debian that has Swift 6.
const SUITE: &str = "trixie";

/// What is installed there: the compiler, the headers that it wants, and a library that makes and uses keys
/// for the tests.
const PACKAGES: [&str; 4] = ["swiftlang", "libc6-dev", "libstdc++-14-dev", "libssl-dev"];

/// A Swift compiler that can be run here.
pub(crate) enum Toolchain {
    /// The machine's own.
    Own,
    /// Debian's, in this folder.
    Folder(PathBuf),
}

impl Toolchain {
    /// A command of this toolchain that runs in a folder of the checkout. It finds the checkout and the
    /// target folder under their own names.
    pub(crate) fn command(&self, program: &str, within: &str) -> Command {
        let within = root().join(within);
        match self {
            Self::Own => {
                let mut own = command(program);
                own.current_dir(within);
                own
            }
            Self::Folder(folder) => {
                let mut inside = enter(folder, &[&root(), &target()]);
                inside.arg(within).arg(program);
                inside
            }
        }
    }
}

/// The compiler, installed where it is missing; `None` where it cannot be, which is said aloud.
pub(crate) fn toolchain() -> Outcome<Option<Toolchain>> {
    if exists("swift") {
        return Ok(Some(Toolchain::Own));
    }
    let lacking = if !exists("apt-get") {
        "this is not a Debian machine; install Swift 6 and run again"
    } else if !crate::tools::is_root() {
        "installing Swift's compiler beside the system needs root"
    } else if !may_mount()? {
        "this machine lets nobody mount, as in a container without rights"
    } else {
        return install().map(|folder| Some(Toolchain::Folder(folder)));
    };
    println!("NOT CHECKED: the Swift package and the iOS shell ({lacking})");
    Ok(None)
}

/// Whether a private space for mounts can be had.
fn may_mount() -> Outcome<bool> {
    let mut trial = command("unshare");
    trial.args(["--mount", "true"]);
    Ok(exists("unshare") && crate::run::output_of_both(&mut trial)?.0)
}

fn install() -> Outcome<PathBuf> {
    let folder = target().join("swift").join(SUITE);
    let mark = folder.with_extension("installed");
    let wanted = PACKAGES.join("\n");
    if fs::read_to_string(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(folder);
    }
    // What an earlier run left half done is begun anew.
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .map_err(|error| format!("cannot empty {}: {error}", folder.display()))?;
    }
    fs::create_dir_all(&folder)
        .map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    if !exists("debootstrap") {
        crate::tools::install(&["debootstrap"])?;
    }
    run(command("debootstrap")
        .args(["--variant=minbase", "--include=ca-certificates", SUITE])
        .arg(&folder)
        .arg(mirror()?))?;
    let apt = |arguments: &[&str]| {
        let mut apt = enter(&folder, &[]);
        apt.arg("/").arg("apt-get").args(arguments);
        run(apt.env("DEBIAN_FRONTEND", "noninteractive"))
    };
    // Some gigabytes that no power cut has to survive: a run that was cut short begins anew.
    let mut get = vec!["install", "-qq", "-y", "--no-install-recommends"];
    get.extend(["-o", "Dpkg::Options::=--force-unsafe-io"]);
    get.extend(PACKAGES);
    apt(&get)?;
    apt(&["clean"])?;
    fs::write(&mark, wanted)
        .map_err(|error| format!("cannot write {}: {error}", mark.display()))?;
    Ok(folder)
}

/// The mirror of Debian that this machine's apt is set up with.
fn mirror() -> Outcome<String> {
    let format = "$(LABEL) $(REPO_URI)";
    let known = output(command("apt-get").args(["indextargets", "--format", format]))?;
    known
        .lines()
        .find_map(|line| line.strip_prefix("Debian "))
        .map(str::to_owned)
        .ok_or_else(|| {
            "apt knows no mirror of Debian: add one to its sources, run apt-get update, and run again"
                .to_owned()
        })
}

/// Builds the Swift package and runs its tests.
pub(crate) fn test() -> Outcome<()> {
    let Some(swift) = toolchain()? else {
        return Ok(());
    };
    run(swift
        .command("swift", "bindings/swift")
        .args(["test", "--quiet", "--disable-sandbox", "--scratch-path"])
        .arg(target().join("swift/build")))
}

/// A command inside a folder that holds a system, with those folders of this one beside. What is mounted is
/// seen by nobody else and goes with the command. Wants a folder, a program and its arguments.
fn enter(folder: &Path, beside: &[&Path]) -> Command {
    let mut enter = command("unshare");
    enter.args(["--mount", "sh", "xtask/enter.sh"]);
    enter.arg(folder).args(beside).arg("--");
    // Debian's places for programs, whatever this system's are; Swift keeps its caches with its home.
    enter.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    enter.env("HOME", "/root").env("LC_ALL", "C.UTF-8");
    enter
}
