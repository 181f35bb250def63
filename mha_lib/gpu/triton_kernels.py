"""Chapter 15. The Triton kernels of `mha_lib.gpu.triton_attention`: chapter 14's loops, a program for each block.

D is a head's width, SCALE is 1 / sqrt(D), BLOCK_Q and BLOCK_K are the rows and columns of a tile, LONG tells short
sequences from long ones, which are tuned apart. A `..._head` is a
tensor descriptor: the rows of one head, read and written a block at a time; beyond its end it reads zeros and writes
nothing, so ragged tails need no care. Scores are in base 2, since a GPU has an instruction for exp2 and none for exp.
"""

import torch
import triton
import triton.language as tl

INTERPRETED = triton.knobs.runtime.interpret
BY_BITS = tl.constexpr(INTERPRETED)  # the interpreter would multiply the bits of bfloat16 as if they were integers
LOG2_E = tl.constexpr(1.4426950408889634)
SIZES = ["num_queries", "num_keys"]  # not specialised: a new length needs no new compilation
# (BLOCK_Q, BLOCK_K, stages, warps): the fastest is found by trial, once for each type, width, kind of mask, and LONG.
FORWARD = (
    *((64, 32, 4, 4), (64, 64, 3, 4), (64, 128, 3, 4), (128, 32, 4, 4), (128, 64, 3, 4)),
    *((128, 64, 3, 8), (128, 64, 4, 8), (128, 128, 2, 8), (128, 128, 3, 8)),
)
QUERIES_BACKWARD = ((128, 32, 3, 4), (64, 64, 3, 4), (128, 64, 2, 8), (128, 64, 3, 8))
KEYS_BACKWARD = ((32, 128, 3, 4), (64, 64, 3, 4), (64, 128, 2, 8), (64, 128, 3, 8))


def tuned(tiles):
    """Return the decorator that finds the fastest tile by trial; the interpreter has no speed and takes a small one."""
    tiles = ((32, 16, 1, 1),) if INTERPRETED else tiles
    configs = [triton.Config({"BLOCK_Q": q, "BLOCK_K": k}, num_stages=s, num_warps=w) for q, k, s, w in tiles]
    return triton.autotune(configs, key=["D", "IS_CAUSAL", "LONG"])


def use_scratch_memory():
    """Let kernels take memory for their tensor descriptors from PyTorch; Triton asks for it in every thread anew."""
    if not INTERPRETED:
        triton.set_allocator(lambda size, alignment, stream: torch.empty(size, dtype=torch.int8, device="cuda"))


@triton.jit
def product(a, b):
    """Return the matrix product, summed in float32 (float64 for float64): the work of the tensor cores."""
    if BY_BITS and a.dtype == tl.bfloat16:
        a, b = a.to(tl.float32), b.to(tl.float32)
    return tl.dot(a, b, input_precision="ieee")


@triton.jit
def head_rows(start, head, length, D: tl.constexpr, BLOCK: tl.constexpr):
    """Return the descriptor of one head of a contiguous (b, h, n, d) tensor, to be read in blocks (BLOCK, D)."""
    return tl.make_tensor_descriptor(start + head * length * D, [length, D], [D, 1], [BLOCK, D])


