"""Chapter 19. The ring between real processes: chapter 14's algorithm, its tiles on different machines."""

import math

import torch
import torch.distributed as dist


def ring_attention(q, k, v, is_causal=False):
    """Return what this process's queries read from the keys and values of all processes.

    q, k: (..., n / p, d)   v: (..., n / p, e), this process's block of the sequence  ->  (..., n / p, e)

    Process r holds tokens r * n / p to (r + 1) * n / p, all blocks being equally long. No process ever holds more than
    its own block and one that comes by. Gradients go round with the keys and values that they belong to.
    Source: Liu et al., 2023, section 3; the backward pass as in Dao, 2023, algorithm 2.
    """
    return Ring.apply(q, k, v, is_causal)


class Ring(torch.autograd.Function):
    """Attention round a ring, forward and backward."""

    @staticmethod
    def forward(ctx, q, k, v, is_causal):
        """Return the output of this process's queries, and keep one number a query for the way back."""
        own = -math.inf * torch.ones_like(q[..., 0]), torch.zeros_like(q[..., 0]), torch.zeros_like(v)
        packet = torch.cat([k, v], dim=-1)
        for source in sources():
            arriving = pass_on(packet)  # on its way while we compute
            if not is_causal or source <= dist.get_rank():
                keys, values = packet.split([k.shape[-1], v.shape[-1]], dim=-1)
                own = merged(own, scores_of(q, keys, is_causal and source == dist.get_rank()), values)
            packet = arriving()
        maximum, normaliser, accumulator = own
        output = accumulator / normaliser[..., None]
        ctx.save_for_backward(q, k, v, output, maximum + normaliser.log())
        ctx.is_causal = is_causal
        return output

    @staticmethod
    def backward(ctx, gradient):
        """Return the gradients of this process's q, k and v."""
        q, k, v, output, log_sum_exp = ctx.saved_tensors
        row_dot, q_gradient = (gradient * output).sum(-1, keepdim=True), torch.zeros_like(q)
        widths, scale = [k.shape[-1], v.shape[-1]] * 2, 1 / math.sqrt(q.shape[-1])
        packet = torch.cat([k, v, torch.zeros_like(k), torch.zeros_like(v)], dim=-1)
        for source in sources():
            if not ctx.is_causal or source <= dist.get_rank():
                keys, values, k_gradient, v_gradient = packet.split(widths, dim=-1)  # views: += changes the packet
                scores = scores_of(q, keys, ctx.is_causal and source == dist.get_rank())
                weights = torch.exp(scores - log_sum_exp[..., None])
                slopes = weights * (gradient @ values.transpose(-2, -1) - row_dot) * scale
                q_gradient += slopes @ keys
                k_gradient += slopes.transpose(-2, -1) @ q
                v_gradient += weights.transpose(-2, -1) @ gradient
            packet = pass_on(packet)()
        _, _, k_gradient, v_gradient = packet.split(widths, dim=-1)  # after p rounds it is home again
        return q_gradient, k_gradient, v_gradient, None


def sources():
    """Yield the process whose block is at hand in each round: our own first, then the one before us, and so on."""
    rank, size = dist.get_rank(), dist.get_world_size()
    return [(rank - step) % size for step in range(size)]


def pass_on(packet):
    """Send a tensor to the next process, and return a function that waits for the one from the process before.

    ->  () -> a tensor of the same shape. The packet must not be changed before that function returns.
    """
    rank, size = dist.get_rank(), dist.get_world_size()
    if size == 1:
        return lambda: packet
    packet, arriving = packet.contiguous(), torch.empty_like(packet, memory_format=torch.contiguous_format)
    send = dist.P2POp(dist.isend, packet, (rank + 1) % size)
    receive = dist.P2POp(dist.irecv, arriving, (rank - 1) % size)
    started = dist.batch_isend_irecv([send, receive])

    def wait():
        for work in started:
            work.wait()
        return arriving

    return wait


def scores_of(q, k, is_own):
    """Return scaled scores; in a causal ring, those of our own block hide what stands later: (..., q, k)."""
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    if not is_own:
        return scores
    return scores.masked_fill(torch.ones_like(scores, dtype=torch.bool).triu(1), -math.inf)


def merged(partial, scores, v):
    """Return a partial result, (maximum, normaliser, accumulator), with one more block of keys merged in.

    No row of scores may be -inf alone: in a ring every query meets its own key first.
    """
    maximum, normaliser, accumulator = partial
    higher = torch.maximum(maximum, scores.amax(dim=-1))
    weights, kept = torch.exp(scores - higher[..., None]), torch.exp(maximum - higher)
    return higher, normaliser * kept + weights.sum(dim=-1), accumulator * kept[..., None] + weights @ v
