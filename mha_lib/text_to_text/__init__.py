"""Chapter 13. Text to text: T5, XLNet, and four models on one task."""
