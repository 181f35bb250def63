"""Exercise bert_tensor: find the tensor."""

import numpy as np

from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe

WHICH_LAYER = "There are two matrices called output.dense in a layer. Which one belongs to the attention?"


def bert_tensor(name, stored):
    """Return the tensor of our encoder with this name, made of those that BERT's file holds."""
    layer, rest = name.removeprefix("encoder.blocks.").split(".", maxsplit=1)
    rest = rest.replace("attention.project_out", "attention.output.dense")
    rest = rest.replace("attention_norm", "attention.output.LayerNorm")
    rest = rest.replace("feed_forward.project_in", "intermediate.dense")
    rest = rest.replace("feed_forward.project_out", "output.dense")
    rest = rest.replace("feed_forward_norm", "output.LayerNorm")
    theirs = f"bert.encoder.layer.{layer}.{rest}"
    if "project_qkv" not in theirs:
        return stored[theirs]
    parts = [stored[theirs.replace("project_qkv", "self." + part)] for part in ("query", "key", "value")]
    return np.concatenate(parts)


def bert_tensor_by_table(name, stored):
    """Return the same: the name cut at its dots, and a table of what is left."""
    _, _, layer, *rest, kind = name.split(".")
    table = {
        "attention.project_qkv": [f"attention.self.{part}" for part in ("query", "key", "value")],
        "attention.project_out": ["attention.output.dense"],
        "attention_norm": ["attention.output.LayerNorm"],
        "feed_forward.project_in": ["intermediate.dense"],
        "feed_forward.project_out": ["output.dense"],
        "feed_forward_norm": ["output.LayerNorm"],
    }
    return np.concatenate([stored[f"bert.encoder.layer.{layer}.{theirs}.{kind}"] for theirs in table[".".join(rest)]])


def bert_file(rng, d_model, d_ff, num_layers):
    """Return arrays under BERT's names: what the blocks of an encoder need, all drawn."""
    names = [f"attention.self.{part}" for part in ("query", "key", "value")]
    shapes = {f"{name}.weight": (d_model, d_model) for name in [*names, "attention.output.dense"]}
    shapes |= {"intermediate.dense.weight": (d_ff, d_model), "output.dense.weight": (d_model, d_ff)}
    shapes |= {"intermediate.dense.bias": (d_ff,)}
    narrow = [*names, "attention.output.dense", "output.dense", "attention.output.LayerNorm", "output.LayerNorm"]
    shapes |= {f"{name}.bias": (d_model,) for name in narrow}
    shapes |= {f"{name}.weight": (d_model,) for name in narrow if "LayerNorm" in name}
    return {
        f"bert.encoder.layer.{i}.{name}": draw(rng, *shape) for i in range(num_layers) for name, shape in shapes.items()
    }


def bert_probes(rng):
    """Return names and files: three matrices that are one, both outputs, both norms, every size, a tenth layer."""
    square, oblong, deep = bert_file(rng, 4, 4, 3), bert_file(rng, 2, 3, 2), bert_file(rng, 2, 2, 13)
    asked = ["attention.project_qkv.weight", "attention.project_qkv.bias", "attention.project_out.weight"]
    asked += ["feed_forward.project_in.weight", "feed_forward.project_out.weight", "feed_forward.project_out.bias"]
    asked += ["attention_norm.weight", "feed_forward_norm.weight", "feed_forward_norm.bias"]
    return [
        *[Probe(f"{name} of layer 1", (f"encoder.blocks.1.{name}", square)) for name in asked],
        *[Probe(f"{name} of layer 0", (f"encoder.blocks.0.{name}", oblong)) for name in asked],
        Probe("layer 11 of 13", ("encoder.blocks.11.attention.project_out.weight", deep)),
        Probe("the queries, keys and values of layer 10", ("encoder.blocks.10.attention.project_qkv.weight", deep)),
    ]


STACK = "return np.concatenate(parts)"


EXERCISE = Exercise(
    reference=bert_tensor,
    returns="the tensor of our encoder: (3 * d_model, d_model) for the weight of project_qkv",
    probes=bert_probes,
    mistakes=(
        edit(
            "keys before queries",
            "In which order does our packed projection hold its rows?",
            ('("query", "key", "value")', '("key", "query", "value")'),
        ),
        edit(
            "the queries three times", "Three names, three tensors. Do you use all?", ('"self." + part', '"self.query"')
        ),
        edit(
            "stacked along the inputs",
            "A Linear's weight is (out, in). There are three times as many outputs: which axis grows?",
            (STACK, "return np.concatenate(parts, axis=-1)"),
        ),
        edit("stacked along a new axis", "How many axes has a weight?", (STACK, "return np.stack(parts)")),
        edit(
            "rows of queries, keys and values in turn",
            "Are all the queries' rows together in our layer, or is each with its key and value?",
            (STACK, "return np.stack(parts, axis=1).reshape(-1, *parts[0].shape[1:])"),
        ),
        edit(
            "the packed weights transposed",
            "Both are nn.Linear, stored as (out, in). What is there to transpose?",
            (STACK, "return np.concatenate([part.T for part in parts])"),
        ),
        edit(
            "the other weights transposed",
            "Both are nn.Linear, stored as (out, in). What is there to transpose?",
            ("return stored[theirs]", "return stored[theirs].T"),
        ),
        edit("the feed-forward's output for the attention's", WHICH_LAYER, ("attention.output.dense", "output.dense")),
        edit(
            "the attention's output for the feed-forward's",
            WHICH_LAYER,
            ('project_out", "output.dense"', 'project_out", "attention.output.dense"'),
        ),
        edit(
            "the two norms swapped",
            "In a post-norm block, which norm comes after the attention?",
            ('"attention_norm", "attention.output.LayerNorm"', '"attention_norm", "output.LayerNorm"'),
            ('"feed_forward_norm", "output.LayerNorm"', '"feed_forward_norm", "attention.output.LayerNorm"'),
        ),
        edit(
            "the feed-forward's matrices swapped",
            "Which of the two widens, and what does BERT call it?",
            ('project_in", "intermediate.dense"', 'project_in", "output.dense"'),
            ('project_out", "output.dense"', 'project_out", "intermediate.dense"'),
        ),
        edit("the first layer every time", "Whose number stands in the name?", ("{layer}", "0")),
        edit("one digit of the layer's number", "Which layer comes after layer 9?", ("{layer}", "{layer[0]}")),
    ),
    equivalents=(bert_tensor_by_table,),
    hints=(
        "Turn our name into BERT's, piece by piece. One of ours is made of three of BERT's.",
        "The three lie in attention.self.query, .key and .value; their rows follow one another in project_qkv.",
        'np.concatenate([stored[name.replace("project_qkv", "self." + part)] for part in ("query", "key", "value")])',
    ),
)
