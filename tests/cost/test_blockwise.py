"""cost.blockwise against plain loops and torch, any mask, any blocks; memory and visits as promised."""

import functools

import numpy as np
import pytest

import mha_lib as mha
from mha_lib.cost import blockwise
from tests.support import reference

BLOCKS = [(1, 1), (2, 3), (3, 4), (5, 7), (4, 20), (20, 2), (256, 512)]
EXACT = {"rtol": 1e-10, "atol": 1e-12}


def inputs(lead=(), num_queries=5, num_keys=7, dtype=float):
    """Return q, k and v of widths 4 and 3."""
    rng = np.random.default_rng(14)
    sizes = ((num_queries, 4), (num_keys, 4), (num_keys, 3))
    return tuple(rng.normal(0, 1.5, (*lead, *size)).astype(dtype) for size in sizes)


def some_mask(*shape):
    """Return a mask with an empty row, a full one, and ragged ones."""
    mask = np.random.default_rng(15).random(shape) < 0.6
    mask[..., 1, :], mask[..., 2, :] = False, True
    return mask


def masks():
    """Return masks for heads (2, 3), 5 queries and 7 keys, none of them square."""
    return {
        "none": None,
        "one for all": some_mask(5, 7),
        "one a head": some_mask(2, 3, 5, 7),
        "padding": mha.padding_mask([4, 7], 7)[:, None],
        "nothing at all": np.zeros((5, 7), bool),
    }


def by_loops(q, k, v, mask):
    """Return attention by plain loops, head by head."""
    mask = np.ones((5, 7), bool) if mask is None else mask
    mask = np.broadcast_to(mask, (*q.shape[:-1], k.shape[-2]))
    return reference.over_rows(reference.attention, q, k, v, mask, core=(2, 2, 2, 2))


@pytest.mark.parametrize("is_causal", [False, True])
@pytest.mark.parametrize("name", masks())
@pytest.mark.parametrize(("block_q", "block_k"), BLOCKS)
def test_blocks_equal_the_loops(block_q, block_k, name, is_causal):
    q, k, v = inputs((2, 3))
    mask = masks()[name]
    future = mha.causal_mask(5, 7) if is_causal else None
    expected = by_loops(q, k, v, mha.combine_masks(mask, future))
    np.testing.assert_allclose(mha.blockwise_attention(q, k, v, mask, is_causal, block_q, block_k), expected, **EXACT)


@pytest.mark.parametrize(("num_queries", "num_keys"), [(1, 9), (6, 6), (7, 3), (4, 1)])
@pytest.mark.parametrize(("block_q", "block_k"), BLOCKS)
def test_causal_is_aligned_bottom_right_for_any_lengths(num_queries, num_keys, block_q, block_k):
    q, k, v = inputs((), num_queries, num_keys)
    expected = mha.attention(q, k, v, mha.causal_mask(num_queries, num_keys))
    actual = mha.blockwise_attention(q, k, v, is_causal=True, block_q=block_q, block_k=block_k)
    np.testing.assert_allclose(actual, expected, **EXACT)


def test_float32_stays_float32_and_agrees_to_a_millionth():
    q, k, v = inputs((2,), 600, 1100, np.float32)
    output, log_sum_exp = mha.blockwise_attention_with_logsumexp(q, k, v)
    expected = mha.attention(q, k, v)
    assert (output.dtype, log_sum_exp.dtype) == (np.float32, np.float32)
    assert np.abs(output - expected).max() < 1e-6 * np.abs(expected).max()


def test_anything_but_float32_is_computed_in_float64():
    q, k, v = inputs()
    assert mha.blockwise_attention(q.astype(np.float32), k, v).dtype == np.float64
    assert mha.blockwise_attention(np.ones((1, 2), int), np.ones((3, 2), int), np.ones((3, 1), int)).dtype == np.float64


