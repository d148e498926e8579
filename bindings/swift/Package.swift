// swift-tools-version: 5.9
import PackageDescription

let package = Package(
    name: "Liangma",
    platforms: [.iOS(.v16), .macOS(.v13)],
    products: [.library(name: "LiangmaKit", targets: ["LiangmaKit"])],
    targets: [
        .target(name: "LiangmaKit"),
        .testTarget(name: "LiangmaKitTests", dependencies: ["LiangmaKit"]),
    ]
)
