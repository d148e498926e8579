import Foundation
import LiangmaCore
import SwiftUI

#if canImport(UIKit)
    import UIKit
#endif

/// A field. Its text stays here until typing rests.
struct TextInput: View {
    let widget: Widget
    let purpose: FieldPurpose
    let longest: Int
    let multiline: Bool
    let target: Double
    @ObservedObject var model: GlassModel
    @FocusState private var isFocused: Bool

    private var text: String { model.fields[widget.id]?.text ?? "" }

    var body: some View {
        Labelled(widget: widget) {
            TextField(
                "", text: Binding(get: { text }, set: { model.type(widget.id, cut($0, to: longest)) }),
                axis: multiline ? .vertical : .horizontal
            )
            .lineLimit(multiline ? 4 : 1, reservesSpace: multiline)
            .textFieldStyle(.roundedBorder)
            .typed(as: purpose)
            .frame(minHeight: target)
            .disabled(widget.whyNot != nil)
            .focused($isFocused)
            .onSubmit { model.settle() }
            .onChange(of: isFocused) { focused in if !focused { model.settle() } }
            .task(id: text) {
                try? await Task.sleep(nanoseconds: rest)
                if !Task.isCancelled { model.settleWhenComposed() }
            }
            .accessibilityLabel(widget.said)
            .accessibilityHint(widget.help)
            if multiline {
                Text("\(text.unicodeScalars.count) / \(longest)").font(.footnote).accessibilityHidden(true)
            }
        }
    }
}

/// The core counts as Unicode does: what a person sees as one letter may be many, and has no greatest length.
func cut(_ text: String, to longest: Int) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.prefix(longest)))
}

/// So long typing rests before the core has what was typed: nanoseconds.
private let rest: UInt64 = 400_000_000

extension View {
    /// Keyboard, autofill and correction for what is typed.
    @ViewBuilder fileprivate func typed(as purpose: FieldPurpose) -> some View {
        #if os(iOS)
            switch purpose {
            case .name: self.textContentType(.name).autocorrectionDisabled()
            case .documentNumber:
                self.autocorrectionDisabled().textInputAutocapitalization(.characters).keyboardType(.asciiCapable)
            case .phone: self.textContentType(.telephoneNumber).keyboardType(.phonePad)
            case .oneTimeCode: self.textContentType(.oneTimeCode).keyboardType(.numberPad)
            case .number: self.keyboardType(.decimalPad)
            case .text: self
            }
        #else
            self
        #endif
    }
}

/// One of several, or several.
struct Choice: View {
    let widget: Widget
    let several: Bool
    let searchable: Bool
    let path: [Choosable]
    let options: [Choosable]
    let chosen: [String]
    let words: ShellWords
    let target: Double
    @ObservedObject var model: GlassModel

    var body: some View {
        VStack(alignment: .leading, spacing: 6) {
            Text(widget.label).font(.body.bold()).accessibilityLabel(widget.said).accessibilityHint(widget.help)
            if searchable {
                TextField(words.search, text: Binding(get: { search }, set: { model.type(widget.id, $0) }))
                    .textFieldStyle(.roundedBorder)
                    .frame(minHeight: target)
                    .onSubmit { model.settle() }
                    .task(id: search) {
                        try? await Task.sleep(nanoseconds: rest)
                        if !Task.isCancelled { model.settleWhenComposed() }
                    }
                    .accessibilityLabel("\(words.search) \(widget.said)")
            }
            ForEach(path, id: \.id) { step in
                Press(title: step.label, rank: .quiet, target: target) { model.choose(widget.id, [step.id]) }
            }
            ForEach(options, id: \.id) { option in
                Option(
                    label: option.label, isChosen: chosen.contains(option.id), several: several, help: widget.said,
                    target: target
                ) { choose(option.id) }
                .disabled(widget.whyNot != nil)
            }
            Help(widget: widget)
        }
    }

    private var search: String { model.fields[widget.id]?.text ?? "" }

    private func choose(_ id: String) {
        guard several else { return model.choose(widget.id, [id]) }
        model.choose(widget.id, chosen.contains(id) ? chosen.filter { $0 != id } : chosen + [id])
    }
}

/// A day. Before the person has chosen one, none is shown as chosen.
struct DateInput: View {
    let widget: Widget
    let value: String?
    let first: String
    let last: String
    let words: ShellWords
    let target: Double
    @ObservedObject var model: GlassModel
    @State private var isOpen = false

    var body: some View {
        Labelled(widget: widget) {
            Press(
                title: value ?? words.choose, spoken: "\(widget.said) \(value ?? words.choose)", help: widget.help,
                rank: .secondary, target: target
            ) { isOpen.toggle() }
            .disabled(widget.whyNot != nil)
            if isOpen, let range = days {
                DatePicker(
                    widget.label, selection: Binding(get: { shown(in: range) }, set: choose), in: range,
                    displayedComponents: [.date]
                )
                .datePickerStyle(.graphical)
                .environment(\.calendar, civil)
                .environment(\.timeZone, civil.timeZone)
                .accessibilityLabel(widget.said)
                if value == nil { Press(title: last, rank: .quiet, target: target) { choose(range.upperBound) } }
            }
        }
    }

    private var days: ClosedRange<Date>? {
        guard let from = day(first), let to = day(last), from <= to else { return nil }
        return from...to
    }

    private func shown(in range: ClosedRange<Date>) -> Date { value.flatMap(day) ?? range.upperBound }

    private func choose(_ date: Date) { model.choose(widget.id, [text(of: date)]) }
}

/// Days of the calendar that the core counts in; a day has no zone.
private let civil: Calendar = {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = TimeZone(secondsFromGMT: 0) ?? .current
    return calendar
}()

/// `2022-04-01` as a date.
func day(_ text: String) -> Date? {
    let parts = text.split(separator: "-").compactMap { Int($0) }
    guard parts.count == 3 else { return nil }
    return civil.date(from: DateComponents(year: parts[0], month: parts[1], day: parts[2]))
}

/// A date as `2022-04-01`.
func text(of date: Date) -> String {
    let parts = civil.dateComponents([.year, .month, .day], from: date)
    let pad = { (number: Int?, width: Int) in
        let digits = String(number ?? 0)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    return "\(pad(parts.year, 4))-\(pad(parts.month, 2))-\(pad(parts.day, 2))"
}
