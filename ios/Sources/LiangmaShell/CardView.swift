import Foundation
import LiangmaCore
import LiangmaKit
import SwiftUI

/// The code card: the core's scene on a canvas, the same in dark mode, and what a screen reader says of it.
struct CardGlass: View {
    let scene: CardScene?
    let label: String
    let readingOrder: [String]
    let turned: Bool
    /// How high it may be, in points: on a phone that lies on its side.
    var height: Double = .infinity
    @Environment(\.displayScale) private var displayScale

    var body: some View {
        canvas
            .rotationEffect(.degrees(turned ? 180 : 0))
            .frame(maxWidth: .infinity)
            .background(Color.white)
            .accessibilityRepresentation {
                VStack {
                    ForEach(Array(lines.enumerated()), id: \.offset) { _, line in Text(line) }
                }
                .accessibilityElement(children: .contain)
                .accessibilityLabel(label)
            }
    }

    /// With the clock, which is read when a person comes to it and never by itself.
    private var lines: [String] { scene?.readingOrder.map(\.label) ?? readingOrder }

    @ViewBuilder private var canvas: some View {
        if let scene = scene?.fitting(height: Float(height)) {
            let scale = Double(displayScale)
            Canvas { context, _ in draw(scene, scale: scale, in: context) }
                .frame(width: Double(scene.width), height: Double(scene.height))
        }
    }
}

/// A QR code that is not the card.
struct QrView: View {
    let rows: [String]
    let label: String
    @Environment(\.displayScale) private var displayScale

    var body: some View {
        let scale = Double(displayScale)
        Canvas { context, size in
            let frame = Area(x: 0, y: 0, width: Double(size.width), height: Double(size.height))
            drawQr(rows, dark: 0x000000, light: 0xFFFFFF, frame: frame, scale: scale, in: context)
        }
        .frame(width: 280, height: 280)
        .frame(maxWidth: .infinity)
        .accessibilityElement(children: .ignore)
        .accessibilityLabel(label)
        .accessibilityAddTraits([.isImage])
    }
}

/// Draws a card, or nothing of it where a text that must not be cut does not fit.
func draw(_ scene: CardScene, scale: Double, in context: GraphicsContext) {
    let lines = scene.items.map { fitted($0, in: context) }
    if zip(scene.items, lines).contains(where: { $0.isText && $1 == nil }) { return }
    for (item, line) in zip(scene.items, lines) {
        let frame = Area(item.frame)
        switch item.drawing {
        case .fill(let colour, let radius):
            let path = Path(roundedRect: rectangle(frame), cornerRadius: Double(radius))
            context.fill(path, with: .color(Color(rgb: colour)))
        case .outline(let steps, let colour):
            context.fill(outline(steps), with: .color(Color(rgb: colour)))
        case .qr(let rows, let dark, let light):
            drawQr(rows, dark: dark, light: light, frame: frame, scale: scale, in: context)
        case .text(_, _, _, let bold, let align, _, let turned, let ink, _):
            guard let line else { continue }
            var place = context
            let words = context.resolve(letters(line.text, line.size, bold).foregroundColor(Color(rgb: ink)))
            let size = words.measure(in: CGSize(width: 10_000, height: 10_000))
            let top = words.firstBaseline(in: size)
            let along = align == .start ? 0 : align == .centre ? 0.5 : 1.0
            if turned {
                place.translateBy(x: line.baseline, y: frame.y + frame.height * (1 - along))
                place.rotate(by: .degrees(-90))
            } else {
                place.translateBy(x: frame.x + frame.width * along, y: line.baseline)
            }
            place.draw(words, at: CGPoint(x: 0, y: -top), anchor: UnitPoint(x: along, y: 0))
        }
    }
}

private func drawQr(
    _ rows: [String], dark: UInt32, light: UInt32, frame: Area, scale: Double, in context: GraphicsContext
) {
    let modules = QrModules(rows: rows, frame: frame, scale: scale)
    context.fill(Path(rectangle(modules.ground)), with: .color(Color(rgb: light)))
    var path = Path()
    for run in modules.dark { path.addRect(rectangle(run)) }
    context.fill(path, with: .color(Color(rgb: dark)))
}

private func fitted(_ item: CardItem, in context: GraphicsContext) -> FittedLine? {
    guard case .text(let text, let size, let minimumSize, let bold, _, let baseline, let turned, _, let ellipsis) =
        item.drawing
    else { return nil }
    return FittedLine(
        text: text, size: Double(size), minimumSize: Double(minimumSize), baseline: Double(baseline),
        ellipsis: ellipsis, room: Double(turned ? item.frame.height : item.frame.width)
    ) { words, size in
        let line = context.resolve(letters(words, size, bold))
        return Double(line.measure(in: CGSize(width: 10_000, height: 10_000)).width)
    }
}

/// Letters of the card keep their size whatever the phone's setting: the core laid it out for that.
private func letters(_ text: String, _ size: Double, _ bold: Bool) -> Text {
    Text(verbatim: text).font(.system(size: size, weight: bold ? .bold : .regular))
}

private func outline(_ steps: [CardStep]) -> Path {
    let point = { (x: Float, y: Float) in CGPoint(x: Double(x), y: Double(y)) }
    var path = Path()
    for step in steps {
        switch step {
        case .move(let x, let y): path.move(to: point(x, y))
        case .line(let x, let y): path.addLine(to: point(x, y))
        case .curve(let x1, let y1, let x2, let y2, let x, let y):
            path.addCurve(to: point(x, y), control1: point(x1, y1), control2: point(x2, y2))
        case .finish: path.closeSubpath()
        }
    }
    return path
}

private func rectangle(_ area: Area) -> CGRect {
    CGRect(x: area.x, y: area.y, width: area.width, height: area.height)
}

extension CardItem {
    fileprivate var isText: Bool {
        if case .text = drawing { return true }
        return false
    }
}

extension Color {
    /// A colour of the card: `0xRRGGBB`, sRGB.
    fileprivate nonisolated init(rgb: UInt32) {
        self.init(
            .sRGB, red: Double(rgb >> 16 & 0xFF) / 255, green: Double(rgb >> 8 & 0xFF) / 255,
            blue: Double(rgb & 0xFF) / 255, opacity: 1)
    }
}
