//! The library for Kotlin and Swift: generated code, its surface, its tests and its size.

use std::{
    env::{self, consts::DLL_SUFFIX},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    run::{Outcome, build, cargo, command, output, root, run, run_long, target},
    tools,
};

/// The exported surface, as it was agreed to.
const SURFACE: &str = "bindings/api/kotlin.txt";
/// The size of the library that was looked at last.
const SIZE: &str = "bindings/size.json";
/// A library that grew by more is worth a look.
const GROWTH: u64 = 100_000;
/// A library that is larger is not shipped: docs/adr/0016.
const LARGEST: u64 = 6_000_000;
/// Folds code that is the same.
const FOLDED: &str = "-Clink-arg=-Wl,--icf=all";
/// No panic goes through C, which nothing calls that could panic: it needs no tables for unwinding.
pub(crate) const NOT_UNWOUND: &str = "-fno-asynchronous-unwind-tables -fno-unwind-tables";
/// The shells together have at most this share of the core's lines: one in four.
const SHARE: u64 = 4;
/// The most functions that are exported, those of ports included.
const MOST_FUNCTIONS: usize = 60;

/// Builds the library for this machine, and generates the code of one language for tests; returns its folder.
pub(crate) fn generate(language: &str) -> Outcome<PathBuf> {
    build()?;
    write_code(language, &target().join("debug"), "bindings")
}

/// The same for a program that people install: without the rehearsal, which is for tests.
pub(crate) fn generate_for_phones(language: &str) -> Outcome<PathBuf> {
    build_for_phones()?;
    run(cargo().args(["build", "--quiet", "--package", "liangma-bindgen"]))?;
    write_code(language, &target().join("library"), "bindings-for-phones")
}

fn write_code(language: &str, built: &Path, folder: &str) -> Outcome<PathBuf> {
    let folder = target().join(folder).join(language);
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .map_err(|error| format!("cannot empty {}: {error}", folder.display()))?;
    }
    run(command(target().join("debug/uniffi-bindgen"))
        .arg("generate")
        .arg(built.join(format!("libliangma_ffi{DLL_SUFFIX}")))
        .args(["--language", language, "--no-format", "--out-dir"])
        .arg(&folder))?;
    Ok(folder)
}

/// The Kotlin package against the real library and a real platform.
pub(crate) fn kotlin() -> Outcome<()> {
    let generated = generate("kotlin")?;
    compare_surface()?;
    let define = |name: &str, path: PathBuf| format!("-Dliangma.{name}={}", path.display());
    run(tools::maven()
        .args(["test", "--file", "bindings/kotlin/pom.xml"])
        .arg(define("generated", generated))
        .arg(define("library", target().join("debug")))
        .arg(define("out", target().join("kotlin"))))
}

/// Writes the surface anew, after it was looked at.
pub(crate) fn bless_surface() -> Outcome<()> {
    generate("kotlin")?;
    let file = root().join(SURFACE);
    fs::write(&file, current_surface()?)
        .map_err(|error| format!("cannot write {}: {error}", file.display()))
}

fn compare_surface() -> Outcome<()> {
    let now = current_surface()?;
    let functions = now.lines().filter(|line| is_function(line)).count();
    println!("  {functions} exported functions");
    if functions > MOST_FUNCTIONS {
        return Err(format!(
            "{functions} functions are exported, and {MOST_FUNCTIONS} are the most"
        ));
    }
    if fs::read_to_string(root().join(SURFACE)).is_ok_and(|agreed| agreed == now) {
        return Ok(());
    }
    Err(format!(
        "the exported surface is not that of {SURFACE}: raise CONTRACT_VERSION in liangma-ffi and in each \
         language, run `cargo xtask bless`, and look at the difference"
    ))
}

fn is_function(line: &str) -> bool {
    let line = line.trim_start();
    ["fun ", "suspend fun ", "constructor("]
        .iter()
        .any(|start| line.starts_with(start))
}

fn current_surface() -> Outcome<String> {
    let file = target().join("bindings/kotlin/org/liangma/liangma_ffi.kt");
    let generated = fs::read_to_string(&file)
        .map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    Ok(surface(&generated))
}

