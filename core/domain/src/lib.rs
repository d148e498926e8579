//! Identity documents, colours and reasons, evidence, rules and region profiles: pure decisions.
//!
//! Nothing here reads a clock, a file or the network; the day and the instant are arguments.

pub mod areas;
pub mod authority;
pub mod colour;
pub mod division;
pub mod evidence;
pub mod identity;
pub mod mask;
pub mod name;
#[cfg(feature = "openapi")]
mod openapi;
pub mod person;
pub mod phone;
pub mod policy;
pub mod profile;
pub mod reason;
pub mod region;
pub mod rules;
pub mod sensitive;
pub mod tiles;
pub mod venue;
pub mod zone;

mod bounded;
