import CKeys
import Foundation
import LiangmaCore

/// Not an error of the port: what a careless implementation throws.
struct Careless: Error {}

/// A key store in Swift that keeps its keys in memory and can be made to fail.
final class MemoryKeyStore: KeyStore, @unchecked Sendable {
    private let lock = NSLock()
    private var device: OpaquePointer?
    private var wrapping: [UInt32: [UInt8]] = [:]
    private var kept: UInt64 = 0
    private var failure: (any Error)?
    private var delay: TimeInterval = 0

    deinit { ckey_free(device) }

    /// From now on every call throws this; `nil` ends it.
    func fail(with error: (any Error)?) { lock.withLock { failure = error } }
    /// From now on every call takes so long.
    func slow(_ seconds: TimeInterval) { lock.withLock { delay = seconds } }

    private func answer<Value>(_ work: () throws -> Value) throws -> Value {
        let wait = lock.withLock { delay }
        if wait > 0 { Thread.sleep(forTimeInterval: wait) }
        return try lock.withLock {
            if let failure { throw failure }
            return try work()
        }
    }

    func securityLevel() throws -> SecurityLevel { try answer { .insecure } }
    func phoneMark() throws -> Data { try answer { Data(repeating: 7, count: 16) } }

    func createDeviceKey() throws -> Data {
        try answer {
            ckey_free(device)
            device = ckey_new()
            return try publicKey()
        }
    }

    func deviceKey() throws -> Data { try answer(publicKey) }

    private func publicKey() throws -> Data {
        guard let device else { throw KeyStoreError.Missing }
        var bytes = [UInt8](repeating: 0, count: 65)
        guard ckey_public(device, &bytes) == 1 else { throw KeyStoreError.Failed(code: 1) }
        return Data(bytes)
    }

    func sign(message: Data) throws -> Data {
        try answer {
            guard let device else { throw KeyStoreError.Missing }
            var bytes = [UInt8](repeating: 0, count: 64)
            guard ckey_sign(device, [UInt8](message), message.count, &bytes) == 1 else {
                throw KeyStoreError.Failed(code: 2)
            }
            return Data(bytes)
        }
    }

    func createWrappingKey(generation: UInt32) throws {
        try answer {
            guard wrapping[generation] == nil else { return }
            var bytes = [UInt8](repeating: 0, count: 32)
            guard csecret_new(&bytes) == 1 else { throw KeyStoreError.Failed(code: 3) }
            wrapping[generation] = bytes
        }
    }

    func wrapDataKey(generation: UInt32, dataKey: Data) throws -> Data {
        try answer {
            guard let key = wrapping[generation] else { throw KeyStoreError.Missing }
            var sealed = [UInt8](repeating: 0, count: 60)
            guard csecret_wrap(key, [UInt8](dataKey), &sealed) == 1 else { throw KeyStoreError.Failed(code: 4) }
            return Data(sealed)
        }
    }

    func unwrapDataKey(generation: UInt32, wrapped: Data) throws -> Data {
        try answer {
            guard let key = wrapping[generation] else { throw KeyStoreError.Missing }
            var plain = [UInt8](repeating: 0, count: 32)
            guard wrapped.count == 60, csecret_unwrap(key, [UInt8](wrapped), &plain) == 1 else {
                throw KeyStoreError.NotUnwrapped
            }
            return Data(plain)
        }
    }

    func deleteWrappingKey(generation: UInt32) throws { try answer { wrapping[generation] = nil } }

    func deleteDeviceKey() throws {
        try answer {
            ckey_free(device)
            device = nil
        }
    }

    func epoch() throws -> UInt64 { try answer { kept } }
    func keepEpoch(epoch: UInt64) throws { try answer { kept = epoch } }
}
