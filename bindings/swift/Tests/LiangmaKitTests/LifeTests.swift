import Fakes
import Foundation
import LiangmaCore
import Testing

/// One platform for the tests that do not change it.
let shared = Task { try await SandboxPlatform() }

func terminal(
    _ platform: SandboxPlatform, keys: MemoryKeyStore = MemoryKeyStore(), face: any FaceCheck = SandboxFaceCheck(),
    clock: (any PhoneClock)? = nil, installation: Installation? = nil, opening: Opening = .asItIs
) async throws -> Terminal {
    try await Terminal.open(
        installation: installation ?? platform.installation(), ports: Ports(keys: keys, face: face, clock: clock),
        opening: opening)
}

/// The tests share a platform and count its messages: one after the other.
@Suite(.serialized) struct LifeTests {
    @Test func aTerminalGoesFromNothingToALitCode() async throws {
        let platform = try await SandboxPlatform()
        let keys = MemoryKeyStore()
        let installation = platform.installation()
        let open = try await terminal(platform, keys: keys, installation: installation)
        #expect(try await open.state().stage == .loggedOut)
        try await logIn(open, platform, as: "green", after: 0)
        #expect(try await open.faceCheck() == .passed)
        let refreshed = try await open.refresh()
        #expect(refreshed.hoursAdded >= 24)
        #expect(try await open.state().stage == .ready)
        #expect(try open.why()?.colour == "green")
        let card = open.cardView(language: .zhHans, view: .normal)
        let frame = try #require(try await card.frame(width: 390))
        let drawsACode = frame.scene.items.contains { item in
            if case .qr(let rows, _, _) = item.drawing { return rows.count >= 21 } else { return false }
        }
        #expect(drawsACode)
        #expect(frame.scene.items.contains { $0.id == "band" })
        #expect(frame.redraw?.width == frame.scene.width)
        #expect(frame.nextInMilliseconds <= 1000)
        #expect(frame.scene.readingOrder.allSatisfy { !$0.label.isEmpty })
        // The clock is all that changes from one second to the next.
        try await Task.sleep(nanoseconds: UInt64(frame.nextInMilliseconds) * 1_000_000 + 20_000_000)
        let next = try #require(try await card.frame(width: 390))
        if let redraw = next.redraw { #expect(redraw.height < frame.scene.height) }
        // Another process takes up where this one ended.
        await open.stop()
        await #expect(throws: LiangmaError.Stopped(code: "call.stopped", retry: .never)) { _ = try await open.state() }
        let again = try await terminal(platform, keys: keys, installation: installation)
        #expect(try await again.state().stage == .ready)
        try await again.erase()
    }

    @Test func aPhoneGoesFromItsFirstPageToALitCode() async throws {
        let platform = try await SandboxPlatform()
        let phone = try await Phone.start(
            installation: platform.installation(),
            ports: Ports(keys: MemoryKeyStore(), face: SandboxFaceCheck(), clock: nil))
        let ear = Ear()
        let listening = try phone.listen(listener: ear)
        try await walk(phone, ear, platform)
        let lit = try await ear.wait(for: "a lit code") { screen in
            screen.widgets.contains { if case .codeCard = $0.kind { return true } else { return false } }
        }
        #expect(!lit.capture)
        #expect(lit.keepAwake)
        let frame = try #require(try await phone.cardView().frame(width: 390))
        #expect(frame.scene.items.contains { $0.id == "qr" })
        listening.cancel()
        await phone.stop()
    }

    /// Does what a person does on each page, until the card is there.
    private func walk(_ phone: Phone, _ ear: Ear, _ platform: SandboxPlatform) async throws {
        let person = form(of: "green")
        var revision: UInt64 = 100
        for _ in 0..<40 {
            let screen = try await ear.wait(for: "a page that waits for the person") { screen in
                !screen.widgets.contains { if case .progress = $0.kind { return true } else { return false } }
            }
            let shown = ear.shown
            if screen.widgets.contains(where: { if case .codeCard = $0.kind { return true } else { return false } }) {
                return
            }
            for widget in screen.widgets {
                switch widget.kind {
                case .field(let purpose, let text, _, _, _) where text.isEmpty:
                    let typed: String
                    switch purpose {
                    case .name: typed = person.name
                    case .documentNumber: typed = person.documentNumber
                    case .phone: typed = person.phone
                    case .oneTimeCode: typed = try await platform.loginCode(to: "green")
                    case .number, .text: continue
                    }
                    revision += 1
                    try phone.send(event: .typed(widget: widget.id, text: typed, revision: revision))
                case .consent(_, _, nil): try phone.send(event: .switched(widget: widget.id, on: true))
                default: continue
                }
            }
            // The way on, when it can be gone.
            for _ in 0..<100 {
                let now = try phone.screen()
                if now.route != screen.route { break }
                let on = now.widgets.first { widget in
                    if case .button(.primary) = widget.kind { return widget.whyNot == nil } else { return false }
                }
                if let on {
                    try phone.send(event: .pressed(widget: on.id))
                    break
                }
                try await Task.sleep(nanoseconds: 20_000_000)
            }
            for _ in 0..<100 where ear.shown == shown { try await Task.sleep(nanoseconds: 20_000_000) }
            try await Task.sleep(nanoseconds: 150_000_000)
        }
    }

    @Test func aKeyStoreThatThrowsIsAnErrorWithItsState() async throws {
        let platform = try await shared.value
        let keys = MemoryKeyStore()
        for (thrown, code) in [
            (KeyStoreError.Busy as any Error, "busy"), (KeyStoreError.Locked, "locked"), (Careless(), "failed"),
        ] {
            keys.fail(with: thrown)
            do {
                _ = try await terminal(platform, keys: keys)
                Issue.record("it opened without keys: \(code)")
            } catch LiangmaError.Keys(let found, _) {
                #expect(!found.isEmpty)
            }
        }
        keys.fail(with: nil)
        _ = try await terminal(platform, keys: keys)
    }

    @Test func aFaceCheckThatThrowsIsAnOutcomeAndNotACrash() async throws {
        let platform = try await SandboxPlatform()
        let open = try await terminal(platform, face: CarelessFaceCheck())
        try await logIn(open, platform, as: "yellow", after: 0)
        #expect(try await open.faceCheck() == .notOpened)
    }

    @Test func aLongCallIsCancelledAndTheNextOneWorks() async throws {
        let platform = try await SandboxPlatform()
        let face = EndlessFaceCheck()
        let open = try await terminal(platform, face: face)
        try await logIn(open, platform, as: "yellow", after: 0)
        let waiting = Task { try await open.faceCheck() }
        try await face.come(to: "the face check") { $0.began == 1 }
        open.cancel()
        await #expect(throws: LiangmaError.Cancelled(code: "call.cancelled", retry: .later)) {
            _ = try await waiting.value
        }
        // The port's own task is told, so that it can close the provider's page.
        try await face.come(to: "the end of the port's task") { $0.cancelled == 1 }
        #expect(try await open.state().faceCheckOpen)
    }

