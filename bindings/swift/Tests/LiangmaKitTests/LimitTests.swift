import Foundation
import LiangmaCore
import Testing

@Suite struct LimitTests {
    @Test func aDefectOfTheCoreIsAnError() async {
        await #expect(throws: LiangmaError.Defect(code: "call.panicked", retry: .never)) { try await drill() }
    }

    @Test func aMegabyteOfTraceIsReadOrRefused() {
        let text = String(repeating: "·", count: 524_288)
        #expect(throws: LiangmaError.self) { _ = try Rehearsal(trace: text) }
    }
}
