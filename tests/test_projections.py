"""projections against plain loops, against torch, and what follows from the formulas."""

import numpy as np
import pytest

import mha_lib as mha
from mha_lib import plots
from tests.support import reference

LEADS = [(), (2,), (2, 3)]
ORDER = [4, 2, 0, 1, 3]


def inputs(lead=()):
    """Return x (5, 7), memory (11, 7), w_q and w_k (7, 3), w_v (7, 13), and a mask (5, 11)."""
    rng = np.random.default_rng(5)
    x, memory = (rng.normal(0, 1.5, (*lead, n, 7)) for n in (5, 11))
    w_q, w_k, w_v = (rng.normal(0, 1.0, (7, width)) for width in (3, 3, 13))
    return x, memory, w_q, w_k, w_v, rng.random((*lead, 5, 11)) < 0.6


def by_loop(x, memory, w_q, w_k, w_v, mask):
    """Return cross-attention of one sequence from the oracles."""
    q, k, v = reference.project(x, w_q), reference.project(memory, w_k), reference.project(memory, w_v)
    return reference.attention(q, k, v, mask)


@pytest.mark.parametrize("lead", LEADS)
def test_project_equals_the_loop(lead):
    x, _, _, _, w_v, _ = inputs(lead)
    expected = reference.over_rows(lambda tokens: reference.project(tokens, w_v), x, core=(2,))
    np.testing.assert_allclose(mha.project(x, w_v), expected, rtol=1e-12, atol=1e-14)


def test_the_bias_is_added_to_every_token():
    x, _, _, _, w_v, _ = inputs((2,))
    bias = np.arange(13.0)
    np.testing.assert_allclose(mha.project(x, w_v, bias) - mha.project(x, w_v), np.broadcast_to(bias, (2, 5, 13)))


def test_torch_linear_stores_the_transpose():
    torch = pytest.importorskip("torch")
    layer = torch.nn.Linear(7, 13).double()
    x = inputs((2,))[0]
    w, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
    assert w.shape == (13, 7)
    np.testing.assert_allclose(mha.project(x, w.T, bias), layer(torch.tensor(x)).detach().numpy(), rtol=1e-12)


@pytest.mark.parametrize("lead", LEADS)
def test_cross_attention_equals_the_loop(lead):
    x, memory, *w, mask = inputs(lead)
    expected = reference.over_rows(lambda x, m, mask: by_loop(x, m, *w, mask), x, memory, mask, core=(2, 2, 2))
    np.testing.assert_allclose(mha.cross_attention(x, memory, *w, mask), expected, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("lead", LEADS)
def test_self_attention_equals_the_loop(lead):
    x, _, *w, mask = inputs(lead)
    mask = mask[..., :5]
    expected = reference.over_rows(lambda x, mask: by_loop(x, x, *w, mask), x, mask, core=(2, 2))
    np.testing.assert_allclose(mha.self_attention(x, *w, mask), expected, rtol=1e-11, atol=1e-13)


def test_self_attention_equals_torch():
    torch = pytest.importorskip("torch")
    x, _, *w, _ = inputs((2,))
    q, k, v = (torch.tensor(x @ matrix) for matrix in w)
    expected = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True).numpy()
    np.testing.assert_allclose(mha.self_attention(x, *w, mha.causal_mask(5)), expected, rtol=1e-11, atol=1e-13)


def test_a_head_by_hand():
    w_q, w_k, w_v = [[np.log(3.0)], [0.0]], [[0.0], [1.0]], [[4.0], [8.0]]
    np.testing.assert_allclose(mha.self_attention(np.eye(2), w_q, w_k, w_v), [[7.0], [6.0]])


def test_a_query_that_may_attend_to_nothing_reads_zeros():
    x, memory, *w, mask = inputs()
    mask[2] = False
    np.testing.assert_array_equal(mha.cross_attention(x, memory, *w, mask)[2], np.zeros(13))


def test_scores_have_at_most_the_rank_of_the_head():
    x, memory, w_q, w_k, _, _ = inputs()
    scores = mha.attention_scores(mha.project(x, w_q), mha.project(memory, w_k))
    assert np.linalg.matrix_rank(scores) == 3


def test_a_key_bias_changes_no_weight_and_a_query_bias_does():
    x, memory, w_q, w_k, _, _ = inputs()
    bias = np.array([1.0, -2.0, 0.5])
    q, k = mha.project(x, w_q), mha.project(memory, w_k)
    weights = mha.attention_weights(q, k)
    np.testing.assert_allclose(mha.attention_weights(q, mha.project(memory, w_k, bias)), weights, rtol=1e-10)
    assert np.abs(mha.attention_weights(mha.project(x, w_q, bias), k) - weights).max() > 0.1


def test_self_attention_only_reorders_with_its_tokens():
    x, _, *w, _ = inputs((2,))
    assert mha.permutation_gap(lambda x: mha.self_attention(x, *w), x, ORDER) < 1e-12


def test_a_causal_mask_makes_the_order_visible():
    x, _, *w, _ = inputs()
    assert mha.permutation_gap(lambda x: mha.self_attention(x, *w, mha.causal_mask(5)), x, ORDER) > 0.1


def test_the_order_of_the_memory_is_invisible():
    x, memory, *w, _ = inputs()
    np.testing.assert_allclose(mha.cross_attention(x, memory[::-1], *w), mha.cross_attention(x, memory, *w))


