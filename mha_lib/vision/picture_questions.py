"""Chapter 20. Questions about pictures: words ask, patches of several images answer, through cross-attention."""

import numpy as np
from torch import nn

from mha_lib.translation.decoder import Decoder
from mha_lib.vision.captions import QUESTIONS


class QuestionReader(nn.Module):
    """A decoder of question words that reads the patches of several images, and names the answer at the last word.

    words: (b, q) integers   pictures: (b, sides, n, d_model), vectors of patches  ->  scores (b, num_classes)

    Every patch gets the learned vector of its side added; then all patches stand in one row and are the memory. The
    encoder that made them is no part of this model, and may stay as it is.
    Source: Alayrac et al., 2022, section 2, for text that reads frozen images by cross-attention.

    >>> import torch
    >>> sizes = {"d_model": 12, "num_heads": 3, "d_ff": 24, "num_layers": 1}
    >>> reader = QuestionReader(vocab_size=9, num_classes=10, num_sides=2, max_len=6, **sizes)
    >>> reader(torch.ones(5, 6, dtype=torch.long), torch.zeros(5, 2, 16, 12)).shape
    torch.Size([5, 10])
    """

    def __init__(self, vocab_size, num_classes, num_sides, max_len, d_model, num_heads, d_ff, num_layers):
        super().__init__()
        self.word_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(max_len, d_model)
        self.side_embedding = nn.Embedding(num_sides, d_model)
        self.decoder = Decoder(d_model, num_heads, d_ff, num_layers)
        self.classify = nn.Linear(d_model, num_classes)

    def forward(self, words, pictures):
        """Return one score an answer for each question: (b, num_classes)."""
        memory = (pictures + self.side_embedding.weight[:, None]).flatten(1, 2)  # (b, sides * n, d_model)
        asked = self.word_embedding(words) + self.position_embedding.weight[: words.shape[1]]
        return self.classify(self.decoder(asked, memory)[:, -1])


def ask_about_pairs(rng, labels, count):
    """Return questions about pairs of images: pairs (count, 2), asked sides (count,) and answers (count,), integers.

    rng: numpy.random.Generator   labels: (n,) what each image shows

    Side 0 is on the left, side 1 on the right; question i is `captions.QUESTIONS[asked[i]]`.

    >>> pairs, asked, answers = ask_about_pairs(np.random.default_rng(0), np.array([4, 7]), 3)
    >>> (answers == np.array([4, 7])[pairs[np.arange(3), asked]]).all()
    np.True_
    """
    labels = np.asarray(labels)
    pairs = rng.integers(len(labels), size=(count, len(QUESTIONS)))
    asked = rng.integers(len(QUESTIONS), size=count)
    return pairs, asked, labels[pairs[np.arange(count), asked]]
