//! Identity documents, colours and reasons, evidence, rules and region profiles: pure decisions.

pub mod authority;
pub mod colour;
pub mod evidence;
pub mod profile;
pub mod reason;
pub mod region;
pub mod rules;
pub mod tiles;
pub mod venue;

mod bounded;
