//! The phone without its glass: clock authority, keys, sealed store, platform client, wallet and outbox.

pub mod client;
pub mod clock;
mod envelope;
mod folder;
pub mod key_state;
pub mod ports;
mod store;
pub mod testing;
