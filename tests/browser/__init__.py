"""The book in a real browser. Skipped where there is none."""