@pytest.mark.parametrize("shift", [-2e5, -1000.0, 0.0, 1000.0])
def test_scores_far_from_zero_are_no_trouble(shift):
    q, k, v = inputs()
    k[:, 0], q[:, 0] = shift, 2.0
    actual = mha.blockwise_attention(q, k, v, block_q=2, block_k=3)
    np.testing.assert_allclose(actual, mha.attention(q, k, v), rtol=1e-8, atol=1e-10)


def test_rows_a_thousand_apart_keep_their_own_maximum():
    q, k, v = inputs()
    q[:3] *= np.array([[1000.0], [-1000.0], [0.0]])
    actual = mha.blockwise_attention(q, k, v, block_q=5, block_k=2)
    np.testing.assert_allclose(actual, mha.attention(q, k, v), rtol=1e-8, atol=1e-10)


def test_a_query_that_may_attend_to_nothing_reads_zeros_without_a_warning():
    q, k, v = inputs()
    output, log_sum_exp = mha.blockwise_attention_with_logsumexp(q, k, v, some_mask(5, 7), block_q=2, block_k=3)
    np.testing.assert_array_equal(output[1], np.zeros(3))
    assert np.isneginf(log_sum_exp).tolist() == [False, True, False, False, False]


def test_the_log_sum_exp_is_that_of_the_scaled_scores():
    q, k, v = inputs((2,))
    log_sum_exp = mha.blockwise_attention_with_logsumexp(q, k, v, block_q=2, block_k=3)[1]
    np.testing.assert_allclose(log_sum_exp, mha.logsumexp(mha.attention_scores(q, k)), **EXACT)


def test_leading_axes_broadcast():
    q, k, v = inputs((2, 3))
    shared = mha.blockwise_attention(q, k[:, :1], v[:, :1], block_q=2, block_k=3)
    np.testing.assert_allclose(shared, mha.attention(q, k[:, :1], v[:, :1]), **EXACT)


@pytest.mark.parametrize("is_causal", [False, True])
@pytest.mark.parametrize("name", masks())
def test_gradients_equal_torch(name, is_causal):
    torch = pytest.importorskip("torch")
    q, k, v = inputs((2, 3))
    mask = mha.combine_masks(masks()[name], mha.causal_mask(5, 7) if is_causal else np.ones((5, 7), bool))
    direction = np.cos(np.arange(90.0)).reshape(2, 3, 5, 3)
    tensors = [torch.tensor(x, requires_grad=True) for x in (q, k, v)]
    output = torch.nn.functional.scaled_dot_product_attention(*tensors, torch.tensor(mask))
    expected = torch.autograd.grad(output, tensors, torch.tensor(direction))
    saved = mha.blockwise_attention_with_logsumexp(q, k, v, masks()[name], is_causal, 2, 3)
    actual = mha.blockwise_attention_gradients(q, k, v, *saved, direction, masks()[name], is_causal, 3, 2)
    for ours, theirs in zip(actual, expected, strict=True):
        np.testing.assert_allclose(ours, theirs.numpy(), **EXACT)


@pytest.mark.parametrize("which", range(3))
def test_gradients_equal_finite_differences(which):
    arrays = inputs((), 3, 5)
    direction = np.cos(np.arange(9.0)).reshape(3, 3)
    saved = mha.blockwise_attention_with_logsumexp(*arrays, is_causal=True, block_q=2, block_k=2)
    gradient = mha.blockwise_attention_gradients(*arrays, *saved, direction, None, True, 2, 2)[which]

    def loss(place, step):
        moved = [x.copy() for x in arrays]
        moved[which][place] += step
        return (mha.attention(*moved, mha.causal_mask(3, 5)) * direction).sum()

    for place in np.ndindex(arrays[which].shape):
        slope = (loss(place, 1e-5) - loss(place, -1e-5)) / 2e-5
        assert gradient[place] == pytest.approx(slope, abs=1e-8)


