//! Cards as people, screen readers and scanners meet them.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helpers too"
)]

mod geometry;
mod hostile;
mod model;
mod paper;
mod pixels;
mod snapshots;
mod standard;
mod states;
