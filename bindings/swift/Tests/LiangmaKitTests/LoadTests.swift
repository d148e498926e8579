import Fakes
import Foundation
import LiangmaCore
import Testing

/// Many calls at once, and many objects made and dropped.
@Suite(.serialized) struct LoadTests {
    @Test func aThousandCallsAtOnceAllAnswer() async throws {
        let open = try await terminal(shared.value)
        let answered = try await withThrowingTaskGroup(of: Stage.self, returning: Int.self) { group in
            for _ in 0..<1000 { group.addTask { try await open.state().stage } }
            return try await group.reduce(0) { count, stage in stage == .loggedOut ? count + 1 : count }
        }
        #expect(answered == 1000)
    }

    @Test func aPortIsCalledFromSeveralThreadsAndNeverFromTheCallers() async throws {
        let keys = MemoryKeyStore()
        let open = try await terminal(shared.value, keys: keys)
        keys.slow(0.02)
        // Plain threads, as those of a program that knows no tasks.
        let done = Box<[(thread: UInt64, answered: Bool)]>([])
        for _ in 0..<40 {
            Thread.detachNewThread {
                let here = MemoryKeyStore.thisThread
                let turn = DispatchSemaphore(value: 0)
                Task {
                    let state = try? await open.state()
                    done.change { $0.append((here, state?.securityLevel == .insecure)) }
                    turn.signal()
                }
                turn.wait()
            }
        }
        _ = try await SandboxPlatform.wait(for: "40 answers") { done.value.count == 40 ? true : nil }
        let callers = Set(done.value.map(\.thread))
        let called = keys.called
        #expect(done.value.allSatisfy { $0.answered })
        #expect(called.threads.count > 1 && called.mostAtOnce > 1, "\(called)")
        #expect(called.threads.isDisjoint(with: callers))
    }

    @Test func aSlowListenerHoldsNobodyUp() async throws {
        let phone = try await Phone.start(
            installation: try await shared.value.installation(),
            ports: Ports(keys: MemoryKeyStore(), face: SandboxFaceCheck(), clock: nil))
        let (slow, ear) = (SlowEar(), Ear())
        let listening = [try phone.listen(listener: slow), try phone.listen(listener: ear)]
        for _ in 0..<3 {
            let shown = ear.shown
            try phone.send(event: .pressed(widget: "on"))
            _ = try await ear.wait(for: "the next page") { _ in ear.shown > shown }
        }
        // It is still with its first page.
        #expect(slow.finished.value == 0)
        listening.forEach { $0.cancel() }
        for _ in 0..<10 { slow.goOn.signal() }
        await phone.stop()
    }

    @Test func tenThousandObjectsLeaveNothing() async throws {
        let phone = try await Phone.start(
            installation: try await shared.value.installation(),
            ports: Ports(keys: MemoryKeyStore(), face: SandboxFaceCheck(), clock: nil))
        let ear = Ear()
        let round = { (times: Int) in
            for _ in 0..<times {
                _ = phone.cardView()
                _ = try phone.screen()
            }
            for _ in 0..<(times / 20) { try phone.listen(listener: ear).cancel() }
        }
        try round(2_000)
        // 4 kB each: less than 16 MB. Other tests run beside this one: what they take is not taken again and again.
        var grown = Int.max
        for _ in 0..<5 where grown >= 4_096 {
            let before = try residentPages()
            try round(10_000)
            grown = try residentPages() - before
        }
        #expect(grown < 4_096, "grew by \(grown) pages")
        await phone.stop()
    }

    @Test func whatIsDroppedUnstoppedOnAnyThreadLeavesNoThreadAndNoFolder() async throws {
        let platform = try await shared.value
        let (keys, installation) = (MemoryKeyStore(), platform.installation())
        _ = try await terminal(platform, keys: keys, installation: installation)
        let before = try threads()
        for number in 0..<30 {
            var open: Terminal? = try await SandboxPlatform.wait(for: "the folder to be free") {
                do {
                    return try await terminal(platform, keys: keys, installation: installation)
                } catch LiangmaError.Store("store.in_use", _) { return nil }
            }
            if number % 2 == 0 {
                let hand = Box(open)
                open = nil
                Thread.detachNewThread { hand.change { $0 = nil } }
            }
            open = nil
        }
        _ = try await SandboxPlatform.wait(for: "the threads to end") { try threads() <= before + 8 ? true : nil }
    }

    /// Pages of memory that this process holds.
    private func residentPages() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        return Int(text.split(separator: " ")[1]) ?? 0
    }

    /// Threads of the library that run in this process.
    private func threads() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").filter { thread in
            let name = try? String(contentsOfFile: "/proc/self/task/\(thread)/comm", encoding: .utf8)
            return name?.hasPrefix("liangma") == true
        }.count
    }
}

/// A listener that stays with its first screen until it is told to go on.
private final class SlowEar: PhoneListener, @unchecked Sendable {
    let goOn = DispatchSemaphore(value: 0)
    let finished = Box(0)
    func show(screen: Screen) throws {
        _ = goOn.wait(timeout: .now() + 60)
        finished.change { $0 += 1 }
    }
    func perform(effect: Effect) throws {}
}

/// A value that several threads change.
final class Box<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var held: Value
    init(_ value: Value) { held = value }
    var value: Value { lock.withLock { held } }
    func change(_ work: (inout Value) -> Void) { lock.withLock { work(&held) } }
}
