"""Chapter 8. The encoder: blocks, the stack, padding left out, and reviews for it to read."""
