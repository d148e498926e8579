import Foundation

/// A canvas: it writes down what is drawn on it.
public struct Canvas: Leaf {
    let renderer: (inout GraphicsContext, CGSize) -> Void
    public init(renderer: @escaping (inout GraphicsContext, CGSize) -> Void) { self.renderer = renderer }
    public func found() -> [Element] { [Element(.image, "")] }
}

public struct GraphicsContext {
    /// What was drawn, in order.
    public enum Stroke: Equatable {
        case fill(bounds: CGRect)
        case text(String, at: CGPoint)
    }
    public final class Record {
        public var strokes: [Stroke] = []
    }
    public enum Shading {
        case color(Color)
    }
    public struct ResolvedText {
        let text: String
        public func measure(in: CGSize) -> CGSize { CGSize(width: 10 * CGFloat(text.count), height: 20) }
        public func firstBaseline(in: CGSize) -> CGFloat { 16 }
    }
    public let record = Record()
    var origin = CGPoint.zero
    public init() {}
    public func fill(_ path: Path, with: Shading) { record.strokes.append(.fill(bounds: path.bounds)) }
    public func resolve(_ text: Text) -> ResolvedText { ResolvedText(text: text.text) }
    public func draw(_ text: ResolvedText, at: CGPoint, anchor: UnitPoint) {
        record.strokes.append(.text(text.text, at: CGPoint(x: origin.x + at.x, y: origin.y + at.y)))
    }
    public mutating func translateBy(x: CGFloat, y: CGFloat) {
        origin.x += x
        origin.y += y
    }
    public mutating func rotate(by: Angle) {}
}

public struct Path {
    var points: [CGPoint] = []
    public init() {}
    public init(_ rectangle: CGRect) { addRect(rectangle) }
    public init(roundedRect: CGRect, cornerRadius: CGFloat) { addRect(roundedRect) }
    public mutating func addRect(_ rectangle: CGRect) {
        points += [rectangle.origin, CGPoint(x: rectangle.maxX, y: rectangle.maxY)]
    }
    public mutating func move(to point: CGPoint) { points.append(point) }
    public mutating func addLine(to point: CGPoint) { points.append(point) }
    public mutating func addCurve(to point: CGPoint, control1: CGPoint, control2: CGPoint) { points.append(point) }
    public mutating func closeSubpath() {}
    var bounds: CGRect {
        let xs = points.map(\.x), ys = points.map(\.y)
        guard let left = xs.min(), let right = xs.max(), let top = ys.min(), let bottom = ys.max() else {
            return .zero
        }
        return CGRect(x: left, y: top, width: right - left, height: bottom - top)
    }
}
