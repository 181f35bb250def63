"""Chapter 23. Adversarial: the one word whose exchange hurts a model most, as its own gradient tells."""

import torch


def embedding_gradient(embedding, loss):
    """Return (vectors, gradient): what an embedding gave out during `loss()`, and how the loss changes with it.

    embedding: a torch.nn.Embedding   loss: a function () -> a number as a tensor   ->  two tensors (b, n, d_model)

    No parameter's gradient is touched.
    """
    caught = []

    def catch(module, inputs, output):
        caught.append(output.detach().requires_grad_())
        return caught[-1]

    handle = embedding.register_forward_hook(catch)
    try:
        (gradient,) = torch.autograd.grad(loss(), caught)
    finally:
        handle.remove()
    return caught[0].detach(), gradient


def promised_gain(vectors, gradient, candidates):
    """Return how much the loss would rise if each token became each candidate, were the loss a straight line.

    vectors, gradient: (b, n, d_model)   candidates: (c, d_model), the embeddings of other tokens  ->  (b, n, c)

    Source: Ebrahimi et al., 2018, section 3, for characters; here for tokens.
    """
    return gradient @ candidates.T - (gradient * vectors).sum(dim=-1, keepdim=True)


def swap_one(ids, gain, candidates, allowed):
    """Return `ids` with one token of each row exchanged: the allowed place and the candidate of the largest gain.

    ids: (b, n)   gain: (b, n, c)   candidates: (c,) token numbers   allowed: (b, n), True where a token may go
    ->  (b, n), a new tensor

    Raises ValueError if a row allows nothing.
    """
    if not bool(allowed.any(dim=-1).all()):
        raise ValueError("each row must allow at least one token to be exchanged")
    best = gain.masked_fill(~allowed[..., None], -torch.inf).flatten(1).argmax(dim=-1)
    places, chosen = best // gain.shape[-1], best % gain.shape[-1]
    swapped = ids.clone()
    swapped[torch.arange(len(ids)), places] = candidates[chosen]
    return swapped
