"""Chapter 21. Learning traces: made pupils practise skills; will the next answer be right?"""

from typing import NamedTuple

import numpy as np

NUM_SKILLS = 8
LENGTH = 30


class Traces(NamedTuple):
    """Which skill each question asked for, (b, n) integers, and whether the answer was right, (b, n) 0 or 1."""

    skills: np.ndarray
    right: np.ndarray


def make_traces(rng, count, length=LENGTH):
    """Return Traces of `count` pupils: each is able to some degree, and learns a skill by practising it.

    rng: numpy.random.Generator

    The chance of a right answer is logistic in ability, minus the skill's difficulty, plus what practice has brought.
    Difficulties are the same in every call. It is Rasch's model with learning.
    """
    difficulty = np.linspace(-1.0, 1.5, NUM_SKILLS)
    ability, pace = rng.normal(size=count), rng.uniform(0.1, 0.7, count)
    skills = rng.integers(NUM_SKILLS, size=(count, length))
    right, practised = np.zeros((count, length), dtype=int), np.zeros((count, NUM_SKILLS))
    rows = np.arange(count)
    for t in range(length):
        skill = skills[:, t]
        score = ability - difficulty[skill] + pace * practised[rows, skill]
        right[:, t] = rng.random(count) < 1 / (1 + np.exp(-score))
        practised[rows, skill] += 1
    return Traces(skills, right)


def count_features(traces):
    """Return what counting knows before each answer: the skill, its successes and failures so far, and all of them.

    ->  (b, n, NUM_SKILLS + 4)

    Each count enters as ln(1 + count). Nothing of the answer itself is in its row.
    Source: Pavlik et al., 2009 (performance factors), who take the counts as they are.
    """
    skill = np.eye(NUM_SKILLS)[traces.skills]  # (b, n, s)
    right = traces.right[..., None]
    counts = []
    for answers in (skill * right, skill * (1 - right)):  # (b, n, s)
        before = np.cumsum(answers, axis=1) - answers
        counts += [(before * skill).sum(-1), before.sum(-1)]
    return np.concatenate([skill, np.log1p(np.stack(counts, axis=-1))], axis=-1)


def as_tokens(traces):
    """Return one token for each question and its answer: 2 * skill + right, (b, n)."""
    return 2 * traces.skills + traces.right
