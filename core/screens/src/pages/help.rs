//! Ways beside the code: without one, by phone, by a person at a counter.

pub(crate) mod calls;
pub(crate) mod hotlines;
pub(crate) mod without;
