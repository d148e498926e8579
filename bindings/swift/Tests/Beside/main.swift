// The Swift side of the bench of the bindings; `tests/benches/bindings.rs` says what it has to do.
import Dispatch
import Fakes
import Foundation
import LiangmaCore

/// How long one batch of calls is to take, so that the clock's own cost vanishes: nanoseconds.
let batch = 8_000_000.0
/// How long a call is repeated until it counts as warm.
let warm = 1_000_000_000.0
/// The card's width in points.
let width: UInt32 = 360

/// A phone with its code in front, and no network any more.
func lit(in folder: URL) async throws -> Phone {
    let ports = Ports(keys: MemoryKeyStore(), face: SandboxFaceCheck(), clock: nil)
    var installation: Installation
    do {
        let platform = try await SandboxPlatform()
        installation = platform.installation()
        installation.folder = folder.path
        let terminal = try await Terminal.open(installation: installation, ports: ports, opening: .asItIs)
        try await logIn(terminal, platform, as: "green", after: 0)
        _ = try await terminal.faceCheck()
        _ = try await terminal.refresh()
        await terminal.stop()
    }
    let phone = try await Phone.start(installation: installation, ports: ports)
    for _ in 0..<200 {
        let screen = try phone.screen()
        if screen.route == "code" { return phone }
        if screen.route.hasPrefix("first.") { try phone.send(event: .pressed(widget: "on")) }
        try await Task.sleep(nanoseconds: 50_000_000)
    }
    throw SandboxPlatform.DidNotCome(description: "the code; the phone stays at \(try phone.screen().route)")
}

/// Nanoseconds of one call.
func nanoseconds(_ times: Int, _ call: () async throws -> Void) async throws -> Double {
    let began = DispatchTime.now().uptimeNanoseconds
    for _ in 0..<times { try await call() }
    return Double(DispatchTime.now().uptimeNanoseconds - began) / Double(times)
}

let folder = FileManager.default.temporaryDirectory.appendingPathComponent("liangma-beside-\(UUID().uuidString)")
defer { try? FileManager.default.removeItem(at: folder) }
let phone = try await lit(in: folder)
let view = phone.cardView()
let calls: [String: () async throws -> Void] = [
    "screen": { _ = try phone.screen() },
    "code": {
        guard try await view.frame(width: width) != nil else {
            throw SandboxPlatform.DidNotCome(description: "a code to be measured")
        }
    },
]
var times: [String: Int] = [:]
for (name, call) in calls {
    let began = DispatchTime.now().uptimeNanoseconds
    var each = batch
    while Double(DispatchTime.now().uptimeNanoseconds - began) < warm { each = try await nanoseconds(50, call) }
    times[name] = max(1, Int(batch / each))
}
setvbuf(stdout, nil, _IOLBF, 0)
print("ready")
while let asked = readLine() {
    guard let call = calls[asked], let often = times[asked] else { break }
    print(try await nanoseconds(often, call) / 1000)
}
await phone.stop()
