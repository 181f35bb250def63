"""gpt.ngrams: counting as a language model, and bits as a measure."""

import math
from collections import Counter

import numpy as np
import pytest

from mha_lib.gpt.ngrams import NGrams, bits_per_character, interpolated
from mha_lib.gpt.sampling import sample

TEXT = np.random.default_rng(0).choice(4, size=300, p=[0.4, 0.3, 0.2, 0.1])


def by_loops(text, context, symbol, order, v):
    """Return the mixture's probability by plain counting: from equal chances up to the longest context."""
    text, prob = tuple(text), 1 / v
    for k in range(min(order - 1, len(context)) + 1):
        wanted = tuple(context[len(context) - k :])
        followed = Counter(text[i + k] for i in range(len(text) - k) if text[i : i + k] == wanted)
        total, kinds = sum(followed.values()), len(followed)
        prob = (followed[symbol] + kinds * prob) / (total + kinds) if total else prob
    return prob


@pytest.mark.parametrize("order", [1, 2, 4])
def test_a_text_s_probability_is_what_counting_by_loops_gives(order):
    model, other = NGrams(TEXT, order, 5), np.array([0, 2, 4, 1, 1, 0, 3, 4, 4, 0, 1])
    wanted = [math.log(by_loops(TEXT, other[:i], symbol, order, 5)) for i, symbol in enumerate(other)]
    np.testing.assert_allclose(model.log_prob(other), wanted)


@pytest.mark.parametrize("order", [1, 3, 6])
def test_scores_are_a_distribution_and_agree_with_the_text_s_probability(order):
    model, prefixes = NGrams(TEXT, order, 5), np.array([[0, 1, 2, 3], [4, 4, 4, 4], [1, 0, 0, 1]])
    scores = model.score(prefixes)
    np.testing.assert_allclose(np.exp(scores).sum(-1), 1)
    for prefix, row in zip(prefixes, scores, strict=True):
        for symbol in range(5):
            assert row[symbol] == pytest.approx(model.log_prob([*prefix, symbol])[-1])


def test_a_prefix_shorter_than_the_context_is_scored_by_what_there_is():
    np.testing.assert_allclose(NGrams(TEXT, 4, 5).score([[2]]), NGrams(TEXT, 2, 5).score([[2]]))


def test_nothing_is_impossible():
    assert np.isfinite(NGrams([0, 0, 0], 3, 7).log_prob([6, 5, 4, 0])).all()


def test_longer_contexts_predict_a_regular_text_better():
    text = np.tile([0, 1, 0, 2], 60)
    losses = [-NGrams(text, order, 3).log_prob(text[:40])[4:].mean() for order in (1, 2, 3)]
    assert losses[0] > losses[1] + 0.3 > losses[2] + 0.6


@pytest.mark.parametrize(("order", "v"), [(0, 5), (10, 100)])
def test_an_order_that_cannot_be_counted_is_refused(order, v):
    with pytest.raises(ValueError, match=f"order.*{order}"):
        NGrams(TEXT, order, v)


def test_counts_are_mixed_in_witten_and_bell_s_shares():
    lower = np.array([0.1, 0.2, 0.3, 0.4])
    np.testing.assert_allclose(interpolated([6, 0, 2, 0], lower), np.array([6.2, 0.4, 2.6, 0.8]) / 10)
    np.testing.assert_allclose(interpolated([[0, 0, 0, 0], [0, 0, 0, 9]], lower), [lower, [0.01, 0.02, 0.03, 0.94]])


def test_counting_can_write():
    text = np.tile([0, 1, 2], 500)
    out = sample(NGrams(text, 3, 3).score, [[0, 1]], -1, 30, np.random.default_rng(0))[0]
    assert (np.diff(out) % 3 == 1).mean() > 0.9


def test_bits_do_not_depend_on_how_a_text_is_cut():
    per_character = bits_per_character(1.2, 1000, 1000)
    assert bits_per_character(1.2 * 4, 250, 1000) == pytest.approx(per_character)
    assert per_character == pytest.approx(1.2 / math.log(2))
    assert bits_per_character(math.log(2), 7, 7) == pytest.approx(1)
