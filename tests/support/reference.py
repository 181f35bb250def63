"""The oracles: each library function once more, as plain loops over numbers. Slow, and hard to get wrong."""

import math

import numpy as np


def over_rows(function, *arrays, core):
    """Return `function` applied to every item of the leading axes; `core` is how many last axes it works on."""
    lead = np.broadcast_shapes(*(a.shape[: a.ndim - n] for a, n in zip(arrays, core, strict=True)))
    arrays = [np.broadcast_to(a, lead + a.shape[a.ndim - n :]) for a, n in zip(arrays, core, strict=True)]
    results = {index: function(*(a[index] for a in arrays)) for index in np.ndindex(*lead)}
    out = np.empty(lead + np.shape(next(iter(results.values()))))
    for index, result in results.items():
        out[index] = result
    return out


def dot(a, b):
    """(d,) and (d,) -> a number."""
    return math.fsum(float(x) * float(y) for x, y in zip(a, b, strict=True))


def cosine(a, b):
    """(d,) and (d,) -> a number; 0 where a vector has no length."""
    lengths = math.sqrt(dot(a, a)) * math.sqrt(dot(b, b))
    return dot(a, b) / lengths if lengths else 0.0


def pairwise(function, a, b):
    """(q, d) and (k, d) -> (q, k)."""
    return np.array([[function(x, y) for y in b] for x in a])


def softmax(row):
    """(k,) -> (k,). A row without any finite score gives zeros."""
    finite = [x for x in row if x > -math.inf]
    if not finite:
        return np.zeros(len(row))
    exponentials = [math.exp(x - max(finite)) for x in row]
    return np.array([e / math.fsum(exponentials) for e in exponentials])


def logsumexp(row):
    """(k,) -> a number."""
    return max(row) + math.log(math.fsum(math.exp(x - max(row)) for x in row))


def softmax_jacobian(row):
    """Scores (k,) -> (k, k), by central differences."""
    step = 1e-5
    columns = []
    for j in range(len(row)):
        up, down = list(row), list(row)
        up[j], down[j] = up[j] + step, down[j] - step
        columns.append((softmax(up) - softmax(down)) / (2 * step))
    return np.array(columns).T


def entropy(row):
    """(k,) -> a number, in nats."""
    return -math.fsum(w * math.log(w) for w in row if w > 0)


def causal_mask(num_queries, num_keys):
    """-> (q, k). Query i of q sits at position i + k - q."""
    return np.array([[j <= i + num_keys - num_queries for j in range(num_keys)] for i in range(num_queries)])


def attention_weights(q, k, mask):
    """(q, d), (k, d), (q, k) -> (q, k)."""
    root = math.sqrt(q.shape[1])
    rows = []
    for query, allowed in zip(q, mask, strict=True):
        row = [dot(query, key) / root if may else -math.inf for key, may in zip(k, allowed, strict=True)]
        rows.append(softmax(row))
    return np.array(rows)


def attention(q, k, v, mask):
    """(q, d), (k, d), (k, e), (q, k) -> (q, e)."""
    outputs = np.zeros((len(q), v.shape[1]))
    for i, weights in enumerate(attention_weights(q, k, mask)):
        for j, weight in enumerate(weights):
            for column in range(v.shape[1]):
                outputs[i, column] += weight * v[j, column]
    return outputs


def project(x, w):
    """(n, i) and (i, o) -> (n, o)."""
    return np.array([[dot(row, w[:, column]) for column in range(w.shape[1])] for row in x])


def padding_mask(lengths, num_keys):
    """-> (b, 1, k). Key j of a sentence is a word if j is below its length."""
    return np.array([[[j < length for j in range(num_keys)]] for length in lengths])


def masked_softmax(row, allowed):
    """(k,) and (k,) -> (k,). Only allowed keys enter the sum; with none allowed, zeros."""
    return softmax([score if may else -math.inf for score, may in zip(row, allowed, strict=True)])


def reads(attend, n, width):
    """-> (n, n). Whether output i moves when token j alone does, by central differences."""
    x = np.sin(np.arange(1.0, 1 + n * width)).reshape(n, width)
    moved = np.zeros((n, n), dtype=bool)
    for j in range(n):
        for column in range(width):
            step = np.zeros((n, width))
            step[j, column] = 1e-3
            moved[:, j] |= np.abs(attend(x + step) - attend(x - step)).max(axis=1) > 1e-9
    return moved


def split_heads(x, num_heads):
    """(n, d_model) -> (h, n, d). Head i owns the d columns from i * d on."""
    d = x.shape[1] // num_heads
    return np.array([[[row[head * d + column] for column in range(d)] for row in x] for head in range(num_heads)])


