//! Region profiles: limits, retention, colours in use, tiles and admission, as signed data.

mod admission;

pub use admission::{Admission, Measure};
