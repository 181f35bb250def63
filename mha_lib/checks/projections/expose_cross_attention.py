"""Exercise expose_cross_attention: kill the mutants."""

import numpy as np

from mha_lib.checks.projections.cross_attention import EXERCISE as CROSS_ATTENTION
from mha_lib.diagnosis.exposure import Exposure, misses


def expose_cross_attention():
    """Return x, memory, w_q, w_k and w_v on which every broken version differs from cross-attention."""
    x = np.array([[1.0, 0.0, 2.0], [0.0, -1.0, 1.0]])
    memory = np.array([[0.0, 2.0, 1.0], [1.0, 1.0, -1.0], [3.0, 0.0, 0.0], [-1.0, 2.0, 2.0]])
    w_q = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, -1.0]])
    w_k = np.array([[0.0, 1.0], [1.0, 2.0], [-1.0, 0.0]])
    w_v = np.array([[2.0, 1.0], [0.0, -3.0], [5.0, 4.0]])
    return x, memory, w_q, w_k, w_v


def expose_cross_attention_with_as_many_tokens():
    """Return the same with as many tokens on both sides, which are different all the same."""
    x, memory, *w = expose_cross_attention()
    return x, memory[:2], *w


def _memory_is_x():
    x, _, *w = expose_cross_attention()
    return x, x, *w


def _no_keys():
    x, memory, w_q, w_k, w_v = expose_cross_attention()
    return x, memory[:2], w_q, np.zeros_like(w_k), w_v


def _asks_as_it_offers():
    x, memory, w_q, _, w_v = expose_cross_attention()
    return x, memory, w_q, w_q, w_v


def _gives_as_it_offers():
    x, memory, w_q, w_k, _ = expose_cross_attention()
    return x, memory, w_q, w_k, w_k


def _identity_values():
    x, memory, w_q, w_k, _ = expose_cross_attention()
    return x, memory, w_q, w_k, np.eye(3)


def _one_memory_token():
    x, memory, *w = expose_cross_attention()
    return x, memory[:1], *w


EXERCISE = Exposure(
    reference=expose_cross_attention,
    target=CROSS_ATTENTION,
    mistakes=(
        misses("keys and values from x", "When is x its own memory?", _memory_is_x),
        misses("only the values from x", "When is x its own memory?", _memory_is_x),
        misses("only the keys from x", "Which w_k makes every key the same?", _no_keys),
        misses("queries from the memory", "When is x its own memory?", _memory_is_x),
        misses("keys share the queries' projection", "When do w_q and w_k not differ?", _asks_as_it_offers),
        misses("w_q and w_k swapped", "With a single key, does any score matter?", _one_memory_token),
        misses("values take the keys' projection", "When do w_v and w_k not differ?", _gives_as_it_offers),
        misses("values not projected", "Which matrix leaves a token as it is?", _identity_values),
    ),
    hints=(
        "A broken version survives where its mistake makes no difference. When is reading x like reading memory?",
        "Let x and memory differ, and in length too. Let no matrix equal another, nor the identity, nor zeros.",
        "Two tokens of width 3 reading four others; w_q, w_k and w_v of small whole numbers, none alike.",
    ),
    equivalents=(expose_cross_attention_with_as_many_tokens,),
    returns="a tuple (x, memory, w_q, w_k, w_v)",
)
