//! Packs the words of each language and the names of countries.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let words = Path::new("../../ui-spec/words");
    for language in ["zh-Hans", "zh-Hant", "en"] {
        let folder = words.join(language);
        // A further file is a further flow.
        println!("cargo::rerun-if-changed={}", folder.display());
        let mut flows = fs::read_dir(&folder)?
            .map(|entry| Ok(entry?.path()))
            .collect::<io::Result<Vec<_>>>()?;
        flows.retain(|file| file.extension().is_some_and(|ending| ending == "ftl"));
        flows.sort();
        liangma_packed::pack_into(&out.join(language), &flows)?;
    }
    liangma_packed::pack_into(&out.join("countries"), &[words.join("countries.tsv")])
}
