//! Packs the words for states.

use std::{env, io, path::PathBuf};

fn main() -> io::Result<()> {
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    liangma_packed::pack_into(&out.join("states"), &["../../ui-spec/words/states.json"])
}
