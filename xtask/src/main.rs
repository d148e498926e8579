//! One spine of commands, the same for people and CI.

fn main() {}
