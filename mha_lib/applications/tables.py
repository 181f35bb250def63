"""Chapter 21. Tables: every number of a row becomes a token, so that an encoder can read rows.

What is a row is up to the reader: a patient's measurements, the sensors of a car, the last two days of a series.
"""

import torch
from torch import nn

from mha_lib.encoder.blocks import Encoder


def feature_tokens(x, weight, bias, summary):
    """Return a summary token and one token a feature: the number times the feature's vector, plus its other vector.

    x: (b, f)   weight, bias: (f, d_model), a row a feature   summary: (d_model,)  ->  (b, f + 1, d_model)

    The summary token comes first and is the same in every row: it is where the encoder gathers what it reads.
    Source: Gorishniy et al., 2021, section 3.3 (feature tokenizer and the [CLS] token).

    >>> x, weight, bias = torch.tensor([[2.0, 3.0]]), torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.zeros(2, 2)
    >>> feature_tokens(x, weight, bias, summary=torch.tensor([7.0, 7.0])).tolist()
    [[[7.0, 7.0], [2.0, 0.0], [0.0, 3.0]]]
    """
    tokens = x[..., None] * weight + bias
    first = summary.expand(len(x), 1, -1)
    return torch.cat([first, tokens], dim=1)


class FeatureTransformer(nn.Module):
    """An encoder over the features of a row, with a linear layer on what the summary token has read.

    x: (b, f)   present: (b, f) booleans, True where a feature was measured; None: all were  ->  (b, num_outputs)

    A feature that is not present is hidden by the mask, so whatever stands in its place has no effect, if it is a
    number. Each feature has vectors of its own, so no positions are added.
    Source: Gorishniy et al., 2021, section 3.3 (FT-Transformer); its blocks are the book's pre-norm ones.

    >>> model = FeatureTransformer(num_features=5, num_outputs=2, d_model=12, num_heads=3, d_ff=24, num_layers=1)
    >>> model(torch.ones(4, 5)).shape
    torch.Size([4, 2])
    """

    def __init__(self, num_features, num_outputs, d_model, num_heads, d_ff, num_layers, dropout=0.0):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(num_features, d_model))
        self.bias = nn.Parameter(torch.empty(num_features, d_model))
        self.summary = nn.Parameter(torch.empty(d_model))
        for parameter in (self.weight, self.bias, self.summary):
            nn.init.uniform_(parameter, -(d_model**-0.5), d_model**-0.5)
        self.encoder = Encoder(d_model, num_heads, d_ff, num_layers, dropout)
        self.read_out = nn.Linear(d_model, num_outputs)

    def forward(self, x, present=None):
        """Return what is read out of the summary token: (b, num_outputs)."""
        if x.shape[1:] != self.weight.shape[:1]:
            raise ValueError(f"a row must have {len(self.weight)} features, got x of shape {tuple(x.shape)}")
        tokens = feature_tokens(x, self.weight, self.bias, self.summary)
        return self.read_out(self.encoder(tokens, row_mask(present))[:, 0])


def row_mask(present):
    """Return the mask under which nobody reads an absent feature; the summary token can always be read.

    present: (b, f) booleans, or None  ->  (b, 1, 1, f + 1) booleans, or None

    >>> row_mask(torch.tensor([[True, False]])).tolist()
    [[[[True, True, False]]]]
    """
    if present is None:
        return None
    return nn.functional.pad(present, (1, 0), value=True)[:, None, None, :]


def product_table(rng, num_rows, num_features=8):
    """Return (x, labels) of a made table: is x0 x1 + x2 x3 positive? The other features are noise.

    rng: numpy.random.Generator  ->  normal numbers (num_rows, num_features) and integers 0 or 1, (num_rows,)

    No feature says anything alone: turn the sign of two that are multiplied, and the label stays.

    >>> import numpy as np
    >>> x, labels = product_table(np.random.default_rng(0), 1000)
    >>> x.shape, labels.shape
    ((1000, 8), (1000,))
    """
    x = rng.normal(size=(num_rows, num_features))
    return x, (x[:, 0] * x[:, 1] + x[:, 2] * x[:, 3] > 0).astype(int)


def standardised(train, *others):
    """Return arrays with the training columns at mean 0 and deviation 1, the others moved and scaled like them.

    Mean and deviation are the training part's alone: those of a test would tell of the test.

    >>> import numpy as np
    >>> [part.tolist() for part in standardised(np.array([[1.0], [3.0]]), np.array([[5.0]]))]
    [[[-1.0], [1.0]], [[3.0]]]
    """
    mean, spread = train.mean(axis=0), train.std(axis=0)
    return [(part - mean) / spread for part in (train, *others)]
