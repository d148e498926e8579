//! The first start: language, view, what this is and is not, and who runs it.

pub(crate) mod about;
pub(crate) mod language;
pub(crate) mod view_choice;
