import Foundation

/// Where links from the face provider arrive, and who waits for one. A link that nobody waits for, as after the
/// program was killed, is for `face_returned`.
public final class LinkBack: @unchecked Sendable {
    private let lock = NSLock()
    private var waiting: [UInt64: CheckedContinuation<String?, Never>] = [:]
    private var next: UInt64 = 0

    /// Nobody waits at first.
    public init() {}

    /// Hands a link to whoever waits; false when nobody does.
    public func arrived(_ link: String) -> Bool {
        let all = lock.withLock {
            let all = waiting.values
            waiting = [:]
            return Array(all)
        }
        for continuation in all { continuation.resume(returning: link) }
        return !all.isEmpty
    }

    /// Waits for a link; `nil` when the waiting is cancelled or the time is over.
    public func wait(seconds: UInt64) async -> String? {
        let number = lock.withLock {
            next += 1
            return next
        }
        let timer = Task {
            try await Task.sleep(nanoseconds: min(seconds, 86_400) * 1_000_000_000)
            end(number)
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled { return continuation.resume(returning: nil) }
                lock.withLock { waiting[number] = continuation }
                // Cancelled between the question and the entry.
                if Task.isCancelled { end(number) }
            }
        } onCancel: {
            end(number)
        }
    }

    private func end(_ number: UInt64) {
        lock.withLock { waiting.removeValue(forKey: number) }?.resume(returning: nil)
    }
}
