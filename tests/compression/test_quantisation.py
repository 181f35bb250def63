"""quantisation: codes against a search over the whole grid, and against PyTorch; errors within half a step."""

import numpy as np
import pytest
import torch

from mha_lib.compression.quantisation import (
    affine_grid,
    channel_scales,
    dequantise,
    largest_code,
    quantise,
    quantised_linear,
    tensor_scale,
)

DATA = {
    "both signs": np.array([[-1.83, 0.2, 6.71], [0.0, 1.1, -0.4]]),
    "above 0": np.array([5.1, 5.9, 6.3]),
    "below 0": np.array([-5.1, -0.9]),
    "zeros": np.zeros((2, 3)),
    "one number": np.array([0.3]),
}


def nearest(x, scale, zero_point, lowest, highest):
    """Return the code, of all there are, whose number is nearest to x."""
    return min(range(lowest, highest + 1), key=lambda code: abs(scale * (code - zero_point) - x))


@pytest.mark.parametrize("x", DATA.values(), ids=DATA)
@pytest.mark.parametrize("num_bits", [1, 2, 4, 8])
def test_an_affine_grid_reaches_every_number_within_half_a_step(x, num_bits):
    scale, zero_point = affine_grid(x, num_bits)
    codes = quantise(x, scale, zero_point, 0, 2**num_bits - 1)
    assert np.abs(dequantise(codes, scale, zero_point) - x).max() <= scale / 2 * (1 + 1e-9)


@pytest.mark.parametrize("x", DATA.values(), ids=DATA)
def test_zero_has_a_code_and_comes_back_as_zero(x):
    scale, zero_point = affine_grid(x)
    assert isinstance(zero_point, int)
    assert 0 <= zero_point <= 255
    assert dequantise(quantise([0.0], scale, zero_point, 0, 255), scale, zero_point).tolist() == [0.0]


def test_an_affine_grid_has_one_step_less_than_codes():
    assert affine_grid(DATA["above 0"], 2) == pytest.approx((6.3 / 3, 0))
    assert affine_grid(DATA["below 0"], 2) == pytest.approx((5.1 / 3, 3))


def test_a_grid_over_zeros_has_a_scale_to_divide_by():
    assert affine_grid(np.zeros(4)) == (1.0, 0)
    assert tensor_scale(np.zeros((2, 2))) == 1.0
    assert channel_scales([[0.0, 0.0], [127.0, 1.0]]).tolist() == [[1.0], [1.0]]


@pytest.mark.parametrize("grid", [(0.3, 5, 0, 15), (0.11, 0, -7, 7), (1.7, -3, -8, 7)])
def test_a_code_is_the_nearest_of_all(grid):
    x = np.random.default_rng(0).normal(0, 2, (5, 7))
    expected = [[nearest(number, *grid) for number in row] for row in x]
    assert quantise(x, *grid).tolist() == expected


def test_codes_are_those_of_pytorch():
    x = np.random.default_rng(1).normal(0, 2, (6, 5))
    ours = dequantise(quantise(x, 0.05, 77, 0, 255), 0.05, 77)
    theirs = torch.fake_quantize_per_tensor_affine(torch.from_numpy(x), 0.05, 77, 0, 255)
    np.testing.assert_allclose(ours, theirs.numpy(), atol=1e-6)


@pytest.mark.parametrize("num_bits", [3, 4, 8])
def test_codes_by_row_are_those_of_pytorch_by_channel(num_bits):
    w = np.random.default_rng(2).normal(0, 1, (6, 5)) * np.array([[1], [10], [0.1], [3], [2], [7]])
    w = w.astype(np.float32)
    scales, top = channel_scales(w, num_bits), largest_code(num_bits)
    zeros = torch.zeros(6, dtype=torch.int32)
    theirs = torch.fake_quantize_per_channel_affine(
        torch.from_numpy(w), torch.from_numpy(scales[:, 0]).float(), zeros, 0, -top, top
    )
    ours = dequantise(quantise(w, scales, 0, -top, top), scales)
    np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-5)


def test_a_scale_for_each_row_is_never_coarser_than_one_for_all():
    w = np.random.default_rng(3).normal(0, 1, (4, 6)) * np.array([[1], [10], [0.1], [3]])
    assert channel_scales(w).shape == (4, 1)
    assert channel_scales(w).max() == pytest.approx(tensor_scale(w))


def test_the_scales_of_a_square_matrix_belong_to_its_rows():
    assert channel_scales([[127.0, 0.0], [0.0, 254.0]]).tolist() == [[1.0], [2.0]]
    assert channel_scales([[127.0, 381.0], [0.0, 254.0]]).tolist() == [[3.0], [2.0]]


def test_a_product_of_codes_is_the_product_of_their_numbers():
    rng = np.random.default_rng(4)
    x, w = rng.integers(0, 256, (3, 5)).astype(np.uint8), rng.integers(-127, 128, (4, 5)).astype(np.int8)
    scales = np.array([[0.1], [0.02], [3.0], [0.4]])
    expected = np.zeros((3, 4))
    for i, j, c in np.ndindex(3, 4, 5):
        expected[i, j] += 0.3 * (int(x[i, c]) - 91) * scales[j, 0] * int(w[j, c])
    np.testing.assert_allclose(quantised_linear(x, 0.3, 91, w, scales), expected, rtol=1e-12)


def test_arguments_stay_as_they_are():
    x, w = np.uint8([[3, 0]]), np.int8([[100, 20]])
    quantised_linear(x, 0.5, 1, w, np.array([[0.1]]))
    assert (x.tolist(), w.tolist()) == ([[3, 0]], [[100, 20]])


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: affine_grid([]), "0 numbers"),
        (lambda: affine_grid([1.0], 0), "num_bits 0"),
        (lambda: largest_code(1), "2 bits at least.*got 1"),
        (lambda: quantise([1.0], 0.0, 0, 0, 3), "above 0, the smallest is 0"),
        (lambda: quantise([1.0], np.array([0.5, -2.0]), 0, 0, 3), "the smallest is -2"),
    ],
)
def test_what_cannot_be_a_grid_is_refused(call, said):
    with pytest.raises(ValueError, match=said):
        call()
