"""Chapter 11. Seeing: measures of what heads look at, heads switched off, and layers that learn to look back."""
