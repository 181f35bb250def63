"""Exercise output_without: ablate a head."""

import copy

import torch

from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe
from mha_lib.diagnosis.tensors import load
from mha_lib.heads.layers import MultiHeadAttention

HIDDEN_WHERE = "Which columns of what enters project_out belong to head 1?"
LEFT_AS_IT_WAS = "Call the layer once more after your function. Does it still do what it did before?"


def output_without(layer, x, heads):
    """Return what the layer makes of x when some of its heads read zeros; the layer itself stays as it was."""
    d = x.shape[-1] // layer.num_heads

    def silence(module, args):
        mixed = args[0].clone()
        for head in heads:
            mixed[..., head * d : (head + 1) * d] = 0.0
        return (mixed,)

    hook = layer.project_out.register_forward_pre_hook(silence)
    try:
        return layer(x)
    finally:
        hook.remove()


def output_without_by_parts(layer, x, heads):
    """Return the same without a hook: the steps of the layer's forward, one by one."""
    read = layer.attend(*layer.project(x, x)).clone()  # (b, h, n, d)
    read[:, list(heads)] = 0.0
    return layer.project_out(read.transpose(1, 2).flatten(2))


def output_of_a_copy(layer, x, heads):
    """Return the same from a copy, in which the silent heads write nothing."""
    layer = copy.deepcopy(layer)
    weight = layer.project_out.weight.data.unflatten(1, (layer.num_heads, -1))  # (d_model, h, d)
    weight[:, list(heads)] = 0.0
    return layer(x)


def output_with_zeroed_parameters(layer, x, heads):
    """Return the output after the layer's own matrix was changed for good."""
    d = x.shape[-1] // layer.num_heads
    for head in heads:
        layer.project_out.weight.data[:, head * d : (head + 1) * d] = 0.0
    return layer(x)


def output_without_rows(layer, x, heads):
    """Return the output with rows of w_o zeroed, where columns are meant."""
    layer = copy.deepcopy(layer)
    d = x.shape[-1] // layer.num_heads
    for head in heads:
        layer.project_out.weight.data[head * d : (head + 1) * d] = 0.0
    return layer(x)


def output_with_even_heads(layer, x, heads):
    """Return the output with the heads' queries zeroed: they then look at all tokens alike, and go on speaking."""
    layer = copy.deepcopy(layer)
    d = x.shape[-1] // layer.num_heads
    for head in heads:
        layer.project_qkv.weight.data[head * d : (head + 1) * d] = 0.0
        layer.project_qkv.bias.data[head * d : (head + 1) * d] = 0.0
    return layer(x)


def ablation_call(function, config, parameters, x, heads):
    """Return the parts: the output, and what became of the layer, also after a call that stopped with an error.

    Each part has a layer of its own, in float64 and evaluation mode, with the parameters of the probe.
    """
    x = torch.from_numpy(x)
    with torch.no_grad():
        layer = _layer(config, parameters)
        result = {"output": _numbers(function(layer, x, heads))}
        result["output projection afterwards"] = _numbers(layer.project_out.weight)
        result["output of the layer afterwards"] = _numbers(layer(x))
        layer = _layer(config, parameters)
        try:
            function(layer, x[..., :-1], heads)  # too narrow for the layer, which stops
        except Exception:
            result["output of the layer after an error"] = _numbers(layer(x))
    return result


def _layer(config, parameters):
    layer = MultiHeadAttention(**config).double().eval()
    load(layer, parameters)
    return layer


def _numbers(output):
    return output.detach().numpy().copy() if isinstance(output, torch.Tensor) else output


def ablation_probe(rng, label, d_model, num_heads, shape, heads):
    """Return a layer's sizes and parameters, all drawn, tokens, and the heads to silence."""
    config = {"d_model": d_model, "num_heads": num_heads}
    own = MultiHeadAttention(**config).named_parameters()
    parameters = {name: draw(rng, *parameter.shape, scale=0.8) for name, parameter in own}
    return Probe(label, (config, parameters, draw(rng, *shape, d_model), heads))