def test_gradients_of_float32_stay_float32():
    q, k, v = inputs((2,), dtype=np.float32)
    saved = mha.blockwise_attention_with_logsumexp(q, k, v)
    gradients = mha.blockwise_attention_gradients(q, k, v, *saved, np.ones_like(saved[0]))
    assert {gradient.dtype for gradient in gradients} == {np.dtype(np.float32)}


@pytest.mark.parametrize("scale", [1.0, 300.0])
def test_the_ladder_gives_one_and_the_same_pair_of_numbers(scale):
    scores = scale * np.random.default_rng(3).normal(size=(2, 4, 9))
    scores[0, 1], scores[1, 2, 3:] = -np.inf, -np.inf
    maximum, normaliser = mha.softmax_statistics(scores)
    for ours, theirs in zip(mha.online_normaliser(scores), (maximum, normaliser), strict=True):
        np.testing.assert_allclose(ours, theirs, **EXACT)
    weights = np.exp(scores - np.where(np.isneginf(maximum), 0, maximum)[..., None])
    np.testing.assert_allclose(weights.sum(axis=-1), normaliser, **EXACT)


@pytest.mark.parametrize("cuts", [[3], [1, 2, 8], [4, 4, 9]])
def test_parts_may_be_merged_in_any_order_and_grouping(cuts):
    rng = np.random.default_rng(4)
    scores, v = 300 * rng.normal(size=(4, 9)), rng.normal(size=(9, 2))
    scores[2] = -np.inf
    pieces = zip(np.split(scores, cuts, axis=1), np.split(v, cuts), strict=True)
    parts = [mha.partial_attention(*piece) for piece in pieces]
    expected = mha.masked_softmax(scores, np.isfinite(scores)) @ v
    for order in (parts, parts[::-1]):
        np.testing.assert_allclose(mha.partial_output(functools.reduce(mha.merge_partials, order)), expected, **EXACT)
    right_first = functools.reduce(lambda later, part: mha.merge_partials(part, later), parts[::-1])
    np.testing.assert_allclose(mha.partial_output(right_first), expected, **EXACT)


@pytest.mark.parametrize(("num_queries", "num_keys"), [(6, 6), (7, 11), (1, 9), (5, 3), (13, 13)])
@pytest.mark.parametrize(("block_q", "block_k"), [(1, 1), (3, 2), (2, 5), (4, 4), (20, 20)])
def test_a_tile_is_visited_if_the_causal_mask_has_a_key_in_it(num_queries, num_keys, block_q, block_k):
    mask = mha.causal_mask(num_queries, num_keys)
    expected = [
        [mask[i : i + block_q, j : j + block_k].any() for j in range(0, num_keys, block_k)]
        for i in range(0, num_queries, block_q)
    ]
    np.testing.assert_array_equal(mha.visited_tiles(num_queries, num_keys, block_q, block_k), expected)


def visits(monkeypatch, q, k, v, *args, **options):
    """Return how many tiles `blockwise_attention` visits."""
    seen = []
    original = blockwise.visible_tiles

    def spy(*given):
        for tile in original(*given):
            seen.append(tile)
            yield tile

    monkeypatch.setattr(blockwise, "visible_tiles", spy)
    mha.blockwise_attention(q, k, v, *args, **options)
    return len(seen)


def test_causal_attention_visits_the_tiles_it_must_and_no_more(monkeypatch):
    q, k, v = inputs((), 64, 64)
    expected = mha.visited_tiles(64, 64, 8, 4).sum()
    assert visits(monkeypatch, q, k, v, is_causal=True, block_q=8, block_k=4) == expected == 72
    assert mha.visited_tiles(64, 64, 8, 4).size == 128


def test_a_tile_that_is_hidden_altogether_is_not_visited(monkeypatch):
    q, k, v = inputs((2,), 8, 12)
    padding = mha.padding_mask([12, 5], 12)
    assert visits(monkeypatch, q, k, v, padding, block_q=4, block_k=4) == 2 * 3 + 2 * 2


