//! A fake for each port, for tests of the terminal and of everything above it. Always compiled; holds
//! nothing secret for longer than the process lives.

mod clocks;
mod face_check;
mod faulty_keys;
mod key_store;

pub use clocks::ManualClocks;
pub use face_check::ScriptedFaceCheck;
pub use faulty_keys::{FaultyKeyStore, KeyOperation};
pub use key_store::MemoryKeyStore;
