import LiangmaCore
import LiangmaKit
import SwiftUI

/// A whole screen: title, way back, and its widgets in order of reading.
public struct ScreenView: View {
    @ObservedObject private var model: GlassModel
    @AccessibilityFocusState private var attended: String?

    /// The screen of a glass.
    public init(model: GlassModel) {
        self.model = model
    }

    public var body: some View {
        if let screen = model.screen {
            Glass(screen: screen, model: model, attended: $attended)
                .id(screen.route)
                .dynamicTypeSize(Measure.of(screen.view).smallestType...)
                .onChange(of: attention(screen)) { _ in attended = screen.focus }
                .onAppear { attended = screen.focus }
        }
    }

    /// Changes when the core wants the attention somewhere anew.
    private func attention(_ screen: Screen) -> [String?] {
        [screen.route, screen.focus, screen.allWidgets.first { $0.id == screen.focus }?.error]
    }
}

extension View {
    /// Tells the model how wide the place of the card is.
    fileprivate func knowing(_ width: Double, _ model: GlassModel) -> some View {
        onAppear { model.width = width }.onChange(of: width) { width in model.width = width }
    }
}

private struct Glass: View {
    let screen: Screen
    @ObservedObject var model: GlassModel
    let attended: AccessibilityFocusState<String?>.Binding

    private var measure: Measure { Measure.of(screen.view) }
    private var words: ShellWords { ShellWords.of(screen.language) }

    var body: some View {
        ZStack(alignment: .bottom) {
            GeometryReader { place in
                arranged(width: Double(place.size.width), height: Double(place.size.height))
            }
            .accessibilityHidden(sheet != nil)
            if let sheet {
                Color.black.opacity(0.5).ignoresSafeArea().accessibilityHidden(true)
                drawn(sheet)
                    .padding(16)
                    .background(Color("Paper"))
                    .accessibilityAddTraits([.isModal])
            }
        }
        .accessibilityAction(.escape) { model.back() }
    }

    /// Everything under its title; on a phone that lies on its side the card stands whole beside the rest.
    @ViewBuilder private func arranged(width: Double, height: Double) -> some View {
        if let card, width > height {
            HStack(alignment: .top, spacing: 0) {
                drawn(card.widget, cardHeight: height)
                    .frame(width: width / 2, height: height)
                    .background(Color.white)
                    .knowing(width / 2, model)
                VStack(alignment: .leading, spacing: 0) {
                    header
                    ScrollView {
                        VStack(alignment: .leading, spacing: measure.gap) {
                            ForEach(inOrder.filter { $0.id != card.widget.id }, id: \.id) { drawn($0) }
                        }
                        .padding(16)
                    }
                }
            }
        } else {
            VStack(alignment: .leading, spacing: 0) {
                header
                GeometryReader { place in
                    ScrollViewReader { scroll in
                        ScrollView {
                            VStack(alignment: .leading, spacing: measure.gap) {
                                ForEach(inOrder, id: \.id) { drawn($0) }
                            }
                            .padding(card == nil ? 16 : 0)
                            .frame(minHeight: Double(place.size.height), alignment: cardAlignment)
                        }
                        // A verdict that is new comes into sight.
                        .onChange(of: screen.verdict?.id) { verdict in
                            if let verdict { scroll.scrollTo(verdict, anchor: .top) }
                        }
                    }
                    .knowing(Double(place.size.width), model)
                }
            }
        }
    }

    @ViewBuilder private var header: some View {
        if model.isCapturedNoticeShown {
            Box(tint: Color.orange) { Said(text: words.screenshot, font: .body.bold()) }
        }
        HStack(spacing: 8) {
            if screen.back != .leave {
                Button { model.back() } label: {
                    Image(systemName: "chevron.backward").frame(minWidth: measure.target, minHeight: measure.target)
                }
                .accessibilityLabel(words.back)
            }
            Text(screen.title)
                .font(.title.bold())
                .frame(maxWidth: .infinity, alignment: .leading)
                .accessibilityAddTraits([.isHeader])
        }
        .padding(.horizontal, 16)
        .frame(minHeight: measure.target)
    }

    private func drawn(_ widget: Widget, cardHeight: Double = .infinity) -> some View {
        WidgetView(widget: widget, screen: screen, model: model, cardHeight: cardHeight)
            .id(widget.id)
            .accessibilityFocused(attended, equals: widget.id)
    }

    private var sheet: Widget? {
        screen.widgets.first { if case .sheet = $0.kind { return true } else { return false } }
    }

    private var card: (widget: Widget, position: CodePosition)? {
        for widget in screen.widgets {
            if case .codeCard(let position, _, _) = widget.kind { return (widget, position) }
        }
        return nil
    }

    /// The card at the lower edge stands after everything else; a sheet stands over everything.
    private var inOrder: [Widget] {
        let widgets = screen.widgets.filter { $0.id != sheet?.id }
        guard let card, card.position == .bottom else { return widgets }
        return widgets.filter { $0.id != card.widget.id } + [card.widget]
    }

    private var cardAlignment: Alignment {
        switch card?.position {
        case .bottom: return .bottom
        case .middle: return .center
        case .top, .turned, nil: return .top
        }
    }
}
