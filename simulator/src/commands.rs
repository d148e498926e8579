//! What each command does.

pub(crate) mod backup;
pub(crate) mod check;
pub(crate) mod keys;
pub(crate) mod mode;
pub(crate) mod provider;
pub(crate) mod rules;
pub(crate) mod serve;
pub(crate) mod show;
pub(crate) mod standard;
pub(crate) mod tour;
