#if os(iOS)
    import CoreImage
    import PhotosUI
    import SwiftUI

    /// Reads a QR code from a picture that the person chose. The picture is looked at and let go; the program needs
    /// no right to see the others.
    struct PictureReader: View {
        let label: String
        let found: (String) -> Void
        @State private var chosen: PhotosPickerItem?

        var body: some View {
            PhotosPicker(label, selection: $chosen, matching: .images)
                .onChange(of: chosen) { item in
                    Task {
                        guard let item else { return }
                        let data = try? await item.loadTransferable(type: Data.self)
                        found(data.flatMap { CIImage(data: $0) }.flatMap { code(in: $0) } ?? "")
                        // The same picture may be chosen again.
                        chosen = nil
                    }
                }
        }

        /// The one code of a picture; `nil` where there is none, or more than one.
        private func code(in picture: CIImage) -> String? {
            let detector = CIDetector(
                ofType: CIDetectorTypeQRCode, context: nil, options: [CIDetectorAccuracy: CIDetectorAccuracyHigh])
            let codes = detector?.features(in: picture).compactMap { ($0 as? CIQRCodeFeature)?.messageString } ?? []
            return codes.count == 1 ? codes.first : nil
        }
    }
#endif
