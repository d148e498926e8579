//! What crosses the parts: vectors, end to end, benches.
