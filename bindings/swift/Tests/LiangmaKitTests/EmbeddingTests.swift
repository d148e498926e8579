import Fakes
import Foundation
import LiangmaCore
import LiangmaKit
import Testing

// docs/EMBEDDING.md begins here
/// From nothing to a lit code. `ask` shows how the code came, and gives back what the person typed.
func litCode(
    installation: Installation, ports: Ports, form: LoginForm, ask: (LoginSent) async throws -> String
) async throws -> (terminal: Terminal, card: CardView) {
    try checkLibrary()
    let terminal = try await Terminal.open(installation: installation, ports: ports, opening: .asItIs)
    let sent = try await terminal.loginStart(form: form)
    _ = try await terminal.loginComplete(code: ask(sent))
    // Each purpose is asked about separately, with its text before the person's eyes.
    for purpose in [Purpose.healthCode, .faceCheck] {
        _ = try await terminal.recordConsent(purpose: purpose, textVersion: 1, language: "zh-Hans", given: true)
    }
    // A device that was not checked goes to the face provider, or to a counter: `counterHandle()`.
    if try await !terminal.apply(), try await terminal.faceCheck() != .passed {
        throw FaceCheckError.Cancelled
    }
    _ = try await terminal.refresh()
    return (terminal, terminal.cardView(language: .zhHans, view: .normal))
}

/// Draws the card of each second: what changed, and when to ask again.
func follow(_ card: CardView, width: UInt32, draw: (CardScene, CardRectangle) -> Void) async throws {
    while !Task.isCancelled, let frame = try await card.frame(width: width) {
        if let redraw = frame.redraw { draw(frame.scene, redraw) }
        try await Task.sleep(nanoseconds: UInt64(frame.nextInMilliseconds) * 1_000_000)
    }
}
// docs/EMBEDDING.md ends here

@Suite struct EmbeddingTests {
    @Test func whatTheGuideSaysLeadsToALitCode() async throws {
        let platform = try await SandboxPlatform()
        let form = LoginForm(
            name: "韦秀英", documentType: .residentIdentity, documentNumber: "330106198503126120",
            phone: "13800000001", channel: .sms)
        let (terminal, card) = try await litCode(
            installation: platform.installation(),
            ports: Ports(keys: MemoryKeyStore(), face: SandboxFaceCheck(), clock: nil), form: form
        ) { _ in try await platform.loginCode(to: "green") }
        var drawn = 0
        let following = Task { [card] in
            try await follow(card, width: 390) { scene, _ in if !scene.items.isEmpty { drawn += 1 } }
        }
        try await Task.sleep(nanoseconds: 2_300_000_000)
        following.cancel()
        _ = await following.result
        #expect(drawn >= 2)
        await terminal.stop()
    }

    @Test func theGuideShowsTheCodeThatRunsHere() throws {
        let source = try String(contentsOfFile: #filePath, encoding: .utf8)
        let guide = try String(contentsOf: checkout.appendingPathComponent("docs/EMBEDDING.md"), encoding: .utf8)
        let begins = try #require(source.range(of: "// docs/EMBEDDING.md begins here\n"))
        let ends = try #require(source.range(of: "// docs/EMBEDDING.md ends here\n"))
        #expect(guide.contains("```swift\n\(source[begins.upperBound..<ends.lowerBound])```"))
    }
}
