"""masks against plain loops."""

import numpy as np
import pytest

import mha_lib as mha
from mha_lib.checks.masks import suspects
from tests.support import reference

LEADS = [(), (2,), (2, 3)]
LEAKY = [
    suspects.no_mask,
    suspects.one_step_ahead,
    suspects.two_steps_ahead,
    suspects.one_hole,
    suspects.hole_at_the_end,
    suspects.zeroed_weights,
    suspects.centred_first,
    suspects.nearly_causal,
    suspects.last_number_leaks,
]
TIGHT = [
    suspects.causal,
    suspects.only_itself,
    suspects.the_token_before,
    suspects.the_first_token,
    suspects.causal_but_for_rounding,
]


def tokens():
    return np.cos(np.arange(5 * 3)).reshape(5, 3) / 2


@pytest.mark.parametrize(("num_queries", "num_keys"), [(1, 1), (5, 5), (2, 7), (1, 3), (7, 7)])
def test_the_causal_mask_equals_the_loop(num_queries, num_keys):
    mask = mha.causal_mask(num_queries, num_keys)
    np.testing.assert_array_equal(mask, reference.causal_mask(num_queries, num_keys), strict=True)


def test_without_a_number_of_keys_the_causal_mask_is_square():
    np.testing.assert_array_equal(mha.causal_mask(5), mha.causal_mask(5, 5), strict=True)


def test_new_queries_see_what_they_would_see_in_the_whole_sequence():
    np.testing.assert_array_equal(mha.causal_mask(3, 11), mha.causal_mask(11)[-3:])


@pytest.mark.parametrize("lengths", [[3, 5, 2], [0], [7, 7], []])
def test_the_padding_mask_equals_the_loop(lengths):
    expected = reference.padding_mask(lengths, 7).reshape(len(lengths), 1, 7).astype(bool)
    np.testing.assert_array_equal(mha.padding_mask(lengths, 7), expected, strict=True)


@pytest.mark.parametrize("lengths", [[3, 8], [-1, 2]])
def test_a_length_outside_the_sequence_is_refused_with_both_numbers(lengths):
    with pytest.raises(ValueError, match=rf"num_keys \(7\), got \[{lengths[0]}, {lengths[1]}\]"):
        mha.padding_mask(lengths, 7)


def test_combined_masks_allow_what_each_allows():
    causal, padding = mha.causal_mask(5), mha.padding_mask([2, 4, 5], 5)
    expected = [[[c and p for c, p in zip(row, words, strict=True)] for row in causal] for words in padding[:, 0]]
    np.testing.assert_array_equal(mha.combine_masks(causal, None, padding), expected, strict=True)


def test_no_mask_at_all_combines_to_none():
    assert mha.combine_masks() is None
    assert mha.combine_masks(None, None) is None


def test_one_mask_combines_to_itself():
    np.testing.assert_array_equal(mha.combine_masks(None, mha.causal_mask(3)), mha.causal_mask(3))


@pytest.mark.parametrize("function", [mha.combine_masks, lambda mask: mha.masked_softmax(np.zeros((2, 2)), mask)])
def test_a_mask_of_numbers_is_refused(function):
    with pytest.raises(ValueError, match="boolean, True where a query may attend, got dtype float64"):
        function(np.ones((2, 2)))


@pytest.mark.parametrize("lead", LEADS)
def test_masked_softmax_equals_the_loop(lead):
    rng = np.random.default_rng(5)
    scores, mask = rng.normal(0, 1.5, (*lead, 5, 7)), rng.random((*lead, 5, 7)) < 0.4
    expected = reference.over_rows(reference.masked_softmax, scores, mask, core=(1, 1))
    np.testing.assert_allclose(mha.masked_softmax(scores, mask), expected, rtol=1e-12, atol=0)


