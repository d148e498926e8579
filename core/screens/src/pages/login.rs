//! Real-name login.

pub(crate) mod code;
pub(crate) mod person;
