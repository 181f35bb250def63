"""Exercise EncoderClassifier: the whole encoder, from token numbers to the scores of classes."""

import torch
from torch import nn

from mha_lib.checks.encoder.shared import NEARLY_ONE, padding_mask
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe
from mha_lib.diagnosis.tensors import module_call
from mha_lib.encoder import blocks as library

SIZES = ("vocab_size", "num_classes", "d_model", "num_heads", "d_ff", "num_layers", "max_len")
WHO_SPEAKS = "Which token is sure to be there in every sentence, and stands for all of it?"
ORDER = "Shuffle the words of a sentence. Does anything in your model notice?"


class EncoderClassifier(nn.Module):
    """Return one score a class for each sequence of tokens."""

    def __init__(self, vocab_size, num_classes, d_model, num_heads, d_ff, num_layers, max_len, dropout=0.0):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(max_len, d_model)
        self.dropout = nn.Dropout(dropout)
        self.encoder = library.Encoder(d_model, num_heads, d_ff, num_layers, dropout)
        self.classify = nn.Linear(d_model, num_classes)

    def forward(self, tokens, mask=None):
        """Return scores (b, num_classes)."""
        positions = torch.arange(tokens.shape[1])
        x = self.dropout(self.token_embedding(tokens) + self.position_embedding(positions))
        return self.classify(self.encoder(x, mask)[:, 0])


class ByWeights(EncoderClassifier):
    """Return the same, positions taken as the first rows of the table, and the sum over the first place."""

    def forward(self, tokens, mask=None):
        """Return scores (b, num_classes)."""
        x = self.token_embedding(tokens) + self.position_embedding.weight[: tokens.shape[-1]]
        first, *_ = self.encoder(self.dropout(x), mask=mask).unbind(1)
        return self.classify(first)


class ByMatrix(EncoderClassifier):
    """Return the same, embeddings as products with rows of an identity."""

    def forward(self, tokens, mask=None):
        """Return scores (b, num_classes)."""
        table, places = self.token_embedding.weight, self.position_embedding.weight
        x = nn.functional.one_hot(tokens, len(table)).to(table.dtype) @ table
        x = x + torch.stack([places[i] for i in range(tokens.shape[1])])
        return nn.functional.linear(self.encoder(x, mask), self.classify.weight, self.classify.bias).select(1, 0)


def classifier_probe(rng, label, sizes, shape, mask=None, dropout=0.0):
    """Return a probe of the classifier: every parameter drawn, tokens drawn from the vocabulary."""
    config = dict(zip(SIZES, sizes, strict=True)) | {"dropout": dropout}
    shapes = {name: tuple(parameter.shape) for name, parameter in EncoderClassifier(**config).named_parameters()}
    parameters = {name: draw(rng, *size, scale=0.8) for name, size in sorted(shapes.items())}
    inputs = {"tokens": rng.integers(config["vocab_size"], size=shape)} | ({} if mask is None else {"mask": mask})
    return Probe(label, (config, parameters, inputs))


def classifier_probes(rng):
    """Return small models: short and padded sentences, and with dropout that must rest."""
    return [
        classifier_probe(rng, "one sentence of two words", (3, 2, 2, 1, 3, 1, 4), (1, 2)),
        classifier_probe(rng, "three classes, two blocks", (7, 3, 4, 2, 5, 2, 6), (2, 6)),
        classifier_probe(rng, "sentences shorter than max_len", (7, 2, 4, 2, 5, 1, 9), (3, 4)),
        classifier_probe(
            rng, "a model with dropout, in evaluation mode", (5, 2, 4, 2, 5, 1, 4), (2, 3), dropout=NEARLY_ONE
        ),
        classifier_probe(rng, "as many sentences as words", (5, 2, 4, 2, 5, 1, 3), (3, 3)),
        classifier_probe(rng, "padded sentences", (7, 2, 4, 2, 3, 2, 5), (3, 5), padding_mask((2, 5, 4), 5)),
    ]


FORWARD = "self.classify(self.encoder(x, mask)[:, 0])"
SUM = "self.token_embedding(tokens) + self.position_embedding(positions)"


EXERCISE = Exercise(
    reference=library.EncoderClassifier,
    worked=EncoderClassifier,
    returns="one score a class for each sentence, as a tensor: (b, num_classes)",
    probes=classifier_probes,
    mistakes=(
        edit("no positions", ORDER, (SUM, "self.token_embedding(tokens) + 0 * self.position_embedding(positions)")),
        edit(
            "positions looked up by the tokens",
            "What is the position of the third token, if it is word number 50?",
            (
                "self.position_embedding(positions)",
                "self.position_embedding(tokens % len(self.position_embedding.weight))",
            ),
        ),
        edit(
            "every sentence has a position, not every token",
            "Along which axis of tokens does the order run?",
            (
                "torch.arange(tokens.shape[1])",
                "torch.arange(len(tokens))[:, None] % len(self.position_embedding.weight)",
            ),
        ),
        edit(
            "positions start at 1",
            "Which row of the table does [cls] get?",
            (".shape[1])", ".shape[1]).add(1) % len(self.position_embedding.weight)"),
        ),
        edit("the last token speaks", WHO_SPEAKS, ("[:, 0]", "[:, -1]")),
        edit("the mean of all tokens speaks", WHO_SPEAKS, ("[:, 0]", ".mean(dim=1)")),
        edit("mask not passed on", "Who may look at the padding?", ("self.encoder(x, mask)", "self.encoder(x)")),
        edit(
            "dropout that never rests",
            "What does `.eval()` change? A function that was not told the mode cannot know it.",
            ("nn.Dropout(dropout)", "(lambda x: nn.functional.dropout(x, dropout))"),
        ),
        edit(
            "the encoder is left out",
            "Through what do the embeddings go before the first of them is read?",
            ("self.encoder(x, mask)[:, 0]", "x[:, 0] + 0 * self.encoder(x, mask)[:, 0]"),
        ),
        edit(
            "softmax at the end",
            "What does cross-entropy do first with the scores that it is given?",
            (FORWARD, f"{FORWARD}.softmax(dim=-1)"),
        ),
        edit(
            "positions added after the encoder",
            ORDER,
            (
                "x = self.dropout(self.token_embedding(tokens) + self.position_embedding(positions))",
                "x = self.dropout(self.token_embedding(tokens))",
            ),
            ("self.encoder(x, mask)[:, 0]", "(self.encoder(x, mask) + self.position_embedding(positions))[:, 0]"),
        ),
        edit(
            "embeddings multiplied by the root of the width",
            "Vaswani et al. do, where the codes are waves. Does the statement ask for it?",
            (
                "self.token_embedding(tokens) +",
                "self.token_embedding.embedding_dim**0.5 * self.token_embedding(tokens) +",
            ),
        ),
    ),
    equivalents=(ByWeights, ByMatrix),
    hints=(
        "Two tables are looked up and added; the encoder reads the sum; one vector of each sentence goes to the head.",
        "torch.arange(tokens.shape[1]) are the positions. The first token of each sentence is [:, 0].",
        "The sum of both embeddings, then self.dropout, self.encoder with the mask, [:, 0], and self.classify.",
    ),
    call=module_call,
)
