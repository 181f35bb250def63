"""Exercises of chapter 16: the cache's size, heads that share, an input that tells sharers apart, windows, sums."""

import numpy as np

from mha_lib.attention import attention
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.exposure import Exposure, misses
from mha_lib.grouped import grouped_attention, pool_heads
from mha_lib.linear_attention import causal_linear_attention, linear_attention, linear_weights, positive_features
from mha_lib.masks import causal_mask
from mha_lib.variants import cache_bytes
from mha_lib.windows import window_mask, with_global_tokens

WHAT_IS_KEPT = "What does the next token need of an old one, and in how many layers?"
HOW_LONG = (
    "A window drops what is too old. How many tokens are kept of a text that is shorter than it, and of a longer one?"
)
UNIT = "Bytes were asked for. How many has one number?"
WHICH_GROUP = "Six query heads, two heads of keys. Write down for each query head which keys it reads."
ONE_OWNER = "Do two groups read the same? Change the last head of keys: which outputs should move?"
OWN_QUERY = "What do the heads of a group share, and what does each keep to itself?"
WHO_SHARES = "Which heads will share one head of keys: neighbours, or those some places apart?"
MEAN = "If all heads of a group were equal already, what should pooling leave you with?"
LAST_QUERY = "The last query is the newest token. At which key does it stand?"
COUNT_KEYS = "With before = 2 and after = 0, how many keys does the last query see, itself included?"
SIDES = "Read one row aloud: how many keys before the query, how many after it?"
BOTH_WAYS = "A global token sees everybody, and everybody sees it. Which of the two is a row, which a column?"
SELF = "Place i may attend to itself. In which order do you write and read?"
ROW_SUM = "Which number makes the weights of one query sum to 1? It depends on the query and on all keys so far."
FEATURES = "Which vectors become features, and what is a feature of 0?"
PAST = "What does token 1 know of token 2?"


def bytes_of_a_cache(num_tokens, num_layers, num_kv_heads, d_head, batch=1, itemsize=2, window=None):
    """Return the bytes of keys and values of all layers."""
    kept = num_tokens if window is None else min(num_tokens, window)
    numbers = 2 * num_layers * batch * kept * num_kv_heads * d_head
    return numbers * itemsize


def bytes_token_by_token(num_tokens, num_layers, num_kv_heads, d_head, batch=1, itemsize=2, window=None):
    """Return the same, adding up the tokens that are kept."""
    one = sum(num_kv_heads * d_head * itemsize for _ in ("key", "value")) * num_layers
    return sum(one for place in range(num_tokens) if window is None or place >= num_tokens - window) * batch


def bytes_probes(rng):
    """Return sizes: the worked example, one of everything, a batch, float32, a window not filled, a window filled."""
    tokens, layers, heads, d = (int(size) for size in rng.permutation([5, 7, 11, 13]))
    return [
        Probe("the worked example", (10, 2, 4, 8)),
        Probe("one token, layer and head", (1, 1, 1, 3)),
        Probe("sizes that are all different", (tokens, layers, heads, d)),
        Probe("a batch of 3", (tokens, layers, heads, d, 3)),
        Probe("float32", (tokens, layers, heads, d), {"itemsize": 4}),
        Probe("a window that the text does not fill", (9, 3, 2, 5), {"window": 12}),
        Probe("a window of 4", (9, 3, 2, 5, 2), {"window": 4}),
    ]


NUMBERS = "2 * num_layers * batch * kept * num_kv_heads * d_head"

