"""The Triton kernel in Triton's interpreter, against the plain formula in float64; and compiled for a card, unrun."""

import json
import os
import subprocess
import sys

import pytest
import torch

pytest.importorskip("triton", reason="needs Triton: install the extra `gpu`, on Linux")

from mha_lib.gpu import triton_kernels
from mha_lib.gpu.triton_attention import lengths_of, triton_attention
from mha_lib.heads.layers import attention_weights

BOUND = {torch.float64: 1e-13, torch.float32: 2e-6, torch.float16: 4e-3, torch.bfloat16: 3e-2}
SIZES = [(1, 40, 16), (37, 50, 32), (40, 40, 64), (50, 33, 16), (33, 20, 128)]  # queries, keys, head size
CASES = [(False, None), (True, None), (False, (20, 7)), (True, (19, 40))]

COMPILE = """
import json
import triton, triton.language as tl
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from mha_lib.gpu import triton_kernels as kernels

def compiled(kernel, q, k, stages, warps, d):
    names = kernel.fn.arg_names
    constants = {"D": d, "SCALE": d**-0.5, "PRECISION": tl.float32, "IS_CAUSAL": True, "LONG": True}
    constants |= {"BLOCK_Q": q, "BLOCK_K": k}
    kinds = {name: "*bf16" for name in names if name.endswith("_start")}
    kinds |= {name: "*fp32" for name in ("log_sum_exp_start", "row_dots_start")} | {"lengths": "*i32"}
    kinds |= {name: "i32" for name in ("num_heads", "num_queries", "num_keys")}
    signature = {name: "constexpr" if name in constants else kinds[name] for name in names}
    places = {(names.index(name),): value for name, value in constants.items()}
    attributes = {(i,): [["tt.divisibility", 16]] for i, name in enumerate(names) if signature[name][0] == "*"}
    source = ASTSource(kernel.fn, signature, constexprs=places, attrs=attributes)
    return triton.compile(source, target=GPUTarget("cuda", 90, 32), options={"num_warps": warps, "num_stages": stages})

tiles = {kernels.attention_kernel: kernels.FORWARD, kernels.query_gradient_kernel: kernels.QUERIES_BACKWARD,
         kernels.key_gradient_kernel: kernels.KEYS_BACKWARD}
made = [compiled(kernel, *tile, d) for kernel in tiles for tile in tiles[kernel][-1:] for d in (64, 128)]
print(json.dumps([{"name": c.metadata.name, "cubin": len(c.asm["cubin"]), "shared": c.metadata.shared,
                   "tensor cores": c.asm["ptx"].count("wgmma.mma_async"),
                   "bulk copies": c.asm["ptx"].count("cp.async.bulk.tensor")} for c in made]))
"""


def draw(num_queries, num_keys, d, dtype=torch.float64, b=2, h=2):
    generator = torch.Generator().manual_seed(15)
    sizes = ((b, h, rows, d) for rows in (num_queries, num_keys, num_keys))
    return tuple(torch.randn(size, generator=generator).mul(1.5).to(dtype).requires_grad_() for size in sizes)


def mask_for(num_queries, num_keys, is_causal, lengths):
    """Return the mask (b, 1, q, k) or (q, k) that a case means."""
    mask = torch.ones(num_queries, num_keys, dtype=torch.bool)
    mask = mask.tril(num_keys - num_queries) if is_causal else mask
    return mask if lengths is None else mask & (torch.arange(num_keys) < lengths[:, None, None, None])


def plainly(inputs, mask):
    """Return attention by the book's written-out weights, zeros where a query may attend to nothing."""
    q, k, v = inputs
    return attention_weights(q, k, mask) @ v


def gradients(output, inputs):
    weights = torch.cos(torch.arange(output.numel(), dtype=torch.float64)).reshape(output.shape).to(output.dtype)
    return torch.autograd.grad(output, inputs, weights)


def apart(got, expected):
    return float((got.detach().double() - expected.detach()).abs().max() / expected.detach().abs().max())


def test_the_tests_use_the_interpreter():
    assert triton_kernels.INTERPRETED


@pytest.mark.parametrize(("is_causal", "lengths"), CASES)
@pytest.mark.parametrize(("num_queries", "num_keys", "d"), SIZES)
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_the_kernel_and_its_gradients_equal_the_plain_formula(num_queries, num_keys, d, dtype, is_causal, lengths):
    lengths = None if lengths is None else torch.tensor(lengths)
    inputs = draw(num_queries, num_keys, d, dtype)
    exact = [x.detach().double().requires_grad_() for x in inputs]
    output = triton_attention(*inputs, is_causal=is_causal, lengths=lengths)
    expected = plainly(exact, mask_for(num_queries, num_keys, is_causal, lengths))
    assert output.dtype == dtype
    assert apart(output, expected) < BOUND[dtype]
    for got, wanted in zip(gradients(output, inputs), gradients(expected, exact), strict=True):
        assert apart(got, wanted) < BOUND[dtype]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_the_other_types_agree_too(dtype):
    inputs = draw(37, 50, 32, dtype)
    expected = plainly([x.double() for x in inputs], mask_for(37, 50, True, None))
    assert apart(triton_attention(*inputs, is_causal=True), expected) < BOUND[dtype]


