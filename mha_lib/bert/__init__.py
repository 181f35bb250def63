"""Chapter 10. BERT: hidden tokens, WordPiece, a corpus every reader has, checkpoints, and what an encoder is for."""
