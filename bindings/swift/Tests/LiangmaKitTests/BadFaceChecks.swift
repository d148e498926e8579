import Fakes
import Foundation
import LiangmaCore

/// A face check from which nobody comes back.
final class EndlessFaceCheck: FaceCheck, @unchecked Sendable {
    private let lock = NSLock()
    private var counts = (began: 0, cancelled: 0)

    func handOver(handoff: FaceHandoff) async throws -> String {
        lock.withLock { counts.began += 1 }
        do {
            try await Task.sleep(nanoseconds: 600_000_000_000)
        } catch {
            lock.withLock { counts.cancelled += 1 }
            throw error
        }
        throw FaceCheckError.TimedOut
    }

    func come(to what: String, until fits: ((began: Int, cancelled: Int)) -> Bool) async throws {
        _ = try await SandboxPlatform.wait(for: what) { fits(lock.withLock { counts }) ? true : nil }
    }
}

/// A face check that throws what is not its error.
final class CarelessFaceCheck: FaceCheck, @unchecked Sendable {
    func handOver(handoff: FaceHandoff) async throws -> String { throw Careless() }
}
