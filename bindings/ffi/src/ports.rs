//! What a phone lends the core: a key store, a way to the face check, and clocks.
//!
//! Each method returns an error or throws one; whatever else is thrown is taken for a failure and never ends
//! the program. None may call back into the phone or terminal that calls it.

mod clock;
mod face_check;
mod key_store;

use std::sync::Arc;

use liangma_crypto::SystemRandomness;
use liangma_terminal::desktop::SystemClocks;

pub(crate) use self::face_check::link;
pub use self::{
    clock::{ClockError, MonotonicReading, PhoneClock, WallReading},
    face_check::{FaceCheck, FaceCheckError, FaceHandoff},
    key_store::{KeyStore, KeyStoreError, SecurityLevel},
};

/// What a phone lends.
#[derive(Clone, uniffi::Record)]
pub struct Ports {
    /// The hardware keys.
    pub keys: Arc<dyn KeyStore>,
    /// The way to the face-check provider.
    pub face: Arc<dyn FaceCheck>,
    /// The phone's clocks; `null` on a desktop, for the machine's own.
    pub clock: Option<Arc<dyn PhoneClock>>,
}

impl Ports {
    pub(crate) fn lend(self) -> liangma_terminal::Ports {
        let (wall, monotonic): (
            Arc<dyn liangma_terminal::ports::WallClock>,
            Arc<dyn liangma_terminal::ports::MonotonicClock>,
        ) = match self.clock {
            Some(clock) => {
                let clocks = Arc::new(clock::Lent(clock));
                (clocks.clone(), clocks)
            }
            None => (Arc::new(SystemClocks), Arc::new(SystemClocks)),
        };
        liangma_terminal::Ports {
            keys: Arc::new(key_store::Lent(self.keys)),
            face: Arc::new(face_check::Lent(self.face)),
            wall,
            monotonic,
            randomness: Arc::new(SystemRandomness),
        }
    }
}
