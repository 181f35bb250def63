"""Hostile and broken submissions, and what must come of them: no point, and no harm."""
