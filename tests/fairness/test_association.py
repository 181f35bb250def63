"""fairness.association against plain loops and SciPy, and fairness.word_lists."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from mha_lib.fairness import association, word_lists
from mha_lib.fairness.mitigation import project_out
from mha_lib.similarity.vectors import unit

RNG = np.random.default_rng(7)
SETS = [RNG.normal(0.3, 1.0, (size, 4)) for size in (3, 5, 2, 4)]
X, Y = np.array([0.9, 0.1, 0.7]), np.array([0.2, -0.3, 0.8, -0.1])


def nearness(word, others):
    """The oracle: the mean cosine, number by number."""
    cosines = []
    for other in others:
        product = sum(p * q for p, q in zip(word, other, strict=True))
        cosines.append(product / math.sqrt(sum(p * p for p in word)) / math.sqrt(sum(q * q for q in other)))
    return sum(cosines) / len(cosines)


def of(words, a, b):
    return [nearness(word, a) - nearness(word, b) for word in words]


def loop_p(x, y):
    """The oracle: every partition, one by one."""
    pool, found = [*x, *y], []
    for chosen in itertools.combinations(range(len(pool)), len(x)):
        first = [pool[i] for i in chosen]
        rest = [pool[i] for i in range(len(pool)) if i not in chosen]
        found.append(sum(first) / len(first) - sum(rest) / len(rest) >= sum(x) / len(x) - sum(y) / len(y) - 1e-12)
    return sum(found) / len(found)


def test_associations_equal_the_loop():
    np.testing.assert_allclose(association.associations(SETS[0], *SETS[2:]), of(SETS[0], *SETS[2:]))


def test_an_effect_size_equals_the_formula():
    x, y = of(SETS[0], *SETS[2:]), of(SETS[1], *SETS[2:])
    middle = sum(x + y) / 8
    spread = math.sqrt(sum((s - middle) ** 2 for s in x + y) / 7)
    np.testing.assert_allclose(association.effect_size(*SETS), (sum(x) / 3 - sum(y) / 5) / spread)


def test_an_effect_size_does_not_see_lengths_and_turns_with_its_sets():
    x, y, a, b = SETS
    size = association.effect_size(x, y, a, b)
    assert association.effect_size(7 * x, y, 0.1 * a, b) == pytest.approx(size)
    assert association.effect_size(y, x, a, b) == pytest.approx(-size)
    assert association.effect_size(x, y, b, a) == pytest.approx(-size)


def test_an_effect_size_is_never_beyond_two():
    x, y = np.array([[1.0, 0.0]] * 50), np.array([[0.0, 1.0]] * 50)
    assert 1.98 < association.effect_size(x, y, x[:1], y[:1]) < 2


def test_no_spread_but_rounding_is_no_effect():
    x, y, a, b = SETS
    direction = unit(a).mean(axis=0) - unit(b).mean(axis=0)
    assert association.effect_size(project_out(x, direction), project_out(y, direction), a, b) == 0.0


@pytest.mark.parametrize(
    ("x", "y"), [(X, Y), (Y, X), (X[:1], Y), (X, X), (np.array([2.0, 1, 3]), np.array([1.0, 2, 0]))]
)
def test_a_p_value_equals_the_loop(x, y):
    assert association.permutation_p(x, y) == pytest.approx(loop_p(x, y))


def test_a_p_value_equals_scipys():
    def apart(x, y, axis):
        return np.mean(x, axis=axis) - np.mean(y, axis=axis)

    settings = {"permutation_type": "independent", "alternative": "greater", "n_resamples": np.inf, "vectorized": True}
    found = stats.permutation_test((X, Y), apart, **settings)
    assert association.permutation_p(X, Y) == pytest.approx(found.pvalue)


def test_no_p_value_is_below_one_over_the_number_of_partitions():
    assert association.permutation_p([5.0, 6.0, 7.0], [1.0, 2.0, 3.0]) == pytest.approx(1 / 20)


def test_sums_that_rounding_makes_unequal_count_as_equal():
    numbers = [0.1, 0.2, 0.3]
    assert association.permutation_p(numbers, numbers[::-1]) == loop_p(numbers, numbers[::-1]) > 0.5


def test_too_many_partitions_are_refused_with_their_number():
    with pytest.raises(ValueError, match=r"2,704,156 partitions are more than 200,000"):
        association.permutation_p(np.arange(12), np.arange(12))


def test_a_sampled_p_value_comes_near_the_exact_one_and_is_never_zero():
    rng = np.random.default_rng(0)
    assert association.sampled_permutation_p(X, Y, rng) == pytest.approx(association.permutation_p(X, Y), abs=0.02)
    assert association.sampled_permutation_p(np.arange(9.0) + 99, np.arange(9.0), rng, draws=99) == 0.01


def test_the_given_partition_is_the_first_of_its_differences():
    assert association.partition_differences(X, Y)[0] == pytest.approx(X.mean() - Y.mean())


def test_a_test_gathers_effect_p_value_and_number_of_partitions():
    found = association.association_test(*SETS)
    x, y = (association.associations(some, *SETS[2:]) for some in SETS[:2])
    assert found == (association.effect_size(*SETS), association.permutation_p(x, y), 56)


def test_an_empty_set_is_refused_with_all_sizes():
    with pytest.raises(ValueError, match=r"\[3, 2, 0\]"):
        association.associations(SETS[0], SETS[2], [])


@pytest.mark.parametrize("test", [association.permutation_p, association.partition_differences])
def test_a_side_without_numbers_is_refused(test):
    with pytest.raises(ValueError, match="got 3 and 0"):
        test(X, [])


def test_holms_p_values_grow_in_order():
    np.testing.assert_allclose(association.holm([0.01, 0.02, 0.022, 0.9]), [0.04, 0.06, 0.06, 0.9])
    assert association.holm([0.6, 0.7]).tolist() == [1.0, 1.0]


def test_leaving_one_out_gives_one_size_for_each_word():
    sizes = association.leave_one_out(*SETS)
    assert sizes.shape == (14,)
    x, y, a, b = SETS
    assert sizes[3] == pytest.approx(association.effect_size(x, y[1:], a, b))
    assert sizes[13] == pytest.approx(association.effect_size(x, y, a, b[:3]))
    with pytest.raises(ValueError, match=r"each set needs two words, got \[3, 1, 2, 4\]"):
        association.leave_one_out(x, y[:1], a, b)


def test_the_published_lists_have_their_published_lengths():
    lengths = {name: len(words) for name, words in word_lists.PUBLISHED.items()}
    assert set(lengths.values()) == {8, 25}
    assert [name for name, length in lengths.items() if length == 25] == [
        "flowers",
        "insects",
        "pleasant",
        "unpleasant",
    ]
    assert all(len(set(words)) == len(words) for words in word_lists.PUBLISHED.values())


def test_what_a_vocabulary_has_comes_in_the_order_of_the_list():
    assert word_lists.found_in(("b", "c", "a"), ["a", "b"]) == ("b", "a")


def test_a_context_ends_where_its_text_ends():
    assert word_lists.in_context("fly", ["Fly!", "butter fly"], 3) == ["[fly]", "butter [fly]"]
