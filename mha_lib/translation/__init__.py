"""Chapter 9. Translation: the decoder, the search for an output, dates in four languages, a training."""
