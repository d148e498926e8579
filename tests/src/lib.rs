//! What crosses the parts: vectors, the whole life, readers, and the benches of the budgets.

pub mod measure;
pub mod tap;
