//! The fourth reader of `tests/readers/readers.py`: prints the text of each code in a picture, as JSON.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: read PICTURE")?;
    let picture = image::open(path)?.into_luma8();
    let mut prepared = rqrr::PreparedImage::prepare(picture);
    let texts: Vec<String> = prepared
        .detect_grids()
        .into_iter()
        .filter_map(|grid| grid.decode().ok())
        .map(|(_, text)| text)
        .collect();
    println!("{}", serde_json::to_string(&texts)?);
    Ok(())
}
