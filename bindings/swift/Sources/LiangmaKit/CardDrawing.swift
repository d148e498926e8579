import LiangmaCore

/// A rectangle, in points unless it says otherwise.
public struct Area: Equatable, Sendable {
    /// Left edge, upper edge, width, height.
    public let x, y, width, height: Double

    /// A rectangle by its upper left corner and its size.
    public init(x: Double, y: Double, width: Double, height: Double) {
        (self.x, self.y, self.width, self.height) = (x, y, width, height)
    }

    /// Where the core put something.
    public init(_ frame: CardRectangle) {
        self.init(x: Double(frame.x), y: Double(frame.y), width: Double(frame.width), height: Double(frame.height))
    }
}

/// The modules of a QR code on a glass: whole pixels each, in the middle of the frame, with a quiet zone of four
/// modules. Readers fail on modules that are smoothed at their edges.
public struct QrModules: Equatable, Sendable {
    /// The light ground, in points.
    public let ground: Area
    /// The dark modules, a run of a row each, in points.
    public let dark: [Area]

    /// Lays out the rows (`#` dark, `.` light) in a frame, for a glass of so many pixels a point.
    public init(rows: [String], frame: Area, scale: Double) {
        let quiet = 4
        let left = (frame.x * scale).rounded(), top = (frame.y * scale).rounded()
        let width = ((frame.x + frame.width) * scale).rounded() - left
        let height = ((frame.y + frame.height) * scale).rounded() - top
        ground = Area(x: left / scale, y: top / scale, width: width / scale, height: height / scale)
        let across = Double(rows.count + 2 * quiet)
        let module = max(1, (min(width, height) / across).rounded(.down))
        let x = left + ((width - module * across) / 2).rounded(.down) + module * Double(quiet)
        let y = top + ((height - module * across) / 2).rounded(.down) + module * Double(quiet)
        var dark: [Area] = []
        for (down, row) in rows.enumerated() {
            var from: Int?
            for (at, cell) in (Array(row.utf8) + [UInt8(ascii: ".")]).enumerated() {
                if cell == UInt8(ascii: "#") {
                    from = from ?? at
                } else if let begin = from {
                    dark.append(
                        Area(
                            x: (x + Double(begin) * module) / scale, y: (y + Double(down) * module) / scale,
                            width: Double(at - begin) * module / scale, height: module / scale))
                    from = nil
                }
            }
        }
        self.dark = dark
    }
}

/// One line of the card made to fit its frame, by the core's rule: it shrinks to its smallest size, then ends in
/// `…` or is not drawn at all.
public struct FittedLine: Equatable, Sendable {
    /// What is drawn.
    public let text: String
    /// Size in points.
    public let size: Double
    /// Where letters stand, from the top of the card (turned: from its left edge).
    public let baseline: Double

    /// Fits a line. `measure` gives the width of a text at a size, in points. `nil` where the core forbids to
    /// cut the text: then the card is not drawn.
    public init?(
        text: String, size: Double, minimumSize: Double, baseline: Double, ellipsis: Bool, room: Double,
        measure: (String, Double) -> Double
    ) {
        let natural = measure(text, size)
        var words = text
        var fitted = size
        if natural > room {
            fitted = max(minimumSize, (size * room / natural * 4).rounded(.down) / 4)
            if measure(words, fitted) > room {
                guard ellipsis else { return nil }
                var letters = Array(text)
                repeat {
                    letters.removeLast()
                    while letters.last?.isWhitespace == true { letters.removeLast() }
                    words = String(letters) + "…"
                } while !letters.isEmpty && measure(words, fitted) > room
            }
        }
        self.text = words
        self.size = fitted
        self.baseline = baseline - (size - fitted) * 0.37
    }
}
