"""translation.decoding: greedy takes the likeliest token, a beam looks further, and both end where they should."""

import itertools

import numpy as np
import pytest

from mha_lib.translation.decoding import beam_search, extended, greedy, hypotheses, length_normalised

END = 3


def table(seed, num_tokens=4, length=6):
    """Return log-probabilities of the next token by place and last token, (length, v, v)."""
    scores = np.random.default_rng(seed).normal(size=(length, num_tokens, num_tokens)) * 1.5
    return scores - np.log(np.exp(scores).sum(-1, keepdims=True))


def score_by(log_probs):
    return lambda tokens: log_probs[tokens.shape[1] - 1, tokens[:, -1]]


def every_sequence(log_probs, start, max_new):
    """Return every ended sequence of at most `max_new` tokens with its log-probability."""
    for length in range(1, max_new + 1):
        for body in itertools.product(range(END), repeat=length - 1):
            tokens = (start, *body, END)
            yield tokens[1:], sum(log_probs[t, tokens[t], tokens[t + 1]] for t in range(length))


def test_greedy_takes_the_likeliest_token_at_every_step():
    log_probs = table(0)
    tokens = greedy(score_by(log_probs), [[0], [1], [2]], END, 5)
    for row in tokens:
        for t, (last, token) in enumerate(itertools.pairwise(row)):
            assert token == (END if END in row[1 : t + 1] else log_probs[t, last].argmax())


def test_greedy_fills_up_with_end_and_stops_when_all_have_ended():
    log_probs = np.log(
        np.array([[0.1, 0.8, 0.05, 0.05], [0.1, 0.1, 0.1, 0.7], [0.1, 0.1, 0.7, 0.1], [1, 0, 0, 1e-9]]) + 1e-9
    )
    calls = []

    def score(tokens):
        calls.append(tokens.shape)
        return log_probs[tokens[:, -1]]

    assert greedy(score, [[0], [1]], END, 10).tolist() == [[0, 1, END], [1, END, END]]
    assert calls == [(2, 1), (2, 2)]
    assert greedy(score, [[2]], END, 3).tolist() == [[2, 2, 2, 2]]


def test_an_end_in_the_prompt_ends_nothing():
    score = score_by(np.log(np.eye(4)[[[1, 1, 2, 1]] * 6] + 1e-9))
    assert greedy(score, [[END]], END, 3).tolist() == [[END, 1, 1, 1]]
    assert beam_search(score, [END], END, 3, beam_size=2).tolist() == [1, 1, 1]


@pytest.mark.parametrize("seed", range(10))
def test_a_beam_of_one_is_greedy(seed):
    score = score_by(table(seed))
    wanted = greedy(score, [[1]], END, 5)[0, 1:]
    assert beam_search(score, [1], END, 5, beam_size=1).tolist() == wanted.tolist()


@pytest.mark.parametrize("alpha", [0.0, 0.6, 2.0])
@pytest.mark.parametrize("seed", range(5))
def test_a_beam_as_wide_as_all_sequences_finds_the_best_of_them(seed, alpha):
    log_probs = table(seed)
    found = hypotheses(score_by(log_probs), [0], END, 4, beam_size=4**4, alpha=alpha)
    every = dict(every_sequence(log_probs, 0, 4))
    assert {tuple(h.tokens) for h in found} == every.keys()
    for hypothesis in found:
        assert hypothesis.log_prob == pytest.approx(every[tuple(hypothesis.tokens)])
    best = max(every, key=lambda tokens: every[tokens] / ((5 + len(tokens)) / 6) ** alpha)
    assert tuple(found[0].tokens) == best


@pytest.mark.parametrize("beam_size", [1, 2, 3, 5])
def test_a_beam_finishes_as_many_as_it_is_wide_best_first(beam_size):
    found = hypotheses(score_by(table(1)), [0], END, 6, beam_size)
    assert 1 <= len(found) <= beam_size
    assert [h.score for h in found] == sorted((h.score for h in found), reverse=True)
    assert len({tuple(h.tokens) for h in found}) == len(found)
    assert all(h.tokens[-1] == END and END not in h.tokens[:-1] for h in found)


def test_a_beam_finds_what_greedy_misses():
    log_probs = np.log(
        np.array([[0.0, 0.55, 0.45, 0], [0.4, 0.3, 0.0, 0.3], [0.0, 0.0, 0.1, 0.9], [1, 0, 0, 0]]) + 1e-12
    )

    def score(tokens):
        return log_probs[tokens[:, -1]]

    assert greedy(score, [[0]], END, 2).tolist() == [[0, 1, 0]]
    assert beam_search(score, [0], END, 2, beam_size=2).tolist() == [2, END]


def test_open_sequences_count_only_if_none_has_ended():
    never = np.log(np.array([[0.6, 0.4, 1e-9, 1e-12]] * 4))
    found = hypotheses(lambda tokens: never[tokens[:, -1]], [0], END, 3, beam_size=2)
    assert [h.tokens.tolist() for h in found] == [[0, 0, 0], [0, 1, 0]]
    late = np.log(np.array([[0.899, 0.001, 1e-9, 0.1]] * 4))
    found = hypotheses(lambda tokens: late[tokens[:, -1]], [0], END, 3, beam_size=2)
    assert [h.tokens.tolist() for h in found] == [[END]]


def test_the_prompt_counts_neither_as_length_nor_as_output():
    score = score_by(table(2, length=12))
    short = hypotheses(lambda tokens: score(tokens[:, -1:]), [1], END, 4)
    long = hypotheses(lambda tokens: score(tokens[:, -1:]), [0, 2, 2, 0, 1], END, 4)
    assert [(h.tokens.tolist(), h.score) for h in short] == [(h.tokens.tolist(), h.score) for h in long]


def test_the_length_rule_is_equation_14():
    assert length_normalised(-3.0, 1, 0.6) == -3.0
    assert length_normalised(-4.0, 4, 1.0) == pytest.approx(-4 * 6 / 9)
    assert length_normalised(-4.0, np.array([4, 9]), 0.0).tolist() == [-4.0, -4.0]
    assert length_normalised(-7.2, 9, 0.0) < length_normalised(-4.0, 4, 0.0)
    assert length_normalised(-7.2, 9, 2.0) > length_normalised(-4.0, 4, 2.0)


def test_continuations_keep_their_parents():
    beams, totals = extended(
        np.array([[7, 0], [8, 1]]), np.array([-1.0, -2.0]), np.array([[-3.0, -0.5], [-0.1, -9.0]]), 2
    )
    assert beams.tolist() == [[7, 0, 1], [8, 1, 0]]
    assert totals.tolist() == [-1.5, -2.1]


def test_what_makes_no_sense_is_refused():
    def score(tokens):
        return np.zeros((len(tokens), 4))

    with pytest.raises(ValueError, match="beam_size must be at least 1, got 0"):
        beam_search(score, [0], END, 4, beam_size=0)
    with pytest.raises(ValueError, match="max_new must be at least 1, got 0"):
        greedy(score, [[0]], END, 0)
    with pytest.raises(ValueError, match=r"shape \(b, s\) .* got \(1,\)"):
        greedy(score, [0], END, 4)
    with pytest.raises(ValueError, match=r"shape \(s,\) .* got \(0,\)"):
        beam_search(score, [], END, 4)
