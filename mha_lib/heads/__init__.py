"""Chapter 6. Heads: split and merge, multi-head attention in NumPy, and the layer in PyTorch for all that follows."""