def test_a_mask_is_stretched_over_the_axes_it_lacks():
    scores, mask = np.sin(np.arange(2 * 3 * 5 * 7)).reshape(2, 3, 5, 7), mha.padding_mask([2, 6], 7)[:, None]
    expected = mha.masked_softmax(scores, np.broadcast_to(mask, scores.shape))
    np.testing.assert_array_equal(mha.masked_softmax(scores, mask), expected)


def test_without_a_mask_it_is_softmax():
    scores = np.sin(np.arange(6.0)).reshape(2, 3)
    np.testing.assert_array_equal(mha.masked_softmax(scores), mha.softmax(scores))


def test_a_query_that_may_attend_to_nothing_gets_zeros_without_a_warning():
    np.testing.assert_array_equal(mha.masked_softmax([[1.0, 2.0]], [[False, False]]), [[0.0, 0.0]])


@pytest.mark.parametrize("hidden", [1e300, -1e300, np.inf])
def test_a_hidden_score_does_not_matter_whatever_it_is(hidden):
    weights = mha.masked_softmax([[-2e4, hidden, -2e4]], [[True, False, True]])
    np.testing.assert_array_equal(weights, [[0.5, 0.0, 0.5]])


@pytest.mark.parametrize("lead", LEADS)
def test_masked_attention_equals_the_loop(lead):
    rng = np.random.default_rng(7)
    q, k, v = (rng.normal(0, 1.5, (*lead, *shape)) for shape in [(5, 3), (7, 3), (7, 2)])
    mask = rng.random((*lead, 5, 7)) < 0.4
    expected = reference.over_rows(reference.attention, q, k, v, mask, core=(2, 2, 2, 2))
    np.testing.assert_allclose(mha.masked_attention(q, k, v, mask), expected, rtol=1e-9, atol=1e-12)


def test_masked_attention_without_a_mask_is_attention():
    x = tokens()
    np.testing.assert_array_equal(mha.masked_attention(x, x, x), mha.attention(x, x, x))


def test_a_query_that_may_attend_to_nothing_reads_zeros():
    x, nobody = tokens(), np.zeros((5, 5), dtype=bool)
    np.testing.assert_array_equal(mha.masked_attention(x, x, x, nobody), np.zeros((5, 3)))


@pytest.mark.parametrize(("k", "v", "numbers"), [((5, 4), (5, 2), "3.*4"), ((5, 3), (6, 2), "6.*5")])
def test_masked_attention_refuses_sizes_that_do_not_fit_with_both_numbers(k, v, numbers):
    with pytest.raises(ValueError, match=numbers):
        mha.masked_attention(np.ones((2, 3)), np.ones(k), np.ones(v))


@pytest.mark.parametrize("attend", LEAKY)
def test_a_leak_is_found(attend):
    assert mha.leaks_future(attend, tokens())
    assert np.triu(reference.reads(attend, 5, 3), 1).any()


@pytest.mark.parametrize("attend", TIGHT)
def test_where_nothing_leaks_nothing_is_found(attend):
    assert not mha.leaks_future(attend, tokens())
    assert not np.triu(reference.reads(attend, 5, 3), 1).any()


def test_a_single_token_has_no_future():
    assert not mha.leaks_future(suspects.no_mask, tokens()[:1])


def test_padding_changes_no_output_of_a_real_token():
    short, padded = tokens()[:3], tokens()
    mask = mha.padding_mask([3], 5)[0]
    np.testing.assert_allclose(mha.attention(padded, padded, padded, mask)[:3], mha.attention(short, short, short))


def test_arguments_are_left_alone():
    scores, mask, x = np.ones((2, 2)), mha.causal_mask(2), tokens()
    mha.masked_softmax(scores, mask)
    mha.combine_masks(mask, np.zeros((2, 2), dtype=bool))
    mha.leaks_future(suspects.causal, x)
    np.testing.assert_array_equal(scores, np.ones((2, 2)))
    np.testing.assert_array_equal(mask, mha.causal_mask(2))
    np.testing.assert_array_equal(x, tokens())
