//! Swift on Linux: Debian's own compiler, in a folder under `target/` that is entered by `chroot`.
//!
//! A machine that has Swift already uses its own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::run::{Outcome, cargo, command, exists, output, root, run, run_long, target};

/// The release of Debian that has Swift 6.
const SUITE: &str = "trixie";

/// What of the compiler nobody asks for here, nearly half of it: debuggers, editors' helpers, libraries of one piece,
/// texts. It is not unpacked.
const LEFT_OUT: [&str; 11] = [
    "/usr/libexec/swift/bin/clangd",
    "/usr/libexec/swift/bin/docc",
    "/usr/libexec/swift/bin/lldb*",
    "/usr/libexec/swift/bin/sourcekit-lsp",
    "/usr/libexec/swift/lib/liblldb*",
    "/usr/libexec/swift/lib/libLTO*",
    "/usr/libexec/swift/lib/libsourcekitd*",
    "/usr/libexec/swift/lib/swift_static/*",
    "/usr/share/doc/*",
    "/usr/share/locale/*",
    "/usr/share/man/*",
];

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
    if exists("swift") && !cfg!(target_os = "macos") {
        return Ok(Some(Toolchain::Own));
    }
    let lacking = if cfg!(target_os = "macos") {
        "its tests run on Linux; on a Mac build the app with `cargo xtask ios` and Xcode"
    } else if !exists("apt-get") {
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
    // It tells every package; what goes wrong it tells elsewhere.
    run(command("debootstrap")
        .args(["--variant=minbase", "--include=ca-certificates", SUITE])
        .arg(&folder)
        .arg(mirror()?)
        .stdout(Stdio::null()))?;
    let left_out = LEFT_OUT.map(|path| format!("path-exclude={path}\n"));
    let lean = folder.join("etc/dpkg/dpkg.cfg.d/lean");
    fs::write(&lean, left_out.concat())
        .map_err(|error| format!("cannot write {}: {error}", lean.display()))?;
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

/// The Swift package against the real library and a real platform, and the iOS shell against a stand-in for SwiftUI.
pub(crate) fn test() -> Outcome<()> {
    let Some(swift) = toolchain()? else {
        return Ok(());
    };
    generate()?;
    let built = target().join("debug");
    for package in ["bindings/swift", "ios"] {
        let mut test = swift.command("swift", package);
        test.args(["test", "--quiet", "--disable-sandbox", "--scratch-path"])
            .arg(target().join("swift/build").join(package))
            // What a screen reader finds on every screen of every trace, to be read by people.
            .env("LIANGMA_TREES", target().join("swift/trees"))
            .env("LIANGMA_BIN", built.join("liangma"));
        run(linked(&mut test, &built))?;
    }
    parse_for_ios(&swift)
}

/// Builds the Swift side of the bench of the bindings; the command that runs it with the release library.
pub(crate) fn beside() -> Outcome<Option<Command>> {
    let Some(swift) = toolchain()? else {
        return Ok(None);
    };
    generate()?;
    let scratch = target().join("swift/build/beside");
    let mut build = swift.command("swift", "bindings/swift");
    build.args([
        "build",
        "--quiet",
        "--disable-sandbox",
        "--product",
        "Beside",
    ]);
    build
        .args(["--configuration", "release", "--scratch-path"])
        .arg(&scratch);
    run_long(linked(&mut build, &target().join("release")))?;
    let program = scratch.join("release/Beside");
    let mut side = swift.command(&program.to_string_lossy(), ".");
    side.env("LIANGMA_BIN", target().join("debug/liangma"));
    Ok(Some(side))
}

/// Lets the library in this folder be found, now and when the program runs.
fn linked<'a>(build: &'a mut Command, library: &Path) -> &'a mut Command {
    build
        .arg("-Xlinker")
        .arg(format!("-L{}", library.display()))
        .args(["-Xlinker", "-rpath", "-Xlinker"])
        .arg(library)
}

/// What needs a phone's own frameworks is not compiled here; that it is Swift is checked.
fn parse_for_ios(swift: &Toolchain) -> Outcome<()> {
    let listed = [
        "bindings/swift/Sources/LiangmaKit",
        "ios/Sources",
        "ios/App",
    ];
    let files = output(command("git").args(["ls-files", "-z"]).args(listed))?;
    let files: Vec<&str> = files
        .split('\0')
        .filter(|file| file.ends_with(".swift"))
        .collect();
    if files.is_empty() {
        return Err(format!("no Swift files are in {}", listed.join(", ")));
    }
    println!(
        "NOT CHECKED: the files for a phone's own keys, camera and glass are parsed and not compiled (Xcode has \
         the frameworks)"
    );
    run(swift
        .command("swiftc", ".")
        .args(["-frontend", "-parse", "-target", "arm64-apple-ios16.0"])
        .args(files))
}

