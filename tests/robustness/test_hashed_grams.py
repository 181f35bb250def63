"""Hashed n-grams are counted n-grams."""

from collections import Counter

import numpy as np

from mha_lib.robustness.hashed_grams import hashed_grams


def counted(sequence, sizes):
    return Counter(tuple(sequence[i : i + n]) for n in sizes for i in range(len(sequence) - n + 1))


def test_with_columns_enough_each_gram_has_its_own_count():
    text = "the cat and the other cat"
    row = hashed_grams([text], (2, 3), 10**6)[0]
    expected = sorted(np.sqrt(list(counted(text, (2, 3)).values())))
    np.testing.assert_allclose(sorted(row[row > 0]), expected)


def test_words_are_kept_whole_in_tuples():
    row = hashed_grams([("not", "good", "not", "good")], (2,), 10**6)[0]
    np.testing.assert_allclose(sorted(row[row > 0]), np.sqrt([1, 2]))


def test_nothing_is_lost_where_columns_are_few():
    row = hashed_grams(["abcdefghij"], (1, 2, 3), 4)[0]
    assert (row**2).sum() == 10 + 9 + 8


def test_equal_sequences_have_equal_rows_and_order_matters():
    one, same, other = hashed_grams([("a", "b"), ("a", "b"), ("b", "a")], (2,), 10**6)
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_a_sequence_shorter_than_n_counts_nothing():
    assert hashed_grams(["ab"], (3,), 8).sum() == 0
