"""Exercises of chapter 8: a guess about a head, induction, rollout and its mutants, and a head switched off."""

import copy
from functools import reduce

import numpy as np
import torch

from mha_lib import seeing as library
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.exposure import Exposure, misses
from mha_lib.diagnosis.tensors import load
from mha_lib.layers import MultiHeadAttention
from mha_lib.masks import masked_softmax

WHO_IS_ASKED = "How many queries have a wanted key? Only they are asked, each once, whatever sentence it stands in."
WHO_ASKS = "In wanted, does a row ask or answer? And in the weights?"
WHICH_PLACE = "The query's token was seen before, at s. Which place does the query want: s, the one after, or before?"
HIDDEN_WHERE = "Which columns of what enters project_out belong to head 1?"
LEFT_AS_IT_WAS = "Call the layer once more after your function. Does it still do what it did before?"


def attention_share(weights, wanted):
    """Return the share of each head's attention on the wanted pairs, over the queries that have a wanted key."""
    asks = wanted.any(axis=-1)
    looked = np.einsum("bhqk,bqk->h", weights, wanted)
    return looked / asks.sum()


def share_by_selecting(weights, wanted):
    """Return the same: the sums of the rows that ask, picked out and averaged."""
    looked = np.where(wanted[:, None], weights, 0.0).sum(-1)
    return np.array([looked[:, head][wanted.any(-1)].mean() for head in range(weights.shape[1])])


def share_by_loop(weights, wanted):
    """Return the same, query by query."""
    total, count = np.zeros(weights.shape[1]), 0
    for sentence, query in np.argwhere(wanted.any(axis=2)):
        total += weights[sentence][:, query, wanted[sentence, query]].sum(axis=1)
        count += 1
    return total / count


def induction_pairs(tokens):
    """Return the pairs in which the key follows an earlier occurrence of the query's token."""
    n = tokens.shape[-1]
    same = tokens[:, :, None] == tokens[:, None, :]
    seen = same & np.tri(n, k=-1, dtype=bool)
    wanted = np.zeros_like(seen)
    wanted[:, :, 1:] = seen[:, :, :-1]
    return wanted


def induction_by_loop(tokens):
    """Return the same, pair by pair."""
    b, n = tokens.shape
    wanted = np.zeros((b, n, n), dtype=bool)
    for sentence, i in np.ndindex(b, n):
        for s in range(i):
            wanted[sentence, i, s + 1] = tokens[sentence, s] == tokens[sentence, i]
    return wanted


def induction_by_rolling(tokens):
    """Return the same; what np.roll brings round to the first column is False, for no query comes after the last."""
    same = tokens[..., :, None] == tokens[..., None, :]
    return np.roll(np.tril(same, -1), 1, axis=-1)


def rollout(maps):
    """Return how much of each token's first vector is left in each place after all layers."""
    n = maps[0].shape[-1]
    result = np.eye(n)
    for weights in maps:
        mixed = 0.5 * weights.mean(axis=-3) + 0.5 * np.eye(n)
        mixed = mixed / mixed.sum(axis=-1, keepdims=True)
        result = mixed @ result
    return result


def rollout_without_halves(maps):
    """Return the same: the halves cancel when the rows are made to sum to 1."""
    mixed = [weights.mean(axis=-3) + np.eye(weights.shape[-1]) for weights in maps]
    return reduce(lambda result, layer: layer / layer.sum(-1, keepdims=True) @ result, mixed[1:], _shares(mixed[0]))


def rollout_from_the_top(maps):
    """Return the same, the last layer first: a product may be bracketed as one likes."""
    result = np.eye(len(maps[0][0, 0])) if np.ndim(maps[0]) == 3 else np.eye(np.shape(maps[0])[-1])
    for weights in reversed(list(maps)):
        result = result @ _shares(np.eye(weights.shape[-1]) / 2 + np.mean(weights, axis=-3) / 2)
    return result


def _shares(table):
    return table / table.sum(axis=-1, keepdims=True)


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


def maps(rng, *shape, keep=None):
    """Return weights of the given shape, each row summing to 1, or to 0 where `keep` is False throughout."""
    return masked_softmax(draw(rng, *shape), keep)


def table(rng, *shape, share=0.3):
    """Return a table of wanted pairs in which a row may be empty, the first row never, and the second always."""
    wanted = rng.random(shape) < share
    wanted[:, 0, 1:3] = True
    wanted[:, 1] = False
    return wanted


