import LiangmaCore
import SwiftUI

/// How large things are, by the person's view. Texts grow with the phone's own setting besides.
struct Measure {
    let target: Double
    let gap: Double
    let smallestType: DynamicTypeSize

    static func of(_ view: GlassView) -> Measure {
        switch view {
        case .care: return Measure(target: 60, gap: 16, smallestType: .accessibility1)
        case .normal, .international: return Measure(target: 44, gap: 14, smallestType: .large)
        }
    }
}

/// A text that is read as one thing and may be said as another.
struct Said: View {
    let text: String
    var spoken: String?
    var font: Font = .body

    var body: some View {
        Text(text)
            .font(font)
            .frame(maxWidth: .infinity, alignment: .leading)
            .accessibilityLabel(spoken ?? text)
    }
}

/// What is wrong, why something cannot be used, and what helps. Seen here; a screen reader says it with the
/// control that it is about.
struct Help: View {
    let widget: Widget

    var body: some View {
        VStack(alignment: .leading, spacing: 4) {
            if let error = widget.error {
                Label(error, systemImage: "exclamationmark.triangle").font(.callout.bold()).foregroundStyle(Color.red)
            }
            if let whyNot = widget.whyNot { Text(whyNot).font(.callout) }
            if let hint = widget.hint { Text(hint).font(.callout).foregroundStyle(Color.secondary) }
        }
        .accessibilityHidden(true)
    }
}

/// A control under its label, with what helps beside.
struct Labelled<Control: View>: View {
    let widget: Widget
    @ViewBuilder let control: Control

    var body: some View {
        VStack(alignment: .leading, spacing: 6) {
            Text(widget.label).font(.body.bold()).accessibilityHidden(true)
            control
            Help(widget: widget)
        }
    }
}

/// A button in one of the ranks.
struct Press: View {
    let title: String
    var spoken: String?
    var help: String = ""
    let rank: Rank
    let target: Double
    let press: () -> Void

    var body: some View {
        Button(action: press) {
            Text(title)
                .font(rank == .primary ? .body.bold() : .body)
                .underline(rank == .quiet)
                .frame(maxWidth: .infinity, minHeight: target)
        }
        .buttonStyle(.plain)
        .foregroundStyle(ink)
        .background(ground, in: RoundedRectangle(cornerRadius: 12))
        .overlay { RoundedRectangle(cornerRadius: 12).stroke(edge, lineWidth: 2) }
        .accessibilityLabel(spoken ?? title)
        .accessibilityHint(help)
    }

    private var ink: Color {
        switch rank {
        case .primary: return Color("OnAccent")
        case .secondary, .quiet: return Color.accentColor
        case .destructive: return Color.red
        }
    }

    private var ground: Color { rank == .primary ? Color.accentColor : Color.clear }

    private var edge: Color {
        switch rank {
        case .primary, .quiet: return Color.clear
        case .secondary: return Color.accentColor
        case .destructive: return Color.red
        }
    }
}

/// One of several things that can be chosen.
struct Option: View {
    let label: String
    let isChosen: Bool
    let several: Bool
    var help: String = ""
    let target: Double
    let press: () -> Void

    var body: some View {
        Button(action: press) {
            HStack(spacing: 12) {
                Image(systemName: symbol)
                Text(label).frame(maxWidth: .infinity, alignment: .leading)
            }
            .frame(minHeight: target)
        }
        .buttonStyle(.plain)
        .accessibilityLabel(label)
        .accessibilityHint(help)
        .accessibilityAddTraits(isChosen ? [.isSelected] : [])
    }

    private var symbol: String {
        if several { return isChosen ? "checkmark.square.fill" : "square" }
        return isChosen ? "largecircle.fill.circle" : "circle"
    }
}

/// Small facts: each is one thing for a screen reader.
struct Facts: View {
    let tiles: [Tile]

    var body: some View {
        VStack(alignment: .leading, spacing: 8) {
            ForEach(Array(tiles.enumerated()), id: \.offset) { _, tile in
                VStack(alignment: .leading, spacing: 2) {
                    Text(tile.name).font(.callout).foregroundStyle(Color.secondary)
                    Text(tile.value)
                    if let age = tile.age { Text(age).font(.footnote) }
                }
                .frame(maxWidth: .infinity, alignment: .leading)
                .accessibilityElement(children: .combine)
            }
        }
    }
}

/// A box that stands out: a notice, something under way, a person who is away.
struct Box<Content: View>: View {
    let tint: Color
    @ViewBuilder let content: Content

    var body: some View {
        VStack(alignment: .leading, spacing: 8) { content }
            .padding(14)
            .frame(maxWidth: .infinity, alignment: .leading)
            .background(tint.opacity(0.12), in: RoundedRectangle(cornerRadius: 12))
    }
}