@pytest.mark.parametrize(("is_causal", "lengths"), [(False, None), (True, None), (False, (5, 2))])
def test_gradcheck_agrees_with_finite_differences(is_causal, lengths):
    lengths = None if lengths is None else torch.tensor(lengths)
    inputs = draw(3, 5, 16, b=2, h=1)
    assert torch.autograd.gradcheck(lambda *x: triton_attention(*x, is_causal, lengths), inputs, fast_mode=True)


def test_every_entry_of_a_small_gradient_agrees_with_finite_differences():
    inputs = draw(1, 2, 16, b=1, h=1)
    assert torch.autograd.gradcheck(lambda *x: triton_attention(*x, True), inputs)


def test_a_query_that_sees_nothing_gets_zeros_and_passes_no_gradient():
    q, k, v = draw(40, 3, 16)
    output = triton_attention(q, k, v, is_causal=True, lengths=torch.tensor([3, 0]))
    assert not output[0, :, :37].any()
    assert output[0, :, 37:].any()
    assert not output[1].any()
    got = gradients(output, (q, k, v))
    assert all(torch.isfinite(x).all() for x in got)
    assert not any(x[1].any() for x in got)


def test_padding_leaves_no_trace():
    q, k, v = draw(20, 40, 16)
    lengths = torch.tensor([40, 21])
    before = triton_attention(q, k, v, lengths=lengths)
    with torch.no_grad():
        k[1, :, 21:], v[1, :, 21:] = 1e4, -1e4
    after = triton_attention(q, k, v, lengths=lengths)
    assert torch.equal(before, after)
    assert not any(x[1, :, 21:].any() for x in gradients(after, (k, v)))


@pytest.mark.parametrize("shift", [300.0, -2000.0])
def test_scores_far_from_zero_do_no_harm(shift):
    q, k, v = draw(20, 50, 16)
    with torch.no_grad():
        q[..., 0], k[..., 0] = 4.0, shift + torch.arange(50.0)
    expected = plainly((q, k, v), mask_for(20, 50, False, None))
    assert apart(triton_attention(q, k, v), expected) < 1e-11


def test_inputs_need_not_be_contiguous():
    q, k, v = (x.detach().transpose(1, 2).contiguous().transpose(1, 2) for x in draw(9, 9, 16))
    assert not q.is_contiguous()
    assert apart(triton_attention(q, k, v), plainly((q, k, v), mask_for(9, 9, False, None))) < 1e-13


def test_a_padding_mask_becomes_lengths():
    lengths = torch.tensor([3, 0, 7])
    mask = (torch.arange(7) < lengths[:, None])[:, None, None]
    assert lengths_of(mask).tolist() == [3, 0, 7]
    mask[0, 0, 0, 1] = False
    with pytest.raises(ValueError, match="padding at the end only"):
        lengths_of(mask)
    with pytest.raises(ValueError, match=r"shape \(b, 1, 1, k\)"):
        lengths_of(mask[:, 0, 0])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda q, k, v: (q[0], k, v), "must be"),
        (lambda q, k, v: (q, k, v[:, :, 1:]), "same b, h and d"),
        (lambda q, k, v: (q[..., :12], k[..., :12], v[..., :12]), "head size d must be one of .*, got 12"),
        (lambda q, k, v: (q[:0], k[:0], v[:0]), "at least one"),
        (lambda q, k, v: (q, k.float(), v), "share one type"),
        (lambda q, k, v: (q, k.to("meta"), v.to("meta")), "on one device"),
    ],
)
def test_inputs_that_do_not_fit_are_refused_in_words(change, said):
    with pytest.raises(ValueError, match=said):
        triton_attention(*change(*draw(3, 5, 16)))


@pytest.mark.parametrize("lengths", [torch.tensor([1]), torch.tensor([1.0, 2.0]), torch.tensor([True, False])])
def test_lengths_are_one_integer_a_sequence(lengths):
    with pytest.raises(ValueError, match="2 integers"):
        triton_attention(*draw(3, 5, 16), lengths=lengths)


def test_without_interpreter_and_without_gpu_the_error_says_what_to_do(monkeypatch):
    monkeypatch.setattr(triton_kernels, "INTERPRETED", False)
    with pytest.raises(ValueError, match="TRITON_INTERPRET=1"):
        triton_attention(*draw(3, 5, 16))


def test_the_library_does_not_need_triton():
    code = "import sys, mha_lib.nn, mha_lib.gpu.measurements, mha_lib.plots; assert 'triton' not in sys.modules"
    code += "; import mha_lib.checks as c; c.reference('expose_timers')"
    code += "; assert 'mha_lib.gpu.triton_kernels' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_kernels_compile_for_a_hopper_card_and_use_what_it_offers(tmp_path):
    (tmp_path / "compile_kernels.py").write_text(COMPILE)
    environment = os.environ | {"TRITON_INTERPRET": "0", "TRITON_CACHE_DIR": str(tmp_path / "cache")}
    command = [sys.executable, str(tmp_path / "compile_kernels.py")]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=os.getcwd())
    assert said.returncode == 0, said.stderr
    made = json.loads(said.stdout.splitlines()[-1])
    assert len(made) == 6
    for kernel in made:
        assert kernel["cubin"] > 0
        assert kernel["tensor cores"] > 0
        assert kernel["bulk copies"] > 0
        assert kernel["shared"] <= 227 * 1024  # what one program may have on a card of capability 9.0
