import Foundation
import LiangmaCore
import Testing

/// The root of the checkout.
let checkout = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

/// Every golden trace: its name and its text.
func traces() throws -> [(name: String, text: String)] {
    let folder = checkout.appendingPathComponent("ui-spec/traces")
    return try FileManager.default.contentsOfDirectory(atPath: folder.path)
        .filter { $0.hasSuffix(".json") }.sorted()
        .map { ($0, try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8)) }
}

@Suite struct TraceTests {
    /// What Swift holds of a screen, written by Swift, is byte for byte what Rust wrote into the trace.
    @Test func everyTraceGivesTheSameBytesInSwift() throws {
        let traces = try traces()
        #expect(traces.count > 80)
        var screens = 0
        var performed: [String: Int] = [:]
        for (name, text) in traces {
            var rest = Substring(text)
            let rehearsal = try Rehearsal(trace: text)
            try #require(take(rehearsal.screen().form, named: "screen", indent: 4, from: &rest), "\(name), first screen")
            screens += 1
            var number = 0
            while let step = rehearsal.nextStep() {
                if let event = step.event {
                    try #require(take(event.form, named: "event", indent: 6, from: &rest), "\(name), event \(number)")
                }
                let asked = try effects(in: rest, "\(name), step \(number)")
                for effect in step.effects {
                    // What the core wants read aloud comes to a shell as the words themselves.
                    if case .speak(let text) = effect, let widget = asked.aloud {
                        try #require(text == step.screen.aloud(widget), "\(name), step \(number)")
                    } else {
                        let form = effect.form.form(indent: 8)
                        try #require(asked.text.contains(form), "\(name), effect of step \(number): \(form)")
                    }
                    performed[effect.named, default: 0] += 1
                }
                try #require(step.effects.count == asked.ofShells, "\(name), effects of step \(number)")
                try #require(
                    take(step.screen.form, named: "screen", indent: 6, from: &rest), "\(name), screen \(number)")
                screens += 1
                number += 1
            }
            let left = mark(named: "screen", indent: 6)
            #expect(rest.range(of: left) == nil, "\(name) has more steps")
        }
        #expect(screens > 500)
        #expect(performed["open", default: 0] > 0 && performed["speak", default: 0] > 0, "\(performed)")
    }

    /// What the next step of the text asks for: the list as it stands there, and how many of it are a shell's to do.
    private func effects(in rest: Substring, _ place: String) throws -> (text: Substring, ofShells: Int, aloud: String?) {
        let begins = try #require(rest.range(of: mark(named: "effects", indent: 6)), "\(place): its effects")
        let ends = try #require(rest.range(of: mark(named: "screen", indent: 6)), "\(place): its screen")
        let text = rest[begins.upperBound..<ends.lowerBound]
        let ofShells = ["open", "speak", "leave", "read_aloud"].map { text.components(separatedBy: "\"effect\": \"\($0)\"").count - 1 }
        let widget = text.components(separatedBy: "\"effect\": \"read_aloud\",\n          \"widget\": \"").dropFirst().first
        return (text, ofShells.reduce(0, +), widget?.components(separatedBy: "\"").first)
    }

    @Test func whatIsNoTraceIsAnErrorThatSaysSo() {
        #expect(throws: LiangmaError.Input(code: "trace.unreadable", retry: .afterChange)) {
            _ = try Rehearsal(trace: "{}")
        }
    }

    private func mark(named name: String, indent: Int) -> String {
        "\n\(String(repeating: " ", count: indent))\"\(name)\": "
    }

    /// Whether the next thing of this name in the text is exactly this.
    private func take(_ json: Json, named name: String, indent: Int, from rest: inout Substring) -> Bool {
        guard let at = rest.range(of: mark(named: name, indent: indent)) else { return false }
        let form = json.form(indent: indent)
        rest = rest[at.upperBound...]
        guard rest.utf8.starts(with: form.utf8) else { return false }
        let end = rest.utf8.index(rest.startIndex, offsetBy: form.utf8.count)
        rest = rest[end...]
        return rest.first == "," || rest.first == "\n"
    }
}
