"""Chapter 1. Similarity: the dot product, the cosine, all pairs at once, and words as vectors."""
