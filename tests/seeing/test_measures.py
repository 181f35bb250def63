"""seeing.measures against plain loops; what follows from the definitions; the figures of chapter 11."""

import subprocess
import sys

import numpy as np
import pytest
from matplotlib.colors import to_hex

import mha_lib as mha
from mha_lib import plots
from tests.support import reference

WANTED = np.eye(5, k=-1, dtype=bool)[None].repeat(2, axis=0)


def maps(*shape, seed=8):
    """Return rows of weights, some of them exactly zero."""
    rng = np.random.default_rng(seed)
    keep = rng.random(shape) < 0.7
    keep[..., 0] = True
    return mha.masked_softmax(rng.normal(0, 1.5, shape), keep)


def table(seed=3):
    """Return wanted pairs (2, 5, 5), some rows empty, some with several keys."""
    wanted = np.random.default_rng(seed).random((2, 5, 5)) < 0.3
    wanted[0, 1] = False
    return wanted


@pytest.mark.parametrize("seed", range(5))
def test_a_share_equals_the_loop(seed):
    weights = maps(2, 3, 5, 5, seed=seed)
    np.testing.assert_allclose(
        mha.attention_share(weights, table(seed)), reference.attention_share(weights, table(seed)), rtol=1e-12
    )


def test_queries_without_a_wanted_key_have_no_vote():
    weights, wanted = maps(2, 3, 5, 5), table()
    other = weights.copy()
    other[:, :, :, :] = np.where(wanted.any(-1)[:, None, :, None], weights, 0.2)
    np.testing.assert_array_equal(mha.attention_share(weights, wanted), mha.attention_share(other, wanted))


def test_every_query_has_one_vote_whatever_its_sentence():
    weights, wanted = maps(2, 3, 5, 5), np.zeros((2, 5, 5), dtype=bool)
    wanted[0, :, 0], wanted[1, 2, 3] = True, True
    expected = (weights[0, :, :, 0].sum(1) + weights[1, :, 2, 3]) / 6
    np.testing.assert_allclose(mha.attention_share(weights, wanted), expected)


def test_all_that_may_be_looked_at_is_a_share_of_one():
    np.testing.assert_allclose(mha.attention_share(maps(2, 3, 5, 5), np.ones((2, 5, 5), dtype=bool)), np.ones(3))


def test_a_table_with_nothing_wanted_is_refused():
    with pytest.raises(ValueError, match="no query has a wanted key"):
        mha.attention_share(maps(2, 3, 5, 5), np.zeros((2, 5, 5), dtype=bool))


@pytest.mark.parametrize("shape", [(5, 5), (1, 5, 5), (2, 3, 5, 5)])
def test_a_table_of_another_shape_is_refused_with_both_shapes(shape):
    with pytest.raises(ValueError, match=r"\(2, 3, 5, 5\) and \("):
        mha.attention_share(maps(2, 3, 5, 5), np.ones(shape, dtype=bool))


def test_the_best_head_of_a_table_is_found():
    layers = [maps(2, 3, 5, 5, seed=seed) for seed in range(4)]
    layers[2][:, 1] = np.eye(5)[[0, 0, 1, 2, 3]]
    shares = mha.share_table(layers, WANTED)
    assert shares.shape == (4, 3)
    assert mha.best_head(shares) == (2, 1)
    assert shares[2, 1] == 1.0


@pytest.mark.parametrize("offset", [-2, -1, 0, 1, 3])
def test_offset_pairs_are_offset_and_real(offset):
    real = np.array([[False, True, True, True, False], [True, True, False, True, True]])
    for pairs, row in zip(mha.offset_pairs(real, offset), real, strict=True):
        expected = [[row[i] and row[j] and j - i == offset for j in range(5)] for i in range(5)]
        np.testing.assert_array_equal(pairs, expected)


def test_same_token_pairs_leave_out_the_token_itself_and_what_is_not_real():
    pairs = mha.same_token_pairs([[4, 7, 4, 4]], [[True, True, True, False]])[0]
    np.testing.assert_array_equal(np.argwhere(pairs), [[0, 2], [2, 0]])


def test_induction_pairs_equal_the_loop():
    tokens = np.random.default_rng(0).integers(4, size=(6, 11))
    for pairs, row in zip(mha.induction_pairs(tokens), tokens, strict=True):
        np.testing.assert_array_equal(pairs, reference.induction_pairs(row))


def test_brackets_are_paired_as_they_nest():
    tokens = [[2, 1, 5, 1, 2, 2, 1]]  # ) ( x ( ) ) (
    np.testing.assert_array_equal(np.argwhere(mha.partner_pairs(tokens, 1, 2)[0]), [[1, 5], [3, 4]])


def test_even_weights_give_the_level_of_chance():
    real = np.array([[True, True, True, False], [False, False, False, False]])
    even = mha.even_weights(real)
    np.testing.assert_allclose(even[0, 0], np.tile([1 / 3, 1 / 3, 1 / 3, 0], (4, 1)))
    assert not even[1].any()
    assert mha.attention_share(even, mha.offset_pairs(real, -1))[0] == pytest.approx(1 / 3)


