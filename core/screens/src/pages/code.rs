//! The code, and what is around it.

pub(crate) mod card;
pub(crate) mod enlarged;
pub(crate) mod guest;
pub(crate) mod ready;
mod said;
pub(crate) mod why;
pub(crate) mod wrong;
pub(crate) mod wrong_sent;
