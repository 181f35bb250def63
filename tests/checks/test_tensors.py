"""Exercises in PyTorch: judged forward and backward, and told in words like the others."""

import numpy as np
import pytest
import torch
from torch import nn

from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe
from mha_lib.diagnosis.judge import judge
from mha_lib.diagnosis.tensors import module_call, tensor_call

HINTS = ("idea", "where", "almost")


def centre(x, keep):
    """Return x without the mean of what is kept."""
    return x - (x * keep).sum(-1, keepdim=True) / keep.sum(-1, keepdim=True)


def centre_detached(x, keep):
    """Return the same, the mean cut off from the graph."""
    return x - ((x * keep).sum(-1, keepdim=True) / keep.sum(-1, keepdim=True)).detach()


CENTRE = Exercise(
    reference=centre,
    returns="x, centred: (..., d)",
    probes=lambda rng: [Probe("a small row", (draw(rng, 1, 3), np.array([[True, True, False]])))],
    mistakes=(
        edit("counts everything", "How many are kept?", ("keep.sum(-1, keepdim=True)", "x.shape[-1]")),
        rewrite("cuts the graph", "Draw the graph.", centre_detached),
    ),
    hints=HINTS,
    call=tensor_call("x", "keep"),
)


class Scale(nn.Module):
    """Multiply by a learned vector."""

    def __init__(self, d):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(d))

    def forward(self, x):
        """Return x times the gain."""
        return x * self.gain


SCALE = Exercise(
    reference=Scale,
    returns="x, scaled: (..., d)",
    probes=lambda rng: [Probe("a row of 3", ({"d": 3}, {"gain": draw(rng, 3)}, {"x": draw(rng, 2, 3)}))],
    mistakes=(
        edit("adds", "What does a gain do?", ("x * self.gain", "x + self.gain")),
        edit("uses the numbers alone", "Who learns?", ("x * self.gain", "x * self.gain.detach()")),
    ),
    hints=HINTS,
    call=module_call,
)


def verdict(exercise, answer):
    return judge(exercise, answer, 0)


@pytest.mark.parametrize("exercise", [CENTRE, SCALE])
def test_the_right_answer_passes(exercise):
    assert verdict(exercise, exercise.reference).status == "right"


def test_a_wrong_output_is_named():
    found = verdict(CENTRE, lambda x, keep: x - (x * keep).sum(-1, keepdim=True) / 3)
    assert found.mistakes == ("counts everything",)
    assert "in the output:" in found.message


def test_a_mistake_that_shows_on_the_way_back_only_is_named():
    found = verdict(CENTRE, centre_detached)
    assert found.mistakes == ("cuts the graph",)
    assert "in the gradient of x:" in found.message


def test_a_class_is_broken_by_editing_its_source():
    class Renamed(nn.Module):
        def __init__(self, d):
            super().__init__()
            self.gain = nn.Parameter(torch.zeros(d))

        def forward(self, x):
            return x * self.gain.detach()

    assert verdict(SCALE, Renamed).mistakes == ("uses the numbers alone",)


def test_a_parameter_that_was_never_registered_is_told_by_name():
    class Listed(nn.Module):
        def __init__(self, d):
            super().__init__()
            self.gains = [nn.Parameter(torch.ones(d))]

        def forward(self, x):
            return x * self.gains[0]

    found = verdict(SCALE, Listed)
    assert found.status == "error"
    assert "your module has no parameter gain; it has: none" in found.message


def test_a_parameter_of_another_shape_or_too_many_are_told():
    class Wide(Scale):
        def __init__(self, d):
            super().__init__(d + 1)

    class More(Scale):
        def __init__(self, d):
            super().__init__(d)
            self.shift = nn.Parameter(torch.zeros(d))

    assert "gain has shape (4,) in your module, but needs (3,)" in verdict(SCALE, Wide).message
    assert "should not need: shift" in verdict(SCALE, More).message


def test_an_answer_that_is_no_tensor_gets_words():
    assert "returns None" in verdict(CENTRE, lambda x, keep: None).message
    assert verdict(CENTRE, lambda x, keep: [x]).status == "wrong"


def test_writing_into_a_tensor_that_needs_its_old_value_gets_words():
    def overwrites(x, keep):
        squared = x**2
        y = squared.sqrt()
        y *= 0
        return y

    assert verdict(CENTRE, overwrites).status == "error"


def test_a_mask_that_is_written_into_is_seen():
    def greedy(x, keep):
        answer = centre(x, keep)
        keep &= False
        return answer

    assert verdict(CENTRE, greedy).mistakes == ("changes its input",)
