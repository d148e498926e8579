/// The version of the exported surface that these bindings are for: rises with `CONTRACT_VERSION` of the library.
public let contractVersionOfBindings: UInt32 = 2

/// The library is of another version than these bindings: the program has to be built with both of one version.
public struct WrongLibrary: Error, Equatable {
    /// The version of the library.
    public let library: UInt32
    /// The version of the bindings.
    public let bindings: UInt32
}

/// A plain C function, so that it can be asked before anything that an older library may lack.
@_silgen_name("liangma_contract_version") private func liangmaContractVersion() -> UInt32

/// Compares library and bindings. Call it before anything else: the generated code's own check ends the program with
/// words that help nobody.
public func checkLibrary() throws {
    try checkLibrary(version: liangmaContractVersion())
}

func checkLibrary(version: UInt32) throws {
    guard version == contractVersionOfBindings else {
        throw WrongLibrary(library: version, bindings: contractVersionOfBindings)
    }
}
