import CKeys
import Fakes
import Foundation
import LiangmaCore
import Testing

/// A phone in a process of its own, killed at bad moments; what this process opens afterwards goes on.
@Suite(.serialized) struct KillTests {
    @Test func aPhoneKilledDuringTheFaceCheckTakesTheLinkAfterItsNextStart() async throws {
        let platform = try await SandboxPlatform()
        let phone = PhoneAway(of: platform)
        let before = try await phone.open()
        try await logIn(before, platform, as: "yellow", after: 0)
        await before.stop()
        let away = try phone.start("face")
        let url = try await away.said("handed over ")
        await #expect(throws: LiangmaError.Store(code: "store.in_use", retry: .later)) { _ = try await phone.open() }
        away.kill()
        let after = try await phone.open()
        #expect(try await after.state().faceCheckOpen)
        let link = try await SandboxFaceCheck().handOver(
            handoff: FaceHandoff(url: url, provider: "", state: "", patienceSeconds: 60))
        #expect(try await after.faceReturned(linkBack: link) == .passed)
        #expect(try await after.refresh().hoursAdded >= 24)
        #expect(try await after.state().stage == .ready)
        await after.stop()
    }

    @Test func whatWasAcknowledgedBeforeAKillIsThereOnceAndOnlyOnce() async throws {
        let platform = try await SandboxPlatform()
        let phone = PhoneAway(of: platform)
        let before = try await phone.open()
        try await logIn(before, platform, as: "yellow", after: 0)
        await before.stop()
        var acknowledged: [String] = []
        for kill in 0..<3 {
            // Nothing can be sent there: everything stays in the store.
            let away = try phone.start("write", platform: "http://127.0.0.1:1")
            // The next one is being written then.
            _ = try await away.said("waiting 2")
            try await Task.sleep(nanoseconds: UInt64(kill * 1_700_000))
            away.kill()
            acknowledged += away.lines.compactMap { $0.hasPrefix("waiting ") ? String($0.dropFirst(8)) : nil }
            let after = try await phone.open(platform: "http://127.0.0.1:1")
            let held = try await after.export(heldBy: .thisPhone)
            let statements = held.components(separatedBy: "\"statement ").dropFirst().compactMap {
                $0.components(separatedBy: ".\"").first
            }
            for number in Set(acknowledged) {
                let times = acknowledged.filter { $0 == number }.count
                let found = statements.filter { $0 == number }.count
                // The one that was under way may be there; nothing is there twice, and nothing is missing.
                #expect(found >= times && found <= kill + 1, "statement \(number)")
            }
            #expect(statements.count - acknowledged.count <= kill + 1)
            #expect(statements.count >= acknowledged.count)
            await after.stop()
        }
        #expect(acknowledged.count >= 6)
    }

    @Test func aFirstStartThatIsKilledAnywhereIsMadeGoodByTheNext() async throws {
        let platform = try await shared.value
        for milliseconds: UInt64 in [0, 2, 5, 9, 14, 20, 30, 50] {
            let phone = PhoneAway(of: platform)
            let away = try phone.start("open", platform: "http://127.0.0.1:1")
            _ = try await away.said("began")
            try await Task.sleep(nanoseconds: milliseconds * 1_000_000)
            away.kill()
            let after = try await phone.open()
            #expect(try await after.state().stage == .loggedOut, "killed after \(milliseconds) ms")
            await after.stop()
        }
    }

