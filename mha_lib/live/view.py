"""The view of attention weights: one piece of HTML that needs nothing beside it."""

import json
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

import numpy as np

from mha_lib.live.limits import MAX_TOKENS, MAX_WEIGHTS
from mha_lib.live.still import still_picture

HERE = Path(__file__).parent
BOOK_ENCODER = HERE.parent / "data" / "encoder"
QUIET = 'data-lm-suppress-shortcuts="true"'  # JupyterLab leaves the arrow keys to the view
SCRIPTS = ("picture.js", "view.js")


@dataclass(frozen=True, repr=False, eq=False)
class AttentionView:
    """A view that a notebook shows as HTML, made by `show_attention` or `show_encoder`.

    tokens: q names   keys: k names, or None where they are the tokens   maps: (layers, h, q, k)
    chosen: the (layer, head) shown first   fills: for each hidden word a dict of "place", "on", "off"
    sentence: what the encoder was asked, or None
    """

    tokens: list
    keys: list | None
    maps: np.ndarray
    chosen: tuple
    fills: tuple = ()
    sentence: str | None = None

    def __repr__(self):
        layers, heads, queries, keys = self.maps.shape
        return f"<attention of {layers} layers x {heads} heads: {queries} queries, {keys} keys>"

    def _repr_html_(self):
        marker = "" if self.sentence is None else f' data-mha-encoder="{escape(self.sentence)}"'
        picture = still_picture(self.tokens, self.keys or self.tokens, self.maps[self.chosen], self.chosen)
        data = f'<script type="application/json">{self.as_json()}</script>'
        return f'<div class="mha-live" {QUIET}{marker}>{picture}{data}</div>\n<script>\n{script()}\n</script>'

    def as_json(self):
        """Return what the script needs as JSON, without any "<": the words may hold whatever they like."""
        data = {
            "tokens": self.tokens,
            "keys": self.keys,
            "shape": self.maps.shape[:2],
            "maps": np.rint(1000 * self.maps).astype(int).ravel().tolist(),
            "chosen": self.chosen,
            "fills": self.fills,
            "sentence": self.sentence,
        }
        return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")


def show_attention(tokens, maps, key_tokens=None, layer=0, head=0):
    """Return a view of the attention weights of any model: choose a layer and a head, see who looks at whom.

    tokens       the queries' names, a list of q strings (128 at most)
    maps         for each layer an array (h, q, k), or (1, h, q, k): NumPy's or PyTorch's
    key_tokens   the keys' names, a list of k strings, where the keys are not the queries
    layer, head  what is shown first, and what remains where scripts are off

    Put the call last in a cell. Its output holds the script and the weights, rounded to 3 digits, and fetches nothing.
    Raises ValueError for shapes that do not fit, for weights outside of 0 to 1, and for more than a page can hold.

    >>> show_attention(["a", "b"], [np.array([[[1.0, 0.0], [0.5, 0.5]]])])
    <attention of 1 layers x 1 heads: 2 queries, 2 keys>
    """
    maps = checked_maps(maps)
    tokens = names("tokens", tokens, maps.shape[2])
    keys = names("key_tokens" if key_tokens is not None else "tokens", key_tokens or tokens, maps.shape[3])
    check_chosen(maps, layer, head)
    return AttentionView(tokens, None if key_tokens is None else keys, maps, (layer, head))


def show_encoder(sentence, folder=None, layer=0, head=0):
    """Return a view of what the book's encoder makes of a sentence; a word written [MASK] is guessed.

    sentence     any text; what goes beyond 128 tokens is cut off
    folder       another encoder's folder, see `mha_lib.bert.checkpoints.load_encoder`
    layer, head  what is shown first, and what remains where scripts are off

    For each [MASK] (the first 4 of them) the view has the five likeliest words, and those with any one head switched
    off. In the published page, readers can type sentences of their own there. Needs PyTorch.
    Raises ValueError if the folder holds no encoder that can be read, and for a head that it does not have.
    """
    from mha_lib.bert.checkpoints import load_encoder  # PyTorch, which the views of other weights can do without
    from mha_lib.live.answers import fills, read

    encoder, tokenizer = load_encoder(BOOK_ENCODER if folder is None else folder)
    reading = read(encoder, tokenizer, sentence)
    check_chosen(reading.maps, layer, head)
    stored = tuple(fills(encoder, tokenizer, sentence, reading))
    return AttentionView(reading.tokens, None, reading.maps, (layer, head), stored, sentence)


@cache
def script():
    """Return the script of the view, without its comments and margins, and its start."""
    style = json.dumps((HERE / "view.css").read_text("utf-8")).replace("<", "\\u003c")
    lines = [line.strip() for name in SCRIPTS for line in (HERE / name).read_text("utf-8").splitlines()]
    code = "\n".join(line for line in lines if line and not line.startswith("//"))
    return f"{code}\nmhaLive.css = {style};\nmhaLive.start();"


def checked_maps(maps):
    """Return weights as one array (layers, h, q, k), or raise ValueError saying which layer's can't be shown."""
    layers = [checked_layer(index, as_array(weights)) for index, weights in enumerate(maps)]
    shapes = {weights.shape for weights in layers}
    if len(shapes) != 1:
        raise ValueError(f"maps must hold at least one layer, and all of one shape (h, q, k), got {sorted(shapes)}")
    stacked = np.stack(layers)
    if stacked.size > MAX_WEIGHTS:
        raise ValueError(f"a view holds at most {MAX_WEIGHTS:,} weights, got {stacked.size:,}: pass fewer layers")
    return stacked


def as_array(weights):
    """Return weights as NumPy's float64; PyTorch's may carry gradients, or lie on a GPU."""
    tensor = weights.detach().cpu().double() if hasattr(weights, "detach") else weights
    return np.asarray(tensor, dtype=np.float64)


def checked_layer(index, weights):
    """Return one layer's weights as (h, q, k), or raise ValueError."""
    weights = weights[0] if weights.ndim == 4 and len(weights) == 1 else weights
    if weights.ndim != 3 or not weights.size:
        raise ValueError(f"maps[{index}] must have shape (h, q, k), or (1, h, q, k), got {weights.shape}")
    if not (weights.min() >= -1e-6 and weights.max() <= 1 + 1e-3):  # NaN fails both
        raise ValueError(
            f"attention weights lie in 0 to 1, but maps[{index}] has {weights.min()} to {weights.max()}; "
            "pass them after softmax, not the scores"
        )
    return weights.clip(0, 1)


def names(what, tokens, size):
    """Return the names of queries or keys as strings, or raise ValueError unless there are `size`, and not too many."""
    tokens = [str(token) for token in tokens]
    if len(tokens) != size:
        raise ValueError(f"{what} names {len(tokens)}, but the maps have {size}")
    if size > MAX_TOKENS:
        raise ValueError(f"a view shows at most {MAX_TOKENS} tokens, got {size}: show a part of the sentence")
    return tokens


def check_chosen(maps, layer, head):
    """Raise ValueError unless there is such a head; they are counted from 0."""
    layers, heads = maps.shape[:2]
    if not (0 <= layer < layers and 0 <= head < heads):
        raise ValueError(f"layer {layer}, head {head} is none of {layers} layers with {heads} heads, counted from 0")
