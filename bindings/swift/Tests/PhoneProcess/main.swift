// A phone in a process of its own, for tests that kill it: `PhoneProcess WHAT FOLDER PLATFORM ROOT KEYS`. It says on
// its output what was acknowledged, a line each, and goes on until it is killed.
import CKeys
import Fakes
import Foundation
import LiangmaCore
import LiangmaKit

func say(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }

/// Says where the person is sent, and waits for a link that never comes.
final class Away: FaceCheck, @unchecked Sendable {
    func handOver(handoff: FaceHandoff) async throws -> String {
        say("handed over \(handoff.url)")
        try await Task.sleep(nanoseconds: 600_000_000_000)
        throw FaceCheckError.TimedOut
    }
}

let arguments = CommandLine.arguments
do {
    do {
        try checkLibrary()
    } catch let wrong as WrongLibrary {
        say("wrong library \(wrong.library), bindings \(wrong.bindings)")
        exit(0)
    }
    guard arguments.count == 6 else {
        say("library fits")
        exit(0)
    }
    let installation = Installation(
        folder: arguments[2], platform: arguments[3], platformRoots: [], platformPins: [],
        trustRoot: try Data(contentsOf: URL(fileURLWithPath: arguments[4])), languages: ["zh-CN"])
    let keys = MemoryKeyStore(file: URL(fileURLWithPath: arguments[5]))
    let open = {
        try await Terminal.open(
            installation: installation, ports: Ports(keys: keys, face: Away(), clock: nil), opening: .asItIs)
    }
    say("began")
    switch arguments[1] {
    case "upgrade":
        let database = URL(fileURLWithPath: installation.folder).appendingPathComponent("store.db")
        say(cstore_begin_upgrade(database.path) == 1 ? "half" : "SQLite is not there")
    case "face":
        say("\(try await open().faceCheck())")
    case "write":
        let terminal = try await open()
        for number in 1... {
            let sent = try await terminal.correct(about: .colour, statement: "statement \(number).")
            say("\(sent) \(number)")
        }
    default:
        _ = try await open()
        say("open")
    }
    try await Task.sleep(nanoseconds: 600_000_000_000)
} catch {
    // Errors of the library hold nothing personal.
    say("error \(error)")
}
