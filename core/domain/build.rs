//! Packs the table of divisions.

use std::{env, io, path::PathBuf};

fn main() -> io::Result<()> {
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    liangma_packed::pack_into(&out.join("divisions"), &["data/divisions.tsv"])
}
