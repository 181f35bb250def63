"""The tests: one file a module, the loops they compare with, the checkers, the course tools and the book."""
