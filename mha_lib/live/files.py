"""The files that make the page live, written beside a built book: scripts, and the encoder as a script."""

import base64
import json
from pathlib import Path

from tokenizers import Tokenizer

from mha_lib.live.limits import MAX_TOKENS

SCRIPTS = ("tokenizer.js", "encoder.js", "page.js")
HERE = Path(__file__).parent
NEEDED = {
    "architectures": ["MhaTextEncoder"],
    "position_embedding_type": "rotary",
    "norm": "pre",
    "embedding_norm": True,
    "head": True,
}
CODES = [*range(0xD800), *range(0xE000, 0x110000)]
WALL = "⊗"  # no other character becomes this one


def write_files(target, folder):
    """Write the live part for the encoder in `folder` to the folder `target`, and return the paths.

    A page starts it with the one script page.js, which adds the others when a reader asks. The weights are a script
    too, for a page that is opened from the disk may read no other file.
    Raises ValueError if the encoder is of another make than the scripts compute.
    """
    target = Path(target)
    target.mkdir(parents=True, exist_ok=True)
    weights = f"mhaLive.stored = {stored(Path(folder))};\n"
    texts = {name: (HERE / name).read_text("utf-8") for name in SCRIPTS}
    megabytes = sum(len(text.encode()) for text in [weights, *texts.values()]) / 1e6
    texts["page.js"] = texts["page.js"].replace("MEGABYTES", f"{megabytes:.1f}")
    for name, text in {**texts, "weights.js": weights}.items():
        (target / name).write_text(text, "utf-8")
    return [target / name for name in (*SCRIPTS, "weights.js")]


def stored(folder):
    """Return the encoder's three files, and how its tokenizer sees characters, as JSON."""
    config = json.loads((folder / "config.json").read_text("utf-8"))
    wrong = {name: config.get(name) for name, value in NEEDED.items() if config.get(name) != value}
    if wrong:
        raise ValueError(f"the page computes encoders with {NEEDED} only, but {folder} has {wrong}")
    tokenizer = (folder / "tokenizer.json").read_text("utf-8")
    parts = {
        "config": config,
        "tokenizer": json.loads(tokenizer),
        "characters": characters(Tokenizer.from_str(tokenizer)),
        "limit": MAX_TOKENS,
        "model": base64.b64encode((folder / "model.safetensors").read_bytes()).decode(),
    }
    return json.dumps(parts, separators=(",", ":"))


def characters(tokenizer):
    """Return which code points vanish in a tokenizer, and which stand alone, each as [first, last, first, last, ...].

    Asked of the tokenizer itself: it knows another version of Unicode than the reader's browser.
    """
    shown = tokenizer.normalizer.normalize_str(WALL.join(map(chr, CODES))).split(WALL)
    own = CODES.index(ord(WALL))
    shown[own : own + 2] = [WALL]  # the wall itself left one part too many
    pieces = tokenizer.pre_tokenizer.pre_tokenize_str("".join(f"a{chr(code)}" for code in CODES))
    alone = {ord(piece) for piece, _ in pieces if len(piece) == 1 and piece != "a"}
    vanishing = [code for code, text in zip(CODES, shown, strict=True) if not text]
    return {"vanishing": ranges(vanishing), "alone": ranges(sorted(alone))}


def ranges(codes):
    """Return ascending numbers as the ends of their runs.

    >>> ranges([3, 4, 5, 9])
    [3, 5, 9, 9]
    """
    ends = []
    for code in codes:
        if ends and code == ends[-1] + 1:
            ends[-1] = code
        else:
            ends += [code, code]
    return ends
