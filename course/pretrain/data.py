"""Text for pretraining: which packages are read, and a mark that tells one text from another.

How rows are cut and tokens hidden is chapter 10's, in `mha_lib.bert.masking` and `mha_lib.bert.wordpiece`.
"""

import hashlib

from mha_lib.bert import corpus
from mha_lib.bert.masking import all_rows, choose_tokens, corrupt_tokens, random_rows, rows_at, stream
from mha_lib.bert.wordpiece import END, HIDDEN, PAD, SPECIAL, START, UNKNOWN, train_tokenizer

__all__ = [
    "END",
    "HIDDEN",
    "PACKAGES",
    "PAD",
    "SPECIAL",
    "START",
    "UNKNOWN",
    "all_rows",
    "choose_tokens",
    "corrupt_tokens",
    "fingerprint",
    "random_rows",
    "rows_at",
    "stream",
    "train_tokenizer",
]

PACKAGES = (  # every one that the book's environment brings with much documentation, besides those of the corpus itself
    *corpus.PACKAGES,
    "sympy",
    "networkx",
    "mpmath",
    "IPython",
    "tornado",
    "sqlalchemy",
    "fontTools",
    "huggingface_hub",
    "transformers",
    "docutils",
    "sphinx",
    "prompt_toolkit",
    "scipy",
    "sklearn",
)


def fingerprint(*streams):
    """Return a text that differs, surely enough, for streams that differ in any token."""
    return hashlib.sha256(b"".join(tokens.numpy().tobytes() for tokens in streams)).hexdigest()[:16]
