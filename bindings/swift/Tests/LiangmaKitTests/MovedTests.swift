import Fakes
import Foundation
import LiangmaCore
import Testing

/// Keys that are gone, another phone, another zone, another language.
@Suite(.serialized) struct MovedTests {
    @Test func anEmptiedKeyStoreIsToldAndNothingIsWiped() async throws {
        let platform = try await shared.value
        let (keys, clock, installation) = (MemoryKeyStore(), TravellingClock(), platform.installation())
        let open = { (opening: Opening) in
            try await terminal(platform, keys: keys, clock: clock, installation: installation, opening: opening)
        }
        let first = try await open(.asItIs)
        await first.stop()
        let before = try files(in: installation.folder)
        keys.lose()
        for _ in 0..<2 {
            do {
                _ = try await open(.asItIs)
                Issue.record("it opened without its keys")
            } catch LiangmaError.Keys(let code, let retry) {
                #expect(wordsOfState(code: code, language: .zhHans) != nil, "\(code)")
                #expect(retry != .never)
            }
        }
        let after = try files(in: installation.folder)
        #expect(before.allSatisfy { after[$0.key] == $0.value })
        // Not even by the person's wish is anything put in its place before the phone was started anew: a key store
        // may find its keys again.
        await #expect(throws: LiangmaError.Keys(code: "key.unsure", retry: .afterChange)) {
            _ = try await open(.beginAnew)
        }
        clock.restart()
        let anew = try await open(.beginAnew)
        #expect(try await anew.state().stage == .loggedOut)
        await anew.stop()
    }

    @Test func aBackupOnAnotherPhoneOpensNothingThereAndWorksOnWhereItCameFrom() async throws {
        let platform = try await SandboxPlatform()
        let (keys, here) = (MemoryKeyStore(mark: 7), platform.installation())
        let first = try await terminal(platform, keys: keys, installation: here)
        try await logIn(first, platform, as: "green", after: 0)
        _ = try await first.faceCheck()
        _ = try await first.refresh()
        await first.stop()
        let there = platform.installation()
        try FileManager.default.copyItem(atPath: here.folder, toPath: there.folder)
        let other = MemoryKeyStore(mark: 8)
        await #expect(throws: LiangmaError.Keys(code: "key.restored_without_key", retry: .afterChange)) {
            _ = try await terminal(platform, keys: other, installation: there)
        }
        let (restored, original) = (try files(in: there.folder), try files(in: here.folder))
        #expect(restored == original)
        let anew = try await terminal(platform, keys: other, installation: there, opening: .beginAnew)
        #expect(try await anew.state().stage == .loggedOut)
        let why = try anew.why()
        #expect(why == nil)
        await anew.stop()
        let again = try await terminal(platform, keys: keys, installation: here)
        #expect(try await again.state().stage == .ready)
        await again.stop()
    }

    @Test func anotherZoneOrLanguageOfThePhoneChangesNothingOnTheCard() async throws {
        let platform = try await SandboxPlatform()
        let clock = TravellingClock()
        let open = try await terminal(platform, clock: clock)
        try await logIn(open, platform, as: "green", after: 0)
        _ = try await open.faceCheck()
        _ = try await open.refresh()
        var beijing = Calendar(identifier: .gregorian)
        beijing.timeZone = try #require(TimeZone(secondsFromGMT: 8 * 3600))
        let zoneBefore = NSTimeZone.default
        defer { NSTimeZone.default = zoneBefore }
        for (zone, language) in [
            ("Asia/Shanghai", Language.zhHans), ("America/New_York", .en), ("Australia/Lord_Howe", .zhHant),
            ("Pacific/Kiritimati", .en), ("", .zhHans), ("Nowhere/Unknown", .zhHant),
        ] {
            clock.zone = zone
            if let system = TimeZone(identifier: zone) { NSTimeZone.default = system }
            let card = open.cardView(language: language, view: .normal)
            let before = Date().timeIntervalSince1970.rounded(.down)
            let frame = try #require(try await card.frame(width: 390))
            let texts = frame.scene.items.compactMap { item in
                if case .text(let text, _, _, _, _, _, _, _, _) = item.drawing { return text } else { return nil }
            }
            let seconds = stride(from: before, through: Date().timeIntervalSince1970, by: 1).map { second in
                let date = Date(timeIntervalSince1970: second)
                let parts = beijing.dateComponents([.hour, .minute, .second], from: date)
                return [parts.hour, parts.minute, parts.second].map { String(($0 ?? 0) + 100).dropFirst() }
                    .joined(separator: ":")
            }
            #expect(texts.contains { text in seconds.contains { text.contains($0) } }, "\(zone): \(texts)")
            #expect(frame.scene.items.contains { $0.id == "qr" })
        }
        // A clock that cannot be read is no crash either; the code is genuine, and not live.
        let card = open.cardView(language: .zhHans, view: .normal)
        clock.fails = true
        #expect(try await open.state().stage == .ready)
        let unsure = try #require(try await card.frame(width: 390))
        #expect(!unsure.scene.items.isEmpty)
        clock.fails = false
        let sure = try #require(try await card.frame(width: 390))
        #expect(sure.scene.items.contains { $0.id == "qr" })
        await open.stop()
    }

    /// Every file of a folder with its bytes.
    private func files(in folder: String) throws -> [String: Data] {
        var found: [String: Data] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            found[name] = FileManager.default.contents(atPath: "\(folder)/\(name)")
        }
        return found
    }
}

/// The clocks of this machine, on a phone that travels.
private final class TravellingClock: PhoneClock, @unchecked Sendable {
    private let lock = NSLock()
    private var place = (zone: "Asia/Shanghai", fails: false)
    private var boot: UInt8 = 3
    /// The phone is switched off and on.
    func restart() { lock.withLock { boot += 1 } }
    var zone: String {
        get { lock.withLock { place.zone } }
        set { lock.withLock { place.zone = newValue } }
    }
    var fails: Bool {
        get { lock.withLock { place.fails } }
        set { lock.withLock { place.fails = newValue } }
    }

    func wall() throws -> WallReading {
        if fails { throw Careless() }
        return WallReading(milliseconds: Int64(Date().timeIntervalSince1970 * 1000), zone: zone)
    }

    func monotonic() throws -> MonotonicReading {
        if fails { throw ClockError.Unavailable }
        let milliseconds = UInt64(ProcessInfo.processInfo.systemUptime * 1000)
        return MonotonicReading(sinceBootMilliseconds: milliseconds, boot: lock.withLock { Data(repeating: boot, count: 16) })
    }
}
