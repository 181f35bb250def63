"""The chain of oracles: loops = NumPy = our layers = PyTorch's function and modules = Hugging Face's block.

Every size is a different prime, every parameter is random, biases and gains too. All numbers fit bfloat16 exactly, so
one answer in float64 serves all three types. Gradients are held to the loops by their slope.
"""

import math
import subprocess
import sys
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.func import functional_call

import mha_lib as mha
from mha_lib.encoder.convert import BLOCK_NAMES
from mha_lib.heads.arrays import merge_heads, split_heads
from mha_lib.nn import EncoderBlock, MultiHeadAttention, recorded_weights
from tests.support import reference
from tests.support.tolerance import RELATIVE, assert_close, distance

B, H, Q, D_MODEL, D_FF = 2, 3, 7, 15, 13
KINDS = {"self": Q, "longer memory": 11, "shorter memory": 5}
MASKS = ("none", "causal", "padding", "causal and padding", "empty rows")
LAYER_CASES = [(kind, mask) for kind in KINDS for mask in MASKS]
DTYPES = (torch.float64, torch.float32, torch.bfloat16)
LAYER_SHAPES = {
    "project_qkv.weight": (3 * D_MODEL, D_MODEL),
    "project_qkv.bias": (3 * D_MODEL,),
    "project_out.weight": (D_MODEL, D_MODEL),
    "project_out.bias": (D_MODEL,),
}
BLOCK_SHAPES = {f"attention.{name}": shape for name, shape in LAYER_SHAPES.items()} | {
    "feed_forward.project_in.weight": (D_FF, D_MODEL),
    "feed_forward.project_in.bias": (D_FF,),
    "feed_forward.project_out.weight": (D_MODEL, D_FF),
    "feed_forward.project_out.bias": (D_MODEL,),
    "attention_norm.weight": (D_MODEL,),
    "attention_norm.bias": (D_MODEL,),
    "feed_forward_norm.weight": (D_MODEL,),
    "feed_forward_norm.bias": (D_MODEL,),
}


# ---- numbers ----


def draw(rng, shape):
    """Return numbers of order 1.5, or weights that keep that order, rounded to what bfloat16 can hold."""
    scale = 1.5 / math.sqrt(shape[-1]) if len(shape) == 2 else 1.5
    return torch.from_numpy(rng.normal(0.1, scale, shape)).bfloat16().double()


@cache
def numbers(num_keys, shapes):
    """Return the inputs, the parameters and the direction in which the output's slope is asked for."""
    rng = np.random.default_rng(num_keys)
    inputs = {"x": draw(rng, (B, Q, D_MODEL))}
    if num_keys != Q:
        inputs["memory"] = draw(rng, (B, num_keys, D_MODEL))
    parameters = {name: draw(rng, shape) for name, shape in shapes}
    return inputs | parameters, draw(rng, (B, Q, D_MODEL))


def mask_of(name, num_keys):
    """Return a mask as our layers take it, whether the future is hidden, and all of it as one (b, 1, q, k)."""
    mask = None
    if "padding" in name:
        mask = torch.from_numpy(mha.padding_mask([num_keys, num_keys - 3], num_keys))[:, None]
    if name == "empty rows":
        mask = torch.from_numpy(np.random.default_rng(5).random((B, 1, Q, num_keys)) < 0.6)
        mask[0, :, 2], mask[1] = False, False
    dense = torch.ones(B, 1, Q, num_keys, dtype=torch.bool) if mask is None else mask.expand(B, 1, Q, num_keys)
    causal = "causal" in name
    return mask, causal, dense & torch.from_numpy(mha.causal_mask(Q, num_keys)) if causal else dense


@cache
def case(kind, mask_name, layer=True):
    """Return all that one cell of the grid needs."""
    shapes = LAYER_SHAPES if layer else BLOCK_SHAPES
    values, direction = numbers(KINDS[kind], tuple(shapes.items()))
    mask, causal, allowed = mask_of(mask_name, KINDS[kind])
    return SimpleNamespace(values=values, direction=direction, mask=mask, causal=causal, allowed=allowed)


