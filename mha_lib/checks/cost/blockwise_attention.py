"""Exercise blockwise_attention: block-wise attention."""

import numpy as np

from mha_lib.attention import attention
from mha_lib.checks.cost.shared import BETWEEN, FAR, LOW, OFFSET, TAIL
from mha_lib.cost.blockwise import blockwise_attention, merge_partials, partial_attention, partial_output
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe
from mha_lib.masks import causal_mask, combine_masks


def written_blockwise(q, k, v, mask=None, is_causal=False, block_q=256, block_k=512):
    """Return attention(q, k, v, mask) tile by tile; causal, tiles of nothing but the future are not visited."""
    num_queries, num_keys = q.shape[-2], k.shape[-2]
    offset = num_keys - num_queries
    output = np.zeros((*q.shape[:-1], v.shape[-1]))
    for top in range(0, num_queries, block_q):
        rows = np.arange(top, min(top + block_q, num_queries))
        stop = min(rows[-1] + offset + 1, num_keys) if is_causal else num_keys
        part = partial_attention(np.zeros((*q.shape[:-2], len(rows), 0)), v[..., :0, :])
        for left in range(0, stop, block_k):
            columns = np.arange(left, min(left + block_k, num_keys))
            scores = q[..., rows, :] @ np.swapaxes(k[..., columns, :], -1, -2) / np.sqrt(q.shape[-1])
            if is_causal:
                scores = np.where(columns <= rows[:, None] + offset, scores, -np.inf)
            if mask is not None:
                allowed = np.broadcast_to(mask, (*q.shape[:-1], num_keys))
                scores = np.where(allowed[..., rows, :][..., columns], scores, -np.inf)
            part = merge_partials(part, partial_attention(scores, v[..., columns, :]))
        output[..., rows, :] = partial_output(part)
    return output


def plain_blockwise(q, k, v, mask=None, is_causal=False, block_q=256, block_k=512):
    """Return the same by the plain formula with both masks, whatever the blocks."""
    future = causal_mask(q.shape[-2], k.shape[-2]) if is_causal else None
    return attention(q, k, v, combine_masks(mask, future))


def blocks_of_queries_alone(q, k, v, mask=None, is_causal=False, block_q=256, block_k=512):
    """Return the same: whole rows of scores for a block of queries at a time."""
    future = causal_mask(q.shape[-2], k.shape[-2]) if is_causal else True
    allowed = np.broadcast_to(future if mask is None else mask & future, (*q.shape[:-1], k.shape[-2]))
    tops = range(0, q.shape[-2], block_q)
    parts = [attention(q[..., i : i + block_q, :], k, v, allowed[..., i : i + block_q, :]) for i in tops]
    return np.concatenate(parts, axis=-2)


def block_probes(rng):
    """Return inputs with blocks: by hand, square, ragged, masked, causal with a cache, empty rows, extremes."""
    q, k, v = draw(rng, 2, 5, 4), draw(rng, 2, 7, 4), draw(rng, 2, 7, 3)
    mask = rng.random((5, 7)) < 0.6
    mask[2], mask[:, 0] = False, [True, True, False, False, True]
    padding = np.arange(7) < np.array([4, 7])[:, None, None]
    causal, small = {"is_causal": True}, {"block_q": 2, "block_k": 3}
    two = np.array([[0.0], [0.0]])
    square = draw(rng, 6, 3), draw(rng, 6, 3), draw(rng, 6, 3)
    return [
        Probe("the worked example", (two, two, np.array([[4.0], [8.0]])), {**causal, "block_q": 1, "block_k": 1}),
        Probe("5 queries, 7 keys, blocks of 2 and 3", (q, k, v), small),
        Probe("blocks larger than everything", (q, k, v)),
        Probe("lengths 4 and 7, blocks of 2 and 3", (q, k, v, padding), small),
        Probe("causal, 6 queries and keys, blocks of 2 and 2", square, {**causal, "block_q": 2, "block_k": 2}),
        Probe("causal, 6 queries and keys, blocks of 4 and 1", square, {**causal, "block_q": 4, "block_k": 1}),
        Probe("causal, 7 queries and 5 keys", (draw(rng, 7, 4), k[0, :5], v[0, :5]), {**causal, **small}),
        Probe("rows 1000 apart", (FAR, draw(rng, 5, 2), draw(rng, 5, 3)), {"block_q": 2, "block_k": 2}),
        Probe("scores near -200000", (*LOW, draw(rng, 3, 2)), {"block_q": 1, "block_k": 2}),
        Probe("a query that may attend to nothing", (q, k, v, mask), small),
        Probe("causal, 5 queries and 7 keys, ragged blocks", (q, k, v), {**causal, **small}),
    ]


