import LiangmaCore
import LiangmaKit
import LiangmaShell
import SwiftUI
import UIKit

/// The app: one phone of the core on one glass.
@main struct LiangmaApp: App {
    @StateObject private var holder: PhoneHolder
    @Environment(\.scenePhase) private var phase
    @Environment(\.openURL) private var openURL
    private let glass = PhoneGlass()
    private let face: WebFaceCheck

    init() {
        let face = WebFaceCheck(host: Deployment.faceLinkHost, path: "/face")
        self.face = face
        let ports = Ports(keys: SecureKeyStore(), face: face, clock: SystemClock())
        _holder = StateObject(wrappedValue: PhoneHolder(installation: Deployment.installation, ports: ports))
    }

    var body: some Scene {
        WindowGroup {
            ScreenView(model: holder.glass)
                .overlay { if let trouble = holder.trouble { Text(verbatim: trouble).padding() } }
                .modifier(Cover(glass: holder.glass))
                .task {
                    holder.apply = { glass.apply($0) }
                    holder.speak = { glass.speak($0, in: $1) }
                    holder.open = { openURL($0) }
                    holder.glass.announce = { glass.announce($0) }
                    holder.glass.isComposing = { glass.isComposing() }
                    await holder.start()
                    if let percent = glass.battery { holder.battery(percent) }
                }
                .onOpenURL { link in
                    if !face.linkBack.arrived(link.absoluteString) {
                        Task { await holder.faceReturned(link.absoluteString) }
                    }
                }
                .onReceive(NotificationCenter.default.publisher(for: UIDevice.batteryLevelDidChangeNotification)) { _ in
                    if let percent = glass.battery { holder.battery(percent) }
                }
        }
        .onChange(of: phase) { phase in
            switch phase {
            case .active:
                holder.glass.isInFront(true)
                glass.cameToFront()
            case .inactive: glass.wentToBack()
            case .background: settle()
            @unknown default: break
            }
        }
    }

    /// The system gives a program some seconds to write down what is in memory.
    private func settle() {
        let task = UIApplication.shared.beginBackgroundTask()
        Task {
            await holder.settle()
            UIApplication.shared.endBackgroundTask(task)
        }
    }
}

/// What a deployment gives the app: see project.yml.
private enum Deployment {
    static var faceLinkHost: String { text("LiangmaFaceLinkHost") }

    static var installation: Installation {
        var folder = URL.applicationSupportDirectory.appending(path: "liangma", directoryHint: .isDirectory)
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // What is sealed here can be opened on this phone alone.
        var values = URLResourceValues()
        values.isExcludedFromBackup = true
        try? folder.setResourceValues(values)
        let certificates = Bundle.main.urls(forResourcesWithExtension: "cer", subdirectory: nil) ?? []
        let root = Bundle.main.url(forResource: "root", withExtension: "cbor")
        return Installation(
            folder: folder.path, platform: text("LiangmaPlatform"),
            platformRoots: certificates.compactMap { try? Data(contentsOf: $0) }, platformPins: [],
            trustRoot: root.flatMap { try? Data(contentsOf: $0) } ?? Data(), languages: Locale.preferredLanguages)
    }

    private static func text(_ key: String) -> String { Bundle.main.object(forInfoDictionaryKey: key) as? String ?? "" }
}
