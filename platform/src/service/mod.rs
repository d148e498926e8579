//! What the platform does, one operation after another. Each takes parsed input and gives an answer
//! or a [`Failure`](crate::error::Failure); none knows of HTTP.

mod codes;
mod counter;
mod declarations;
mod devices;
mod evidence;
mod export;
mod face;
mod health;
mod identity;
mod login;
mod retention;
pub(crate) mod rule_changes;
#[cfg(test)]
pub(crate) mod testing;

pub(crate) use codes::shown_digest;
pub(crate) use evidence::LARGE;
pub(crate) use health::oldest_hour;
