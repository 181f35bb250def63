"""Exercise gradients_in_tiles: the backward pass, one tile of keys at a time."""

import numpy as np

from mha_lib.checks.cost.shared import TAIL
from mha_lib.cost.blockwise import blockwise_attention_gradients, blockwise_attention_with_logsumexp
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.parts import parts_call

GRADIENTS = parts_call("gradient of q", "gradient of k", "gradient of v")


def gradients_in_tiles(q, k, v, output, log_sum_exp, output_gradient, block_k):
    """Return the gradients of q, k and v; the weights are made again, block_k keys at a time."""
    scale = 1 / np.sqrt(q.shape[-1])
    row_dot = (output_gradient * output).sum(axis=-1)
    q_gradient, k_gradient, v_gradient = np.zeros_like(q), np.zeros_like(k), np.zeros_like(v)
    for start in range(0, len(k), block_k):
        tile = slice(start, start + block_k)
        weights = np.exp(q @ k[tile].T * scale - log_sum_exp[:, None])
        slopes = output_gradient @ v[tile].T
        score_gradient = weights * (slopes - row_dot[:, None])
        q_gradient += score_gradient @ k[tile] * scale
        k_gradient[tile] = score_gradient.T @ q * scale
        v_gradient[tile] = weights.T @ output_gradient
    return q_gradient, k_gradient, v_gradient


def gradients_at_once(q, k, v, output, log_sum_exp, output_gradient, block_k):
    """Return the same from whole tables, each row through the Jacobian of softmax."""
    weights = np.exp(q @ k.T / np.sqrt(q.shape[1]) - log_sum_exp[:, None])
    slopes = output_gradient @ v.T
    score_gradient = (weights * slopes - weights * (weights * slopes).sum(axis=1, keepdims=True)) / np.sqrt(q.shape[1])
    return score_gradient @ k, score_gradient.T @ q, weights.T @ output_gradient


def gradients_of_the_library(q, k, v, output, log_sum_exp, output_gradient, block_k):
    """Return the same from the library."""
    return blockwise_attention_gradients(q, k, v, output, log_sum_exp, output_gradient, block_k=block_k)


def backward_case(q, k, v, output_gradient, block_k):
    """Return the arguments of a backward pass: what went in, what came out, and what comes back."""
    return q, k, v, *blockwise_attention_with_logsumexp(q, k, v), output_gradient, block_k


def gradient_probes(rng):
    """Return backward passes: by hand, square, ragged, one tile, far apart and far below."""

    def case(num_queries, num_keys, d, e, block_k, scale=1.5):
        q, k, v = draw(rng, num_queries, d, scale=scale), draw(rng, num_keys, d), draw(rng, num_keys, e)
        return backward_case(q, k, v, draw(rng, num_queries, e), block_k)

    one = np.ones((1, 1))
    low = np.array([[1000.0, 0.0], [0.5, 1.0]]), np.array([[-282.0, 1.0], [-283.0, 2.0], [-282.0, 0.5]])
    return [
        Probe(
            "the worked example", backward_case(0 * one, np.array([[1.0], [3.0]]), np.array([[10.0], [20.0]]), one, 1)
        ),
        Probe("4 queries and 4 keys of width 4, tiles of 4", case(4, 4, 4, 4, 4)),
        Probe("8 queries and 16 keys, tiles of 8", case(8, 16, 8, 8, 8)),
        Probe("3 queries and 5 keys, one tile", case(3, 5, 2, 4, 9)),
        Probe("a single query, tiles of 2", case(1, 5, 3, 2, 2)),
        Probe("rows 1000 apart, one near -200000", backward_case(*low, draw(rng, 3, 2), draw(rng, 2, 2), 2)),
        Probe("3 queries and 7 keys, tiles of 3 and a ragged one", case(3, 7, 4, 2, 3)),
    ]


def same_sum_for_all_keys(value, q, k, v, output, log_sum_exp, output_gradient, block_k):
    """Return whether the gradient of v sums over the keys to that of the output over the queries."""
    return np.allclose(np.sum(value["gradient of v"], axis=0), output_gradient.sum(axis=0))


ROW_DOT = "(output_gradient * output).sum(axis=-1)"


CENTRED = "(slopes - row_dot[:, None])"


RAISE_ALL = "Raise all scores of a row alike: do its weights move? So what must its score gradients sum to?"


EXERCISE = Exercise(
    reference=gradients_in_tiles,
    call=GRADIENTS,
    returns="a tuple: the gradients of q (q, d), of k (k, d) and of v (k, e)",
    probes=gradient_probes,
    mistakes=(
        edit("forgets the row dot", RAISE_ALL, (CENTRED, "slopes")),
        edit(
            "row dot of one tile alone",
            "A row's weights sum to 1 over all its keys. Over those of one tile?",
            (CENTRED, "(slopes - (weights * slopes).sum(axis=-1, keepdims=True))"),
        ),
        edit(
            "row dot without the output",
            "The row dot is the average of the slopes. Which sum equals it?",
            (ROW_DOT, "output_gradient.sum(axis=-1)"),
        ),
        edit(
            "no scale in the gradients of q and k",
            "A score is q . k over the root of d. By what does q change it?",
            (" @ k[tile] * scale", " @ k[tile]"),
            (".T @ q * scale", ".T @ q"),
        ),
        edit(
            "no scale in the gradient of k",
            "q and k stand in the scores in the same way. Do their gradients?",
            (".T @ q * scale", ".T @ q"),
        ),
        edit(
            "no scale in the scores", "Are these the weights of the forward pass?", ("k[tile].T * scale", "k[tile].T")
        ),
        edit(
            "gradient of k from the wrong transpose",
            "Rows are queries, columns are keys. A key collects over which of them?",
            ("score_gradient.T @ q", "score_gradient @ q"),
        ),
        edit(
            "gradient of v from the wrong transpose",
            "A value collects from every query that read it. Which axis is summed over?",
            ("weights.T @ output_gradient", "weights @ output_gradient"),
        ),
        edit(
            "gradient of v through the scores",
            "What did the output multiply the values with?",
            ("weights.T @ output_gradient", "score_gradient.T @ output_gradient"),
        ),
        edit(
            "gradient of k from the keys",
            "A score is a product of q and k. What is left of it when k is varied?",
            ("score_gradient.T @ q", "score_gradient.T @ k[: len(q)]"),
        ),
        edit(
            "keeps the last tile of q's gradient",
            "Every tile of keys changes a query's output. Where do the others go?",
            ("q_gradient += ", "q_gradient = "),
        ),
        edit(
            "weights without their normaliser",
            "Which number turns exp(score) into a weight?",
            (" - log_sum_exp[:, None])", ")"),
        ),
        edit(
            "forgets the weights",
            "A score with no weight changes nothing. Does yours?",
            (f"weights * {CENTRED}", CENTRED),
        ),
        edit("ragged tail dropped", TAIL, ("range(0, len(k), block_k)", "range(0, len(k) - block_k + 1, block_k)")),
    ),
    equivalents=(gradients_at_once, gradients_of_the_library),
    hints=(
        "Make a tile's weights again: exp(score - log_sum_exp). Then go back through weights @ v, softmax, q . k.",
        "slopes = output_gradient @ v.T. Softmax makes them weights * (slopes - row_dot), row_dot from whole rows.",
        "dq += dS @ k * scale, dk = dS.T @ q * scale, dv = weights.T @ output_gradient, each for the tile's keys.",
    ),
    properties=(Property("the gradient of v adds up to that of the output", same_sum_for_all_keys),),
    atol=1e-6,
)
