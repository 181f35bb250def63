"""attention against plain loops."""

import numpy as np
import pytest

import mha_lib as mha
from tests.support import reference

LEADS = [(), (2,), (2, 3)]


def inputs(lead):
    rng = np.random.default_rng(3)
    q, k, v = (rng.normal(0, 1.5, (*lead, *size)) for size in [(5, 11), (7, 11), (7, 13)])
    return q, k, v, rng.random((*lead, 5, 7)) < 0.6


@pytest.mark.parametrize("lead", LEADS)
def test_weights_equal_the_loop(lead):
    q, k, _, mask = inputs(lead)
    expected = reference.over_rows(reference.attention_weights, q, k, mask, core=(2, 2, 2))
    np.testing.assert_allclose(mha.attention_weights(q, k, mask), expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("lead", LEADS)
def test_attention_equals_the_loop(lead):
    q, k, v, mask = inputs(lead)
    expected = reference.over_rows(reference.attention, q, k, v, mask, core=(2, 2, 2, 2))
    np.testing.assert_allclose(mha.attention(q, k, v, mask), expected, rtol=1e-12, atol=1e-14)


def test_no_mask_is_a_mask_of_true():
    q, k, v, mask = inputs((2,))
    np.testing.assert_array_equal(mha.attention(q, k, v), mha.attention(q, k, v, np.ones_like(mask)))


def test_keys_and_values_may_lack_the_leading_axes():
    q, k, v, _ = inputs((2,))
    np.testing.assert_allclose(mha.attention(q, k[0], v[0])[1], mha.attention(q[1], k[0], v[0]))


def test_a_worked_example_by_hand():
    output = mha.attention([[2 * np.log(3.0), 0.0, 0.0, 0.0]], [[1.0, 9, 9, 9], [0.0, 7, 7, 7]], [[4.0], [8.0]])
    np.testing.assert_allclose(output, [[0.75 * 4 + 0.25 * 8]])


def test_the_scale_is_the_root_of_the_width():
    np.testing.assert_allclose(mha.attention_scores(np.ones((1, 9)), np.ones((1, 9))), [[3.0]])


def test_different_widths_are_refused_with_both_numbers():
    with pytest.raises(ValueError, match=r"same width d, got 3 and 4"):
        mha.attention_weights(np.ones((2, 3)), np.ones((2, 4)))


def test_a_key_without_a_value_is_refused_with_both_numbers():
    with pytest.raises(ValueError, match=r"2 keys and 3 values"):
        mha.attention(np.ones((2, 4)), np.ones((2, 4)), np.ones((3, 4)))


def test_arguments_are_left_alone():
    q, k, v, mask = inputs(())
    copies = [x.copy() for x in (q, k, v, mask)]
    mha.attention(q, k, v, mask)
    for before, after in zip(copies, (q, k, v, mask), strict=True):
        np.testing.assert_array_equal(before, after)
