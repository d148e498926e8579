//! The processors and systems of phones, as far as a Debian machine has them.
//!
//! Slower than the test run, and so a command of its own.

use crate::{
    run::{Outcome, cargo, command, run, run_long},
    tools,
};

/// What compiles no C, and so needs no compiler for C of the system it is checked for.
const WITHOUT_C: [&str; 2] = ["liangma-domain", "liangma-card"];
/// What phones are.
const PHONES: [&str; 3] = [
    "aarch64-linux-android",
    "armv7-linux-androideabi",
    "aarch64-apple-ios",
];
/// What decides and does no I/O, ring's C and assembly for this processor under it.
const PURE: [&str; 5] = [
    "liangma-crypto",
    "liangma-domain",
    "liangma-credential",
    "liangma-wire",
    "liangma-card",
];
/// The processor of phones, with the system that Debian has a compiler and an emulator for.
const ARM: &str = "aarch64-unknown-linux-gnu";

/// Checks what compiles no C for phones, and runs the tests of the pure crates on an emulated 64-bit ARM.
pub(crate) fn cross() -> Outcome<()> {
    run(command("rustup")
        .args(["target", "add"])
        .args(PHONES)
        .arg(ARM))?;
    for phone in PHONES {
        run_long(
            cargo()
                .args(["check", "--quiet", "--target", phone])
                .args(WITHOUT_C.map(|name| format!("--package={name}"))),
        )?;
    }
    tools::install(&[
        "gcc-aarch64-linux-gnu",
        "libc6-dev-arm64-cross",
        "qemu-user",
    ])?;
    run_long(
        cargo()
            .args(["test", "--quiet", "--target", ARM])
            .args(PURE.map(|name| format!("--package={name}")))
            .env(
                "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER",
                "aarch64-linux-gnu-gcc",
            )
            .env("CC_aarch64_unknown_linux_gnu", "aarch64-linux-gnu-gcc")
            .env(
                "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER",
                "qemu-aarch64 -L /usr/aarch64-linux-gnu",
            ),
    )
}
