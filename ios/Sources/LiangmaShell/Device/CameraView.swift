#if os(iOS)
    import AVFoundation
    import SwiftUI
    import UIKit

    /// The camera, reading QR codes. What it reads is handed on once until something else comes before it.
    struct CameraView: UIViewControllerRepresentable {
        let torch: Bool
        let found: (String) -> Void

        func makeUIViewController(context: Context) -> CameraController { CameraController(found: found) }
        func updateUIViewController(_ controller: CameraController, context: Context) { controller.light(torch) }
    }

    final class CameraController: UIViewController, AVCaptureMetadataOutputObjectsDelegate {
        private let session = AVCaptureSession()
        private let work = DispatchQueue(label: "camera")
        private let found: (String) -> Void
        private var last: String?
        private lazy var preview = AVCaptureVideoPreviewLayer(session: session)

        init(found: @escaping (String) -> Void) {
            self.found = found
            super.init(nibName: nil, bundle: nil)
        }

        @available(*, unavailable) required init?(coder: NSCoder) { nil }

        override func viewDidLoad() {
            super.viewDidLoad()
            preview.videoGravity = .resizeAspectFill
            view.layer.addSublayer(preview)
            guard let camera = AVCaptureDevice.default(for: .video),
                let input = try? AVCaptureDeviceInput(device: camera), session.canAddInput(input)
            else { return }
            session.addInput(input)
            let output = AVCaptureMetadataOutput()
            guard session.canAddOutput(output) else { return }
            session.addOutput(output)
            output.setMetadataObjectsDelegate(self, queue: .main)
            output.metadataObjectTypes = [.qr]
        }

        override func viewDidLayoutSubviews() {
            super.viewDidLayoutSubviews()
            preview.frame = view.bounds
        }

        override func viewWillAppear(_ animated: Bool) {
            super.viewWillAppear(animated)
            work.async { [session] in session.startRunning() }
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
            let codes = objects.compactMap { ($0 as? AVMetadataMachineReadableCodeObject)?.stringValue }
            // Two codes before the camera: nobody can say whose is meant.
            guard codes.count == 1, let code = codes.first, code != last else { return }
            last = code
            found(code)
        }
    }
#endif
