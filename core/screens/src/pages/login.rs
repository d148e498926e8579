//! Real-name login.

pub(crate) mod again;
pub(crate) mod code;
pub(crate) mod no_name;
pub(crate) mod person;
