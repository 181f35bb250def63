"""Chapter 19. What the chapter runs in several processes: a started process can only call what lives in a module.

Each function is called in all processes of a group at once, and returns plain NumPy arrays, numbers and lists.
"""

import time

import torch
import torch.distributed as dist
from torch.nn.functional import cross_entropy

from mha_lib.heads.layers import FeedForward, MultiHeadAttention
from mha_lib.parallel.layers import ShardedAttention, ShardedFeedForward, average_gradients
from mha_lib.parallel.ring_parallel import ring_attention
from mha_lib.training.processes import device


def say_hello():
    """Return what this process holds before and after each collective: at first (rank + 1) * [1, 10, ...]."""
    rank, size = dist.get_rank(), dist.get_world_size()
    mine = (rank + 1) * 10.0 ** torch.arange(size, device=device())
    copied, summed = mine.clone(), mine.clone()
    gathered, piece = [torch.empty_like(mine) for _ in range(size)], mine.new_empty(1)
    dist.broadcast(copied, src=0)
    dist.all_reduce(summed)
    dist.all_gather(gathered, mine)
    dist.reduce_scatter(piece, list(mine.chunk(size)))
    held = {"broadcast": copied, "all-reduce": summed, "all-gather": torch.cat(gathered), "reduce-scatter": piece}
    return {"before": mine.tolist()} | {name: tensor.tolist() for name, tensor in held.items()}


def time_all_reduce(sizes, repeats=5):
    """Return the shortest time that an all-reduce of so many float32 numbers took, for each size, in seconds."""
    times = []
    for size in sizes:
        numbers, seconds = torch.ones(size, device=device()), []
        for _ in range(repeats):
            dist.barrier()
            start = time.perf_counter()
            dist.all_reduce(numbers)
            seconds.append(time.perf_counter() - start)
        times.append(min(seconds))
    return times


def classifier(seed=0):
    """Return a small classifier in float64, the same for everybody with the same seed: 4 numbers in, 3 classes."""
    torch.manual_seed(seed)
    return torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3)).double().to(device())


def gradient_of_share(x, labels, cuts):
    """Return the whole gradient as it is after an exchange, for the share of a batch between two cuts.

    x: (n, 4)   labels: (n,)   cuts: where the shares begin and end: (p + 1,)
    ->  the gradient of this share alone, the mean over the processes, and the mean over the examples
    """
    rank = dist.get_rank()
    mine = slice(cuts[rank], cuts[rank + 1])
    model = classifier()
    cross_entropy(model(torch.from_numpy(x[mine]).to(device())), torch.from_numpy(labels[mine]).to(device())).backward()
    alone = flat(model)
    mean_of_means = alone.clone()
    dist.all_reduce(mean_of_means)
    average_gradients(model, count=len(x[mine]))
    return alone.cpu().numpy(), (mean_of_means / dist.get_world_size()).cpu().numpy(), flat(model).cpu().numpy()


def flat(model):
    """Return all gradients of a model as one long array."""
    return torch.cat([parameter.grad.flatten() for parameter in model.parameters()])


def whole_layers(d_model, num_heads, d_ff, seed=0):
    """Return an attention and a feed-forward layer in float64, the same for everybody with the same seed."""
    torch.manual_seed(seed)
    layers = torch.nn.ModuleList([MultiHeadAttention(d_model, num_heads), FeedForward(d_model, d_ff)])
    return layers.double().to(device())


def run_block(x, num_heads, d_ff):
    """Return what sharded layers make of x: output, gradient of x, number of parameters in this process.

    x: (b, n, d_model)
    """
    attention, feed_forward = whole_layers(x.shape[-1], num_heads, d_ff)
    attention, feed_forward = ShardedAttention(attention), ShardedFeedForward(feed_forward)
    x = torch.from_numpy(x).to(device()).requires_grad_()
    read = x + attention(x, is_causal=True)
    output = read + feed_forward(read)
    output.square().sum().backward()
    number = sum(parameter.numel() for layer in (attention, feed_forward) for parameter in layer.parameters())
    return output.detach().cpu().numpy(), x.grad.cpu().numpy(), number


def run_ring(q, k, v):
    """Return what causal attention gives this process's block of queries, and the gradients of its q, k and v.

    q, k, v: (..., n, d), the whole sequence, of which this process takes its block alone
    """
    rank, size = dist.get_rank(), dist.get_world_size()
    blocks = [torch.from_numpy(array).chunk(size, dim=-2)[rank] for array in (q, k, v)]
    own = [block.clone().to(device()).requires_grad_() for block in blocks]
    output = ring_attention(*own, is_causal=True)
    output.square().sum().backward()
    return [tensor.detach().cpu().numpy() for tensor in (output, *(block.grad for block in own))]