def test_only_tiles_on_the_diagonal_get_a_causal_mask():
    tiles = list(blockwise.visible_tiles(slice(8, 12), 16, 0, None, True, 4))
    assert [(columns.start, columns.stop, mask is None) for columns, mask in tiles] == [
        (0, 4, True),
        (4, 8, True),
        (8, 12, False),
    ]


def test_a_causal_walk_ends_at_the_last_key_that_is_seen():
    tiles = blockwise.visible_tiles(slice(0, 4), 16, 1, None, True, 8)
    assert [(columns.start, columns.stop) for columns, _ in tiles] == [(0, 5)]


@pytest.mark.parametrize("is_causal", [False, True])
def test_memory_beyond_the_output_stays_below_4_mebibytes_however_long(is_causal):
    extra = []
    for n in (2048, 4096):
        q = np.ones((2, n, 64), np.float32)
        peak = mha.peak_memory(lambda q=q: mha.blockwise_attention(q, q, q, is_causal=is_causal))
        extra.append((peak - q.nbytes) / 2**20)
    assert max(extra) < 4
    assert extra[1] - extra[0] < 0.1


def test_no_array_of_all_scores_is_ever_made():
    q = np.ones((4096, 8), np.float32)
    all_scores = 4 * 4096**2
    assert mha.peak_memory(lambda: mha.blockwise_attention(q, q, q)) < all_scores / 20


def test_a_mask_is_never_expanded():
    q = np.ones((4, 2, 1024, 8), np.float32)
    mask = mha.padding_mask([1024, 900, 800, 700], 1024)[:, None]
    with_mask, without = (mha.peak_memory(lambda m=m: mha.blockwise_attention(q, q, q, m)) for m in (mask, None))
    assert with_mask - without < 2**19  # a tile of booleans and its opposite, where (4, 2, q, k) has 8 MiB


def test_arguments_are_left_alone():
    q, k, v = inputs((2,))
    mask = some_mask(2, 5, 7)
    saved = mha.blockwise_attention_with_logsumexp(q, k, v, mask)
    given = (q, k, v, *saved, np.ones((2, 5, 3)), mask)
    copies = [array.copy() for array in given]
    mha.blockwise_attention(q, k, v, mask, True, 2, 2)
    mha.blockwise_attention_gradients(*given, True, 2, 2)
    for before, after in zip(copies, given, strict=True):
        np.testing.assert_array_equal(before, after)


def test_views_with_strides_are_read_as_they_are():
    q, k, v = inputs((3,))
    turned = [np.swapaxes(np.ascontiguousarray(np.swapaxes(x, 0, 1)), 0, 1) for x in (q, k, v)]
    np.testing.assert_allclose(mha.blockwise_attention(*turned, block_k=2), mha.attention(q, k, v), **EXACT)


def test_widths_that_differ_are_refused_with_both_numbers():
    with pytest.raises(ValueError, match="width d, got 4 and 3"):
        mha.blockwise_attention(np.ones((2, 4)), np.ones((2, 3)), np.ones((2, 1)))


def test_keys_without_values_are_refused_with_both_numbers():
    with pytest.raises(ValueError, match="2 keys and 3 values"):
        mha.blockwise_attention(np.ones((2, 4)), np.ones((2, 4)), np.ones((3, 1)))


def test_a_mask_of_numbers_is_refused():
    with pytest.raises(ValueError, match="boolean"):
        mha.blockwise_attention(*inputs(), mask=np.ones((5, 7)))


@pytest.mark.parametrize("blocks", [{"block_q": 0}, {"block_k": -1}])
def test_a_block_of_nothing_is_refused_with_its_size(blocks):
    with pytest.raises(ValueError, match=f"got {next(iter(blocks.values()))}"):
        mha.blockwise_attention(*inputs(), **blocks)