def test_entropy_and_distance_are_those_of_the_real_queries():
    weights, real = maps(2, 3, 5, 5), np.array([[True, True, False, True, False], [False, True, True, True, True]])
    for measure, of_row in (
        (mha.attention_entropy, lambda row, i: mha.entropy(row)),
        (mha.attention_distance, lambda row, i: sum(weight * abs(i - j) for j, weight in enumerate(row))),
    ):
        chosen = np.argwhere(real)
        expected = [np.mean([of_row(weights[b, h, i], i) for b, i in chosen]) for h in range(3)]
        np.testing.assert_allclose(measure(weights, real), expected)


@pytest.mark.parametrize("measure", [mha.attention_entropy, mha.attention_distance])
def test_without_a_real_query_there_is_nothing_to_average(measure):
    with pytest.raises(ValueError, match="none of the queries is real"):
        measure(maps(1, 2, 3, 3), np.zeros((1, 3), dtype=bool))


@pytest.mark.parametrize("num_layers", [1, 2, 4])
def test_rollout_equals_the_sum_over_all_paths(num_layers):
    layers = [maps(3, 4, 4, seed=seed) for seed in range(num_layers)]
    np.testing.assert_allclose(mha.rollout(layers), reference.rollout(layers), rtol=1e-12)


def test_rollout_of_a_query_that_attends_to_nothing_keeps_the_token():
    layers = [maps(3, 4, 4, seed=seed) for seed in range(2)]
    for weights in layers:
        weights[:, 1] = 0.0
    result = mha.rollout(layers)
    np.testing.assert_array_equal(result[1], np.eye(4)[1])
    np.testing.assert_allclose(result.sum(axis=-1), 1.0)
    np.testing.assert_allclose(result, reference.rollout(layers), rtol=1e-12)


def test_rollout_takes_a_batch_and_layers_with_unlike_numbers_of_heads():
    layers = [maps(2, 3, 4, 4), maps(2, 5, 4, 4)]
    for i in range(2):
        np.testing.assert_allclose(mha.rollout(layers)[i], mha.rollout([layers[0][i], layers[1][i]]))


def test_rollout_refuses_no_layers_and_tables_that_are_not_square():
    with pytest.raises(ValueError, match="no layers"):
        mha.rollout([])
    with pytest.raises(ValueError, match=r"one number of tokens, got .*\(3, 4\)"):
        mha.rollout([maps(2, 3, 4)])
    with pytest.raises(ValueError, match="one number of tokens"):
        mha.rollout([maps(2, 3, 3), maps(2, 4, 4)])


def test_arguments_are_left_alone():
    weights, wanted, real = maps(2, 3, 5, 5), table(), np.ones((2, 5), dtype=bool)
    copies = [array.copy() for array in (weights, wanted, real)]
    mha.attention_share(weights, wanted)
    mha.attention_entropy(weights, real)
    mha.attention_distance(weights, real)
    mha.rollout(list(weights))
    for before, after in zip(copies, (weights, wanted, real), strict=True):
        np.testing.assert_array_equal(before, after)


def test_seeing_needs_no_pytorch():
    script = "import mha_lib.seeing.measures, sys; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)


def test_the_flowchart_says_the_shapes_of_the_layer_it_is_given():
    layers = pytest.importorskip("mha_lib.heads.layers")
    ax = plots.show_layer_flow(layers.MultiHeadAttention(12, 4), num_tokens=5)
    said = " ".join(text.get_text() for text in ax.texts)
    for shape in ("(5, 12)", "(12, 36)", "(5, 3)", "(5, 5)", "(12, 12)", "4 heads"):
        assert shape in said
    assert sum(to_hex(box.get_edgecolor()) == plots.style.COLOURS[1] for box in ax.patches) == 2
    ax.figure.canvas.draw()


@pytest.mark.parametrize(("num_heads", "cards"), [(1, 1), (2, 2), (8, 3)])
def test_the_flowchart_draws_three_heads_at_most(num_heads, cards):
    layers = pytest.importorskip("mha_lib.heads.layers")
    ax = plots.show_layer_flow(layers.MultiHeadAttention(8, num_heads), num_tokens=5)
    assert sum(box.get_height() == 1.6 for box in ax.patches if hasattr(box, "get_boxstyle")) == cards


def test_the_tables_of_heads_share_one_scale_and_show_their_numbers():
    axes = plots.show_head_tables({"one": np.full((2, 3), 0.25), "two": np.eye(2, 3), "three": np.eye(2, 3)})
    assert [ax.get_title() for ax in axes] == ["one", "two", "three"]
    assert {ax.get_images()[0].get_clim() for ax in axes} == {(0.0, 1.0)}
    assert (axes[0].get_xlabel(), axes[0].get_ylabel()) == ("head", "layer")
    assert [text.get_text() for text in axes[0].texts] == ["0.25"] * 6
    axes[0].figure.canvas.draw()


def test_costs_are_bars_with_a_row_of_dots_below():
    ax = plots.show_costs({"a": 0.5, "b": 0.25}, [0.1, -0.05, 0.2], "nats", "others")
    assert [bar.get_width() for bar in ax.patches] == [0.5, 0.25]
    np.testing.assert_allclose(ax.collections[0].get_offsets(), [[0.1, 2], [-0.05, 2], [0.2, 2]])
    assert [text.get_text() for text in ax.get_yticklabels()] == ["a", "b", "others"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]
