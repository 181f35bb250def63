"""Noise: what is hit, how often, and what is never touched."""

import numpy as np
import pytest

from mha_lib.robustness import noise as robustness


def by_loop(ids, draws, replacements, rate, num_special):
    noisy = [list(row) for row in ids]
    for i, row in enumerate(ids):
        for j, token in enumerate(row):
            if token >= num_special and draws[i][j] < rate:
                noisy[i][j] = replacements[i][j]
    return noisy


@pytest.fixture
def rng():
    return np.random.default_rng(11)


@pytest.mark.parametrize("rate", [0.0, 0.3, 1.0])
def test_noisy_tokens_does_what_a_loop_does(rng, rate):
    ids = rng.integers(0, 9, (5, 7))
    draws, replacements = robustness.token_noise(rng, ids.shape, 3, 9)
    noisy = robustness.noisy_tokens(ids, draws, replacements, rate, 3)
    assert noisy.tolist() == by_loop(ids.tolist(), draws.tolist(), replacements.tolist(), rate, 3)


def test_special_tokens_are_never_hit_and_never_put_in(rng):
    ids = rng.integers(0, 9, (40, 50))
    noisy = robustness.noisy_tokens(ids, *robustness.token_noise(rng, ids.shape, 3, 9), 1.0, 3)
    np.testing.assert_array_equal(noisy < 3, ids < 3)
    np.testing.assert_array_equal(noisy[ids < 3], ids[ids < 3])


def test_replacements_are_all_ordinary_tokens_alike(rng):
    _, replacements = robustness.token_noise(rng, (200, 200), 2, 7)
    shares = np.bincount(replacements.ravel(), minlength=7) / replacements.size
    np.testing.assert_allclose(shares, [0, 0, 0.2, 0.2, 0.2, 0.2, 0.2], atol=0.01)


def test_more_noise_contains_less(rng):
    ids = rng.integers(2, 9, (6, 8))
    noise = robustness.token_noise(rng, ids.shape, 2, 9)
    little, much = (robustness.noisy_tokens(ids, *noise, rate, 2) for rate in (0.2, 0.6))
    hit = noise[0] < 0.2
    np.testing.assert_array_equal(little[hit], much[hit])
    np.testing.assert_array_equal(little[~hit], ids[~hit])


def test_the_callers_ids_stay_as_they_were(rng):
    ids = rng.integers(2, 9, (3, 4))
    before = ids.copy()
    robustness.noisy_tokens(ids, *robustness.token_noise(rng, ids.shape, 2, 9), 1.0, 2)
    np.testing.assert_array_equal(ids, before)


def test_noise_of_another_shape_is_refused(rng):
    with pytest.raises(ValueError, match=r"ids \(1, 2\), draws \(2, 2\)"):
        robustness.noisy_tokens([[1, 2]], np.zeros((2, 2)), [[1, 2]], 0.1, 0)


def test_no_typo_at_a_rate_of_0_and_the_same_state_gives_the_same_typos(rng):
    text = "Return the file's name, or None."
    assert robustness.with_typos(rng, text, 0.0) == text
    assert len({robustness.with_typos(np.random.default_rng(3), text, 0.5) for _ in range(3)}) == 1


def test_as_many_letters_are_hit_as_the_rate_says(rng):
    text = "x" * 20_000
    typed = robustness.with_typos(rng, text, 0.2)
    replaced = sum(letter != "x" for letter in typed)
    assert replaced == pytest.approx(20_000 * 0.2 / 4 * 25 / 26, rel=0.1)
    assert len(typed) == pytest.approx(20_000, rel=0.02)  # as many are dropped as doubled


def test_capitals_digits_and_signs_are_not_hit_but_can_change_places(rng):
    text = "A-1 B? 22!"
    assert robustness.with_typos(rng, text, 1.0) == text
    assert set("A-1") <= set(robustness.with_typos(rng, "aA-1", 1.0))


def test_each_slip_does_what_its_name_says(rng):
    waiting = ["b", "c"]
    assert robustness.slipped(rng, "a", "swap", waiting) == "ba"
    assert waiting == ["c"]
    assert robustness.slipped(rng, "a", "swap", []) == "a"
    assert robustness.slipped(rng, "a", "drop", waiting) == ""
    assert robustness.slipped(rng, "a", "double", waiting) == "aa"
    assert robustness.slipped(rng, "a", "replace", waiting) in robustness.LETTERS
    assert waiting == ["c"]