/// What generated Kotlin offers to a program: types with their fields and functions, without documentation.
fn surface(generated: &str) -> String {
    let text = without_comments(generated)
        .replace('`', "")
        .replace("kotlin.", "");
    let mut types: Vec<(String, Vec<String>)> = vec![("functions".to_owned(), Vec::new())];
    // The type that lines belong to: none outside of all, and `Some(None)` in one that is UniFFI's own.
    let mut inside: Option<Option<usize>> = None;
    let mut of_object = false;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if line == "}" {
            inside = None;
            continue;
        }
        if line.starts_with(|letter: char| letter.is_ascii_lowercase()) {
            of_object = line.starts_with("open class ");
            if let Some(name) = heading(line) {
                types.push((name, Vec::new()));
                inside = Some(Some(types.len() - 1));
            } else if of_object || line.ends_with(['{', '(', ',']) {
                inside = Some(None);
            }
            continue;
        }
        let line = line.trim().trim_end_matches('{').trim_end();
        let kept = match inside {
            Some(None) => false,
            None => is_function(line) && !line.contains("uniffi"),
            Some(Some(_)) if of_object => {
                line.starts_with("suspend fun ")
                    || line.starts_with("constructor(") && !line.contains("Handle")
            }
            Some(Some(_)) => is_member(line),
        };
        if kept {
            let member = line.trim_end_matches(" :").to_owned();
            types[inside.flatten().unwrap_or(0)].1.push(member);
        }
    }
    let mut written = String::new();
    for (name, members) in types {
        let empty_object = name.starts_with("object ") && members.is_empty();
        if !empty_object {
            // Writing to a string never fails.
            let _ = writeln!(written, "{name}");
            for member in members {
                let _ = writeln!(written, "    {member}");
            }
        }
    }
    written
}

/// The type that a line begins, when it is one that a program uses.
fn heading(line: &str) -> Option<String> {
    let kinds = [
        ("public interface ", "interface"),
        ("data class ", "record"),
        ("enum class ", "enum"),
        ("sealed class ", "variants"),
        ("open class ", "object"),
    ];
    // For the tests of shells; phones do not carry it.
    let of_rehearsal = ["RehearsalInterface", "Rehearsal", "RehearsedStep"];
    kinds.iter().find_map(|(start, kind)| {
        let rest = line.strip_prefix(start)?;
        let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_')?;
        let name = &rest[..end];
        let of_uniffi = ["Uniffi", "Ffi", "Rust", "Foreign", "NoHandle"];
        let ours = !of_rehearsal.contains(&name)
            && !of_uniffi.iter().any(|start| name.starts_with(start))
            && !name.ends_with("Impl");
        ours.then(|| format!("{kind} {name}"))
    })
}

