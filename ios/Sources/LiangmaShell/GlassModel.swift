import Foundation
import LiangmaCore
import LiangmaKit
import SwiftUI

/// What is on the glass now, and the way back to the core. Holds no decision: it keeps what the core showed
/// and what a person is typing, and hands on what they do.
@MainActor public final class GlassModel: ObservableObject {
    /// The screen that the core shows; `nil` before the first.
    @Published public private(set) var screen: Screen?
    /// The card as the core laid it out for this second; `nil` on screens without.
    @Published public private(set) var card: CardScene?
    /// The time, while something on the glass runs by it.
    @Published public private(set) var now = Date()
    /// The texts of the fields, by the ids of their widgets.
    @Published public private(set) var fields: [String: TypedText] = [:]
    /// A picture was taken of a screen that is not to be captured, and the person was told.
    @Published public private(set) var isCapturedNoticeShown = false
    /// Width of the card's place in points: the card is laid out for it.
    public var width: Double = 0

    /// Says something through the screen reader.
    public var announce: (String) -> Void = { _ in }
    /// Whether an input method is in the middle of a word.
    public var isComposing: () -> Bool = { false }

    /// How often something was read; each reading is a revision.
    private var readings: UInt64 = 0
    /// When a page took the place of another, in seconds since the phone started.
    private var turnedAt = -Double.infinity
    private let uptime: () -> Double
    private let send: (Event) -> Void

    /// A glass whose events go there.
    public init(
        uptime: @escaping () -> Double = { ProcessInfo.processInfo.systemUptime }, send: @escaping (Event) -> Void
    ) {
        self.uptime = uptime
        self.send = send
    }

    /// Takes the core's next screen.
    public func show(_ next: Screen) {
        if next.route != screen?.route {
            fields = [:]
            isCapturedNoticeShown = false
            if screen != nil { turnedAt = uptime() }
        }
        screen = next
        var kept: [String: TypedText] = [:]
        for field in next.allWidgets {
            guard let (text, revision) = field.typed else { continue }
            var typed = fields[field.id] ?? TypedText(text: text, revision: revision)
            typed.take(text: text, revision: revision)
            kept[field.id] = typed
        }
        fields = kept
    }

    /// The person took a picture of the screen, which this system lets nobody refuse: where it is not to be captured
    /// they are told what it is worth, until they go on.
    public func wasCaptured() {
        guard let screen, !screen.capture else { return }
        isCapturedNoticeShown = true
        announce(ShellWords.of(screen.language).screenshot)
    }

    /// Takes the card of this second.
    public func show(card next: CardScene?) {
        card = next
    }

    /// Another second: runs countdowns, and says how much is left where the core wants it said.
    public func tick(_ time: Date) {
        guard let screen else { return }
        let countdowns = screen.allWidgets.filter { $0.countdown != nil }
        if countdowns.isEmpty { return }
        now = time
        for widget in countdowns {
            guard let countdown = widget.countdown else { continue }
            let left = secondsLeft(until: countdown.until, at: time)
            if left > 0, countdown.milestones.contains(UInt32(left)) {
                announce("\(widget.label) \(clockText(seconds: left))")
            }
        }
    }

    // ---- what the person does

    /// Something was pressed. What was typed goes first, so that whatever is pressed finds it. A double tap does one
    /// thing: its second half may meet the page that its first half opened.
    public func press(_ id: String) {
        if uptime() - turnedAt >= doubleTap { tell(.pressed(widget: id)) }
    }
    /// Other options are chosen.
    public func choose(_ id: String, _ chosen: [String]) { tell(.chosen(widget: id, chosen: chosen)) }
    /// A switch or a consent was turned.
    public func turn(_ id: String, _ on: Bool) { tell(.switched(widget: id, on: on)) }
    /// A camera or a picture gave a text; an empty one where there is a code that cannot be read, or none.
    public func read(_ id: String, _ text: String) {
        readings += 1
        send(.typed(widget: id, text: text, revision: readings))
    }
    /// The back button or gesture.
    public func back() { tell(.back) }
    /// The program came to the front, or went to the back.
    public func isInFront(_ inFront: Bool) { tell(inFront ? .cameToFront : .wentToBack) }

    /// A field holds another text now.
    public func type(_ id: String, _ text: String) {
        fields[id, default: TypedText(text: "", revision: 0)].type(text)
    }

    /// Sends what was typed; called when typing rests.
    public func settle() {
        for id in fields.keys.sorted() {
            guard let revision = fields[id]?.settle(), let text = fields[id]?.text else { continue }
            send(.typed(widget: id, text: text, revision: revision))
        }
    }

    /// Sends what was typed, unless an input method is in the middle of a word.
    public func settleWhenComposed() {
        if !isComposing() { settle() }
    }

    private func tell(_ event: Event) {
        settle()
        send(event)
    }
}

/// As long as a second tap may take to be one with the first, in seconds.
private let doubleTap = 0.3

extension Screen {
    /// The verdict on a code that was read, and how often the hand feels it; `nil` where there is none.
    var verdict: (id: String, pulses: UInt8)? {
        for widget in widgets {
            if case .verdict(_, _, _, _, _, let pulses) = widget.kind { return (widget.id, pulses) }
        }
        return nil
    }

    /// Every widget, those inside others too, in order of reading.
    public var allWidgets: [Widget] { widgets.flatMap(\.withInner) }
}

extension Widget {
    /// This and the widgets inside.
    public var withInner: [Widget] {
        switch kind {
        case .section(let widgets), .disclosure(_, let widgets): return [self] + widgets.flatMap(\.withInner)
        default: return [self]
        }
    }

    /// What a screen reader says.
    var said: String { spoken ?? label }

    /// What helps and what is wrong, for a screen reader to say after it.
    var help: String { [error, whyNot, hint].compactMap { $0 }.joined(separator: " ") }

    /// The text and revision of something that is typed into.
    var typed: (String, UInt64)? {
        switch kind {
        case .field(_, let text, let revision, _, _): return (text, revision)
        case .choice(_, true, _, _, _): return ("", 0)
        case .batchRow(let text, _): return (text, 0)
        default: return nil
        }
    }

    /// When time runs out, and when that is said.
    var countdown: (until: String, milestones: [UInt32])? {
        guard case .countdown(let until, let milestones) = kind else { return nil }
        return (until, milestones)
    }
}

/// Seconds until a moment such as `2022-04-01T00:00:00Z`; 0 when it is over or cannot be read.
func secondsLeft(until: String, at now: Date) -> Int {
    guard let end = ISO8601DateFormatter().date(from: until) else { return 0 }
    return max(0, Int(end.timeIntervalSince(now).rounded()))
}

/// `4:05`.
func clockText(seconds: Int) -> String {
    let rest = seconds % 60
    return "\(seconds / 60):\(rest < 10 ? "0" : "")\(rest)"
}