    @Test func aSlowKeyStoreDelaysOnlyItsOwnCall() async throws {
        let platform = try await shared.value
        let keys = MemoryKeyStore()
        keys.slow(0.3)
        let began = Date()
        async let slow = terminal(platform, keys: keys)
        async let quick = terminal(platform)
        _ = try await quick
        let quickTook = Date().timeIntervalSince(began)
        _ = try await slow
        #expect(quickTook < Date().timeIntervalSince(began))
    }

    @Test func twoTerminalsDoNotShareAFolder() async throws {
        let platform = try await shared.value
        let (keys, installation) = (MemoryKeyStore(), platform.installation())
        let first = try await terminal(platform, keys: keys, installation: installation)
        await #expect(throws: LiangmaError.Store(code: "store.in_use", retry: .later)) {
            _ = try await terminal(platform, keys: keys, installation: installation)
        }
        await first.stop()
        _ = try await terminal(platform, keys: keys, installation: installation)
    }

    @Test func aFailingListenerIsCalledAgain() async throws {
        let phone = try await Phone.start(
            installation: try await shared.value.installation(),
            ports: Ports(keys: MemoryKeyStore(), face: SandboxFaceCheck(), clock: nil))
        let ear = Ear()
        ear.isCareless = true
        let listening = try phone.listen(listener: ear)
        _ = try await ear.wait(for: "the first page") { _ in true }
        let first = ear.shown
        try phone.send(event: .pressed(widget: "on"))
        _ = try await ear.wait(for: "the next page") { _ in ear.shown > first }
        listening.cancel()
        await phone.stop()
    }

    @Test func everyKindOfTextComesBackAsItWasTypedOrIsRefused() async throws {
        let phone = try await Phone.start(
            installation: try await shared.value.installation(),
            ports: Ports(keys: MemoryKeyStore(), face: SandboxFaceCheck(), clock: nil))
        let ear = Ear()
        let listening = try phone.listen(listener: ear)
        for _ in 0..<10 where try phone.screen().route != "login.person" {
            let shown = ear.shown
            try phone.send(event: .pressed(widget: "on"))
            _ = try await ear.wait(for: "the next page") { _ in ear.shown > shown }
        }
        #expect(try phone.screen().route == "login.person")
        var revision: UInt64 = 10
        for text in [
            "𠮷田·买买提", "👩‍👩‍👧‍👦 e\u{301}", "\u{0}\u{7}\u{202E}",
            // What half of an emoji becomes in Swift, which has no lone surrogates.
            String(decoding: [0xD83D, 0x41] as [UInt16], as: UTF16.self), "",
        ] {
            revision += 1
            let sent = revision
            try phone.send(event: .typed(widget: "name", text: text, revision: sent))
            let screen = try await ear.wait(for: "what was typed") { screen in
                guard case .field(_, _, let now, _, _) = screen.widgets.first(where: { $0.id == "name" })?.kind else {
                    return false
                }
                return now >= sent
            }
            guard case .field(_, let now, _, _, _) = screen.widgets.first(where: { $0.id == "name" })?.kind else {
                continue
            }
            #expect(now.unicodeScalars.elementsEqual(text.unicodeScalars))
        }
        let megabyte = String(repeating: "𠮷", count: 262_144)
        #expect(throws: LiangmaError.Input(code: "event.too_long", retry: .afterChange)) {
            try phone.send(event: .typed(widget: "name", text: megabyte, revision: 99))
        }
        #expect(try phone.screen().route == "login.person")
        listening.cancel()
        await phone.stop()
    }
}
