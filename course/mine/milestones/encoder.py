"""Milestone II: your encoder reads sentiment, turns a sequence round, and answers with the book's weights."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from course.mine.milestones.blanks import same_guesses
from course.mine.milestones.score import Score
from mha_lib.encoder import sentiment
from mha_lib.training.loop import batches, train

TITLE = "your encoder reads, turns round and guesses"
PARTS = (
    *("split_heads", "merge_heads", "MultiHeadAttention", "sinusoidal_positions", "rotate", "masked_attention"),
    *("EncoderBlock", "Encoder", "EncoderClassifier"),
)
LENGTH, SYMBOLS, STEPS = 8, 10, 300
READS, TURNS, GUESSES = 0.90, 0.95, 0.99


def scores(mine, seed=0):
    """Return the Scores of the reader's parts, taken as attributes of `mine`."""
    torch.set_num_threads(min(2, torch.get_num_threads()))
    return (
        Score("reads sentiment", sentiment_read(mine, seed), READS),
        Score("turns sequences round", turned_round(mine, seed), TURNS),
        Score("guesses of the book's encoder", same_guesses(mine), GUESSES),
    )


def sentiment_read(mine, seed):
    """Return the share of 500 new reviews that the reader's classifier judges right after training on 4,000."""
    rng = np.random.default_rng(seed)
    learned, new, _ = sentiment.split_reviews(rng, 4000, 500)
    sizes = {"d_model": 32, "num_heads": 4, "d_ff": 64, "num_layers": 2, "max_len": sentiment.MAX_LEN}
    torch.manual_seed(seed)
    model = mine.EncoderClassifier(len(sentiment.VOCABULARY), num_classes=2, **sizes)
    train(model, wrong_verdicts, batches(rng, *reviews(learned), size=64, epochs=4))
    ids, mask, labels = reviews(new)
    with torch.no_grad():
        return (model.eval()(ids, mask).argmax(-1) == labels).double().mean().item()


def reviews(some):
    """Return the tokens of reviews, the mask that hides padding, (b, 1, 1, n), and the labels."""
    ids, labels = sentiment.encode(some)
    return torch.from_numpy(ids), torch.from_numpy(sentiment.padding(ids))[:, None, None, :], torch.from_numpy(labels)


def wrong_verdicts(model, ids, mask, labels):
    """Return the loss of a classifier."""
    return F.cross_entropy(model(ids, mask), labels)


class Turner(nn.Module):
    """The reader's encoder between an embedding, with the reader's positions, and a readout at each place."""

    def __init__(self, mine, d_model=32):
        super().__init__()
        codes = np.asarray(mine.sinusoidal_positions(LENGTH, d_model))
        self.codes = torch.tensor(codes, dtype=torch.float32)
        self.embed = nn.Embedding(SYMBOLS, d_model)
        self.encoder = mine.Encoder(d_model, num_heads=4, d_ff=64, num_layers=2)
        self.read = nn.Linear(d_model, SYMBOLS)

    def forward(self, symbols):
        """Return a score for each symbol at each place: (b, n) whole numbers -> (b, n, 10)."""
        return self.read(self.encoder(self.embed(symbols) + self.codes))


def turned_round(mine, seed):
    """Return the share of 500 new sequences of 8 symbols that a trained Turner gives back last symbol first."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    model = Turner(mine)
    made = [(torch.from_numpy(rng.integers(SYMBOLS, size=(64, LENGTH))),) for _ in range(STEPS)]
    train(model, wrong_symbols, made, lr=1e-2)
    new = torch.from_numpy(rng.integers(SYMBOLS, size=(500, LENGTH)))
    with torch.no_grad():
        return (model.eval()(new).argmax(-1) == new.flip(1)).all(1).double().mean().item()


def wrong_symbols(model, symbols):
    """Return the loss of what stands at each place against the sequence turned round."""
    return F.cross_entropy(model(symbols).flatten(0, 1), symbols.flip(1).flatten())
