import LiangmaCore
import SwiftUI

/// Draws one widget with SwiftUI's own controls. The switch names every kind and has no default: a kind that
/// the core has and this shell lacks does not compile.
struct WidgetView: View {
    let widget: Widget
    let screen: Screen
    @ObservedObject var model: GlassModel
    /// How high a card may be.
    var cardHeight: Double = .infinity

    private var measure: Measure { Measure.of(screen.view) }
    private var words: ShellWords { ShellWords.of(screen.language) }

    var body: some View {
        drawn
            .accessibilityIdentifier(widget.id)
            .privacySensitive(widget.sensitive)
    }

    @ViewBuilder private var drawn: some View {
        switch widget.kind {
        case .heading(let level):
            Said(text: widget.label, spoken: widget.spoken, font: level <= 2 ? .title2.bold() : .headline)
                .accessibilityAddTraits([.isHeader])
        case .text:
            Said(text: widget.label, spoken: widget.spoken)
            if widget.hint != nil { Said(text: widget.help, font: .callout) }
        case .longText:
            paragraphs(widget.said)
        case .keyValue(let value):
            VStack(alignment: .leading, spacing: 2) {
                Text(widget.label).font(.callout).foregroundStyle(Color.secondary)
                Text(value)
            }
            .frame(maxWidth: .infinity, alignment: .leading)
            .accessibilityElement(children: .ignore)
            .accessibilityLabel(widget.label)
            .accessibilityValue(widget.spoken ?? value)
        case .disclosure(let open, let widgets):
            Disclosure(label: widget.label, spoken: widget.said, isOpen: open) { inner(widgets) }
        case .notice(let tone, let act, let wayOut):
            Box(tint: tint(tone)) {
                Said(text: widget.label, spoken: widget.spoken, font: .body.bold())
                Said(text: act)
                if let wayOut { press(wayOut, .secondary) }
            }
        case .field(let purpose, _, _, let longest, let multiline):
            TextInput(
                widget: widget, purpose: purpose, longest: Int(longest), multiline: multiline, target: measure.target,
                model: model)
        case .date(let value, let first, let last):
            DateInput(
                widget: widget, value: value, first: first, last: last, words: words, target: measure.target,
                model: model)
        case .choice(let several, let searchable, let path, let options, let chosen):
            Choice(
                widget: widget, several: several, searchable: searchable, path: path, options: options,
                chosen: chosen, words: words, target: measure.target, model: model)
        case .switch(let on):
            VStack(alignment: .leading, spacing: 6) {
                Toggle(widget.label, isOn: Binding(get: { on }, set: { model.turn(widget.id, $0) }))
                    .frame(minHeight: measure.target)
                    .disabled(widget.whyNot != nil)
                    .accessibilityLabel(widget.said)
                    .accessibilityHint(widget.help)
                Help(widget: widget)
            }
        case .consent(_, let text, let given):
            Box(tint: Color.secondary) {
                Said(text: widget.label, spoken: widget.spoken, font: .body.bold())
                paragraphs(text)
                option(words.yes, given == true) { model.turn(widget.id, true) }
                option(words.no, given == false) { model.turn(widget.id, false) }
                Help(widget: widget)
            }
        case .button(let rank):
            VStack(alignment: .leading, spacing: 6) {
                Press(
                    title: widget.label, spoken: widget.spoken, help: widget.help, rank: rank, target: measure.target
                ) { model.press(widget.id) }
                .disabled(widget.whyNot != nil)
                Help(widget: widget)
            }
        case .link(let target):
            VStack(alignment: .leading, spacing: 6) {
                Press(
                    title: widget.label, spoken: widget.spoken, help: widget.help, rank: .secondary,
                    target: measure.target
                ) { model.press(widget.id) }
                .accessibilityAddTraits([.isLink])
                if case .call(_, let hours, let textAlternative) = target {
                    Said(text: hours, font: .callout)
                    Said(text: textAlternative, font: .callout)
                }
                Help(widget: widget)
            }
        case .codeCard(let position, _, let readingOrder):
            CardGlass(
                scene: model.card, label: widget.said, readingOrder: readingOrder, turned: position == .turned,
                height: cardHeight)
        case .qr(let rows):
            QrView(rows: rows, label: widget.said)
        case .pager(let items, let index):
            ForEach(Array(items.enumerated()), id: \.offset) { at, label in
                option(label, at == Int(index)) { model.choose(widget.id, [String(at)]) }
            }
        case .tiles(let tiles), .totals(let tiles), .chart(let tiles):
            Facts(tiles: tiles).accessibilityElement(children: .contain).accessibilityLabel(widget.said)
        case .list(let rows, let more):
            VStack(alignment: .leading, spacing: 0) {
                ForEach(rows, id: \.id) { row in RowView(row: row, target: measure.target) { model.press(row.id) } }
                if more { press(Action(id: "\(widget.id).more", label: words.more), .quiet) }
            }
            .accessibilityElement(children: .contain)
            .accessibilityLabel(widget.said)
        case .timeline(let entries):
            VStack(alignment: .leading, spacing: 10) {
                ForEach(Array(entries.enumerated()), id: \.offset) { _, entry in
                    VStack(alignment: .leading, spacing: 2) {
                        Text(entry.what).font(entry.done ? .body : .body.bold())
                        Text(entry.at).font(.callout)
                        Text(entry.office).font(.callout)
                    }
                    .accessibilityElement(children: .combine)
                }
            }
            .accessibilityElement(children: .contain)
            .accessibilityLabel(widget.said)
        case .section(let widgets):
            VStack(alignment: .leading, spacing: measure.gap) {
                if !widget.label.isEmpty {
                    Said(text: widget.label, spoken: widget.spoken, font: .headline)
                        .accessibilityAddTraits([.isHeader])
                }
                inner(widgets)
            }
        case .picturePicker:
            LensView(widget: widget, torch: nil, found: { model.read(widget.id, $0) }, lost: {})
        case .attachments(_, let items):
            ForEach(items, id: \.id) { item in
                Said(text: "\(item.label) \(item.percent) %")
                Press(
                    title: words.remove, spoken: "\(words.remove) \(item.label)", rank: .quiet, target: measure.target
                ) { model.press("\(item.id).remove") }
            }
        case .progress(let cancel):
            Box(tint: Color.accentColor) {
                ProgressView().accessibilityHidden(true)
                Said(text: widget.label, spoken: widget.spoken)
                if let cancel { press(cancel, .secondary) }
            }
        case .handoff(let provider, _):
            Box(tint: Color.accentColor) {
                Said(text: widget.label, spoken: widget.spoken)
                Said(text: provider, font: .body.bold())
                Help(widget: widget)
            }
        case .scanner(let torch):
            LensView(
                widget: widget, torch: torch, found: { model.read(widget.id, $0) },
                lost: { model.turn(widget.id, false) })
        case .verdict(_, _, let say, let act, _, _):
            Button { model.press(widget.id) } label: {
                VStack(alignment: .leading, spacing: 8) {
                    Text(widget.label).font(.largeTitle.bold())
                    Text(say).font(.title.bold())
                    Text(act).font(.title2)
                }
            }
            .accessibilityElement(children: .ignore)
            .accessibilityLabel("\(widget.said) \(say) \(act)")
            .accessibilityAddTraits([.isButton])
        case .countdown(let until, _):
            Said(text: "\(widget.label) \(clockText(seconds: secondsLeft(until: until, at: model.now)))")
        case .sheet(let text, let confirm, let dismiss, let destructive):
            Box(tint: Color.secondary) {
                Said(text: widget.label, spoken: widget.spoken, font: .title2.bold())
                    .accessibilityAddTraits([.isHeader])
                Said(text: text)
                press(confirm, destructive ? .destructive : .primary)
                press(dismiss, .secondary)
            }
            .accessibilityAction(.escape) { model.press(dismiss.id) }
        case .pinPad(let typed, let digits):
            Said(text: "\(widget.label) \(typed) / \(digits)", spoken: "\(widget.said) \(typed) / \(digits)")
        case .batchRow:
            TextInput(
                widget: widget, purpose: .text, longest: 200, multiline: false, target: measure.target, model: model)
        case .document(_, _, let text):
            VStack(alignment: .leading, spacing: 8) {
                Said(text: widget.label, spoken: widget.spoken)
                ScrollView { Text(text).font(.footnote.monospaced()) }.frame(maxHeight: 320)
                ShareLink(words.save, item: text)
            }
        }
    }

