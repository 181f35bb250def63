"""positions.arrays against plain loops, against published code where it is installed, and what the codes promise."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

import mha_lib as mha
from mha_lib import plots
from mha_lib.positions.arrays import pair_frequencies, relative_positions
from tests.support import reference

mpl.use("Agg")

LEADS = [(), (2,), (2, 3)]
BUCKETS = [(8, 16), (18, 128), (32, 128), (12, 20), (4, 6), (16, 64), (6, 9)]
POSITIONS = np.array([7.0, 3.0, 0.0, 11.0, 250.0])


def tokens(lead=(), n=5, d=8):
    return np.random.default_rng(7).normal(0, 1.5, (*lead, n, d))


def score(q, k, m, n):
    """Return the dot product of a query at position m and a key at position n."""
    return mha.dot(mha.rotate(q[None], [m])[0], mha.rotate(k[None], [n])[0])


@pytest.mark.parametrize(("num_positions", "d_model"), [(1, 2), (5, 6), (6, 6), (300, 8)])
def test_sinusoidal_positions_equal_the_loop(num_positions, d_model):
    expected = reference.sinusoidal_positions(num_positions, d_model)
    np.testing.assert_allclose(mha.sinusoidal_positions(num_positions, d_model), expected, rtol=1e-10, atol=1e-12)


def test_position_0_is_zeros_and_ones():
    np.testing.assert_array_equal(mha.sinusoidal_positions(1, 6), [[0, 1, 0, 1, 0, 1]])


def test_all_codes_have_one_length():
    np.testing.assert_allclose(mha.norm(mha.sinusoidal_positions(500, 32)), 4.0)


def test_the_dot_product_of_two_codes_depends_on_their_distance_alone():
    products = mha.pairwise_dot(*[mha.sinusoidal_positions(60, 16)] * 2)
    for distance in range(60):
        np.testing.assert_allclose(np.diag(products, distance), products[0, distance])


def test_one_rotation_leads_from_any_code_to_a_later_one():
    codes = mha.sinusoidal_positions(40, 8)
    swapped = codes.reshape(40, 4, 2)[..., ::-1].reshape(40, 8)  # (cos, sin): the angle counter-clockwise
    np.testing.assert_allclose(mha.rotate(swapped[:-9], np.full(31, 9.0)), swapped[9:], atol=1e-12)


def test_no_two_codes_are_alike():
    codes = mha.sinusoidal_positions(2000, 16)
    gaps = 2 * (8 - np.triu(codes @ codes.T, 1) - np.tril(np.full((2000, 2000), -8.0)))
    assert gaps.min() > 0.01


@pytest.mark.parametrize("base", [10000.0, 100.0])
@pytest.mark.parametrize("lead", LEADS)
def test_rotate_equals_the_loop(lead, base):
    x = tokens(lead)
    expected = reference.over_rows(lambda x: reference.rotate(x, POSITIONS, base), x, core=(2,))
    np.testing.assert_allclose(mha.rotate(x, POSITIONS, base), expected, rtol=1e-10, atol=1e-12)


def test_each_sequence_may_have_positions_of_its_own():
    x, positions = tokens((2,)), np.stack([POSITIONS, POSITIONS[::-1]])
    both = mha.rotate(x, positions)
    np.testing.assert_array_equal(both[1], mha.rotate(x[1], positions[1]))
    assert not np.allclose(both[1], mha.rotate(x[1], positions[0]))


def test_a_quarter_turn_by_hand():
    np.testing.assert_allclose(mha.rotate([[3.0, 1.0]], [np.pi / 2]), [[-1.0, 3.0]], atol=1e-12)


def test_a_turned_token_keeps_its_length_and_at_position_0_its_numbers():
    x = tokens((2,))
    turned = mha.rotate(x, POSITIONS)
    np.testing.assert_allclose(mha.norm(turned), mha.norm(x))
    np.testing.assert_array_equal(turned[:, 2], x[:, 2])


def test_turned_scores_depend_on_the_difference_of_positions_and_on_its_sign():
    q, k = tokens(n=2)
    assert score(q, k, 9, 4) == pytest.approx(score(q, k, 105, 100))
    assert abs(score(q, k, 9, 4) - score(q, k, 4, 9)) > 0.1


def test_where_query_and_key_are_the_same_the_direction_of_the_turn_is_invisible():
    (q,) = tokens(n=1)
    assert score(q, q, 9, 4) == pytest.approx(score(q, q, 4, 9))


def test_the_last_pair_of_a_wide_head_hardly_turns():
    frequencies = pair_frequencies(64)
    assert frequencies[0] == 1.0
    np.testing.assert_allclose(frequencies[1:] / frequencies[:-1], 10000 ** (-1 / 32))


@pytest.mark.parametrize("sizes", [(1, 1, 1), (8, 1, 3), (3, 3, 3), (4, 2, 6), (6, 5, 5)])
def test_alibi_equals_the_loop(sizes):
    np.testing.assert_allclose(mha.alibi_bias(*sizes), reference.alibi_bias(*sizes))


def test_the_slopes_are_those_of_the_paper():
    np.testing.assert_allclose(mha.alibi_slopes(8), [1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64, 1 / 128, 1 / 256])
    np.testing.assert_allclose(mha.alibi_slopes(16)[:3], [2**-0.5, 2**-1, 2**-1.5])


def test_alibi_treats_both_directions_alike():
    bias = mha.alibi_bias(3, 6, 6)
    np.testing.assert_array_equal(bias, bias.swapaxes(1, 2))


def test_under_a_causal_mask_the_distance_may_as_well_be_the_keys_index():
    weights = mha.masked_softmax(mha.alibi_bias(2, 6, 6), mha.causal_mask(6))
    by_index = mha.alibi_slopes(2)[:, None, None] * np.arange(6.0) * np.ones((6, 1))
    np.testing.assert_allclose(mha.masked_softmax(by_index, mha.causal_mask(6)), weights)


@pytest.mark.parametrize(("num_buckets", "max_distance"), BUCKETS)
def test_buckets_equal_the_loop(num_buckets, max_distance):
    expected = [[reference.relative_bucket(j - i, num_buckets, max_distance) for j in range(150)] for i in range(150)]
    np.testing.assert_array_equal(mha.relative_buckets(150, 150, num_buckets, max_distance), expected)


@pytest.mark.parametrize(("num_buckets", "max_distance"), BUCKETS)
def test_buckets_are_those_of_transformers(num_buckets, max_distance):
    t5 = pytest.importorskip("transformers.models.t5.modeling_t5")
    torch = pytest.importorskip("torch")
    published = t5.T5Attention._relative_position_bucket(
        torch.from_numpy(relative_positions(150, 150)), True, num_buckets, max_distance
    )
    np.testing.assert_array_equal(mha.relative_buckets(150, 150, num_buckets, max_distance), published.numpy())


def test_the_edges_of_t5_lie_at_powers_of_two():
    """The first distance of each shared bucket, with T5's own 32 buckets up to 128."""
    buckets = mha.relative_buckets(1, 200, 32, 128)[0, ::-1]
    assert [int(np.argmax(buckets == bucket)) for bucket in (8, 10, 12, 14)] == [8, 16, 32, 64]


