"""generalisation.watching: a look every few steps, and no say in the training."""

from types import SimpleNamespace

import pytest

from mha_lib.generalisation.watching import Watch


def test_a_watch_looks_first_and_last_and_every_few_steps_and_stops_nothing():
    watch = Watch(3, square=lambda model: model**2)
    for step in range(1, 8):
        run = SimpleNamespace(model=step, losses=[0.0] * step, num_steps=7)
        assert watch(run) is False
    assert watch.steps == [1, 3, 6, 7]
    assert watch.seen == {"square": [1, 9, 36, 49]}


def test_a_watch_that_never_looks_is_refused():
    with pytest.raises(ValueError, match=r"every \(0\)"):
        Watch(0)
