//! Credentials, codes, trust and the check, through what the crate exposes.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot build its world has to stop the test"
)]

mod admission;
mod answers;
mod checker;
mod codecs;
mod days;
mod file_limits;
mod limits;
mod sizes;
mod snapshots;
mod store;
mod strategies;
mod world;
