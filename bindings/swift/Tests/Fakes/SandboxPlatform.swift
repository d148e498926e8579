import Foundation
import LiangmaCore

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The reference platform as a process of its own, with invented people, started by a test.
public final class SandboxPlatform: @unchecked Sendable {
    public let address: String
    public let trustRoot: Data
    public let trustRootFile: URL
    private let folder: URL
    private let process = Process()
    private let life = Pipe()
    private let said: Said

    /// What the platform printed.
    private final class Said: @unchecked Sendable {
        private let lock = NSLock()
        private var bytes = Data()
        var text: String { lock.withLock { String(decoding: bytes, as: UTF8.self) } }
        func add(_ more: Data) { lock.withLock { bytes.append(more) } }
    }

    public struct DidNotCome: Error, CustomStringConvertible {
        public let description: String
        public init(description: String) { self.description = description }
    }

    public init() async throws {
        guard let program = ProcessInfo.processInfo.environment["LIANGMA_BIN"] else {
            throw DidNotCome(description: "LIANGMA_BIN must name the program liangma: run cargo xtask test swift")
        }
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("liangma-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let counterKey = folder.appendingPathComponent("counter.pub")
        // A public key that no test uses, so that the platform has one.
        try """
        -----BEGIN PUBLIC KEY-----
        MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
        -----END PUBLIC KEY-----

        """.write(to: counterKey, atomically: true, encoding: .utf8)
        let data = folder.appendingPathComponent("data")
        // It ends with these tests, however they end: then its keeper's input comes to its end.
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.standardInput = life
        process.arguments = [
            "-c", "\"$@\" & child=$!; cat; kill -9 $child", "sh", program, "serve", "--sandbox", "--listen", "127.0.0.1:0", "--data", data.path, "--counter-key", counterKey.path,
        ]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        let said = Said()
        self.said = said
        pipe.fileHandleForReading.readabilityHandler = { pipe in
            let more = pipe.availableData
            if more.isEmpty { pipe.readabilityHandler = nil }
            said.add(more)
        }
        try process.run()
        let from = "serves http://"
        let host: String = try await SandboxPlatform.wait(for: "the platform's address; it said: \(said.text)") {
            guard let at = said.text.range(of: from) else { return nil }
            let rest = said.text[at.upperBound...]
            guard let end = rest.firstIndex(where: { ", \n".contains($0) }) else { return nil }
            return String(rest[..<end])
        }
        address = "http://\(host)"
        trustRootFile = data.appendingPathComponent("root.cbor")
        trustRoot = try Data(contentsOf: trustRootFile)
    }

    deinit {
        try? life.fileHandleForWriting.close()
        try? FileManager.default.removeItem(at: folder)
    }

    /// The last login code that was sent to an invented person after so many.
    public func loginCode(to person: String, after sent: Int = 0) async throws -> String {
        let mark = "to \(person): login code "
        return try await SandboxPlatform.wait(for: "a login code for \(person)") { [said] in
            let parts = said.text.components(separatedBy: mark)
            guard parts.count > sent + 1, parts[sent + 1].count >= 6 else { return nil }
            return String(parts[sent + 1].prefix(6))
        }
    }

    /// A place of its own for a test, gone with the platform.
    public func place(_ name: String) -> URL { folder.appendingPathComponent("\(name)-\(UUID().uuidString)") }

    /// A new installation in a folder of its own.
    public func installation(_ name: String = UUID().uuidString, languages: [String] = ["zh-CN"]) -> Installation {
        Installation(
            folder: folder.appendingPathComponent("phone-\(name)").path, platform: address, platformRoots: [],
            platformPins: [], trustRoot: trustRoot, languages: languages)
    }

    public static func wait<Value>(
        for what: @autoclosure () -> String, look: () async throws -> Value?
    ) async throws -> Value {
        let end = Date().addingTimeInterval(60)
        while Date() < end {
            if let found = try await look() { return found }
            try await Task.sleep(nanoseconds: 20_000_000)
        }
        throw DidNotCome(description: "this did not come: \(what())")
    }
}

/// A face check in Swift: asks the sandbox provider to end the check so, and returns the link back.
public final class SandboxFaceCheck: FaceCheck, @unchecked Sendable {
    private let outcome: String
    public init(outcome: String = "pass") { self.outcome = outcome }

    public func handOver(handoff: FaceHandoff) async throws -> String {
        guard let page = URLComponents(string: handoff.url),
            let ticket = page.queryItems?.first(where: { $0.name == "ticket" })?.value
        else { throw FaceCheckError.NotOpened }
        var provider = page
        provider.path = "/outcomes"
        provider.query = nil
        guard let url = provider.url else { throw FaceCheckError.NotOpened }
        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.httpBody = try JSONSerialization.data(withJSONObject: ["ticket": ticket, "outcome": outcome])
        let (body, _) = try await URLSession.shared.data(for: request)
        guard let chosen = try JSONSerialization.jsonObject(with: body) as? [String: String],
            let state = chosen["state"], let handle = chosen["handle"]
        else { throw FaceCheckError.NotOpened }
        return "https://phone.example/face?state=\(state)&handle=\(handle)"
    }
}

/// Keeps what a phone shows.
public final class Ear: PhoneListener, @unchecked Sendable {
    private let lock = NSLock()
    private var screens: [Screen] = []
    private var effects: [Effect] = []
    public var isCareless = false

    public init() {}

    public func show(screen: Screen) throws {
        lock.withLock { screens.append(screen) }
        if isCareless { throw Careless() }
    }
    public func perform(effect: Effect) throws { lock.withLock { effects.append(effect) } }

    public var screen: Screen? { lock.withLock { screens.last } }
    public var shown: Int { lock.withLock { screens.count } }

    /// Waits for a screen.
    public func wait(for what: String, until fits: (Screen) -> Bool) async throws -> Screen {
        let end = Date().addingTimeInterval(60)
        while Date() < end {
            if let screen, fits(screen) { return screen }
            try await Task.sleep(nanoseconds: 10_000_000)
        }
        throw SandboxPlatform.DidNotCome(
            description: "\(what); the last screen is \(screen?.route ?? "none")")
    }
}
