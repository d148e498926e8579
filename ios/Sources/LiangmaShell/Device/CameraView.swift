#if os(iOS)
    import AVFoundation
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
            guard session.canAddOutput(output) else { return false }
            session.addOutput(output)
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
            guard let camera = AVCaptureDevice.default(for: .video), camera.hasTorch,
                (try? camera.lockForConfiguration()) != nil
            else { return }
            camera.torchMode = on ? .on : .off
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
