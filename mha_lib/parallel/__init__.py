"""Chapter 19. Parallel: data, heads, layers and keys divided among processes."""
