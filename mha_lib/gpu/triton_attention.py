"""Chapter 15. Fused attention for a GPU, written in Triton: chapter 14's block-wise algorithm in one kernel.

Needs Triton, which the extra `gpu` installs on Linux; nothing else in the library imports this module. Without a GPU
the kernel runs in Triton's interpreter, slowly: set TRITON_INTERPRET=1 in the environment before the first import.
"""

import torch
import triton
import triton.language as tl
from torch.autograd.function import once_differentiable

from mha_lib.gpu import triton_kernels as kernels

HEAD_SIZES = (16, 32, 64, 128)
LONG = 2048  # keys from which on tiles are tuned anew
DTYPES = (torch.bfloat16, torch.float16, torch.float32, torch.float64)


def triton_attention(q, k, v, is_causal=False, lengths=None):
    """Return softmax(q k^T / sqrt(d)) v from one kernel, in which no n x n matrix is ever written.

    q: (b, h, q, d)   k, v: (b, h, k, d)   lengths: (b,) integers, or None; keys from there on are padding
    is_causal: hide the future as well, aligned bottom-right   ->  (b, h, q, d)

    d is 16, 32, 64 or 128. bfloat16 and float16 are for speed, float32 and float64 for checking; sums are float32,
    or float64. A query that may attend to nothing gets zeros. Inputs that are not contiguous are copied first.
    It differentiates once, and recomputes the scores for that. There is no dropout.
    Raises ValueError for shapes, types and devices that do not fit.
    Source: Dao, 2023, algorithms 1 and 2; Tillet et al., 2019, for the language.
    """
    check_inputs(q, k, v)
    lengths = None if lengths is None else checked_lengths(lengths, q)
    return FusedAttention.apply(q.contiguous(), k.contiguous(), v.contiguous(), lengths, is_causal)


def lengths_of(mask):
    """Return the lengths that a padding mask states: (b, 1, 1, k) booleans, True means may attend  ->  (b,) integers.

    Reading the mask waits for the GPU, so keep the lengths if you have them.
    Raises ValueError if it is no such mask, or hides a key before a visible one: the kernel can only stop early.
    """
    if mask.dtype != torch.bool or mask.ndim != 4 or mask.shape[1:3] != (1, 1):
        raise ValueError(f"a padding mask must be boolean of shape (b, 1, 1, k), got {mask.dtype}, {tuple(mask.shape)}")
    keys = mask[:, 0, 0]
    lengths = keys.sum(-1)
    if not torch.equal(keys, torch.arange(keys.shape[1], device=keys.device) < lengths[:, None]):
        raise ValueError("the mask hides a key before a visible one; the kernel takes padding at the end only")
    return lengths


class FusedAttention(torch.autograd.Function):
    """The kernel as one operation of autograd. It keeps its inputs, its output and one number for each query."""

    @staticmethod
    def forward(ctx, q, k, v, lengths, is_causal):
        """Return the output."""
        output, log_sum_exp = attend(q, k, v, lengths, is_causal)
        ctx.save_for_backward(q, k, v, output, log_sum_exp, lengths)
        ctx.is_causal = is_causal
        return output

    @staticmethod
    @once_differentiable
    def backward(ctx, output_gradient):
        """Return the gradients of q, k and v."""
        return *attend_backward(*ctx.saved_tensors, output_gradient.contiguous(), ctx.is_causal), None, None


def attend(q, k, v, lengths, is_causal):
    """Return the output (b, h, q, d) and the log-sum-exp of each query's scores, in base 2, (b, h, q)."""
    output, log_sum_exp = torch.empty_like(q), torch.empty(q.shape[:3], dtype=sums_in(q), device=q.device)
    kernels.use_scratch_memory()
    kernels.attention_kernel[grid(q, "BLOCK_Q")](
        q,
        k,
        v,
        output,
        log_sum_exp,
        lengths,
        q.shape[1],
        q.shape[2],
        k.shape[2],
        **constants(q, k),
        IS_CAUSAL=is_causal,
    )
    return output, log_sum_exp


