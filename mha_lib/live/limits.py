"""How much a view shows."""

MAX_TOKENS = 128
"""The most tokens of a sentence; lines and rows beyond that could not be told apart."""

MAX_WEIGHTS = 600_000
"""The most weights of a view, which a notebook has to store: about 4 bytes each."""
