import Foundation
import LiangmaCore
import LiangmaKit
import SwiftUI

/// Joins a phone of the core with the glass: screens and effects come here from the core's thread and go on to the
/// main one; events go back.
@MainActor public final class PhoneHolder: ObservableObject {
    /// What is on the glass.
    public let glass: GlassModel
    /// Why there is no phone, in words or as the code of the error; `nil` while there is one.
    @Published public private(set) var trouble: String?
    /// Opens a call or a page.
    public var open: (URL) -> Void = { _ in }
    /// Says a text aloud, in the language of the screen.
    public var speak: (String, Language) -> Void = { _, _ in }
    /// Does to the phone itself what a screen wants: light, sleep, haptic, announcements.
    public var apply: (Screen) -> Void = { _ in }

    private let installation: Installation
    private let ports: Ports
    private var phone: Phone?
    private var listening: Subscription?
    private var card: CardView?
    private var drawing: Task<Void, Never>?

    /// A phone of an installation that is not started yet.
    public init(installation: Installation, ports: Ports) {
        self.installation = installation
        self.ports = ports
        let way = Way()
        glass = GlassModel { event in way.send(event) }
        way.holder = self
    }

    /// Starts the phone and follows it. Once.
    public func start() async {
        guard phone == nil else { return }
        do {
            try checkLibrary()
            let phone = try await Phone.start(installation: installation, ports: ports)
            self.phone = phone
            card = phone.cardView()
            listening = try phone.listen(listener: Ear { [weak self] news in
                Task { @MainActor in self?.take(news) }
            })
            drawing = Task { [weak self] in await self?.draw() }
        } catch is WrongLibrary {
            trouble = [Language.zhHans, .zhHant, .en].map { ShellWords.of($0).update }.joined(separator: "\n")
        } catch LiangmaError.Input(let code, _) {
            trouble = code
        } catch {
            trouble = "call.failed"
        }
    }

    /// The program went to the back: what is only in memory is written down.
    public func settle() async {
        glass.settle()
        glass.isInFront(false)
        try? await phone?.settle()
    }

    /// A link led back from the face provider and nobody waited for it.
    public func faceReturned(_ link: String) async {
        try? await phone?.faceReturned(linkBack: link)
    }

    /// The battery's charge, in per cent.
    public func battery(_ percent: UInt8) { try? phone?.battery(percent: percent) }

    private func take(_ news: Ear.News) {
        switch news {
        case .screen(let screen):
            glass.show(screen)
            apply(screen)
            drawing?.cancel()
            drawing = Task { [weak self] in await self?.draw() }
        case .effect(.speak(let text)): speak(text, glass.screen?.language ?? .zhHans)
        case .effect(.open(let address)): if let url = URL(string: address) { open(url) }
        // A program does not end itself on this system: the first screen stays.
        case .effect(.leave): break
        }
    }

    /// Draws the card of each second while there is one, and runs countdowns.
    private func draw() async {
        while !Task.isCancelled {
            let frame = try? await card?.frame(width: UInt32(max(0, glass.width)))
            if Task.isCancelled { return }
            glass.show(card: frame?.scene)
            glass.tick(Date())
            let wait = UInt64(frame?.nextInMilliseconds ?? 1000)
            try? await Task.sleep(nanoseconds: wait * 1_000_000)
        }
    }

    /// The way of events, which begins before the holder is whole.
    @MainActor private final class Way {
        weak var holder: PhoneHolder?
        func send(_ event: Event) { try? holder?.phone?.send(event: event) }
    }

    private final class Ear: PhoneListener, @unchecked Sendable {
        enum News { case screen(Screen), effect(Effect) }
        private let tell: (News) -> Void
        init(_ tell: @escaping (News) -> Void) { self.tell = tell }
        func show(screen: Screen) throws { tell(.screen(screen)) }
        func perform(effect: Effect) throws { tell(.effect(effect)) }
    }
}
