"""A reader's session in the process of a test: `checks.yours` judges, and remembers nothing of another session."""

from mha_lib.diagnosis import whose


def in_a_readers_session(monkeypatch):
    """Let a test be a reader's session until it ends."""
    monkeypatch.delenv(whose.BOOK_RUN, raising=False)
    monkeypatch.setattr(whose, "_judged", {})
    monkeypatch.setattr(whose, "_lent", set())
