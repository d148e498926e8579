#if canImport(AuthenticationServices) && canImport(UIKit)
    import AuthenticationServices
    import LiangmaCore
    import UIKit

    /// Opens the face provider's page in the system's own sign-in sheet, and waits for the verified https link.
    ///
    /// From iOS 17.4 the sheet itself catches the link. Before, the provider's page leads to a universal link, which
    /// the program hands to `linkBack`.
    @MainActor public final class WebFaceCheck: NSObject, FaceCheck, ASWebAuthenticationPresentationContextProviding {
        /// Hand universal links in here.
        public nonisolated let linkBack = LinkBack()
        private let host: String
        private let path: String

        /// A check whose link back is `https://host/path`, of the program's associated domain.
        public init(host: String, path: String) {
            self.host = host
            self.path = path
        }

        public nonisolated func handOver(handoff: FaceHandoff) async throws -> String {
            guard let url = URL(string: handoff.url) else { throw FaceCheckError.NotOpened }
            return try await withThrowingTaskGroup(of: String.self) { group in
                group.addTask { try await self.sheet(url) }
                group.addTask { [linkBack] in
                    guard let link = await linkBack.wait(seconds: handoff.patienceSeconds) else {
                        throw FaceCheckError.TimedOut
                    }
                    return link
                }
                defer { group.cancelAll() }
                guard let first = try await group.next() else { throw FaceCheckError.NotOpened }
                return first
            }
        }

        private func sheet(_ url: URL) async throws -> String {
            let running = Running()
            return try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<String, any Error>) in
                    running.waiting = continuation
                    let done: (URL?, (any Error)?) -> Void = { link, error in
                        let cancelled = (error as? ASWebAuthenticationSessionError)?.code == .canceledLogin
                        let failure = cancelled ? FaceCheckError.Cancelled : .NotOpened
                        running.end(link.map { .success($0.absoluteString) } ?? .failure(failure))
                    }
                    let session: ASWebAuthenticationSession
                    if #available(iOS 17.4, *) {
                        session = ASWebAuthenticationSession(
                            url: url, callback: .https(host: host, path: path), completionHandler: done)
                    } else {
                        session = ASWebAuthenticationSession(
                            url: url, callbackURLScheme: nil, completionHandler: done)
                    }
                    session.prefersEphemeralWebBrowserSession = true
                    session.presentationContextProvider = self
                    running.session = session
                    if !session.start() { running.end(.failure(FaceCheckError.NotOpened)) }
                }
            } onCancel: {
                Task { @MainActor in
                    running.session?.cancel()
                    running.end(.failure(FaceCheckError.Cancelled))
                }
            }
        }

        /// One sheet, which ends once whoever ends it.
        @MainActor private final class Running {
            var session: ASWebAuthenticationSession?
            var waiting: CheckedContinuation<String, any Error>?

            nonisolated init() {}

            func end(_ result: Result<String, any Error>) {
                waiting?.resume(with: result)
                waiting = nil
                session = nil
            }
        }

        public func presentationAnchor(for session: ASWebAuthenticationSession) -> ASPresentationAnchor {
            let scenes = UIApplication.shared.connectedScenes.compactMap { $0 as? UIWindowScene }
            return scenes.first { $0.activationState == .foregroundActive }?.keyWindow ?? ASPresentationAnchor()
        }
    }
#endif