    private func inner(_ widgets: [Widget]) -> some View {
        ForEach(widgets, id: \.id) { AnyView(WidgetView(widget: $0, screen: screen, model: model)) }
    }

    private func press(_ action: Action, _ rank: Rank) -> some View {
        Press(title: action.label, rank: rank, target: measure.target) { model.press(action.id) }
    }

    private func option(_ label: String, _ isChosen: Bool, press: @escaping () -> Void) -> some View {
        Option(
            label: label, isChosen: isChosen, several: false, help: widget.said, target: measure.target, press: press)
    }

    private func paragraphs(_ text: String) -> some View {
        let parts = text.components(separatedBy: "\n\n")
        return ForEach(Array(parts.enumerated()), id: \.offset) { _, part in Said(text: part) }
    }

    private func tint(_ tone: Tone) -> Color {
        switch tone {
        case .calm: return Color.accentColor
        case .careful: return Color.orange
        case .trouble: return Color.red
        }
    }
}

/// A row of a list; one that has an action is a button.
struct RowView: View {
    let row: Row
    let target: Double
    let press: () -> Void

    var body: some View {
        if let action = row.action {
            Button(action: press) { texts }
                .buttonStyle(.plain)
                .accessibilityLabel(said)
                .accessibilityHint(action)
        } else {
            texts.accessibilityElement(children: .combine)
        }
    }

    private var said: String { [row.title, row.detail, row.status].compactMap { $0 }.joined(separator: ", ") }

    private var texts: some View {
        VStack(alignment: .leading, spacing: 2) {
            Text(row.title)
            if let detail = row.detail { Text(detail).font(.callout).foregroundStyle(Color.secondary) }
            if let status = row.status { Text(status).font(.callout.bold()) }
        }
        .frame(maxWidth: .infinity, minHeight: target, alignment: .leading)
    }
}

/// Something folded away: the core says how it comes, the person folds it as they like.
struct Disclosure<Content: View>: View {
    let label: String
    let spoken: String
    @State private var isOpen: Bool
    @ViewBuilder private let content: Content

    init(label: String, spoken: String, isOpen: Bool, @ViewBuilder content: () -> Content) {
        self.label = label
        self.spoken = spoken
        self._isOpen = State(initialValue: isOpen)
        self.content = content()
    }

    var body: some View {
        DisclosureGroup(isExpanded: $isOpen) { content } label: { Text(label).accessibilityLabel(spoken) }
    }
}
