//! Ways beside the code: without one, by phone, by a person at a counter; and helping out at a door.

pub(crate) mod calls;
pub(crate) mod check;
pub(crate) mod hotlines;
pub(crate) mod without;