fn is_member(line: &str) -> bool {
    let constant = line.trim_end_matches([',', ';']);
    is_function(line)
        || line.starts_with("val ")
        || line.starts_with("object ")
        || line.starts_with("data class ")
        || line.starts_with("class ")
        || !constant.is_empty()
            && constant
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

fn without_comments(text: &str) -> String {
    let mut left = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("/*") {
        left.push_str(&rest[..start]);
        rest = rest[start..]
            .find("*/")
            .map_or("", |end| &rest[start + end + 2..]);
    }
    left.push_str(rest);
    left
}

/// What the compiler is told so that no path of the machine that built it is in a library.
fn without_paths() -> String {
    let home = env::var_os("CARGO_HOME").map_or_else(
        || PathBuf::from(env::var_os("HOME").unwrap_or_default()).join(".cargo"),
        PathBuf::from,
    );
    format!(
        "--remap-path-prefix={}=cargo --remap-path-prefix={}=liangma",
        home.join("registry/src").display(),
        root().display()
    )
}

/// What the compiler is told for a library that phones load, with Android's way of packing addresses that its
/// loader corrects: the one that version 6 knows.
pub(crate) fn flags_for_android() -> String {
    format!(
        "{} {FOLDED} -Clink-arg=-Wl,--pack-dyn-relocs=android -Clink-arg=-Wl,-z,max-page-size=16384",
        without_paths()
    )
}

/// Builds the library for this machine alone, as it is shipped.
fn build_for_phones() -> Outcome<()> {
    // Apple's linker has neither.
    let linked: &[&str] = match env::consts::OS {
        "linux" => &["--", FOLDED, "-Clink-arg=-Wl,-z,pack-relative-relocs"],
        _ => &[],
    };
    run_long(
        cargo()
            .args(["rustc", "--quiet", "--profile", "library"])
            .args([
                "--package",
                "liangma-ffi",
                "--lib",
                "--crate-type",
                "cdylib",
            ])
            // For the library alone: what runs while it is built is linked as ever.
            .args(linked)
            .env("RUSTFLAGS", without_paths())
            .env("CFLAGS", NOT_UNWOUND),
    )
}

/// Builds the library as it is shipped, strips it, and compares its size with what was looked at last.
pub(crate) fn size(keep: bool) -> Outcome<()> {
    build_for_phones()?;
    let built = target().join("library/libliangma_ffi.so");
    let stripped = target().join("library/stripped.so");
    run(command("strip")
        .arg("--strip-all")
        .arg("-o")
        .arg(&stripped)
        .arg(built))?;
    let bytes = fs::metadata(&stripped)
        .map_err(|error| format!("cannot look at {}: {error}", stripped.display()))?
        .len();
    let machine = output(command("uname").arg("-m"))?.trim().to_owned();
    let file = root().join(SIZE);
    let known = fs::read_to_string(&file).ok();
    let known: Option<serde_json::Value> = known.and_then(|text| serde_json::from_str(&text).ok());
    let before = known.and_then(|known| known[&machine].as_u64());
    println!(
        "{bytes} bytes on {machine}; {before:?} when it was looked at last; {LARGEST} at most"
    );
    if let Some(before) = before
        && bytes > before + GROWTH
    {
        println!(
            "WARNING: it grew by {} bytes: say in the change what for",
            bytes - before
        );
    }
    if keep {
        let text = format!("{{\n  \"{machine}\": {bytes}\n}}\n");
        fs::write(&file, text)
            .map_err(|error| format!("cannot write {}: {error}", file.display()))?;
    }
    if bytes > LARGEST {
        return Err(format!(
            "the library has {bytes} bytes, and {LARGEST} are the most"
        ));
    }
    Ok(())
}

/// Counts the lines of the shells against those of the core, tests and generated code left out.
pub(crate) fn census() -> Outcome<()> {
    let shells = [
        ("android", "kt"),
        ("ios", "swift"),
        ("bindings/kotlin/src/main", "kt"),
        ("bindings/swift", "swift"),
        ("simulator/src/phones", "rs"),
        ("simulator/web", "js"),
    ];
    let mut total = 0;
    for (folder, ending) in shells {
        let lines = lines(folder, ending)?;
        println!("{folder:<28} {lines:>8}");
        total += lines;
    }
    let core = lines("core", "rs")?;
    println!("{:<28} {total:>8}\n{:<28} {core:>8}", "shells", "core");
    if total * SHARE < core {
        Ok(())
    } else {
        Err("the shells have a quarter of the core's lines or more: move what decides into the core".to_owned())
    }
}

/// Lines that are not empty, of committed files of an ending in a folder, without folders of tests.
fn lines(folder: &str, ending: &str) -> Outcome<u64> {
    let files = output(command("git").args(["ls-files", "-z", folder]))?;
    let mut count = 0;
    for file in files.split('\0') {
        let test = file.to_lowercase().contains("test") || file.contains("/examples/");
        if test || !file.ends_with(&format!(".{ending}")) {
            continue;
        }
        let text = fs::read_to_string(root().join(file)).unwrap_or_default();
        let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
        count += u64::try_from(lines).unwrap_or(0);
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_surface_is_what_a_program_uses() {
        let generated = "\
/**
 * A tile.
 */
data class Tile (
    val `name`: kotlin.String
    ,
    val `age`: kotlin.String?
){
    companion object
}
public object FfiConverterTypeTile: FfiConverterRustBuffer<Tile> {
    override fun read(buf: ByteBuffer): Tile {
}
enum class Tone {
    CALM,
    TROUBLE;
    companion object
}
public interface PhoneInterface {
    /* says */ fun `send`(`event`: Event)
    suspend fun `stop`()
    companion object
}
open class Phone: Disposable, AutoCloseable, PhoneInterface
{
    override suspend fun `stop`() {
    }
     suspend fun `start`(`ports`: Ports) : Phone {
}
         fun `contractVersion`(): kotlin.UInt {
";
        assert_eq!(
            surface(generated),
            "functions\n    fun contractVersion(): UInt\nrecord Tile\n    val name: String\n    val age: String?\n\
             enum Tone\n    CALM,\n    TROUBLE;\ninterface PhoneInterface\n    suspend fun stop()\n\
             object Phone\n    suspend fun start(ports: Ports) : Phone\n"
                .replace("    suspend fun stop()\nobject", "    fun send(event: Event)\n    suspend fun stop()\nobject")
        );
    }
}
