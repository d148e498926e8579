//! What a shell lends the terminal: a key store, a face check and two clocks. Small traits, each with a fake
//! in [`crate::testing`].
//!
//! Every method returns a `Result`, so that a foreign implementation that fails is an error and never a
//! panic. No method may call back into the terminal: it may be holding its store.

mod clock;
mod face_check;
mod key_store;

pub use clock::{
    BootId, ClockUnavailable, MonotonicClock, MonotonicReading, WallClock, WallReading,
};
pub use face_check::{FaceCheck, FaceCheckError, FaceHandoff, FaceReturn};
pub use key_store::{KeyStore, KeyStoreError, PhoneMark, SecurityLevel};
