"""The ways to compute attention that are compared. `prepare(case)` returns a function of q, k and v."""

import functools
from importlib.util import find_spec

import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.attention.flex_attention import create_block_mask, flex_attention

from mha_lib.gpu.timing import naive_attention

BACK_ENDS = {
    "SDPA math": SDPBackend.MATH,
    "SDPA efficient": SDPBackend.EFFICIENT_ATTENTION,
    "SDPA flash": SDPBackend.FLASH_ATTENTION,
    "SDPA cuDNN": SDPBackend.CUDNN_ATTENTION,
}


def mask_of(case, device):
    """Return the case's mask for those who take one, (q, k) or (b, 1, 1, k), True means may attend; else None."""
    if case.padded:
        return (torch.arange(case.n, device=device) < case.lengths(device)[:, None])[:, None, None]
    if case.is_causal:
        return torch.ones(case.queries, case.n, dtype=torch.bool, device=device).tril(case.n - case.queries)
    return None


def compiled(function, device):
    """Return the function compiled for any length; without a GPU it is only traced, since there is nothing to gain."""
    return torch.compile(function, dynamic=True, backend="inductor" if device == "cuda" else "eager")


def naive(case, device):
    """Return the formula as textbooks write it."""
    return functools.partial(naive_attention, mask=mask_of(case, device))


def naive_compiled(case, device):
    """Return the same, compiled: the compiler may join what stands between the two products."""
    return functools.partial(compiled_naive(device), mask=mask_of(case, device))


@functools.cache
def compiled_naive(device):
    """Return the naive formula compiled, one compilation for all lengths."""
    return compiled(naive_attention, device)


def sdpa(case, device, back_ends=None):
    """Return PyTorch's own function, choosing for itself or held to one back end."""
    square = case.is_causal and case.queries == case.n
    settings = {"is_causal": True} if square else {"attn_mask": mask_of(case, device)}

    def call(q, k, v):
        if back_ends is None:
            return F.scaled_dot_product_attention(q, k, v, **settings)
        with sdpa_kernel(back_ends):
            return F.scaled_dot_product_attention(q, k, v, **settings)

    return call


def flex(case, device):
    """Return FlexAttention: the mask is a small program, and blocks that it hides are skipped."""
    block_mask = flex_mask(case, device) if case.is_causal or case.padded else None
    return functools.partial(compiled_flex(device), block_mask=block_mask)


@functools.cache
def compiled_flex(device):
    """Return FlexAttention compiled: uncompiled it would write the scores out."""
    return compiled(flex_attention, device)


def flex_mask(case, device):
    """Return the blocks of a mask that FlexAttention must visit, found without writing the whole mask out."""
    lengths, offset = case.lengths(device), case.n - case.queries

    def real(b, h, query, key):
        return key < lengths[b]

    def earlier_below(b, h, query, key):
        return key <= query + offset

    rule = real if case.padded else earlier_below if offset else earlier  # one rule for all squares compiles once
    sizes = case.b if case.padded else None, None, case.queries, case.n
    return compiled_blocks(device)(rule, *sizes, device=device)


def earlier(b, h, query, key):
    """Return whether a key is no later than a query."""
    return key <= query


@functools.cache
def compiled_blocks(device):
    """Return what finds the blocks of a mask, compiled: uncompiled it would write all n x n booleans."""
    return compiled(create_block_mask, device)


def ours(case, device):
    """Return the book's kernel."""
    from mha_lib.gpu.triton_attention import triton_attention

    return functools.partial(triton_attention, is_causal=case.is_causal, lengths=case.lengths(device))


def variants():
    """Return each variant's `prepare` by its name; the book's kernel takes part where Triton is installed."""
    named = {"naive": naive, "naive, compiled": naive_compiled, "SDPA default": sdpa}
    named |= {name: functools.partial(sdpa, back_ends=[back_end]) for name, back_end in BACK_ENDS.items()}
    named["FlexAttention"] = flex
    return named | ({"ours, Triton": ours} if find_spec("triton") else {})
