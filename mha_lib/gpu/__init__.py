"""Chapter 15. GPU: stored measurements, honest timing, and the fused kernel in Triton."""
