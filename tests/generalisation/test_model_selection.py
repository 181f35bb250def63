"""When to stop, which model to take, and what the winner's score is worth: against plain loops and the trainer."""

import math

import numpy as np
import pytest
import torch

import mha_lib as mha
from mha_lib.training import loop as training


def by_loop(losses, patience):
    """Return (last, best): the first look since which, for `patience` looks, nothing was below what came before."""
    for look in range(patience, len(losses)):
        before, since = losses[: look + 1 - patience], losses[look + 1 - patience : look + 1]
        if min(before) <= min(since):
            return look, losses.index(min(before))
    return len(losses) - 1, losses.index(min(losses))


@pytest.mark.parametrize("patience", [1, 2, 3, 5])
@pytest.mark.parametrize("seed", range(8))
def test_training_ends_after_patience_looks_without_a_new_lowest(patience, seed):
    losses = np.random.default_rng(seed).integers(6, size=12).tolist()
    assert mha.stopping_point(losses, patience) == by_loop(losses, patience)


@pytest.mark.parametrize("losses", [[3, 1, 2, 2, 0], [1, 1, 1, 1], [4, 3, 2, 1], [2, 3, 1, 3, 3, 0]])
@pytest.mark.parametrize("patience", [1, 2, 3])
def test_the_trainers_stop_obeys_the_rule(losses, patience):
    made = [(torch.zeros(1),) for _ in losses]
    upcoming = iter(losses)
    stop = training.EarlyStop(lambda model, x: torch.tensor(float(next(upcoming))), made[:1], 1, patience)
    model = torch.nn.Linear(1, 1)
    taken = training.train(model, lambda model, x: model(x).sum(), made, stop=stop)
    last, best = mha.stopping_point(losses, patience)
    assert len(taken) == last + 1
    assert min(stop.scores, key=stop.scores.get) == best + 1


@pytest.mark.parametrize(("losses", "patience"), [([], 2), ([0.5], 0)])
def test_no_look_and_no_patience_are_refused(losses, patience):
    with pytest.raises(ValueError, match=rf"a look \({len(losses)}\) and a patience \({patience}\)"):
        mha.stopping_point(losses, patience)


def test_settings_are_drawn_evenly_in_the_logarithm_and_from_lists():
    rng = np.random.default_rng(0)
    drawn = [mha.draw_settings(rng, {"lr": (1e-4, 1e-2), "layers": [1, 2, 3]}) for _ in range(3000)]
    rates = np.array([settings["lr"] for settings in drawn])
    assert rates.min() >= 1e-4
    assert rates.max() <= 1e-2
    assert (rates < 1e-3).mean() == pytest.approx(0.5, abs=0.03)
    assert (rates < 10**-3.5).mean() == pytest.approx(0.25, abs=0.03)
    assert {settings["layers"] for settings in drawn} == {1, 2, 3}


@pytest.mark.parametrize("edges", [(0.0, 1.0), (2.0, 1.0), (-1.0, 1.0)])
def test_a_range_without_a_logarithm_is_refused(edges):
    with pytest.raises(ValueError, match=f"decay must range from .* got {edges[0]} to {edges[1]}"):
        mha.draw_settings(np.random.default_rng(0), {"decay": edges})


def test_validation_chooses_and_the_test_reports():
    rng = np.random.default_rng(0)
    validation, test = rng.uniform(size=(2, 5, 3))
    means = [sum(row) / 3 for row in validation.tolist()]
    setting, score = mha.pick_model(validation, test)
    assert setting == means.index(max(means))
    assert score == pytest.approx(sum(test[setting]) / 3)


def test_the_test_cannot_change_the_choice():
    rng = np.random.default_rng(0)
    validation, test = rng.uniform(size=(2, 5, 3))
    assert {mha.pick_model(validation, test * sign)[0] for sign in (1, -1, 0)} == {mha.pick_model(validation, test)[0]}


def test_tables_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"got \(2, 3\) and \(3, 2\)"):
        mha.pick_model(np.zeros((2, 3)), np.zeros((3, 2)))


@pytest.mark.parametrize("num_models", [1, 3, 10])
def test_the_winner_by_chance_scores_what_the_binomial_distribution_says(num_models):
    chances = [math.comb(20, k) * 0.7**k * 0.3 ** (20 - k) for k in range(21)]
    below = np.cumsum(chances)
    exact = sum(1 - share**num_models for share in below[:-1]) / 20  # the mean of the largest, over its tail
    found = mha.best_by_chance(np.random.default_rng(0), num_models, 0.7, 20, times=20000)
    assert found == pytest.approx(exact, abs=0.005)
