"""seeing.ablation: silent heads read zeros, and nothing remains of it."""

import pytest
import torch

from mha_lib.nn import Encoder, MultiHeadAttention, attention_maps, without_heads
from tests.support.shaken import shaken
from tests.support.tolerance import assert_close

SIZES = {"d_model": 15, "num_heads": 3, "d_ff": 13, "num_layers": 3}


def tokens():
    return torch.randn(2, 7, 15, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def by_parts(layer, x, heads):
    """Return the output of a layer from its own steps, with zeros for what some heads have read."""
    read = layer.attend(*layer.project(x, x)).clone()
    for head in heads:
        read[:, head] = 0.0
    return layer.project_out(read.transpose(1, 2).flatten(2))


@pytest.mark.parametrize("heads", [[], [0], [1], [2, 0], [0, 1, 2], [1, 1]])
def test_a_silent_head_reads_zeros(heads):
    layer = shaken(MultiHeadAttention(15, 3).double())
    with without_heads(layer, [(0, head) for head in heads]):
        silent = layer(tokens())
    assert_close(silent, by_parts(layer, tokens(), heads))


def test_layers_and_heads_are_counted_from_0_in_the_order_of_the_model():
    model, x = shaken(Encoder(**SIZES).double()), tokens()
    with without_heads(model, [(0, 1), (2, 0)]):
        silent = model(x)
    for block, heads in zip(model.blocks, ([1], [], [0]), strict=True):
        x = x + by_parts(block.attention, block.attention_norm(x), heads)
        x = x + block.feed_forward(block.feed_forward_norm(x))
    assert_close(silent, model.final_norm(x))


def test_all_heads_speak_again_afterwards():
    model = shaken(Encoder(**SIZES).double())
    before, parameters = model(tokens()), [parameter.clone() for parameter in model.parameters()]
    with without_heads(model, [(0, 1), (1, 2)]):
        assert not torch.allclose(model(tokens()), before)
    assert torch.equal(model(tokens()), before)
    assert all(torch.equal(old, new) for old, new in zip(parameters, model.parameters(), strict=True))


def test_all_heads_speak_again_after_an_error():
    model = shaken(Encoder(**SIZES).double())
    before = model(tokens())
    with pytest.raises(ValueError, match="d_model = 15"), without_heads(model, [(0, 1)]):
        model.blocks[0].attention(torch.zeros(2, 7, 4))
    assert torch.equal(model(tokens()), before)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ((3, 0), "no attention layer 3: the model has 3"),
        ((-1, 0), "no attention layer -1: the model has 3"),
        ((1, 3), "layer 1 has no head 3: it has 3"),
        ((1, -1), "layer 1 has no head -1: it has 3"),
    ],
)
def test_a_head_that_is_not_there_is_refused_and_nothing_is_changed(wrong, said):
    model = shaken(Encoder(**SIZES).double())
    before = model(tokens())
    with pytest.raises(ValueError, match=said), without_heads(model, [(0, 1), wrong]):
        pass
    assert torch.equal(model(tokens()), before)


def test_the_weights_of_a_silent_head_can_still_be_read():
    model = shaken(Encoder(**SIZES).double())
    maps = attention_maps(model, tokens())
    with without_heads(model, [(0, 1)]):
        silent = attention_maps(model, tokens())
    assert_close(maps[0], silent[0])
    assert not torch.allclose(maps[1], silent[1])


def test_what_a_silent_head_would_have_written_gets_no_gradient():
    layer, x = shaken(MultiHeadAttention(15, 3).double()), tokens()
    with without_heads(layer, [(0, 1)]):
        layer(x).square().sum().backward()
    values = layer.project_qkv.weight.grad[30:].unflatten(0, (3, 5))
    assert values[1].eq(0).all()
    assert values[0].abs().max() > 0


def test_infinite_numbers_in_a_silent_head_leave_no_trace():
    layer = MultiHeadAttention(15, 3).double()
    layer.project_qkv.bias.data[30:35] = torch.inf  # the values of head 0
    with without_heads(layer, [(0, 0)]):
        assert layer(tokens()).isfinite().all()
