"""Exercise visited_tiles: which tiles?"""

import numpy as np

from mha_lib.checks.cost.shared import OFFSET, TAIL
from mha_lib.cost.blockwise import visited_tiles
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.masks import causal_mask


def written_visits(num_queries, num_keys, block_q, block_k):
    """Return for every tile whether its first key is one that its last query may see."""
    offset = num_keys - num_queries
    shape = -(-num_queries // block_q), -(-num_keys // block_k)
    visited = np.zeros(shape, dtype=bool)
    for i, j in np.ndindex(shape):
        first_key = j * block_k
        last_query = (i + 1) * block_q - 1
        visited[i, j] = first_key <= last_query + offset
    return visited


def visits_from_the_mask(num_queries, num_keys, block_q, block_k):
    """Return the same, from the whole causal mask: a tile is visited if any of it is True."""
    tops, lefts = np.arange(0, num_queries, block_q), np.arange(0, num_keys, block_k)
    mask = causal_mask(num_queries, num_keys).astype(int)
    return np.add.reduceat(np.add.reduceat(mask, tops, axis=0), lefts, axis=1) > 0


def visit_probes(rng):
    """Return lengths and blocks: by hand, square, ragged both ways, with a cache, with blind queries."""
    n = int(rng.integers(20, 30))
    return [
        Probe("the worked example", (6, 6, 3, 2)),
        Probe("8 queries and keys in tiles of 2", (8, 8, 2, 2)),
        Probe(f"{n} queries and keys, tiles of 4 by 3", (n, n, 4, 3)),
        Probe("one tile larger than everything", (3, 4, 5, 6)),
        Probe("one query and 9 keys", (1, 9, 1, 2)),
        Probe("5 queries and 3 keys: two queries see nothing", (5, 3, 1, 1)),
        Probe("ragged tiles both ways", (7, 11, 3, 4)),
        Probe("a last query block of one, 4 keys ahead", (5, 9, 4, 2)),
    ]


def as_many_as_the_mask_needs(visited, *sizes):
    """Return whether the number of visited tiles is the number with a key to see."""
    return np.shape(visited) == np.shape(visited_tiles(*sizes)) and visited.sum() == visited_tiles(*sizes).sum()


SEEN = "first_key <= last_query + offset"


LAST_QUERY = "(i + 1) * block_q - 1"


EXERCISE = Exercise(
    reference=visited_tiles,
    worked=written_visits,
    returns="booleans, one row a block of queries, one column a block of keys",
    probes=visit_probes,
    mistakes=(
        edit("causal from the top left", OFFSET, (" + offset", "")),
        edit(
            "skips a tile too many: asks the first query",
            "Which query of a block sees furthest?",
            (LAST_QUERY, "i * block_q"),
        ),
        edit(
            "skips the tiles that are only partly seen",
            "A tile on the diagonal has keys that are seen and keys that are not. Do you need it?",
            ("first_key = j * block_k", "first_key = min((j + 1) * block_k, num_keys) - 1"),
        ),
        edit("a query does not see itself", "May a token attend to itself?", (SEEN, "first_key < last_query + offset")),
        edit(
            "compares numbers of blocks",
            "Is key block j at query block i if their sizes differ? Compare positions.",
            (SEEN, "j <= i"),
        ),
        edit("visits everything", "Which tiles hold nothing but the future?", (SEEN, "True")),
        edit(
            "ragged tail dropped",
            TAIL,
            ("-(-num_queries // block_q), -(-num_keys // block_k)", "num_queries // block_q, num_keys // block_k"),
        ),
    ),
    equivalents=(visits_from_the_mask,),
    hints=(
        "A tile may be skipped if every one of its keys lies in the future of every one of its queries.",
        "Its first key is the easiest to see, its last query sees furthest. And mind the offset.",
        "j * block_k <= (i + 1) * block_q - 1 + num_keys - num_queries",
    ),
    properties=(Property("as many tiles are visited as have a key to see", as_many_as_the_mask_needs),),
)