def share_probes(rng):
    """Return weights and wanted pairs: the worked example, ragged, square, sentences with unlike numbers of askers."""
    pencil = np.array([[[[1.0, 0.0, 0.0], [0.75, 0.25, 0.0], [0.25, 0.5, 0.25]]]])
    before = np.eye(3, k=-1, dtype=bool)[None]
    uneven = np.zeros((2, 4, 4), dtype=bool)
    uneven[0, 1:, 0], uneven[1, 2, 1:3] = True, True
    return [
        Probe("the worked example", (pencil, before)),
        Probe("2 heads, 3 queries, 5 keys", (maps(rng, 1, 2, 3, 5), table(rng, 1, 3, 5))),
        Probe("3 sentences, 3 heads, 3 tokens", (maps(rng, 3, 3, 3, 3), table(rng, 3, 3, 3))),
        Probe("a sentence of 1 token", (maps(rng, 2, 2, 1, 1), np.ones((2, 1, 1), dtype=bool))),
        Probe("two sentences, 4 askers in all, one of them with 2 wanted keys", (maps(rng, 2, 3, 4, 4), uneven)),
        Probe("2 sentences, 4 heads, 5 tokens", (maps(rng, 2, 4, 5, 5), table(rng, 2, 5, 5))),
    ]


def token_probes(rng):
    """Return tokens: the worked example, one that comes three times, twice in a row, never again; batches."""
    return [
        Probe("the worked example", (np.array([[5, 8, 2, 5]]),)),
        Probe("a token that comes three times", (np.array([[1, 2, 1, 3, 1, 4]]),)),
        Probe("a token twice in a row", (np.array([[7, 7, 3]]),)),
        Probe("no token twice", (np.array([[4, 2, 9]]),)),
        Probe("3 sentences of 3 tokens", (rng.integers(2, size=(3, 3)),)),
        Probe("a sentence of 1 token", (np.array([[3]]),)),
        Probe("2 sentences of 9 tokens out of 3", (rng.integers(3, size=(2, 9)),)),
        Probe("a stretch of 3 tokens, repeated", (np.tile(rng.permutation(9)[:3], (1, 3)),)),
    ]


def pencil_maps():
    """Return the two layers of the chapter's pencil example, one head each."""
    return np.array([[[[1.0, 0.0], [1.0, 0.0]]], [[[0.5, 0.5], [0.0, 1.0]]]])


def rollout_probes(rng):
    """Return maps: the worked example, one layer, several, square in every size, batches, a query without a key."""
    empty = np.ones((4, 4), dtype=bool)
    empty[1] = False
    return [
        Probe("the worked example", (pencil_maps(),)),
        Probe("one layer of 2 heads", (maps(rng, 1, 2, 3, 3),)),
        Probe("3 layers, 3 heads, 3 tokens", (maps(rng, 3, 3, 3, 3),)),
        Probe("a single token", (np.ones((2, 2, 1, 1)),)),
        Probe("a list of 2 layers with unlike numbers of heads", ([maps(rng, 2, 4, 4), maps(rng, 3, 4, 4)],)),
        Probe("a batch of 2 sentences, 3 layers", (maps(rng, 3, 2, 4, 5, 5),)),
        Probe("a query that may attend to nothing", (maps(rng, 2, 3, 4, 4, keep=empty),)),
    ]


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


def within_one(shares, *args):
    """Return whether every share lies between 0 and 1."""
    return bool(np.all((np.asarray(shares) > -1e-9) & (np.asarray(shares) < 1 + 1e-9)))


def rows_sum_to_one(result, *args):
    """Return whether each row sums to 1."""
    return bool(np.allclose(np.sum(result, axis=-1), 1.0))


def no_future(wanted, tokens):
    """Return whether no wanted key lies after its query, and none is the first token."""
    wanted = np.asarray(wanted)
    return not np.triu(wanted, 1).any() and not wanted[..., 0].any()


