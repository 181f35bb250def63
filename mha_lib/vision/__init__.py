"""Chapter 20. Vision: patches, an encoder for images, and images beside their captions."""
