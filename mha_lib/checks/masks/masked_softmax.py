"""Exercise masked_softmax: masked softmax."""

import numpy as np

from mha_lib import masks as library
from mha_lib.checks.masks.shared import READ_ALOUD
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.judge import MUTATES, MUTATES_HINT
from mha_lib.softmax import masked_softmax as right_masked_softmax
from mha_lib.softmax import softmax

NO_RULE = (
    ("    hidden = np.where(attends, hidden, 0.0)\n", ""),
    ("np.where(attends, weights, 0.0)", "weights"),
)


NOBODY = "What are 0 divided by 0, and minus infinity less minus infinity? What should this row be?"


def masked_softmax(scores, mask=None):
    """Return softmax with the hidden scores at minus infinity, and zeros where nothing is left."""
    hidden = np.where(mask, scores, -np.inf)
    attends = np.any(mask, axis=-1, keepdims=True)
    hidden = np.where(attends, hidden, 0.0)
    exponentials = np.exp(hidden - hidden.max(axis=-1, keepdims=True))
    weights = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return np.where(attends, weights, 0.0)


def masked_softmax_shared_out_again(scores, mask=None):
    """Return the same: weights zeroed after the softmax, then divided by what is left of their sum."""
    kept = softmax(scores) * mask
    total = kept.sum(axis=-1, keepdims=True)
    return kept / np.where(total == 0, 1, total)


def masked_softmax_with_nan_to_num(scores, mask=None):
    """Return the same: the only rows that come out NaN are those of nobody."""
    return np.nan_to_num(softmax(np.where(mask, scores, -np.inf)))


def masked_softmax_with_lowest_fill(scores, mask=None):
    """Return the same: the lowest finite number hides as well as minus infinity, once empty rows are zeroed."""
    lowest = np.where(mask, scores, np.finfo(float).min)
    return softmax(lowest) * np.any(mask, axis=-1, keepdims=True)


def masked_softmax_in_place(scores, mask=None):
    """Return the same, written into the caller's scores."""
    scores[~np.broadcast_to(mask, scores.shape)] = -np.inf
    return np.nan_to_num(softmax(scores))


def softmax_probes(rng):
    """Return scores and masks: ordinary, broadcast, very low, very large, and a row that may attend to nothing."""
    lengths = library.padding_mask([2, 4], 5)
    holes = np.array([[True, False, True, True], [False, True, True, False], [True, True, True, False]])
    low, lower = draw(rng, 2, 4) - 200, draw(rng, 2, 4) - 20000
    extreme = np.array([[1000.0, 1001.0, 1002.0], [-1000.0, -999.0, -1001.0]])
    return [
        Probe("the worked example", (np.log([[1.0, 3.0, 4.0]]), np.array([[True, True, False]]))),
        Probe("a causal mask", (draw(rng, 4, 4), library.causal_mask(4))),
        Probe("2 sentences, 3 queries, 5 keys, padding", (draw(rng, 2, 3, 5), lengths)),
        Probe("a mask with holes", (draw(rng, 3, 4), holes)),
        Probe("scores of +-1000", (extreme, np.array([[True, True, False], [False, True, True]]))),
        Probe("scores near -20000", (lower, holes[:2])),
        Probe("scores near -200", (low, holes[:2])),
        Probe("a query that may attend to nothing", (draw(rng, 2, 3), np.array([[True, False, True], [False] * 3]))),
    ]


def rows_sum_to_one_or_nothing(weights, scores, mask=None):
    """Return whether a row sums to 1, or to 0 where nothing is allowed."""
    attends = np.any(np.broadcast_to(mask, weights.shape), axis=-1)
    return np.allclose(weights.sum(axis=-1), attends)


def hidden_get_nothing(weights, scores, mask=None):
    """Return whether every hidden key has weight 0."""
    return not np.any(weights[~np.broadcast_to(mask, weights.shape)])