    @Test func aStoreWhoseUpgradeWasKilledHalfWayIsAsItWas() async throws {
        let platform = try await SandboxPlatform()
        let phone = PhoneAway(of: platform)
        let before = try await phone.open()
        try await logIn(before, platform, as: "yellow", after: 0)
        let state = try await before.state()
        await before.stop()
        let away = try phone.start("upgrade")
        _ = try await away.said("half")
        // Pages of the new version are on the disk.
        let journal = try FileManager.default.attributesOfItem(atPath: phone.database + "-wal")
        #expect((journal[.size] as? Int ?? 0) > 100_000)
        away.kill()
        let after = try await phone.open()
        let found = try await after.state()
        #expect(found.stage == state.stage && found.person == state.person && found.consents == state.consents)
        await after.stop()
        // A store of a later version is told, and is left as it is for that version.
        #expect(cstore_set_version(phone.database, 99) == 1)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: phone.database))
        await #expect(throws: LiangmaError.Store(code: "store.from_newer_version", retry: .afterChange)) {
            _ = try await phone.open()
        }
        let left = try Data(contentsOf: URL(fileURLWithPath: phone.database))
        #expect(left == bytes)
    }

    @Test func anOlderLibraryIsToldByItsVersion() async throws {
        let platform = try await shared.value
        let folder = platform.place("older")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let source = folder.appendingPathComponent("older.c")
        // All that a library of the first version has in common with these bindings.
        try "unsigned liangma_contract_version(void) { return 1; }\n".write(
            to: source, atomically: true, encoding: .utf8)
        let library = folder.appendingPathComponent("libliangma_ffi.so")
        let compiler = Process()
        compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        compiler.arguments = ["cc", "-shared", "-fPIC", "-o", library.path, source.path]
        try compiler.run()
        compiler.waitUntilExit()
        #expect(compiler.terminationStatus == 0)
        let phone = PhoneAway(of: platform)
        let older = try phone.start(nil, libraries: folder)
        #expect(try await older.said("wrong library ") == "1, bindings 2")
        let own = try phone.start(nil)
        #expect(try await own.said("library ") == "fits")
    }
}

/// One phone that a process of its own and this one open in turn: its folder, and its keys in a file.
private struct PhoneAway {
    let platform: SandboxPlatform
    private let installation: Installation
    private let keys: URL

    init(of platform: SandboxPlatform) {
        self.platform = platform
        installation = platform.installation()
        keys = platform.place("keys")
    }

    var database: String { "\(installation.folder)/store.db" }

    /// Opens it in this process.
    func open(platform address: String? = nil) async throws -> Terminal {
        var here = installation
        if let address { here.platform = address }
        return try await terminal(platform, keys: MemoryKeyStore(file: keys), installation: here)
    }

    /// Starts a process that opens it; without anything to do, one that looks at its library only.
    func start(_ what: String?, platform address: String? = nil, libraries: URL? = nil) throws -> Away {
        let arguments = what.map {
            [$0, installation.folder, address ?? platform.address, platform.trustRootFile.path, keys.path]
        }
        return try Away(arguments ?? [], libraries: libraries)
    }
}

/// The process.
private final class Away: @unchecked Sendable {
    private let process = Process()
    private let heard = Box("")

    init(_ arguments: [String], libraries: URL?) throws {
        process.executableURL = Bundle.main.executableURL?.deletingLastPathComponent()
            .appendingPathComponent("PhoneProcess")
        process.arguments = arguments
        if let libraries {
            process.environment = ProcessInfo.processInfo.environment.merging(
                ["LD_LIBRARY_PATH": libraries.path], uniquingKeysWith: { $1 })
        }
        let output = Pipe()
        process.standardOutput = output
        output.fileHandleForReading.readabilityHandler = { [heard] pipe in
            let more = pipe.availableData
            if more.isEmpty { pipe.readabilityHandler = nil }
            heard.change { $0 += String(decoding: more, as: UTF8.self) }
        }
        try process.run()
    }

    deinit { kill() }

    /// Whole lines that it said so far.
    var lines: [String] { heard.value.components(separatedBy: "\n").dropLast() }

    /// What follows this on the line that begins with it.
    func said(_ beginning: String) async throws -> String {
        try await SandboxPlatform.wait(for: "\(beginning); it said: \(lines)") {
            lines.first { $0.hasPrefix(beginning) }.map { String($0.dropFirst(beginning.count)) }
        }
    }

    /// Kills it as the system does, and waits until it is gone.
    func kill() {
        guard process.isRunning else { return }
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}
