"""gpt.sampling: chance, and how it is tamed."""

import numpy as np
import pytest

from mha_lib.gpt.sampling import draw, keep_top_k, keep_top_p, ranks, sample, tempered
from mha_lib.softmax import softmax, softmax_with_temperature
from mha_lib.translation.decoding import greedy

TAMED = {
    "tempered": lambda p: tempered(p, 0.7),
    "top k": lambda p: keep_top_k(p, 2),
    "top p": lambda p: keep_top_p(p, 0.6),
}


def rows(*shape):
    return softmax(np.random.default_rng(1).normal(size=shape) * 1.5)


@pytest.mark.parametrize("tame", TAMED.values(), ids=TAMED)
def test_what_is_tamed_sums_to_1_whatever_the_axes_in_front(tame):
    probs = rows(2, 3, 5)
    given = probs.copy()
    np.testing.assert_allclose(tame(probs).sum(-1), 1)
    np.testing.assert_allclose(tame(probs)[1, 2], tame(probs[1, 2]))
    np.testing.assert_array_equal(probs, given)


@pytest.mark.parametrize("temperature", [0.01, 0.5, 1.0, 3.0])
def test_tempered_is_softmax_of_the_scores_over_the_temperature(temperature):
    scores = np.random.default_rng(2).normal(size=(4, 6)) * 3
    np.testing.assert_allclose(
        tempered(softmax(scores), temperature), softmax_with_temperature(scores, temperature), atol=1e-12
    )


def test_a_temperature_near_0_underflows_nowhere():
    np.testing.assert_allclose(
        tempered([[0.3, 0.4, 0.3], [0.98, 0.01, 0.01]], 1e-3), [[0, 1, 0], [1, 0, 0]], atol=1e-12
    )


@pytest.mark.parametrize("k", [1, 2, 4, 9])
def test_exactly_k_are_kept_and_keep_their_ratios(k):
    probs = rows(3, 5)
    kept = keep_top_k(probs, k)
    assert (np.count_nonzero(kept, axis=-1) == min(k, 5)).all()
    for row, new in zip(probs, kept, strict=True):
        assert row[new == 0].max(initial=0) < row[new > 0].min()
        np.testing.assert_allclose(new[new > 0], row[new > 0] / row[new > 0].sum())


def test_of_equals_the_first_are_kept():
    assert keep_top_k([0.25, 0.25, 0.25, 0.25], 2).tolist() == [0.5, 0.5, 0, 0]
    assert keep_top_p([0.25, 0.25, 0.25, 0.25], 0.5).tolist() == [0.5, 0.5, 0, 0]
    assert ranks(np.array([[0.2, 0.2, 0.6]])).tolist() == [[1, 2, 0]]


@pytest.mark.parametrize("p", [0.05, 0.4, 0.8, 0.99])
def test_top_p_keeps_the_smallest_set_with_the_share(p):
    for row in rows(50, 6):
        largest_first = np.sort(row)[::-1]
        needed = next(n for n in range(1, 7) if largest_first[:n].sum() >= p)
        kept = keep_top_p(row, p)
        assert sorted(row[kept > 0]) == sorted(largest_first[:needed])


def test_a_share_that_is_reached_exactly_needs_no_more():
    assert keep_top_p([0.125, 0.25, 0.5, 0.125], 0.75).tolist() == [0, 0.25 / 0.75, 0.5 / 0.75, 0]
    assert np.count_nonzero(keep_top_p([0.125, 0.25, 0.5, 0.125], 0.76)) == 3


def test_a_share_of_1_keeps_all():
    np.testing.assert_allclose(keep_top_p([0.125, 0.25, 0.5, 0.125], 1), [0.125, 0.25, 0.5, 0.125])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: tempered([0.5, 0.5], 0), "above 0, got 0"),
        (lambda: keep_top_k([0.5, 0.5], 0), "at least 1.*0"),
        (lambda: keep_top_p([0.5, 0.5], 0), "above 0.*0"),
        (lambda: keep_top_p([0.5, 0.5], 1.1), "at most 1.*1.1"),
        (lambda: sample(None, [1, 2], 0, 3, None), r"\(b, s\)"),
        (lambda: sample(None, [[1]], 0, 0, None), "max_new"),
    ],
)
def test_what_leaves_nothing_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_tokens_come_as_often_as_they_are_likely():
    probs = np.array([0.5, 0.0, 0.3, 0.2])
    drawn = draw(np.tile(probs, (40_000, 1)), np.random.default_rng(3))
    np.testing.assert_allclose(np.bincount(drawn, minlength=4) / 40_000, probs, atol=0.01)
    assert not (drawn == 1).any()


def test_the_extremes_of_chance_draw_possible_tokens():
    class Fixed:
        def __init__(self, u):
            self.u = u

        def random(self, shape):
            return np.full(shape, self.u)

    probs = np.array([[0.0, 0.7, 0.3, 0.0]])
    assert (draw(probs, Fixed(0.0)), draw(probs, Fixed(np.nextafter(1, 0)))) == (1, 2)
    assert draw(0.9 * probs, Fixed(0.95)) == 2  # rounding may leave a sum below 1


def scored(tokens):
    table = np.log(np.array([[0.1, 0.6, 0.2, 0.1], [0.3, 0.1, 0.4, 0.2], [0.2, 0.3, 0.1, 0.4], [0.25] * 4]))
    return table[tokens[:, -1]]


def test_the_loop_gives_the_whole_prefix_and_follows_the_scores():
    rng, seen = np.random.default_rng(5), []

    def score(tokens):
        seen.append(tokens.copy())
        return scored(tokens)

    out = sample(score, [[0, 1], [2, 2]], -1, 4, rng)
    assert [tokens.shape for tokens in seen] == [(2, 2), (2, 3), (2, 4), (2, 5)]
    np.testing.assert_array_equal(out[:, :-1], seen[-1])


def test_how_often_a_token_follows_is_its_probability():
    out = sample(scored, [[0]] * 20_000, -1, 1, np.random.default_rng(6))[:, -1]
    np.testing.assert_allclose(np.bincount(out) / 20_000, [0.1, 0.6, 0.2, 0.1], atol=0.015)


def test_one_token_alone_is_greedy():
    out = sample(scored, [[0], [1]], 3, 5, np.random.default_rng(0), lambda probs: keep_top_k(probs, 1))
    np.testing.assert_array_equal(out, greedy(scored, [[0], [1]], 3, 5))


def test_an_ended_sequence_is_filled_up_and_an_end_in_the_prompt_ends_nothing():
    out = sample(scored, [[3]] * 200, 3, 6, np.random.default_rng(8))
    for row in out[:, 1:].tolist():
        first = row.index(3) if 3 in row else len(row)
        assert set(row[first:]) <= {3}
    assert len({tuple(row) for row in out.tolist()}) > 50


def test_the_same_generator_draws_the_same_text():
    texts = [sample(scored, [[0]], -1, 20, np.random.default_rng(9)).tolist() for _ in range(2)]
    assert texts[0] == texts[1]
