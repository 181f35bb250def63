"""Chapter 19. Parallel: layers and gradients divided among the processes of a group.

All processes of the group call the same functions in the same order; `mha_lib.parallel.starting.in_processes` or
`mha_lib.training.processes.group` makes the group. Nothing here knows whether it runs on CPUs with gloo or
on GPUs with nccl.
"""

import torch
import torch.distributed as dist
from torch import nn

from mha_lib.heads.layers import MultiHeadAttention
from mha_lib.parallel.sharding import check_shards


class Sum(torch.autograd.Function):
    """The sum over all processes; on the way back each of them has the gradient of it already.

    Source: Shoeybi et al., 2019, section 3, "g".
    """

    @staticmethod
    def forward(ctx, x):
        """Return the sum of all processes' tensors, in all of them."""
        whole = x.clone(memory_format=torch.contiguous_format)
        dist.all_reduce(whole)
        return whole

    @staticmethod
    def backward(ctx, gradient):
        """Return the gradient as it is."""
        return gradient


class Enter(torch.autograd.Function):
    """Nothing; on the way back the sum of what all processes found out about their common input.

    Source: Shoeybi et al., 2019, section 3, "f".
    """

    @staticmethod
    def forward(ctx, x):
        """Return the tensor as it is."""
        return x.view_as(x)

    @staticmethod
    def backward(ctx, gradient):
        """Return the sum of all processes' gradients."""
        return Sum.forward(ctx, gradient)


class ShardedAttention(MultiHeadAttention):
    """The heads of an attention layer that this process owns: with those of the others, it returns what the layer does.

    layer: the whole `MultiHeadAttention`, the same in all processes   x, memory, mask: as it takes them, the same in
    all processes   ->  (b, q, d_model), the same in all processes

    Of h heads on p processes, process r owns heads r * h / p to (r + 1) * h / p: their rows of q, k and v, and their
    columns of the output's matrix. The output's bias is added once, after the sum. One all-reduce forward, one back.
    Raises ValueError if the processes cannot share the heads evenly, or if the layer has positions.
    Source: Shoeybi et al., 2019, section 3 and figure 3.
    """

    def __init__(self, layer):
        rank, size = dist.get_rank(), dist.get_world_size()
        check_shards(layer.project_qkv.out_features, layer.num_heads, size)
        if layer.positions is not None:
            raise ValueError(f"ShardedAttention has no place for positions ({type(layer.positions).__name__})")
        super().__init__(layer.project_out.out_features, layer.num_heads, dropout=layer.dropout)
        self.num_heads = layer.num_heads // size
        self.project_qkv = shard_of_rows(layer.project_qkv, 3, rank, size)
        self.project_out, self.bias = shard_of_columns(layer.project_out, rank, size)

    def forward(self, x, memory=None, mask=None, is_causal=False):
        """Return what each token of `x` reads from `memory`, or from `x` itself: (b, q, d_model)."""
        x = Enter.apply(x)
        memory = x if memory is None else Enter.apply(memory)
        heads = self.attend(*self.project(x, memory), self.own_heads(mask), is_causal)
        return with_bias(Sum.apply(self.project_out(heads.transpose(1, 2).flatten(2))), self.bias)

    def own_heads(self, mask):
        """Return the part of a mask that is about this process's heads."""
        whole = self.num_heads * dist.get_world_size()
        if mask is None or mask.ndim < 4 or mask.shape[1] != whole:
            return mask
        return mask.chunk(dist.get_world_size(), dim=1)[dist.get_rank()]


class ShardedFeedForward(nn.Module):
    """The neurons of a feed-forward layer that this process owns: with those of the others, it returns what that does.

    layer: the whole `FeedForward`, the same in all processes   x: (..., d_model)  ->  (..., d_model), both as well

    A neuron bends its own sum and no other, so neurons can be divided; the bend must come before the all-reduce.
    Raises ValueError if the processes cannot share the neurons evenly.
    Source: Shoeybi et al., 2019, section 3, figure 3.
    """

    def __init__(self, layer):
        super().__init__()
        rank, size, d_ff = dist.get_rank(), dist.get_world_size(), layer.project_in.out_features
        if d_ff % size:
            raise ValueError(f"{d_ff} neurons cannot be shared evenly by {size} processes")
        self.activation, self.dropout = layer.activation, layer.dropout
        self.project_in = shard_of_rows(layer.project_in, 1, rank, size)
        self.project_out, self.bias = shard_of_columns(layer.project_out, rank, size)

    def forward(self, x):
        """Return each token after its two projections."""
        hidden = self.dropout(self.activation(self.project_in(Enter.apply(x))))
        return with_bias(Sum.apply(self.project_out(hidden)), self.bias)


def shard_of_rows(linear, num_blocks, rank, size):
    """Return process `rank`'s part of a projection's outputs, taken from each of its packed blocks, as a projection."""

    def own(packed):
        return packed.unflatten(0, (num_blocks, size, -1))[:, rank].flatten(0, 1)

    return filled(own(linear.weight), None if linear.bias is None else own(linear.bias))


def shard_of_columns(linear, rank, size):
    """Return process `rank`'s part of a projection's inputs, as a projection without bias, and the whole bias."""
    bias = None if linear.bias is None else nn.Parameter(linear.bias.detach().clone())
    return filled(linear.weight.chunk(size, dim=1)[rank], None), bias


def filled(weight, bias):
    """Return a projection with copies of a weight and of a bias, if there is one."""
    linear = nn.Linear(weight.shape[1], weight.shape[0], bias is not None, weight.device, weight.dtype)
    with torch.no_grad():
        linear.weight.copy_(weight)
        if bias is not None:
            linear.bias.copy_(bias)
    return linear


def with_bias(x, bias):
    """Return `x` with the bias added, if there is one."""
    return x if bias is None else x + bias


def average_gradients(model, count):
    """Set the gradients of a model to those of the whole batch, given how many examples this process's mean was over.

    The models must be the same in all processes. A process with a count of 0 need not have gradients, and what they
    hold is not read. All travel as one long array, since every message costs its time however short it is.
    Source: Goyal et al., 2017, section 2.3: weigh by the examples of all processes.
    """
    parameters = list(model.parameters())
    mine = [(p.grad if count else torch.zeros_like(p)).flatten() for p in parameters]
    sent = torch.cat([*mine, parameters[0].new_ones(1)]) * count
    dist.all_reduce(sent)
    parts = (sent[:-1] / sent[-1]).split([p.numel() for p in parameters])
    for parameter, part in zip(parameters, parts, strict=True):
        parameter.grad = part.view_as(parameter).clone()
