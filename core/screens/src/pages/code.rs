//! The code, and what is around it.

pub(crate) mod card;
