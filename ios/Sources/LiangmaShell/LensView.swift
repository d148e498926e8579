import LiangmaCore
import SwiftUI

/// Reads codes: by the camera, or from a picture that the person chose. What was read is handed to the core as
/// it is.
struct LensView: View {
    let widget: Widget
    /// Whether the light is on; `nil` for a picture.
    let torch: Bool?
    let found: (String) -> Void
    /// The camera cannot be had, or the person does not want it.
    let lost: () -> Void

    var body: some View {
        VStack(alignment: .leading, spacing: 8) {
            Said(text: widget.label, spoken: widget.spoken)
            #if os(iOS)
                if let torch {
                    // Nobody is asked for the camera before they switched it on.
                    if widget.whyNot == nil {
                        CameraView(torch: torch, found: found, lost: lost)
                            .frame(height: 320)
                            .accessibilityHidden(true)
                    }
                } else {
                    PictureReader(label: widget.label, found: found)
                }
            #endif
            Help(widget: widget)
        }
    }
}
