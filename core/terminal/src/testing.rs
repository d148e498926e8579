//! A fake for each port, for tests of the terminal and of everything above it. Always compiled; holds
//! nothing secret for longer than the process lives.

mod clocks;
mod face_check;
mod key_store;

pub use clocks::ManualClocks;
pub use face_check::ScriptedFaceCheck;
pub use key_store::MemoryKeyStore;
