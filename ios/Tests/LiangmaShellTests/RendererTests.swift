import Foundation
import LiangmaCore
import LiangmaKit
import SwiftUI
import Testing

@testable import LiangmaShell

/// The root of the checkout.
private let checkout = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// Every screen of every golden trace, with where it is from; read once.
private func screens() throws -> [(place: String, screen: Screen)] { try read.get() }

private let read = Result { try readScreens() }

private func readScreens() throws -> [(place: String, screen: Screen)] {
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
        var trees: [String: String] = [:]
        for (place, screen) in screens {
            let found = elements(of: ScreenView(model: glass(screen))).flatMap(\.all)
            let faults = faults(of: found, on: screen)
            try #require(faults.isEmpty, "\(place): \(faults.joined(separator: "; "))")
            let trace = place.components(separatedBy: ",")[0]
            trees[trace, default: ""] += "== \(place)\n" + found.map(\.line).joined()
        }
        guard let folder = ProcessInfo.processInfo.environment["LIANGMA_TREES"] else { return }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (trace, tree) in trees {
            try tree.write(toFile: "\(folder)/\(trace).txt", atomically: true, encoding: .utf8)
        }
    }

    @Test func whatIsNotSaidOrNotInItsOrderIsFound() throws {
        let words = { (id: String, label: String, kind: Kind) in
            Widget(
                id: id, label: label, spoken: nil, hint: nil, whyNot: nil, error: nil, sensitive: false, kind: kind)
        }
        let whole = screen(with: [words("one", "一", .text), words("two", "二", .button(rank: .primary))])
        let found = elements(of: ScreenView(model: glass(whole))).flatMap(\.all)
        #expect(faults(of: found, on: whole).isEmpty)
        for missing in found.indices where found[missing].role != .container && found[missing].label != "返回" {
            var less = found
            less.remove(at: missing)
            #expect(!faults(of: less, on: whole).isEmpty, "\(found[missing].label) is missed")
            var unlabelled = found
            unlabelled[missing].label = ""
            #expect(!faults(of: unlabelled, on: whole).isEmpty, "the label of \(found[missing].label) is missed")
        }
        #expect(!faults(of: found.reversed(), on: whole).isEmpty)
        let nameless = screen(with: [words("one", "", .button(rank: .primary))])
        #expect(!faults(of: elements(of: ScreenView(model: glass(nameless))).flatMap(\.all), on: nameless).isEmpty)
        let symbol = elements(of: Image(systemName: "star"))
        #expect(!faults(of: found + symbol, on: whole).isEmpty)
    }

    /// What is wrong with what a screen reader finds: things without a label, symbols that are said by their names, and
    /// what the trace has to be said and is not, or not in its order.
    private func faults(of found: [Element], on screen: Screen) -> [String] {
        var faults: [String] = []
        for element in found where element.role != .container {
            if element.label.isEmpty { faults.append("a \(element.role.rawValue) without a label") }
            if element.role == .image, !element.traits.contains(.isImage) {
                faults.append("a symbol is said by its name, \(element.label)")
            }
        }
        let sheet = screen.widgets.first { if case .sheet = $0.kind { return true } else { return false } }
        var parts = sheet == nil ? [("title", screen.title)] : []
        for widget in sheet.map({ [$0] }) ?? inOrder(screen) {
            parts += widget.saidParts.filter { !$0.isEmpty }.map { (widget.id, $0) }
        }
        let heard = found.map { "\($0.label)\n\($0.value)" }
        var at = 0
        for (id, said) in parts {
            guard let next = heard[at...].firstIndex(where: { $0.contains(said) }) else {
                faults.append("\(id) does not say \(said) in its order")
                continue
            }
            at = next
        }
        return faults
    }

    /// The widgets as they stand on the glass: a card at the lower edge comes last.
    private func inOrder(_ screen: Screen) -> [Widget] {
        let isLow = { (widget: Widget) in
            if case .codeCard(.bottom, _, _) = widget.kind { return true } else { return false }
        }
        return screen.widgets.filter { !isLow($0) }.flatMap(\.open) + screen.widgets.filter(isLow)
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

    @Test func theSecondHalfOfADoubleTapDoesNothingOnThePageThatTheFirstOpened() throws {
        let all = try screens().map(\.screen)
        let first = try #require(all.first)
        let second = try #require(all.first { $0.route != first.route })
        var (now, sent) = (100.0, [Event]())
        let model = GlassModel(uptime: { now }) { sent.append($0) }
        model.show(first)
        model.press("on")
        model.show(second)
        now += 0.2
        model.press("agree")
        #expect(sent == [.pressed(widget: "on")])
        now += 0.2
        model.press("agree")
        #expect(sent == [.pressed(widget: "on"), .pressed(widget: "agree")])
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

    @Test func whatIsReadGoesToTheWidgetThatReadItAndEachReadingIsNewer() {
        var sent: [Event] = []
        let model = GlassModel { sent.append($0) }
        model.read("scanner", "")
        model.read("picture", "LM1:")
        model.turn("scanner", false)
        #expect(
            sent == [
                .typed(widget: "scanner", text: "", revision: 1), .typed(widget: "picture", text: "LM1:", revision: 2),
                .switched(widget: "scanner", on: false),
            ])
    }

    @Test func aPictureOfTheCodeIsAnsweredWithWordsUntilThePersonGoesOn() throws {
        let all = try screens().map(\.screen)
        let code = try #require(all.first { !$0.capture && $0.language == .zhHans })
        let open = try #require(all.first { $0.capture && $0.route != code.route })
        var said: [String] = []
        let model = glass(code)
        model.announce = { said.append($0) }
        let shown = { elements(of: ScreenView(model: model)).flatMap(\.all).contains { $0.label.contains("截图") } }
        #expect(!shown())
        model.wasCaptured()
        #expect(shown() && said.count == 1 && said[0].contains("截图"))
        model.show(open)
        model.wasCaptured()
        #expect(!shown() && said.count == 1)
    }

    @Test func aPhoneOnItsSideShowsTheWholeCardBesideTheRest() throws {
        GeometryProxy.glass = CGSize(width: 667, height: 320)
        defer { GeometryProxy.glass = CGSize(width: 390, height: 800) }
        var cards = 0
        for (place, screen) in try screens() {
            guard screen.widgets.contains(where: { if case .codeCard = $0.kind { return true } else { return false } })
            else { continue }
            let found = elements(of: ScreenView(model: glass(screen))).flatMap(\.all)
            let sheet = screen.widgets.contains { if case .sheet = $0.kind { return true } else { return false } }
            for widget in sheet ? [] : screen.widgets.flatMap(\.open) {
                for said in widget.saidParts where !said.isEmpty {
                    try #require(
                        found.contains { "\($0.label)\n\($0.value)".contains(said) }, "\(place): \(widget.id)")
                }
            }
            cards += 1
        }
        #expect(cards > 0)
    }

    @Test func aCardThatIsTooHighIsDrawnWholeAndSmaller() throws {
        let frame = { CardRectangle(x: $0, y: $1, width: $2, height: $3) }
        let rows = (0..<25).map { row in String(repeating: row % 2 == 0 ? "#." : ".#", count: 13).prefix(25) }
        let text = CardDrawing.text(
            text: "亮码", size: 20, minimumSize: 12, bold: true, align: .centre, baseline: 30, turned: false,
            ink: 0, ellipsis: false)
        let scene = CardScene(
            width: 411, height: 631, language: .zhHans, families: [],
            items: [
                CardItem(id: "page", frame: frame(0, 0, 411, 631), drawing: .fill(colour: 0xFFFFFF, radius: 0)),
                CardItem(id: "title", frame: frame(0, 0, 411, 56), drawing: text),
                CardItem(
                    id: "qr", frame: frame(20, 232, 371, 371),
                    drawing: .qr(rows: rows.map(String.init), dark: 0, light: 0xFFFFFF)),
            ], readingOrder: [])
        #expect(scene.fitting(height: 700) == scene)
        let smaller = scene.fitting(height: 320)
        #expect(smaller.height == 320 && smaller.width < 210)
        let context = GraphicsContext()
        draw(smaller, scale: 3, in: context)
        #expect(context.record.strokes.count == 4)
        for stroke in context.record.strokes {
            switch stroke {
            case .fill(let bounds):
                #expect(bounds.minX >= 0 && bounds.minY >= 0 && bounds.maxX <= 209 && bounds.maxY <= 320.01)
            case .text(_, let place): #expect(place.y < 28 && place.x > 0 && place.x < 209)
            }
        }
    }

    @Test func whatIsTypedIsCutAsTheCoreCounts() {
        #expect(cut("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", to: 7) == "👩‍👩‍👧‍👦")
        #expect(cut("𠮷田·买买提", to: 3) == "𠮷田·")
        let endless = "e" + String(repeating: "\u{301}", count: 1_000_000)
        #expect(endless.count == 1)
        #expect(cut(endless, to: 500).unicodeScalars.count == 500)
    }

    @Test func aDayIsTheSameInEveryZone() throws {
        let before = NSTimeZone.default
        defer { NSTimeZone.default = before }
        for zone in ["Pacific/Kiritimati", "America/New_York", "Australia/Lord_Howe", "Asia/Shanghai"] {
            NSTimeZone.default = try #require(TimeZone(identifier: zone))
            #expect(text(of: try #require(day("2022-04-01"))) == "2022-04-01")
            #expect(secondsLeft(until: "2022-04-01T00:00:10Z", at: Date(timeIntervalSince1970: 1_648_771_200)) == 10)
        }
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

extension Element {
    /// What is heard of it, as a line.
    fileprivate var line: String {
        let state = [value, hint, isEnabled ? "" : "(off)"].filter { !$0.isEmpty }
        return ([role.rawValue, label] + state).joined(separator: " | ").replacingOccurrences(of: "\n", with: " ") + "\n"
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
