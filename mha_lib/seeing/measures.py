"""Chapter 11. Seeing: what heads look at, in numbers. A guess is a table of wanted pairs, and the weights judge it.

Weights have shape (b, h, q, k). `wanted` and the tables made here have shape (b, q, k), True where the guess says that
the query looks at the key. `real` has shape (b, n), False for [CLS], [SEP] and padding, which are then left out.
"""

import numpy as np

from mha_lib.softmax import entropy


def attention_share(weights, wanted):
    """Return the share of each head's attention that goes to the wanted pairs: 0 none of it, 1 all.

    weights: (b, h, q, k)   wanted: (b, q, k) booleans  ->  (h,)

    The mean over all queries that have a wanted key, of all sentences together; other queries are not asked.
    What a head would get by dividing its attention evenly is the number to compare with.
    Raises ValueError if no query has a wanted key, or for shapes that do not fit.

    >>> weights, wanted = [[[[1.0, 0.0], [0.75, 0.25]]]], [[[False, False], [True, False]]]
    >>> attention_share(weights, wanted).tolist()
    [0.75]
    """
    weights, wanted = np.asarray(weights, dtype=float), np.asarray(wanted, dtype=bool)
    if weights.ndim != 4 or wanted.shape != (len(weights), *weights.shape[2:]):
        raise ValueError(f"weights must be (b, h, q, k) and wanted (b, q, k), got {weights.shape} and {wanted.shape}")
    asks = wanted.any(axis=-1)
    if not asks.any():
        raise ValueError("no query has a wanted key in these sentences, so there is nothing to average")
    return np.einsum("bhqk,bqk->h", weights, wanted) / asks.sum()


def share_table(maps, wanted):
    """Return the shares of all heads of all layers: a list of (b, h, q, k), one a layer  ->  (layers, h).

    >>> share_table([np.eye(2)[None, None]] * 3, np.eye(2, dtype=bool)[None]).tolist()
    [[1.0], [1.0], [1.0]]
    """
    return np.stack([attention_share(weights, wanted) for weights in maps])


def best_head(table):
    """Return (layer, head) of the largest entry, both counted from 0: (layers, h) -> two integers.

    >>> best_head([[0.1, 0.2], [0.9, 0.3]])
    (1, 0)
    """
    layer, head = np.unravel_index(np.argmax(table), np.shape(table))
    return int(layer), int(head)


def offset_pairs(real, offset):
    """Return the pairs whose key stands `offset` places after its query, both real tokens: -1 is the previous token.

    real: (b, n) booleans  ->  (b, n, n)

    >>> offset_pairs([[True, True, True]], -1)[0].astype(int).tolist()
    [[0, 0, 0], [1, 0, 0], [0, 1, 0]]
    """
    real = np.asarray(real, dtype=bool)
    return np.eye(real.shape[-1], k=offset, dtype=bool) & both(real)


def same_token_pairs(tokens, real):
    """Return the pairs of two different places that hold the same token, both real.

    tokens: (b, n) whole numbers   real: (b, n) booleans  ->  (b, n, n)

    >>> same_token_pairs([[7, 8, 7]], [[True, True, True]])[0].astype(int).tolist()
    [[0, 0, 1], [0, 0, 0], [1, 0, 0]]
    """
    tokens = np.asarray(tokens)
    same = tokens[..., :, None] == tokens[..., None, :]
    return same & ~np.eye(tokens.shape[-1], dtype=bool) & both(real)


def induction_pairs(tokens):
    """Return the pairs in which the key follows an earlier occurrence of the query's token.

    tokens: (b, n) whole numbers  ->  (b, n, n)

    Query i wants key s + 1 if s < i and tokens[s] == tokens[i]. No wanted key lies after its query.
    Source: Elhage et al., 2021, "Induction heads"; Olsson et al., 2022.

    >>> induction_pairs([[7, 8, 7]])[0].astype(int).tolist()
    [[0, 0, 0], [0, 0, 0], [0, 1, 0]]
    """
    tokens = np.asarray(tokens)
    same = tokens[..., :, None] == tokens[..., None, :-1]  # the last token has no follower
    earlier = np.tri(tokens.shape[-1], tokens.shape[-1] - 1, k=-1, dtype=bool)
    nobody = np.zeros((*tokens.shape, 1), dtype=bool)
    return np.concatenate([nobody, same & earlier], axis=-1)


