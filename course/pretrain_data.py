"""Text for pretraining: the tokenizer, the stream of tokens, rows cut from it, and tokens hidden in them."""

import hashlib

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from mha_lib import corpus

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
PAD, UNKNOWN, START, END, HIDDEN = range(len(SPECIAL))
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
ALPHABET = 160  # characters that get a token of their own; the others are rare, and unknown


def train_tokenizer(texts, vocab_size):
    """Return a lower-case WordPiece tokenizer, as BERT's, with a vocabulary learned from the texts."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(
        vocab_size=vocab_size, special_tokens=list(SPECIAL), limit_alphabet=ALPHABET, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B [SEP]",
        special_tokens=[("[CLS]", START), ("[SEP]", END)],
    )
    return tokenizer


def stream(tokenizer, texts):
    """Return the tokens of all texts in one row, each text closed by [SEP]: a tensor (n,) of integers."""
    encodings = tokenizer.encode_batch(list(texts), add_special_tokens=False)
    return torch.tensor([token for encoding in encodings for token in (*encoding.ids, END)])


def fingerprint(*streams):
    """Return a text that differs, surely enough, for streams that differ in any token."""
    return hashlib.sha256(b"".join(tokens.numpy().tobytes() for tokens in streams)).hexdigest()[:16]


def rows_at(tokens, starts, length):
    """Return rows of `length` tokens: [CLS], then what stands in the stream from each of `starts` on.

    tokens: (n,)   starts: (b,)  ->  (b, length)
    """
    if len(tokens) < length - 1:
        raise ValueError(f"rows of {length} need {length - 1} tokens of text, got {len(tokens)}")
    inside = tokens[starts[:, None] + torch.arange(length - 1)]
    return torch.cat([torch.full((len(starts), 1), START), inside], dim=1)


def random_rows(tokens, count, length, generator):
    """Return rows that begin anywhere in the stream, (count, length), so that no two passes over it are alike."""
    starts = torch.randint(len(tokens) - length + 2, (count,), generator=generator)
    return rows_at(tokens, starts, length)


def all_rows(tokens, length):
    """Return the stream cut into rows that follow one another, (b, length); the last tokens may fill none."""
    return rows_at(tokens, torch.arange(0, len(tokens) - length + 2, length - 1), length)


def choose_tokens(ids, rate, generator):
    """Return which tokens to ask about, booleans in the shape of `ids`: each alone, by chance, no special one."""
    return (torch.rand(ids.shape, generator=generator) < rate) & (ids >= len(SPECIAL))


def corrupt_tokens(ids, chosen, vocab_size, generator):
    """Return `ids` with the chosen tokens spoiled: of ten, eight hidden by [MASK], one replaced at random, one kept.

    The kept ones teach the encoder to have an opinion on tokens that it sees too, as those of real text will be.
    Source: Devlin et al., 2019, section 3.1.
    """
    fate = torch.rand(ids.shape, generator=generator)
    others = torch.randint(len(SPECIAL), vocab_size, ids.shape, generator=generator)
    spoiled = torch.where(fate < 0.8, HIDDEN, torch.where(fate < 0.9, others, ids))
    return torch.where(chosen, spoiled, ids)
