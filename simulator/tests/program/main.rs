//! The program as a person runs it: its words, its files and its exit codes.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod check;
mod desk;
mod help;
mod phones;
mod rules;
mod running;
mod serve;
mod support;
mod tour;
mod world;
