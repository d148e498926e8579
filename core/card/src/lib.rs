//! From the UI standard to a scene, and from the scene to SVG and PNG.
