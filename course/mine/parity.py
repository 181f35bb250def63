"""Yours beside PyTorch's: the largest difference on random numbers, and your layer's time beside the fused one's."""

import importlib
import statistics
import sys
import time
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from course.mine.apart import apart, ended, prepare
from mha_lib.encoder.convert import BLOCK_NAMES
from mha_lib.heads.convert import ATTENTION_NAMES, filled
from mha_lib.nn import MultiHeadAttention

SECONDS = 60
ROUNDS = 7


@dataclass(frozen=True)
class Grid:
    """The reader's parts, as exercise -> file of `mine`, and the folder in which `mine` lies."""

    folder: str
    rooms: dict


def lines(grid, seconds=SECONDS):
    """Return a line of differences and one of time, in words; nothing where none of these parts is there."""
    if not KINDS.keys() & grid.rooms.keys():
        return []
    prepare("course.mine.parity")
    said, why = apart(run, grid, seconds)
    return said or [f"Beside PyTorch: {ended(why, seconds)}"]


def run(grid):
    """Return the same, here and now."""
    sys.path.insert(0, grid.folder)
    own = {
        name: getattr(importlib.import_module(f"mine.{grid.rooms[name]}"), name) for name in KINDS if name in grid.rooms
    }
    told = [f"{name} {difference(name, part)}" for name, part in own.items()]
    said = [f"Largest difference from PyTorch: {', '.join(told)}."]
    if "MultiHeadAttention" in own:
        said.append(pace(own["MultiHeadAttention"]))
    return said


def difference(name, part):
    """Return in words how far a part is from PyTorch's."""
    torch.manual_seed(0)
    try:
        return f"{KINDS[name](part):.0e}"
    except BaseException as error:  # the reader's code may raise anything
        return f"stops with {type(error).__name__}: {error}"


def arrays(part):
    """Return the largest difference of attention without a mask."""
    q, k, v = np.random.default_rng(0).normal(size=(3, 2, 4, 6, 8))
    return gap(part(q, k, v), F.scaled_dot_product_attention(*map(torch.from_numpy, (q, k, v))))


def masked(part):
    """Return the largest difference of attention under a mask."""
    q, k, v = np.random.default_rng(0).normal(size=(3, 2, 4, 6, 8))
    mask = np.tril(np.ones((6, 6), dtype=bool))
    theirs = F.scaled_dot_product_attention(*map(torch.from_numpy, (q, k, v)), torch.from_numpy(mask))
    return gap(part(q, k, v, mask), theirs)


def heads(part):
    """Return the largest difference of several heads on arrays."""
    theirs = nn.MultiheadAttention(12, 3, bias=False, batch_first=True).double().eval()
    x = torch.randn(2, 5, 12, dtype=torch.float64)
    with torch.no_grad():
        w_q, w_k, w_v = (w.T.numpy() for w in theirs.in_proj_weight.chunk(3))
        wanted = theirs(x, x, x, need_weights=False)[0]
        return gap(part(x.numpy(), x.numpy(), w_q, w_k, w_v, theirs.out_proj.weight.T.numpy(), 3), wanted)


def layer(part):
    """Return the largest difference of the layer, its output and its gradients, in float64."""
    ours = part(12, 3).double()
    theirs = filled(nn.MultiheadAttention(12, 3, batch_first=True), ours, ATTENTION_NAMES)
    x = torch.randn(2, 5, 12, dtype=torch.float64)
    return outputs_and_gradients(ours, ours(x), theirs, theirs(x, x, x, need_weights=False)[0], ATTENTION_NAMES)


def block(part):
    """Return the largest difference of the block, its output and its gradients, in float64."""
    ours = part(12, 3, 48).double()
    theirs = nn.TransformerEncoderLayer(12, 3, 48, 0.0, "gelu", batch_first=True, norm_first=True)
    theirs = filled(theirs, ours, BLOCK_NAMES)
    x = torch.randn(2, 5, 12, dtype=torch.float64)
    return outputs_and_gradients(ours, ours(x), theirs, theirs(x), BLOCK_NAMES)


def outputs_and_gradients(ours, output, theirs, wanted, names):
    """Return the largest difference of two modules' outputs, and of the gradients of the squared outputs' sum."""
    (output**2).sum().backward()
    (wanted**2).sum().backward()
    own, other = dict(ours.named_parameters()), dict(theirs.named_parameters())
    gradients = [gap(own[name].grad, other[names[name]].grad) for name in own]
    return max(gap(output.detach(), wanted.detach()), *gradients)


def gap(one, other):
    """Return the largest difference of two arrays, one of them perhaps a tensor."""
    return float(np.abs(np.asarray(one) - np.asarray(other)).max())


KINDS = {
    "attention": arrays,
    "masked_attention": masked,
    "multi_head_attention": heads,
    "MultiHeadAttention": layer,
    "EncoderBlock": block,
}


def pace(part):
    """Return in words the time of the reader's layer over that of the book's, which runs a fused kernel."""
    x = torch.randn(8, 128, 64)
    ours, fused = part(64, 8).eval(), MultiHeadAttention(64, 8).eval()
    with torch.no_grad():
        ratio = statistics.median(timed(ours, x) / timed(fused, x) for _ in range(ROUNDS))
    return f"Your layer takes {ratio:.1f} times the fused one's time (8 × 128 tokens, side by side on this machine)."


def timed(layer, x, calls=10):
    """Return the seconds of some calls."""
    begun = time.perf_counter()
    for _ in range(calls):
        layer(x)
    return time.perf_counter() - begun
