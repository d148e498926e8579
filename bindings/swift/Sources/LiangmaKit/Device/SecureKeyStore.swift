#if canImport(Security) && canImport(CryptoKit)
    import CryptoKit
    import Foundation
    import LiangmaCore
    import Security

    /// Keys in the Secure Enclave, their wrapped forms in the keychain of this device alone: nothing goes into a
    /// backup that another phone could use, and nothing is synchronised. Where there is no Secure Enclave, as in a
    /// simulator, it says so (`security_level`) and keeps software keys in the same place.
    ///
    /// Keys can be used after the first unlock: a code is shown and renewed without asking the person each time.
    public final class SecureKeyStore: KeyStore, @unchecked Sendable {
        private let service: String
        private let lock = NSLock()

        /// The keys of one installation, told apart by a name.
        public init(service: String = "org.liangma.keys") {
            self.service = service
        }

        private static let device = "device"
        private static let mark = "mark"
        private static let epochName = "epoch"
        private static func wrapping(_ generation: UInt32) -> String { "wrapping.\(generation)" }
        /// Both sides of the wrapping agree on this.
        private static let purpose = Data("liangma data key".utf8)

        public func securityLevel() throws -> SecurityLevel { SecureEnclave.isAvailable ? .secureElement : .software }

        public func phoneMark() throws -> Data {
            try lock.withLock {
                if let mark = try read(Self.mark) { return mark }
                let mark = SymmetricKey(size: .bits128).withUnsafeBytes { Data($0) }
                try write(Self.mark, mark)
                return mark
            }
        }

        // ---- the device key

        public func createDeviceKey() throws -> Data {
            try lock.withLock {
                if SecureEnclave.isAvailable {
                    let key = try checked { try SecureEnclave.P256.Signing.PrivateKey(accessControl: control()) }
                    try write(Self.device, key.dataRepresentation)
                    return key.publicKey.x963Representation
                }
                let key = P256.Signing.PrivateKey()
                try write(Self.device, key.rawRepresentation)
                return key.publicKey.x963Representation
            }
        }

        public func deviceKey() throws -> Data {
            try lock.withLock {
                let kept = try require(Self.device)
                if SecureEnclave.isAvailable {
                    return try checked { try SecureEnclave.P256.Signing.PrivateKey(dataRepresentation: kept) }
                        .publicKey.x963Representation
                }
                return try checked { try P256.Signing.PrivateKey(rawRepresentation: kept) }.publicKey
                    .x963Representation
            }
        }

        public func sign(message: Data) throws -> Data {
            try lock.withLock {
                let kept = try require(Self.device)
                if SecureEnclave.isAvailable {
                    return try checked {
                        try SecureEnclave.P256.Signing.PrivateKey(dataRepresentation: kept).signature(for: message)
                    }.rawRepresentation
                }
                return try checked {
                    try P256.Signing.PrivateKey(rawRepresentation: kept).signature(for: message)
                }.rawRepresentation
            }
        }

        public func deleteDeviceKey() throws { try lock.withLock { try remove(Self.device) } }

        // ---- the wrapping keys

        public func createWrappingKey(generation: UInt32) throws {
            try lock.withLock {
                let name = Self.wrapping(generation)
                if try read(name) != nil { return }
                if SecureEnclave.isAvailable {
                    let key = try checked { try SecureEnclave.P256.KeyAgreement.PrivateKey(accessControl: control()) }
                    try write(name, key.dataRepresentation)
                } else {
                    try write(name, P256.KeyAgreement.PrivateKey().rawRepresentation)
                }
            }
        }

        public func wrapDataKey(generation: UInt32, dataKey: Data) throws -> Data {
            try lock.withLock {
                let once = P256.KeyAgreement.PrivateKey()
                let ours = try publicWrappingKey(generation)
                let sealed: Data? = try checked {
                    let shared = try once.sharedSecretFromKeyAgreement(with: ours)
                    return try AES.GCM.seal(dataKey, using: Self.key(shared, once.publicKey)).combined
                }
                guard let sealed else { throw KeyStoreError.Unsupported }
                return once.publicKey.x963Representation + sealed
            }
        }

        public func unwrapDataKey(generation: UInt32, wrapped: Data) throws -> Data {
            try lock.withLock {
                let kept = try require(Self.wrapping(generation))
                guard wrapped.count > 65, let once = try? P256.KeyAgreement.PublicKey(x963Representation: wrapped.prefix(65))
                else { throw KeyStoreError.NotUnwrapped }
                let shared =
                    SecureEnclave.isAvailable
                    ? try checked {
                        try SecureEnclave.P256.KeyAgreement.PrivateKey(dataRepresentation: kept)
                            .sharedSecretFromKeyAgreement(with: once)
                    }
                    : try checked {
                        try P256.KeyAgreement.PrivateKey(rawRepresentation: kept)
                            .sharedSecretFromKeyAgreement(with: once)
                    }
                // Only here a failure means that the bytes do not fit: the key itself was used already.
                guard let box = try? AES.GCM.SealedBox(combined: wrapped.dropFirst(65)),
                    let plain = try? AES.GCM.open(box, using: Self.key(shared, once))
                else { throw KeyStoreError.NotUnwrapped }
                return plain
            }
        }

        public func deleteWrappingKey(generation: UInt32) throws {
            try lock.withLock { try remove(Self.wrapping(generation)) }
        }

        private func publicWrappingKey(_ generation: UInt32) throws -> P256.KeyAgreement.PublicKey {
            let kept = try require(Self.wrapping(generation))
            if SecureEnclave.isAvailable {
                return try checked { try SecureEnclave.P256.KeyAgreement.PrivateKey(dataRepresentation: kept) }.publicKey
            }
            return try checked { try P256.KeyAgreement.PrivateKey(rawRepresentation: kept) }.publicKey
        }

        private static func key(_ shared: SharedSecret, _ once: P256.KeyAgreement.PublicKey) -> SymmetricKey {
            shared.hkdfDerivedSymmetricKey(
                using: SHA256.self, salt: once.x963Representation, sharedInfo: purpose, outputByteCount: 32)
        }

        // ---- the epoch

        public func epoch() throws -> UInt64 {
            try lock.withLock {
                try read(Self.epochName)?.reduce(0) { $0 << 8 | UInt64($1) } ?? 0
            }
        }

        public func keepEpoch(epoch: UInt64) throws {
            try lock.withLock { try write(Self.epochName, withUnsafeBytes(of: epoch.bigEndian) { Data($0) }) }
        }

        // ---- the keychain

        private func control() throws -> SecAccessControl {
            var error: Unmanaged<CFError>?
            let control = SecAccessControlCreateWithFlags(
                nil, kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly, .privateKeyUsage, &error)
            guard let control else { throw trouble(error?.takeRetainedValue()) }
            return control
        }

        private func item(_ name: String) -> [CFString: Any] {
            [
                kSecClass: kSecClassGenericPassword, kSecAttrService: service, kSecAttrAccount: name,
                kSecAttrSynchronizable: false, kSecUseDataProtectionKeychain: true,
            ]
        }

        private func read(_ name: String) throws -> Data? {
            var query = item(name)
            query[kSecReturnData] = true
            var found: CFTypeRef?
            let status = SecItemCopyMatching(query as CFDictionary, &found)
            if status == errSecItemNotFound { return nil }
            guard status == errSecSuccess, let data = found as? Data else { throw keyStoreError(status: status) }
            return data
        }

        private func require(_ name: String) throws -> Data {
            guard let data = try read(name) else { throw KeyStoreError.Missing }
            return data
        }

        private func write(_ name: String, _ data: Data) throws {
            let values: [CFString: Any] = [
                kSecValueData: data, kSecAttrAccessible: kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly,
            ]
            var status = SecItemUpdate(item(name) as CFDictionary, values as CFDictionary)
            if status == errSecItemNotFound {
                status = SecItemAdd(item(name).merging(values) { _, new in new } as CFDictionary, nil)
            }
            guard status == errSecSuccess else { throw keyStoreError(status: status) }
        }

        private func remove(_ name: String) throws {
            let status = SecItemDelete(item(name) as CFDictionary)
            guard status == errSecSuccess || status == errSecItemNotFound else { throw keyStoreError(status: status) }
        }

        /// The Secure Enclave's own errors, as states of the keys.
        private func checked<Value>(_ work: () throws -> Value) throws -> Value {
            do { return try work() } catch let known as KeyStoreError { throw known } catch { throw trouble(error) }
        }

        private func trouble(_ error: (any Error)?) -> KeyStoreError {
            guard let error else { return .Failed(code: 0) }
            return keyStoreError(status: Int32(truncatingIfNeeded: (error as NSError).code))
        }
    }
#endif