/// Generates the Swift of the library for this machine, and puts it where the package has it.
fn generate() -> Outcome<()> {
    take(&crate::bindings::generate("swift")?)
}

/// Puts generated Swift where the package has it.
fn take(generated: &Path) -> Outcome<()> {
    let read = |name: &str| {
        let file = generated.join(name);
        fs::read_to_string(&file)
            .map_err(|error| format!("cannot read {}: {error}", file.display()))
    };
    let sources = root().join("bindings/swift/Sources");
    let write = |name: &str, text: &str| {
        let file = sources.join(name);
        // What is unchanged keeps its time, so that it is not compiled again.
        if fs::read_to_string(&file).is_ok_and(|before| before == text) {
            return Ok(());
        }
        let folder = file.parent().unwrap_or(&sources);
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&file, text))
            .map_err(|error| format!("cannot write {}: {error}", file.display()))
    };
    write("LiangmaCore/LiangmaCore.swift", &read("LiangmaCore.swift")?)?;
    write(
        "LiangmaCoreFFI/include/LiangmaCoreFFI.h",
        &read("LiangmaCoreFFI.h")?,
    )?;
    write(
        "LiangmaCoreFFI/include/module.modulemap",
        &read("LiangmaCoreFFI.modulemap")?,
    )?;
    // A target of C wants a file of C.
    write("LiangmaCoreFFI/header.c", "#include \"LiangmaCoreFFI.h\"\n")
}

/// The targets of Rust that go into the framework: phones, and simulators on both kinds of Mac.
const APPLE: [&str; 3] = [
    "aarch64-apple-ios",
    "aarch64-apple-ios-sim",
    "x86_64-apple-ios",
];

/// Builds the XCFramework for the Swift package and the app, where Xcode is; elsewhere says what is missing.
pub(crate) fn ios() -> Outcome<()> {
    let missing: Vec<&str> = [
        ("xcodebuild", "Xcode"),
        ("rustup", "rustup"),
        ("lipo", "Xcode's command-line tools"),
    ]
    .iter()
    .filter(|(program, _)| !exists(program))
    .map(|(_, name)| *name)
    .collect();
    if !missing.is_empty() {
        return Err(format!(
            "the framework was not built: {} must be installed, which only a Mac can have whole. On other machines \
             `cargo xtask test swift` checks the package and the shell",
            missing.join(", ")
        ));
    }
    take(&crate::bindings::generate_for_phones("swift")?)?;
    run(command("rustup").args(["target", "add"]).args(APPLE))?;
    let mut libraries = Vec::new();
    for apple in APPLE {
        run(cargo().env("CFLAGS", crate::bindings::NOT_UNWOUND).args([
            "rustc",
            "--quiet",
            "--profile",
            "library",
            "--package",
            "liangma-ffi",
            "--lib",
            "--crate-type",
            "staticlib",
            "--target",
            apple,
        ]))?;
        libraries.push(
            target()
                .join(apple)
                .join("library")
                .join("libliangma_ffi.a"),
        );
    }
    let [phone, simulators @ ..] = libraries.as_slice() else {
        return Err("no library was built".to_owned());
    };
    let both = target().join("swift/simulator/libliangma_ffi.a");
    let folder = both.parent().map(Path::to_owned).unwrap_or_default();
    fs::create_dir_all(&folder)
        .map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    run(command("lipo")
        .arg("-create")
        .args(simulators)
        .arg("-output")
        .arg(&both))?;
    let framework = root().join("bindings/swift/LiangmaCoreFFI.xcframework");
    if framework.exists() {
        fs::remove_dir_all(&framework)
            .map_err(|error| format!("cannot empty {}: {error}", framework.display()))?;
    }
    let headers = root().join("bindings/swift/Sources/LiangmaCoreFFI/include");
    let mut create = command("xcodebuild");
    create.arg("-create-xcframework");
    for library in [phone, &both] {
        create.arg("-library").arg(library).arg("-headers");
        create.arg(&headers);
    }
    run(create.arg("-output").arg(&framework))
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