def merge_heads(x):
    """(h, n, d) -> (n, h * d)."""
    return np.array([[number for head in x for number in head[token]] for token in range(x.shape[1])])


def multi_head_attention(x, memory, matrices, num_heads, mask):
    """(q, m), (k, m), four of (m, m), (h, q, k) -> (q, m). One head after another, each with its own columns."""
    w_q, w_k, w_v, w_o = matrices
    d = w_q.shape[1] // num_heads
    output = np.zeros(x.shape)
    for head in range(num_heads):
        own = slice(head * d, (head + 1) * d)
        q, k, v = project(x, w_q[:, own]), project(memory, w_k[:, own]), project(memory, w_v[:, own])
        output += project(attention(q, k, v, mask[head]), w_o[own])
    return output


def divergence(p, q):
    """(k,) and (k,) -> a number, in bits: the mean of two relative entropies to the middle."""
    middle = [(a + b) / 2 for a, b in zip(p, q, strict=True)]
    terms = [a * math.log2(a / m) for row in (p, q) for a, m in zip(row, middle, strict=True) if a > 0]
    return math.fsum(terms) / 2


def sinusoidal_positions(num_positions, d_model):
    """-> (n, d_model). Column c of position p: pair c // 2, a sine if c is even, else a cosine."""
    waves = (math.sin, math.cos)
    return np.array(
        [[waves[c % 2](p / 10000 ** (c // 2 * 2 / d_model)) for c in range(d_model)] for p in range(num_positions)]
    )


def rotate(x, positions, base):
    """(n, d) and (n,) -> (n, d). Each pair of neighbours times a rotation matrix of its own."""
    turned = np.zeros(x.shape)
    for p, (position, row) in enumerate(zip(positions, x, strict=True)):
        for i in range(0, len(row), 2):
            angle = position / base ** (i / len(row))
            matrix = [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
            turned[p, i : i + 2] = [dot(line, row[i : i + 2]) for line in matrix]
    return turned


def alibi_bias(num_heads, num_queries, num_keys):
    """-> (h, q, k). Head h (from 1) loses 2 ** (-8h / H) a step."""
    bias = np.zeros((num_heads, num_queries, num_keys))
    for h, i, j in np.ndindex(*bias.shape):
        bias[h, i, j] = -abs(i + num_keys - num_queries - j) * 2 ** (-8 * (h + 1) / num_heads)
    return bias


def relative_bucket(offset, num_buckets, max_distance):
    """An offset -> its bucket, by walking up the edges."""
    half, alone = num_buckets // 2, num_buckets // 4
    growth = (max_distance / alone) ** (1 / (half - alone))
    bucket = min(abs(offset), alone)
    while alone <= bucket < half - 1 and abs(offset) * (1 + 1e-9) >= alone * growth ** (bucket + 1 - alone):
        bucket += 1
    return bucket + (half if offset > 0 else 0)


def attention_share(weights, wanted):
    """(b, h, q, k) and (b, q, k) -> (h,). Query after query that has a wanted key."""
    num_sentences, num_heads, num_queries, num_keys = weights.shape
    shares = [[] for _ in range(num_heads)]
    for b, h, i in np.ndindex(num_sentences, num_heads, num_queries):
        keys = [j for j in range(num_keys) if wanted[b, i, j]]
        if keys:
            shares[h].append(math.fsum(weights[b, h, i, j] for j in keys))
    return np.array([math.fsum(share) / len(share) for share in shares])


def induction_pairs(tokens):
    """(n,) -> (n, n). Query i wants the place after each earlier place of its token."""
    wanted = np.zeros((len(tokens), len(tokens)), dtype=bool)
    for i, token in enumerate(tokens):
        for s in range(i):
            if tokens[s] == token:
                wanted[i, s + 1] = True
    return wanted


def rollout(maps):
    """List of (h, n, n) -> (n, n). For each pair the sum over all paths, walked down from the last layer."""
    n = len(maps[0][0])

    def reach(layer, i, j):
        if layer < 0:
            return float(i == j)
        steps = [(math.fsum(head[i][m] for head in maps[layer]) / len(maps[layer]) + (i == m)) / 2 for m in range(n)]
        total = math.fsum(steps)
        return math.fsum(step / total * reach(layer - 1, m, j) for m, step in enumerate(steps))

    return np.array([[reach(len(maps) - 1, i, j) for j in range(n)] for i in range(n)])


def longest_common_subsequence(first, second):
    """Two short lists -> how many items the longest list has that can be made from both by leaving items out."""
    if not first or not second:
        return 0
    without = max(longest_common_subsequence(first[1:], second), longest_common_subsequence(first, second[1:]))
    return max(without, 1 + longest_common_subsequence(first[1:], second[1:])) if first[0] == second[0] else without
