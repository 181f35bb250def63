"""Exercise cache_bytes: the size of a cache."""

from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise, Probe
from mha_lib.variants.sizes import cache_bytes

WHAT_IS_KEPT = "What does the next token need of an old one, and in how many layers?"


HOW_LONG = (
    "A window drops what is too old. How many tokens are kept of a text that is shorter than it, and of a longer one?"
)


UNIT = "Bytes were asked for. How many has one number?"


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


EXERCISE = Exercise(
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