@pytest.mark.parametrize("sign", [1, -1])
def test_the_gap_equals_the_loop_over_tokens(sign):
    x = sign * inputs()[0]
    before, after = np.cumsum(x[ORDER], axis=0), np.cumsum(x, axis=0)
    expected = max(abs(before[i, c] - after[ORDER[i], c]) for i in range(5) for c in range(7))
    assert mha.permutation_gap(lambda x: np.cumsum(x, axis=-2), x, ORDER) == pytest.approx(expected)


@pytest.mark.parametrize("bias", [False, True])
def test_parameters_are_the_sizes_of_the_matrices(bias):
    sizes = sum((7 + bias) * width for width in (3, 3, 13))
    assert mha.num_projection_parameters(7, 3, 13, bias) == sizes


def test_a_matrix_that_does_not_fit_is_refused_with_both_numbers():
    with pytest.raises(ValueError, match=r"tokens' width \(4\).*rows of w \(3\)"):
        mha.project(np.ones((2, 4)), np.ones((3, 5)))


def test_queries_and_keys_of_different_widths_are_refused_with_both_numbers():
    x, memory, w_q, w_k, w_v, _ = inputs()
    with pytest.raises(ValueError, match=r"same width d, got 3 and 2"):
        mha.cross_attention(x, memory, w_q, w_k[:, :2], w_v)


def test_arguments_are_left_alone():
    given = inputs((2,))
    copies = [array.copy() for array in given]
    mha.cross_attention(*given)
    mha.project(given[0], given[4], np.ones(13))
    mha.permutation_gap(np.sin, given[0], ORDER)
    for before, after in zip(copies, given, strict=True):
        np.testing.assert_array_equal(before, after)


def test_the_drawings_name_every_array_and_only_one_has_a_memory():
    names = [
        {text.get_text().split("\n")[0] for text in draw().texts}
        for draw in (plots.show_self_attention_flow, plots.show_cross_attention_flow)
    ]
    assert names[0] >= {"x", "w_q", "w_k", "w_v", "q", "k", "v", "scores", "mask", "weights", "output"}
    assert names[1] - names[0] == {"memory"}


def sentence(seed=5, n=5, d=3):
    """Return tokens (n, d), a table (d, d) and who should look at whom."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), rng.normal(size=(d, d)), rng.integers(n, size=n)


def loss_by_loop(x, w, looks):
    """Return the mean of -log of the right weights, pair by pair."""
    total = 0.0
    for i, look in enumerate(looks):
        scores = [sum(x[i, a] * w[a, b] * token[b] for a in range(len(w)) for b in range(len(w))) for token in x]
        total -= np.log(np.exp(scores[look]) / sum(np.exp(score) for score in scores))
    return total / len(x)


@pytest.mark.parametrize(("n", "d"), [(5, 3), (3, 3), (2, 4)])
def test_the_tables_gradient_is_the_slope_of_the_loss(n, d):
    x, w, looks = sentence(n=n, d=d)
    measured = np.zeros((d, d))
    for place in np.ndindex(d, d):
        nudge = np.zeros((d, d))
        nudge[place] = 1e-5
        measured[place] = (loss_by_loop(x, w + nudge, looks) - loss_by_loop(x, w - nudge, looks)) / 2e-5
    np.testing.assert_allclose(mha.table_gradient(x, w, looks), measured, rtol=1e-6, atol=1e-9)


def test_the_tables_gradient_by_hand():
    w = [[0.0, np.log(3.0)], [0.0, 0.0]]
    np.testing.assert_allclose(mha.table_gradient(np.eye(2), w, [1, 0]), [[1 / 8, -1 / 8], [-1 / 4, 1 / 4]])


def test_a_table_that_does_not_fit_is_refused_with_both_widths():
    with pytest.raises(ValueError, match=r"width 3 .*\(2, 3\)"):
        mha.table_gradient(np.ones((4, 3)), np.ones((2, 3)), [0, 0, 0, 0])


WORDS = {"ant": (2, 0, -3, 0), "mouse": (2, 0, -1, 0), "cat": (2, 0, 1, 0), "horse": (2, 0, 3, 0), "and": (0, 0, 0, 2)}
WORDS |= {"tiny": (0, 2, -3, 0), "small": (0, 2, -2, 0), "big": (0, 2, 2, 0), "huge": (0, 2, 3, 0)}


def words(sentence):
    """Return the vectors of the words of a sentence."""
    return np.array([WORDS[word] for word in sentence.split()], dtype=float)


@pytest.mark.parametrize("seed", range(3))
def test_a_table_learns_which_noun_an_adjective_means_and_keeps_to_it_for_a_pair_it_never_saw(seed):
    small, large = ("tiny ant", "tiny mouse", "small ant"), ("big cat", "big horse", "huge cat", "huge horse")
    lessons = [f"{pair} and {other}" for a in small for b in large for pair, other in ((a, b), (b, a))]
    rng, w = np.random.default_rng(seed), np.zeros((4, 4))
    for _ in range(300):
        w = w - 0.3 * mha.table_gradient(words(lessons[rng.integers(len(lessons))]), w, [1, 2, 2, 4, 2])
    for other in large:
        x = words(f"small mouse and {other}")
        assert mha.softmax(x @ w @ x.T)[0, 1] >= 0.9
