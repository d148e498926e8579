#if os(iOS)
    import AVFoundation
    import LiangmaCore
    import SwiftUI
    import UIKit

    /// What a screen wants of the phone itself: light, sleep, haptic, what is said aloud. All of it is put back when
    /// the program leaves the front.
    @MainActor public final class PhoneGlass {
        private var lightBefore: CGFloat?
        private var dimming: Task<Void, Never>?
        private var brightness: Brightness = .asItIs
        /// The verdict that the hand felt already.
        private var verdict: String?
        private var pulsing: Task<Void, Never>?
        private let voice = AVSpeechSynthesizer()

        /// The glass as the person has it.
        public init() { UIDevice.current.isBatteryMonitoringEnabled = true }

        /// A screen came.
        public func apply(_ screen: Screen) {
            if screen.brightness != brightness {
                brightness = screen.brightness
                glow()
            }
            UIApplication.shared.isIdleTimerDisabled = screen.keepAwake
            if screen.haptic != nil { UIImpactFeedbackGenerator(style: .medium).impactOccurred() }
            for line in screen.announcements { announce(line) }
            let before = verdict
            verdict = screen.verdict?.id
            if let new = screen.verdict, new.id != before { pulse(new.pulses) }
        }

        /// The hand feels which verdict it is.
        private func pulse(_ times: UInt8) {
            pulsing?.cancel()
            pulsing = Task {
                for _ in 0..<times {
                    UIImpactFeedbackGenerator(style: .heavy).impactOccurred()
                    try? await Task.sleep(nanoseconds: 250_000_000)
                    if Task.isCancelled { return }
                }
            }
        }

        /// The program came to the front.
        public func cameToFront() { glow() }

        /// The program is no longer in front.
        public func wentToBack() {
            putBack()
            UIApplication.shared.isIdleTimerDisabled = false
        }

        /// Says something through the screen reader.
        public func announce(_ text: String) { UIAccessibility.post(notification: .announcement, argument: text) }

        /// Says a text aloud; a new one ends the one before.
        public func speak(_ text: String, in language: Language) {
            voice.stopSpeaking(at: .immediate)
            let words = AVSpeechUtterance(string: text)
            words.voice = AVSpeechSynthesisVoice(language: tag(language))
            voice.speak(words)
        }

        /// The battery's charge in per cent; `nil` when the phone does not say.
        public var battery: UInt8? {
            let level = UIDevice.current.batteryLevel
            return level < 0 ? nil : UInt8(min(100, max(0, (level * 100).rounded())))
        }

        /// Whether an input method is in the middle of a word.
        public func isComposing() -> Bool {
            FirstResponder.found = nil
            UIApplication.shared.sendAction(#selector(UIResponder.liangmaIsFirst), to: nil, from: nil, for: nil)
            return (FirstResponder.found as? UITextInput)?.markedTextRange != nil
        }

        private func glow() {
            putBack()
            guard case .raised(let seconds, let lowBatteryPercent) = brightness else { return }
            lightBefore = UIScreen.main.brightness
            let isLow = (battery ?? 100) < 10
            UIScreen.main.brightness = isLow ? CGFloat(lowBatteryPercent) / 100 : 1
            dimming = Task { [weak self] in
                try? await Task.sleep(nanoseconds: UInt64(seconds) * 1_000_000_000)
                if !Task.isCancelled { self?.putBack() }
            }
        }

        private func putBack() {
            dimming?.cancel()
            dimming = nil
            if let lightBefore { UIScreen.main.brightness = lightBefore }
            lightBefore = nil
        }

        private func tag(_ language: Language) -> String {
            switch language {
            case .zhHans: return "zh-CN"
            case .zhHant: return "zh-HK"
            case .en: return "en-GB"
            }
        }
    }

    @MainActor private enum FirstResponder { static weak var found: UIResponder? }

    extension UIResponder {
        @objc fileprivate func liangmaIsFirst() { FirstResponder.found = self }
    }

    /// A plain cover: over a screen that may not be captured while the program is not in front, so that no picture of
    /// it is kept among the recent programs, and while the glass is recorded or mirrored. This system does not let a
    /// program refuse a screenshot: the person is told after one.
    public struct Cover: ViewModifier {
        @ObservedObject private var glass: GlassModel
        @Environment(\.scenePhase) private var phase
        @State private var isCaptured = UIScreen.main.isCaptured

        /// A cover for this glass.
        public init(glass: GlassModel) { self.glass = glass }

        public func body(content: Content) -> some View {
            content
                .overlay {
                    if let screen = glass.screen, !screen.capture, phase != .active || isCaptured {
                        Color("Paper").ignoresSafeArea().accessibilityHidden(true)
                        // Nobody reads it among the recent programs.
                        if phase == .active { Text(ShellWords.of(screen.language).recorded).padding(16) }
                    }
                }
                .onReceive(NotificationCenter.default.publisher(for: UIScreen.capturedDidChangeNotification)) { _ in
                    isCaptured = UIScreen.main.isCaptured
                }
                .onReceive(
                    NotificationCenter.default.publisher(for: UIApplication.userDidTakeScreenshotNotification)
                ) { _ in glass.wasCaptured() }
        }
    }
#endif
