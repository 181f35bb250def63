"""Exercise head_divergence: how unlike are two heads?"""

import numpy as np

from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.heads import arrays as library
from mha_lib.softmax import entropy, softmax


def head_divergence(weights):
    """Return the Jensen-Shannon divergence between each two heads, in bits, averaged over the queries."""
    one, other = weights[..., :, None, :, :], weights[..., None, :, :, :]
    middle = (one + other) / 2
    gained = entropy(middle) - (entropy(one) + entropy(other)) / 2
    return gained.mean(axis=-1) / np.log(2)


def divergence_to_the_middle(weights):
    """Return the same: the mean of the two relative entropies to the middle of two rows."""
    one, other = weights[..., :, None, :, :], weights[..., None, :, :, :]
    middle = (one + other) / 2
    return ((_relative_entropy(one, middle) + _relative_entropy(other, middle)) / 2).mean(axis=-1)


def divergence_by_loop(weights):
    """Return the same, one pair of heads after another."""
    num_heads = weights.shape[-3]
    result = np.zeros((*weights.shape[:-3], num_heads, num_heads))
    for i in range(num_heads):
        for j in range(num_heads):
            a, b = weights[..., i, :, :], weights[..., j, :, :]
            gained = entropy((a + b) / 2) - entropy(a) / 2 - entropy(b) / 2
            result[..., i, j] = np.mean(gained / np.log(2), axis=-1)
    return result


def _relative_entropy(p, q):
    p, q = np.broadcast_arrays(p, q)
    ratio = np.divide(p, q, out=np.ones_like(p), where=(p > 0) & (q > 0))
    return np.sum(p * np.log2(ratio), axis=-1)


def rows(rng, *shape):
    """Return rows of weights to two decimals, some of them zero, each summing to 1."""
    scores = draw(rng, *shape, scale=2.0)
    weights = softmax(np.where(scores < np.median(scores) - 1.5, -np.inf, scores)).round(2)
    largest = weights.argmax(axis=-1)[..., None]
    missing = 1 - weights.sum(axis=-1, keepdims=True)
    np.put_along_axis(weights, largest, np.take_along_axis(weights, largest, -1) + missing, -1)
    return weights.round(2)


def divergence_probes(rng):
    """Return maps of several heads: alike, apart, overlapping; batches."""
    apart = np.array([[[1.0, 0.0]], [[0.0, 1.0]], [[1.0, 0.0]]])
    two_queries = np.array([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]])
    return [
        Probe("the worked example", (apart,)),
        Probe("two heads that look at the same keys from different queries", (two_queries,)),
        Probe("a half and a quarter", (np.array([[[0.5, 0.5]], [[0.25, 0.75]]]),)),
        Probe("3 heads, 3 queries, 3 keys", (rows(rng, 3, 3, 3),)),
        Probe("a batch of 1, a single head", (rows(rng, 1, 1, 2, 4),)),
        Probe("2 heads, 4 queries, 5 keys", (rows(rng, 2, 4, 5),)),
        Probe("a batch of 2, 3 heads", (rows(rng, 2, 3, 4, 5),)),
    ]


BOUNDED = Property("every divergence lies between 0 and 1", lambda d, w: bool(np.all((d > -1e-9) & (d < 1 + 1e-9))))


SYMMETRIC = Property("it does not matter which head comes first", lambda d, w: np.allclose(d, np.swapaxes(d, -1, -2)))


ZERO_ITSELF = Property(
    "a head does not differ from itself", lambda d, w: np.allclose(np.diagonal(d, axis1=-2, axis2=-1), 0)
)


MIDDLE = "(one + other) / 2"


IN_BITS = "gained.mean(axis=-1) / np.log(2)"


EXERCISE = Exercise(
    reference=library.head_divergence,
    worked=head_divergence,
    returns="one number for each two heads, in bits: (..., h, h)",
    probes=divergence_probes,
    mistakes=(
        edit("nats for bits", "Two maps with nothing in common: is your number 1?", (" / np.log(2)", "")),
        edit(
            "averages the queries before comparing",
            "Two heads look at the same keys, each from another query. Is that the same map?",
            ("weights[..., :, None, :, :]", "weights.mean(-2, keepdims=True)[..., :, None, :, :]"),
            ("weights[..., None, :, :, :]", "weights.mean(-2, keepdims=True)[..., None, :, :, :]"),
        ),
        edit("the sum over the queries", "Should a longer sentence make heads differ more?", (".mean(", ".sum(")),
        edit("the most different query alone", "One number for each two heads: a mean?", (".mean(", ".max(")),
        edit("a number for each query", "How many axes should be left? (..., h, h).", (".mean(axis=-1)", "")),
        edit(
            "queries confused with keys",
            "Which axis of a map sums to 1? Its entropy runs along that one.",
            ("(one + other) / 2", "np.swapaxes(one + other, -1, -2) / 2"),
            (
                "entropy(one) + entropy(other)",
                "entropy(np.swapaxes(one, -1, -2)) + entropy(np.swapaxes(other, -1, -2))",
            ),
        ),
        edit(
            "the entropies added, not averaged",
            "Compare a head with itself. What should come out, and what does?",
            ("(entropy(one) + entropy(other)) / 2", "(entropy(one) + entropy(other))"),
        ),
        edit(
            "the middle is not halved",
            "Do the rows of your middle map sum to 1?",
            (MIDDLE, "(one + other)"),
        ),
        edit(
            "the root of it",
            "The root is a distance, and has its uses. Which of the two was asked for?",
            (IN_BITS, "np.sqrt(np.maximum(gained.mean(axis=-1) / np.log(2), 0))"),
        ),
        edit(
            "half the absolute difference",
            "That is another measure of how far two maps are apart. Which one was asked for?",
            (IN_BITS, "(np.abs(one - other).sum(axis=-1) / 2).mean(axis=-1)"),
        ),
        edit(
            "agreement instead of divergence",
            "Compare a head with itself: should it be 0, or 1?",
            (IN_BITS, "1 - gained.mean(axis=-1) / np.log(2)"),
        ),
    ),
    equivalents=(divergence_to_the_middle, divergence_by_loop),
    hints=(
        "For two rows: the entropy of their middle, less the mean of their entropies. Then for all pairs.",
        "weights[..., :, None, :, :] and weights[..., None, :, :, :] broadcast to every pair of heads.",
        "mha.entropy gives nats and drops the key axis. Average the queries last, and divide by np.log(2).",
    ),
    properties=(BOUNDED, SYMMETRIC, ZERO_ITSELF),
)
