"""Exercise feature_tokens: numbers to tokens."""

import numpy as np
import torch

from mha_lib.applications import tables
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.tensors import tensor_call

OWN_VECTORS = "Pulse 70 and age 70 are the same number. What tells their tokens apart?"
WHERE_FIRST = "Which token will be read out? At which place does the statement put it?"


def feature_tokens(x, weight, bias, summary):
    """Return a summary token, then one token a feature: its number times its vector, plus its other vector."""
    tokens = x[..., None] * weight + bias
    first = summary.expand(len(x), 1, -1)
    return torch.cat([first, tokens], dim=1)


def tokens_by_einsum(x, weight, bias, summary):
    """Return the same, the axes named and the result filled in place by place."""
    result = x.new_empty(x.shape[0], x.shape[1] + 1, weight.shape[1])
    result[:, 0] = summary
    result[:, 1:] = torch.einsum("bf,fd->bfd", x, weight) + bias
    return result


def tokens_as_one_product(x, weight, bias, summary):
    """Return the same: the summary is a feature that is always 1 and has no second vector."""
    ones = torch.ones(len(x), 1, dtype=x.dtype)
    vectors = torch.cat([summary[None], weight])
    return torch.cat([ones, x], dim=1).unsqueeze(-1) * vectors + torch.nn.functional.pad(bias, (0, 0, 1, 0))


def token_probes(rng):
    """Return rows and vectors: the worked example, ragged sizes, square, a batch of one."""
    shapes = {"4 rows of 3 features": (4, 3, 5), "3 rows of 3 features of width 3": (3, 3, 3)}
    shapes |= {"a batch of 1 row": (1, 4, 2), "2 rows of 5 features": (2, 5, 3)}
    worked = (
        np.array([[2.0, 3.0]]),
        np.array([[1.0, 0.0], [0.0, 1.0]]),
        np.array([[0.5, 0.5], [-1.0, 0.0]]),
        np.array([7.0, 8.0]),
    )
    return [
        Probe("the worked example", worked),
        *(
            Probe(label, (draw(rng, b, f), draw(rng, f, d), draw(rng, f, d), draw(rng, d)))
            for label, (b, f, d) in shapes.items()
        ),
    ]


def every_feature_counts(parts, x, weight, bias, summary):
    """Return whether the gradient says that each of a feature's own vectors is used."""
    return all(np.all(np.any(parts[f"gradient of {name}"] != 0, axis=-1)) for name in ("weight", "bias"))


EXERCISE = Exercise(
    reference=tables.feature_tokens,
    worked=feature_tokens,
    returns="the tokens, the summary first, as a tensor: (b, f + 1, d_model)",
    probes=token_probes,
    mistakes=(
        edit("summary token last", WHERE_FIRST, ("[first, tokens]", "[tokens, first]")),
        edit("no summary token", WHERE_FIRST, ("torch.cat([first, tokens], dim=1)", "tokens")),
        edit("no second vector", "A feature is 0. What is left of its token?", (" + bias", "")),
        edit("one vector for all features", OWN_VECTORS, ("* weight", "* weight[0]")),
        edit("one second vector for all features", OWN_VECTORS, ("+ bias", "+ bias[0]")),
        edit(
            "the second vector multiplied by the number too",
            "A feature is 0. What is left of its token?",
            ("x[..., None] * weight + bias", "x[..., None] * (weight + bias)"),
        ),
        edit(
            "the number added, not multiplied", "Is 3 three times as much of a feature as 1?", ("* weight", "+ weight")
        ),
        edit(
            "summary added to every token",
            "How many tokens has a row of f features?",
            ("torch.cat([first, tokens], dim=1)", "torch.cat([first, tokens + first], dim=1)"),
        ),
        edit(
            "the summary's vector cut from the graph",
            "Is the summary's vector learned? What is its gradient?",
            ("summary.expand", "summary.detach().expand"),
        ),
    ),
    equivalents=(tokens_by_einsum, tokens_as_one_product),
    hints=(
        "One number is to become a vector. Which vectors belong to a feature, whatever the row?",
        "x[..., None] is (b, f, 1) and weight is (f, d_model): their product is (b, f, d_model).",
        "torch.cat([summary.expand(len(x), 1, -1), x[..., None] * weight + bias], dim=1)",
    ),
    properties=(Property("every feature's own vectors are used", every_feature_counts),),
    call=tensor_call("x", "weight", "bias", "summary"),
)
