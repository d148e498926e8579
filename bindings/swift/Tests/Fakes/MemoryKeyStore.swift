import CKeys
import Foundation
import LiangmaCore

/// Not an error of the port: what a careless implementation throws.
public struct Careless: Error {
    public init() {}
}

/// A key store in Swift that can be made to fail. Its keys are in memory, or in a file: then they outlive the
/// process, as those of a phone do.
public final class MemoryKeyStore: KeyStore, @unchecked Sendable {
    private let lock = NSLock()
    private let mark: UInt8
    private let file: URL?
    private var device: OpaquePointer?
    private var wrapping: [UInt32: Data] = [:]
    private var kept: UInt64 = 0
    private var failure: (any Error)?
    private var delay: TimeInterval = 0
    private var calls = Calls()

    /// Who called, and how many at once.
    public struct Calls {
        public var threads: Set<UInt64> = []
        public var atOnce = 0
        public var mostAtOnce = 0
    }

    private struct Kept: Codable {
        var device: Data?
        var wrapping: [UInt32: Data]
        var epoch: UInt64
    }

    /// Keys of the phone with this mark: those in the file, or none yet.
    public init(mark: UInt8 = 7, file: URL? = nil) {
        self.mark = mark
        self.file = file
        guard let file, let bytes = try? Data(contentsOf: file),
            let found = try? PropertyListDecoder().decode(Kept.self, from: bytes)
        else { return }
        (wrapping, kept) = (found.wrapping, found.epoch)
        device = found.device.flatMap { ckey_load([UInt8]($0), Int32($0.count)) }
    }

    deinit { ckey_free(device) }

    /// From now on every call throws this; `nil` ends it.
    public func fail(with error: (any Error)?) { lock.withLock { failure = error } }
    /// From now on every call takes so long.
    public func slow(_ seconds: TimeInterval) { lock.withLock { delay = seconds } }
    /// Which thread this is.
    public static var thisThread: UInt64 { cthread() }
    /// Who called so far.
    public var called: Calls { lock.withLock { calls } }

    /// The system lost every key, as after a repair of the phone or a change of its lock.
    public func lose() {
        lock.withLock {
            ckey_free(device)
            (device, wrapping) = (nil, [:])
        }
    }

    private func answer<Value>(changing: Bool = false, _ work: () throws -> Value) throws -> Value {
        let wait = lock.withLock {
            calls.threads.insert(Self.thisThread)
            calls.atOnce += 1
            calls.mostAtOnce = max(calls.mostAtOnce, calls.atOnce)
            return delay
        }
        defer { lock.withLock { calls.atOnce -= 1 } }
        if wait > 0 { Thread.sleep(forTimeInterval: wait) }
        return try lock.withLock {
            if let failure { throw failure }
            let value = try work()
            if changing { try save() }
            return value
        }
    }

    private func save() throws {
        guard let file else { return }
        var key: Data?
        if let device {
            var bytes = [UInt8](repeating: 0, count: 512)
            let length = ckey_save(device, &bytes, Int32(bytes.count))
            guard length > 0 else { throw KeyStoreError.Failed(code: 5) }
            key = Data(bytes.prefix(Int(length)))
        }
        let bytes = try PropertyListEncoder().encode(Kept(device: key, wrapping: wrapping, epoch: kept))
        try bytes.write(to: file, options: .atomic)
    }

    public func securityLevel() throws -> SecurityLevel { try answer { .insecure } }
    public func phoneMark() throws -> Data { try answer { Data(repeating: mark, count: 16) } }

    public func createDeviceKey() throws -> Data {
        try answer(changing: true) {
            ckey_free(device)
            device = ckey_new()
            return try publicKey()
        }
    }

    public func deviceKey() throws -> Data { try answer { try publicKey() } }

    private func publicKey() throws -> Data {
        guard let device else { throw KeyStoreError.Missing }
        var bytes = [UInt8](repeating: 0, count: 65)
        guard ckey_public(device, &bytes) == 1 else { throw KeyStoreError.Failed(code: 1) }
        return Data(bytes)
    }

    public func sign(message: Data) throws -> Data {
        try answer {
            guard let device else { throw KeyStoreError.Missing }
            var bytes = [UInt8](repeating: 0, count: 64)
            guard ckey_sign(device, [UInt8](message), message.count, &bytes) == 1 else {
                throw KeyStoreError.Failed(code: 2)
            }
            return Data(bytes)
        }
    }

    public func createWrappingKey(generation: UInt32) throws {
        try answer(changing: true) {
            guard wrapping[generation] == nil else { return }
            var bytes = [UInt8](repeating: 0, count: 32)
            guard csecret_new(&bytes) == 1 else { throw KeyStoreError.Failed(code: 3) }
            wrapping[generation] = Data(bytes)
        }
    }

    public func wrapDataKey(generation: UInt32, dataKey: Data) throws -> Data {
        try answer {
            guard let key = wrapping[generation] else { throw KeyStoreError.Missing }
            var sealed = [UInt8](repeating: 0, count: 60)
            guard csecret_wrap([UInt8](key), [UInt8](dataKey), &sealed) == 1 else {
                throw KeyStoreError.Failed(code: 4)
            }
            return Data(sealed)
        }
    }

    public func unwrapDataKey(generation: UInt32, wrapped: Data) throws -> Data {
        try answer {
            guard let key = wrapping[generation] else { throw KeyStoreError.Missing }
            var plain = [UInt8](repeating: 0, count: 32)
            guard wrapped.count == 60, csecret_unwrap([UInt8](key), [UInt8](wrapped), &plain) == 1 else {
                throw KeyStoreError.NotUnwrapped
            }
            return Data(plain)
        }
    }

    public func deleteWrappingKey(generation: UInt32) throws {
        try answer(changing: true) { wrapping[generation] = nil }
    }

    public func deleteDeviceKey() throws {
        try answer(changing: true) {
            ckey_free(device)
            device = nil
        }
    }

    public func epoch() throws -> UInt64 { try answer { kept } }
    public func keepEpoch(epoch: UInt64) throws { try answer(changing: true) { kept = epoch } }
}
