"""Exercise expose_multi_head_attention: kill the mutants."""

import numpy as np

from mha_lib.checks.heads.multi_head_attention import EXERCISE as MULTI_HEAD_ATTENTION
from mha_lib.diagnosis.exposure import Exposure, misses


def expose_multi_head_attention():
    """Return arguments on which every broken version differs from multi-head attention."""
    x = np.array([[1.0, 0.0, 2.0, -1.0], [0.0, -1.0, 1.0, 3.0]])
    memory = np.array([[0.0, 2.0, 1.0, 1.0], [1.0, 1.0, -1.0, 0.0], [2.0, 0.0, 0.0, -2.0]])
    w_q = np.array([[1.0, 0.0, 0.0, 2.0], [0.0, 1.0, -1.0, 0.0], [1.0, -1.0, 0.0, 1.0], [0.0, 0.0, 1.0, 1.0]])
    w_k = np.array([[0.0, 1.0, 1.0, 0.0], [1.0, 0.0, 0.0, -1.0], [-1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 2.0]])
    w_v = np.array([[2.0, 1.0, 0.0, 1.0], [0.0, -3.0, 1.0, 0.0], [5.0, 4.0, 0.0, 2.0], [1.0, 0.0, -2.0, 3.0]])
    w_o = np.array([[1.0, 2.0, 0.0, 0.0], [0.0, 1.0, 3.0, 0.0], [0.0, 0.0, 1.0, -1.0], [2.0, 0.0, 0.0, 1.0]])
    return x, memory, w_q, w_k, w_v, w_o, 2


def expose_multi_head_attention_in_a_batch():
    """Return the same as a batch of one, and a mask that hides nothing."""
    x, memory, *rest = expose_multi_head_attention()
    return x[None], memory[None], *rest, np.ones((1, 1, 2, 3), dtype=bool)


def _one_token_reads_one():
    x, memory, *rest = expose_multi_head_attention()
    return x[:1], memory[:1], *rest


def _one_token_reads():
    x, *rest = expose_multi_head_attention()
    return x[:1], *rest


def _narrow_heads():
    return *expose_multi_head_attention()[:-1], 4


def _one_head():
    return *expose_multi_head_attention()[:-1], 1


def _no_mixing():
    x, memory, w_q, w_k, w_v, _, num_heads = expose_multi_head_attention()
    return x, memory, w_q, w_k, w_v, np.eye(4), num_heads


def _memory_is_x():
    x, _, *rest = expose_multi_head_attention()
    return x, x, *rest


def _nobody_asks():
    x, memory, w_q, *rest = expose_multi_head_attention()
    return x, memory, np.zeros_like(w_q), *rest


EXERCISE = Exposure(
    reference=expose_multi_head_attention,
    target=MULTI_HEAD_ATTENTION,
    mistakes=(
        misses("split by reshape alone", "With how many tokens is there nothing to mix up?", _one_token_reads_one),
        misses("merged by reshape alone", "With how many queries is there nothing to mix up?", _one_token_reads),
        misses("heads interleaved", "How wide must a head be, to have two columns to deal out?", _narrow_heads),
        misses("one head, however many are asked for", "How many heads do you ask for?", _one_head),
        misses("no w_o", "Which matrix mixes nothing?", _no_mixing),
        misses("w_o transposed", "Which matrices are their own transpose?", _no_mixing),
        misses("keys and values from x", "When is x its own memory?", _memory_is_x),
        misses("scales by the root of d_model", "When does no score matter?", _nobody_asks),
    ),
    hints=(
        "A broken version survives where its mistake makes no difference. With one token, what can a split mix up?",
        "Several tokens, a memory of another length, at least two heads of at least width 2, no matrix symmetric.",
        "2 tokens of width 4 reading 3 others, num_heads 2, four matrices of small whole numbers, none alike.",
    ),
    equivalents=(expose_multi_head_attention_in_a_batch,),
    returns="a tuple (x, memory, w_q, w_k, w_v, w_o, num_heads)",
)
