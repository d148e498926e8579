import Foundation
import LiangmaCore
import SwiftUI
import Testing

@testable import LiangmaShell

/// The root of the checkout.
private let checkout = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// Every screen of every golden trace, with where it is from.
private func screens() throws -> [(place: String, screen: Screen)] {
    let folder = checkout.appendingPathComponent("ui-spec/traces")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".json") }
    var screens: [(String, Screen)] = []
    for file in files.sorted() {
        let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
        let rehearsal = try Rehearsal(trace: text)
        screens.append(("\(file), first screen", rehearsal.screen()))
        var number = 0
        while let step = rehearsal.nextStep() {
            screens.append(("\(file), step \(number)", step.screen))
            number += 1
        }
    }
    return screens
}

/// The renderer, run against a stand-in for SwiftUI that finds what a screen reader would find.
@MainActor @Suite struct RendererTests {
    private func glass(_ screen: Screen, send: @escaping (Event) -> Void = { _ in }) -> GlassModel {
        let model = GlassModel(send: send)
        model.show(screen)
        return model
    }

    @Test func everythingOnEveryScreenIsSaid() throws {
        let screens = try screens()
        #expect(screens.count > 500)
        for (place, screen) in screens {
            let found = elements(of: ScreenView(model: glass(screen))).flatMap(\.all)
            for element in found where element.role != .container {
                try #require(!element.label.isEmpty, "\(place): a \(element.role.rawValue) without a label")
                try #require(
                    element.role != .image || element.traits.contains(.isImage),
                    "\(place): a symbol is said by its name, \(element.label)")
            }
            let heard = found.map { "\($0.label)\n\($0.value)" }.joined(separator: "\n")
            let sheet = screen.widgets.first { if case .sheet = $0.kind { return true } else { return false } }
            let read = sheet.map { [$0] } ?? screen.widgets.flatMap(\.open)
            if sheet == nil { try #require(heard.contains(screen.title), "\(place): its title") }
            for widget in read {
                for said in widget.saidParts where !said.isEmpty {
                    try #require(heard.contains(said), "\(place): \(widget.id) does not say \(said)")
                }
            }
        }
    }

    @Test func whatCannotBeUsedSaysWhy() throws {
        var seen = 0
        for (place, screen) in try screens() {
            let found = elements(of: ScreenView(model: glass(screen))).flatMap(\.all)
            for widget in screen.widgets.flatMap(\.open) {
                guard case .button = widget.kind, let whyNot = widget.whyNot else { continue }
                let button = try #require(found.first { $0.identifier == widget.id && $0.role == .button }, "\(place)")
                #expect(!button.isEnabled)
                #expect(button.hint.contains(whyNot))
                seen += 1
            }
        }
        #expect(seen > 0)
    }

    @Test func whatIsTypedIsSentBeforeWhatIsPressed() throws {
        let screen = try #require(try screens().first { $0.screen.route == "login.person" }?.screen)
        var sent: [Event] = []
        let model = glass(screen) { sent.append($0) }
        let found = elements(of: ScreenView(model: model)).flatMap(\.all)
        let type = try #require(found.first { $0.role == .field }?.type)
        type("韦秀英")
        let press = try #require(found.first { $0.role == .button && !$0.identifier.isEmpty && $0.isEnabled }?.act)
        press()
        guard case .typed(_, "韦秀英", let revision) = sent.first, case .pressed = sent.last else {
            Issue.record("sent: \(sent)")
            return
        }
        #expect(revision > 0)
    }

    @Test func aChoiceSendsWhatIsChosen() throws {
        let screen = try #require(try screens().first { $0.screen.route == "first.language" }?.screen)
        var sent: [Event] = []
        let found = elements(of: ScreenView(model: glass(screen) { sent.append($0) })).flatMap(\.all)
        let english = try #require(found.first { $0.label == "English" })
        #expect(!english.traits.contains(.isSelected))
        let press = try #require(english.act)
        press()
        #expect(sent == [.chosen(widget: "language", chosen: ["en"])])
    }