ATTENTION_SHARE = Exercise(
    reference=library.attention_share,
    worked=attention_share,
    returns="one share a head: (h,)",
    probes=share_probes,
    mistakes=(
        edit(
            "counts queries that were not asked",
            WHO_IS_ASKED,
            ("asks.sum()", "asks.size"),
        ),
        edit(
            "divides by the number of wanted pairs",
            "A query with two wanted keys gives each a half. What should its share be?",
            ("asks.sum()", "wanted.sum()"),
        ),
        edit(
            "sums and does not divide",
            "Twice as many sentences: should a share double?",
            (" / asks.sum()", ""),
        ),
        edit(
            "averages the sentences' averages",
            WHO_IS_ASKED,
            ("bhqk,bqk->h", "bhqk,bqk->bh"),
            ("looked / asks.sum()", "(looked / asks.sum(-1, keepdims=True)).mean(axis=0)"),
        ),
        edit(
            "keys taken for queries",
            WHO_ASKS,
            ("bhqk,bqk->h", "bhqk,bkq->h"),
        ),
        edit(
            "the first sentence's table for all of them",
            "Two sentences, two tables. Does the second sentence get its own?",
            ("bhqk,bqk->h", "bhqk,qk->h"),
            (", weights, wanted)", ", weights, wanted[0])"),
        ),
        edit(
            "counts rows whose largest weight is wanted",
            "A head with .4 on the wanted key and .3 on two others: what share is that?",
            (
                ", weights, wanted)",
                ", np.eye(weights.shape[-1])[weights.argmax(-1)], wanted)",
            ),
        ),
        edit(
            "the heads averaged away",
            "Which head looks there? How many numbers does your answer need for that?",
            ("looked / asks.sum()", "(looked / asks.sum()).mean()"),
        ),
    ),
    equivalents=(share_by_selecting, share_by_loop),
    hints=(
        "Two questions: how much weight lies on wanted pairs in all, and how many queries were asked?",
        "A query is asked if its row of wanted has a True: wanted.any(axis=-1). The mask needs an axis for the heads.",
        'np.einsum("bhqk,bqk->h", weights, wanted), divided by the number of queries that are asked.',
    ),
    properties=(Property("every share lies between 0 and 1", within_one),),
)

SHIFT = "wanted[:, :, 1:] = seen[:, :, :-1]"
INDUCTION_PAIRS = Exercise(
    reference=library.induction_pairs,
    worked=induction_pairs,
    returns="a table of booleans for each sentence: (b, n, n)",
    probes=token_probes,
    mistakes=(
        edit("the same token instead of the one after it", WHICH_PLACE, (SHIFT, "wanted = seen")),
        edit("the token before instead of the one after", WHICH_PLACE, (SHIFT, "wanted[:, :, :-1] = seen[:, :, 1:]")),
        edit(
            "looks into the future",
            "May the key stand after its query? A token that comes again later: who may look where?",
            ("same & np.tri(n, k=-1, dtype=bool)", "same & ~np.eye(n, dtype=bool)"),
        ),
        edit(
            "a token taken for its own repetition",
            "Is place i an earlier occurrence of the token at place i?",
            ("np.tri(n, k=-1, dtype=bool)", "np.tri(n, dtype=bool)"),
        ),
        edit(
            "rows and columns exchanged",
            "Row i belongs to query i. Which of the two places comes later: the row or the column?",
            ("return wanted", "return wanted.swapaxes(1, 2)"),
        ),
        edit(
            "the latest occurrence alone",
            "A token that was seen twice before: how many keys are wanted?",
            ("return wanted", "return wanted & (np.cumsum(wanted[:, :, ::-1], -1)[:, :, ::-1] == 1)"),
        ),
        edit(
            "the first occurrence alone",
            "A token that was seen twice before: how many keys are wanted?",
            ("return wanted", "return wanted & (np.cumsum(wanted, -1) == 1)"),
        ),
        edit(
            "numbers instead of booleans",
            "What does a mask hold in this book?",
            ("return wanted", "return wanted * 1.0"),
        ),
    ),
    equivalents=(induction_by_loop, induction_by_rolling),
    hints=(
        "First the table of equal tokens, then only the earlier places, then one step to the right.",
        "same[b, i, s] is tokens[b, i] == tokens[b, s]. np.tri(n, k=-1) is True where s < i. What is wanted at s + 1?",
        "wanted[:, :, 1:] = (same & np.tri(n, k=-1, dtype=bool))[:, :, :-1]",
    ),
    properties=(Property("no wanted key comes after its query, and none is the first token", no_future),),
)

