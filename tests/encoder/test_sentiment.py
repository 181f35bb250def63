"""The made reviews say what their labels say, and the test keeps from training what it should."""

from collections import Counter

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier

from mha_lib.encoder import bag_of_words, sentiment


def by_hand(words):
    """Return the label of a review, read word by word: the last clause decides, each negator turns it round."""
    if "but" in words:
        words = words[words.index("but") + 1 :]
    turns = sum(word in sentiment.NEGATORS for word in words)
    good = any(word in sentiment.GOOD for word in words)
    return int(good) if turns % 2 == 0 else 1 - int(good)


@pytest.fixture(scope="module")
def made():
    return sentiment.make_reviews(np.random.default_rng(3), 2000)


@pytest.fixture(scope="module")
def split():
    return sentiment.split_reviews(np.random.default_rng(3), 1000, 300)


def test_labels_are_what_the_words_say(made):
    assert [review.label for review in made] == [by_hand(review.words) for review in made]


def test_labels_and_kinds_are_drawn_evenly(made):
    assert np.mean([review.label for review in made]) == pytest.approx(0.5, abs=0.05)
    assert Counter(review.kind for review in made).keys() == set(sentiment.KINDS)
    assert min(Counter(review.kind for review in made).values()) > 300


def test_a_kind_says_how_often_a_verdict_is_turned_round(made):
    turns = {kind: set() for kind in sentiment.KINDS}
    for review in made:
        turns[review.kind].add((sum(word in sentiment.NEGATORS for word in review.words), "that" in review.words))
    assert turns == {
        "plain": {(0, False)},
        "negated": {(1, False), (1, True)},
        "double": {(2, True)},
        "but": {(0, False)},
        "but + negation": {(1, False)},
    }


def test_the_negated_pairs_of_a_review_stand_in_it_side_by_side(made):
    for review in made:
        beside = set(zip(review.words, review.words[1:], strict=False))
        assert set(review.pairs) == {pair for pair in beside if pair[0] in sentiment.NEGATORS and pair[1] != "true"}


def test_the_same_generator_state_gives_the_same_reviews():
    assert [sentiment.make_reviews(np.random.default_rng(7), 5) for _ in range(2)].count(
        sentiment.make_reviews(np.random.default_rng(7), 5)
    ) == 2


def test_no_training_review_has_a_pair_that_was_held_out(split):
    train, test, held_out = split
    assert all(held_out.isdisjoint(review.pairs) for review in train)
    assert any(not held_out.isdisjoint(review.pairs) for review in test)


def test_a_quarter_of_the_pairs_is_held_out_and_no_word_with_them(split):
    train, _, held_out = split
    assert len(held_out) == 18
    assert len({adjective for _, adjective in held_out}) == 18
    assert {word for review in train for word in review.words} == set(sentiment.VOCABULARY[2:])


def test_no_test_review_was_trained_on(split):
    train, test, _ = split
    assert {review.words for review in train}.isdisjoint(review.words for review in test)
    assert (len(train), len(test)) == (1000, 300)


def test_more_pairs_than_adjectives_are_refused():
    with pytest.raises(ValueError, match=r"36 pairs .* there are 24 adjectives"):
        sentiment.hold_out_pairs(np.random.default_rng(0), share=0.5)


def test_every_review_fits_and_can_be_read_back(made):
    ids, labels = sentiment.encode(made)
    assert ids.shape == (len(made), sentiment.MAX_LEN)
    assert labels.tolist() == [review.label for review in made]
    real = sentiment.padding(ids)
    for row, keep, review in zip(ids, real, made, strict=True):
        assert tuple(sentiment.VOCABULARY[i] for i in row[keep]) == (sentiment.CLS, *review.words)


def test_a_review_too_long_is_refused_with_both_numbers():
    with pytest.raises(ValueError, match=r"5 tokens with \[cls\], more than 4"):
        sentiment.encode([("the", "film", "was", "good")], length=4)


def test_an_unknown_word_is_refused():
    with pytest.raises(ValueError, match=r"'mouse' is not among the 51"):
        sentiment.encode([("the", "mouse", "was", "good")])


def test_words_are_counted_and_their_order_is_lost():
    ids, _ = sentiment.encode([("the", "film", "was", "the", "film"), ("film", "the", "the", "was", "film")])
    counts = bag_of_words.count_words(ids, len(sentiment.VOCABULARY))
    assert np.array_equal(counts[0], counts[1])
    assert counts[0][sentiment.VOCABULARY.index("film")] == 2
    assert counts.shape == (2, len(sentiment.VOCABULARY))
    assert counts.sum(axis=1).tolist() == [sentiment.MAX_LEN] * 2


def test_exchanging_the_clauses_around_but_turns_the_verdict_and_keeps_the_counts(made):
    joined = [review for review in made if "but" in review.words]
    assert len(joined) > 100
    for review in joined:
        middle = review.words.index("but")
        exchanged = (*review.words[middle + 1 :], "but", *review.words[:middle])
        assert Counter(exchanged) == Counter(review.words)
        assert by_hand(exchanged) == 1 - review.label


def test_a_linear_reader_of_counts_cannot_read_one_negation_and_a_bent_one_can(split):
    train, test, _ = split
    few = [[review for review in some if "but" not in review.words] for some in (train, test)]
    (x, labels), (seen, wanted) = ((bag_of_words.count_words(i, 51), y) for i, y in map(sentiment.encode, few))
    linear = bag_of_words.predict_logistic(seen, *bag_of_words.fit_logistic(x, labels)) == wanted
    network = MLPClassifier(64, solver="lbfgs", alpha=0.01, max_iter=5000, random_state=0)
    bent = network.fit(x, labels).predict(seen) == wanted
    once = np.array([review.kind == "negated" for review in few[1]])
    assert linear[once].mean() < 0.25
    assert bent[once].mean() > 0.9
    assert bent[~once].mean() > 0.9


def test_logistic_regression_stands_where_its_loss_has_no_slope():
    rng = np.random.default_rng(0)
    x, labels = rng.normal(size=(40, 3)), rng.integers(2, size=40)
    weights, bias = bag_of_words.fit_logistic(x, labels, penalty=2.0)

    def loss(w, b):
        return np.sum(np.log1p(np.exp((1 - 2 * labels) * (x @ w + b)))) + np.sum(w**2)

    step = 1e-5
    for direction in np.eye(4):
        dw, db = step * direction[:3], step * direction[3]
        assert loss(weights + dw, bias + db) == pytest.approx(loss(weights - dw, bias - db), abs=1e-8)


def test_logistic_regression_predicts_the_side_of_its_line():
    assert bag_of_words.predict_logistic([[3.0], [1.0]], np.array([1.0]), -2.0).tolist() == [1, 0]
