"""heads.reading: the weights of the forward pass itself."""

import pytest
import torch

import mha_lib as mha
from mha_lib.nn import Encoder, EncoderClassifier, MultiHeadAttention, attention_maps, recorded_weights
from tests.support.tolerance import assert_close

SIZES = {"d_model": 15, "num_heads": 3, "d_ff": 13, "num_layers": 3}


def made():
    torch.manual_seed(1)
    return Encoder(**SIZES).double()


def tokens(n=7):
    return torch.randn(2, n, 15, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def padding(lengths, n=7):
    return torch.from_numpy(mha.padding_mask(lengths, n))[:, None]


def hooks(model):
    return [name for name, module in model.named_modules() if module._forward_hooks]


def test_there_is_one_map_for_each_layer_in_order_of_the_calls():
    model, x = made(), tokens()
    maps = attention_maps(model, x)
    assert [weights.shape for weights in maps] == [(2, 3, 7, 7)] * 3
    for block, weights in zip(model.blocks, maps, strict=True):
        assert_close(attention_maps(block.attention, block.attention_norm(x))[0], weights)
        x = block(x)


def test_a_layer_that_runs_twice_gives_two_maps():
    layer, x = MultiHeadAttention(15, 3).double(), tokens()
    with recorded_weights(layer) as maps:
        layer(layer(x))
    assert len(maps) == 2
    assert not torch.equal(*maps)


def test_the_maps_multiply_the_values_into_the_very_output():
    layer, x = MultiHeadAttention(15, 3).double(), tokens()
    mask = padding([7, 4])
    weights = attention_maps(layer, x, mask=mask, is_causal=True)[0]
    heads = weights @ layer.project(x, x)[2]
    assert_close(layer.project_out(heads.transpose(1, 2).flatten(2)), layer(x, mask=mask, is_causal=True))


@pytest.mark.parametrize("is_causal", [False, True])
def test_the_mask_in_force_shows(is_causal):
    for weights in attention_maps(made(), tokens(), padding([7, 4]), is_causal=is_causal):
        assert weights[1, :, :, 4:].eq(0).all()
        assert weights[0, :, 6].gt(0).all()
        assert weights.triu(1).eq(0).all() == is_causal


def test_reading_does_not_change_the_output():
    model, x = made(), tokens()
    alone = model(x, padding([7, 0]), True)
    with recorded_weights(model):
        read = model(x, padding([7, 0]), True)
    assert_close(read, alone)


def test_reading_leaves_no_hook_behind():
    model = made()
    with recorded_weights(model):
        assert len(hooks(model)) == 3
    attention_maps(model, tokens())
    assert hooks(model) == []


def test_reading_leaves_no_hook_behind_after_an_error():
    model = made()
    with pytest.raises(ValueError, match="d_model = 15"):
        attention_maps(model.blocks[0].attention, torch.zeros(2, 7, 4))
    with pytest.raises(KeyError), recorded_weights(model):
        raise KeyError("anything")
    assert hooks(model) == []


def test_hooks_of_others_stay():
    layer, seen = MultiHeadAttention(15, 3).double(), []
    layer.weights.register_forward_hook(lambda module, args, weights: seen.append(weights))
    attention_maps(layer, tokens())
    assert hooks(layer) == ["weights"]
    assert len(seen) == 1


def test_maps_come_without_gradients_and_recorded_weights_with_them():
    layer = MultiHeadAttention(15, 3).double()
    assert not attention_maps(layer, tokens())[0].requires_grad
    with recorded_weights(layer) as maps:
        layer(tokens())
    maps[0].square().sum().backward()
    assert layer.project_qkv.weight.grad[:30].abs().max() > 0
    assert layer.project_qkv.weight.grad[30:].abs().max() == 0  # values have no part in the weights


def test_the_mode_of_the_model_is_left_alone():
    model = made()
    assert attention_maps(model.eval(), tokens())
    assert not model.training


def test_a_whole_classifier_can_be_read():
    model = EncoderClassifier(vocab_size=17, num_classes=2, max_len=7, **SIZES)
    maps = attention_maps(model, torch.tensor([[1, 2, 3]]), mask=torch.tensor([[[[True, True, False]]]]))
    assert [weights.shape for weights in maps] == [(1, 3, 3, 3)] * 3
    assert all(weights[..., 2].eq(0).all() for weights in maps)


def test_a_model_without_attention_gives_no_maps():
    assert attention_maps(torch.nn.Linear(3, 3), torch.ones(2, 3)) == []


@pytest.mark.parametrize("n", [512, 513, 700])
def test_long_causal_maps_are_those_that_gradients_flow_through(n):
    layer, x = MultiHeadAttention(15, 3).double(), tokens(n)
    with recorded_weights(layer) as maps:
        output = layer(x, is_causal=True)
    weights = attention_maps(layer, x, is_causal=True)[0]
    assert_close(weights, maps[0])
    assert weights.triu(1).eq(0).all()
    with torch.no_grad(), recorded_weights(layer):
        assert_close(layer(x, is_causal=True), output)