STOP = "min(rows[-1] + offset + 1, num_keys)"


PAST = "columns <= rows[:, None] + offset"


TILE_OF_MASK = "allowed[..., rows, :][..., columns]"


LAST_KEYS = "range(0, stop, block_k)"


EXERCISE = Exercise(
    reference=blockwise_attention,
    worked=written_blockwise,
    returns="outputs, one row a query: (..., q, e)",
    probes=block_probes,
    mistakes=(
        edit("no scale", "What divides a dot product of width d?", (" / np.sqrt(q.shape[-1])", "")),
        edit("causal from the top left", OFFSET, ("offset = num_keys - num_queries", "offset = 0")),
        edit(
            "numbers the keys of each tile from 0",
            "Which key of the sequence is column 0 of this tile?",
            (PAST, "columns - left <= rows[:, None] + offset"),
        ),
        edit(
            "numbers the queries of each block from 0",
            "Which query of the sequence is row 0 of this block?",
            (PAST, "columns <= rows[:, None] - top + offset"),
        ),
        edit(
            "numbers both from 0 in each tile",
            "Is every tile a triangle, or only those on the diagonal?",
            (PAST, "columns - left <= rows[:, None] - top + offset"),
        ),
        edit(
            "skips a tile too many",
            "Which query of a block sees furthest: the first?",
            (STOP, "min(rows[0] + offset + 1, num_keys)"),
        ),
        edit(
            "skips tiles, but masks none",
            "A tile on the diagonal is half future. Who hides it?",
            (PAST, "columns <= num_keys"),
        ),
        edit(
            "a query does not see itself", "May a token attend to itself?", (PAST, "columns < rows[:, None] + offset")
        ),
        edit(
            "the mask's first tile for every tile",
            "Which rows and columns of the mask belong to this tile?",
            (TILE_OF_MASK, "allowed[..., : len(rows), : len(columns)]"),
        ),
        edit(
            "the mask's first columns for every tile",
            "Which columns of the mask belong to this tile?",
            (TILE_OF_MASK, "allowed[..., rows, : len(columns)]"),
        ),
        edit(
            "mask the wrong way round",
            "True means may attend. Where does -inf go?",
            (f"np.where({TILE_OF_MASK}, scores, -np.inf)", f"np.where({TILE_OF_MASK}, -np.inf, scores)"),
        ),
        edit("ragged tail of keys dropped", TAIL, (LAST_KEYS, "range(0, stop - block_k + 1, block_k)")),
        edit(
            "ragged tail of queries dropped",
            TAIL,
            ("range(0, num_queries, block_q)", "range(0, num_queries - block_q + 1, block_q)"),
        ),
        edit("hides with -1e9", "A row of nothing but -1e9: what does softmax make of it?", ("-np.inf)", "-1e9)")),
        edit(
            "0/0 for a query that may attend to nothing",
            "What is the normaliser of no keys? What should such a query read?",
            ("partial_output(part)", "part.accumulator / part.normaliser[..., None]"),
        ),
        edit(
            "keeps the last tile alone",
            "What becomes of the tiles before?",
            (
                "merge_partials(part, partial_attention(scores, v[..., columns, :]))",
                "partial_attention(scores, v[..., columns, :])",
            ),
        ),
    ),
    equivalents=(plain_blockwise, blocks_of_queries_alone),
    hints=(
        "Two loops: blocks of queries, and for each the tiles of keys. Inside, a partial result, merged into the last.",
        "Positions count from the start of the sequence. A mask needs this tile's rows and columns. -inf hides.",
        "With np.arange: columns <= rows[:, None] + num_keys - num_queries; stop after the last row's last key.",
    ),
    properties=(BETWEEN,),
)
