//! The core for Kotlin and Swift: the only crate that names UniFFI.
//!
//! Two layers. [`Phone`] is for our own shells: events in, screens out. [`Terminal`] is for app builders who
//! draw their own screens; the code card still comes only as the core's scene.

pub mod card;
pub mod card_view;
pub mod contract;
mod engine;
pub mod error;
pub mod event;
pub mod installation;
pub mod listener;
mod mirror;
pub mod phone;
pub mod ports;
pub mod records;
#[cfg(feature = "rehearsal")]
pub mod rehearsal;
pub mod screen;
pub mod terminal;
pub mod widget;
pub mod words;

pub use self::{phone::Phone, terminal::Terminal};

uniffi::setup_scaffolding!();