def ablation_probes(rng):
    """Return layers: one head of one, of two, several of several, none, all; widths unlike the number of heads."""
    return [
        ablation_probe(rng, "the last of 2 heads", 4, 2, (1, 2), [1]),
        ablation_probe(rng, "3 tokens, 3 heads of width 3", 9, 3, (1, 3), [1]),
        ablation_probe(rng, "no head at all", 6, 2, (1, 3), []),
        ablation_probe(rng, "the only head there is", 4, 1, (2, 2), [0]),
        ablation_probe(rng, "all 3 heads", 6, 3, (2, 4), [0, 1, 2]),
        ablation_probe(rng, "2 of 4 heads, in a batch of 2", 8, 4, (2, 5), [2, 0]),
        ablation_probe(rng, "head 1 of 3, 4 tokens", 6, 3, (2, 4), [1]),
    ]


SLICE = "mixed[..., head * d : (head + 1) * d] = 0.0"


REMOVED = "    try:\n        return layer(x)\n    finally:\n        hook.remove()"


EXERCISE = Exercise(
    reference=output_without,
    returns="the layer's output without those heads, as a tensor: (b, n, d_model)",
    probes=ablation_probes,
    mistakes=(
        edit("the hook left behind", LEFT_AS_IT_WAS, ("hook.remove()", "pass")),
        edit(
            "the hook left behind after an error",
            "If layer(x) raises, which of your lines are still run?",
            (REMOVED, "    output = layer(x)\n    hook.remove()\n    return output"),
        ),
        edit("heads interleaved", HIDDEN_WHERE, (SLICE, "mixed[..., head :: layer.num_heads] = 0.0")),
        edit("a single column for a head", HIDDEN_WHERE, (SLICE, "mixed[..., head] = 0.0")),
        edit("heads counted from 1", HIDDEN_WHERE, ("for head in heads:", "for head in (h - 1 for h in heads):")),
        edit(
            "the number of heads taken for their width",
            "How many columns has a head: d_model over what?",
            ("x.shape[-1] // layer.num_heads", "layer.num_heads"),
        ),
        edit(
            "silences a token",
            "The hook is given (b, n, d_model). Which axis holds the heads?",
            (SLICE, "mixed[:, head : head + 1] = 0.0"),
        ),
        edit(
            "silences what comes out of the mix",
            "After project_out, whose number is column 0? Every head has added to it.",
            ("register_forward_pre_hook", "register_forward_hook"),
            ("def silence(module, args):", "def silence(module, args, output):"),
            ("args[0].clone()", "output.clone()"),
            ("return (mixed,)", "return mixed"),
        ),
        edit(
            "silences the others",
            "Which heads should be missing from the output, those in the list or the rest?",
            ("mixed = args[0].clone()", "mixed = torch.zeros_like(args[0])"),
            (SLICE, "mixed[..., head * d : (head + 1) * d] = args[0][..., head * d : (head + 1) * d]"),
        ),
        edit(
            "the first of the heads alone",
            "The list may hold several heads. When is your last zero written?",
            ("for head in heads:", "for head in heads[:1]:"),
        ),
        rewrite("the parameters changed for good", LEFT_AS_IT_WAS, output_with_zeroed_parameters),
        rewrite(
            "rows of w_o instead of columns",
            "nn.Linear stores (out, in). On which side do the heads enter?",
            output_without_rows,
        ),
        rewrite(
            "the queries zeroed",
            "A head with queries of zero: does it say nothing, or does it look at everybody alike?",
            output_with_even_heads,
        ),
    ),
    equivalents=(output_without_by_parts, output_of_a_copy),
    hints=(
        "What enters project_out holds the heads side by side. Change it on its way in, for one call.",
        "layer.project_out.register_forward_pre_hook(f): f(module, args) may return new args. Remove it in any case.",
        "hook = ...; then try: return layer(x), and finally: hook.remove(). Head i owns columns i * d to (i + 1) * d.",
    ),
    call=ablation_call,
)