EXERCISE = Exercise(
    reference=right_masked_softmax,
    worked=masked_softmax,
    returns="weights, one row a query and one column a key: (..., q, k)",
    probes=softmax_probes,
    mistakes=(
        edit(
            "weights zeroed after the softmax",
            "Do your rows still sum to 1? Where did the weight of the hidden keys go?",
            ("np.where(mask, scores, -np.inf)", "scores"),
            ("np.where(attends, weights, 0.0)", "weights * mask"),
        ),
        edit(
            "hidden scores become 0",
            "What is exp(0)? And what should exp of a hidden score be?",
            ("-np.inf", "0.0"),
        ),
        edit(
            "fills with -100",
            "Can a real score be so low that your fill wins against it?",
            ("-np.inf", "-100.0"),
        ),
        edit(
            "fills with -10000",
            "Is there really no real score below your fill? Is there a number below every score?",
            ("-np.inf", "-1e4"),
        ),
        edit(
            "a huge negative number instead of minus infinity",
            "Where every score of a row is your fill, they are all equal. What does softmax make of equal scores?",
            ("-np.inf", "-1e9"),
            *NO_RULE,
        ),
        edit(
            "adds a huge negative number",
            "What does softmax do when you add the same number to every score of a row?",
            ("np.where(mask, scores, -np.inf)", "scores - 1e9 * ~mask"),
            *NO_RULE,
        ),
        edit(
            "no rule for a query that may attend to nothing",
            NOBODY,
            *NO_RULE,
        ),
        edit("polarity inverted", READ_ALOUD, ("np.where(mask, scores, -np.inf)", "np.where(mask, -np.inf, scores)")),
        edit("fills with plus infinity", "What is exp of plus infinity? And of minus infinity?", ("-np.inf", "np.inf")),
        edit(
            "0 times infinity",
            "What is 0 times infinity? Can you choose between two numbers without multiplying?",
            ("np.where(mask, scores, -np.inf)", "scores + ~mask * -np.inf"),
        ),
        edit(
            "the mask is ignored",
            "Change the mask. Does your answer change?",
            ("np.where(mask, scores, -np.inf)", "scores"),
            *NO_RULE,
        ),
        edit(
            "zeros for a query with any hidden key",
            "Is the row zeros when one key is hidden, or when all are?",
            ("np.any(mask", "np.all(mask"),
        ),
        edit(
            "softmax over the queries",
            "Which axis does one query own? Its weights must sum to 1 along that axis.",
            ("hidden.max(axis=-1", "hidden.max(axis=-2"),
            ("exponentials.sum(axis=-1", "exponentials.sum(axis=-2"),
        ),
        edit(
            "no maximum subtracted",
            "What is exp(1000)? What may you subtract from a row of scores without changing its softmax?",
            ("hidden - hidden.max(axis=-1, keepdims=True)", "hidden"),
        ),
        edit(
            "the mask is not stretched to the scores",
            "Indexing needs a mask of the very shape of the scores. Which function chooses and broadcasts at once?",
            ("np.where(mask, scores, -np.inf)", "scores.copy()\n    hidden[~mask] = -np.inf"),
        ),
        rewrite(MUTATES, MUTATES_HINT, masked_softmax_in_place),
    ),
    equivalents=(
        masked_softmax_shared_out_again,
        masked_softmax_with_nan_to_num,
        masked_softmax_with_lowest_fill,
    ),
    hints=(
        "A hidden key must have weight 0. Which score does softmax turn into 0?",
        "np.where(mask, scores, -np.inf) hides. Rows with nothing left are ~mask.any(axis=-1, keepdims=True).",
        "Where nothing is left, put 0 for the scores before the softmax and 0 for the weights after it.",
    ),
    properties=(
        Property("each row sums to 1, or to 0 where nothing is allowed", rows_sum_to_one_or_nothing),
        Property("a hidden key has weight 0", hidden_get_nothing),
    ),
)