    @Test func aCountdownIsSaidAtItsMilestonesOnly() throws {
        let widget = Widget(
            id: "left", label: "还有", spoken: nil, hint: nil, whyNot: nil, error: nil, sensitive: false,
            kind: .countdown(until: "2022-04-01T00:10:00Z", milestones: [60]))
        let model = glass(screen(with: [widget]))
        var said: [String] = []
        model.announce = { said.append($0) }
        let start = try #require(ISO8601DateFormatter().date(from: "2022-04-01T00:08:58Z"))
        for second in 0..<10 { model.tick(start.addingTimeInterval(Double(second))) }
        #expect(said == ["还有 1:00"])
        let found = elements(of: ScreenView(model: model)).map(\.label)
        #expect(found.contains("还有 0:53"))
    }

    @Test func everyKindOfWidgetIsDrawnAndSaysItsLabel() throws {
        for kind in everyKind {
            let widget = Widget(
                id: "one", label: "标签", spoken: nil, hint: nil, whyNot: nil, error: nil, sensitive: false, kind: kind)
            let found = elements(of: ScreenView(model: glass(screen(with: [widget])))).flatMap(\.all)
            let said = found.contains { $0.label.contains("标签") || $0.hint.contains("标签") }
            #expect(said, "\(kind)")
        }
    }

    private func screen(with widgets: [Widget]) -> Screen {
        Screen(
            route: "test", title: "题", back: .pop, presentation: .push, focus: nil, capture: true,
            brightness: .asItIs, keepAwake: false, announcements: [], haptic: nil, language: .zhHans, view: .normal,
            widgets: widgets)
    }

    /// One of each; the renderer's own switch makes sure that none is missing there.
    private var everyKind: [Kind] {
        let tile = Tile(name: "名", value: "值", age: nil)
        let action = Action(id: "a", label: "做")
        return [
            .heading(level: 2), .text, .longText, .keyValue(value: "值"), .disclosure(open: true, widgets: []),
            .notice(tone: .calm, act: "做", wayOut: action),
            .field(purpose: .name, text: "", revision: 0, longest: 10, multiline: true),
            .date(value: nil, first: "2022-01-01", last: "2022-04-01"),
            .choice(
                several: true, searchable: true, path: [Choosable(id: "p", label: "省")],
                options: [Choosable(id: "c", label: "市")], chosen: []),
            .switch(on: true), .consent(version: 1, text: "文", given: nil), .button(rank: .destructive),
            .link(target: .page(address: "https://a.example")),
            .codeCard(position: .top, enlarged: false, readingOrder: ["一"]), .qr(rows: ["#"]),
            .pager(items: ["一", "二"], index: 0), .tiles(tiles: [tile]),
            .list(rows: [Row(id: "r", title: "行", detail: nil, status: nil, action: "开")], more: true),
            .timeline(entries: [TimelineEntry(what: "事", office: "处", at: "时", done: true)]), .section(widgets: []),
            .picturePicker, .attachments(most: 3, items: [Attachment(id: "f", label: "标签", percent: 4)]),
            .progress(cancel: action), .handoff(provider: "方", waiting: true), .scanner(torch: false),
            .verdict(colour: 1, shape: "circle", say: "请进", act: "放行", clearsAfter: 3, pulses: 1),
            .countdown(until: "2022-04-01T00:00:00Z", milestones: []),
            .sheet(text: "文", confirm: action, dismiss: action, destructive: true), .pinPad(typed: 1, digits: 4),
            .batchRow(text: "", duplicate: false),
            .document(mediaType: "application/json", fileName: "a.json", text: "{}"), .totals(totals: [tile]),
            .chart(points: [tile]),
        ]
    }
}

extension Widget {
    /// This and what is unfolded inside.
    fileprivate var open: [Widget] {
        switch kind {
        case .section(let widgets): return [self] + widgets.flatMap(\.open)
        case .disclosure(let isOpen, let widgets): return [self] + (isOpen ? widgets.flatMap(\.open) : [])
        default: return [self]
        }
    }

    /// What has to be heard of it.
    fileprivate var saidParts: [String] {
        let own = spoken ?? label
        switch kind {
        case .longText: return own.components(separatedBy: "\n\n")
        case .keyValue: return [label, own]
        case .codeCard(_, _, let readingOrder): return readingOrder
        case .notice(_, let act, let wayOut): return [own, act, wayOut?.label ?? ""]
        case .sheet(let text, let confirm, let dismiss, _): return [own, text, confirm.label, dismiss.label]
        case .list(let rows, _): return [own] + rows.map(\.title)
        case .tiles(let tiles): return [own] + tiles.map(\.value)
        case .pager(let items, _): return items
        default: return [own]
        }
    }
}
