"""seeing.induction: text that repeats itself, and the two heads that two layers learn for it."""

import numpy as np
import pytest
import torch

import mha_lib as mha
from mha_lib.nn import attention_maps, without_heads
from mha_lib.seeing import induction


def test_each_sequence_repeats_its_stretch_and_every_period_occurs():
    tokens, periods = induction.repeated(np.random.default_rng(0), 300)
    assert tokens.shape == (300, 32)
    assert set(periods) == set(range(8, 17))
    for row, period in zip(tokens, periods, strict=True):
        np.testing.assert_array_equal(row[period:], row[:-period])
    assert set(tokens.ravel()) == set(range(64))


def test_the_model_sees_no_future():
    model = induction.InductionModel()
    tokens = torch.arange(20)[None]
    other = tokens.clone()
    other[:, 12:] += 1
    torch.testing.assert_close(model(tokens)[:, :12], model(other)[:, :12])
    assert not torch.allclose(model(tokens)[:, 12:], model(other)[:, 12:])


def test_surprise_is_about_the_next_symbol():
    model, tokens = induction.InductionModel(), torch.from_numpy(induction.repeated(np.random.default_rng(0), 2)[0])
    log_probs = model(tokens).log_softmax(-1)
    expected = -log_probs[:, :-1].gather(2, tokens[:, 1:, None])[..., 0]
    torch.testing.assert_close(induction.surprise(model, tokens), expected)


@pytest.fixture(scope="module")
def learned():
    """Return a trained model, its losses, and new sequences with their periods."""
    return *induction.trained(seed=1), *induction.repeated(np.random.default_rng(9), 100)


def loss_on_repeats(model, tokens, periods, heads=()):
    with torch.no_grad(), without_heads(model, heads):
        losses = induction.surprise(model, torch.from_numpy(tokens)).numpy()
    return losses[np.arange(1, 32) > periods[:, None]].mean()


def test_two_layers_learn_to_copy_what_came_before(learned):
    model, losses, tokens, periods = learned
    assert np.mean(losses[:20]) > 4
    assert loss_on_repeats(model, tokens, periods) < 0.7


def test_one_layer_does_not_learn_it():
    model, _ = induction.trained(num_layers=1, seed=1, num_steps=150)
    assert loss_on_repeats(model, *induction.repeated(np.random.default_rng(9), 100)) > 2


def test_a_previous_token_head_comes_before_the_induction_heads(learned):
    model, _, tokens, periods = learned
    maps = attention_maps(model, torch.from_numpy(tokens))
    early = mha.offset_pairs(np.ones_like(tokens), -1) & (np.arange(32) < 8)[:, None]
    writers, readers = mha.share_table(maps, early), mha.share_table(maps, mha.induction_pairs(tokens))
    layer, head = mha.best_head(writers)
    assert (layer, mha.best_head(readers)[0]) == (0, 1)
    assert writers[layer, head] > 0.9
    assert readers[0].max() < 0.3 < 0.7 < readers[1].min()
    assert loss_on_repeats(model, tokens, periods, [(layer, head)]) > 2.5
    assert loss_on_repeats(model, tokens, periods, [(0, 1 - head)]) < 1.3


def test_training_starts_from_the_seed_and_leaves_the_global_generators_alone():
    torch.manual_seed(5)
    state = torch.random.get_rng_state()
    first, second = (induction.trained(num_steps=2, seed=3)[1] for _ in range(2))
    assert first == second
    assert first != induction.trained(num_steps=2, seed=4)[1]
    torch.manual_seed(5)
    assert torch.equal(torch.random.get_rng_state(), state)
