"""Before any clock runs: every variant gives the right numbers, or says why it gives none."""

import torch

from benchmarks.gpu.cases import DTYPES
from benchmarks.gpu.variants import mask_of
from mha_lib.gpu.timing import attempt, naive_attention

EPSILONS = {"bfloat16": 8, "float16": 8, "float32": 64}  # of the type, beside the largest number expected


def poison(inputs):
    """Leave NaN in the memory that the next results will be given, so that what is never written shows."""
    blocks = [torch.full_like(x, float("nan"), requires_grad=False) for x in (*inputs, *inputs)]
    del blocks


def outcome(call, inputs, output_gradient):
    """Return the output and the gradients of q, k and v."""
    poison(inputs)
    output = call(*inputs)
    return output.detach(), *torch.autograd.grad(output, inputs, output_gradient)


def reference(case, inputs, output_gradient, device):
    """Return the same in float64 by the plain formula."""
    inputs = [x.detach().double().requires_grad_() for x in inputs]
    mask = mask_of(case, device)
    return outcome(lambda *x: naive_attention(*x, mask), inputs, output_gradient.double())


def distance(got, expected):
    """Return the largest difference, as a share of the largest number expected; infinite for NaN."""
    got = got.double()
    return float((got - expected).abs().max() / expected.abs().max()) if got.isfinite().all() else float("inf")


def check(case, named, device):
    """Return a row for each variant: how far it is from float64, or its refusal.

    Raises AssertionError if one is further away than rounding explains: its times would say nothing.
    """
    inputs = case.make(device)
    output_gradient = torch.randn_like(inputs[0].detach())
    expected = reference(case, inputs, output_gradient, device)
    allowed = EPSILONS[case.dtype] * torch.finfo(DTYPES[case.dtype]).eps
    rows = []
    for name, prepare in named.items():
        got, refused = attempt(lambda prepare=prepare: outcome(prepare(case, device), inputs, output_gradient))
        error = None if refused else max(map(distance, got, expected))
        assert refused or error <= allowed, f"{name} is {error:.1e} from float64 in {case}, allowed is {allowed:.1e}"
        rows.append({"variant": name, **case.row(), "error": error, "allowed": allowed, "refused": refused})
    return rows