CACHE_BYTES = Exercise(
    reference=cache_bytes,
    worked=bytes_of_a_cache,
    returns="the number of bytes, an integer",
    probes=bytes_probes,
    mistakes=(
        edit("counts the keys alone", WHAT_IS_KEPT, (NUMBERS, NUMBERS.removeprefix("2 * "))),
        edit("counts one layer", WHAT_IS_KEPT, ("num_layers * ", "")),
        edit("counts one head", "Does each head of keys keep its own?", (" * num_kv_heads", "")),
        edit("counts one sequence", "Do two readers share a cache?", ("batch * ", "")),
        edit(
            "keeps a table of scores", "Are scores kept from step to step?", ("kept * num_kv", "kept * kept * num_kv")
        ),
        edit("numbers instead of bytes", UNIT, ("numbers * itemsize", "numbers")),
        edit("bits instead of bytes", UNIT, ("numbers * itemsize", "numbers * itemsize * 8")),
        edit(
            "ignores the window", HOW_LONG, ("num_tokens if window is None else min(num_tokens, window)", "num_tokens")
        ),
        edit("a window that is always full", HOW_LONG, ("min(num_tokens, window)", "window")),
        edit("the longer of text and window", HOW_LONG, ("min(num_tokens, window)", "max(num_tokens, window)")),
    ),
    equivalents=(bytes_token_by_token,),
    hints=(
        "Begin with one token in one layer. What is kept of it?",
        "Two vectors of width d_head for each head of keys and values. How many tokens are left after the window?",
        "2 * num_layers * batch * min(num_tokens, window) * num_kv_heads * d_head * itemsize",
    ),
)


def read_in_groups(q, k, v, mask=None):
    """Return what each query head reads, the heads of keys and values repeated for it."""
    repeats = q.shape[-3] // k.shape[-3]
    keys = np.repeat(k, repeats, axis=-3)
    values = np.repeat(v, repeats, axis=-3)
    return attention(q, keys, values, mask)


