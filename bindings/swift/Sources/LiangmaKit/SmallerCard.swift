import LiangmaCore

extension CardScene {
    /// The same card, no higher than this: a phone that lies on its side shows it whole, and smaller. Everything keeps
    /// its place beside everything else; modules come to lie on whole pixels when they are drawn.
    public func fitting(height room: Float) -> CardScene {
        guard room > 0, height > room else { return self }
        let factor = room / height
        var smaller = self
        smaller.width = width * factor
        smaller.height = room
        smaller.items = items.map { $0.scaled(by: factor) }
        return smaller
    }
}

extension CardItem {
    fileprivate func scaled(by factor: Float) -> CardItem {
        let place = CardRectangle(
            x: frame.x * factor, y: frame.y * factor, width: frame.width * factor, height: frame.height * factor)
        return CardItem(id: id, frame: place, drawing: drawing.scaled(by: factor))
    }
}

extension CardDrawing {
    fileprivate func scaled(by factor: Float) -> CardDrawing {
        switch self {
        case .fill(let colour, let radius): return .fill(colour: colour, radius: radius * factor)
        case .outline(let steps, let colour):
            return .outline(steps: steps.map { $0.scaled(by: factor) }, colour: colour)
        case .text(let text, let size, let minimumSize, let bold, let align, let baseline, let turned, let ink, let cut):
            return .text(
                text: text, size: size * factor, minimumSize: minimumSize * factor, bold: bold, align: align,
                baseline: baseline * factor, turned: turned, ink: ink, ellipsis: cut)
        case .qr: return self
        }
    }
}

extension CardStep {
    fileprivate func scaled(by factor: Float) -> CardStep {
        switch self {
        case .move(let x, let y): return .move(x: x * factor, y: y * factor)
        case .line(let x, let y): return .line(x: x * factor, y: y * factor)
        case .curve(let x1, let y1, let x2, let y2, let x, let y):
            return .curve(
                x1: x1 * factor, y1: y1 * factor, x2: x2 * factor, y2: y2 * factor, x: x * factor, y: y * factor)
        case .finish: return .finish
        }
    }
}
