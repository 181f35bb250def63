"""What a call of the attention layer costs, counted rather than timed: products, kernels, copies and bytes.

One activation is b * n * d_model numbers. On the way the layer makes five (q, k, v, what the heads read, the output)
and holds at most four, for q, k and v go before the output comes, whatever the length.
"""

import pytest
import torch
from torch.autograd import DeviceType
from torch.profiler import ProfilerActivity, profile

from mha_lib.nn import MultiHeadAttention, recorded_weights

B, N, D_MODEL, H = 2, 96, 64, 4
ACTIVATION = B * N * D_MODEL * 4
WEIGHTS = B * H * N * N * 4
PRODUCTS = ("aten::addmm", "aten::mm", "aten::bmm", "aten::baddbmm")
COPIES = ("aten::copy_", "aten::clone", "aten::contiguous")
FUSED = "aten::_scaled_dot_product_flash_attention_for_cpu"


def padding():
    return (torch.arange(N) < torch.tensor([N, N // 2])[:, None])[:, None, None]


CALLS = {
    "no mask": {},
    "causal": {"is_causal": True},
    "padding": {"mask": padding()},
    "causal and padding": {"is_causal": True, "mask": padding()},
}


@pytest.fixture(autouse=True)
def one_thread():
    """Run on one thread, so that a kernel's scratch space does not grow with the machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def made(**kwargs):
    torch.manual_seed(0)
    return MultiHeadAttention(D_MODEL, H, **kwargs), torch.randn(B, N, D_MODEL)


def events(function):
    """Return what PyTorch did, operation by operation."""
    function()  # the first call may set things up
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True, acc_events=True) as profiler:
        function()
    return [event for event in profiler.events() if event.device_type == DeviceType.CPU]


def count(happened, *names):
    return sum(event.name in names for event in happened)


def copies(happened):
    """Return the copies of activations: those that a product makes of its own bias do not count."""
    parents = {id(event): event.cpu_parent for event in happened if event.name in COPIES}
    return [parent.name if parent else "" for parent in parents.values() if not parent or parent.name != "aten::addmm"]


def large(happened):
    """Return the memory taken (above 0) and given back (below), in order, half an activation and more, in bytes."""
    changes = [(event.time_range.start, event.self_cpu_memory_usage) for event in happened]
    return [size for _, size in sorted(changes, key=lambda change: change[0]) if abs(size) >= ACTIVATION / 2]


def taken(happened):
    """Return all memory taken, in bytes."""
    return sum(max(event.self_cpu_memory_usage, 0) for event in happened)


def peak(sizes):
    """Return the most that was held at once."""
    held = [sum(sizes[: i + 1]) for i in range(len(sizes))]
    return max(held)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("call", CALLS)
@torch.no_grad()
def test_self_attention_is_two_products_and_one_fused_kernel(call, bias):
    layer, x = made(bias=bias)
    happened = events(lambda: layer(x, **CALLS[call]))
    assert count(happened, *PRODUCTS) == 2
    assert count(happened, FUSED) == 1
    assert count(happened, "aten::_scaled_dot_product_attention_math", "aten::_softmax") == 0


@torch.no_grad()
def test_cross_attention_is_three_products_and_one_fused_kernel():
    layer, x = made()
    happened = events(lambda: layer(x, memory=torch.ones(B, N + 32, D_MODEL)))
    assert (count(happened, *PRODUCTS), count(happened, FUSED)) == (3, 1)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("call", CALLS)
@torch.no_grad()
def test_nothing_is_copied(call, bias):
    layer, x = made(bias=bias)
    assert copies(events(lambda: layer(x, **CALLS[call]))) == []
    memory = torch.ones(B, N + 32, D_MODEL)
    assert copies(events(lambda: layer(x, memory))) == []


@pytest.mark.parametrize("call", ["no mask", "causal", "padding"])
@torch.no_grad()
def test_five_activations_are_made_and_four_held(call):
    layer, x = made()
    sizes = large(events(lambda: layer(x, **CALLS[call])))
    assert [size / ACTIVATION for size in sizes if size > 0] == [3, 1, 1]
    assert peak(sizes) == 4 * ACTIVATION


@torch.no_grad()
def test_a_padding_mask_is_never_stretched_over_the_queries():
    layer, x = made()
    mask = padding()
    alone, masked = events(lambda: layer(x)), events(lambda: layer(x, mask=mask))
    assert 0 < taken(masked) - taken(alone) <= 2 * B * N * 4


@torch.no_grad()
def test_a_hook_makes_one_matrix_of_weights_and_no_more():
    layer, x = made()
    with recorded_weights(layer):
        happened = events(lambda: layer(x, mask=padding()))
    assert count(happened, FUSED) == 0
    assert sum(size >= WEIGHTS for size in large(happened)) == 1


def test_with_gradients_there_are_scores_and_weights():
    layer, x = made()
    with recorded_weights(layer):
        happened = events(lambda: layer(x, mask=padding()))
    assert sum(size >= WEIGHTS for size in large(happened)) == 2


def test_training_is_six_products_and_two_fused_kernels():
    layer, x = made()
    x.requires_grad_()
    happened = events(lambda: layer(x, is_causal=True).backward(x.detach()))
    assert count(happened, *PRODUCTS) == 6
    assert (count(happened, FUSED), count(happened, FUSED + "_backward")) == (1, 1)
    assert max(large(happened)) == 3 * ACTIVATION
