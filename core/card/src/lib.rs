//! From the UI standard to a scene, and from the scene to SVG, PNG and PDF.
//!
//! A [`Standard`] is data: colours, layouts, words. [`scene()`] lays a [`CardModel`] out by it, and the
//! [`Scene`] says where everything stands, in which colour, and what a screen reader says. Whatever
//! draws the scene (a phone's canvas, [`svg()`], [`png()`], `pdf()` with the feature `pdf`) decides nothing.

mod error;
mod font;
mod layout;
mod lines;
mod model;
mod package;
#[cfg(feature = "pdf")]
mod pdf;
mod picture;
mod qr;
mod raster;
mod rehearse;
mod rgb;
mod scene;
mod shapes;
mod spoken;
mod standard;
mod states;
mod svg;
mod text;

pub use error::CardError;
pub use font::Fonts;
pub use layout::{CODE_LIMIT, TERMINAL_NAME_LIMIT, scene};
pub use model::{Absence, CardModel, ClockState, Code, Holder, NARROWEST, Validity, WIDEST};
pub use package::{PACKAGE_LIMIT, Package, PackageError};
#[cfg(feature = "pdf")]
pub use pdf::pdf;
pub use picture::{png, qr_png};
pub use qr::{LARGEST_GROUP, LARGEST_SINGLE, QUIET_ZONE, QrError, QrMatrix};
pub use raster::{Canvas, MissingCharacters, Scale};
pub use rehearse::Unfit;
pub use rgb::Rgb;
pub use scene::{
    Align, Drawing, Item, ItemId, Overflow, Rectangle, Scene, Spoken, Step, Text, Weight,
};
pub use spoken::{spoken_document, spoken_name};
pub use standard::{
    CardWords, ClockRow, ColourStyle, Fault, IdentityRow, Inks, Language, Layout, Localised,
    MaskWords, Measures, Panel, PanelRow, STANDARD_LIMIT, Shape, Standard, StandardError, TitleRow,
    TypeScale, ValidityRow, View, ViewStyle,
};
pub use states::{CodeShows, StateText, StateWords, StateWordsError};
pub use svg::svg;
pub use text::{Measure, SUBSTITUTE};
