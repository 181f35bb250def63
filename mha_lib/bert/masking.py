"""Chapter 10. BERT's way to learn: rows of text, tokens hidden in them, and the loss of guessing those.

The model is `TextEncoder`, and `Bert` is its other name: with learned positions and norms after each layer it is the
encoder of Devlin et al., 2019, to the last digit; with rotary positions and norms before, it is the book's own.
"""

import torch
import torch.nn.functional as F
from torch import nn

from mha_lib.bert.text_encoder import TextEncoder
from mha_lib.bert.wordpiece import END, HIDDEN, PAD, SPECIAL, START

Bert = TextEncoder
IGNORED = -100  # the label of a token that is not asked about; PyTorch's own choice
HIDE, REPLACE = 0.8, 0.1  # of the chosen tokens; the others stay as they are


def stream(tokenizer, texts):
    """Return the tokens of all texts in one row, each text closed by [SEP]: a tensor (n,) of integers."""
    encodings = tokenizer.encode_batch(list(texts), add_special_tokens=False)
    return torch.tensor([token for encoding in encodings for token in (*encoding.ids, END)])


def rows_at(tokens, starts, length):
    """Return rows of `length` tokens: [CLS], then what stands in the stream from each of `starts` on.

    tokens: (n,)   starts: (b,)  ->  (b, length)

    Raises ValueError if the stream is shorter than a row.
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
    """Return which tokens to ask about, booleans in the shape of `ids`: each alone, by chance, no special one.

    ids: (b, n)   rate: the chance of each, 0.15 in BERT   generator: a torch.Generator
    """
    return (torch.rand(ids.shape, generator=generator) < rate) & (ids >= len(SPECIAL))


def corrupt_tokens(ids, chosen, vocab_size, generator):
    """Return `ids` with the chosen tokens spoiled: of ten, eight hidden by [MASK], one replaced at random, one kept.

    ids, chosen: (b, n)   vocab_size: how many tokens there are; replacements are no special ones

    The kept ones teach the encoder to have an opinion on tokens that it sees too, as those of real text will be.
    Source: Devlin et al., 2019, section 3.1.
    """
    fate = torch.rand(ids.shape, generator=generator)
    others = torch.randint(len(SPECIAL), vocab_size, ids.shape, generator=generator)
    spoiled = torch.where(fate < HIDE, HIDDEN, torch.where(fate < HIDE + REPLACE, others, ids))
    return torch.where(chosen, spoiled, ids)


def hidden_labels(ids, chosen):
    """Return what the encoder must say: the true token where it is asked, IGNORED everywhere else. (b, n) -> (b, n)

    >>> hidden_labels(torch.tensor([[2, 7, 9, 3]]), torch.tensor([[False, True, False, False]])).tolist()
    [[-100, 7, -100, -100]]
    """
    return torch.where(chosen, ids, IGNORED)


def masked_lm_loss(scores, labels):
    """Return the mean of -ln p(label) over the labels that are not IGNORED.

    scores: (b, n, v), before softmax   labels: (b, n) integers  ->  a number, as a tensor

    Every label weighs the same, in whatever row it stands. Raises ValueError if there is none: a mean of nothing.
    Source: Devlin et al., 2019, section 3.1.

    >>> masked_lm_loss(torch.zeros(1, 2, 4), torch.tensor([[3, IGNORED]])).exp().round().item()
    4.0
    """
    asked = labels != IGNORED
    if not asked.any():
        raise ValueError(f"all {labels.numel()} labels are IGNORED; there must be one that is asked")
    return F.cross_entropy(scores[asked], labels[asked])


def hidden_token_loss(encoder, rows, rate, generator):
    """Return the loss of an encoder on rows of text, of which it chooses and spoils a share: a number, as a tensor.

    rows: (b, n) tokens   rate: the share that is asked about   generator: a torch.Generator

    The same as `masked_lm_loss` of all the scores, with only those worked out that count.
    """
    chosen = choose_tokens(rows, rate, generator)
    hidden = encoder(corrupt_tokens(rows, chosen, encoder.token_embedding.num_embeddings, generator))
    return masked_lm_loss(encoder.token_scores(hidden[chosen])[None], rows[chosen][None])


def initialise(encoder, generator):
    """Draw the weights of an encoder in place: matrices of spread 0.09, token embeddings of 0.1, biases of 0."""
    for name, parameter in encoder.named_parameters():
        if parameter.ndim > 1:
            nn.init.normal_(parameter, std=0.1 if name.startswith("token_embedding") else 0.09, generator=generator)
        elif name.endswith("bias"):
            nn.init.zeros_(parameter)


def pad_rows(rows):
    """Return lists of token numbers as one tensor, the shorter ones filled up with [PAD]: (b, n).

    >>> pad_rows([[2, 8, 3], [2, 3]]).tolist()
    [[2, 8, 3], [2, 3, 0]]
    """
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[PAD] * (longest - len(row))] for row in rows])


def encode_texts(tokenizer, texts, max_len):
    """Return texts as rows of tokens with [CLS] before and [SEP] after: (b, n), n at most `max_len`.

    A longer text loses what goes beyond, but not its [SEP].
    """
    rows = [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]
    return pad_rows([row if len(row) <= max_len else [*row[: max_len - 1], row[-1]] for row in rows])


def key_mask(ids):
    """Return which keys may be attended to: all but padding. (b, n) -> booleans (b, 1, 1, n)"""
    return (ids != PAD)[:, None, None, :]
