"""The training loop: every example once an epoch, the rate up and down, a model that learns."""

import math
import sys

import numpy as np
import pytest
import torch

from mha_lib.training import loop as training


def squared_error(model, x, y):
    return ((model(x) - y) ** 2).mean()


@pytest.fixture
def line():
    """Return a linear model and the batches of a line to fit, from numbers that are the same everywhere."""
    model = torch.nn.Linear(1, 1)
    with torch.no_grad():
        model.weight.fill_(0.0)
        model.bias.fill_(0.0)
    x = torch.linspace(-1, 1, 32)[:, None]
    return model, training.batches(np.random.default_rng(0), x, 3 * x + 1, size=8, epochs=100)


def test_an_epoch_gives_every_example_once_and_pairs_stay_together():
    x = torch.arange(10)
    made = training.batches(np.random.default_rng(0), x, -x, size=4, epochs=2)
    assert [len(a) for a, _ in made] == [4, 4, 2, 4, 4, 2]
    assert all(torch.equal(a, -b) for a, b in made)
    first, second = torch.cat([a for a, _ in made[:3]]), torch.cat([a for a, _ in made[3:]])
    assert first.sort().values.tolist() == second.sort().values.tolist() == list(range(10))
    assert first.tolist() != second.tolist()


def test_tensors_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match=r"lengths \[3, 4\]"):
        training.batches(np.random.default_rng(0), torch.zeros(3), torch.zeros(4), size=2)


def test_the_rate_rises_to_1_and_falls_to_nearly_0():
    rates = [training.rate_at(step, 100, warm_up=10) for step in range(100)]
    assert rates[:10] == pytest.approx(np.arange(1, 11) / 10)
    assert rates[10:] == pytest.approx(np.arange(90, 0, -1) / 90)
    assert training.rate_at(0, 5, warm_up=0) == 1.0


def test_training_fits_a_line_and_leaves_the_model_in_eval_mode(line):
    model, made = line
    losses = training.train(model, squared_error, made, lr=0.1, weight_decay=0.0)
    assert len(losses) == len(made)
    assert losses[0] > 1
    assert losses[-1] < 1e-3
    assert model.weight.item() == pytest.approx(3, abs=0.05)
    assert not model.training


def test_the_model_is_in_training_mode_while_it_trains(line):
    model, made = line
    model.eval()
    modes = []
    training.train(model, lambda m, x, y: modes.append(m.training) or squared_error(m, x, y), made[:2])
    assert modes == [True, True]


def test_the_first_step_goes_as_far_as_the_rate_says(line):
    model, made = line
    training.train(model, squared_error, made[:1], lr=0.1, warm_up=0.0, weight_decay=0.0)
    assert abs(model.weight.item()) == pytest.approx(0.1, rel=1e-4)  # Adam's first step is the rate itself


def test_weight_decay_pulls_towards_zero():
    model = torch.nn.Linear(1, 1)
    torch.nn.init.constant_(model.weight, 1.0)
    made = [(torch.zeros(1, 1), torch.zeros(1, 1))] * 3
    training.train(model, lambda m, x, y: (m(x) * 0).sum(), made, lr=0.1, warm_up=0.0, weight_decay=0.5)
    assert 0.8 < model.weight.item() < 1.0


def test_a_long_gradient_is_shortened(line):
    model, made = line
    seen = []
    model.weight.register_post_accumulate_grad_hook(lambda p: seen.append(p.grad))
    training.train(model, lambda m, x, y: 1000 * squared_error(m, x, y), made[:1], clip=0.5)
    assert seen[0].norm() <= 0.5


def test_training_can_stop_early(line):
    model, made = line
    losses = training.train(model, squared_error, made, lr=0.1, stop=lambda run: len(run.losses) == 7)
    assert len(losses) == 7
    assert not model.training


def test_a_training_ends_once_the_held_out_loss_has_not_fallen_for_so_many_looks(line):
    model, made = line
    values = iter([5.0, 3.0, 4.0, 3.5, 1.0, 1.0, 1.0, 1.0])
    stop = training.EarlyStop(lambda m, x: torch.tensor(next(values)), [(torch.zeros(1),)], every=2, patience=3)
    losses = training.train(model, squared_error, made, stop=stop)
    assert len(losses) == 16
    assert stop.scores == {2: 5.0, 4: 3.0, 6: 4.0, 8: 3.5, 10: 1.0, 12: 1.0, 14: 1.0, 16: 1.0}


def test_the_best_weights_are_the_ones_that_stay(line):
    model, made = line
    seen = []

    def held_out(m, x):
        seen.append(m.weight.item())
        return torch.tensor([3.0, 1.0, 2.0, 2.0][len(seen) - 1])

    training.train(model, squared_error, made, lr=0.1, stop=training.EarlyStop(held_out, [(torch.zeros(1),)], 5, 2))
    assert len(set(seen)) == 4
    assert model.weight.item() == seen[1]


def test_there_is_a_look_after_the_last_step_too(line):
    model, made = line
    stop = training.EarlyStop(squared_error, made[:2], every=3)
    training.train(model, squared_error, made[:7], stop=stop)
    assert list(stop.scores) == [3, 6, 7]


def test_a_held_out_loss_that_is_no_number_is_never_the_best(line):
    model, made = line
    values = iter([math.nan, 2.0, math.nan, math.nan])
    stop = training.EarlyStop(lambda m, x: torch.tensor(next(values)), [(torch.zeros(1),)], every=1, patience=2)
    assert len(training.train(model, squared_error, made, stop=stop)) == 4
    assert stop.scores == {1: math.inf, 2: 2.0, 3: math.inf, 4: math.inf}


def test_the_held_out_loss_weighs_examples_alike_in_eval_mode_and_without_gradients(line):
    model, _ = line
    seen = []

    def loss(m, x):
        seen.append((m.training, torch.is_grad_enabled()))
        return x.mean()

    model.train()
    assert training.held_out_loss(model, loss, [(torch.ones(3),), (torch.zeros(1),)]) == 0.75
    assert seen == [(False, False)] * 2
    assert model.training


@pytest.mark.parametrize("numbers", [{"every": 0}, {"patience": 0}])
def test_an_early_stop_that_never_looks_or_never_waits_is_refused(numbers):
    with pytest.raises(ValueError, match="at least 1"):
        training.EarlyStop(squared_error, [(torch.zeros(1),)], **numbers)


def test_an_early_stop_without_held_out_batches_is_refused():
    with pytest.raises(ValueError, match="nothing is held out"):
        training.EarlyStop(squared_error, [])


def test_no_batches_are_refused(line):
    with pytest.raises(ValueError, match="no batches"):
        training.train(line[0], squared_error, [])


def test_nobody_watching_means_no_bar(line, monkeypatch, capfd):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    training.train(line[0], squared_error, line[1][:3])
    assert capfd.readouterr() == ("", "")


def test_somebody_watching_sees_a_bar_with_the_loss(line, monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", "chapter.ipynb")
    shown = []
    monkeypatch.setattr(sys.stderr, "write", shown.append)
    training.train(line[0], squared_error, line[1][:3])
    assert "loss=" in "".join(shown)
    assert "".join(shown).rstrip("\r").endswith(" ")  # the last thing written wipes the line
