"""Chapter 19. Sharding: one layer's matrices divided among processes, by heads and by neurons."""

import numpy as np

from mha_lib.attention import attention
from mha_lib.heads.arrays import merge_heads, split_heads


def shard_heads(packed, num_heads, num_processes):
    """Return each process's rows of a packed projection: its own heads' rows of q, of k and of v.

    packed: (3 * d_model, ...), all of q, then k, then v, as in `MultiHeadAttention.project_qkv`: weights or biases
    ->  (num_processes, 3 * d_model / num_processes, ...), each part packed in the same order

    Process r owns heads r * h / p to (r + 1) * h / p. Cut into p equal blocks of rows instead, a matrix falls apart
    into queries here and values there, and no process can attend.
    Raises ValueError if the rows are not three blocks of heads, or num_processes does not divide num_heads.
    Source: Shoeybi et al., 2019, section 3.

    >>> shard_heads(np.arange(12.0), num_heads=2, num_processes=2).tolist()
    [[0.0, 1.0, 4.0, 5.0, 8.0, 9.0], [2.0, 3.0, 6.0, 7.0, 10.0, 11.0]]
    """
    packed = np.asarray(packed)
    check_shards(len(packed), num_heads, num_processes)
    cut = packed.reshape(3, num_processes, -1, *packed.shape[1:])  # q, k, v; process; its rows
    return np.swapaxes(cut, 0, 1).reshape(num_processes, -1, *packed.shape[1:])


def check_shards(num_rows, num_heads, num_processes):
    """Raise ValueError unless packed rows are three blocks of heads that the processes can share evenly."""
    if num_heads < 1 or num_rows % (3 * num_heads):
        raise ValueError(f"{num_rows} packed rows are not 3 blocks of {num_heads} heads")
    if num_processes < 1 or num_heads % num_processes:
        raise ValueError(f"{num_heads} heads cannot be shared evenly by {num_processes} processes")


def attend_shard(x, packed, w_out, num_heads, mask=None):
    """Return what one process contributes to the output of a layer: the parts of all processes add up to it.

    x: (..., n, d_model)   packed: (3 * own, d_model), own = the width of its heads together   w_out: (d_model, own)
    num_heads: how many heads it owns   mask: broadcast to (..., h, n, n)  ->  (..., n, d_model)

    Both matrices are as `torch.nn.Linear` stores them, one row an output: the process owns rows of the first and
    columns of the second.
    Source: Shoeybi et al., 2019, section 3.

    >>> attend_shard(np.ones((1, 2)), np.ones((3, 2)), np.ones((2, 1)), num_heads=1).tolist()
    [[2.0, 2.0]]
    """
    q, k, v = (split_heads(x @ w.T, num_heads) for w in np.split(packed, 3))
    return merge_heads(attention(q, k, v, mask)) @ w_out.T
