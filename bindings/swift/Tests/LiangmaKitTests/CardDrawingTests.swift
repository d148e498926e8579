import LiangmaKit
import Testing

@Suite struct CardDrawingTests {
    @Test func modulesAreWholePixelsWithAQuietZoneOfFour() {
        let rows = (0..<21).map { row in String(repeating: row % 2 == 0 ? "#." : ".#", count: 11).prefix(21) }
        for scale in [1.0, 2.0, 2.625, 3.0] {
            let frame = Area(x: 10.3, y: 7.7, width: 260, height: 260)
            let modules = QrModules(rows: rows.map(String.init), frame: frame, scale: scale)
            let module = modules.dark[0].height * scale
            #expect(abs(module - module.rounded()) < 1e-6)
            for run in modules.dark {
                for edge in [run.x, run.y, run.width] {
                    #expect(abs(edge * scale - (edge * scale).rounded()) < 1e-6)
                }
                #expect(run.x - modules.ground.x >= 4 * module / scale - 1e-6)
                #expect(run.y - modules.ground.y >= 4 * module / scale - 1e-6)
            }
        }
    }

    @Test func aRunOfDarkModulesIsOnePiece() {
        let modules = QrModules(rows: ["###.", "...#", "....", "####"], frame: Area(x: 0, y: 0, width: 12, height: 12), scale: 1)
        #expect(modules.dark.map(\.width) == [3, 1, 4])
        #expect(modules.dark.map(\.x) == [4, 7, 4])
    }

    /// Ten points a letter at size 20.
    private func width(_ text: String, _ size: Double) -> Double { Double(text.count) * size / 2 }

    @Test func aLineThatFitsStaysAsItIs() throws {
        let line = try #require(
            FittedLine(text: "韦**", size: 20, minimumSize: 12, baseline: 50, ellipsis: false, room: 40, measure: width))
        #expect(line == FittedLine(
            text: "韦**", size: 20, minimumSize: 20, baseline: 50, ellipsis: true, room: 400, measure: width))
    }

    @Test func aLineShrinksThenEndsInDotsOrIsNotDrawn() throws {
        let shrunk = try #require(
            FittedLine(
                text: "0123456789", size: 20, minimumSize: 12, baseline: 50, ellipsis: true, room: 80, measure: width))
        #expect(shrunk.text == "0123456789")
        #expect(shrunk.size == 16)
        #expect(abs(shrunk.baseline - (50 - 4 * 0.37)) < 1e-9)
        let cut = try #require(
            FittedLine(
                text: "0123 456789", size: 20, minimumSize: 16, baseline: 50, ellipsis: true, room: 48, measure: width))
        #expect(cut.text == "0123…")
        #expect(
            FittedLine(
                text: "0123456789", size: 20, minimumSize: 16, baseline: 50, ellipsis: false, room: 48, measure: width)
                == nil)
    }
}
