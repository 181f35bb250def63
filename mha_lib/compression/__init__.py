"""Chapter 17. Compression: numbers of few bits, heads cut out, layers shared, a small model taught by a large."""
