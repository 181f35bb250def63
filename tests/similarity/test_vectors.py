"""similarity.vectors against plain loops."""

import numpy as np
import pytest

import mha_lib as mha
from tests.support import reference

LEADS = [(), (2,), (2, 3)]


def two_sets(lead):
    rng = np.random.default_rng(1)
    return rng.normal(0, 1.5, (*lead, 5, 11)), rng.normal(0, 1.5, (*lead, 7, 11))


@pytest.mark.parametrize("name", ["dot", "cosine"])
@pytest.mark.parametrize("lead", LEADS)
def test_one_pair_equals_the_loop(name, lead):
    a, b = two_sets(lead)
    expected = reference.over_rows(getattr(reference, name), a, b[..., :5, :], core=(1, 1))
    np.testing.assert_allclose(getattr(mha, name)(a, b[..., :5, :]), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", ["dot", "cosine"])
@pytest.mark.parametrize("lead", LEADS)
def test_all_pairs_equal_the_loop(name, lead):
    a, b = two_sets(lead)
    expected = reference.over_rows(lambda x, y: reference.pairwise(getattr(reference, name), x, y), a, b, core=(2, 2))
    np.testing.assert_allclose(getattr(mha, f"pairwise_{name}")(a, b), expected, rtol=1e-12, atol=1e-14)


def test_the_pencil_example_is_at_forty_five_degrees():
    np.testing.assert_allclose(mha.dot([3, 1], [2, -1]), 5)
    np.testing.assert_allclose(mha.cosine([3, 1], [2, -1]), np.sqrt(0.5))


@pytest.mark.parametrize("name", ["cosine", "pairwise_cosine", "shadow"])
def test_a_vector_of_zeros_gives_zeros_and_no_warning(name):
    np.testing.assert_array_equal(getattr(mha, name)(np.zeros((1, 3)), np.ones((1, 3))), 0.0)
    np.testing.assert_array_equal(getattr(mha, name)(np.ones((1, 3)), np.zeros((1, 3))), 0.0)


def test_the_cosine_does_not_know_lengths_however_small():
    a, b = two_sets(())
    np.testing.assert_allclose(mha.pairwise_cosine(a * 1e-9, b * 1e9), mha.pairwise_cosine(a, b), rtol=1e-12)


@pytest.mark.parametrize("size", [5e-324, 1e-320, 1e-200, 1e-170, 1e-162, 1e-154, 1e154, 1e200, 1e307])
def test_the_cosine_of_a_vector_with_itself_is_one_at_any_length(size):
    for a in (np.array([size]), size * np.array([3.0, -4.0, 0.0])):
        with np.errstate(all="raise", under="ignore"):
            np.testing.assert_allclose([mha.cosine(a, a), mha.cosine(a, -a)], [1, -1], rtol=1e-12)
            np.testing.assert_allclose(mha.pairwise_cosine(a[None], a[None] / size), 1, rtol=1e-12)


@pytest.mark.parametrize("size", [1e-300, 1e-170, 1e-162, 1.0, 1e162, 1e300])
def test_a_length_is_right_where_its_square_is_no_float(size):
    np.testing.assert_allclose(mha.norm(size * np.array([3.0, -4.0])), 5 * size, rtol=1e-12)


def test_unit_vectors_have_length_one():
    np.testing.assert_allclose(mha.norm(mha.unit(two_sets((2,))[0])), 1, rtol=1e-12)


def test_the_shadow_is_along_b_and_leaves_a_right_angle():
    a, b = (x[..., :5, :] for x in two_sets((2,)))
    cast = mha.shadow(a, b)
    np.testing.assert_allclose(mha.cosine(cast, b), np.sign(mha.dot(a, b)), rtol=1e-12)
    np.testing.assert_allclose(mha.dot(a - cast, b), 0, atol=1e-12)


def test_the_shadow_is_the_least_squares_fit():
    a, b = two_sets(())
    factor = np.linalg.lstsq(b[0][:, None], a[0])[0]
    np.testing.assert_allclose(mha.shadow(a[0], b[0]), factor * b[0], rtol=1e-12)


def test_nearest_equals_a_sorted_loop():
    a, b = two_sets(())
    b = b * np.arange(1, 8)[:, None] ** 2  # so that the longest is not the nearest
    cosines = [reference.cosine(a[0], row) for row in b]
    expected = sorted(range(7), key=lambda i: -cosines[i])[:3]
    assert mha.nearest(a[0], b, 3).tolist() == expected


def test_equal_cosines_keep_the_order_of_the_rows():
    assert mha.nearest([1, 0], [[0, 1], [4, 0], [-1, 0], [1, 0]], 4).tolist() == [1, 3, 0, 2]


def test_too_many_neighbours_are_refused_with_both_numbers():
    with pytest.raises(ValueError, match=r"count \(4\) must be at most the number of vectors \(3\)"):
        mha.nearest(np.ones(2), np.ones((3, 2)), 4)


@pytest.mark.parametrize("name", ["dot", "cosine", "pairwise_dot", "pairwise_cosine", "shadow"])
def test_different_widths_are_refused_with_both_numbers(name):
    with pytest.raises(ValueError, match=r"same width d, got 3 and 4"):
        getattr(mha, name)(np.ones((2, 3)), np.ones((2, 4)))


def test_a_single_number_is_no_vector():
    with pytest.raises(ValueError, match=r"at least one axis, got shapes \(\) and \(2,\)"):
        mha.dot(3.0, [1, 2])
    for function in (mha.norm, mha.unit):
        with pytest.raises(ValueError, match=r"at least one axis, got shapes \(\)"):
            function(3.0)


def test_arguments_are_left_alone():
    a, b = two_sets(())
    copies = a.copy(), b.copy()
    for function in (mha.unit, mha.norm):
        function(a)
    for function in (mha.pairwise_dot, mha.pairwise_cosine):
        function(a, b)
    mha.shadow(a[0], b[0])
    mha.nearest(a[0], b, 2)
    np.testing.assert_array_equal(a, copies[0])
    np.testing.assert_array_equal(b, copies[1])
