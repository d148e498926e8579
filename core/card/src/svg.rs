//! A scene as SVG: self-contained, without styles, scripts or anything fetched.

use std::fmt::Write;

use crate::qr::{QUIET_ZONE, QrMatrix};
use crate::rgb::Rgb;
use crate::scene::{Align, Drawing, Item, Rectangle, Scene, Step, Text, Weight};
use crate::text::{Estimate, fit, is_unseen};

/// Draws a scene as one SVG document.
///
/// Letters are drawn with the viewer's fonts; sizes were chosen so that wide fonts fit too. Each item
/// is a group that carries its id as `data-item`, so that a page can replace the clock alone.
pub fn svg(scene: &Scene) -> String {
    let mut out = String::with_capacity(24 * 1024);
    let (width, height) = (number(scene.width), number(scene.height));
    let title = scene
        .reading_order
        .first()
        .map_or("", |spoken| spoken.label.as_str());
    let spoken: Vec<&str> = scene
        .reading_order
        .iter()
        .map(|spoken| spoken.label.as_str())
        .collect();
    let full_stop = if scene.language == crate::standard::Language::En {
        ". "
    } else {
        "。"
    };
    let tag = scene.language.tag();
    put(
        &mut out,
        format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         role=\"img\" lang=\"{tag}\" xml:lang=\"{tag}\" aria-label=\"{}\"",
            escaped(&spoken.join(full_stop)),
        ),
    );
    put(
        &mut out,
        format_args!(" font-family=\"{}\">\n", families(&scene.families)),
    );
    put(
        &mut out,
        format_args!(
            "<title>{}</title>\n<desc>{}</desc>\n",
            escaped(title),
            escaped(&spoken.join(full_stop))
        ),
    );
    for item in &scene.items {
        put(&mut out, format_args!("<g data-item=\"{}\">", item.id));
        draw(&mut out, item);
        out.push_str("</g>\n");
    }
    out.push_str("</svg>\n");
    out
}

fn draw(out: &mut String, item: &Item) {
    let frame = item.frame;
    match &item.drawing {
        Drawing::Fill { colour, radius, .. } => rectangle(out, frame, *colour, *radius),
        Drawing::Outline { steps, colour, .. } => {
            put(
                out,
                format_args!("<path fill=\"{colour}\" d=\"{}\"/>", path(steps)),
            );
        }
        Drawing::Text(text) => line(out, frame, text),
        Drawing::Qr {
            matrix,
            dark,
            light,
        } => {
            rectangle(out, frame, *light, 0.0);
            modules(out, frame, matrix, *dark);
        }
    }
}

fn rectangle(out: &mut String, frame: Rectangle, colour: Rgb, radius: f32) {
    let (x, y, width, height) = (
        number(frame.x),
        number(frame.y),
        number(frame.width),
        number(frame.height),
    );
    put(
        out,
        format_args!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{colour}\""
        ),
    );
    if radius > 0.0 {
        put(out, format_args!(" rx=\"{}\"", number(radius)));
    }
    out.push_str("/>");
}

/// Modules are whole points where the frame allows, so that they are whole pixels on every screen of
/// a whole density.
fn modules(out: &mut String, frame: Rectangle, matrix: &QrMatrix, dark: Rgb) {
    let exact = frame.width / matrix.full_size() as f32;
    let module = if exact >= 2.0 { exact.floor() } else { exact };
    let quiet =
        (frame.width - module * matrix.full_size() as f32) / 2.0 + module * QUIET_ZONE as f32;
    let (x, y) = ((frame.x + quiet).round(), (frame.y + quiet).round());
    put(
        out,
        format_args!(
            "<path shape-rendering=\"crispEdges\" fill=\"{dark}\" transform=\"translate({} {}) scale({})\" d=\"",
            number(x),
            number(y),
            number(module),
        ),
    );
    for row in 0..matrix.size() {
        for (first, length) in matrix.runs(row) {
            put(out, format_args!("M{first} {row}h{length}v1h-{length}z"));
        }
    }
    out.push_str("\"/>");
}

fn line(out: &mut String, frame: Rectangle, text: &Text) {
    let room = if text.turned {
        frame.height
    } else {
        frame.width
    };
    // A scene that was laid out here always fits; a foreign one is drawn at its smallest rather than not at all.
    let (shown, size, lift) = fit(text, room, &Estimate::padded())
        .map_or((text.text.clone(), text.minimum_size, 0.0), |fitted| {
            (fitted.text, fitted.size, fitted.lift)
        });
    let (along, anchor) = match text.align {
        Align::Start => (0.0, ""),
        Align::Centre => (0.5, " text-anchor=\"middle\""),
        Align::End => (1.0, " text-anchor=\"end\""),
    };
    let place = if text.turned {
        let (x, y) = (text.baseline - lift, frame.bottom() - frame.height * along);
        format!(
            "transform=\"translate({} {}) rotate(-90)\"",
            number(x),
            number(y)
        )
    } else {
        format!(
            "x=\"{}\" y=\"{}\"",
            number(frame.x + frame.width * along),
            number(text.baseline - lift)
        )
    };
    let weight = if text.weight == Weight::Bold {
        " font-weight=\"700\""
    } else {
        ""
    };
    put(
        out,
        format_args!(
            "<text {place}{anchor} font-size=\"{}\"{weight} fill=\"{}\" direction=\"ltr\" unicode-bidi=\"bidi-override\" \
         xml:space=\"preserve\">{}</text>",
            number(size),
            text.ink,
            escaped(&shown),
        ),
    );
}

fn path(steps: &[Step]) -> String {
    let mut out = String::new();
    for step in steps {
        let (letter, values): (char, &[f32]) = match step {
            Step::Move(x, y) => ('M', &[*x, *y]),
            Step::Line(x, y) => ('L', &[*x, *y]),
            Step::Curve(a, b, c, d, e, f) => ('C', &[*a, *b, *c, *d, *e, *f]),
            Step::Close => ('Z', &[]),
        };
        out.push(letter);
        out.push_str(
            &values
                .iter()
                .map(|value| number(*value))
                .collect::<Vec<_>>()
                .join(" "),
        );
    }
    out
}

fn families(families: &[String]) -> String {
    let quoted = families.iter().map(|family| {
        // `sans-serif` is a keyword, not the name of a font.
        if family == "sans-serif" {
            escaped(family)
        } else {
            format!("&apos;{}&apos;", escaped(family))
        }
    });
    quoted.collect::<Vec<_>>().join(", ")
}

/// At most two places after the point, and none where none are needed.
fn number(value: f32) -> String {
    let hundredths = (value * 100.0).round() / 100.0;
    format!("{hundredths}")
}

/// Text for an element or an attribute. Characters that XML forbids, or that are not seen, never get here
/// from a scene laid out in this crate; from any other they are dropped.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            _ if is_unseen(character) => {}
            _ => safe.push(character),
        }
    }
    safe
}

/// Writing to a `String` cannot fail.
fn put(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(arguments);
}
