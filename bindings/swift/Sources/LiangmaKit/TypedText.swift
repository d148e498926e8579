/// The text of a field while a person types: it stays with the shell until composition ends, and the core's
/// text replaces it only when that is not older than what was typed.
public struct TypedText: Equatable, Sendable {
    /// What the field shows.
    public private(set) var text: String
    private var revision: UInt64
    private var sent: UInt64?
    private var isUnsent = false

    /// A field as the core has it.
    public init(text: String, revision: UInt64) {
        self.text = text
        self.revision = revision
    }

    /// The person typed; all of the text now.
    public mutating func type(_ text: String) {
        guard text != self.text else { return }
        self.text = text
        isUnsent = true
    }

    /// The revision with which the text is to be sent; `nil` when the core has it already. Call it when
    /// composition ends, and before anything else is sent.
    public mutating func settle() -> UInt64? {
        guard isUnsent else { return nil }
        isUnsent = false
        revision += 1
        sent = revision
        return revision
    }

    /// The core's text came. It is taken unless the person is typing, or it is older than what was sent.
    public mutating func take(text: String, revision: UInt64) {
        if isUnsent || revision < (sent ?? 0) { return }
        self.revision = max(self.revision, revision)
        self.text = text
    }
}
