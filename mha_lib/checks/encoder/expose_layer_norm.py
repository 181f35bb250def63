"""Exercise expose_layer_norm: find an input that shows."""

from dataclasses import replace

import numpy as np

from mha_lib.checks.encoder.layer_norm import EXERCISE as LAYER_NORM
from mha_lib.diagnosis.exposure import Exposure, misses


def output_alone(function, *args):
    """Return what the function returns, without its gradients: they would expose a forgotten gain on any input."""
    return LAYER_NORM.call(function, *args)["output"]


def expose_layer_norm():
    """Return (x, gain, shift, eps) on which every broken version of layer_norm gives itself away."""
    x = np.array([[1.0, 1.0, 1.0, 5.0], [2.0, -3.0, 0.0, 7.0]])
    return x, np.array([2.0, 3.0, 5.0, 7.0]), np.array([1.0, -1.0, 2.0, 0.5]), 0.5


def expose_layer_norm_batched():
    """Return the same with a batch axis, and another eps."""
    x, gain, shift, _ = expose_layer_norm()
    return x[None], gain, shift, 0.1


def _without_spread():
    _, gain, shift, eps = expose_layer_norm()
    return np.full((2, 4), 3.0), gain, shift, eps


def _no_eps():
    return *expose_layer_norm()[:3], 0.0


def _usual_eps():
    return *expose_layer_norm()[:3], 1e-5


def _fresh():
    x, gain, shift, eps = expose_layer_norm()
    return x, np.ones_like(gain), np.zeros_like(shift), eps


def _rows_like_columns():
    x = np.array([[1.0, 2.0, 4.0], [4.0, 1.0, 2.0], [2.0, 4.0, 1.0]])
    return x, np.array([2.0, 3.0, 5.0]), np.array([1.0, -1.0, 2.0]), 0.5


def _centred():
    x, gain, shift, eps = expose_layer_norm()
    return x - x.mean(-1, keepdims=True), gain, shift, eps


EXERCISE = Exposure(
    reference=expose_layer_norm,
    target=replace(LAYER_NORM, call=output_alone),
    mistakes=(
        misses("unbiased variance", "Which variance is the same whatever it is divided by?", _without_spread),
        misses("eps outside the root", "Which eps makes no difference inside or outside?", _no_eps),
        misses("eps hard-coded", "Which eps would anybody write down?", _usual_eps),
        misses("normalises over the tokens", "When has every column the numbers of a row?", _rows_like_columns),
        misses("does not subtract the mean", "Which mean need not be subtracted?", _centred),
        misses("no gain", "Which gain does nothing?", _fresh),
        misses("no shift", "Which shift does nothing?", _fresh),
    ),
    hints=(
        "A broken version survives where its mistake makes no difference. What do a gain of 1 and a shift of 0 do?",
        "Choose an eps that is large beside the variance, a mean that is not 0, and few features.",
        "Two rows of four unlike numbers, gains such as 2, 3, 5, 7, shifts that are not 0, and an eps of 0.5.",
    ),
    equivalents=(expose_layer_norm_batched,),
    returns="a tuple (x, gain, shift, eps)",
)
