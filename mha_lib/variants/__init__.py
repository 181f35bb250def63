"""Chapter 16. Variants: heads that share, windows, and attention without a softmax."""