def run(function, cell, dtype=torch.float64):
    """Return the output, and the gradient of every input and parameter."""
    leaves = {name: value.to(dtype, copy=True).requires_grad_() for name, value in cell.values.items()}
    output = function(leaves, cell)
    output.backward(cell.direction.to(dtype))
    return {"output": output.detach()} | {name: leaf.grad for name, leaf in leaves.items()}


# ---- the oracles, in loops and in NumPy ----


def thirds(values, prefix=""):
    """Return w_q, w_k, w_v as (d_in, d_out), and their biases, from the packed projection."""
    weights = np.split(np.asarray(values[prefix + "project_qkv.weight"]), 3)
    return [w.T for w in weights], np.split(np.asarray(values[prefix + "project_qkv.bias"]), 3)


def loop_attention(values, cell, prefix=""):
    """(b, q, d_model): every sentence, every head, every query and every key in a loop."""
    x = np.asarray(values["x"])
    memory = np.asarray(values.get("memory", x))
    (w_q, w_k, w_v), (b_q, b_k, b_v) = thirds(values, prefix)
    d, out = D_MODEL // H, np.zeros((B, Q, D_MODEL))
    for b, sentence in enumerate(x):
        q = reference.project(sentence, w_q) + b_q
        k, v = reference.project(memory[b], w_k) + b_k, reference.project(memory[b], w_v) + b_v
        for head in range(H):
            own = slice(head * d, head * d + d)
            out[b, :, own] = reference.attention(q[:, own], k[:, own], v[:, own], np.asarray(cell.allowed)[b, 0])
        w_o, b_o = values[prefix + "project_out.weight"], values[prefix + "project_out.bias"]
        out[b] = reference.project(out[b], np.asarray(w_o).T) + np.asarray(b_o)
    return out


def loop_norm(x, gain, shift):
    """(b, n, d): each token less its mean, over the root of its variance plus 1e-5."""
    out = np.zeros(x.shape)
    for index in np.ndindex(*x.shape[:-1]):
        mean = math.fsum(x[index]) / x.shape[-1]
        variance = math.fsum((value - mean) ** 2 for value in x[index]) / x.shape[-1]
        for i, value in enumerate(x[index]):
            out[index][i] = (value - mean) / math.sqrt(variance + 1e-5) * float(gain[i]) + float(shift[i])
    return out


def loop_feed_forward(x, values):
    """(b, n, d_model): two projections, and between them x times the normal distribution's share below x."""
    name = "feed_forward.project_"
    w_in, w_out = np.asarray(values[name + "in.weight"]).T, np.asarray(values[name + "out.weight"]).T
    b_in, b_out = np.asarray(values[name + "in.bias"]), np.asarray(values[name + "out.bias"])
    hidden = [reference.project(sentence, w_in) + b_in for sentence in x]
    bent = [[[h * (1 + math.erf(h / math.sqrt(2))) / 2 for h in token] for token in sentence] for sentence in hidden]
    return np.array([reference.project(np.array(sentence), w_out) + b_out for sentence in bent])


def loop_block(values, cell, norm):
    """(b, n, d_model): the block with its residuals and norms."""
    x = np.asarray(values["x"])

    def normed(name, x):
        return loop_norm(x, values[f"{name}_norm.weight"], values[f"{name}_norm.bias"])

    def attend(x):
        return loop_attention(dict(values, x=x), cell, "attention.")

    if norm == "pre":
        x = x + attend(normed("attention", x))
        return x + loop_feed_forward(normed("feed_forward", x), values)
    x = normed("attention", x + attend(x))
    return normed("feed_forward", x + loop_feed_forward(x, values))


