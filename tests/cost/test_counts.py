"""cost.counts: counts against loops that count, the roofline by hand, memory and slopes."""

import json
from pathlib import Path

import numpy as np
import pytest

import mha_lib as mha
from mha_lib import plots

SIZES = [(6, 6, 4, 4), (3, 8, 5, 2), (1, 9, 4, 3), (5, 5, 1, 7)]


def counted(num_queries, num_keys, d, e, is_causal):
    """Return the multiply-adds of one head, by doing them one at a time."""
    done = 0
    for query in range(num_queries):
        for key in range(num_keys):
            if is_causal and key > query + num_keys - num_queries:
                continue
            done += sum(1 for _ in range(d))
            done += sum(1 for _ in range(e))
    return done


@pytest.mark.parametrize("is_causal", [False, True])
@pytest.mark.parametrize(("num_queries", "num_keys", "d", "e"), SIZES)
def test_multiply_adds_are_those_of_the_loops(num_queries, num_keys, d, e, is_causal):
    expected = counted(num_queries, num_keys, d, e, is_causal)
    assert mha.attention_multiply_adds(num_queries, num_keys, d, e, is_causal) == expected


def test_causal_pairs_are_the_true_cells_of_the_mask():
    assert mha.attention_multiply_adds(5, 8, 1, 0, is_causal=True) == mha.causal_mask(5, 8).sum()


def test_a_causal_head_with_more_queries_than_keys_is_refused_with_both_numbers():
    with pytest.raises(ValueError, match="5 queries and 3 keys"):
        mha.attention_multiply_adds(5, 3, 4, is_causal=True)


@pytest.mark.parametrize("d_model", [32, 100])
def test_attention_overtakes_the_projections_at_twice_the_width(d_model):
    def attention(n):
        return mha.attention_multiply_adds(n, n, d_model)

    n = 2 * d_model
    assert attention(n - 1) < mha.projection_multiply_adds(n - 1, d_model)
    assert attention(n) == mha.projection_multiply_adds(n, d_model)
    assert attention(n + 1) > mha.projection_multiply_adds(n + 1, d_model)


def test_heads_do_not_change_the_count():
    assert 8 * mha.attention_multiply_adds(100, 100, 64) == mha.attention_multiply_adds(100, 100, 512)


def test_plain_bytes_are_those_of_the_arrays_that_come_and_go():
    q, k, v = np.zeros((7, 5)), np.zeros((11, 5)), np.zeros((11, 3))
    output, scores = np.zeros((7, 3)), np.zeros((7, 11))
    moved = q.nbytes + k.nbytes + scores.nbytes  # scores
    moved += 2 * scores.nbytes  # weights
    moved += scores.nbytes + v.nbytes + output.nbytes  # output
    assert mha.plain_attention_bytes(7, 11, 5, 3, itemsize=8) == moved


@pytest.mark.parametrize(("block_q", "times"), [(1, 7), (2, 4), (3, 3), (7, 1), (100, 1)])
def test_keys_and_values_are_read_once_for_every_block_of_queries(block_q, times):
    expected = 4 * (7 * (5 + 3) + times * 11 * (5 + 3))
    assert mha.blockwise_attention_bytes(7, 11, 5, 3, block_q=block_q) == expected


def test_the_intensity_of_the_plain_formula_never_reaches_a_quarter_of_the_width():
    d = 64
    for n in (256, 4096, 65536):
        work, moved = mha.attention_multiply_adds(n, n, d), mha.plain_attention_bytes(n, n, d)
        assert mha.arithmetic_intensity(work, moved) < d / 4
    assert mha.arithmetic_intensity(work, moved) == pytest.approx(d / 4, rel=0.01)


def test_the_intensity_of_blocks_approaches_half_a_block_of_queries():
    n, d = 65536, 64
    for block_q in (64, 256):
        work, moved = mha.attention_multiply_adds(n, n, d), mha.blockwise_attention_bytes(n, n, d, block_q=block_q)
        assert mha.arithmetic_intensity(work, moved) == pytest.approx(block_q / 2, rel=0.01)


def test_the_roofline_has_its_corner_at_the_ridge():
    rates = mha.attainable_rate(np.array([2.5, 5.0, 10.0]), peak=100.0, bandwidth=20.0)
    assert rates.tolist() == [50.0, 100.0, 100.0]


def test_peak_memory_counts_what_is_held_at_once_and_not_what_was_there():
    old = np.ones(100_000)

    def two_at_a_time():
        first = old + 1.0
        return first + 1.0

    one_at_a_time = mha.peak_memory(lambda: [np.ones(100_000).sum() for _ in range(5)])
    assert 1.9 < mha.peak_memory(two_at_a_time) / old.nbytes < 2.1
    assert 0.9 < one_at_a_time / old.nbytes < 1.1


def test_a_slope_is_the_exponent():
    sizes = np.array([64, 128, 256, 512])
    assert mha.fitted_slope(sizes, 3.0 * sizes**1.5) == pytest.approx(1.5)


def test_time_is_the_median_of_the_rounds():
    calls = []
    assert mha.processor_seconds(lambda: calls.append(1), rounds=5) >= 0
    assert len(calls) == 5


def test_a_machine_has_a_peak_and_a_bandwidth():
    assert mha.measured_peak(64, rounds=1) > 0
    assert mha.measured_bandwidth(1, rounds=1) > 0


def test_growth_is_drawn_on_logarithmic_axes_with_the_fitted_slope():
    sizes = [64, 128, 256]
    ax = plots.show_growth({"plain": (sizes, [1, 4, 16]), "blocks": (sizes, [2, 4, 8])}, "n", "cost")
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["plain, slope 2.00", "blocks, slope 1.00"]


def test_the_walk_numbers_exactly_the_tiles_that_are_visited():
    ax = plots.show_tile_walk(7, 11, 3, 4)
    turns = [int(text.get_text()) for text in ax.texts]
    assert turns == [*range(1, mha.visited_tiles(7, 11, 3, 4).sum() + 1)]


def test_the_roofline_is_flat_at_the_peak_and_no_point_is_moved():
    ax = plots.show_roofline({"plain": (2.0, 5e9)}, peak=1e11, bandwidth=2e10)
    assert ax.lines[0].get_ydata().max() == pytest.approx(100.0)
    assert [line.get_xydata().tolist() for line in ax.lines if line.get_label() == "plain"] == [[[2.0, 5.0]]]


def test_every_stored_measurement_names_its_machine_and_compares_with_the_fused_kernel():
    results = Path(__file__).parents[2] / "benchmarks" / "results"
    for path in results.glob("blockwise_*.json"):
        stored = json.loads(path.read_text("utf-8"))
        assert stored["date"]
        assert stored["machine"]
        assert stored["threads"] == 1
        for row in stored["rows"]:
            fused, *_ = row["quartiles_over_limit"].values()
            assert fused[1] == pytest.approx(1.0, abs=0.01)
            assert row["quartiles_over_limit"].keys() == row["extra_mebibytes"].keys()
