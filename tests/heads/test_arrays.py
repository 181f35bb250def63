"""heads.arrays against plain loops and torch; the task of two pointers; what follows from the formulas."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

import mha_lib as mha
from mha_lib import plots
from tests.support import reference

LEADS = [(), (2,), (2, 3)]
SIZES = [(5, 12, 3), (3, 8, 2), (4, 6, 6), (2, 7, 1)]


def inputs(lead=()):
    """Return x (5, 12), memory (7, 12), four matrices (12, 12), and a mask (3, 5, 7) for 3 heads."""
    rng = np.random.default_rng(6)
    x, memory = (rng.normal(0, 1.5, (*lead, n, 12)) for n in (5, 7))
    return x, memory, rng.normal(0, 0.6, (4, 12, 12)), rng.random((*lead, 3, 5, 7)) < 0.6


def maps(*shape):
    """Return rows of weights, some of them exactly zero."""
    rng = np.random.default_rng(8)
    keep = rng.random(shape) < 0.7
    keep[..., 0] = True
    return mha.masked_softmax(rng.normal(0, 1.5, shape), keep)


@pytest.mark.parametrize("lead", LEADS)
@pytest.mark.parametrize(("n", "d_model", "num_heads"), SIZES)
def test_split_equals_the_loop(lead, n, d_model, num_heads):
    x = np.random.default_rng(0).normal(size=(*lead, n, d_model))
    expected = reference.over_rows(lambda x: reference.split_heads(x, num_heads), x, core=(2,))
    np.testing.assert_array_equal(mha.split_heads(x, num_heads), expected)


@pytest.mark.parametrize("lead", LEADS)
@pytest.mark.parametrize(("n", "d_model", "num_heads"), SIZES)
def test_merge_equals_the_loop(lead, n, d_model, num_heads):
    x = np.random.default_rng(0).normal(size=(*lead, num_heads, n, d_model // num_heads))
    expected = reference.over_rows(reference.merge_heads, x, core=(3,))
    np.testing.assert_array_equal(mha.merge_heads(x), expected)


@pytest.mark.parametrize("num_heads", [1, 2, 3, 12])
def test_merge_undoes_split(num_heads):
    x = inputs((2,))[0]
    np.testing.assert_array_equal(mha.merge_heads(mha.split_heads(x, num_heads)), x)


def test_a_split_copies_nothing():
    x = np.zeros((2, 5, 12))
    assert np.shares_memory(mha.split_heads(x, 3), x)


@pytest.mark.parametrize("lead", LEADS)
def test_multi_head_attention_equals_the_loop(lead):
    x, memory, matrices, mask = inputs(lead)
    expected = reference.over_rows(
        lambda *one: reference.multi_head_attention(*one[:2], matrices, 3, one[2]), x, memory, mask, core=(2, 2, 3)
    )
    actual = mha.multi_head_attention(x, memory, *matrices, 3, mask)
    np.testing.assert_allclose(actual, expected, rtol=1e-10, atol=1e-12)


def test_a_mask_of_queries_and_keys_goes_for_every_head():
    x, memory, matrices, mask = inputs((2,))
    one = mask[0, 0]
    for_each = np.broadcast_to(one, (2, 3, 5, 7))
    np.testing.assert_array_equal(
        mha.multi_head_attention(x, memory, *matrices, 3, one),
        mha.multi_head_attention(x, memory, *matrices, 3, for_each),
    )


def test_a_query_that_may_attend_to_nothing_reads_zeros():
    x, memory, matrices, mask = inputs()
    mask[:, 2] = False
    np.testing.assert_array_equal(mha.multi_head_attention(x, memory, *matrices, 3, mask)[2], np.zeros(12))


def test_one_head_is_cross_attention_and_then_w_o():
    x, memory, (*matrices, w_o), _ = inputs()
    expected = mha.cross_attention(x, memory, *matrices) @ w_o
    np.testing.assert_allclose(mha.multi_head_attention(x, memory, *matrices, w_o, 1), expected, rtol=1e-12)


def test_multi_head_attention_equals_torch():
    torch = pytest.importorskip("torch")
    x, memory, matrices, _ = inputs((2,))
    theirs = torch.nn.MultiheadAttention(12, 3, bias=False, batch_first=True).double()
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.tensor(np.concatenate([w.T for w in matrices[:3]])))
        theirs.out_proj.weight.copy_(torch.tensor(matrices[3].T))
        x_, memory_ = torch.tensor(x), torch.tensor(memory)
        expected = theirs(x_, memory_, memory_, need_weights=False)[0].numpy()
    np.testing.assert_allclose(mha.multi_head_attention(x, memory, *matrices, 3), expected, rtol=1e-10, atol=1e-12)


def test_the_worked_example_by_hand():
    w_q, w_k = np.log(3) * np.eye(2), [[0.0, 1.0], [1.0, 0.0]]
    w_v, w_o = [[4.0, 2.0], [8.0, 6.0]], [[1.0, 1.0], [1.0, -1.0]]
    output = mha.multi_head_attention(np.eye(2), np.eye(2), w_q, w_k, w_v, w_o, 2)
    np.testing.assert_allclose(output, [[11.0, 3.0], [9.0, 3.0]])


def test_several_heads_only_reorder_with_their_tokens():
    x, _, matrices, _ = inputs()
    assert mha.permutation_gap(lambda x: mha.multi_head_attention(x, x, *matrices, 3), x, [4, 2, 0, 1, 3]) < 1e-12


@pytest.mark.parametrize("num_heads", [5, 0, -3, 24])
def test_a_number_of_heads_that_does_not_divide_the_width_is_refused_with_both_numbers(num_heads):
    with pytest.raises(ValueError, match=rf"d_model \(12\) .*num_heads \({num_heads}\)"):
        mha.split_heads(np.zeros((2, 12)), num_heads)


@pytest.mark.parametrize("lead", LEADS)
def test_divergence_equals_the_loop(lead):
    weights = maps(*lead, 3, 4, 5)
    divergence = reference.over_rows(
        lambda one: np.array([[np.mean([*map(reference.divergence, a, b)]) for b in one] for a in one]),
        weights,
        core=(3,),
    )
    np.testing.assert_allclose(mha.head_divergence(weights), divergence, rtol=1e-10, atol=1e-12)


def test_divergence_is_0_for_one_map_and_1_for_maps_with_no_key_in_common():
    weights = np.array([[[0.5, 0.5, 0.0]], [[0.0, 0.0, 1.0]], [[0.5, 0.5, 0.0]]])
    np.testing.assert_allclose(mha.head_divergence(weights), [[0, 1, 0], [1, 0, 1], [0, 1, 0]], atol=1e-15)


def test_arguments_are_left_alone():
    x, memory, matrices, mask = inputs((2,))
    weights = maps(2, 3, 4)
    given = (x, memory, matrices, mask, weights)
    copies = [array.copy() for array in given]
    mha.multi_head_attention(x, memory, *matrices, 3, mask)
    mha.merge_heads(mha.split_heads(x, 3))
    mha.head_divergence(weights)
    for before, after in zip(copies, given, strict=True):
        np.testing.assert_array_equal(before, after)


@pytest.fixture(scope="module")
def pointers():
    pytest.importorskip("torch")
    from mha_lib.heads import pointers

    return pointers


def test_each_answer_is_the_value_of_the_key_that_was_asked_for(pointers):
    for keys, values, asked, answers in zip(*pointers.draw_examples(np.random.default_rng(0), 50), strict=True):
        assert sorted(keys) == list(range(pointers.NUM_ITEMS))
        assert asked[0] != asked[1]
        stored = dict(zip(keys.tolist(), values.tolist(), strict=True))
        assert answers.tolist() == [stored[key] for key in asked.tolist()]


def test_every_pair_is_asked_for_and_values_repeat(pointers):
    examples = pointers.draw_examples(np.random.default_rng(0), 2000)
    assert len({tuple(pair) for pair in examples.asked.tolist()}) == 8 * 7
    assert (examples.answers[:, 0] == examples.answers[:, 1]).mean() == pytest.approx(1 / 8, abs=0.03)


@pytest.mark.parametrize("num_heads", [1, 2, 8])
def test_the_number_of_parameters_does_not_depend_on_the_number_of_heads(pointers, num_heads):
    reader = pointers.PointerReader(num_heads, np.random.default_rng(0))
    assert sum(parameter.numel() for parameter in reader.parameters()) == 1536


def test_the_scores_of_the_reader_do_not_see_the_values(pointers):
    examples = pointers.draw_examples(np.random.default_rng(0), 20)
    reader = pointers.PointerReader(2, np.random.default_rng(1))
    other = examples._replace(values=(examples.values + 1) % pointers.NUM_VALUES)
    np.testing.assert_array_equal(reader.weights(examples).detach(), reader.weights(other).detach())


def test_a_silent_head_changes_the_answers_and_all_silent_leave_nothing(pointers):
    examples = pointers.draw_examples(np.random.default_rng(0), 20)
    reader = pointers.PointerReader(2, np.random.default_rng(1))
    assert not np.allclose(reader(examples).detach(), reader(examples, silent=[1]).detach())
    assert not reader(examples, silent=[0, 1]).detach().any()


def test_two_heads_learn_both_pointers_and_one_learns_one(pointers):
    examples = pointers.draw_examples(np.random.default_rng(9), 500)
    share = {}
    for num_heads in (1, 2):
        rng = np.random.default_rng(3)
        share[num_heads] = pointers.accuracy(pointers.train(pointers.PointerReader(num_heads, rng), rng), examples)
    assert share[2].min() > 0.95
    assert share[1].max() > 0.9
    assert share[1].min() < 0.25


@pytest.mark.parametrize(("num_heads", "rows"), [(1, 1), (2, 1), (6, 3)])
def test_each_head_has_a_map_of_its_own_with_the_queries_named_once_a_row(num_heads, rows):
    axes = plots.show_heads(maps(num_heads, 3, 4), ("a", "b", "c"), ("w", "x", "y", "z"))
    assert [ax.get_title() for ax in axes] == [f"head {i}" for i in range(num_heads)]
    assert {ax.get_images()[0].get_clim() for ax in axes} == {(0.0, 1.0)}
    assert sum(ax.get_ylabel() == "query" for ax in axes) == rows
    axes[0].figure.canvas.draw()


def test_the_drawing_of_a_split_shows_one_colour_a_head_and_the_wrong_one_mixes_them():
    memory, x, right, wrong = plots.show_split(3, 2, 2)
    order = [[int(text.get_text()) for text in ax.texts if text.get_text().isdigit()] for ax in (memory, x)]
    assert order == [list(range(12))] * 2
    first_head = [{to_hex(patch.get_facecolor()) for patch in ax.patches[:6]} for ax in (right, wrong)]
    assert [len(colours) for colours in first_head] == [1, 2]
