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
                        guard let data = try? await item?.loadTransferable(type: Data.self),
                            let picture = CIImage(data: data)
                        else { return }
                        let detector = CIDetector(
                            ofType: CIDetectorTypeQRCode, context: nil,
                            options: [CIDetectorAccuracy: CIDetectorAccuracyHigh])
                        let codes = detector?.features(in: picture).compactMap { ($0 as? CIQRCodeFeature)?.messageString }
                        if let codes, codes.count == 1, let code = codes.first { found(code) }
                    }
                }
        }
    }
#endif
