//! The Android shell: checked and run on the framework's real classes where there is no SDK, and built where there
//! is one.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use crate::{
    bindings,
    run::{Outcome, cargo, command, exists, output_of_both, root, run, target},
    tiers, tools,
};

/// The newest Android whose resources Debian's aapt2 can read, and whose classes run on Debian's Java.
const FRAMEWORK: (&str, &str) = ("android-all-instrumented", "14-robolectric-10818077-i7");

/// What Debian's aapt2 says although nothing is wrong: it is older than the manifest's `queries` and than the
/// framework that it reads.
const KNOWN: [&str; 3] = ["<queries>", "is compressed", "Unknown chunk type"];

/// Processors of phones, by Android's names.
const PROCESSORS: [&str; 3] = ["arm64-v8a", "armeabi-v7a", "x86_64"];

/// The oldest Android that the shell runs on.
const OLDEST: &str = "23";

fn out() -> PathBuf {
    target().join("android")
}

/// Compiles the shell against the oldest and the newest Android, and its resources; then runs it on Robolectric.
pub(crate) fn test() -> Outcome<()> {
    let wanted = [
        ("mvn", "maven"),
        ("javac", "openjdk-17-jdk-headless"),
        ("aapt2", "aapt"),
    ];
    let missing: Vec<&str> = wanted
        .iter()
        .filter(|(program, _)| !exists(program))
        .map(|(_, package)| *package)
        .collect();
    tools::install(&missing)?;
    let generated = bindings::generate("kotlin")?;
    let framework = framework()?;
    resources(&framework)?;
    tell_robolectric()?;
    let pictures = out().join("pictures");
    tiers::fresh(&pictures)?;
    let folder = framework.parent().unwrap_or(&framework);
    let define = |name: &str, path: &Path| format!("-D{name}={}", path.display());
    run(tools::maven()
        // The oldest Android compiles while the newest runs.
        .args(["--threads", "2", "--file", "android/check/pom.xml", "test"])
        .arg(define("generated", &generated))
        .arg(define("out", &out()))
        .arg(define("built", &target().join("debug")))
        .arg(define("framework", &framework))
        .arg(define("frameworks", folder)))?;
    tiers::read_back([pictures])
}

/// Where Robolectric finds the linked resources and the manifest.
fn tell_robolectric() -> Outcome<()> {
    let folder = out().join("robolectric/com/android/tools");
    fs::create_dir_all(&folder).map_err(|error| format!("cannot make a folder: {error}"))?;
    let file = folder.join("test_config.properties");
    let text = format!(
        "android_resource_apk={}\nandroid_merged_manifest={}\nandroid_custom_package=org.liangma.app\n",
        out().join("resources.apk").display(),
        root()
            .join("android/app/src/main/AndroidManifest.xml")
            .display()
    );
    fs::write(&file, text).map_err(|error| format!("cannot write {}: {error}", file.display()))
}

/// The framework's classes and resources, from Maven Central.
fn framework() -> Outcome<PathBuf> {
    let home = env::var_os("HOME").ok_or("HOME is not set, and Maven keeps its files there")?;
    let (artifact, version) = FRAMEWORK;
    let jar = PathBuf::from(home)
        .join(".m2/repository/org/robolectric")
        .join(artifact)
        .join(version)
        .join(format!("{artifact}-{version}.jar"));
    if !jar.exists() {
        run(tools::maven()
            .arg("org.apache.maven.plugins:maven-dependency-plugin:3.6.1:get")
            .arg(format!("-Dartifact=org.robolectric:{artifact}:{version}"))
            .arg("-Dtransitive=false"))?;
    }
    Ok(jar)
}

/// Compiles and links resources and manifest; leaves the names of the resources for the compiler.
fn resources(framework: &Path) -> Outcome<()> {
    fs::create_dir_all(out()).map_err(|error| format!("cannot make a folder: {error}"))?;
    let compiled = out().join("resources.zip");
    let shell = root().join("android/app/src/main");
    run(command("aapt2")
        .args(["compile", "--dir"])
        .arg(shell.join("res"))
        .arg("-o")
        .arg(&compiled))?;
    let mut link = command("aapt2");
    link.args(["link", "--warn-manifest-validation", "-I"])
        .arg(framework)
        .arg("--manifest")
        .arg(shell.join("AndroidManifest.xml"))
        .args([
            "--min-sdk-version",
            OLDEST,
            "--target-sdk-version",
            "36",
            "-o",
        ])
        .arg(out().join("resources.apk"))
        .arg("--java")
        .arg(out().join("resources"))
        .arg(compiled);
    let (linked, said) = output_of_both(&mut link)?;
    let wrong: Vec<&str> = said
        .lines()
        .filter(|line| !KNOWN.iter().any(|known| line.contains(known)))
        .collect();
    if linked && wrong.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "aapt2 does not link the resources: {}",
            wrong.join("; ")
        ))
    }
}

/// Builds what a phone installs, as far as this machine can, and says what it lacks.
pub(crate) fn build() -> Outcome<()> {
    println!(
        "built: {}",
        bindings::generate_for_phones("kotlin")?.display()
    );
    let ndk = ["ANDROID_NDK_HOME", "ANDROID_NDK_ROOT"]
        .iter()
        .any(|name| env::var_os(name).is_some());
    if !ndk || !exists("cargo-ndk") {
        println!(
            "NOT BUILT: the library for phones. Install an NDK, set ANDROID_NDK_HOME to it, run \
             `cargo install cargo-ndk`, and run again"
        );
        return Ok(());
    }
    let libraries = out().join("jniLibs");
    let mut build = cargo();
    build.arg("ndk");
    for processor in PROCESSORS {
        build.args(["--target", processor]);
    }
    run(build
        .args(["--platform", OLDEST, "--output-dir"])
        .arg(&libraries)
        .args(["build", "--profile", "library", "--package", "liangma-ffi"])
        // Phones from Android 15 on may have pages of 16 kB.
        .env("RUSTFLAGS", bindings::flags_for_android())
        .env("CFLAGS", bindings::NOT_UNWOUND))?;
    println!("built: {}", libraries.display());
    if env::var_os("ANDROID_HOME").is_none() || !exists("gradle") {
        println!(
            "NOT BUILT: the program itself. Open the folder android in Android Studio, or install Gradle and an \
             SDK, set ANDROID_HOME to it, and run again"
        );
        return Ok(());
    }
    run(command("gradle").args(["--project-dir", "android", ":app:assembleRelease"]))
}
