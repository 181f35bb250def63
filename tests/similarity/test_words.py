"""similarity.words against plain loops, the committed vectors, and the script that made them."""

import math
from importlib import resources

import numpy as np
import pytest

import mha_lib as mha
from course import word_vectors
from mha_lib.similarity import words

TEXT = words.split("the cat chased a small mouse the dog chased a small ball a cat ate the mouse")
KNOWN = ["the", "cat", "small", "chased", "dog"]


def company(tokens, vocabulary, window):
    """The oracle: every pair of places, one by one."""
    counts = np.zeros((len(vocabulary), len(vocabulary)))
    for i, first in enumerate(tokens):
        for j, second in enumerate(tokens):
            if i != j and abs(i - j) <= window and first in vocabulary and second in vocabulary:
                counts[vocabulary.index(first), vocabulary.index(second)] += 1 / abs(i - j)
    return counts


def association(counts, power):
    """The oracle: formula by formula, cell by cell."""
    total, scores = counts.sum(), np.zeros_like(counts)
    contexts = counts.sum(axis=0) ** power
    for i, j in zip(*np.nonzero(counts), strict=True):
        chance = counts[i].sum() / total * contexts[j] / contexts.sum()
        scores[i, j] = max(0.0, math.log(counts[i, j] / total / chance))
    return scores


def groups():
    return [name for name, members in words.GROUPS.items() for _ in members]


def test_the_sentence_has_one_row_of_whole_numbers_a_word():
    assert words.SENTENCE_FEATURES.shape == (len(mha.SENTENCE), len(words.FEATURES))
    np.testing.assert_array_equal(words.SENTENCE_FEATURES, words.SENTENCE_FEATURES.round())
    assert np.linalg.matrix_rank(words.SENTENCE_FEATURES) == len(words.FEATURES)


def test_the_sentence_cannot_be_changed_by_a_slip():
    with pytest.raises(ValueError, match="read-only"):
        words.SENTENCE_FEATURES[0, 0] = 1


@pytest.mark.parametrize("window", [1, 2, 5])
def test_counts_equal_the_loop(window):
    np.testing.assert_allclose(words.count_neighbours(TEXT, KNOWN, window), company(TEXT, KNOWN, window))


@pytest.mark.parametrize("power", [1.0, 0.75])
def test_positive_pmi_equals_the_formula(power):
    counts = company(TEXT, KNOWN, 3)
    np.testing.assert_allclose(words.positive_pmi(counts, power), association(counts, power), atol=1e-12)


def test_a_word_without_company_scores_zero_and_no_warning():
    counts = np.array([[0.0, 3.0, 0.0], [3.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    np.testing.assert_array_equal(words.positive_pmi(counts)[2], 0)


def test_the_full_width_keeps_every_dot_product_of_a_positive_matrix():
    square = np.array([[4.0, 1.0, 0.0], [1.0, 3.0, 1.0], [0.0, 1.0, 5.0]])
    vectors = words.reduce(square, 3)
    np.testing.assert_allclose(vectors @ vectors.T, square, atol=1e-12)


def test_reduced_columns_have_their_largest_entry_positive():
    vectors = words.reduce(words.count_neighbours(TEXT, KNOWN, 2), 4)
    assert (vectors[np.abs(vectors).argmax(axis=0), range(4)] > 0).all()


def test_too_wide_a_vector_is_refused_with_both_numbers():
    with pytest.raises(ValueError, match=r"width \(4\).*smaller side of the matrix \(3\)"):
        words.reduce(np.ones((3, 5)), 4)


def test_two_words_that_never_meet_are_alike_if_their_company_is():
    tokens = words.split("the cat sleeps the dog sleeps")
    known = ["the", "sleeps", "cat", "dog"]
    counts = words.count_neighbours(tokens, known, 1)
    assert counts[2, 3] == 0
    np.testing.assert_allclose(mha.cosine(counts[2], counts[3]), 1)


def test_pythons_own_text_is_long_and_lower_case():
    tokens = words.documentation()
    assert len(tokens) > 40_000
    assert all(token.isascii() and token.islower() for token in tokens)


def test_live_vectors_know_left_from_right_and_true_from_false():
    tokens = words.documentation()
    known = words.vocabulary(tokens, 600)
    vectors = words.reduce(words.positive_pmi(words.count_neighbours(tokens, known, 2)), 50)
    for word, neighbour in [("left", "right"), ("true", "false"), ("int", "float")]:
        assert words.neighbours(word, known, vectors, 1) == [neighbour]


def test_the_committed_vectors_are_those_of_the_groups():
    labels, vectors = words.load()
    assert labels == [word for members in words.GROUPS.values() for word in members]
    assert vectors.shape == (len(labels), 50)
    np.testing.assert_allclose(mha.norm(vectors), 1, atol=1e-3)


def test_every_committed_words_nearest_is_of_its_group():
    labels, vectors = words.load()
    of = dict(zip(labels, groups(), strict=True))
    for word in labels:
        assert of[words.neighbours(word, labels, vectors, 1)[0]] == of[word]


def test_the_committed_file_is_small_and_holds_no_pickle():
    file = resources.files("mha_lib") / "data" / "word_vectors.npz"
    assert len(file.read_bytes()) < 10_000
    with resources.as_file(file) as path, np.load(path, allow_pickle=False) as arrays:
        assert sorted(arrays) == ["vectors", "words"]


def test_the_recipe_beside_the_file_names_its_versions():
    text = (resources.files("mha_lib") / "data" / "word_vectors.txt").read_text("utf-8")
    for needed in ("course.word_vectors", "Python 3.", "NumPy 2.", "Matplotlib 3.", "60 words"):
        assert needed in text


def test_a_word_is_no_neighbour_of_itself():
    assert words.neighbours("a", ["b", "a"], np.ones((2, 3)), 2) == ["b"]


def test_an_unknown_word_is_refused_by_name():
    with pytest.raises(ValueError, match=r"'queen' is not among the 60 words"):
        words.neighbours("queen", *words.load(), 3)


def test_an_analogy_never_answers_with_a_word_it_was_given():
    labels, vectors = words.load()
    assert words.analogy("red", "green", "green", labels, vectors) not in ("red", "green")


def test_the_plane_is_flat_and_keeps_the_widest_direction():
    points = np.random.default_rng(3).normal(size=(40, 5)) * [1.0, 7.0, 2.0, 0.1, 3.0]
    plane = words.principal_plane(points)
    np.testing.assert_allclose(plane.mean(axis=0), 0, atol=1e-12)
    assert abs(mha.cosine(plane[:, 0], points[:, 1] - points[:, 1].mean())) > 0.99


def test_the_script_reads_sentences_out_of_source_and_no_short_strings():
    source = 'key = "a short name"\nadd_docs(f, """Return what was\n    given to it.""")\n'
    assert word_vectors.literals(source) == ["Return what was\n    given to it."]


def test_the_script_lets_no_text_touch_the_next():
    tokens = ["left", *word_vectors.GAP, "right"]
    assert words.count_neighbours(tokens, ["left", "right"], word_vectors.WINDOW).sum() == 0
