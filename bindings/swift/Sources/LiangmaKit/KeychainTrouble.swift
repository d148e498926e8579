import LiangmaCore

/// What Apple's keychain answers, as states of the keys. Only "not found" says that a key is absent; whatever is not
/// known is told with its number, and nothing is ever made anew because of it.
public func keyStoreError(status: Int32) -> KeyStoreError {
    switch status {
    case -25300: return .Missing  // errSecItemNotFound
    case -25308: return .Locked  // errSecInteractionNotAllowed: before the first unlock, or in the background
    case -128: return .UserCancelled  // errSecUserCanceled
    case -25291, -25293: return .Busy  // errSecNotAvailable, errSecAuthFailed: the keychain does not answer now
    case -4, -50, -34018: return .Unsupported  // errSecUnimplemented, errSecParam, errSecMissingEntitlement
    default: return .Failed(code: status)
    }
}
