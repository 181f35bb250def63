"""Exercises of chapter 2: softmax and its mutants, log-sum-exp, logarithms of weights, temperature, entropy, slopes."""

import numpy as np

from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.exposure import Exposure, misses
from mha_lib.diagnosis.judge import MUTATES, MUTATES_HINT
from mha_lib.softmax import entropy, logsumexp, softmax, softmax_jacobian, softmax_with_temperature

WHICH_AXIS = "Which axis does one query own? Its weights must sum to 1 along that axis."
WHICH_ROWS = (
    "Axis 0 is the column of a table, and the tables of a batch. Which axis is the row, however many there are?"
)
AXIS_ONE = (
    "Axis 1 is the row of a table. Of a single row? Of a batch of tables? Which number always means the last axis?"
)
HOW_MANY = "How many rows share out a whole of 1 here? Is there one sum for each of them?"
OVERFLOW = "What is exp(1000)? And exp(-2000)? What may you subtract from a row of scores without changing its softmax?"
OWN_LARGEST = "Does one row know another row's largest score? Follow a row far below the others: what is left of it?"
KEEPDIMS = "Print the two shapes before the operation. Without keepdims=True, which axis does the shorter one meet?"
FAR_BELOW = "One score of the row is -inf, or far below the rest. Does what you subtract feel it?"
ADD_BACK = "You took something away before exp. What is log(sum(exp(scores))) of a row of three 5s, with a pencil?"

SHIFT = "scores - scores.max(axis=-1, keepdims=True)"
TOTAL = "exponentials.sum(axis=-1, keepdims=True)"
DIVISION = f"exponentials / {TOTAL}"
LSE = "np.log(np.exp(scores - largest).sum(axis=-1)) + largest[..., 0]"
FLOATS = "weights = np.asarray(weights, dtype=float)"
SAFE_LOG = "np.log(weights, out=np.zeros_like(weights), where=weights > 0)"
ENTROPY_SUM = "0.0 - np.sum(weights * logs, axis=-1)"
OUTER = "weights[..., :, None] * weights[..., None, :]"
SLOPES = f"diagonal - {OUTER}"


def softmax_through_logs(scores):
    """Return exp of the scores less their log-sum-exp."""
    return np.exp(scores - np.logaddexp.reduce(scores, axis=-1, keepdims=True))


def softmax_row_by_row(scores):
    """Return the same, one row at a time."""

    def of_one_row(row):
        exponentials = np.exp(row - max(row))
        return exponentials / sum(exponentials)

    return np.apply_along_axis(of_one_row, -1, scores)


def softmax_transposed(scores):
    """Return the same: with the keys first, no keepdims is needed."""
    exponentials = np.exp(np.moveaxis(scores, -1, 0) - np.max(scores, axis=-1))
    return np.moveaxis(exponentials / exponentials.sum(axis=0), 0, -1)


def softmax_with_harmless_epsilon(scores):
    """Return the same: after the shift the sum is at least 1, so 1e-12 more is neither needed nor seen."""
    exponentials = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    return exponentials / (np.sum(exponentials, axis=-1, keepdims=True) + 1e-12)