def numpy_attention(values, cell):
    """(b, q, d_model), by the library's NumPy functions."""
    x = np.asarray(values["x"])
    memory = np.asarray(values.get("memory", x))
    sources = zip((x, memory, memory), *thirds(values), strict=True)
    q, k, v = (split_heads(mha.project(source, w, bias), H) for source, w, bias in sources)
    heads = merge_heads(mha.attention(q, k, v, np.asarray(cell.allowed)))
    return mha.project(heads, np.asarray(values["project_out.weight"]).T, np.asarray(values["project_out.bias"]))


# ---- the contenders ----

LAYER = MultiHeadAttention(D_MODEL, H)
MODULE = nn.MultiheadAttention(D_MODEL, H, batch_first=True)


def ours(values, cell):
    inputs = {"memory": values.get("memory"), "mask": cell.mask, "is_causal": cell.causal}
    parameters = {name: values[name] for name in LAYER_SHAPES}
    return functional_call(LAYER, parameters, (values["x"],), inputs)


def ours_with_weights(values, cell):
    with recorded_weights(LAYER) as maps:
        output = ours(values, cell)
    assert maps[0].shape == (B, H, Q, cell.allowed.shape[-1])
    return output


def torch_function(values, cell):
    x = values["x"]
    memory = values.get("memory", x)
    w_q, w_k, w_v = values["project_qkv.weight"].chunk(3)
    b_q, b_k, b_v = values["project_qkv.bias"].chunk(3)
    q, k, v = F.linear(x, w_q, b_q), F.linear(memory, w_k, b_k), F.linear(memory, w_v, b_v)
    q, k, v = (heads.unflatten(-1, (H, -1)).transpose(1, 2) for heads in (q, k, v))
    heads = F.scaled_dot_product_attention(q, k, v, cell.allowed)
    return F.linear(heads.transpose(1, 2).flatten(2), values["project_out.weight"], values["project_out.bias"])


def torch_module(values, cell):
    memory = values.get("memory", values["x"])
    hidden = ~cell.allowed.expand(-1, H, -1, -1).flatten(0, 1)
    parameters = {
        "in_proj_weight": values["project_qkv.weight"],
        "in_proj_bias": values["project_qkv.bias"],
        "out_proj.weight": values["project_out.weight"],
        "out_proj.bias": values["project_out.bias"],
    }
    settings = {"attn_mask": hidden, "need_weights": False}
    return functional_call(MODULE, parameters, (values["x"], memory, memory), settings)[0]


def our_block(norm):
    block = EncoderBlock(D_MODEL, H, D_FF, norm=norm)

    def contender(values, cell):
        parameters = {name: values[name] for name in BLOCK_SHAPES}
        return functional_call(block, parameters, (values["x"], cell.mask, cell.causal))

    return contender


def torch_block(norm):
    settings = {"activation": "gelu", "batch_first": True, "norm_first": norm == "pre", "dropout": 0.0}
    block = nn.TransformerEncoderLayer(D_MODEL, H, D_FF, **settings)

    def contender(values, cell):
        parameters = {BLOCK_NAMES[name]: values[name] for name in BLOCK_SHAPES}
        hidden = ~cell.allowed.expand(-1, H, -1, -1).flatten(0, 1)
        return functional_call(block, parameters, (values["x"],), {"src_mask": hidden})

    return contender


BERT_PARTS = {
    "attention.output.dense": "attention.project_out",
    "attention.output.LayerNorm": "attention_norm",
    "intermediate.dense": "feed_forward.project_in",
    "output.dense": "feed_forward.project_out",
    "output.LayerNorm": "feed_forward_norm",
}


def bert_parameters(values):
    """Return our block's parameters by BERT's names, q, k and v apart."""
    parameters = {}
    for kind in ("weight", "bias"):
        parameters |= {f"{bert}.{kind}": values[f"{ours}.{kind}"] for bert, ours in BERT_PARTS.items()}
        thirds = values[f"attention.project_qkv.{kind}"].chunk(3)
        names = ("query", "key", "value")
        parameters |= {f"attention.self.{name}.{kind}": third for name, third in zip(names, thirds, strict=True)}
    return parameters


