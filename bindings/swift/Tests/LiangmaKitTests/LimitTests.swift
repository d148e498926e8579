import Foundation
import Fakes
import LiangmaCore
import Testing

@Suite struct LimitTests {
    @Test func aDefectOfTheCoreIsAnError() async {
        await #expect(throws: LiangmaError.Defect(code: "call.panicked", retry: .never)) { try await drill() }
    }

    @Test func aMegabyteOfTraceIsReadOrRefused() {
        let text = String(repeating: "·", count: 524_288)
        #expect(throws: LiangmaError.self) { _ = try Rehearsal(trace: text) }
    }

    @Test func aMegabyteIsRefusedWhereverATextIsTaken() async throws {
        let text = String(repeating: "𠮷", count: 262_144)
        let platform = try await shared.value
        let open = try await terminal(platform)
        let form = LoginForm(
            name: text, documentType: .passport, documentNumber: text, phone: text, channel: .sms)
        let calls: [(String, () async throws -> Void)] = [
            ("a form", { _ = try await open.loginStart(form: form) }),
            ("a code", { _ = try await open.loginComplete(code: text) }),
            ("a link", { _ = try await open.faceReturned(linkBack: "https://phone.example/?state=\(text)&handle=\(text)") }),
            ("a statement", { _ = try await open.correct(about: .colour, statement: text) }),
            ("a device", { _ = try await open.endDevice(id: text) }),
            ("a language", {
                _ = try await open.recordConsent(purpose: .healthCode, textVersion: 1, language: text, given: true)
            }),
        ]
        for (what, call) in calls {
            do {
                try await call()
                Issue.record("it took \(what) of a megabyte")
            } catch let error as LiangmaError {
                // Errors never hold what was handed in.
                #expect("\(error)".utf8.count < 200, "\(what)")
            }
        }
        #expect(wordsOfState(code: text, language: .zhHans) == nil)
        #expect(try await open.state().stage == .loggedOut)
        await open.stop()
    }
}
