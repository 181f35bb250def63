"""Chapter 7. Positions: schemes that tell attention where a token stands, and two tasks that tell them apart."""