def bert_block(implementation):
    transformers = pytest.importorskip("transformers")
    sizes = {"hidden_size": D_MODEL, "num_attention_heads": H, "intermediate_size": D_FF, "layer_norm_eps": 1e-5}
    dropouts = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    config = transformers.BertConfig(**sizes, **dropouts, attn_implementation=implementation)
    block = transformers.models.bert.modeling_bert.BertLayer(config)

    def contender(values, cell):
        x, mask = values["x"], cell.allowed
        if implementation == "eager":
            mask = x.new_zeros(mask.shape).masked_fill(~mask, torch.finfo(x.dtype).min)
        return functional_call(block, bert_parameters(values), (x, mask))

    return contender


LAYER_CONTENDERS = (ours, ours_with_weights, torch_function, torch_module)
BLOCK_CONTENDERS = [(our_block, "pre"), (our_block, "post"), (torch_block, "pre"), (torch_block, "post")]
BLOCK_CONTENDERS += [(bert_block, "sdpa"), (bert_block, "eager")]


@cache
def expected(kind, mask_name, norm=None):
    """Return the output by loops, and our gradients in float64, which another test holds to the loops."""
    cell = case(kind, mask_name, norm is None)
    if norm is None:
        return run(ours, cell) | {"output": torch.from_numpy(loop_attention(cell.values, cell))}
    return run(our_block(norm), cell) | {"output": torch.from_numpy(loop_block(cell.values, cell, norm))}


def slope(function, cell, name, step=1e-5):
    """Return how fast the output moves along its direction when one input or parameter moves along another."""
    way = torch.from_numpy(np.random.default_rng(11).normal(size=cell.values[name].shape))
    ahead, behind = (function({**cell.values, name: cell.values[name] + s * way}, cell) for s in (step, -step))
    return way, float((torch.from_numpy(ahead - behind) * cell.direction).sum()) / (2 * step)


@pytest.fixture(scope="module")
def bfloat16_works():
    """Skip where the processor lacks an instruction that the matrix library thinks it has: that ends the process."""
    script = "import torch; x = torch.ones(17, 17, dtype=torch.bfloat16); print((x @ x).sum())"
    if subprocess.run([sys.executable, "-c", script], capture_output=True, check=False).returncode:
        pytest.skip("needs a processor that multiplies matrices of bfloat16")


def assert_same(got, wanted, dtype):
    assert got.keys() == wanted.keys()
    for name, value in got.items():
        assert value.dtype == dtype, name
        assert_close(value, wanted[name], dtype)


@pytest.mark.parametrize(("kind", "mask_name"), LAYER_CASES)
def test_numpy_equals_the_loops(kind, mask_name):
    cell = case(kind, mask_name)
    assert_close(numpy_attention(cell.values, cell), expected(kind, mask_name)["output"], torch.float64)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize(("kind", "mask_name"), LAYER_CASES)
@pytest.mark.parametrize("contender", LAYER_CONTENDERS)
def test_attention_equals_the_loops(contender, kind, mask_name, dtype, request):
    if dtype == torch.bfloat16:
        request.getfixturevalue("bfloat16_works")
    assert_same(run(contender, case(kind, mask_name), dtype), expected(kind, mask_name), dtype)


@pytest.mark.parametrize(("kind", "mask_name"), LAYER_CASES)
def test_without_gradients_the_weights_give_the_same_output(kind, mask_name):
    cell = case(kind, mask_name)
    with torch.no_grad():
        assert_close(ours_with_weights(cell.values, cell), expected(kind, mask_name)["output"])


@pytest.mark.parametrize(
    ("kind", "mask_name"), [("self", "none"), ("shorter memory", "causal"), ("self", "empty rows")]
)
def test_the_gradients_of_attention_are_the_slopes_of_the_loops(kind, mask_name):
    cell = case(kind, mask_name)
    for name in cell.values:
        way, measured = slope(loop_attention, cell, name)
        assert float((way * expected(kind, mask_name)[name]).sum()) == pytest.approx(measured, rel=1e-7, abs=1e-7)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mask_name", MASKS)
