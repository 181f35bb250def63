"""quantised_layers: rounding, bytes and products among integers, on modules whose parameters are all drawn."""

import numpy as np
import pytest
import torch
from torch import nn

from mha_lib.compression import quantisation
from mha_lib.compression.quantised_layers import (
    QuantisedLinear,
    matrices,
    quantise_linears,
    rounded,
)
from mha_lib.encoder.blocks import EncoderBlock
from tests.support.shaken import shaken


def block():
    return shaken(EncoderBlock(d_model=12, num_heads=3, d_ff=20)).float().eval()


def tokens():
    return torch.randn(2, 5, 12, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("num_bits", [2, 4, 8])
def test_each_row_keeps_its_largest_number_and_no_more_values_than_the_grid_has(num_bits):
    before, after = block(), rounded(block(), num_bits)
    for old, new in zip(matrices(before), matrices(after), strict=True):
        torch.testing.assert_close(old.abs().amax(1), new.abs().amax(1))
        assert max(len(row.unique()) for row in new.detach()) <= 2**num_bits - 1


def test_rounding_is_within_half_a_step_and_leaves_vectors_and_the_given_model_alone():
    before = block()
    after = rounded(before, 4)
    for (name, old), new in zip(before.named_parameters(), after.parameters(), strict=True):
        if old.ndim == 2:
            steps = quantisation.channel_scales(old.detach().numpy(), 4)
            assert bool(((old - new).abs().detach().numpy() <= steps / 2 * (1 + 1e-5)).all()), name
        else:
            assert torch.equal(old, new), name
    assert all(torch.equal(*pair) for pair in zip(before.parameters(), block().parameters(), strict=True))


def test_one_scale_for_a_whole_matrix_can_be_asked_for():
    linear = nn.Linear(2, 2)
    linear.weight.data = torch.tensor([[0.4, 0.0], [0.0, 7.0]])
    assert rounded(linear, 4, quantisation.tensor_scale).weight.tolist() == [[0.0, 0.0], [0.0, 7.0]]
    assert rounded(linear, 4).weight[0, 0].item() == pytest.approx(0.4)


def test_integer_products_are_those_of_the_formula():
    linear, x = block().feed_forward.project_in, tokens()[0]
    scale = x.abs().max().item() / 127
    codes = quantisation.quantise(x.numpy(), scale, 0, -127, 127)
    w = linear.weight.detach().double().numpy()
    scales = quantisation.channel_scales(w)
    w_codes = quantisation.quantise(w, scales, 0, -127, 127)
    expected = quantisation.quantised_linear(codes, scale, 0, w_codes, scales) + linear.bias.detach().numpy()
    np.testing.assert_allclose(QuantisedLinear(linear)(x).numpy(), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shape", [(12,), (1, 12), (2, 5, 12)])
def test_leading_axes_stay(shape):
    assert QuantisedLinear(nn.Linear(12, 20))(torch.ones(shape)).shape == (*shape[:-1], 20)


def test_a_layer_without_bias_and_inputs_of_zeros_are_fine():
    layer = QuantisedLinear(nn.Linear(12, 20, bias=False))
    assert torch.equal(layer(torch.zeros(3, 12)), torch.zeros(3, 20))


def test_a_model_of_integer_products_is_near_the_one_it_was_made_from():
    model, x = block(), tokens()
    made = quantise_linears(model)
    assert sum(isinstance(module, QuantisedLinear) for module in made.modules()) == 4
    assert not any(isinstance(module, QuantisedLinear) for module in model.modules())
    with torch.no_grad():
        difference, size = (made(x) - model(x)).abs().max(), model(x).abs().max()
    assert 0 < difference < 0.05 * size
