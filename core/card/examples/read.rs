//! The fourth reader of `tests/readers/readers.py`: prints the text of each code in a picture, as JSON.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: read PICTURE")?;
    let picture = image::open(path)?.into_luma8();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let mut reader = quircs::Quirc::default();
    let texts: Vec<String> = reader
        .identify(width, height, picture.as_raw())
        .filter_map(|code| code.ok()?.decode().ok())
        .filter_map(|data| String::from_utf8(data.payload).ok())
        .collect();
    serde_json::to_writer(std::io::stdout(), &texts)?;
    Ok(())
}
