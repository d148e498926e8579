//! The program `liangma`.

fn main() {}