@triton.jit
def real_length(lengths, head, num_heads, num_keys):
    """Return how many keys of this head's sequence are no padding."""
    return num_keys if lengths is None else tl.minimum(tl.load(lengths + head // num_heads), num_keys)


@triton.jit
def key_range(
    first, num_queries, real_keys, offset, IS_CAUSAL: tl.constexpr, BLOCK_Q: tl.constexpr, BLOCK_K: tl.constexpr
):
    """Return where the tiles end that need no mask, and where all keys end, for a block of queries from `first` on."""
    whole, stop = real_keys, real_keys
    if IS_CAUSAL:
        whole = tl.minimum(real_keys, first + offset + 1)
        stop = tl.minimum(real_keys, tl.minimum(first + BLOCK_Q, num_queries) + offset)
    return tl.maximum(whole, 0) // BLOCK_K * BLOCK_K, stop


@triton.jit
def query_range(
    first, num_queries, real_keys, offset, IS_CAUSAL: tl.constexpr, BLOCK_Q: tl.constexpr, BLOCK_K: tl.constexpr
):
    """Return where the queries begin that see any key of a block from `first` on, and where those that see all do."""
    start, whole = 0, 0
    if IS_CAUSAL:
        start = tl.maximum(first - offset, 0) // BLOCK_Q * BLOCK_Q
        whole = tl.cdiv(tl.maximum(first + BLOCK_K - 1 - offset, 0), BLOCK_Q) * BLOCK_Q
    if first + BLOCK_K > real_keys:
        whole = num_queries
    if first >= real_keys:
        start = num_queries
    return start, whole


@triton.jit
def may_attend(rows, columns, real_keys, offset, IS_CAUSAL: tl.constexpr):
    """Return the mask of a tile, from its rows (q, 1) and columns (1, k), or from (1, q) and (k, 1) the mask turned."""
    seen = columns < real_keys
    if IS_CAUSAL:
        seen = seen & (columns <= rows + offset)
    return seen


@triton.jit
def attend_rows(
    maximum, normaliser, accumulator, q, k_head, v_head, rows, first, stop, real_keys, offset,
    SCALE: tl.constexpr, IS_CAUSAL: tl.constexpr, MASKED: tl.constexpr, BLOCK_K: tl.constexpr,
):  # fmt: skip
    """Return maximum, normaliser and accumulator after the keys from `first` to `stop`."""
    for start in range(first, stop, BLOCK_K):
        k = k_head.load([start, 0])
        scores = product(q, tl.trans(k))
        if MASKED:
            columns = start + tl.arange(0, BLOCK_K)
            seen = may_attend(rows[:, None], columns[None, :], real_keys, offset, IS_CAUSAL)
            scores = tl.where(seen, scores, float("-inf"))
        higher = tl.maximum(maximum, tl.max(scores, axis=1) * (SCALE * LOG2_E))
        weights = tl.exp2(scores * (SCALE * LOG2_E) - higher[:, None])
        rescale = tl.exp2(maximum - higher)
        normaliser = normaliser * rescale + tl.sum(weights, axis=1)
        v = v_head.load([start, 0])
        accumulator = accumulator * rescale[:, None] + product(weights.to(v.dtype), v)
        maximum = higher
    return maximum, normaliser, accumulator


@tuned(FORWARD)
@triton.jit(do_not_specialize=SIZES)
def attention_kernel(
    q_start, k_start, v_start, output_start, log_sum_exp_start, lengths, num_heads, num_queries, num_keys,
    D: tl.constexpr, SCALE: tl.constexpr, PRECISION: tl.constexpr, IS_CAUSAL: tl.constexpr, LONG: tl.constexpr,
    BLOCK_Q: tl.constexpr, BLOCK_K: tl.constexpr,
):  # fmt: skip
    """Write the output of a block of queries, and the log-sum-exp of their scores in base 2."""
    first = (tl.num_programs(0) - 1 - tl.program_id(0)) * BLOCK_Q  # last rows first: under a causal mask they read most
    rows = first + tl.arange(0, BLOCK_Q)
    head = tl.program_id(1).to(tl.int64)
    q = head_rows(q_start, head, num_queries, D, BLOCK_Q).load([first, 0])
    k_head = head_rows(k_start, head, num_keys, D, BLOCK_K)
    v_head = head_rows(v_start, head, num_keys, D, BLOCK_K)
    real_keys, offset = real_length(lengths, head, num_heads, num_keys), num_keys - num_queries
    whole, stop = key_range(first, num_queries, real_keys, offset, IS_CAUSAL, BLOCK_Q, BLOCK_K)

    maximum = tl.full([BLOCK_Q], -1e38, PRECISION)  # low but finite: -inf less -inf never happens
    normaliser, accumulator = tl.zeros([BLOCK_Q], PRECISION), tl.zeros([BLOCK_Q, D], PRECISION)
    maximum, normaliser, accumulator = attend_rows(
        maximum, normaliser, accumulator, q, k_head, v_head, rows, 0, whole, real_keys, offset,
        SCALE, IS_CAUSAL, False, BLOCK_K,
    )  # fmt: skip
    maximum, normaliser, accumulator = attend_rows(
        maximum, normaliser, accumulator, q, k_head, v_head, rows, whole, stop, real_keys, offset,
        SCALE, IS_CAUSAL, True, BLOCK_K,
    )  # fmt: skip

    divisor = tl.where(normaliser > 0, normaliser, 1)
    output = (accumulator / divisor[:, None]).to(q.dtype)
    head_rows(output_start, head, num_queries, D, BLOCK_Q).store([first, 0], output)
    log_sum_exp = maximum + tl.log2(divisor)
    tl.store(log_sum_exp_start + head * num_queries + rows, log_sum_exp, mask=rows < num_queries)


@triton.jit
def row_dots_kernel(
    output_start, gradient_start, row_dots_start, num_rows,
    D: tl.constexpr, PRECISION: tl.constexpr, BLOCK_Q: tl.constexpr,
):  # fmt: skip
    """Write the product of each output row with its gradient: what softmax's slope takes off every key's share."""
    rows = tl.program_id(0).to(tl.int64) * BLOCK_Q + tl.arange(0, BLOCK_Q)
    places = rows[:, None] * D + tl.arange(0, D)[None, :]
    inside = rows < num_rows
    output = tl.load(output_start + places, mask=inside[:, None], other=0.0).to(PRECISION)
    gradient = tl.load(gradient_start + places, mask=inside[:, None], other=0.0).to(PRECISION)
    tl.store(row_dots_start + rows, tl.sum(output * gradient, axis=1), mask=inside)


@triton.jit
def query_gradient_rows(
    q_gradient, q, gradient, log_sum_exp, row_dots, k_head, v_head, rows, first, stop, real_keys, offset,
    SCALE: tl.constexpr, IS_CAUSAL: tl.constexpr, MASKED: tl.constexpr, BLOCK_K: tl.constexpr,
):  # fmt: skip
    """Return the queries' gradient after the keys from `first` to `stop`, still without its factor SCALE."""
    for start in range(first, stop, BLOCK_K):
        k, v = k_head.load([start, 0]), v_head.load([start, 0])
        scores = product(q, tl.trans(k))
        if MASKED:
            columns = start + tl.arange(0, BLOCK_K)
            seen = may_attend(rows[:, None], columns[None, :], real_keys, offset, IS_CAUSAL)
            scores = tl.where(seen, scores, float("-inf"))
        weights = tl.exp2(scores * (SCALE * LOG2_E) - log_sum_exp[:, None])
        slope = product(gradient, tl.trans(v)) - row_dots[:, None]
        score_gradient = (weights * slope).to(k.dtype)
        q_gradient += product(score_gradient, k)
    return q_gradient


@tuned(QUERIES_BACKWARD)
@triton.jit(do_not_specialize=SIZES)
def query_gradient_kernel(
    q_start, k_start, v_start, gradient_start, log_sum_exp_start, row_dots_start, q_gradient_start,
    lengths, num_heads, num_queries, num_keys,
    D: tl.constexpr, SCALE: tl.constexpr, PRECISION: tl.constexpr, IS_CAUSAL: tl.constexpr, LONG: tl.constexpr,
    BLOCK_Q: tl.constexpr, BLOCK_K: tl.constexpr,
):  # fmt: skip
    """Write the gradient of one block of queries."""
    first = (tl.num_programs(0) - 1 - tl.program_id(0)) * BLOCK_Q
    rows = first + tl.arange(0, BLOCK_Q)
    head = tl.program_id(1).to(tl.int64)
    q = head_rows(q_start, head, num_queries, D, BLOCK_Q).load([first, 0])
    gradient = head_rows(gradient_start, head, num_queries, D, BLOCK_Q).load([first, 0])
    k_head = head_rows(k_start, head, num_keys, D, BLOCK_K)
    v_head = head_rows(v_start, head, num_keys, D, BLOCK_K)
    numbers = head * num_queries + rows
    log_sum_exp = tl.load(log_sum_exp_start + numbers, mask=rows < num_queries, other=float("inf"))
    row_dots = tl.load(row_dots_start + numbers, mask=rows < num_queries, other=0.0)
    real_keys, offset = real_length(lengths, head, num_heads, num_keys), num_keys - num_queries
    whole, stop = key_range(first, num_queries, real_keys, offset, IS_CAUSAL, BLOCK_Q, BLOCK_K)

    q_gradient = tl.zeros([BLOCK_Q, D], PRECISION)
    q_gradient = query_gradient_rows(
        q_gradient, q, gradient, log_sum_exp, row_dots, k_head, v_head, rows, 0, whole, real_keys, offset,
        SCALE, IS_CAUSAL, False, BLOCK_K,
    )  # fmt: skip
    q_gradient = query_gradient_rows(
        q_gradient, q, gradient, log_sum_exp, row_dots, k_head, v_head, rows, whole, stop, real_keys, offset,
        SCALE, IS_CAUSAL, True, BLOCK_K,
    )  # fmt: skip
    head_rows(q_gradient_start, head, num_queries, D, BLOCK_Q).store([first, 0], (q_gradient * SCALE).to(q.dtype))


@triton.jit
def key_gradient_rows(
    k_gradient, v_gradient, k, v, q_head, gradient_head, log_sum_exp_head, row_dots_head, columns, first, stop,
    num_queries, real_keys, offset,
    SCALE: tl.constexpr, IS_CAUSAL: tl.constexpr, MASKED: tl.constexpr, BLOCK_Q: tl.constexpr,
):  # fmt: skip
    """Return the keys' and values' gradients after the queries from `first` to `stop`; tiles are turned, (k, q)."""
    for start in range(first, stop, BLOCK_Q):
        q, gradient = q_head.load([start, 0]), gradient_head.load([start, 0])
        rows = start + tl.arange(0, BLOCK_Q)
        log_sum_exp = tl.load(log_sum_exp_head + rows, mask=rows < num_queries, other=float("inf"))
        row_dots = tl.load(row_dots_head + rows, mask=rows < num_queries, other=0.0)
        scores = product(k, tl.trans(q))
        if MASKED:
            seen = may_attend(rows[None, :], columns[:, None], real_keys, offset, IS_CAUSAL)
            scores = tl.where(seen, scores, float("-inf"))
        weights = tl.exp2(scores * (SCALE * LOG2_E) - log_sum_exp[None, :])
        v_gradient += product(weights.to(q.dtype), gradient)
        slope = product(v, tl.trans(gradient)) - row_dots[None, :]
        score_gradient = (weights * slope).to(q.dtype)
        k_gradient += product(score_gradient, q)
    return k_gradient, v_gradient


@tuned(KEYS_BACKWARD)
@triton.jit(do_not_specialize=SIZES)
def key_gradient_kernel(
    q_start, k_start, v_start, gradient_start, log_sum_exp_start, row_dots_start, k_gradient_start, v_gradient_start,
    lengths, num_heads, num_queries, num_keys,
    D: tl.constexpr, SCALE: tl.constexpr, PRECISION: tl.constexpr, IS_CAUSAL: tl.constexpr, LONG: tl.constexpr,
    BLOCK_Q: tl.constexpr, BLOCK_K: tl.constexpr,
):  # fmt: skip
    """Write the gradients of one block of keys and their values."""
    first = tl.program_id(0) * BLOCK_K
    columns = first + tl.arange(0, BLOCK_K)
    head = tl.program_id(1).to(tl.int64)
    k = head_rows(k_start, head, num_keys, D, BLOCK_K).load([first, 0])
    v = head_rows(v_start, head, num_keys, D, BLOCK_K).load([first, 0])
    q_head = head_rows(q_start, head, num_queries, D, BLOCK_Q)
    gradient_head = head_rows(gradient_start, head, num_queries, D, BLOCK_Q)
    log_sum_exp_head, row_dots_head = log_sum_exp_start + head * num_queries, row_dots_start + head * num_queries
    real_keys, offset = real_length(lengths, head, num_heads, num_keys), num_keys - num_queries
    start, whole = query_range(first, num_queries, real_keys, offset, IS_CAUSAL, BLOCK_Q, BLOCK_K)

    k_gradient, v_gradient = tl.zeros([BLOCK_K, D], PRECISION), tl.zeros([BLOCK_K, D], PRECISION)
    k_gradient, v_gradient = key_gradient_rows(
        k_gradient, v_gradient, k, v, q_head, gradient_head, log_sum_exp_head, row_dots_head, columns, start,
        tl.minimum(whole, num_queries), num_queries, real_keys, offset, SCALE, IS_CAUSAL, True, BLOCK_Q,
    )  # fmt: skip
    k_gradient, v_gradient = key_gradient_rows(
        k_gradient, v_gradient, k, v, q_head, gradient_head, log_sum_exp_head, row_dots_head, columns, whole,
        num_queries, num_queries, real_keys, offset, SCALE, IS_CAUSAL, False, BLOCK_Q,
    )  # fmt: skip
    head_rows(k_gradient_start, head, num_keys, D, BLOCK_K).store([first, 0], (k_gradient * SCALE).to(k.dtype))
    head_rows(v_gradient_start, head, num_keys, D, BLOCK_K).store([first, 0], v_gradient.to(v.dtype))
