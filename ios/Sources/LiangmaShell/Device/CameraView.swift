#if os(iOS)
    import AVFoundation
    import Combine
    import SwiftUI
    import UIKit

    /// The camera, reading QR codes. What it reads is handed on, and the same again after a second for as long as it
    /// stays.
    struct CameraView: UIViewControllerRepresentable {
        let torch: Bool
        let found: (String) -> Void
        let lost: () -> Void

        func makeUIViewController(context: Context) -> CameraController { CameraController(found: found, lost: lost) }
        func updateUIViewController(_ controller: CameraController, context: Context) { controller.light(torch) }
    }

    final class CameraController: UIViewController, AVCaptureMetadataOutputObjectsDelegate {
        private let session = AVCaptureSession()
        private let work = DispatchQueue(label: "camera")
        private let found: (String) -> Void
        private let lost: () -> Void
        private var last: (text: String, at: Date)?
        private var troubles: Set<AnyCancellable> = []
        private lazy var preview = AVCaptureVideoPreviewLayer(session: session)

        init(found: @escaping (String) -> Void, lost: @escaping () -> Void) {
            self.found = found
            self.lost = lost
            super.init(nibName: nil, bundle: nil)
        }

        @available(*, unavailable) required init?(coder: NSCoder) { nil }

        override func viewDidLoad() {
            super.viewDidLoad()
            preview.videoGravity = .resizeAspectFill
            view.layer.addSublayer(preview)
            let center = NotificationCenter.default
            center.publisher(for: AVCaptureSession.runtimeErrorNotification, object: session)
                .receive(on: DispatchQueue.main)
                .sink { [weak self] _ in self?.lost() }
                .store(in: &troubles)
            center.publisher(for: AVCaptureSession.wasInterruptedNotification, object: session)
                .compactMap { $0.userInfo?[AVCaptureSessionInterruptionReasonKey] as? Int }
                // Behind other programs the camera rests, and goes on by itself.
                .filter { $0 != AVCaptureSession.InterruptionReason.videoDeviceNotAvailableInBackground.rawValue }
                .receive(on: DispatchQueue.main)
                .sink { [weak self] _ in self?.lost() }
                .store(in: &troubles)
        }

        override func viewDidAppear(_ animated: Bool) {
            super.viewDidAppear(animated)
            if !session.inputs.isEmpty { return run() }
            // The system asks the person once; afterwards it answers by itself.
            AVCaptureDevice.requestAccess(for: .video) { [weak self] may in
                DispatchQueue.main.async {
                    guard let self, self.viewIfLoaded?.window != nil else { return }
                    if may, !self.session.inputs.isEmpty || self.joined() { self.run() } else { self.lost() }
                }
            }
        }

        /// Joins the camera with the search for codes; false where there is none to be had.
        private func joined() -> Bool {
            guard let camera = AVCaptureDevice.default(for: .video),
                let input = try? AVCaptureDeviceInput(device: camera), session.canAddInput(input)
            else { return false }
            session.addInput(input)
            let output = AVCaptureMetadataOutput()
            if session.canAddOutput(output) { session.addOutput(output) }
            guard output.availableMetadataObjectTypes.contains(.qr) else {
                // With the camera alone it would look finished, and find nothing.
                session.outputs.forEach(session.removeOutput)
                session.removeInput(input)
                return false
            }
            output.setMetadataObjectsDelegate(self, queue: .main)
            output.metadataObjectTypes = [.qr]
            return true
        }

        private func run() {
            work.async { [session] in session.startRunning() }
        }

        override func viewDidLayoutSubviews() {
            super.viewDidLayoutSubviews()
            preview.frame = view.bounds
        }

        override func viewDidDisappear(_ animated: Bool) {
            super.viewDidDisappear(animated)
            work.async { [session] in session.stopRunning() }
        }

        func light(_ on: Bool) {
            let mode: AVCaptureDevice.TorchMode = on ? .on : .off
            // A phone that is too warm has no light for a while.
            guard let camera = AVCaptureDevice.default(for: .video), camera.hasTorch, camera.isTorchAvailable,
                camera.isTorchModeSupported(mode), (try? camera.lockForConfiguration()) != nil
            else { return }
            camera.torchMode = mode
            camera.unlockForConfiguration()
        }

        func metadataOutput(
            _ output: AVCaptureMetadataOutput, didOutput objects: [AVMetadataObject], from: AVCaptureConnection
        ) {
            // Two codes before the camera: nobody can say whose is meant.
            guard objects.count == 1, let code = objects.first as? AVMetadataMachineReadableCodeObject else { return }
            // Seen, and not to be read, is an empty text.
            let (text, now) = (code.stringValue ?? "", Date())
            if let last, last.text == text, abs(now.timeIntervalSince(last.at)) < 1 { return }
            last = (text, now)
            found(text)
        }
    }
#endif