def test_every_bucket_is_used_but_that_of_distance_0_after_the_query():
    np.testing.assert_array_equal(np.unique(mha.relative_buckets(40, 40, 8, 16)), [0, 1, 2, 3, 5, 6, 7])


@pytest.mark.parametrize(
    "table",
    [
        lambda q, k: mha.alibi_bias(2, q, k)[1],
        lambda q, k: mha.relative_buckets(q, k, 8, 16),
        lambda q, k: relative_positions(q, k),
    ],
)
def test_the_queries_are_the_last_positions(table):
    np.testing.assert_array_equal(table(2, 7), table(7, 7)[-2:])


def test_an_odd_width_is_refused_with_what_would_do():
    for call in (lambda: mha.sinusoidal_positions(3, 5), lambda: mha.rotate(np.ones((3, 5)), np.arange(3))):
        with pytest.raises(ValueError, match=r"even, got 5; 6 would do"):
            call()


@pytest.mark.parametrize("positions", [[1, 2], np.zeros((4, 5)), np.zeros((2, 2, 5))])
def test_positions_that_do_not_fit_are_refused_with_both_shapes(positions):
    with pytest.raises(ValueError, match=r"positions of shape \(.*tokens of shape \(2, 5\)"):
        mha.rotate(tokens((2,)), positions)


@pytest.mark.parametrize("given", [(7, 16), (2, 16), (8, 2)])
def test_buckets_that_cannot_be_are_refused_with_both_numbers(given):
    with pytest.raises(ValueError, match=f"got {given[0]} and {given[1]}"):
        mha.relative_buckets(3, 3, *given)


def test_arguments_are_left_alone():
    x, positions = tokens((2,)), POSITIONS.copy()
    before = x.copy()
    mha.rotate(x, positions)
    np.testing.assert_array_equal(x, before)
    np.testing.assert_array_equal(positions, POSITIONS)


def test_codes_are_drawn_about_zero_one_row_a_position():
    ax = plots.show_codes(mha.sinusoidal_positions(20, 8))
    (image,) = ax.get_images()
    assert image.get_clim() == (-1.0, 1.0)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("column of the code", "position")
    plt.close("all")


def test_all_heads_are_drawn_on_one_scale_with_white_for_no_penalty():
    row = plots.show_biases(mha.alibi_bias(4, 2, 3), ("a", "b"), ("x", "y", "z"), list("1234"))
    images = [ax.get_images()[0] for ax in row]
    assert {image.get_clim() for image in images} == {(-0.5, 0.0)}
    assert min(images[0].cmap(images[0].norm(0.0))[:3]) > 0.95
    plt.close("all")


def test_every_scheme_has_a_line_and_a_mark_of_its_own():
    schemes = {name: [1.0, 0.5] for name in "abcdef"}
    row = plots.show_extrapolation({"one": schemes, "two": schemes}, (16, 32), chance=0.1)
    assert [ax.get_title() for ax in row] == ["one", "two"]
    lines = [line for line in row[0].lines if line.get_label() in schemes]
    assert len({line.get_color() for line in lines}) == len({line.get_marker() for line in lines}) == 6
    plt.close("all")
