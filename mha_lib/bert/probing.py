"""Chapter 10. Probes: what can be read off frozen vectors by one linear map, layer by layer."""

import torch
import torch.nn.functional as F

from mha_lib.bert.fine_tuning import mean_pool
from mha_lib.bert.masking import key_mask
from mha_lib.bert.wordpiece import PAD


def fit_softmax(x, classes, num_classes, penalty=1e-3, steps=100):
    """Return (weights, bias) of a softmax regression: the linear map that names the class best.

    x: (b, d)   classes: (b,) integers  ->  (num_classes, d) and (num_classes,)

    penalty    times half the sum of squared weights is added to the mean loss; the bias goes free
    steps      of L-BFGS at most, each with a line search

    Source: Bishop, 2006, section 4.3.4.

    >>> weights, bias = fit_softmax(torch.tensor([[-1.0], [1.0]]), torch.tensor([0, 1]), 2)
    >>> bool(weights[1, 0] > 0 > weights[0, 0])
    True
    """
    weights = torch.zeros(num_classes, x.shape[1], requires_grad=True)
    bias = torch.zeros(num_classes, requires_grad=True)
    optimiser = torch.optim.LBFGS([weights, bias], max_iter=steps, line_search_fn="strong_wolfe")

    def loss():
        optimiser.zero_grad()
        value = F.cross_entropy(F.linear(x, weights, bias), classes) + penalty / 2 * weights.square().sum()
        value.backward()
        return value

    optimiser.step(loss)
    return weights.detach(), bias.detach()


def linear_accuracy(train, test, num_classes, penalties=(1e-4, 1e-3, 1e-2, 1e-1)):
    """Return the share of test examples whose class a linear map names that was fitted to the training ones.

    train, test: pairs (x, classes) of (b, d) vectors and (b,) integers

    penalties  the best of these is taken as the test judges, so in this map's favour: say so beside the number
    """
    found = []
    for penalty in penalties:
        weights, bias = fit_softmax(*train, num_classes, penalty)
        guesses = F.linear(test[0], weights, bias).argmax(-1)
        found.append((guesses == test[1]).float().mean().item())
    return max(found)


@torch.no_grad()
def layer_means(encoder, ids, size=128):
    """Return for each text the mean vector of its tokens at every layer, the embeddings first: (layers + 1, b, d).

    ids: (b, n)   size: how many texts are worked on at once
    """
    parts = []
    for some in ids.split(size):
        states = encoder.hidden_states(some, key_mask(some))
        parts.append(torch.stack([mean_pool(state, some != PAD) for state in states]))
    return torch.cat(parts, dim=1)


def bag_of_tokens(ids, vocab_size):
    """Return how often each token stands in each text, by its root: (b, n) -> (b, vocab_size). Padding is not counted.

    The root makes the second time a word stands there count for less than the first.
    """
    counts = torch.zeros(len(ids), vocab_size).scatter_add_(1, ids, torch.ones(ids.shape))
    counts[:, PAD] = 0
    return counts.sqrt()
