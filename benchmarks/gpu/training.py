"""A training step of the book's encoder, its attention naive or fused: time, memory, and the longest sequence."""

import time

import torch
import torch.nn.functional as F

from mha_lib.gpu.timing import attempt, lap_times, peak_bytes, quartiles
from mha_lib.nn import TextEncoder

ENCODER = {"vocab_size": 8192, "d_model": 256, "num_heads": 4, "d_ff": 1024, "num_layers": 4}
TINY = {"vocab_size": 64, "d_model": 32, "num_heads": 2, "d_ff": 64, "num_layers": 1}
ASKED = 0.15  # the share of tokens to be guessed


def make_step(kind, sizes, device):
    """Return a function of token numbers (1, n) that takes one training step.

    "naive" hangs a hook on every layer's weights, and a layer that is looked at writes its weights out.
    """
    model = TextEncoder(**sizes).to(device)
    optimiser = torch.optim.AdamW(model.parameters())
    for block in model.encoder.blocks if kind == "naive" else ():
        block.attention.weights.register_forward_hook(lambda *_: None)

    def step(ids):
        optimiser.zero_grad(set_to_none=True)
        with torch.autocast(device, torch.bfloat16):
            hidden = model(ids)[:, : max(1, int(ASKED * ids.shape[1]))]
            loss = F.cross_entropy(
                model.token_scores(hidden).flatten(0, 1).float(), ids[:, : hidden.shape[1]].flatten()
            )
        loss.backward()
        optimiser.step()

    return step


def measure(kind, n, sizes, device):
    """Return a row: milliseconds and peak MiB of a step with one sequence of n tokens, or the refusal."""

    def figures():
        step, ids = make_step(kind, sizes, device), torch.randint(sizes["vocab_size"], (1, n), device=device)
        laps = lap_times(step, [(ids,)], repeats=3, warm_up=2)
        peak = peak_bytes(step, (ids,))
        return {"milliseconds": 1000 * quartiles(laps)[1], "peak_mib": peak and peak / 2**20}

    measured, refused = attempt(figures)
    if device == "cuda":
        torch.cuda.empty_cache()
    return {"variant": kind, "n": n, **(measured or {"milliseconds": None, "peak_mib": None}), "refused": refused}


def longest(kind, sizes, device, start, stop, seconds):
    """Return rows of ever longer sequences: doubled until one is refused, `stop` is reached or time is up, then halved.

    After a refusal the gap to the last length that fitted is halved three times.
    """
    rows, n, end = [], start, time.monotonic() + seconds
    while n <= stop and time.monotonic() + expected(rows) < end:
        rows.append(measure(kind, n, sizes, device))
        if rows[-1]["refused"]:
            return rows + narrowed(kind, sizes, device, n // 2, n, end)
        n *= 2
    return rows


def expected(rows):
    """Return about how many seconds the next row will take: six steps, each of four times the last one's time."""
    return 6 * 4 * rows[-1]["milliseconds"] / 1000 if rows else 0.0


def narrowed(kind, sizes, device, fits, refused, end):
    """Return rows between a length that fitted and one that was refused."""
    rows = []
    for _ in range(3):
        middle = (fits + refused) // 2
        if middle in (fits, refused) or time.monotonic() > end:
            break
        rows.append(measure(kind, middle, sizes, device))
        fits, refused = (fits, middle) if rows[-1]["refused"] else (middle, refused)
    return rows
