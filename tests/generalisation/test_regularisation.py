"""generalisation.regularisation against plain loops and torch: dropped weights, and AdamW."""

import numpy as np
import pytest
import torch

import mha_lib as mha
from mha_lib.nn import MultiHeadAttention
from tests.support.tolerance import assert_close


def drawn(*shape, seed=0):
    return np.random.default_rng(seed).normal(0.0, 1.5, shape)


def rows(*shape, seed=0):
    weights = np.exp(drawn(*shape, seed=seed))
    return weights / weights.sum(axis=-1, keepdims=True)


def test_each_weight_is_dropped_or_made_larger_by_its_own_draw():
    weights, draws = rows(2, 3, 5), np.random.default_rng(1).uniform(size=(2, 3, 5))
    dropped = mha.drop_weights(weights, draws, 0.4)
    for place in np.ndindex(weights.shape):
        wanted = 0.0 if draws[place] < 0.4 else weights[place] / 0.6
        assert dropped[place] == pytest.approx(wanted, abs=1e-15)


def test_over_all_draws_each_weight_keeps_its_mean():
    weights = rows(3, 4)
    draws = (np.arange(1000) + 0.5) / 1000
    mean = np.mean([mha.drop_weights(weights, np.full(weights.shape, draw), 0.3) for draw in draws], axis=0)
    np.testing.assert_allclose(mean, weights, atol=1e-12)


def test_the_variance_of_a_dropped_rows_sum_is_the_odds_of_dropping_times_its_squares():
    weights, rate = rows(1, 4), 0.25
    chances = {kept: np.prod([0.75 if k else 0.25 for k in kept]) for kept in np.ndindex(2, 2, 2, 2)}
    sums = {kept: mha.drop_weights(weights, np.array([kept]) - 1e-9 * np.array([kept]), rate).sum() for kept in chances}
    mean = sum(chances[kept] * sums[kept] for kept in chances)
    variance = sum(chances[kept] * (sums[kept] - mean) ** 2 for kept in chances)
    assert mean == pytest.approx(1.0)
    assert variance == pytest.approx(rate / (1 - rate) * (weights**2).sum())


def test_at_rest_nothing_is_dropped_and_the_arguments_stay():
    weights = rows(3, 4)
    before = weights.copy()
    np.testing.assert_array_equal(mha.drop_weights(weights, np.zeros((3, 4)), 0.0), before)
    mha.drop_weights(weights, np.zeros((3, 4)), 0.5)
    np.testing.assert_array_equal(weights, before)


@pytest.mark.parametrize("rate", [-0.1, 1.0, 1.5])
def test_a_rate_outside_of_its_range_is_refused(rate):
    with pytest.raises(ValueError, match=rf"below 1, got {rate}"):
        mha.drop_weights(rows(2, 3), np.zeros((2, 3)), rate)


def test_a_missing_draw_is_refused():
    with pytest.raises(ValueError, match=r"\(2, 3\), draws \(3,\)"):
        mha.drop_weights(rows(2, 3), np.zeros(3), 0.5)


def test_the_layers_dropout_drops_weights_as_ours_does():
    torch.manual_seed(0)
    layer = MultiHeadAttention(12, 3, dropout=0.4).double().train()
    seen = []
    layer.weights.register_forward_hook(lambda module, args, output: seen.append(output.detach()))
    x = torch.from_numpy(drawn(2, 5, 12))
    torch.manual_seed(7)
    output = layer(x)
    torch.manual_seed(7)
    kept = torch.nn.functional.dropout(torch.ones_like(seen[0]), 0.4) > 0
    dropped = mha.drop_weights(seen[0].numpy(), np.where(kept, 0.9, 0.1), 0.4)
    values = layer.project(x, x)[2]
    assert_close(layer.project_out((torch.from_numpy(dropped) @ values).transpose(1, 2).flatten(2)), output)


@pytest.mark.parametrize("decay", [0.0, 0.3])
@pytest.mark.parametrize("betas", [(0.9, 0.999), (0.5, 0.75)])
def test_ten_steps_are_those_of_torch(decay, betas):
    weight = torch.nn.Parameter(torch.from_numpy(drawn(3, 2)))
    optimiser = torch.optim.AdamW([weight], lr=0.1, betas=betas, weight_decay=decay)
    w, first, second = drawn(3, 2), np.zeros((3, 2)), np.zeros((3, 2))
    for step in range(1, 11):
        gradient = drawn(3, 2, seed=step)
        weight.grad = torch.from_numpy(gradient)
        optimiser.step()
        w, first, second = mha.adamw_step(w, gradient, first, second, step, 0.1, decay, *betas)
        np.testing.assert_allclose(w, weight.detach().numpy(), rtol=1e-10)


def test_adam_with_l2_is_torchs_adam_with_weight_decay():
    weight = torch.nn.Parameter(torch.from_numpy(drawn(3)))
    optimiser = torch.optim.Adam([weight], lr=0.1, weight_decay=0.3)
    w, first, second = drawn(3), np.zeros(3), np.zeros(3)
    for step in range(1, 6):
        gradient = drawn(3, seed=step)
        weight.grad = torch.from_numpy(gradient)
        optimiser.step()
        w, first, second = mha.adamw_step(w, gradient + 0.3 * w, first, second, step, 0.1, 0.0)
        np.testing.assert_allclose(w, weight.detach().numpy(), rtol=1e-6)


def test_a_weight_without_a_gradient_shrinks_by_its_share():
    w, *_ = mha.adamw_step(np.array([2.0, -4.0]), np.zeros(2), 0.0, 0.0, step=1, rate=0.1, decay=0.5)
    np.testing.assert_allclose(w, [1.9, -3.8])


def test_step_0_is_refused():
    with pytest.raises(ValueError, match="got step 0"):
        mha.adamw_step(np.ones(1), np.ones(1), 0.0, 0.0, step=0, rate=0.1, decay=0.1)
