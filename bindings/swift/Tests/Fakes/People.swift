import LiangmaCore

/// What an invented person of the sandbox types.
public func form(of person: String) -> LoginForm {
    let (name, number, phone) =
        person == "green"
        ? ("韦秀英", "330106198503126120", "13800000001") : ("陈志强", "330102199007154316", "13800000002")
    return LoginForm(
        name: name, documentType: .residentIdentity, documentNumber: number, phone: phone, channel: .sms)
}

/// Goes on until the face check.
public func logIn(_ terminal: Terminal, _ platform: SandboxPlatform, as person: String, after sent: Int) async throws {
    _ = try await terminal.loginStart(form: form(of: person))
    _ = try await terminal.loginComplete(code: try await platform.loginCode(to: person, after: sent))
    for purpose in [Purpose.healthCode, .faceCheck] {
        _ = try await terminal.recordConsent(purpose: purpose, textVersion: 1, language: "zh-Hans", given: true)
    }
    _ = try await terminal.apply()
}