def read_head_by_head(q, k, v, mask=None):
    """Return the same, one query head after another."""
    num_heads, repeats = q.shape[-3], q.shape[-3] // k.shape[-3]
    masks = [None] * num_heads
    if mask is not None:
        masks = np.moveaxis(np.broadcast_to(mask, (*q.shape[:-1], k.shape[-2])), -3, 0)
    heads = [
        attention(q[..., i, :, :], k[..., i // repeats, :, :], v[..., i // repeats, :, :], masks[i])
        for i in range(num_heads)
    ]
    return np.stack(heads, axis=-3)


def read_by_index(q, k, v, mask=None):
    """Return the same, the shared heads picked by number."""
    owner = np.arange(q.shape[-3]) * k.shape[-3] // q.shape[-3]
    return attention(q, k[..., owner, :, :], v[..., owner, :, :], mask)


def queries_of_a_group_averaged(q, k, v, mask=None):
    """Return attention of the mean query of each group, once for each of its heads."""
    repeats = q.shape[-3] // k.shape[-3]
    grouped = q.reshape(*q.shape[:-3], k.shape[-3], repeats, *q.shape[-2:])
    mean = np.broadcast_to(grouped.mean(axis=-3, keepdims=True), grouped.shape).reshape(q.shape)
    return read_in_groups(mean, k, v, mask)


def heads(rng, h, g, num_queries, num_keys, d, e, *lead):
    """Return queries of h heads, and keys and values of g heads."""
    return draw(rng, *lead, h, num_queries, d), draw(rng, *lead, g, num_keys, d), draw(rng, *lead, g, num_keys, e)


def grouped_probes(rng):
    """Return heads: the worked example, all of one's own, one for all, square, batches, masks, groups."""
    keys = np.zeros((2, 1, 2))
    some = np.tril(np.ones((4, 3, 5), dtype=bool), 2)
    some[1] = ~np.eye(3, 5, dtype=bool)
    return [
        Probe("the worked example", (np.zeros((4, 1, 2)), keys, np.array([[[3.0]], [[5.0]]]))),
        Probe("3 heads of keys for 3 heads of queries", heads(rng, 3, 3, 2, 4, 5, 2)),
        Probe("1 head of keys for all", heads(rng, 4, 1, 2, 3, 5, 2)),
        Probe("4 queries and keys, 4 heads over 2", heads(rng, 4, 2, 4, 4, 4, 4)),
        Probe("a batch of 1", heads(rng, 4, 2, 3, 5, 2, 3, 1)),
        Probe("a batch of 3", heads(rng, 6, 2, 2, 4, 5, 3, 3)),
        Probe("a mask for each head", heads(rng, 4, 2, 3, 5, 2, 3), {"mask": some}),
        Probe("8 heads over 4 under a causal mask", heads(rng, 8, 4, 3, 5, 2, 3), {"mask": causal_mask(3, 5)}),
        Probe("6 heads over 2", heads(rng, 6, 2, 3, 5, 4, 2)),
    ]


KEYS, VALUES = "np.repeat(k, repeats, axis=-3)", "np.repeat(v, repeats, axis=-3)"
DEALT = "np.concatenate([{0}] * repeats, axis=-3)"

GROUPED_ATTENTION = Exercise(
    reference=grouped_attention,
    worked=read_in_groups,
    returns="what each query head reads: (..., h, q, e)",
    probes=grouped_probes,
    mistakes=(
        edit("deals the heads out in turn", WHICH_GROUP, (KEYS, DEALT.format("k")), (VALUES, DEALT.format("v"))),
        edit("deals out the keys, groups the values", WHICH_GROUP, (KEYS, DEALT.format("k"))),
        edit("groups the keys, deals out the values", WHICH_GROUP, (VALUES, DEALT.format("v"))),
        edit("all heads read the first", ONE_OWNER, (KEYS, "k[..., :1, :, :]"), (VALUES, "v[..., :1, :, :]")),
        edit(
            "averages the heads of keys and values",
            ONE_OWNER,
            (KEYS, "k.mean(axis=-3, keepdims=True)"),
            (VALUES, "v.mean(axis=-3, keepdims=True)"),
        ),
        rewrite("averages the queries of a group", OWN_QUERY, queries_of_a_group_averaged),
        edit(
            "repeats the tokens instead of the heads",
            "Which axis counts heads, and which counts tokens? What should the shape of the keys be afterwards?",
            (KEYS, "np.repeat(k, repeats, axis=-2)"),
            (VALUES, "np.repeat(v, repeats, axis=-2)"),
        ),
        edit(
            "scales by the root of all heads' width",
            "Which vectors are dotted: whole rows, or one head's share of them?",
            ("attention(q,", "attention(q / np.sqrt(q.shape[-3]),"),
        ),
        edit("ignores the mask", "Hide a key from one head. Does your output change?", (", mask)", ")")),
    ),
    equivalents=(read_head_by_head, read_by_index),
    hints=(
        "Once each query head has keys and values of its own, it is ordinary attention.",
        "h / g neighbouring heads read the same keys. The order is 0, 0, 0, 1, 1, 1, and not 0, 1, 0, 1, 0, 1.",
        "np.repeat(k, h // g, axis=-3), the same for v, then mha.attention(q, k, v, mask).",
    ),
)


def expose_sharing():
    """Return an input on which every broken version differs: 4 heads over 2, all different, and a mask."""
    q = np.array([[[1.0, 0.0]], [[0.0, 2.0]], [[-1.0, 1.0]], [[2.0, 1.0]]])
    k = np.array([[[1.0, 0.0], [0.0, 1.0], [2.0, -1.0]], [[-1.0, 2.0], [1.0, 1.0], [0.0, 3.0]]])
    v = np.array([[[1.0], [2.0], [4.0]], [[-8.0], [16.0], [32.0]]])
    return q, k, v, np.array([[True, True, False]])


def expose_with_a_batch():
    """Return the same with a batch axis."""
    q, k, v, mask = expose_sharing()
    return q[None], k[None], v[None], mask


def _one_for_all():
    q, k, v, mask = expose_sharing()
    return q, k[:1], v[:1], mask


def _one_each():
    q, k, v, mask = expose_sharing()
    return q[:2], k, v, mask


def _same_keys():
    q, k, v, mask = expose_sharing()
    return q, np.stack([k[0], k[0]]), v, mask


def _same_values():
    q, k, v, mask = expose_sharing()
    return q, k, np.stack([v[0], v[0]]), mask


def _alone():
    q, k, v, mask = expose_sharing()
    return q[:1], k[:1], v[:1], mask


def _no_mask():
    return expose_sharing()[:3]


EXPOSE_SHARING = Exposure(
    reference=expose_sharing,
    target=GROUPED_ATTENTION,
    mistakes=(
        misses(
            "deals the heads out in turn", "With how many heads of keys is dealing the same as grouping?", _one_for_all
        ),
        misses("deals out the keys, groups the values", "When does it not matter whose keys are read?", _same_keys),
        misses("groups the keys, deals out the values", "When does it not matter whose values are read?", _same_values),
        misses("all heads read the first", "With how many heads of keys is the first the right one?", _one_for_all),
        misses("averages the heads of keys and values", "When is a mean of heads the head itself?", _one_for_all),
        misses("averages the queries of a group", "When is a group as small as it can be?", _one_each),
        misses("scales by the root of all heads' width", "How many heads must there be for a wrong root?", _alone),
        misses("ignores the mask", "Does your input have a mask that hides something?", _no_mask),
    ),
    hints=(
        "Each broken version is right on some inputs. Find out on which, and stay away from all of them.",
        "More than one head of keys, fewer than heads of queries, no two heads alike, and a mask that hides a key.",
        "q of shape (4, 1, 2), k and v of shape (2, 3, 2) and (2, 3, 1), numbers all different, and a mask (1, 3).",
    ),
    equivalents=(expose_with_a_batch,),
    returns="a tuple (q, k, v, mask)",
)


def pooled_in_groups(w, num_heads, num_kv_heads):
    """Return a projection whose heads are means of neighbouring ones."""
    repeats = num_heads // num_kv_heads
    d_head = w.shape[-1] // num_heads
    grouped = w.reshape(*w.shape[:-1], num_kv_heads, repeats, d_head)
    pooled = grouped.mean(axis=-2)
    return pooled.reshape(*w.shape[:-1], num_kv_heads * d_head)


def pooled_head_by_head(w, num_heads, num_kv_heads):
    """Return the same by a loop over the groups."""
    cut = np.split(w, num_heads, axis=-1)
    repeats = num_heads // num_kv_heads
    means = [sum(cut[j * repeats : (j + 1) * repeats]) / repeats for j in range(num_kv_heads)]
    return np.concatenate(means, axis=-1)


def pool_probes(rng):
    """Return projections: the worked example, nothing to pool, one for all, square, a bias, groups."""
    return [
        Probe("the worked example", (np.array([[1.0, 2.0, 3.0, 4.0, 10.0, 20.0, 30.0, 40.0]]), 4, 2)),
        Probe("3 heads into 3", (draw(rng, 5, 6), 3, 3)),
        Probe("4 heads into 1", (draw(rng, 3, 8), 4, 1)),
        Probe("a square projection, 4 heads into 2", (draw(rng, 8, 8), 4, 2)),
        Probe("a bias", (draw(rng, 12), 4, 2)),
        Probe("a batch of 1 projection", (draw(rng, 1, 5, 12), 6, 3)),
        Probe("6 heads of width 3 into 2", (draw(rng, 5, 18), 6, 2)),
    ]


GROUPED = "w.reshape(*w.shape[:-1], num_kv_heads, repeats, d_head)"
POOLED = "grouped.mean(axis=-2)"

POOL_HEADS = Exercise(
    reference=pool_heads,
    worked=pooled_in_groups,
    returns="the projection with fewer heads: (..., g * d)",
    probes=pool_probes,
    mistakes=(
        edit("adds the heads up", MEAN, (POOLED, "grouped.sum(axis=-2)")),
        edit("takes the first head of each group", MEAN, (POOLED, "grouped[..., 0, :]")),
        edit("divides by the number of all heads", MEAN, (POOLED, "grouped.sum(axis=-2) / num_heads")),
        edit(
            "pools heads that stand apart",
            WHO_SHARES,
            (GROUPED, "w.reshape(*w.shape[:-1], repeats, num_kv_heads, d_head)"),
            (POOLED, "grouped.mean(axis=-3)"),
        ),
        edit(
            "pools neighbouring columns",
            "Which columns are head 0? Must number 0 of a head meet number 1 of the same head?",
            (GROUPED, "w.reshape(*w.shape[:-1], num_kv_heads * d_head, repeats)"),
            (POOLED, "grouped.mean(axis=-1)"),
        ),
        edit(
            "interleaved heads",
            "Which columns belong to head 0: the first d, or every h-th?",
            (GROUPED, "w.reshape(*w.shape[:-1], d_head, num_kv_heads, repeats)"),
            (POOLED, "np.swapaxes(grouped.mean(axis=-1), -1, -2)"),
        ),
        edit(
            "one mean of all heads, for every group",
            ONE_OWNER,
            (POOLED, "np.repeat(grouped.mean(axis=(-3, -2))[..., None, :], num_kv_heads, axis=-2)"),
        ),
    ),
    equivalents=(pooled_head_by_head,),
    hints=(
        "Head i owns columns i * d to (i + 1) * d. Give groups, heads and numbers an axis each.",
        "reshape to (..., g, h / g, d): the middle axis counts the heads of a group.",
        "w.reshape(*w.shape[:-1], g, h // g, -1).mean(axis=-2), then the last two axes side by side again.",
    ),
)


def window_by_distance(num_queries, num_keys, before, after=0):
    """Return which keys lie in each query's window."""
    query = np.arange(num_queries)[:, None] + num_keys - num_queries
    key = np.arange(num_keys)
    not_too_old = key >= query - before
    not_too_new = key <= query + after
    return not_too_old & not_too_new


def window_by_loop(num_queries, num_keys, before, after=0):
    """Return the same, a cell at a time."""
    mask = np.zeros((num_queries, num_keys), dtype=bool)
    for i, j in np.ndindex(mask.shape):
        mask[i, j] = -before <= j - (i + num_keys - num_queries) <= after
    return mask


def window_by_triangles(num_queries, num_keys, before, after=0):
    """Return the same, two triangles of which one is cut off the other."""
    ones, offset = np.ones((num_queries, num_keys), dtype=bool), num_keys - num_queries
    return np.tril(ones, offset + after) & ~np.tril(ones, offset - before - 1)


def blocks_instead_of_windows(num_queries, num_keys, before, after=0):
    """Return a mask that cuts the sequence into pieces, each of which looks at itself alone."""
    size = before + 1 + after
    query = np.arange(num_queries)[:, None] + num_keys - num_queries
    return np.arange(num_keys) // size == query // size


def window_probes(rng):
    """Return sizes: the worked example, square, a cache, one token, no window to speak of, both sides."""
    before, after = (int(size) for size in rng.permutation([1, 2]))
    return [
        Probe("the worked example", (2, 5, 2), {"after": 0}),
        Probe("6 queries and keys, causal", (6, 6, 2), {"after": 0}),
        Probe("each sees itself alone", (4, 4, 0), {"after": 0}),
        Probe("one query and 7 keys", (1, 7, 3), {"after": 0}),
        Probe("a window wider than the text", (3, 3, 9), {"after": 9}),
        Probe("both ways, not equally far", (7, 7, before), {"after": after}),
        Probe("ahead alone", (5, 5, 0), {"after": 3}),
        Probe("3 new queries after 6 keys, both ways", (3, 9, 3), {"after": 1}),
    ]


OLD, NEW = "key >= query - before", "key <= query + after"

WINDOW_MASK = Exercise(
    reference=window_mask,
    worked=window_by_distance,
    returns="booleans, True means may attend: (q, k)",
    probes=window_probes,
    mistakes=(
        edit("aligned top-left", LAST_QUERY, (" + num_keys - num_queries", "")),
        edit("one key too few", COUNT_KEYS, (OLD, "key > query - before")),
        edit("one key too many", COUNT_KEYS, (OLD, "key >= query - before - 1")),
        edit("one key too few ahead", SIDES, (NEW, "key < query + after")),
        edit("before and after exchanged", SIDES, (OLD, "key >= query - after"), (NEW, "key <= query + before")),
        edit("as far ahead as back", SIDES, (NEW, "key <= query + before")),
        edit("never ahead", SIDES, (NEW, "key <= query")),
        edit("sees the whole future", SIDES, ("not_too_old & not_too_new", "not_too_old")),
        edit("sees the whole past", SIDES, ("not_too_old & not_too_new", "not_too_new")),
        edit(
            "True where a key is hidden",
            "What does True mean in this book?",
            ("not_too_old & not_too_new", "~(not_too_old & not_too_new)"),
        ),
        rewrite(
            "pieces instead of windows",
            "Two neighbours on the two sides of a cut: do they see each other?",
            blocks_instead_of_windows,
        ),
    ),
    equivalents=(window_by_loop, window_by_triangles),
    hints=(
        "Write the distance from each query to each key as a table. Which entries are allowed?",
        "Query i stands at position i + num_keys - num_queries. Compare keys with both ends of its window.",
        "(key >= query - before) & (key <= query + after), query as a column, key as a row.",
    ),
)


def global_by_index(mask, places):
    """Return the mask with the rows and columns of the places filled in."""
    allowed = mask.copy()
    allowed[places] = True
    allowed[:, places] = True
    return allowed


def global_by_loop(mask, places):
    """Return the same, a cell at a time."""
    allowed = np.zeros(mask.shape, dtype=bool)
    for i, j in np.ndindex(mask.shape):
        allowed[i, j] = mask[i, j] or i in places or j in places
    return allowed


def global_probes(rng):
    """Return masks: the worked example, a window, two places, none, one token, a causal window."""
    places = np.sort(rng.permutation(np.arange(2, 7))[:2])
    return [
        Probe("the worked example", (np.eye(3, dtype=bool), np.array([0]))),
        Probe("no global token", (window_mask(4, 4, 1), np.array([], dtype=int))),
        Probe("one token", (np.zeros((1, 1), dtype=bool), np.array([0]))),
        Probe("a late place and a causal window", (window_mask(5, 5, 1), np.array([3]))),
        Probe("two places", (window_mask(8, 8, 1, 1), places)),
    ]


ROWS, COLUMNS = "allowed[places] = True\n", "allowed[:, places] = True\n"

WITH_GLOBAL_TOKENS = Exercise(
    reference=with_global_tokens,
    worked=global_by_index,
    returns="booleans, True means may attend: (n, n)",
    probes=global_probes,
    mistakes=(
        edit("everybody sees it, it sees nobody new", BOTH_WAYS, (ROWS, "pass\n")),
        edit("it sees everybody, nobody new sees it", BOTH_WAYS, (COLUMNS, "pass\n")),
        edit(
            "only where row and column meet",
            BOTH_WAYS,
            (ROWS, "allowed[np.ix_(places, places)] = True\n"),
            (COLUMNS, "pass\n"),
        ),
        edit(
            "the window is lost",
            "What becomes of the mask that you were given?",
            ("mask.copy()", "np.zeros_like(mask)"),
        ),
        edit(
            "only the first place",
            "How many places may there be?",
            ("allowed = mask.copy()", "allowed, places = mask.copy(), places[:1]"),
        ),
        edit(
            "as many places from the start",
            "Do the places say which tokens are global, or how many?",
            ("allowed = mask.copy()", "allowed, places = mask.copy(), np.arange(len(places))"),
        ),
    ),
    equivalents=(global_by_loop,),
    hints=(
        "A row of the mask says what one token sees. What does a column say?",
        "Copy the mask, then fill the rows of the places and their columns.",
        "allowed = mask.copy(); allowed[places] = True; allowed[:, places] = True",
    ),
)


def by_running_sums(q, k, v):
    """Return causal linear attention, a matrix and a vector kept from token to token."""
    q, k = positive_features(q), positive_features(k)
    state = np.zeros((*k.shape[:-2], k.shape[-1], v.shape[-1]))
    total = np.zeros((*k.shape[:-2], k.shape[-1]))
    rows = []
    for i in range(q.shape[-2]):
        query, key, value = q[..., i, :], k[..., i, :], v[..., i, :]
        state = state + key[..., :, None] * value[..., None, :]
        total = total + key
        read = (query[..., None, :] @ state)[..., 0, :]
        rows.append(read / (query * total).sum(axis=-1, keepdims=True))
    return np.stack(rows, axis=-2)


def by_a_table(q, k, v):
    """Return the same from the masked table of weights."""
    return linear_weights(q, k, causal_mask(q.shape[-2])) @ v


def by_cumulative_sums(q, k, v):
    """Return the same, every state at once, the normaliser as one more column of the values."""
    q, k = positive_features(q), positive_features(k)
    wide = np.concatenate([v, np.ones((*v.shape[:-1], 1))], axis=-1)
    states = np.cumsum(k[..., :, None] * wide[..., None, :], axis=-3)
    read = np.einsum("...nd,...nde->...ne", q, states)
    return read[..., :-1] / read[..., -1:]


def reads_the_future(q, k, v):
    """Return linear attention over all tokens."""
    return linear_attention(q, k, v)


def sum_probes(rng):
    """Return queries, keys and values: the worked example, one token, square, batches, ragged, falling keys."""
    return [
        Probe("the worked example", (np.zeros((3, 2)), np.zeros((3, 2)), np.array([[3.0], [5.0], [10.0]]))),
        Probe("one token", (draw(rng, 1, 3), draw(rng, 1, 3), draw(rng, 1, 2))),
        Probe("4 tokens of width 4", (draw(rng, 4, 4), draw(rng, 4, 4), draw(rng, 4, 4))),
        Probe("a batch of 1", (draw(rng, 1, 3, 4), draw(rng, 1, 3, 4), draw(rng, 1, 3, 2))),
        Probe("2 sequences of 3 heads", (draw(rng, 2, 3, 4, 5), draw(rng, 2, 3, 4, 5), draw(rng, 2, 3, 4, 2))),
        Probe("numbers from -60 to 60", (draw(rng, 5, 3, scale=20.0), draw(rng, 5, 3, scale=20.0), draw(rng, 5, 2))),
        Probe("6 tokens of width 3", (draw(rng, 6, 3), draw(rng, 6, 3), draw(rng, 6, 2))),
    ]


def within_the_past(output, q, k, v):
    """Return whether each output lies between the smallest and the largest value so far."""
    low, high = np.minimum.accumulate(v, axis=-2), np.maximum.accumulate(v, axis=-2)
    return bool(np.all((output >= low - 1e-9) & (output <= high + 1e-9)))


ADD, NORMALISER = "state + key[..., :, None] * value[..., None, :]", "(query * total).sum(axis=-1, keepdims=True)"

CAUSAL_LINEAR_ATTENTION = Exercise(
    reference=causal_linear_attention,
    worked=by_running_sums,
    returns="what each token reads: (..., n, e)",
    probes=sum_probes,
    mistakes=(
        edit(
            "reads before it writes",
            SELF,
            ("@ state)", "@ (state - key[..., :, None] * value[..., None, :]))"),
            ("query * total", "query * (total - key)"),
        ),
        edit("no normaliser", ROW_SUM, (f" / {NORMALISER}", "")),
        edit("divides by the number of tokens", ROW_SUM, (NORMALISER, "(i + 1)")),
        edit("normalises by the newest key alone", ROW_SUM, ("query * total", "query * key")),
        edit("normalises without the query", ROW_SUM, ("query * total", "total")),
        edit("keeps the newest token alone", "What of the tokens before?", (ADD, ADD.removeprefix("state + "))),
        rewrite("reads the future", PAST, reads_the_future),
        edit("queries without features", FEATURES, ("q, k = positive_features(q),", "q, k = q,")),
        edit(
            "keys without features",
            FEATURES,
            ("q, k = positive_features(q), positive_features(k)", "q, k = positive_features(q), k"),
        ),
        edit(
            "features without the 1",
            FEATURES,
            ("positive_features(q), positive_features(k)", "positive_features(q) - 1, positive_features(k) - 1"),
        ),
        edit(
            "scales by the root of the width",
            "The root tames softmax. Is there a softmax here?",
            ("positive_features(q),", "positive_features(q / np.sqrt(q.shape[-1])),"),
        ),
    ),
    equivalents=(by_a_table, by_cumulative_sums),
    hints=(
        "What a query reads is a sum over the past, divided by another sum over the past. Keep both sums.",
        "Add the outer product of the key's features and the value to a matrix, the features to a vector; then read.",
        "state += outer(phi(k), v); total += phi(k); out = phi(q) @ state / (phi(q) @ total)",
    ),
    properties=(Property("each output lies between the smallest and the largest value so far", within_the_past),),
)

EXERCISES = (
    CACHE_BYTES,
    GROUPED_ATTENTION,
    EXPOSE_SHARING,
    POOL_HEADS,
    WINDOW_MASK,
    WITH_GLOBAL_TOKENS,
    CAUSAL_LINEAR_ATTENTION,
)
