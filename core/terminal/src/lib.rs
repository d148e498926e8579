//! The phone without its glass: clock authority, keys, sealed store, platform client, wallet and outbox.

pub mod clock;
pub mod ports;
pub mod testing;