def partner_pairs(tokens, opening, closing):
    """Return the pairs from an opening token to the closing one that ends it; the transposed table asks the way back.

    tokens: (b, n) whole numbers   opening, closing: two tokens, such as the numbers of ( and )  ->  (b, n, n)

    An opening without an end, or an end without a beginning, has no partner.

    >>> partner_pairs([[1, 1, 5, 2]], opening=1, closing=2)[0].astype(int).tolist()
    [[0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]]
    """
    pairs = np.zeros((*np.shape(tokens), np.shape(tokens)[-1]), dtype=bool)
    for table, row in zip(pairs, tokens, strict=True):
        open_places = []
        for place, token in enumerate(row):
            if token == opening:
                open_places.append(place)
            elif token == closing and open_places:
                table[open_places.pop(), place] = True
    return pairs


def even_weights(real):
    """Return the weights of one head that divides its attention evenly over the real tokens: (b, n) -> (b, 1, n, n).

    What `attention_share` gives for them is the level of chance. A sentence without real tokens gets zeros.

    >>> even_weights([[True, True, False]])[0, 0, 0].tolist()
    [0.5, 0.5, 0.0]
    """
    real = np.asarray(real, dtype=float)
    row = real / np.maximum(real.sum(axis=-1, keepdims=True), 1.0)
    return np.repeat(row[:, None, None, :], real.shape[-1], axis=2)


def attention_entropy(weights, real):
    """Return how spread out each head's attention is, in nats, averaged over the real queries.

    weights: (b, h, q, k)   real: (b, q) booleans  ->  (h,)

    0 if each query looks at a single key, log(k) if at all keys alike. Weights on any key count.

    >>> attention_entropy(np.eye(2)[None, None], [[True, True]]).tolist()
    [0.0]
    """
    return _over_queries(entropy(weights), real)


def attention_distance(weights, real):
    """Return how many places away each head looks, on average over its weights and over the real queries.

    weights: (b, h, n, n)   real: (b, n) booleans  ->  (h,)

    Two heads can agree in it and look in opposite directions. Source: Clark et al., 2019, section 3.

    >>> attention_distance(np.full((1, 1, 2, 2), 0.5), [[True, True]]).tolist()
    [0.5]
    """
    places = np.arange(np.shape(weights)[-1])
    away = np.abs(places[:, None] - places)
    return _over_queries(np.sum(np.asarray(weights, dtype=float) * away, axis=-1), real)


def rollout(maps):
    """Return how much of each token's first vector is left in each place after all layers, as the weights tell it.

    maps: one (..., h, n, n) for each layer, the first layer first  ->  (..., n, n), each row summing to 1

    The heads are averaged and taken half and half with the residual path, 0.5 A + 0.5 I; rows are made to sum to 1
    again, for those of a query that attended to nothing would not; then layer after layer multiplies from the left.
    It knows nothing of values, of feed-forward layers, or of how large what a layer adds is.
    Raises ValueError if there is no layer, or if a map is not square.
    Source: Abnar and Zuidema, 2020, section 3, eq. 1.

    >>> rollout([[[[1.0, 0.0], [1.0, 0.0]]]] * 2).tolist()
    [[1.0, 0.0], [0.75, 0.25]]
    """
    maps = [np.asarray(weights, dtype=float).mean(axis=-3) for weights in maps]
    if not maps:
        raise ValueError("there are no layers to roll out; pass a list with one map (..., h, n, n) for each")
    num_tokens = _square(maps)
    result = np.eye(num_tokens)
    for weights in maps:
        mixed = 0.5 * weights + 0.5 * np.eye(num_tokens)
        result = mixed / mixed.sum(axis=-1, keepdims=True) @ result
    return result


def both(real):
    """Return the pairs in which query and key are real: (b, n) -> (b, n, n).

    >>> both([[True, False]])[0].tolist()
    [[True, False], [False, False]]
    """
    real = np.asarray(real, dtype=bool)
    return real[..., :, None] & real[..., None, :]


def _over_queries(numbers, real):
    """Return the mean over the real queries of all sentences: (b, h, q), (b, q) -> (h,)."""
    real = np.asarray(real, dtype=bool)
    if not real.any():
        raise ValueError("none of the queries is real, so there is nothing to average")
    return np.moveaxis(numbers, 1, 0)[:, real].mean(axis=-1)


def _square(maps):
    """Return n, or raise ValueError unless every map is (..., n, n) with the same n."""
    sizes = {weights.shape[-2:] for weights in maps}
    num_tokens = maps[0].shape[-1]
    if sizes != {(num_tokens, num_tokens)}:
        raise ValueError(f"rollout needs self-attention over one number of tokens, got (q, k) in {sorted(sizes)}")
    return num_tokens
