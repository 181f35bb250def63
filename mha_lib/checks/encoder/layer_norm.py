"""Exercise layer_norm: LayerNorm."""

import numpy as np
import torch
import torch.nn.functional as F

from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.tensors import tensor_call

INSIDE = "Is eps added to the variance or to its root? Try a variance of 3 and an eps of 1."


def layer_norm(x, gain, shift, eps):
    """Return each token with mean 0 and variance 1 over its features, times the gain, plus the shift."""
    mean = x.mean(dim=-1, keepdim=True)
    variance = ((x - mean) ** 2).mean(dim=-1, keepdim=True)
    normed = (x - mean) / torch.sqrt(variance + eps)
    return gain * normed + shift


def layer_norm_of_torch(x, gain, shift, eps):
    """Return the same from PyTorch's own function."""
    return F.layer_norm(x, x.shape[-1:], gain, shift, eps)


def layer_norm_by_lengths(x, gain, shift, eps):
    """Return the same: the centred token over its length, which is the root of d times its deviation."""
    centred = x - x.mean(-1, keepdim=True)
    d = x.shape[-1]
    length = torch.sqrt((centred * centred).sum(-1, keepdim=True) + d * eps)
    return torch.addcmul(shift, centred / length * d**0.5, gain)


def layer_norm_with_var(x, gain, shift, eps):
    """Return the same, PyTorch's variance told not to correct."""
    return (x - x.mean(-1, keepdim=True)) * (x.var(-1, correction=0, keepdim=True) + eps) ** -0.5 * gain + shift


def norm_probes(rng):
    """Return tokens with means that are not 0, gains and shifts that are not 1 and 0, and an eps that shows."""
    flat = draw(rng, 3, 5) + 2
    flat[1] = 1.25
    return [
        Probe(
            "the worked example",
            (np.array([[1.0, 1.0, 1.0, 5.0]]), np.array([2.0, 2.0, 2.0, 4.0]), np.array([0.0, 1.0, 0.0, -1.0]), 1.0),
        ),
        Probe("3 tokens of width 6", (draw(rng, 3, 6) + 2, draw(rng, 6), draw(rng, 6), 0.1)),
        Probe("4 tokens of width 4", (draw(rng, 4, 4) - 1, draw(rng, 4), draw(rng, 4), 0.1)),
        Probe("a batch of 1 sequence with 1 token", (draw(rng, 1, 1, 3) + 1, draw(rng, 3), draw(rng, 3), 1e-3)),
        Probe("a batch of 2 sequences", (draw(rng, 2, 3, 4) + 2, draw(rng, 4), draw(rng, 4), 0.1)),
        Probe("numbers around a million", (draw(rng, 2, 5) + 1e6, draw(rng, 5), draw(rng, 5), 0.1)),
        Probe("a token whose features all agree", (flat, draw(rng, 5), draw(rng, 5), 0.1)),
    ]


def mean_is_zero(parts, x, gain, shift, eps):
    """Return whether gain and shift undone leave a mean of 0 in every token."""
    return bool(np.allclose(((parts["output"] - shift) / gain).mean(-1), 0, atol=1e-6))


EXERCISE = Exercise(
    reference=layer_norm,
    returns="the tokens, normalised one by one, as a tensor: (..., d)",
    probes=norm_probes,
    mistakes=(
        edit("normalises over the tokens", "Does token 1 change when token 2 does?", ("dim=-1", "dim=-2")),
        edit(
            "normalises over the whole sequence",
            "Does token 1 change when token 2 does? How many means should there be?",
            ("dim=-1", "dim=(-2, -1)"),
        ),
        edit(
            "unbiased variance",
            "Divide by d, or by d - 1? The statement has a mean of squares.",
            ("((x - mean) ** 2).mean(dim=-1, keepdim=True)", "x.var(dim=-1, keepdim=True)"),
        ),
        edit("eps outside the root", INSIDE, ("torch.sqrt(variance + eps)", "(torch.sqrt(variance) + eps)")),
        edit("no eps", "What if all features of a token agree?", ("variance + eps", "variance")),
        edit("eps hard-coded", "Which eps did the caller ask for?", ("variance + eps", "variance + 1e-5")),
        edit(
            "divides by the variance",
            "By what must numbers be divided for their variance to become 1?",
            ("torch.sqrt(variance + eps)", "(variance + eps)"),
        ),
        edit(
            "does not subtract the mean",
            "What is the mean of your output, before gain and shift?",
            ("(x - mean) /", "x /"),
        ),
        edit(
            "variance as a difference of two squares",
            "Two big numbers, subtracted. Which digits are left when the mean is a million?",
            ("((x - mean) ** 2).mean(dim=-1, keepdim=True)", "(x * x).mean(dim=-1, keepdim=True) - mean**2"),
        ),
        edit(
            "no gain",
            "What is the fresh value of a gain, and what if it has been trained?",
            ("gain * normed", "normed"),
        ),
        edit("no shift", "What is the fresh value of a shift, and what if it has been trained?", (" + shift", "")),
        edit(
            "gain and shift swapped",
            "Which of the two multiplies?",
            ("gain * normed + shift", "shift * normed + gain"),
        ),
        edit(
            "gain and shift before the norm",
            "If they come first, what does the norm leave of them?",
            ("mean = x", "x = gain * x + shift\n    mean = x"),
            ("gain * normed + shift", "normed"),
        ),
        edit(
            "the gain multiplies the shift too",
            "Where does the shift go in, before the gain or after it?",
            ("gain * normed + shift", "gain * (normed + shift)"),
        ),
        edit(
            "mean and variance cut from the graph",
            "If x changes, do its mean and variance? Draw the graph.",
            ("mean = x.mean", "mean = x.detach().mean"),
            ("((x - mean) ** 2)", "((x - mean).detach() ** 2)"),
        ),
    ),
    equivalents=(layer_norm_of_torch, layer_norm_by_lengths, layer_norm_with_var),
    hints=(
        "One token at a time: its mean, its variance, then the token centred and divided.",
        "Which axis holds the features of one token? Keep it (keepdim=True), so that the shapes line up.",
        "(x - mean) / torch.sqrt(variance + eps), with variance = ((x - mean) ** 2).mean(...); then gain and shift.",
    ),
    properties=(Property("without gain and shift, every token has mean 0", mean_is_zero),),
    call=tensor_call("x", "gain", "shift"),
)