def attend_backward(q, k, v, output, log_sum_exp, lengths, output_gradient, is_causal):
    """Return the gradients of q, k and v, given that of the output."""
    gradients = torch.empty_like(q), torch.empty_like(k), torch.empty_like(v)
    row_dots = torch.empty_like(log_sum_exp)
    kernels.use_scratch_memory()
    static, num_rows, block = constants(q, k), row_dots.numel(), 64
    kernels.row_dots_kernel[(triton.cdiv(num_rows, block),)](
        output, output_gradient, row_dots, num_rows, static["D"], static["PRECISION"], block
    )
    given = q, k, v, output_gradient, log_sum_exp, row_dots
    sizes = lengths, q.shape[1], q.shape[2], k.shape[2]
    kernels.query_gradient_kernel[grid(q, "BLOCK_Q")](*given, gradients[0], *sizes, **static, IS_CAUSAL=is_causal)
    kernels.key_gradient_kernel[grid(k, "BLOCK_K")](*given, *gradients[1:], *sizes, **static, IS_CAUSAL=is_causal)
    return gradients


def grid(rows, block):
    """Return how many programs to start, given the chosen tile: one for each block of rows of each head."""
    return lambda tile: (triton.cdiv(rows.shape[2], tile[block]), rows.shape[0] * rows.shape[1])


def constants(q, k):
    """Return what a kernel is compiled for, the mask apart."""
    precision = tl.float64 if q.dtype == torch.float64 else tl.float32
    return {"D": q.shape[3], "SCALE": q.shape[3] ** -0.5, "PRECISION": precision, "LONG": k.shape[2] >= LONG}


def sums_in(q):
    """Return the type in which sums are kept."""
    return torch.promote_types(q.dtype, torch.float32)


def check_inputs(q, k, v):
    """Raise ValueError unless the kernel can take these tensors."""
    shapes = f"q {tuple(q.shape)}, k {tuple(k.shape)}, v {tuple(v.shape)}"
    if q.ndim != 4 or k.ndim != 4 or k.shape != v.shape or q.shape[:2] != k.shape[:2] or q.shape[3] != k.shape[3]:
        raise ValueError(f"q must be (b, h, q, d), k and v (b, h, k, d) with the same b, h and d, got {shapes}")
    if q.shape[3] not in HEAD_SIZES:
        raise ValueError(f"the head size d must be one of {HEAD_SIZES}, got {q.shape[3]}")
    if not q.numel() or not k.numel():
        raise ValueError(f"there must be at least one sequence, head, query and key, got {shapes}")
    if q.dtype not in DTYPES or {k.dtype, v.dtype} != {q.dtype}:
        raise ValueError(f"q, k and v must share one type of {DTYPES}, got {q.dtype}, {k.dtype} and {v.dtype}")
    if {k.device, v.device} != {q.device}:
        raise ValueError(f"q, k and v must be on one device, got {q.device}, {k.device} and {v.device}")
    if q.device.type != "cuda" and not kernels.INTERPRETED:
        raise ValueError(
            f"the kernel needs a CUDA device, got tensors on {q.device}; to try it without one, set TRITON_INTERPRET=1 "
            "in the environment before the first import of Triton"
        )


def checked_lengths(lengths, q):
    """Return lengths as the kernel reads them, or raise ValueError unless they are (b,) integers on q's device."""
    if lengths.shape != q.shape[:1] or lengths.is_floating_point() or lengths.dtype == torch.bool:
        raise ValueError(
            f"lengths must be {len(q)} integers, one for each sequence, got {lengths.dtype} of {tuple(lengths.shape)}"
        )
    if lengths.device != q.device:
        raise ValueError(f"lengths must be where q is, on {q.device}, got {lengths.device}")
    return lengths.to(torch.int32)
