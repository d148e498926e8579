//! Ports for a desktop: a key file and the machine's clocks. For programs, demonstrations and tests.

mod clocks;
mod key_file;

pub use clocks::SystemClocks;
pub use key_file::KeyFile;
