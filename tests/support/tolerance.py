"""How far two right answers may be apart: one number for each type, stated once.

Floating point rounds every operation, and implementations sum in different orders. So the largest difference is
measured against the largest number expected, in epsilons of the type. Gradients add what mostly cancels and need tens
of them. In bfloat16 products are summed in float32 and only results are rounded, so it needs fewer, of larger ones.
A mistake is not close: `test_parity.py` plants some, and each moves an answer by a hundred times float32's bound.
"""

import torch

EPSILONS = {torch.float64: 64, torch.float32: 64, torch.bfloat16: 16}
RELATIVE = {dtype: count * torch.finfo(dtype).eps for dtype, count in EPSILONS.items()}


def distance(got, expected):
    """Return the largest difference, as a share of the largest number expected; infinite if shapes differ or NaN."""
    got, expected = torch.as_tensor(got).detach().double(), torch.as_tensor(expected).detach().double()
    if got.shape != expected.shape or not torch.isfinite(got).all():
        return float("inf")
    return float((got - expected).abs().max() / expected.abs().max().clamp(min=torch.finfo(torch.float32).tiny))


def assert_close(got, expected, dtype=None):
    """Raise AssertionError unless `got` equals `expected` within the tolerance of its type, or of `dtype`."""
    dtype = dtype or got.dtype
    apart = distance(got, expected)
    assert apart <= RELATIVE[dtype], f"apart by {apart:.1e} of the largest number, {dtype} allows {RELATIVE[dtype]:.1e}"
