// swift-tools-version: 5.9
import PackageDescription

// The shell as a package: the app (project.yml) uses it, and machines without SwiftUI check it. There `Checks/SwiftUI`
// stands in for SwiftUI: the same names and types, and what a screen reader would find.
var shell: [Target.Dependency] = [.product(name: "LiangmaKit", package: "swift")]
var targets: [Target] = []
#if os(Linux)
    shell.append("SwiftUI")
    targets.append(.target(name: "SwiftUI", path: "Checks/SwiftUI"))
    targets.append(.testTarget(name: "LiangmaShellTests", dependencies: ["LiangmaShell", "SwiftUI"]))
#endif
targets.append(.target(name: "LiangmaShell", dependencies: shell))

let package = Package(
    name: "LiangmaShell",
    platforms: [.iOS(.v16), .macOS(.v13)],
    products: [.library(name: "LiangmaShell", targets: ["LiangmaShell"])],
    dependencies: [.package(path: "../bindings/swift")],
    targets: targets
)
