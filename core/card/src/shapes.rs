//! The outlines of the standard's shapes.

use crate::scene::{Rectangle, Step};
use crate::standard::Shape;

/// Distance of a curve's control points that makes a quarter circle of radius 1.
const QUARTER: f32 = 0.552_285;

/// The body of a shape, and what is cut out of it, in points within a square frame.
pub(crate) fn outlines(shape: Shape, frame: Rectangle) -> (Vec<Step>, Option<Vec<Step>>) {
    let place = |steps: Vec<Step>| steps.into_iter().map(|step| placed(step, frame)).collect();
    match shape {
        Shape::TickInCircle => (place(circle()), Some(place(tick()))),
        Shape::DashInCircle => (
            place(circle()),
            Some(place(polygon(&[
                (0.24, 0.44),
                (0.76, 0.44),
                (0.76, 0.56),
                (0.24, 0.56),
            ]))),
        ),
        Shape::Triangle => (
            place(polygon(&[(0.5, 0.04), (1.0, 0.93), (0.0, 0.93)])),
            None,
        ),
        Shape::Square => (
            place(polygon(&[
                (0.07, 0.07),
                (0.93, 0.07),
                (0.93, 0.93),
                (0.07, 0.93),
            ])),
            None,
        ),
        Shape::Diamond => (
            place(polygon(&[(0.5, 0.0), (1.0, 0.5), (0.5, 1.0), (0.0, 0.5)])),
            None,
        ),
    }
}

fn placed(step: Step, frame: Rectangle) -> Step {
    let x = |x: f32| tenth(frame.x + x * frame.width);
    let y = |y: f32| tenth(frame.y + y * frame.height);
    match step {
        Step::Move(a, b) => Step::Move(x(a), y(b)),
        Step::Line(a, b) => Step::Line(x(a), y(b)),
        Step::Curve(a, b, c, d, e, f) => Step::Curve(x(a), y(b), x(c), y(d), x(e), y(f)),
        Step::Close => Step::Close,
    }
}

/// Tenths of a point are finer than any screen, and short in SVG.
fn tenth(value: f32) -> f32 {
    (value * 10.0).round() / 10.0
}

fn polygon(corners: &[(f32, f32)]) -> Vec<Step> {
    let mut steps: Vec<Step> = corners.iter().map(|&(x, y)| Step::Line(x, y)).collect();
    if let Some(&(x, y)) = corners.first() {
        steps[0] = Step::Move(x, y);
    }
    steps.push(Step::Close);
    steps
}

fn circle() -> Vec<Step> {
    let (near, far) = (0.5 - QUARTER / 2.0, 0.5 + QUARTER / 2.0);
    vec![
        Step::Move(0.5, 0.0),
        Step::Curve(far, 0.0, 1.0, near, 1.0, 0.5),
        Step::Curve(1.0, far, far, 1.0, 0.5, 1.0),
        Step::Curve(near, 1.0, 0.0, far, 0.0, 0.5),
        Step::Curve(0.0, near, near, 0.0, 0.5, 0.0),
        Step::Close,
    ]
}

/// A stroke of even width along (0.26, 0.52), (0.44, 0.69), (0.75, 0.34).
fn tick() -> Vec<Step> {
    polygon(&[
        (0.21, 0.535),
        (0.295, 0.45),
        (0.437, 0.585),
        (0.70, 0.285),
        (0.79, 0.365),
        (0.443, 0.755),
    ])
}

pub(crate) fn rounded(frame: Rectangle, radius: f32) -> Vec<Step> {
    if radius <= 0.0 {
        let (right, bottom) = (frame.right(), frame.bottom());
        return polygon(&[
            (frame.x, frame.y),
            (right, frame.y),
            (right, bottom),
            (frame.x, bottom),
        ]);
    }
    let radius = radius.min(frame.width / 2.0).min(frame.height / 2.0);
    let near = radius * 0.447_715;
    let (left, top, right, bottom) = (frame.x, frame.y, frame.right(), frame.bottom());
    vec![
        Step::Move(left + radius, top),
        Step::Line(right - radius, top),
        Step::Curve(right - near, top, right, top + near, right, top + radius),
        Step::Line(right, bottom - radius),
        Step::Curve(
            right,
            bottom - near,
            right - near,
            bottom,
            right - radius,
            bottom,
        ),
        Step::Line(left + radius, bottom),
        Step::Curve(
            left + near,
            bottom,
            left,
            bottom - near,
            left,
            bottom - radius,
        ),
        Step::Line(left, top + radius),
        Step::Curve(left, top + near, left + near, top, left + radius, top),
        Step::Close,
    ]
}
