"""Exercise attention_multiply_adds: count the multiply-adds."""

from mha_lib.checks.cost.shared import OFFSET
from mha_lib.cost.counts import attention_multiply_adds
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise, Probe


def count_probes(rng):
    """Return sizes: all different, square, causal with a cache, one query."""
    q, k, d, e = (int(size) for size in rng.permutation([5, 7, 11, 13]))
    return [
        Probe("the worked example", (6, 6, 4)),
        Probe("values of another width", (q, k, d, e)),
        Probe("64 queries and keys of width 64", (64, 64, 64)),
        Probe("one query and 9 keys, causal", (1, 9, 4), {"is_causal": True}),
        Probe("6 queries and keys, causal", (6, 6, 4), {"is_causal": True}),
        Probe("3 queries and 8 keys, causal", (3, 8, 5, 2), {"is_causal": True}),
    ]


def count_row_by_row(num_queries, num_keys, d, e=None, is_causal=False):
    """Return the same, adding up what each query sees."""
    seen = [num_keys - num_queries + i + 1 if is_causal else num_keys for i in range(num_queries)]
    return sum(seen) * (d + (d if e is None else e))


CAUSAL_PAIRS = "num_queries * (num_keys - num_queries) + num_queries * (num_queries + 1) // 2"


WIDTHS = "(d + e)"


EXERCISE = Exercise(
    reference=attention_multiply_adds,
    returns="the number of multiply-adds of one head, an integer",
    probes=count_probes,
    mistakes=(
        edit("counts the scores alone", "Two products. What happens to the values?", (WIDTHS, "d")),
        edit("counts the values alone", "Two products. What does a score cost?", (WIDTHS, "e")),
        edit("values as wide as keys, always", "What if e is not d?", (WIDTHS, "(2 * d)")),
        edit(
            "multiplies the widths",
            "A pair needs one dot product, then one row added. Do these costs multiply or add?",
            (WIDTHS, "(d * e)"),
        ),
        edit(
            "counts operations, two a multiply-add",
            "One multiplication and one addition: how many multiply-adds?",
            (WIDTHS, "2 * (d + e)"),
        ),
        edit("causal counted in full", "Does a causal query see every key?", (CAUSAL_PAIRS, "num_queries * num_keys")),
        edit(
            "half of all pairs",
            "Half the square leaves out half of something. Count the dark cells of a 2 by 2 causal mask.",
            (CAUSAL_PAIRS, "num_queries * num_keys // 2"),
        ),
        edit("causal counted from the top left", OFFSET, ("num_queries * (num_keys - num_queries) + ", "")),
        edit(
            "a query does not see itself",
            "May a token attend to itself? Is the diagonal dark?",
            ("(num_queries + 1) // 2", "(num_queries - 1) // 2"),
        ),
    ),
    equivalents=(count_row_by_row,),
    hints=(
        "Count pairs of query and key first. Then ask what one pair costs in each of the two products.",
        "A score is d multiply-adds; adding weight * value to an output is e more. Causal: what does query i see?",
        "pairs * (d + e). Causal pairs: a rectangle q * (k - q) and a triangle q * (q + 1) // 2.",
    ),
)
