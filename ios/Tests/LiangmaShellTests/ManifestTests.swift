import Foundation
import Testing

/// What the program says of itself to the system, against what its files do.
@Suite struct ManifestTests {
    private let ios = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Calls that Apple wants a reason for, by their category.
    private let reasoned = [
        "NSPrivacyAccessedAPICategorySystemBootTime": ["systemUptime", "mach_absolute_time", "clock_gettime_nsec_np"],
        "NSPrivacyAccessedAPICategoryUserDefaults": ["UserDefaults", "AppStorage"],
        "NSPrivacyAccessedAPICategoryDiskSpace": ["volumeAvailableCapacity", "systemFreeSize", "statfs", "statvfs"],
        "NSPrivacyAccessedAPICategoryActiveKeyboards": ["activeInputModes"],
        "NSPrivacyAccessedAPICategoryFileTimestamp": ["creationDate", "contentModificationDate", "attributesOfItem"],
    ]

    @Test func everyCallThatWantsAReasonHasOne() throws {
        let manifest = try Data(contentsOf: ios.appendingPathComponent("App/PrivacyInfo.xcprivacy"))
        let plist = try PropertyListSerialization.propertyList(from: manifest, format: nil)
        let root = try #require(plist as? [String: Any])
        #expect(root["NSPrivacyTracking"] as? Bool == false)
        #expect((root["NSPrivacyTrackingDomains"] as? [String])?.isEmpty == true)
        let given = try #require(root["NSPrivacyAccessedAPITypes"] as? [[String: Any]])
        let reasons = Dictionary(
            uniqueKeysWithValues: given.map {
                ($0["NSPrivacyAccessedAPIType"] as? String ?? "", $0["NSPrivacyAccessedAPITypeReasons"] as? [String] ?? [])
            })
        let sources = try ["App", "Sources", "../bindings/swift/Sources/LiangmaKit"].flatMap(swift).joined()
        // The store's SQLite asks for the times of its own files.
        var used: Set = ["NSPrivacyAccessedAPICategoryFileTimestamp"]
        for (category, calls) in reasoned where calls.contains(where: sources.contains) { used.insert(category) }
        #expect(Set(reasons.keys) == used)
        #expect(reasons.values.allSatisfy { !$0.isEmpty })
        let collected = try #require(root["NSPrivacyCollectedDataTypes"] as? [[String: Any]])
        for type in collected {
            #expect(type["NSPrivacyCollectedDataTypeTracking"] as? Bool == false)
            #expect(type["NSPrivacyCollectedDataTypePurposes"] as? [String] == ["NSPrivacyCollectedDataTypePurposeAppFunctionality"])
        }
    }

    @Test func everyRightThatIsUsedIsAskedForWithWordsAndNoOther() throws {
        let project = try String(contentsOf: ios.appendingPathComponent("project.yml"), encoding: .utf8)
        let sources = try ["App", "Sources", "../bindings/swift/Sources/LiangmaKit"].flatMap(swift).joined()
        let rights = [
            "NSCameraUsageDescription": "AVCaptureDevice", "NSPhotoLibraryUsageDescription": "PHPhotoLibrary",
            "NSMicrophoneUsageDescription": "AVAudioRecorder", "NSFaceIDUsageDescription": "LAContext",
            "NSLocationWhenInUseUsageDescription": "CLLocationManager", "NSContactsUsageDescription": "CNContactStore",
            "NSUserTrackingUsageDescription": "ATTrackingManager",
        ]
        for (words, call) in rights { #expect(project.contains(words) == sources.contains(call), "\(words)") }
    }

    private func swift(in folder: String) throws -> [String] {
        let place = ios.appendingPathComponent(folder)
        let names = try FileManager.default.subpathsOfDirectory(atPath: place.path).filter { $0.hasSuffix(".swift") }
        #expect(!names.isEmpty)
        return try names.map { try String(contentsOf: place.appendingPathComponent($0), encoding: .utf8) }
    }
}
