"""What is measured: cases in order of importance, so that a short run leaves out what matters least."""

from dataclasses import asdict, dataclass

import torch

DTYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16, "float32": torch.float32}
WIDTH = 2048  # heads times their size, as in the papers on FlashAttention


@dataclass(frozen=True)
class Case:
    """One setting: `step` is "forward", or "both" for forward and backward. Lengths run from n / 2 to n if padded."""

    step: str
    dtype: str
    b: int
    h: int
    queries: int
    n: int
    d: int
    is_causal: bool = False
    padded: bool = False

    def row(self):
        """Return the setting as a dict, the beginning of a row of the result."""
        return asdict(self)

    def make(self, device):
        """Return fresh normal q, k and v, requiring gradients if the step needs them."""
        sizes = ((self.b, self.h, rows, self.d) for rows in (self.queries, self.n, self.n))
        settings = {"device": device, "dtype": DTYPES[self.dtype], "requires_grad": self.step == "both"}
        return tuple(torch.randn(size, **settings) for size in sizes)

    def bytes(self):
        """Return the bytes of one q, k and v."""
        return self.b * self.h * self.d * (self.queries + 2 * self.n) * DTYPES[self.dtype].itemsize

    def lengths(self, device):
        """Return the lengths (b,) of the sequences, or None if nothing is padded."""
        if not self.padded:
            return None
        return torch.linspace(self.n // 2, self.n, self.b, device=device).to(torch.int32)

    def operations(self):
        """Return the multiplications and additions of the two products that are asked for; twice and a half backward.

        Half of them under a causal mask, as in the papers; keys that are padding are not counted.
        """
        keys = self.n if not self.padded else sum(self.lengths("cpu").tolist()) / self.b
        forward = 4 * self.b * self.h * self.queries * keys * self.d / (2 if self.is_causal else 1)
        return forward * (3.5 if self.step == "both" else 1)


def square(step, dtype, n, d, is_causal, tokens=16384, width=WIDTH):
    """Return a case of self-attention: as many sequences as make up `tokens`, at least one, `width` / d heads."""
    return Case(step, dtype, max(1, tokens // n), max(1, width // d), n, n, d, is_causal)


def real_cases():
    """Return the cases of a GPU, the most important first."""
    lengths = [2**power for power in range(9, 17)]
    forward = [square("forward", "bfloat16", n, d, c) for d in (128, 64) for c in (False, True) for n in lengths]
    decode = [Case("forward", "bfloat16", 16, 16, 1, 65536, 128)]
    padded = [Case("forward", "bfloat16", 8, 16, 2048, 2048, 128, padded=True)]
    both = [square("both", "bfloat16", n, d, c) for d in (128, 64) for c in (False, True) for n in lengths[::-2]]
    half = [
        square(step, "float16", 8192, d, c) for step in ("forward", "both") for d in (128, 64) for c in (False, True)
    ]
    rest = [square("both", "bfloat16", n, d, c) for d in (128, 64) for c in (False, True) for n in lengths[-2::-2]]
    more = [
        square("forward", "float16", n, d, c) for d in (128, 64) for c in (False, True) for n in lengths if n != 8192
    ]
    return [*forward[:16], *decode, *padded, *both[:8], *forward[16:], *both[8:], *half, *rest, *more]


def tiny_cases():
    """Return cases of the same kinds, small enough for a processor and for Triton's interpreter."""
    forward = [square("forward", "float32", n, 16, c, tokens=64, width=32) for n in (16, 32) for c in (False, True)]
    both = [square("both", "float32", 32, 16, True, tokens=64, width=32)]
    decode, padded = (
        Case("forward", "float32", 2, 2, 1, 64, 16),
        Case("forward", "float32", 2, 2, 32, 32, 16, padded=True),
    )
    return [*forward, *both, decode, padded, square("forward", "bfloat16", 32, 16, False, tokens=64, width=32)]


def equality_cases(dtypes, sizes):
    """Return a case for each type and each kind of mask, forward and backward: ragged lengths, fewer queries than keys.

    sizes: (queries, keys, d)
    """
    queries, n, d = sizes
    return [
        Case("both", dtype, 2, 2, queries, n, d, is_causal, padded)
        for dtype in dtypes
        for is_causal, padded in ((False, False), (True, False), (False, True))
    ]