def test_a_query_that_may_attend_to_nothing_reads_zeros(kind, mask_name):
    cell, bias = case(kind, mask_name), case(kind, mask_name).values["project_out.bias"]
    nobody = ~cell.allowed[:, 0].any(-1)
    assert nobody.any() == (mask_name == "empty rows" or (kind == "shorter memory" and "causal" in mask_name))
    for contender in LAYER_CONTENDERS:
        torch.testing.assert_close(contender(cell.values, cell)[nobody], bias.expand(int(nobody.sum()), -1))


def with_third(values, source, target):
    """Return the values with one third of the packed projection, bias included, written over another."""
    values = {name: value.clone() for name, value in values.items()}
    for name in ("project_qkv.weight", "project_qkv.bias"):
        values[name].chunk(3)[target].copy_(values[name].chunk(3)[source])
    return values


MISTAKES = {
    "keys share the queries' matrix": lambda values, cell: ours(with_third(values, 0, 1), cell),
    "values share the keys' matrix": lambda values, cell: ours(with_third(values, 1, 2), cell),
    "no bias on the way in": lambda values, cell: ours(values | {"project_qkv.bias": torch.zeros(45).double()}, cell),
    "no bias on the way out": lambda values, cell: ours(values | {"project_out.bias": torch.zeros(15).double()}, cell),
    "reads itself, not the memory": lambda values, cell: torch_function(
        values | {"memory": torch.cat([values["x"], values["x"][:, :4]], 1)}, cell
    ),
    "mask ignored": lambda values, cell: torch_function(values, SimpleNamespace(allowed=None)),
    "mask turned around": lambda values, cell: torch_function(values, SimpleNamespace(allowed=~cell.allowed)),
    "the masks of two sentences swapped": lambda values, cell: torch_function(
        values, SimpleNamespace(allowed=cell.allowed.flip(0))
    ),
    "causal aligned top-left": lambda values, cell: torch_function(
        values, SimpleNamespace(allowed=cell.allowed.tril())
    ),
    "scaled by the width of all heads": lambda values, cell: ours(
        values | {"x": values["x"], "project_qkv.weight": shrunk(values["project_qkv.weight"], H)}, cell
    ),
}


def shrunk(packed, times):
    """Return the packed matrix with the queries' third divided by the root of `times`."""
    return torch.cat([packed[:D_MODEL] / math.sqrt(times), packed[D_MODEL:]])


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_a_hundred_times_larger_than_the_tolerance(mistake):
    kind, mask_name = "longer memory", "padding"
    cell = case(kind, mask_name)
    wrong = MISTAKES[mistake](cell.values, cell)
    assert distance(wrong, expected(kind, mask_name)["output"]) > 100 * RELATIVE[torch.float32]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("mask_name", MASKS)
@pytest.mark.parametrize(("make", "setting"), BLOCK_CONTENDERS)
def test_a_block_equals_the_loops(make, setting, mask_name, dtype, request):
    if dtype == torch.bfloat16:
        request.getfixturevalue("bfloat16_works")
    if setting == "eager" and mask_name == "empty rows":
        pytest.skip("cannot be compared: written out with a finite mask, an empty row averages all values")
    norm = "post" if make is bert_block else setting
    assert_same(run(make(setting), case("self", mask_name, False), dtype), expected("self", mask_name, norm), dtype)


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_the_gradients_of_a_block_are_the_slopes_of_the_loops(norm):
    cell = case("self", "causal and padding", False)
    for name in cell.values:
        way, measured = slope(lambda values, cell: loop_block(values, cell, norm), cell, name)
        wanted = float((way * expected("self", "causal and padding", norm)[name]).sum())
        assert wanted == pytest.approx(measured, rel=1e-6, abs=1e-6)