HALVES = "0.5 * weights.mean(axis=-3) + 0.5 * np.eye(n)"
RENORMALISE = "mixed = mixed / mixed.sum(axis=-1, keepdims=True)"
TWO_PATHS = "A token goes through a layer on two paths. Where is the one that passes the layer by?"
ORDER = "The last layer reads what the one before it has made. Which of the two meets the tokens first?"
WHICH_MEAN = "Two heads, one looking at a and one at b: how much of each does the layer read, on average?"
EVERY_ROW = "What does a row sum to if its query may attend to nothing?"
ROLLOUT = Exercise(
    reference=library.rollout,
    worked=rollout,
    returns="for each token, how much of every token is in it: (..., n, n)",
    probes=rollout_probes,
    mistakes=(
        edit("no residual", TWO_PATHS, (HALVES, "weights.mean(axis=-3)"), (RENORMALISE, "pass")),
        edit("rows not made to sum to 1 again", EVERY_ROW, (RENORMALISE, "pass")),
        edit("layers multiplied in the wrong order", ORDER, ("mixed @ result", "result @ mixed")),
        edit("the largest head instead of the mean", WHICH_MEAN, ("weights.mean(axis=-3)", "weights.max(axis=-3)")),
        edit("heads summed", WHICH_MEAN, ("weights.mean(axis=-3)", "weights.sum(axis=-3)")),
        edit(
            "columns made to sum to 1",
            "A row is a token's sources. What should be shared out: a row or a column?",
            ("mixed.sum(axis=-1, keepdims=True)", "mixed.sum(axis=-2, keepdims=True)"),
        ),
        edit(
            "multiplied entry by entry",
            "From token i by way of m to token j: over what does one have to sum?",
            ("mixed @ result", "mixed * result"),
            ("result = np.eye(n)", "result = 1.0"),
        ),
        edit("the layers added up", ORDER, ("mixed @ result", "mixed + result")),
        edit("the last layer alone", ORDER, ("mixed @ result", "mixed")),
        edit(
            "each head followed by itself",
            "May head 0 of layer 1 read what head 1 of layer 0 has written?",
            ("result = np.eye(n)", "result = np.broadcast_to(np.eye(n), maps[0].shape)"),
            (HALVES, "0.5 * weights + 0.5 * np.eye(n)"),
            ("return result", "return result.mean(axis=-3)"),
        ),
        edit(
            "the residual of the first layer alone",
            "How many layers have a path that passes them by?",
            (HALVES, "weights.mean(axis=-3)"),
            (RENORMALISE, "mixed = (mixed + np.eye(n)) / 2 if weights is maps[0] else mixed"),
        ),
    ),
    equivalents=(rollout_without_halves, rollout_from_the_top),
    hints=(
        "One matrix a layer: half of the mean of its heads, half of the identity. Then a product of matrices.",
        "Start with the identity. Each layer multiplies what has been reached so far. From which side?",
        "mixed = 0.5 * weights.mean(axis=-3) + 0.5 * np.eye(n), rows divided by their sums, result = mixed @ result",
    ),
    properties=(Property("each row sums to 1", rows_sum_to_one),),
)


def expose_rollout():
    """Return maps (layers, h, n, n) on which every broken rollout gives itself away."""
    first = [[[1.0, 0, 0], [0.5, 0.5, 0], [0, 0, 0]], [[0, 0, 1.0], [0, 1.0, 0], [0, 0, 0]]]
    second = [[[0, 1.0, 0], [0, 0, 1.0], [1.0, 0, 0]], [[0.5, 0.5, 0], [1.0, 0, 0], [0, 0.5, 0.5]]]
    return np.array([first, second])


def expose_rollout_upside_down():
    """Return the same with the layers exchanged, and a third one."""
    first, second = expose_rollout()
    return np.stack([second, first, first])


def _one_layer():
    return expose_rollout()[:1]


def _one_head():
    return expose_rollout()[:, 1:]


def _full_rows():
    return np.stack([expose_rollout()[1], expose_rollout()[1][:, ::-1]])


def _looking_at_itself():
    return np.broadcast_to(np.eye(3), (2, 2, 3, 3)).copy()


EXPOSE_ROLLOUT = Exposure(
    reference=expose_rollout,
    target=ROLLOUT,
    mistakes=(
        misses("no residual", "On which weights does a residual change nothing?", _looking_at_itself),
        misses("rows not made to sum to 1 again", "Which rows sum to 1 as they are?", _full_rows),
        misses("layers multiplied in the wrong order", "How many layers have an order?", _one_layer),
        misses("the largest head instead of the mean", "When are mean and maximum the same?", _one_head),
        misses("heads summed", "When are mean and sum the same?", _one_head),
        misses("the last layer alone", "When is the last layer all there is?", _one_layer),
        misses("each head followed by itself", "Which head cannot be followed by another?", _one_head),
    ),
    hints=(
        "A mutant survives where its mistake makes no difference. What does a single layer hide? A single head?",
        "Two layers and two heads that look at different tokens. One mutant needs a query that attends to nothing.",
        "np.zeros((2, 2, 3, 3)), then give most rows unlike weights that sum to 1, and leave one row of layer 0 empty.",
    ),
    equivalents=(expose_rollout_upside_down,),
    returns="an array of maps (layers, h, n, n)",
)

SLICE = "mixed[..., head * d : (head + 1) * d] = 0.0"
REMOVED = "    try:\n        return layer(x)\n    finally:\n        hook.remove()"
OUTPUT_WITHOUT = Exercise(
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

EXERCISES = (ATTENTION_SHARE, INDUCTION_PAIRS, ROLLOUT, EXPOSE_ROLLOUT, OUTPUT_WITHOUT)