def temperature_written_out(scores, temperature):
    """Return softmax of the scores divided by the temperature."""
    divided = scores / temperature
    exponentials = np.exp(divided - divided.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def temperature_after_the_shift(scores, temperature):
    """Return the same: the largest score may be subtracted before the division."""
    exponentials = np.exp((scores - scores.max(axis=-1, keepdims=True)) / temperature)
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def temperature_as_inverse(scores, temperature):
    """Return the same: multiplied by one over the temperature."""
    return softmax_through_logs(scores * (1 / temperature))


def power_of_weights(scores, temperature):
    """Return the weights raised to 1 / temperature and shared out again: right on paper only."""
    powers = softmax(scores) ** (1 / temperature)
    return powers / powers.sum(axis=-1, keepdims=True)


def logsumexp_pairwise(scores):
    """Return log-sum-exp, two numbers at a time."""
    return np.logaddexp.reduce(scores, axis=-1)


def logsumexp_squeezed(scores):
    """Return the same, the last axis kept until the end."""
    largest = np.max(scores, axis=-1, keepdims=True)
    return (largest + np.log(np.sum(np.exp(scores - largest), axis=-1, keepdims=True))).squeeze(axis=-1)


def log_softmax(scores):
    """Return the logarithms of the weights: each score less its row's log-sum-exp."""
    shifted = scores - scores.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def log_softmax_from_logsumexp(scores):
    """Return the same, by way of the library's log-sum-exp."""
    return scores - logsumexp(scores)[..., None]


def log_softmax_pairwise(scores):
    """Return the same, by way of NumPy's logaddexp."""
    return scores - np.logaddexp.reduce(scores, axis=-1, keepdims=True)


def logarithm_of_softmax(scores):
    """Return the logarithm of the weights, taken after they were rounded to floats."""
    return np.log(softmax(scores))


def logarithm_of_softmax_and_epsilon(scores):
    """Return the same with a floor of 1e-9 below every weight."""
    return np.log(softmax(scores) + 1e-9)


def entropy_where(weights):
    """Return the entropy, the logarithm of 0 never taken."""
    return -np.sum(weights * np.log(np.where(weights > 0, weights, 1.0)), axis=-1)


def entropy_skipping_nan(weights):
    """Return the same: 0 times log 0 is NaN, and left out of the sum."""
    return -np.nansum(weights * np.log(weights), axis=-1)


def entropy_with_tiny_epsilon(weights):
    """Return the same to eleven digits."""
    return np.sum(weights * -np.log(weights + 1e-12), axis=-1)


def jacobian_factored(weights):
    """Return w_i (delta_ij - w_j)."""
    return weights[..., :, None] * (np.eye(weights.shape[-1]) - weights[..., None, :])


def jacobian_transposed(weights):
    """Return the same with i and j exchanged: it is symmetric."""
    return np.swapaxes(jacobian_factored(weights), -1, -2)


def jacobian_by_loop(weights):
    """Return the same, entry by entry."""
    k = weights.shape[-1]
    jacobian = np.zeros((*weights.shape, k))
    for i in range(k):
        for j in range(k):
            jacobian[..., i, j] = weights[..., i] * ((i == j) - weights[..., j])
    return jacobian


def jacobian_of_one_row(weights):
    """Return the slopes of a single row of weights; on more rows it goes wrong."""
    return np.diag(weights) - np.outer(weights, weights)


def table_probes(rng):
    """Return scores: the worked example, a table, a square, a batch, a row, a single key, and extremes."""
    return [
        Probe("the worked example", (np.log([1.0, 2.0, 3.0]),)),
        Probe("3 queries and 5 keys", (draw(rng, 3, 5),)),
        Probe("4 queries and 4 keys", (draw(rng, 4, 4),)),
        Probe("a batch of 2 tables", (draw(rng, 2, 3, 5),)),
        Probe("3 queries and a single key", (draw(rng, 3, 1),)),
        Probe("scores from -600 to 600", (np.array([[-600.0, 0.0, 600.0], [1.0, 1.0, 3.0]]),)),
        Probe("a score of -inf", (np.array([[0.5, -np.inf, 1.0, 2.0], [0.0, 1.0, -np.inf, -np.inf]]),)),
        Probe(
            "rows at 0, -2000 and 1000",
            (np.array([[0.0, 1.0, 2.0], [-2000.0, -2001.0, -1999.5], [1000.0, 1002.0, 1000.5]]),),
        ),
    ]


def temperature_probes(rng):
    """Return scores and temperatures, none of them 1."""
    return [
        Probe("the worked example", (np.log([1.0, 3.0]), 0.5)),
        Probe("3 queries and 5 keys, temperature 2", (draw(rng, 3, 5), 2.0)),
        Probe("4 queries and 4 keys, temperature 0.7", (draw(rng, 4, 4), 0.7)),
        Probe("a batch of 2 tables, temperature 3", (draw(rng, 2, 3, 5), 3.0)),
        Probe(
            "rows at 400 and -1000, temperature 0.5",
            (np.array([[400.0, 400.5, 399.75], [-1000.0, -1000.25, -999.5]]), 0.5),
        ),
        Probe("scores 1000 apart, temperature 1000", (np.array([[0.0, -1000.0, -2000.0], [0.0, -500.0, -3.0]]), 1e3)),
    ]


def weight_probes(rng):
    """Return rows of weights: the worked example, all alike, a table, a square, a batch, and a key with everything."""
    return [
        Probe("the worked example", (np.array([0.5, 0.25, 0.25]),)),
        Probe("3 queries and 5 keys", (softmax(draw(rng, 3, 5)),)),
        Probe("4 queries and 4 keys", (softmax(draw(rng, 4, 4)),)),
        Probe("a batch of 1 query", (softmax(draw(rng, 1, 5)),)),
        Probe("a batch of 2 tables", (softmax(draw(rng, 2, 3, 5)),)),
        Probe("six equal weights", (np.full((2, 6), 1 / 6),)),
        Probe("a key that has everything", (np.array([[0.0, 1.0, 0.0], [0.2, 0.0, 0.8]]),)),
    ]


def rows_sum_to_one(weights, scores, *args):
    """Return whether each row of weights sums to 1."""
    return np.allclose(np.sum(weights, axis=-1), 1)


def nothing_negative(weights, *args):
    """Return whether no weight is negative."""
    return bool(np.all(np.asarray(weights) >= 0))


def order_is_kept(weights, scores, *args):
    """Return whether a larger score never has the smaller weight."""
    by_score = np.take_along_axis(np.asarray(weights), np.argsort(scores, axis=-1), axis=-1)
    return bool(np.all(np.diff(by_score, axis=-1) >= -1e-12))


def at_least_the_largest(value, scores):
    """Return whether log-sum-exp lies between the largest score and that plus log k."""
    above = value - np.max(scores, axis=-1)
    return bool(np.all((above >= -1e-9) & (above <= np.log(np.shape(scores)[-1]) + 1e-9)))


def exponentials_sum_to_one(logs, scores):
    """Return whether exp of the answer sums to 1 along each row."""
    return rows_sum_to_one(np.exp(logs), scores)


def between_zero_and_log_k(value, weights):
    """Return whether every entropy lies between 0 and log k."""
    return bool(np.all((value >= -1e-9) & (value <= np.log(weights.shape[-1]) + 1e-9)))


def rows_sum_to_zero(jacobian, weights):
    """Return whether each row of the Jacobian sums to 0."""
    return np.allclose(np.sum(jacobian, axis=-1), 0)


def is_symmetric(jacobian, weights):
    """Return whether the last two axes can be exchanged."""
    return np.allclose(jacobian, np.swapaxes(jacobian, -1, -2))


SUMS = Property("each row sums to 1", rows_sum_to_one)
POSITIVE = Property("no weight is negative", nothing_negative)
ORDER = Property("a larger score never gets the smaller weight", order_is_kept)

SOFTMAX_MISTAKES = (
    edit("softmax down the columns", WHICH_AXIS, ("axis=-1", "axis=-2")),
    edit("softmax along axis 0", WHICH_ROWS, ("axis=-1", "axis=0")),
    edit("softmax along axis 1, whatever comes before", AXIS_ONE, ("axis=-1", "axis=1")),
    edit("softmax over everything", HOW_MANY, ("axis=-1, keepdims=True", "keepdims=True")),
    edit(
        "divides by the sums of the columns",
        WHICH_AXIS,
        (TOTAL, TOTAL.replace("-1", "0")),
    ),
    edit("divides by the sum of everything", HOW_MANY, (TOTAL, "exponentials.sum()")),
    edit("no maximum subtracted", OVERFLOW, (SHIFT, "scores")),
    edit("subtracts the largest score of all rows", OWN_LARGEST, (SHIFT, "scores - scores.max()")),
    edit("subtracts the smallest score", FAR_BELOW, ("scores.max", "scores.min")),
    edit("subtracts the mean", FAR_BELOW, ("scores.max", "scores.mean")),
    edit(
        "adds the largest score",
        "After the shift the largest score should be 0. What is it in your row?",
        ("scores - scores.max", "scores + scores.max"),
    ),
    edit(
        "the order reversed",
        "Does your largest score get the largest weight?",
        (SHIFT, "scores.max(axis=-1, keepdims=True) - scores"),
    ),
    edit(
        "clips the scores",
        "Two scores of 1000 and 1002 differ. Do they still, after your clip?",
        (SHIFT, "np.clip(scores, -700, 700)"),
    ),
    edit(
        "hides NaN behind zeros",
        "A row of zeros shares out nothing. What made the NaN, and how could it be avoided?",
        (SHIFT, "scores"),
        ("return " + DIVISION, f"return np.nan_to_num({DIVISION}, nan=0.0)"),
    ),
    edit("forgets keepdims in the sum", KEEPDIMS, ("sum(axis=-1, keepdims=True)", "sum(axis=-1)")),
    edit("forgets keepdims in the maximum", KEEPDIMS, ("max(axis=-1, keepdims=True)", "max(axis=-1)")),
    edit(
        "divides the scores, without exp",
        "Can a weight be negative? What does exp do to a negative score?",
        (DIVISION, "scores / scores.sum(axis=-1, keepdims=True)"),
    ),
    edit("no normaliser", "What is the sum of your row? What must it be divided by?", (DIVISION, "exponentials")),
    edit(
        "returns the logarithms of the weights",
        "Do your rows sum to 1? What undoes a logarithm?",
        (DIVISION, f"shifted - np.log({TOTAL})"),
    ),
    edit(
        "adds 1e-3 to the sum",
        "After the largest score is subtracted, how small can the sum become? Is there anything to guard against?",
        (TOTAL, f"({TOTAL} + 1e-3)"),
    ),
    edit(
        "a sigmoid for each score",
        "Raise one score. Do the other weights of its row fall?",
        (DIVISION, "1 / (1 + np.exp(-scores))"),
    ),
    edit(
        "all to the largest",
        "One score is larger by a hair, and gets everything. What should a soft choice do?",
        (DIVISION, "(shifted == 0).astype(float)"),
    ),
    edit(
        "softmax of a softmax",
        "What you have after one softmax are weights, no longer scores. How often do you take exp?",
        ("np.exp(shifted)", "np.exp(np.exp(shifted) / np.exp(shifted).sum(axis=-1, keepdims=True))"),
    ),
    edit(
        MUTATES,
        MUTATES_HINT,
        ("shifted = " + SHIFT, "shifted = scores\n    shifted -= scores.max(axis=-1, keepdims=True)"),
    ),
)

SOFTMAX = Exercise(
    reference=softmax,
    returns="weights, as many as scores, each row summing to 1: (..., k)",
    probes=table_probes,
    mistakes=SOFTMAX_MISTAKES,
    equivalents=(softmax_through_logs, softmax_row_by_row, softmax_transposed, softmax_with_harmless_epsilon),
    hints=(
        "Do for every row what you did for one: subtract its largest score, take exp, divide by its sum.",
        "The row is the last axis, axis=-1. With keepdims=True the largest scores stay a column, one number a row.",
        "e = np.exp(scores - scores.max(axis=-1, keepdims=True)), then e over its sum along the same axis.",
    ),
    properties=(SUMS, POSITIVE, ORDER),
)


def expose_softmax():
    """Return scores on which every broken softmax gives itself away: rows far apart, one wide in itself."""
    return np.array([[0.0, 1.0, 3.0, 2.0], [-2000.0, -2001.0, -1999.0, -2003.0], [0.0, 0.0, 2000.0, 1999.0]])


def expose_softmax_batched():
    """Return the same as a batch of one table."""
    return expose_softmax()[None]


def _moderate():
    return np.array([[0.0, 1.0, 3.0], [2.0, -1.0, 0.5]])


def _high():
    return _moderate() + 1000.0


EXPOSE_SOFTMAX = Exposure(
    reference=expose_softmax,
    target=SOFTMAX,
    mistakes=(
        misses(
            "softmax down the columns", "On which square table are rows and columns alike?", lambda: np.ones((3, 3))
        ),
        misses("softmax over everything", "With how many rows is everything one row?", lambda: _moderate()[:1]),
        misses(
            "forgets keepdims in the sum", "When do all the rows have one and the same sum?", lambda: np.ones((3, 3))
        ),
        misses("no maximum subtracted", "At which scores does exp overflow?", _moderate),
        misses("subtracts the largest score of all rows", "Is any of your rows far below another?", _high),
        misses("subtracts the mean", "Is any score of a row far above the row's mean?", _high),
        misses("subtracts the smallest score", "Is any score of a row far above the smallest?", _high),
        misses("clips the scores", "Do two scores of one row lie beyond 700?", _moderate),
    ),
    equivalents=(expose_softmax_batched,),
    hints=(
        "A broken version survives where its mistake makes no difference. Take the eight names one by one.",
        "Three rows, more columns than rows, no two rows alike. One row far below the others, one spread out very far.",
        "Keep one harmless row. Put the second at about -2000. In the third let two scores lie 2000 above the others.",
    ),
    returns="an array of scores",
)

LOGSUMEXP = Exercise(
    reference=logsumexp,
    returns="one number a row: (...)",
    probes=table_probes,
    mistakes=(
        edit("no maximum subtracted", OVERFLOW, ("scores - largest", "scores"), (" + largest[..., 0]", "")),
        edit("forgets to add the largest back", ADD_BACK, (" + largest[..., 0]", "")),
        edit("subtracts the largest again", ADD_BACK, ("+ largest", "- largest")),
        edit(
            "adds the largest back inside the logarithm",
            "Outside the logarithm the shift is a sum. What is it inside?",
            (LSE, "np.log(np.exp(scores - largest).sum(axis=-1) + largest[..., 0])"),
        ),
        edit(
            "the sum of the logarithms",
            "Which comes first here, the sum or the logarithm?",
            ("np.log(np.exp(scores - largest).sum(axis=-1))", "np.log(np.exp(scores - largest)).sum(axis=-1)"),
        ),
        edit(
            "the mean, not the sum",
            "Of six scores of 0, what is the sum of the exponentials? And their mean?",
            (".sum(", ".mean("),
        ),
        edit(
            "no logarithm",
            "Scores of 0 and 0: is your answer log 2, or 2?",
            ("return " + LSE, "return np.exp(scores).sum(axis=-1)"),
        ),
        edit("a logarithm to base 10", "Which logarithm undoes exp?", ("np.log(", "np.log10(")),
        edit(
            "log1p of the sum",
            "log1p(x) is log(1 + x). Is the largest score's own exponential, which is 1, in your sum already?",
            ("np.log(", "np.log1p("),
        ),
        edit("along the columns", WHICH_AXIS, ("axis=-1", "axis=-2"), ("largest[..., 0]", "largest[..., 0, :]")),
        edit(
            "over everything",
            HOW_MANY,
            ("axis=-1, keepdims=True", ""),
            ("sum(axis=-1)", "sum()"),
            ("largest[..., 0]", "largest"),
        ),
        edit(
            "subtracts the largest score of all rows",
            OWN_LARGEST,
            ("axis=-1, keepdims=True", ""),
            ("largest[..., 0]", "largest"),
        ),
        edit(
            "keeps the last axis",
            "How many numbers should a row of scores give? What is your answer's last axis?",
            ("sum(axis=-1)", "sum(axis=-1, keepdims=True)"),
            ("largest[..., 0]", "largest"),
        ),
        edit("adds a column to a row", KEEPDIMS, ("largest[..., 0]", "largest")),
    ),
    equivalents=(logsumexp_pairwise, logsumexp_squeezed),
    hints=(
        "Take the largest score m out of the sum: each exp(s) is exp(m) times exp(s - m).",
        "log(exp(m) * rest) is m + log(rest). Mind the shapes: m has lost the last axis, or kept it with length 1.",
        "m = scores.max(axis=-1, keepdims=True), then np.log(np.exp(scores - m).sum(axis=-1)) + m[..., 0]",
    ),
    properties=(Property("each answer lies between the largest score and that plus log k", at_least_the_largest),),
)

LOG_SOFTMAX = Exercise(
    reference=log_softmax,
    returns="the logarithms of the weights, as many as scores: (..., k)",
    probes=table_probes,
    mistakes=(
        rewrite(
            "the logarithm of a weight that became 0",
            "exp(-1200) is 0 in float64, and log(0) is -inf. Can you do without making the weight first?",
            logarithm_of_softmax,
        ),
        rewrite(
            "hides log 0 behind an epsilon",
            "Your floor is the same for every score below it. Should two scores of -1000 and -2000 look alike?",
            logarithm_of_softmax_and_epsilon,
        ),
        edit("no maximum subtracted", OVERFLOW, (SHIFT, "scores")),
        edit("subtracts the largest score of all rows", OWN_LARGEST, (SHIFT, "scores - scores.max()")),
        edit(
            "the largest left out of the log-sum-exp",
            "Either shift the scores in both places, or add the largest back to the logarithm. Which did you mean?",
            ("return shifted -", "return scores -"),
        ),
        edit(
            "subtracts the largest score and no more",
            "Take exp of your answer and sum over the row. What is missing?",
            (" - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))", ""),
        ),
        edit(
            "subtracts the sum, not its logarithm",
            "The logarithm of a quotient is a difference of two ... what?",
            ("np.log(np.exp(shifted).sum(axis=-1, keepdims=True))", "np.exp(shifted).sum(axis=-1, keepdims=True)"),
        ),
        edit(
            "adds the logarithm of the sum",
            "Can the logarithm of a weight be above 0?",
            ("return shifted -", "return shifted +"),
        ),
        edit("along the columns", WHICH_AXIS, ("axis=-1", "axis=-2")),
        edit("along axis 1, whatever comes before", AXIS_ONE, ("axis=-1", "axis=1")),
        edit("over everything", HOW_MANY, ("axis=-1, keepdims=True", "keepdims=True")),
        edit("forgets keepdims in the sum", KEEPDIMS, ("sum(axis=-1, keepdims=True)", "sum(axis=-1)")),
    ),
    equivalents=(log_softmax_from_logsumexp, log_softmax_pairwise),
    hints=(
        "A weight is a quotient. The logarithm of a quotient is a difference: write it down before you code.",
        "log of exp(s) over the sum is s minus the log-sum-exp of the row. No weight is ever made.",
        "scores - mha.logsumexp(scores)[..., None]: the None gives each row's number a last axis to subtract along.",
    ),
    properties=(Property("exp of each row sums to 1", exponentials_sum_to_one),),
)

TEMPERATURE = Exercise(
    reference=softmax_with_temperature,
    worked=temperature_written_out,
    returns="weights, as many as scores, each row summing to 1: (..., k)",
    probes=temperature_probes,
    mistakes=(
        edit(
            "multiplies by the temperature",
            "Should a high temperature pull the scores apart, or push them together?",
            ("scores / temperature", "scores * temperature"),
        ),
        edit(
            "divides the weights",
            "Do your weights still sum to 1?",
            ("scores / temperature", "scores"),
            (DIVISION, f"{DIVISION} / temperature"),
        ),
        edit(
            "the temperature changes nothing",
            "A factor on every exponential, or a number taken from every score: which of them survives the division?",
            ("scores / temperature", "scores - temperature"),
        ),
        edit(
            "divides above the line only",
            "The exponentials above and below the line should be the same numbers. Are they?",
            (TOTAL, "np.exp(scores - scores.max(axis=-1, keepdims=True)).sum(axis=-1, keepdims=True)"),
        ),
        edit(
            "subtracts the undivided largest score",
            "Divide first, then look for the largest. What is left of -1000/0.5 when you take away -1000?",
            ("divided.max", "scores.max"),
        ),
        edit(
            "divides by the square of the temperature",
            "How often do you divide? At temperature 3, by how much do the odds shrink?",
            ("scores / temperature", "scores / temperature**2"),
        ),
        edit(
            "the root of the temperature",
            "At which temperature is the root no mistake? Try another.",
            ("scores / temperature", "scores / np.sqrt(temperature)"),
        ),
        edit(
            "a power, not shared out again",
            "Raising to a power changes the sum of the row. To what?",
            ("scores / temperature", "scores"),
            (DIVISION, f"({DIVISION}) ** (1 / temperature)"),
        ),
        rewrite(
            "a power of weights that became 0",
            "exp(-1000) is 0 in float64, and any power of 0 is 0. What could be divided before exp?",
            power_of_weights,
        ),
        edit(
            "no maximum subtracted",
            OVERFLOW,
            ("divided - divided.max(axis=-1, keepdims=True)", "divided"),
        ),
        edit("softmax down the columns", WHICH_AXIS, ("axis=-1", "axis=-2")),
        edit("softmax over everything", HOW_MANY, ("axis=-1, keepdims=True", "keepdims=True")),
    ),
    equivalents=(temperature_after_the_shift, temperature_as_inverse),
    hints=(
        "One operation on the scores, before anything else; then a softmax as before.",
        "At temperature 2 every difference between scores counts half. What do you do to the scores?",
        "mha.softmax(scores / temperature)",
    ),
    properties=(SUMS, POSITIVE, ORDER),
)

ENTROPY = Exercise(
    reference=entropy,
    returns="one number a row, in nats: (...)",
    probes=weight_probes,
    mistakes=(
        edit(
            "0 times log 0",
            "A weight of 0 should add nothing. What does NumPy make of 0 * np.log(0)?",
            (SAFE_LOG, "np.log(weights)"),
        ),
        edit("the sign is missing", "Is the logarithm of a weight positive or negative?", ("0.0 - np.sum", "np.sum")),
        edit("in bits", "Which logarithm measures in nats?", (SAFE_LOG, SAFE_LOG.replace("np.log", "np.log2"))),
        edit(
            "an epsilon that shows",
            "How far is log(w + 1e-3) from log(w) when w is small? Is there an exact way to leave out a 0?",
            (SAFE_LOG, "np.log(weights + 1e-3)"),
        ),
        edit("along axis 1, whatever comes before", AXIS_ONE, ("axis=-1", "axis=1")),
        edit("one sum over everything", HOW_MANY, ("axis=-1", "axis=None")),
        edit("down the columns", WHICH_AXIS, ("axis=-1", "axis=-2")),
        edit(
            "the mean over the keys",
            "Each logarithm is weighted already. By what would you divide a second time?",
            ("np.sum(", "np.mean("),
        ),
        edit(
            "logarithms without their weights",
            "How much should the logarithm of a tiny weight count?",
            ("weights * logs", "logs"),
        ),
        edit(
            "softmax of the weights",
            "You were given weights. They have been through softmax already.",
            (FLOATS, "weights = np.exp(weights) / np.exp(weights).sum(axis=-1, keepdims=True)"),
        ),
        edit(
            "the number of keys, exp of the entropy",
            "For two equal weights, is your answer log 2, or 2?",
            (ENTROPY_SUM, "np.exp(-np.sum(weights * logs, axis=-1))"),
        ),
        edit(
            "as a share of log k",
            "For six equal weights, is your answer log 6, or 1?",
            (ENTROPY_SUM, "-np.sum(weights * logs, axis=-1) / np.log(weights.shape[-1])"),
        ),
        edit(
            "keeps the last axis",
            "How many numbers should a row of weights give? What is your answer's last axis?",
            ("axis=-1", "axis=-1, keepdims=True"),
        ),
    ),
    equivalents=(entropy_where, entropy_skipping_nan, entropy_with_tiny_epsilon),
    hints=(
        "Multiply each weight by its logarithm, add up along the row, change the sign. One case needs care.",
        "A weight of 0 adds nothing, but NumPy's log(0) is -inf. Let the logarithm see another number there.",
        "np.where(weights > 0, weights, 1.0) is safe to take the logarithm of, and log 1 is 0.",
    ),
    properties=(Property("each answer lies between 0 and log k", between_zero_and_log_k),),
)

JACOBIAN = Exercise(
    reference=softmax_jacobian,
    returns="slopes, first the weight i, then the score j: (..., k, k)",
    probes=weight_probes,
    mistakes=(
        edit(
            "the diagonal only",
            "Raise one score. Do the other weights stay where they are?",
            (SLOPES, "diagonal * (1 - weights[..., None, :])"),
        ),
        edit(
            "the diagonal only, as a vector",
            "Each of k weights answers to each of k scores. How many slopes are that?",
            (SLOPES, "weights * (1 - weights)"),
        ),
        edit(
            "the normaliser held still",
            "When a score rises, its exponential rises. What else in the quotient rises with it?",
            (SLOPES, "diagonal"),
        ),
        edit(
            "the diagonal forgotten",
            "A weight's own score sits above the line too. Which term comes from there, and only where i is j?",
            (SLOPES, OUTER.replace("weights", "-weights", 1)),
        ),
        edit(
            "the sign reversed",
            "Raise a score: does its own weight rise or fall? What sign must the diagonal have?",
            ("return diagonal - ", "return -diagonal + "),
        ),
        edit(
            "plus for minus",
            "The weights sum to 1 whatever the scores. What must each row of slopes sum to?",
            ("return diagonal - ", "return diagonal + "),
        ),
        edit(
            "the sign lost off the diagonal",
            "Raise one score: do the other weights rise or fall?",
            (SLOPES, f"diagonal * (1 - weights[..., None, :]) + {OUTER} * (1 - np.eye(weights.shape[-1]))"),
        ),
        edit(
            "ones on the diagonal",
            "For weights of a half and a half, how steep is a weight in its own score? With a pencil.",
            ("weights[..., :, None] * np.eye(weights.shape[-1])", "np.eye(weights.shape[-1])"),
        ),
        edit(
            "the slopes of the logarithms",
            "This is how log w_i answers. What is the slope of w_i, if you know that of its logarithm?",
            (SLOPES, "np.eye(weights.shape[-1]) - weights[..., None, :]"),
        ),
        edit(
            "softmax of the weights",
            "You were given weights. They have been through softmax already.",
            (FLOATS, "weights = np.exp(weights) / np.exp(weights).sum(axis=-1, keepdims=True)"),
        ),
        rewrite(
            "np.diag and np.outer on a table",
            "What do np.diag and np.outer do with a table of rows? You want one matrix for each row.",
            jacobian_of_one_row,
        ),
    ),
    equivalents=(jacobian_factored, jacobian_transposed, jacobian_by_loop),
    hints=(
        "Two cases. Where i is j the slope is w_i (1 - w_i), elsewhere it is -w_i w_j. One formula holds both.",
        "A column of weights times a row of them gives all products: weights[..., :, None] * weights[..., None, :]",
        "weights[..., :, None] * (np.eye(k) - weights[..., None, :]), with k = weights.shape[-1].",
    ),
    properties=(
        Property("each row of slopes sums to 0", rows_sum_to_zero),
        Property("the slopes are symmetric", is_symmetric),
    ),
)

EXERCISES = (SOFTMAX, EXPOSE_SOFTMAX, LOGSUMEXP, LOG_SOFTMAX, TEMPERATURE, ENTROPY, JACOBIAN)
