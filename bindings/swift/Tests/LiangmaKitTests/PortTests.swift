import LiangmaCore
import Testing

@testable import LiangmaKit

@Suite struct PortTests {
    @Test func aLibraryOfAnotherVersionIsAnErrorThatSaysSo() throws {
        try checkLibrary()
        #expect(contractVersion() == contractVersionOfBindings)
        #expect(throws: WrongLibrary(library: 7, bindings: contractVersionOfBindings)) { try checkLibrary(version: 7) }
    }

    @Test func onlyNotFoundSaysThatAKeyIsAbsent() {
        #expect(keyStoreError(status: -25300) == .Missing)
        #expect(keyStoreError(status: -25308) == .Locked)
        #expect(keyStoreError(status: -128) == .UserCancelled)
        #expect(keyStoreError(status: -25291) == .Busy)
        for status: Int32 in [-25299, -25304, -26275, -67585, 0, 1, .min] {
            #expect(keyStoreError(status: status) == .Failed(code: status))
        }
    }

    @Test func aLinkGoesToWhoeverWaits() async throws {
        let link = LinkBack()
        #expect(!link.arrived("https://a.example/face?state=1"))
        let waiting = Task { await link.wait(seconds: 60) }
        while !link.arrived("https://a.example/face?state=2") { await Task.yield() }
        #expect(await waiting.value == "https://a.example/face?state=2")
        #expect(!link.arrived("https://a.example/face?state=3"))
    }

    @Test func waitingEndsByItselfAndByCancelling() async {
        let link = LinkBack()
        #expect(await link.wait(seconds: 0) == nil)
        let waiting = Task { await link.wait(seconds: 600) }
        waiting.cancel()
        #expect(await waiting.value == nil)
        #expect(!link.arrived("late"))
    }
}
