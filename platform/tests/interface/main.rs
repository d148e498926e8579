//! The interface, driven without a socket: every operation and every refusal.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper that fails fails its test"
)]

mod attacks;
mod backup;
mod batches;
mod captured;
mod codes;
mod counter;
mod devices;
mod evidence;
mod floods;
mod folder;
mod harness;
mod hostile;
mod life;
mod login;
mod openapi;
mod privacy;
mod receipts;
mod replays;
mod requests;
mod retention;
mod roots;
mod rotation;
mod rules;
mod running;
mod tokens;
mod verification;
