//! The program as a person runs it: its words, its files and its exit codes.

mod check;
mod help;
mod rules;
mod support;
mod world;
